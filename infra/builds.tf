# The name of an archive has the hash of its content. So a changed function has a new object, and only that function is built again.
resource "google_storage_bucket_object" "archive" {
  for_each = local.functions

  bucket = google_storage_bucket.sources.name
  name   = basename(var.archives[each.key])
  source = var.archives[each.key]

  lifecycle {
    create_before_destroy = true
    ignore_changes        = [source, detect_md5hash] # another machine has the same bytes in another folder
  }
}

# The container images that builds create. The newest of each function stay, for a rollback.
resource "google_artifact_registry_repository" "images" {
  # checkov:skip=CKV_GCP_84:Google's keys protect the images, which contain code and no data.
  repository_id = var.name
  location      = var.region
  format        = "DOCKER"
  description   = "Container images of the functions, created by their builds."

  cleanup_policies {
    id     = "old"
    action = "DELETE"
    condition { older_than = "2592000s" }
  }
  cleanup_policies {
    id     = "newest"
    action = "KEEP"
    most_recent_versions { keep_count = 5 }
  }

  depends_on = [terraform_data.apis_known]
}

# The rights of a build: to read the archive and the copy that Cloud Functions makes of it, to write its log, to push the image.
resource "google_storage_bucket_iam_member" "builder" {
  bucket = google_storage_bucket.sources.name
  role   = "roles/storage.objectViewer"
  member = local.members["builder"]
}

resource "google_artifact_registry_repository_iam_member" "builder" {
  repository = google_artifact_registry_repository.images.repository_id
  location   = var.region
  role       = "roles/artifactregistry.writer"
  member     = local.members["builder"]
}

resource "google_project_iam_member" "builder_log" {
  project = var.project
  role    = "roles/logging.logWriter"
  member  = local.members["builder"]
}

# Cloud Functions creates this bucket with the first function, so a grant on the bucket itself would come too late.
resource "google_project_iam_member" "builder_sources" {
  project = var.project
  role    = "roles/storage.objectViewer"
  member  = local.members["builder"]

  condition {
    title      = "sources_of_functions_only"
    expression = "resource.name.startsWith(\"projects/_/buckets/gcf-v2-sources-${local.project_number}-${var.region}\")"
  }
}
