resource "google_compute_target_https_proxy" "front" {
  count = length(local.front)

  name             = "${var.name}-https"
  url_map          = google_compute_url_map.front[0].id
  ssl_certificates = google_compute_managed_ssl_certificate.front[*].id
  ssl_policy       = google_compute_ssl_policy.front[0].id
}

resource "google_compute_global_forwarding_rule" "https" {
  count = length(local.front)

  name                  = "${var.name}-https"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  ip_address            = google_compute_global_address.front[0].id
  port_range            = "443"
  target                = google_compute_target_https_proxy.front[0].id
}

resource "google_compute_url_map" "to_https" {
  count = length(local.front)

  name = "${var.name}-to-https"

  default_url_redirect {
    https_redirect         = true
    redirect_response_code = "PERMANENT_REDIRECT" # unlike a 301, it does not turn a POST into a GET
    strip_query            = false
  }

  depends_on = [terraform_data.optional_known]
}

resource "google_compute_target_http_proxy" "to_https" {
  count = length(local.front)

  name    = "${var.name}-http"
  url_map = google_compute_url_map.to_https[0].id
}

resource "google_compute_global_forwarding_rule" "http" {
  count = length(local.front)

  name                  = "${var.name}-http"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  ip_address            = google_compute_global_address.front[0].id
  port_range            = "80"
  target                = google_compute_target_http_proxy.to_https[0].id
}
