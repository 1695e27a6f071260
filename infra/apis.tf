resource "google_project_service" "api" {
  for_each = toset([
    "artifactregistry",
    "cloudbuild",
    "cloudfunctions",
    "cloudresourcemanager",
    "eventarc",
    "firestore",
    "iam",
    "iamcredentials", # to sign URLs
    "logging",
    "monitoring",
    "pubsub", # for the events of the buckets
    "run",
    "secretmanager",
    "storage",
  ])

  service            = "${each.key}.googleapis.com"
  disable_on_destroy = false # something else in the project can need it
}

# For up to a minute, some of Google's servers do not know that an API was enabled.
resource "terraform_data" "apis_known" {
  triggers_replace = keys(google_project_service.api)

  provisioner "local-exec" {
    command = "sleep 60"
  }
}

# Separate from the others, because a change in that list makes Terraform read the accounts in agents.tf and grant their roles again.
locals {
  optional_apis = toset(concat(
    var.domain == null ? [] : ["compute"],
    var.github_repository == null ? [] : ["sts"],
  ))
}

resource "google_project_service" "optional" {
  for_each = local.optional_apis

  service            = "${each.key}.googleapis.com"
  disable_on_destroy = false
}

resource "terraform_data" "optional_known" {
  for_each = local.optional_apis

  triggers_replace = google_project_service.optional[each.key].id

  provisioner "local-exec" {
    command = "sleep 60"
  }
}
