# The name of an archive is its content, so a changed function has a new object, and only that function is built again.
resource "google_storage_bucket_object" "archive" {
  for_each = local.functions

  bucket = google_storage_bucket.sources.name
  name   = basename(var.archives[each.key])
  source = var.archives[each.key]

  lifecycle {
    create_before_destroy = true
    ignore_changes        = [source, detect_md5hash] # another machine builds the same bytes in another folder
  }
}

# The images that builds make. The newest of each function stay for rolling back.
resource "google_artifact_registry_repository" "images" {
  # checkov:skip=CKV_GCP_84:Google's keys protect the images; they hold the code and no data.
  repository_id = var.name
  location      = var.region
  format        = "DOCKER"
  description   = "Images of the functions, made by their builds."

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

# What a build needs: the archive, where Cloud Functions copies it, its log, and the images.
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

# Cloud Functions makes this bucket with the first function, too late to grant anything on it.
resource "google_project_iam_member" "builder_sources" {
  project = var.project
  role    = "roles/storage.objectViewer"
  member  = local.members["builder"]

  condition {
    title      = "sources_of_functions_only"
    expression = "resource.name.startsWith(\"projects/_/buckets/gcf-v2-sources-${data.google_project.this.number}-${var.region}\")"
  }
}
