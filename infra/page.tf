# The page has its own bucket, and so its own origin. No other page can read what it stores in the browser.
locals {
  frontend      = "${path.module}/../frontend"
  page_files    = fileset(local.frontend, "*") # not its folders, which no browser loads
  api_meta      = "<meta name=\"image-repo-api\" content=\"\">"
  content_types = { css = "text/css", html = "text/html", js = "text/javascript", json = "application/json", svg = "image/svg+xml" }

  # The page uses the API, the thumbnails, and the dropbox (through the URL of a ticket).
  page_csp = join("; ", [
    "default-src 'self'",
    "img-src 'self' data: blob: ${local.base_url} ${local.renditions_url}/",
    "connect-src 'self' ${local.base_url} ${local.storage_url}/${google_storage_bucket.dropbox.name}/",
    "base-uri 'none'",
    "form-action 'none'",
    "object-src 'none'",
  ])
  page_meta = join("\n    ", [
    "<meta name=\"image-repo-api\" content=\"${local.base_url}\">",
    "<meta http-equiv=\"Content-Security-Policy\" content=\"${local.page_csp}\">",
  ])
}

resource "google_storage_bucket" "page" {
  # checkov:skip=CKV_GCP_78:The page's versions are in Git.
  # checkov:skip=CKV_GCP_114:The page is public.
  name                        = "${local.bucket_prefix}-page"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "inherited"
  force_destroy               = false

  soft_delete_policy { retention_duration_seconds = 0 }

  website { main_page_suffix = "index.html" } # for the load balancer

  cors {
    origin          = ["*"] # sites embed the components, and modules are fetched with CORS
    method          = ["GET", "HEAD"]
    response_header = ["Content-Type"]
    max_age_seconds = 3600
  }

  depends_on = [terraform_data.apis_known]
}

resource "google_storage_bucket_iam_member" "page_readable" {
  # checkov:skip=CKV_GCP_28:The page is public; the role reads an object by its name and cannot list.
  bucket = google_storage_bucket.page.name
  role   = "roles/storage.legacyObjectReader"
  member = "allUsers"
}

resource "google_storage_bucket_object" "page" {
  for_each = setsubtract(local.page_files, ["index.html"])

  bucket        = google_storage_bucket.page.name
  name          = each.key
  source        = "${local.frontend}/${each.key}"
  content_type  = "${local.content_types[reverse(split(".", each.key))[0]]}; charset=utf-8"
  cache_control = "public, max-age=60"
}

# Meta tags tell the page the address of the API, and the browser what the page can load. A bucket cannot send our headers.
resource "google_storage_bucket_object" "index" {
  bucket        = google_storage_bucket.page.name
  name          = "index.html"
  content_type  = "text/html; charset=utf-8"
  cache_control = "no-cache"
  content       = replace(file("${local.frontend}/index.html"), local.api_meta, local.page_meta)

  lifecycle {
    precondition {
      condition     = strcontains(file("${local.frontend}/index.html"), local.api_meta)
      error_message = "frontend/index.html lacks the line for the address of the API. Add it: ${local.api_meta}"
    }
  }
}
