# Names that several files use. They are spelled out here, so that a plan shows them before the resources exist.
locals {
  table     = jsondecode(file("${path.module}/functions.json"))
  functions = { for function in local.table.functions : function.name => function }
  http      = { for name, function in local.functions : name => function if function.trigger == null }
  events    = { for name, function in local.functions : name => function if function.trigger != null }

  bucket_prefix = "${var.project}-${var.name}"
  buckets = {
    originals  = google_storage_bucket.originals.name
    renditions = google_storage_bucket.renditions.name
    dropbox    = google_storage_bucket.dropbox.name
  }

  databases = {
    catalog  = google_firestore_database.catalog.name
    counters = google_firestore_database.counters.name
  }

  # The 2nd-generation functions of a region share one host. The first segment of a path is the name of the function.
  functions_host = "${var.region}-${var.project}.cloudfunctions.net"
  storage_url    = "https://storage.googleapis.com"
  bucket_origin  = "https://${local.bucket_prefix}-page.storage.googleapis.com"
  page_origin    = var.domain == null ? local.bucket_origin : "https://${var.domain}"

  base_url       = "https://${coalesce(var.domain, local.functions_host)}"
  page_url       = var.domain == null ? "${local.page_origin}/index.html" : "${local.page_origin}/"
  renditions_url = var.domain == null ? "${local.storage_url}/${local.bucket_prefix}-renditions" : "${local.base_url}/renditions"

  # With a domain, the page stays at its old address too, so that old links still work.
  cors_origins = contains(var.cors_origins, "*") ? ["*"] : distinct(concat(var.cors_origins, [local.bucket_origin, local.page_origin]))
}
