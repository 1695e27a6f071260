# The hashes of the API keys. `make key` and `make key-revoke` add versions; functions read the latest within a minute.
resource "google_secret_manager_secret" "keys" {
  secret_id           = "${var.name}-api-keys"
  deletion_protection = var.protect

  replication {
    auto {}
  }

  depends_on = [terraform_data.apis_known]
}

# No function starts without a version of the secret. A command adds the first version once. As a resource, Terraform would
# recreate it after someone destroyed old versions, and the empty list would be the latest version.
resource "terraform_data" "first_keys" {
  triggers_replace = [google_secret_manager_secret.keys.create_time]

  provisioner "local-exec" {
    command = "echo '# NAME:ROLE:SHA256' | gcloud secrets versions add \"$SECRET\" --project=\"$PROJECT\" --data-file=- --quiet"
    environment = {
      PROJECT = var.project
      SECRET  = google_secret_manager_secret.keys.secret_id
    }
  }
}
