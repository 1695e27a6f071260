# Google's own accounts in the project. Google creates each when its service is first used. Before that, grants to it fail.
locals {
  # The data source google_project would also ask the Cloud Billing API, which need not be enabled.
  project_number = google_storage_bucket.sources.project_number
}

# Google creates this account when it is read.
data "google_storage_project_service_account" "gcs" {
  depends_on = [terraform_data.apis_known]
}

# Only the beta version of the provider can create this account, so gcloud creates it.
resource "terraform_data" "eventarc_agent" {
  triggers_replace = [google_project_service.api["eventarc"].id]

  provisioner "local-exec" {
    command     = "gcloud beta services identity create --service=eventarc.googleapis.com --project=\"$PROJECT\" --quiet"
    environment = { PROJECT = var.project }
  }

  depends_on = [terraform_data.apis_known]
}

# Cloud Storage publishes the events of the buckets to Pub/Sub, …
resource "google_project_iam_member" "gcs_agent" {
  project = var.project
  role    = "roles/pubsub.publisher"
  member  = "serviceAccount:${data.google_storage_project_service_account.gcs.email_address}"
}

# … and Eventarc delivers them from there to the functions.
resource "google_project_iam_member" "eventarc_agent" {
  # checkov:skip=CKV_GCP_49:Google made this role for this agent, and the agent needs all of it.
  project = var.project
  role    = "roles/eventarc.serviceAgent"
  member  = "serviceAccount:service-${local.project_number}@gcp-sa-eventarc.iam.gserviceaccount.com"

  depends_on = [terraform_data.eventarc_agent]
}

# A grant takes up to two minutes to work everywhere. Until then, a function's build and its first trigger fail.
resource "terraform_data" "grants_known" {
  triggers_replace = [
    google_project_iam_member.gcs_agent.id,
    google_project_iam_member.eventarc_agent.id,
    google_project_iam_member.events.id,
    google_project_iam_member.builder_log.id,
    google_project_iam_member.builder_sources.id,
    [for grant in google_secret_manager_secret_iam_member.keys : grant.id],
    google_artifact_registry_repository_iam_member.builder.id,
    google_storage_bucket_iam_member.builder.id,
  ]

  provisioner "local-exec" {
    command = "sleep 120"
  }
}
