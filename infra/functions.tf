locals {
  # The maintainer's commands need the same settings, so they are an output too (outputs.tf).
  environment = {
    BACKEND              = "gcp"
    GOOGLE_CLOUD_PROJECT = var.project
    FIRESTORE_DATABASE   = google_firestore_database.catalog.name
    COUNTERS_DATABASE    = google_firestore_database.counters.name
    ORIGINALS_BUCKET     = google_storage_bucket.originals.name
    RENDITIONS_BUCKET    = google_storage_bucket.renditions.name
    DROPBOX_BUCKET       = google_storage_bucket.dropbox.name
    BASE_URL             = local.base_url
    RENDITIONS_URL       = local.renditions_url
    RENDITIONS_CACHE     = var.domain == null ? "bucket" : "cdn"
    CORS_ORIGINS         = join(",", local.cors_origins)
  }
  keys_folder = "/secrets"
  keys_file   = "api-keys"
}

resource "google_cloudfunctions2_function" "function" {
  # checkov:skip=CKV_GCP_124:The HTTP functions are the public API; the others accept only internal traffic, which tests/functions.tftest.hcl checks.
  for_each = local.functions

  name        = each.key
  location    = var.region
  description = each.value.trigger == null ? "Serves /${each.key}." : "Handles events of the ${each.value.trigger.bucket} bucket."

  build_config {
    runtime           = "python313"
    entry_point       = each.value.entry_point
    service_account   = "projects/${var.project}/serviceAccounts/${local.accounts["builder"]}"
    docker_repository = "projects/${var.project}/locations/${var.region}/repositories/${google_artifact_registry_repository.images.repository_id}"

    source {
      storage_source {
        bucket = google_storage_bucket.sources.name
        object = google_storage_bucket_object.archive[each.key].name
      }
    }
  }

  service_config {
    available_memory                 = local.size[each.key].memory
    available_cpu                    = "1"
    max_instance_request_concurrency = local.size[each.key].concurrency
    timeout_seconds                  = local.size[each.key].timeout
    min_instance_count               = 0
    max_instance_count               = var.max_instances
    service_account_email            = local.accounts[each.key]
    ingress_settings                 = each.value.trigger == null ? "ALLOW_ALL" : "ALLOW_INTERNAL_ONLY"
    all_traffic_on_latest_revision   = true

    environment_variables = merge(
      local.environment,
      # Without this, Cloud Functions sets it to true. Then every plan would remove it again, and the framework would wrap the
      # standard output of all threads. The log lines of the functions have the trace themselves.
      { LOG_EXECUTION_ID = "false" },
      each.value.trigger == null ? { API_KEYS_FILE = "${local.keys_folder}/${local.keys_file}" } : {},
    )

    dynamic "secret_volumes" {
      for_each = each.value.trigger == null ? [local.keys_folder] : []
      content {
        mount_path = secret_volumes.value
        project_id = var.project
        secret     = google_secret_manager_secret.keys.secret_id
        versions {
          path    = local.keys_file
          version = "latest"
        }
      }
    }
  }

  dynamic "event_trigger" {
    for_each = each.value.trigger[*]
    content {
      event_type            = event_trigger.value.event_type
      trigger_region        = lower(google_storage_bucket.originals.location)
      retry_policy          = "RETRY_POLICY_RETRY" # nothing else makes a thumbnail again after a network fault
      service_account_email = local.accounts["events"]

      event_filters {
        attribute = "bucket"
        value     = local.buckets[event_trigger.value.bucket]
      }
    }
  }

  # A query fails until its index is complete.
  depends_on = [terraform_data.first_keys, terraform_data.grants_known, google_firestore_index.catalog]
}

# Everyone can call an HTTP function. The function itself checks the keys.
resource "google_cloud_run_v2_service_iam_member" "public" {
  for_each = local.http

  name     = google_cloudfunctions2_function.function[each.key].name
  location = var.region
  role     = "roles/run.invoker"
  member   = "allUsers"
}

# Only Eventarc can call an event function, because a caller can send false events.
resource "google_cloud_run_v2_service_iam_member" "events" {
  for_each = local.events

  name     = google_cloudfunctions2_function.function[each.key].name
  location = var.region
  role     = "roles/run.invoker"
  member   = local.members["events"]
}
