# With a domain, one address and one certificate are in front of the functions, the thumbnails and the page.
locals {
  front       = var.domain[*]
  front_http  = { for name, function in local.http : name => function if var.domain != null }
  page_header = "Content-Security-Policy: frame-ancestors 'none'" # browsers ignore this directive in a meta tag
  no_sniffing = "X-Content-Type-Options: nosniff"
  only_https  = "Strict-Transport-Security: max-age=31536000"
}

# The endpoint group of a 2nd-generation function is that of its Cloud Run service.
resource "google_compute_region_network_endpoint_group" "function" {
  for_each = local.front_http

  name                  = "${var.name}-${each.key}"
  region                = var.region
  network_endpoint_type = "SERVERLESS"

  cloud_run {
    service = google_cloudfunctions2_function.function[each.key].name
  }

  depends_on = [terraform_data.optional_known]
}

resource "google_compute_backend_service" "function" {
  for_each = local.front_http

  name                    = "${var.name}-${each.key}"
  protocol                = "HTTPS"
  load_balancing_scheme   = "EXTERNAL_MANAGED"
  custom_response_headers = [local.only_https]

  backend {
    group = google_compute_region_network_endpoint_group.function[each.key].id
  }
}

resource "google_compute_backend_bucket" "renditions" {
  count = length(local.front)

  name                    = "${var.name}-renditions"
  bucket_name             = google_storage_bucket.renditions.name
  enable_cdn              = true
  custom_response_headers = [local.no_sniffing, local.only_https]

  # The headers of a thumbnail allow browsers to keep it for a year, and the CDN for a day, so that a deletion reaches the CDN
  # within a day. (With FORCE_CACHE_ALL, browsers get the lesser of both times.) The CDN must not cache a 404 for a thumbnail
  # that is not there yet.
  cdn_policy {
    cache_mode         = "USE_ORIGIN_HEADERS"
    negative_caching   = false
    request_coalescing = true
  }

  depends_on = [terraform_data.optional_known]
}

resource "google_compute_backend_bucket" "page" {
  count = length(local.front)

  name                    = "${var.name}-page"
  bucket_name             = google_storage_bucket.page.name
  enable_cdn              = false
  custom_response_headers = [local.page_header, local.no_sniffing, local.only_https]

  depends_on = [terraform_data.optional_known]
}

resource "google_compute_global_address" "front" {
  count = length(local.front)

  name = "${var.name}-front"

  depends_on = [terraform_data.optional_known]
}

# A certificate cannot change its domain. The hash in the name lets the new one exist before the old one is deleted.
resource "google_compute_managed_ssl_certificate" "front" {
  count = length(local.front)

  name = "${var.name}-${substr(sha256(local.front[0]), 0, 8)}"

  managed { domains = local.front }

  lifecycle { create_before_destroy = true }

  depends_on = [terraform_data.optional_known]
}

resource "google_compute_ssl_policy" "front" {
  count = length(local.front)

  name            = "${var.name}-front"
  profile         = "MODERN"
  min_tls_version = "TLS_1_2"

  depends_on = [terraform_data.optional_known]
}
