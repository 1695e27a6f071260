terraform {
  required_version = ">= 1.9" # for validations that use other values

  required_providers {
    google = {
      source = "hashicorp/google"
      # Exactly one version, because the provider acts with nearly every right in the project. Only a lock file also fixes its
      # bytes. To create one, run `terraform providers lock -platform=linux_amd64 -platform=darwin_arm64` here, where Terraform
      # reaches its registry. Then remove .terraform.lock.hcl from .gitignore, and commit it.
      version = "6.50.0"
    }
  }

  # `make deploy` creates the bucket of the state and passes its name with -backend-config.
  backend "gcs" {}
}

provider "google" {
  project        = var.project
  region         = var.region
  default_labels = { app = var.name }
}
