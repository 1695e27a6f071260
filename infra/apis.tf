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

# Apart from the others: a change among those would have the accounts in agents.tf looked up again, and granted anew.
resource "google_project_service" "optional" {
  for_each = toset(concat(
    var.domain == null ? [] : ["compute"],
    var.github_repository == null ? [] : ["sts"],
  ))

  service            = "${each.key}.googleapis.com"
  disable_on_destroy = false
}
