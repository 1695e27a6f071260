locals {
  declared           = jsondecode(file("${path.module}/indexes.json"))
  firestore_location = coalesce(var.firestore_location, var.region)
}

resource "google_firestore_database" "catalog" {
  name                              = var.catalog_database
  location_id                       = local.firestore_location
  type                              = "FIRESTORE_NATIVE"
  point_in_time_recovery_enablement = "POINT_IN_TIME_RECOVERY_ENABLED"
  delete_protection_state           = var.protect ? "DELETE_PROTECTION_ENABLED" : "DELETE_PROTECTION_DISABLED"
  deletion_policy                   = "DELETE" # while the protection is on, destroy fails here, and does not just drop the database from the state

  depends_on = [terraform_data.apis_known]
}

# Views and calls have their own database, so that a function that only reads the catalog can count without a right to write to it.
resource "google_firestore_database" "counters" {
  name                    = "${var.name}-counters"
  location_id             = local.firestore_location
  type                    = "FIRESTORE_NATIVE"
  delete_protection_state = var.protect ? "DELETE_PROTECTION_ENABLED" : "DELETE_PROTECTION_DISABLED"
  deletion_policy         = "DELETE"

  depends_on = [terraform_data.apis_known]
}

# For some seconds after a database was created, Google refuses a schedule for it with 403.
resource "terraform_data" "catalog_known" {
  triggers_replace = [google_firestore_database.catalog.create_time]

  provisioner "local-exec" {
    command = "sleep 30"
  }
}

resource "google_firestore_backup_schedule" "catalog" {
  database  = google_firestore_database.catalog.name
  retention = "604800s"

  daily_recurrence {}

  depends_on = [terraform_data.catalog_known]
}

resource "google_firestore_index" "catalog" {
  for_each = {
    for index in local.declared.indexes :
    join(" ", concat([index.collectionGroup], [for field in index.fields : "${field.fieldPath} ${try(field.order, field.arrayConfig)}"])) => index
  }

  database    = google_firestore_database.catalog.name
  collection  = each.value.collectionGroup
  query_scope = each.value.queryScope

  dynamic "fields" {
    for_each = each.value.fields
    content {
      field_path   = fields.value.fieldPath
      order        = try(fields.value.order, null)
      array_config = try(fields.value.arrayConfig, null)
    }
  }
}

# Fields whose indexes differ from the automatic ones. Most of them have none, because an index without queries makes each write dearer.
resource "google_firestore_field" "catalog" {
  for_each = { for field in local.declared.fieldOverrides : "${field.collectionGroup} ${field.fieldPath}" => field }

  database   = google_firestore_database.catalog.name
  collection = each.value.collectionGroup
  field      = each.value.fieldPath

  index_config {
    dynamic "indexes" {
      for_each = each.value.indexes
      content {
        order        = try(indexes.value.order, null)
        array_config = try(indexes.value.arrayConfig, null)
        query_scope  = try(indexes.value.queryScope, null)
      }
    }
  }
}

# Firestore deletes a ticket after this time.
resource "google_firestore_field" "ticket_expiry" {
  database   = google_firestore_database.catalog.name
  collection = "tickets"
  field      = "expire_at"

  ttl_config {}
}
