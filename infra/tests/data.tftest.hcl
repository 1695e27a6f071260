# Which data is kept, and how queries find it.
mock_provider "google" {}

run "databases" {
  command = plan

  assert {
    condition     = google_firestore_database.catalog.delete_protection_state == "DELETE_PROTECTION_ENABLED" && google_firestore_database.counters.delete_protection_state == "DELETE_PROTECTION_ENABLED" && google_secret_manager_secret.keys.deletion_protection
    error_message = "The databases and the keys must be protected by default."
  }

  assert {
    condition     = google_firestore_database.catalog.point_in_time_recovery_enablement == "POINT_IN_TIME_RECOVERY_ENABLED" && google_firestore_backup_schedule.catalog.database == "(default)"
    error_message = "The catalog must be recoverable."
  }

  assert {
    condition     = google_firestore_database.catalog.name != google_firestore_database.counters.name
    error_message = "The counters must have their own database, or readers of the catalog could write to it."
  }

  assert {
    condition = sort([
      for index in google_firestore_index.catalog :
      join(" ", concat([index.collection, index.query_scope], [for field in index.fields : "${field.field_path}:${field.order == null ? field.array_config : field.order}"]))
      ]) == sort([
      for index in jsondecode(file("${path.module}/indexes.json")).indexes :
      join(" ", concat([index.collectionGroup, index.queryScope], [for field in index.fields : "${field.fieldPath}:${try(field.order, field.arrayConfig)}"]))
    ])
    error_message = "Every index of indexes.json must be created exactly as declared."
  }

  assert {
    condition     = alltrue([for index in google_firestore_index.catalog : index.timeouts.create == "60m"])
    error_message = "The index of a large catalog takes longer than 20 minutes."
  }

  assert {
    condition = sort([
      for field in google_firestore_field.catalog : "${field.collection} ${field.field} ${length(field.index_config[0].indexes)}"
      ]) == sort([
      for field in jsondecode(file("${path.module}/indexes.json")).fieldOverrides : "${field.collectionGroup} ${field.fieldPath} ${length(field.indexes)}"
    ])
    error_message = "Every field that indexes.json exempts from indexes must have none."
  }

  assert {
    condition     = google_firestore_field.ticket_expiry.collection == "tickets" && google_firestore_field.ticket_expiry.field == "expire_at" && length(google_firestore_field.ticket_expiry.ttl_config) == 1
    error_message = "Firestore must delete old tickets."
  }
}
