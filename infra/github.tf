# GitHub's workflows deploy without a key: Google accepts the token that GitHub issues to the main branch of one repository.
locals {
  github = var.github_repository[*]

  # These roles control everything that is deployed, and so the project. Protect the main branch like the project.
  deployer_roles = [
    "roles/artifactregistry.admin",
    "roles/cloudfunctions.admin",
    "roles/compute.loadBalancerAdmin",
    "roles/datastore.owner",
    "roles/iam.roleAdmin",
    "roles/iam.serviceAccountAdmin",
    "roles/iam.serviceAccountUser",
    "roles/iam.workloadIdentityPoolAdmin",
    "roles/logging.configWriter",
    "roles/monitoring.admin",
    "roles/resourcemanager.projectIamAdmin",
    "roles/run.admin",
    "roles/secretmanager.admin",
    "roles/serviceusage.serviceUsageAdmin",
    "roles/storage.admin",
  ]
}

resource "google_iam_workload_identity_pool" "github" {
  count = length(local.github)

  workload_identity_pool_id = "${var.name}-github"
  display_name              = "GitHub"

  depends_on = [terraform_data.apis_known, terraform_data.optional_known]
}

resource "google_iam_workload_identity_pool_provider" "github" {
  # checkov:skip=CKV_GCP_125:The condition compares the claims for the repository and the branch. They are right with GitHub environments too, where the subject, which the check wants, does not have the branch.
  count = length(local.github)

  workload_identity_pool_id          = google_iam_workload_identity_pool.github[0].workload_identity_pool_id
  workload_identity_pool_provider_id = "actions"
  attribute_mapping = {
    # A subject has at most 127 bytes. GitHub's own has the names of the owner, the repository and the branch, which can be longer.
    "google.subject"       = "assertion.repository_id"
    "attribute.repository" = "assertion.repository"
    "attribute.ref"        = "assertion.ref"
  }
  attribute_condition = "assertion.repository == \"${local.github[0]}\" && assertion.ref == \"refs/heads/main\""

  oidc {
    issuer_uri = "https://token.actions.githubusercontent.com"
  }
}

resource "google_service_account" "deployer" {
  count = length(local.github)

  account_id   = "${var.name}-deployer"
  display_name = "Image Repo: deploys from GitHub"

  depends_on = [terraform_data.apis_known]
}

resource "google_service_account_iam_member" "github" {
  count = length(local.github)

  service_account_id = google_service_account.deployer[0].name
  role               = "roles/iam.workloadIdentityUser"
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.github[0].name}/attribute.repository/${local.github[0]}"
}

resource "google_project_iam_member" "deployer" {
  for_each = toset(var.github_repository == null ? [] : local.deployer_roles)

  project = var.project
  role    = each.key
  member  = "serviceAccount:${google_service_account.deployer[0].account_id}@${var.project}.iam.gserviceaccount.com"
}
