# All settings with their defaults, and all settings with other values. With a domain, one host is in front of everything that
# is public, and of nothing else.
mock_provider "google" {}

run "nothing_set" {
  command = plan

  assert {
    condition     = length(google_compute_url_map.front) == 0 && length(google_compute_backend_service.function) == 0 && length(google_project_service.optional) == 0
    error_message = "Without a domain there must be no load balancer, because it costs money by the hour."
  }

  assert {
    condition     = length(google_project_iam_member.deployer) == 0 && length(google_iam_workload_identity_pool.github) == 0 && length(google_monitoring_notification_channel.email) == 0
    error_message = "By default, no repository can deploy, and no address gets alerts."
  }

  assert {
    condition = [output.base_url, output.page_url, output.renditions_url] == [
      "https://europe-west1-my-project.cloudfunctions.net",
      "https://my-project-image-repo-page.storage.googleapis.com/index.html",
      "https://storage.googleapis.com/my-project-image-repo-renditions",
    ]
    error_message = "Without a domain, the addresses must be Google's."
  }

  assert {
    condition     = google_cloudfunctions2_function.function["make-thumbnails"].service_config[0].environment_variables["RENDITIONS_CACHE"] == "bucket"
    error_message = "Without a domain, Cloud Storage's own cache serves the thumbnails."
  }

  assert {
    condition     = toset(terraform_data.apis_known.triggers_replace) == toset(keys(google_project_service.api))
    error_message = "A different set of APIs must cause another wait."
  }
}

run "all_set" {
  command = plan

  variables {
    domain            = "photos.example.com"
    cors_origins      = ["https://blog.example.com"]
    github_repository = "octocat/photos"
    protect           = false
  }

  assert {
    condition = [output.base_url, output.page_url, output.renditions_url] == [
      "https://photos.example.com", "https://photos.example.com/", "https://photos.example.com/renditions",
    ]
    error_message = "With a domain, all addresses must use it."
  }

  assert {
    condition     = toset(keys(google_compute_backend_service.function)) == toset([for function in local.table.functions : function.name if function.trigger == null])
    error_message = "The load balancer must reach every HTTP function and no event function."
  }

  assert {
    condition = alltrue([
      for rule in google_compute_url_map.front[0].path_matcher[0].route_rules : alltrue([
        for match in rule.match_rules : rule.route_action[0].url_rewrite[0].path_template_rewrite == null || strcontains(coalesce(match.path_template_match, "-"), "{")
      ]) if length(rule.route_action) > 0
    ])
    error_message = "A template that rewrites must have a variable."
  }

  assert {
    condition     = length(distinct(google_compute_url_map.front[0].path_matcher[0].route_rules[*].priority)) == length(google_compute_url_map.front[0].path_matcher[0].route_rules)
    error_message = "No two rules may have the same priority."
  }

  assert {
    condition     = google_compute_url_map.front[0].default_url_redirect[0].https_redirect != true
    error_message = "The URL map of the HTTPS proxy must not redirect to HTTPS, which Google does not permit there."
  }

  assert {
    condition     = google_compute_url_map.to_https[0].default_url_redirect[0].https_redirect && google_compute_ssl_policy.front[0].min_tls_version == "TLS_1_2"
    error_message = "Everything must use HTTPS."
  }

  assert {
    condition     = google_compute_backend_bucket.renditions[0].enable_cdn && !google_compute_backend_bucket.renditions[0].cdn_policy[0].negative_caching
    error_message = "Thumbnails must come from the CDN, which must not cache a 404."
  }

  assert {
    condition = (
      google_compute_backend_bucket.renditions[0].cdn_policy[0].cache_mode == "USE_ORIGIN_HEADERS"
      && google_cloudfunctions2_function.function["make-thumbnails"].service_config[0].environment_variables["RENDITIONS_CACHE"] == "cdn"
    )
    error_message = "The CDN must follow the headers of the thumbnails, which must let it keep them for a day."
  }

  assert {
    condition     = strcontains(google_storage_bucket_object.index.content, "<meta name=\"image-repo-api\" content=\"https://photos.example.com\">")
    error_message = "The page must use the domain."
  }

  assert {
    condition     = google_storage_bucket.dropbox.cors[0].origin == tolist(["https://blog.example.com", "https://my-project-image-repo-page.storage.googleapis.com", "https://photos.example.com"])
    error_message = "If the origins are restricted, they must include the page, at the domain and in its bucket."
  }

  assert {
    condition     = google_cloudfunctions2_function.function["list"].service_config[0].environment_variables["CORS_ORIGINS"] == "https://blog.example.com,https://my-project-image-repo-page.storage.googleapis.com,https://photos.example.com"
    error_message = "The functions and the dropbox must have the same origins."
  }

  assert {
    condition     = google_iam_workload_identity_pool_provider.github[0].attribute_condition == "assertion.repository == \"octocat/photos\" && assertion.ref == \"refs/heads/main\""
    error_message = "Only the main branch of the named repository may deploy."
  }

  # GitHub's own subject has the names of the owner, the repository and the branch.
  assert {
    condition     = google_iam_workload_identity_pool_provider.github[0].attribute_mapping["google.subject"] == "assertion.repository_id"
    error_message = "The subject of a token must be shorter than 127 bytes, however long the names are."
  }

  assert {
    condition     = !contains(keys(google_project_iam_member.deployer), "roles/owner") && !contains(keys(google_project_iam_member.deployer), "roles/editor")
    error_message = "The deployer must have exactly the listed roles."
  }

  assert {
    condition     = google_firestore_database.catalog.delete_protection_state == "DELETE_PROTECTION_DISABLED" && google_firestore_database.catalog.deletion_policy == "DELETE" && !google_secret_manager_secret.keys.deletion_protection
    error_message = "With protect=false, destroy must be able to delete everything."
  }
}
