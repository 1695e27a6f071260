# Each function has its own account, so that it has only the rights that it needs.
resource "google_service_account" "function" {
  for_each = local.functions

  account_id   = "${var.name}-${each.key}"
  display_name = "Image Repo: ${each.key}"

  depends_on = [terraform_data.apis_known]
}

resource "google_service_account" "events" {
  account_id   = "${var.name}-events"
  display_name = "Image Repo: delivers the buckets' events"

  depends_on = [terraform_data.apis_known]
}

resource "google_service_account" "builder" {
  account_id   = "${var.name}-builder"
  display_name = "Image Repo: builds the functions"

  depends_on = [terraform_data.apis_known]
}

# Built from names that are known before the accounts exist, so that a plan shows the member of each grant.
locals {
  accounts = {
    for name, account in merge(
      google_service_account.function,
      { events = google_service_account.events, builder = google_service_account.builder },
    ) : name => "${account.account_id}@${var.project}.iam.gserviceaccount.com"
  }
  members = { for name, email in local.accounts : name => "serviceAccount:${email}" }
}
