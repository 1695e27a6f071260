# Invalid variables are refused before anything is created.
mock_provider "google" {}

run "nonsense" {
  command = plan

  variables {
    project            = "My_Project"
    region             = "europe-west1-b"
    name               = "an-image-repository"
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
    var.project, var.region, var.name, var.domain, var.cors_origins, var.alert_email, var.max_instances, var.undelete_days,
    var.drop_days, var.github_repository, var.catalog_database, var.firestore_location,
  ]
}

run "no_archives" {
  command = plan

  variables { archives = { upload = "build/upload.zip" } }

  expect_failures = [var.archives]
}
