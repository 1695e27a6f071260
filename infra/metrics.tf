# Every function logs a line for each request. These metrics count the lines by function, status and time.
locals {
  request_line = "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=(${join(" OR ", [for name in keys(local.functions) : "\"${name}\""])}) AND jsonPayload.function:* AND jsonPayload.status:*"
  hits_metric  = "logging.googleapis.com/user/${google_logging_metric.hits.name}"
  time_metric  = "logging.googleapis.com/user/${google_logging_metric.latency.name}"
}

resource "google_logging_metric" "hits" {
  name        = "${var.name}-hits"
  description = "Requests by function and status."
  filter      = local.request_line

  metric_descriptor {
    metric_kind  = "DELTA"
    value_type   = "INT64"
    unit         = "1"
    display_name = "Image Repo: hits"

    labels {
      key         = "function"
      value_type  = "STRING"
      description = "The function's name."
    }
    labels {
      key         = "status"
      value_type  = "STRING"
      description = "The HTTP status of its answer."
    }
  }

  label_extractors = {
    "function" = "EXTRACT(jsonPayload.function)"
    "status"   = "EXTRACT(jsonPayload.status)"
  }

  depends_on = [terraform_data.apis_known]
}

resource "google_logging_metric" "latency" {
  name            = "${var.name}-latency"
  description     = "Duration of requests by function."
  filter          = "${local.request_line} AND jsonPayload.latency_ms:*"
  value_extractor = "EXTRACT(jsonPayload.latency_ms)"

  metric_descriptor {
    metric_kind  = "DELTA"
    value_type   = "DISTRIBUTION"
    unit         = "ms"
    display_name = "Image Repo: latency"

    labels {
      key         = "function"
      value_type  = "STRING"
      description = "The function's name."
    }
  }

  label_extractors = { "function" = "EXTRACT(jsonPayload.function)" }

  bucket_options {
    exponential_buckets {
      num_finite_buckets = 24 # from 1 ms to over 4 minutes
      growth_factor      = 1.7
      scale              = 1
    }
  }

  depends_on = [terraform_data.apis_known]
}
