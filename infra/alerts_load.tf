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
    content   = "`max_instances` limits the cost of a flood of requests. If the requests are genuine, raise it."
  }

  depends_on = [terraform_data.apis_known]
}

# It runs every 15 minutes from three places, the fewest that Google allows. Each run reads two documents. "USA" alone would be
# three places.
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

  lifecycle { create_before_destroy = true } # Google refuses to delete a check that the alert below uses

  depends_on = [terraform_data.apis_known]
}

resource "google_monitoring_alert_policy" "down" {
  display_name          = "Image Repo (${var.name}): down"
  combiner              = "OR"
  notification_channels = local.channels

  conditions {
    display_name = "The list does not respond to more than one of three places"
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
    content   = "Check whether `/list?limit=1` responds. Then read the log: `make logs FUNCTION=list`."
  }
}
