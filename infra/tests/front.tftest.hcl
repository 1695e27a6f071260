# With a domain: one host in front of everything that is public, and of nothing else.
mock_provider "google" {}

run "without_domain" {
  command = plan

  assert {
    condition     = length(google_compute_url_map.front) == 0 && length(google_compute_backend_service.function) == 0 && length(google_project_service.optional) == 0
    error_message = "A load balancer costs money by the hour; nobody asked for one."
  }

  assert {
    condition     = length(google_project_iam_member.deployer) == 0 && length(google_iam_workload_identity_pool.github) == 0 && length(google_monitoring_notification_channel.email) == 0
    error_message = "Nobody may deploy from outside, and nobody is told of alerts, unless they are named."
  }

  assert {
    condition = [output.base_url, output.page_url, output.renditions_url] == [
      "https://europe-west1-my-project.cloudfunctions.net",
      "https://my-project-image-repo-page.storage.googleapis.com/index.html",
      "https://storage.googleapis.com/my-project-image-repo-renditions",
    ]
    error_message = "Without a domain the addresses are Google's."
  }
}

run "with_domain" {
  command = plan

  variables { domain = "photos.example.com" }

  assert {
    condition = [output.base_url, output.page_url, output.renditions_url] == [
      "https://photos.example.com", "https://photos.example.com/", "https://photos.example.com/renditions",
    ]
    error_message = "With a domain all addresses are its own."
  }

  assert {
    condition     = toset(keys(google_compute_backend_service.function)) == toset([for function in local.table.functions : function.name if function.trigger == null])
    error_message = "The load balancer must reach every HTTP function and no event function."
  }

  assert {
    condition = alltrue([
      for name in keys(local.http) : anytrue([
        for rule in local.front_rules : rule.function == name && rule.matches == ["/${name}", "/${name}/**"] && length(rule.methods) == 0 && rule.rewrite == null
      ])
    ])
    error_message = "Every HTTP function must have its own paths, for all methods and as they are."
  }

  assert {
    condition     = length(distinct(google_compute_url_map.front[0].path_matcher[0].route_rules[*].priority)) == length(google_compute_url_map.front[0].path_matcher[0].route_rules)
    error_message = "No two rules may have the same priority."
  }

  assert {
    condition     = google_compute_url_map.to_https[0].default_url_redirect[0].https_redirect && google_compute_ssl_policy.front[0].min_tls_version == "TLS_1_2"
    error_message = "Everything must go over HTTPS."
  }

  assert {
    condition     = google_compute_backend_bucket.renditions[0].enable_cdn && !google_compute_backend_bucket.renditions[0].cdn_policy[0].negative_caching
    error_message = "Thumbnails come from the CDN, and one that is missing must not be remembered as missing."
  }

  assert {
    condition     = strcontains(google_storage_bucket_object.index.content, "<meta name=\"image-repo-api\" content=\"https://photos.example.com\">")
    error_message = "The page must use the domain."
  }
}
