terraform {
  required_version = ">= 1.9" # validation that looks at other values

  required_providers {
    google = {
      source = "hashicorp/google"
      # Exactly this one, since what deploys holds nearly every right on the project. Only a lock file holds its bytes too:
      # where Terraform reaches its registry, run `terraform providers lock -platform=linux_amd64 -platform=darwin_arm64` here,
      # and commit .terraform.lock.hcl, which .gitignore has until then.
      version = "6.50.0"
    }
  }

  # `make deploy` creates the bucket and names it with -backend-config.
  backend "gcs" {}
}

provider "google" {
  project        = var.project
  region         = var.region
  default_labels = { app = var.name }
}
