# Invalid variables are refused before anything is created.
mock_provider "google" {}

run "nonsense" {
  command = plan

  variables {
    project            = "My_Project"
    region             = "europe-west1-b"
    domain             = "https://photos.example.com/"
    cors_origins       = ["https://blog.example.com/"]
    alert_email        = "me"
    max_instances      = 0
    undelete_days      = 0
    drop_days          = 0.5
    github_repository  = "https://github.com/octocat/photos"
    catalog_database   = "My Catalog"
    firestore_location = "europe"
  }

  expect_failures = [
    var.project, var.region, var.domain, var.cors_origins, var.alert_email, var.max_instances, var.undelete_days,
    var.drop_days, var.github_repository, var.catalog_database, var.firestore_location,
  ]
}

run "no_archives" {
  command = plan

  variables { archives = { upload = "build/upload.zip" } }

  expect_failures = [var.archives]
}

# In runs of their own, because the validation of catalog_database needs a valid name.
run "a_long_name" {
  command = plan

  variables { name = "an-image-repository" }

  expect_failures = [var.name]
}

run "a_name_that_google_reserves" {
  command = plan

  variables { name = "gcp-photos" }

  expect_failures = [var.name]
}

run "a_catalog_with_the_name_of_the_counters" {
  command = plan

  variables {
    name             = "photos"
    catalog_database = "photos-counters"
  }

  expect_failures = [var.catalog_database]
}
