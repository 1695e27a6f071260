output "base_url" {
  description = "The URL that the API's paths are relative to, without a final slash."
  value       = local.base_url
}

output "page_url" {
  description = "The URL of the page."
  value       = local.page_url
}

output "renditions_url" {
  description = "The URL that the names of renditions are relative to, without a final slash."
  value       = local.renditions_url
}

output "originals_bucket" {
  description = "The bucket of the originals."
  value       = google_storage_bucket.originals.name
}

output "renditions_bucket" {
  description = "The bucket of the renditions."
  value       = google_storage_bucket.renditions.name
}

output "dropbox_bucket" {
  description = "The bucket of the dropbox."
  value       = google_storage_bucket.dropbox.name
}

output "keys_secret" {
  description = "The id of the secret with the hashes of the API keys."
  value       = google_secret_manager_secret.keys.secret_id
}

output "functions" {
  description = "The Cloud Run service of each function, to read its log."
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
  description = "The identity provider for a GitHub workflow (workload_identity_provider); null without a repository."
  value       = one(google_iam_workload_identity_pool_provider.github[*].name)
}

output "github_account" {
  description = "The account that a GitHub workflow uses (service_account); null without a repository."
  value       = one([for account in google_service_account.deployer : account.email])
}
