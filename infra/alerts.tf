locals {
  http_services  = "resource.labels.service_name=one_of(${join(",", [for name in keys(local.http) : "\"${name}\""])})"
  event_services = "resource.labels.service_name=one_of(${join(",", [for name in keys(local.events) : "\"${name}\""])})"
  all_services   = "resource.labels.service_name=one_of(${join(",", [for name in keys(local.functions) : "\"${name}\""])})"
  requests       = "resource.type=\"cloud_run_revision\" AND metric.type=\"run.googleapis.com/request_count\""
  channels       = google_monitoring_notification_channel.email[*].name
}

resource "google_monitoring_notification_channel" "email" {
  count = length(var.alert_email[*])

  display_name = "Image Repo (${var.name})"
  type         = "email"
  labels       = { email_address = var.alert_email }

  lifecycle { create_before_destroy = true } # Google refuses to delete a channel that an alert uses

  depends_on = [terraform_data.apis_known]
}

resource "google_monitoring_alert_policy" "errors" {
  display_name          = "Image Repo (${var.name}): responses with 5xx"
  combiner              = "OR"
  notification_channels = local.channels

  conditions {
    display_name = "More than 5 % of the requests of 10 minutes"
    condition_threshold {
      filter             = "${local.requests} AND ${local.http_services} AND metric.labels.response_code_class=\"5xx\""
      denominator_filter = "${local.requests} AND ${local.http_services}"
      comparison         = "COMPARISON_GT"
      threshold_value    = 0.05
      duration           = "0s"

      aggregations {
        alignment_period     = "600s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_SUM"
      }
      denominator_aggregations {
        alignment_period     = "600s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_SUM"
      }
    }
  }

  documentation {
    mime_type = "text/markdown"
    content   = "Each 500 response has an `error_id`. Search for it in the log: `make logs FUNCTION=…`."
  }

  depends_on = [terraform_data.apis_known]
}

resource "google_monitoring_alert_policy" "events" {
  display_name          = "Image Repo (${var.name}): events fail"
  combiner              = "OR"
  notification_channels = local.channels

  conditions {
    display_name = "An event function fails repeatedly"
    condition_threshold {
      # Event functions respond with an error only to transient failures, and each such response causes one retry.
      filter          = "${local.requests} AND ${local.event_services} AND metric.labels.response_code_class!=\"2xx\""
      comparison      = "COMPARISON_GT"
      threshold_value = 10
      duration        = "0s"

      aggregations {
        alignment_period     = "600s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_SUM"
        group_by_fields      = ["resource.label.service_name"]
      }
    }
  }

  conditions {
    display_name = "An event has waited for an hour"
    condition_threshold {
      filter          = "resource.type=\"pubsub_subscription\" AND metric.type=\"pubsub.googleapis.com/subscription/oldest_unacked_message_age\" AND resource.labels.subscription_id=starts_with(\"eventarc-${var.region}-\")"
      comparison      = "COMPARISON_GT"
      threshold_value = 3600
      duration        = "0s"

      aggregations {
        alignment_period   = "300s"
        per_series_aligner = "ALIGN_MAX"
      }
    }
  }

  documentation {
    mime_type = "text/markdown"
    content   = "Events are retried for a day, and then lost. To repair what lost events should have done: `make fsck FIX=1 PROJECT=${var.project}`."
  }

  depends_on = [terraform_data.apis_known]
}
