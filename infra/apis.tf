resource "google_project_service" "api" {
  for_each = toset([
    "artifactregistry",
    "cloudbuild",
    "cloudfunctions",
    "cloudresourcemanager",
    "eventarc",
    "firestore",
    "iam",
    "iamcredentials", # signs URLs
    "logging",
    "monitoring",
    "pubsub", # carries the buckets' events
    "run",
    "secretmanager",
    "storage",
  ])

  service            = "${each.key}.googleapis.com"
  disable_on_destroy = false # something else in the project may need it
}

# An API that was just enabled is unknown for up to a minute to some of the machines that answer.
resource "terraform_data" "apis_known" {
  triggers_replace = keys(google_project_service.api)

  provisioner "local-exec" {
    command = "sleep 60"
  }
}

# Apart from the others: a change among those would have the accounts in agents.tf looked up again, and granted anew.
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
