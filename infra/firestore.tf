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

  # The first database of a project gets its free quota (https://cloud.google.com/firestore/quotas). It must be the catalog.
  depends_on = [google_firestore_database.catalog]
}

# For some seconds after a database was created, Google refuses a schedule for it with 403.
resource "terraform_data" "catalog_known" {
  triggers_replace = [google_firestore_database.catalog.uid] # create_time is always empty in version 6.50.0

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

  # The index of a large catalog takes longer than the default of 20 minutes. After a timeout, the provider forgets the index;
  # then the next deployment imports it. More than an hour is of no use, because the access token expires.
  timeouts {
    create = "60m"
    delete = "60m"
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

  timeouts {
    create = "60m"
    update = "60m"
  }
}

# Firestore deletes a ticket after this time.
resource "google_firestore_field" "ticket_expiry" {
  database   = google_firestore_database.catalog.name
  collection = "tickets"
  field      = "expire_at"

  ttl_config {}
}
