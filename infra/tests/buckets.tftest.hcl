# Who can read which bucket, and which data cannot be lost.
mock_provider "google" {}

run "buckets" {
  command = plan

  assert {
    condition = alltrue([
      for bucket in [google_storage_bucket.originals, google_storage_bucket.dropbox, google_storage_bucket.sources] :
      bucket.public_access_prevention == "enforced" && bucket.uniform_bucket_level_access
    ])
    error_message = "Originals, dropbox and sources must be closed to the public."
  }

  assert {
    condition = alltrue([
      for bucket in [
        google_storage_bucket.originals, google_storage_bucket.dropbox, google_storage_bucket.renditions,
        google_storage_bucket.page, google_storage_bucket.sources,
      ] : bucket.force_destroy == false && bucket.uniform_bucket_level_access
    ])
    error_message = "No bucket may be destroyed together with its objects, or have permissions for single objects."
  }

  assert {
    condition     = google_storage_bucket.originals.soft_delete_policy[0].retention_duration_seconds == 30 * 86400
    error_message = "A deleted original must be kept for undelete_days."
  }

  # A deletion in a versioned bucket sends "archived" and not "deleted", so forget-image would never be called.
  assert {
    condition     = alltrue([for versioning in coalesce(google_storage_bucket.originals.versioning, []) : !versioning.enabled])
    error_message = "The originals must not be versioned, because then a deletion sends no event."
  }

  assert {
    condition     = length(coalesce(google_storage_bucket.originals.retention_policy, [])) == 0
    error_message = "The originals must have no retention policy, because then users cannot delete their images."
  }

  assert {
    condition = alltrue([
      for rule in google_storage_bucket.originals.lifecycle_rule : alltrue([for action in rule.action : action.type != "Delete"])
    ])
    error_message = "No rule may delete originals."
  }

  assert {
    condition = anytrue([
      for rule in google_storage_bucket.dropbox.lifecycle_rule :
      one(rule.action).type == "Delete" && one(rule.condition).age == 7
    ])
    error_message = "Objects that stay in the dropbox must expire."
  }

  assert {
    condition = (
      google_storage_bucket.renditions.soft_delete_policy[0].retention_duration_seconds == 0
      && google_storage_bucket.dropbox.soft_delete_policy[0].retention_duration_seconds == 0
    )
    error_message = "Deleted renditions and drops must not be kept: they cost money and have no use."
  }

  assert {
    condition = alltrue([
      for grant in [google_storage_bucket_iam_member.renditions_readable, google_storage_bucket_iam_member.page_readable] :
      grant.member == "allUsers" && grant.role == "roles/storage.legacyObjectReader"
    ])
    error_message = "The public must be able to read renditions and the page by name, and must not be able to list them."
  }

  assert {
    condition     = google_storage_bucket.dropbox.cors[0].method == tolist(["PUT"]) && contains(google_storage_bucket.dropbox.cors[0].response_header, "x-goog-content-length-range")
    error_message = "A browser must be able to PUT to the URL of a ticket."
  }

  assert {
    condition     = strcontains(google_storage_bucket_object.index.content, "<meta name=\"image-repo-api\" content=\"https://europe-west1-my-project.cloudfunctions.net\">")
    error_message = "The page must have the address of the API."
  }

  assert {
    condition = (
      strcontains(google_storage_bucket_object.index.content, "connect-src 'self' https://europe-west1-my-project.cloudfunctions.net https://storage.googleapis.com/my-project-image-repo-dropbox/;")
      && strcontains(google_storage_bucket_object.index.content, "https://storage.googleapis.com/my-project-image-repo-renditions/;")
    )
    error_message = "The page must be able to use the API, the thumbnails and the dropbox."
  }

  assert {
    condition     = alltrue([for each in ["app.js", "components.js"] : google_storage_bucket_object.page[each].content_type == "text/javascript; charset=utf-8"])
    error_message = "Modules must have the right content type, or a browser does not run them."
  }

  assert {
    condition     = google_storage_bucket.page.cors[0].origin == tolist(["*"]) && contains(google_storage_bucket.page.cors[0].method, "GET")
    error_message = "Pages of any origin must be able to load the components."
  }

  assert {
    condition     = alltrue([for name in keys(google_storage_bucket_object.page) : !strcontains(name, "/")])
    error_message = "The page's bucket must hold the files that a browser loads, and not the sources of the components."
  }
}
