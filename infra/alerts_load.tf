resource "google_monitoring_alert_policy" "instances" {
  display_name          = "Image Repo (${var.name}): close to the limit of instances"
  combiner              = "OR"
  notification_channels = local.channels

  conditions {
    display_name = "A function ran more than 80 % of its ${var.max_instances} instances for 10 minutes"
    condition_threshold {
      filter          = "resource.type=\"cloud_run_revision\" AND metric.type=\"run.googleapis.com/container/instance_count\" AND metric.labels.state=\"active\" AND ${local.all_services}"
      comparison      = "COMPARISON_GT"
      threshold_value = var.max_instances * 0.8
      duration        = "600s"

      aggregations {
        alignment_period     = "60s"
        per_series_aligner   = "ALIGN_MAX"
        cross_series_reducer = "REDUCE_SUM"
        group_by_fields      = ["resource.label.service_name"]
      }
    }
  }

  documentation {
    mime_type = "text/markdown"
    content   = "This guards what a flood of requests costs. Is it a flood, or success? Raise `max_instances` for the latter."
  }

  depends_on = [terraform_data.apis_known]
}

# Looks once in a quarter of an hour from three places, the fewest that Google allows; each look reads two documents. "USA"
# would be three places by itself.
resource "google_monitoring_uptime_check_config" "list" {
  display_name     = "Image Repo (${var.name}): list"
  timeout          = "10s"
  period           = "900s"
  selected_regions = ["EUROPE", "USA_IOWA", "ASIA_PACIFIC"]

  http_check {
    path         = "/list?limit=1"
    port         = 443
    use_ssl      = true
    validate_ssl = true
  }

  monitored_resource {
    type   = "uptime_url"
    labels = { project_id = var.project, host = trimprefix(local.base_url, "https://") }
  }

  lifecycle { create_before_destroy = true } # the alert below must let go of the old one first

  depends_on = [terraform_data.apis_known]
}

resource "google_monitoring_alert_policy" "down" {
  display_name          = "Image Repo (${var.name}): down"
  combiner              = "OR"
  notification_channels = local.channels

  conditions {
    display_name = "No list from more than one place of three"
    condition_threshold {
      filter          = "resource.type=\"uptime_url\" AND metric.type=\"monitoring.googleapis.com/uptime_check/check_passed\" AND metric.labels.check_id=\"${google_monitoring_uptime_check_config.list.uptime_check_id}\""
      comparison      = "COMPARISON_GT"
      threshold_value = 1
      duration        = "0s"

      aggregations {
        alignment_period     = "1200s"
        per_series_aligner   = "ALIGN_NEXT_OLDER"
        cross_series_reducer = "REDUCE_COUNT_FALSE"
      }
    }
  }

  documentation {
    mime_type = "text/markdown"
    content   = "Look whether `/list?limit=1` answers, then into `make logs FUNCTION=list`."
  }
}
