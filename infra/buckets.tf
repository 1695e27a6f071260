# The truth: an image exists if its object is in this bucket. Deletions can be undone for a time. Nothing overwrites an object.
resource "google_storage_bucket" "originals" {
  # checkov:skip=CKV_GCP_78:A versioned bucket archives a deleted object and sends no "deleted" event, so thumbnails would outlive their image. Soft delete keeps deleted originals instead.
  name                        = "${local.bucket_prefix}-originals"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = false

  soft_delete_policy {
    retention_duration_seconds = var.undelete_days * 24 * 60 * 60
  }

  lifecycle_rule {
    condition { age = 1 }
    action { type = "AbortIncompleteMultipartUpload" }
  }

  depends_on = [terraform_data.apis_known]
}

# Files from strangers. No function serves them. A rule deletes those that no function removed.
resource "google_storage_bucket" "dropbox" {
  # checkov:skip=CKV_GCP_78:Drops are removed within seconds, and versions would keep refused files.
  name                        = "${local.bucket_prefix}-dropbox"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = false

  soft_delete_policy { retention_duration_seconds = 0 }

  lifecycle_rule {
    condition { age = var.drop_days }
    action { type = "Delete" }
  }

  lifecycle_rule {
    condition { age = 1 }
    action { type = "AbortIncompleteMultipartUpload" }
  }

  # The page uses the signed URL of a ticket from a browser.
  cors {
    origin          = local.cors_origins
    method          = ["PUT"]
    response_header = ["Content-Type", "x-goog-content-length-range", "x-goog-if-generation-match"]
    max_age_seconds = 3600
  }

  depends_on = [terraform_data.apis_known]
}

# Files that are derived from originals. They are public, and lost ones are made again.
resource "google_storage_bucket" "renditions" {
  # checkov:skip=CKV_GCP_78:Renditions never change and can be made again at any time.
  # checkov:skip=CKV_GCP_114:Thumbnails are public by design; they are re-encoded and have no metadata.
  name                        = "${local.bucket_prefix}-renditions"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "inherited"
  force_destroy               = false

  soft_delete_policy { retention_duration_seconds = 0 }

  cors {
    origin          = ["*"] # public images: any page can draw them on a canvas
    method          = ["GET", "HEAD"]
    response_header = ["Content-Type"]
    max_age_seconds = 3600
  }

  depends_on = [terraform_data.apis_known]
}

resource "google_storage_bucket_iam_member" "renditions_readable" {
  # checkov:skip=CKV_GCP_28:Thumbnails are public by design; the role reads an object by its name and cannot list.
  bucket = google_storage_bucket.renditions.name
  role   = "roles/storage.legacyObjectReader"
  member = "allUsers"
}

# The source archives of the functions. The name of an archive has the hash of its bytes, so only the newest of each is needed.
resource "google_storage_bucket" "sources" {
  # checkov:skip=CKV_GCP_78:The name of an archive has the hash of its content, so an archive has no versions.
  name                        = "${local.bucket_prefix}-sources"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = false

  depends_on = [terraform_data.apis_known]
}
