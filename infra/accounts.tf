# One account for each function, so that each can do its own work and nothing else.
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

# Put together from what is known beforehand, so that a plan shows who gets what.
locals {
  accounts = {
    for name, account in merge(
      google_service_account.function,
      { events = google_service_account.events, builder = google_service_account.builder },
    ) : name => "${account.account_id}@${var.project}.iam.gserviceaccount.com"
  }
  members = { for name, email in local.accounts : name => "serviceAccount:${email}" }
}
