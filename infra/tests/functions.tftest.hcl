# Who can call each function, how often, and what happens to a failed event.
mock_provider "google" {}

run "functions" {
  command = plan

  variables { max_instances = 7 }

  assert {
    condition     = toset([for grant in google_cloud_run_v2_service_iam_member.public : grant.name]) == toset([for function in local.table.functions : function.name if function.trigger == null])
    error_message = "Everyone must be able to call the HTTP functions, and no other function."
  }

  assert {
    condition     = alltrue([for grant in google_cloud_run_v2_service_iam_member.public : grant.member == "allUsers" && grant.role == "roles/run.invoker"])
    error_message = "The public must be able to call the HTTP functions."
  }

  assert {
    condition = (
      toset([for grant in google_cloud_run_v2_service_iam_member.events : grant.name]) == toset([for function in local.table.functions : function.name if function.trigger != null])
      && alltrue([for grant in google_cloud_run_v2_service_iam_member.events : grant.member == "serviceAccount:image-repo-events@my-project.iam.gserviceaccount.com"])
    )
    error_message = "Only the account of the triggers may call event functions."
  }

  assert {
    condition     = alltrue([for name in keys(local.events) : google_cloudfunctions2_function.function[name].service_config[0].ingress_settings == "ALLOW_INTERNAL_ONLY"])
    error_message = "Event functions must not accept traffic from outside."
  }

  assert {
    condition     = alltrue([for name in keys(local.events) : google_cloudfunctions2_function.function[name].event_trigger[0].retry_policy == "RETRY_POLICY_RETRY"])
    error_message = "A failed event must be retried."
  }

  assert {
    condition     = alltrue([for name in keys(local.events) : google_cloudfunctions2_function.function[name].event_trigger[0].trigger_region == "europe-west1"])
    error_message = "A trigger must be in the region of its bucket."
  }

  assert {
    condition     = alltrue([for name in keys(local.events) : one(google_cloudfunctions2_function.function[name].event_trigger[0].event_filters).value != "my-project-image-repo-renditions"])
    error_message = "The renditions must have no trigger: a new rendition must not call a function."
  }

  assert {
    condition = alltrue([
      for name, function in local.events :
      one(google_cloudfunctions2_function.function[name].event_trigger[0].event_filters).value == "my-project-image-repo-${function.trigger.bucket}"
      && google_cloudfunctions2_function.function[name].event_trigger[0].event_type == function.trigger.event_type
    ])
    error_message = "A trigger must have the bucket and the event of the table of functions."
  }

  assert {
    condition     = alltrue([for name in keys(local.http) : length(coalesce(google_cloudfunctions2_function.function[name].event_trigger, [])) == 0])
    error_message = "An HTTP function must have no trigger."
  }

  assert {
    condition     = alltrue([for function in google_cloudfunctions2_function.function : function.service_config[0].max_instance_count == 7 && function.service_config[0].min_instance_count == 0])
    error_message = "Every function must have a limit of instances, and no instance while it is idle."
  }

  assert {
    condition     = alltrue([for function in google_cloudfunctions2_function.function : tonumber(function.service_config[0].available_cpu) >= 1 || function.service_config[0].max_instance_request_concurrency == 1])
    error_message = "More than one request at a time needs a whole CPU."
  }

  assert {
    condition     = alltrue([for name in keys(local.events) : google_cloudfunctions2_function.function[name].service_config[0].timeout_seconds <= 540])
    error_message = "An event function runs for 9 minutes at most."
  }

  assert {
    condition     = alltrue([for function in google_cloudfunctions2_function.function : function.build_config[0].runtime == "python313"])
    error_message = "All functions must use the same Python."
  }

  assert {
    condition = alltrue([
      for name in keys(local.http) : alltrue([
        google_cloudfunctions2_function.function[name].service_config[0].environment_variables["API_KEYS_FILE"] == "/secrets/api-keys",
        google_cloudfunctions2_function.function[name].service_config[0].secret_volumes[0].mount_path == "/secrets",
        google_cloudfunctions2_function.function[name].service_config[0].secret_volumes[0].versions[0].path == "api-keys",
        google_cloudfunctions2_function.function[name].service_config[0].secret_volumes[0].versions[0].version == "latest",
      ])
    ])
    error_message = "HTTP functions must read the latest keys from their file."
  }

  assert {
    condition     = alltrue([for name in keys(local.events) : length(coalesce(google_cloudfunctions2_function.function[name].service_config[0].secret_volumes, [])) == 0])
    error_message = "Event functions must not have the keys, which they do not need."
  }

  assert {
    condition     = alltrue([for function in google_cloudfunctions2_function.function : !contains(keys(function.service_config[0].environment_variables), "API_KEYS")])
    error_message = "Keys must not be in the environment."
  }
}
