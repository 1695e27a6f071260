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
  deletion_policy                   = "DELETE" # with the protection on, destroy fails here instead of forgetting the database

  depends_on = [terraform_data.apis_known]
}

# Views and calls: a database of its own, so that a function that only reads the catalog can count without a right to write there.
resource "google_firestore_database" "counters" {
  name                    = "${var.name}-counters"
  location_id             = local.firestore_location
  type                    = "FIRESTORE_NATIVE"
  delete_protection_state = var.protect ? "DELETE_PROTECTION_ENABLED" : "DELETE_PROTECTION_DISABLED"
  deletion_policy         = "DELETE"

  depends_on = [terraform_data.apis_known]
}

# For some seconds a new database is nobody's: a schedule for it is answered with 403.
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

# Fields with other indexes than the automatic ones; most have none, for an index nobody asks costs a write each time.
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

# A ticket nobody asks after any more goes by itself.
resource "google_firestore_field" "ticket_expiry" {
  database   = google_firestore_database.catalog.name
  collection = "tickets"
  field      = "expire_at"

  ttl_config {}
}
