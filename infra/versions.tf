terraform {
  required_version = ">= 1.9" # validation that looks at other values

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 6.50"
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
