project = "my-project"
name    = "image-repo"

archives = {
  upload          = "build/upload-0123456789abcdef.zip"
  fetch           = "build/fetch-0123456789abcdef.zip"
  update          = "build/update-0123456789abcdef.zip"
  delete          = "build/delete-0123456789abcdef.zip"
  list            = "build/list-0123456789abcdef.zip"
  random          = "build/random-0123456789abcdef.zip"
  inspect         = "build/inspect-0123456789abcdef.zip"
  stats           = "build/stats-0123456789abcdef.zip"
  make-thumbnails = "build/make-thumbnails-0123456789abcdef.zip"
  forget-image    = "build/forget-image-0123456789abcdef.zip"
  ingest-drop     = "build/ingest-drop-0123456789abcdef.zip"
}
