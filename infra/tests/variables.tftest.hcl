# What cannot be meant is refused before anything is made.
mock_provider "google" {}

run "addresses" {
  command = plan
  variables {
    domain            = "https://photos.example.com/"
    cors_origins      = ["https://blog.example.com/"]
    alert_email       = "me"
    github_repository = "https://github.com/octocat/photos"
  }
  expect_failures = [var.domain, var.cors_origins, var.alert_email, var.github_repository]
}

run "names" {
  command = plan
  variables {
    project          = "My_Project"
    region           = "europe-west1-b"
    name             = "an-image-repository"
    catalog_database = "My Catalog"
  }
  expect_failures = [var.project, var.region, var.name, var.catalog_database]
}

run "numbers" {
  command = plan
  variables {
    max_instances      = 0
    undelete_days      = 0
    drop_days          = 0.5
    firestore_location = "europe"
  }
  expect_failures = [var.max_instances, var.undelete_days, var.drop_days, var.firestore_location]
}

run "no_archives" {
  command = plan
  variables { archives = { upload = "build/upload.zip" } }
  expect_failures = [var.archives]
}
