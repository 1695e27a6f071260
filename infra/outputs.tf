output "base_url" {
  description = "What the API's paths hang on, without a final slash."
  value       = local.base_url
}

output "page_url" {
  description = "Where the page is."
  value       = local.page_url
}

output "renditions_url" {
  description = "What the names of renditions hang on, without a final slash."
  value       = local.renditions_url
}

output "originals_bucket" {
  description = "The bucket of the originals: the images themselves."
  value       = google_storage_bucket.originals.name
}

output "renditions_bucket" {
  description = "The bucket of the thumbnails."
  value       = google_storage_bucket.renditions.name
}

output "dropbox_bucket" {
  description = "The bucket to drop photos into."
  value       = google_storage_bucket.dropbox.name
}

output "keys_secret" {
  description = "The id of the secret that holds the hashes of the API keys."
  value       = google_secret_manager_secret.keys.secret_id
}

output "functions" {
  description = "The Cloud Run service of each function, for reading its logs."
  value       = { for name, function in google_cloudfunctions2_function.function : name => function.name }
}

output "environment" {
  description = "The settings for the maintainer's commands on another machine."
  value       = local.environment
}

output "build_account" {
  description = "The account that builds the functions; gcloud takes it as --build-service-account."
  value       = local.accounts["builder"]
}

output "dashboard_url" {
  description = "The dashboard in the console."
  value       = "https://console.cloud.google.com/monitoring/dashboards/builder/${basename(google_monitoring_dashboard.overview.id)}?project=${var.project}"
}

output "address" {
  description = "The IP address that the domain's A record must point to; null without a domain."
  value       = one(google_compute_global_address.front[*].address)
}

output "github_provider" {
  description = "What a GitHub workflow authenticates with (workload_identity_provider); null without a repository."
  value       = one(google_iam_workload_identity_pool_provider.github[*].name)
}

output "github_account" {
  description = "The account that a GitHub workflow deploys as (service_account); null without a repository."
  value       = one([for account in google_service_account.deployer : account.email])
}
