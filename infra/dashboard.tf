locals {
  run = "resource.type=\"cloud_run_revision\" AND metric.type"

  # Title, filter, alignment in time, aggregation, and the label to group by.
  charts = [
    ["Calls by function", "metric.type=\"${local.hits_metric}\" AND resource.type=\"cloud_run_revision\"", "ALIGN_DELTA", "REDUCE_SUM", "metric.label.function"],
    ["Responses by status", "metric.type=\"${local.hits_metric}\" AND resource.type=\"cloud_run_revision\"", "ALIGN_DELTA", "REDUCE_SUM", "metric.label.status"],
    ["Latency, 95th percentile (ms)", "metric.type=\"${local.time_metric}\" AND resource.type=\"cloud_run_revision\"", "ALIGN_DELTA", "REDUCE_PERCENTILE_95", "metric.label.function"],
    ["Instances", "${local.run}=\"run.googleapis.com/container/instance_count\"", "ALIGN_MAX", "REDUCE_SUM", "resource.label.service_name"],
    ["Memory in use, 99th percentile", "${local.run}=\"run.googleapis.com/container/memory/utilizations\"", "ALIGN_DELTA", "REDUCE_PERCENTILE_99", "resource.label.service_name"],
    ["Age of the oldest undelivered event (s)", "resource.type=\"pubsub_subscription\" AND metric.type=\"pubsub.googleapis.com/subscription/oldest_unacked_message_age\"", "ALIGN_MAX", "REDUCE_MAX", "resource.label.subscription_id"],
    ["Bytes stored", "resource.type=\"gcs_bucket\" AND metric.type=\"storage.googleapis.com/storage/total_bytes\"", "ALIGN_MEAN", "REDUCE_SUM", "resource.label.bucket_name"],
    ["Reads of the databases", "resource.type=\"firestore.googleapis.com/Database\" AND metric.type=\"firestore.googleapis.com/document/read_ops_count\"", "ALIGN_DELTA", "REDUCE_SUM", "resource.label.database_id"],
  ]

  # Two tiles in a row. The API leaves out a position of 0 in its responses, so that every plan would write it again.
  places = [
    for index in range(length(local.charts)) :
    { for axis, at in { xPos = index % 2 * 24, yPos = floor(index / 2) * 16 } : axis => at if at > 0 }
  ]
}

resource "google_monitoring_dashboard" "overview" {
  dashboard_json = jsonencode({
    displayName = "Image Repo (${var.name})"
    mosaicLayout = {
      columns = 48
      tiles = [
        for index, chart in local.charts : merge(local.places[index], {
          width  = 24
          height = 16
          widget = {
            title = chart[0]
            xyChart = {
              dataSets = [{
                plotType = "LINE"
                timeSeriesQuery = {
                  timeSeriesFilter = {
                    filter = chart[1]
                    aggregation = {
                      alignmentPeriod    = "300s"
                      perSeriesAligner   = chart[2]
                      crossSeriesReducer = chart[3]
                      groupByFields      = [chart[4]]
                    }
                  }
                }
              }]
            }
          }
        })
      ]
    }
  })

  depends_on = [terraform_data.apis_known]
}
