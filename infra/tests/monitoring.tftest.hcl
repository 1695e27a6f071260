# The alerts and the dashboard.
mock_provider "google" {}

run "alerts" {
  command = plan

  variables { alert_email = "me@example.com" }

  assert {
    condition     = google_monitoring_notification_channel.email[0].labels["email_address"] == "me@example.com"
    error_message = "Alerts must go to the e-mail address."
  }

  assert {
    condition     = google_monitoring_alert_policy.instances.conditions[0].condition_threshold[0].threshold_value == 8
    error_message = "The alert on instances must follow the limit of instances."
  }

  assert {
    condition = alltrue([
      for name in keys(local.functions) : strcontains(google_monitoring_alert_policy.instances.conditions[0].condition_threshold[0].filter, "\"${name}\"")
    ])
    error_message = "The alert on instances must watch every function."
  }

  assert {
    condition = alltrue([
      for name in keys(local.events) : strcontains(google_monitoring_alert_policy.events.conditions[0].condition_threshold[0].filter, "\"${name}\"")
    ])
    error_message = "An alert must watch the failures of every event function."
  }

  assert {
    condition = alltrue([
      for name in keys(local.http) : strcontains(google_monitoring_alert_policy.errors.conditions[0].condition_threshold[0].filter, "\"${name}\"")
    ])
    error_message = "An alert must watch the errors of every HTTP function."
  }

  assert {
    condition     = google_monitoring_uptime_check_config.list.monitored_resource[0].labels["host"] == "europe-west1-my-project.cloudfunctions.net"
    error_message = "The uptime check must use the address of the API."
  }

  # EUROPE and ASIA_PACIFIC are one place each; USA is three.
  assert {
    condition     = toset(google_monitoring_uptime_check_config.list.selected_regions) == toset(["EUROPE", "USA_IOWA", "ASIA_PACIFIC"])
    error_message = "The uptime check must run from three places."
  }

  assert {
    condition = (
      google_monitoring_alert_policy.down.conditions[0].condition_threshold[0].comparison == "COMPARISON_GT"
      && google_monitoring_alert_policy.down.conditions[0].condition_threshold[0].threshold_value == 1
      && google_monitoring_alert_policy.down.conditions[0].condition_threshold[0].aggregations[0].cross_series_reducer == "REDUCE_COUNT_FALSE"
    )
    error_message = "One place that does not reach the list must not cause an alert; two must."
  }

  assert {
    condition     = strcontains(google_monitoring_alert_policy.events.documentation[0].content, "`make fsck FIX=1 PROJECT=my-project`")
    error_message = "The command that repairs lost events must name the project, or it repairs the local folder."
  }

  assert {
    condition = google_logging_metric.hits.label_extractors == tomap({
      function = "EXTRACT(jsonPayload.function)"
      status   = "EXTRACT(jsonPayload.status)"
    }) && google_logging_metric.latency.value_extractor == "EXTRACT(jsonPayload.latency_ms)"
    error_message = "The metrics must count the log lines of the functions."
  }

  assert {
    condition = alltrue([
      for tile in jsondecode(google_monitoring_dashboard.overview.dashboard_json).mosaicLayout.tiles :
      try(tile.xPos, 1) > 0 && try(tile.yPos, 1) > 0
    ])
    error_message = "No tile may have a position of 0: the API leaves it out, so that every plan would have a change."
  }

  assert {
    condition = length(local.charts) == length(distinct([
      for tile in jsondecode(google_monitoring_dashboard.overview.dashboard_json).mosaicLayout.tiles :
      [try(tile.xPos, 0), try(tile.yPos, 0)]
    ]))
    error_message = "No two charts may have the same position."
  }
}
