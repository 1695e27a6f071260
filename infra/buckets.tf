# The truth: what is in here exists. Deletions can be undone for a while, overwriting is never done.
resource "google_storage_bucket" "originals" {
  # checkov:skip=CKV_GCP_78:A versioned bucket archives what is deleted and sends no "deleted" event, so thumbnails would outlive their image; soft delete keeps deleted originals instead.
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

# What strangers left; nothing of it is ever served, and what nobody took goes by itself.
resource "google_storage_bucket" "dropbox" {
  # checkov:skip=CKV_GCP_78:Drops are taken out within seconds; keeping versions of them would keep what was refused.
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

  # A ticket's signed URL is used by the page itself.
  cors {
    origin          = local.cors_origins
    method          = ["PUT"]
    response_header = ["Content-Type", "x-goog-content-length-range", "x-goog-if-generation-match"]
    max_age_seconds = 3600
  }

  depends_on = [terraform_data.apis_known]
}

# Derived and public; lost ones are made again.
resource "google_storage_bucket" "renditions" {
  # checkov:skip=CKV_GCP_78:Renditions never change and can be made again at any time.
  # checkov:skip=CKV_GCP_114:Thumbnails are what the service publishes; they are encoded anew and free of metadata.
  name                        = "${local.bucket_prefix}-renditions"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "inherited"
  force_destroy               = false

  soft_delete_policy { retention_duration_seconds = 0 }

  cors {
    origin          = ["*"] # public images: a canvas of any page may have them
    method          = ["GET", "HEAD"]
    response_header = ["Content-Type"]
    max_age_seconds = 3600
  }

  depends_on = [terraform_data.apis_known]
}

resource "google_storage_bucket_iam_member" "renditions_readable" {
  # checkov:skip=CKV_GCP_28:See the bucket; the role reads an object by its name and cannot list.
  bucket = google_storage_bucket.renditions.name
  role   = "roles/storage.legacyObjectReader"
  member = "allUsers"
}

# The functions' source archives. A name holds the hash of its bytes, so the last one of each is all that is needed.
resource "google_storage_bucket" "sources" {
  # checkov:skip=CKV_GCP_78:An archive's name is its content; there are no versions of it.
  name                        = "${local.bucket_prefix}-sources"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = false

  depends_on = [terraform_data.apis_known]
}
