# The rights of each function. A function that is not in these tables can count its calls, and nothing else.
locals {
  on_buckets = {
    upload          = { originals = "keeper", dropbox = "depositor" }
    fetch           = { originals = "reader" }
    update          = { originals = "editor" }
    delete          = { originals = "eraser", renditions = "eraser" }
    make-thumbnails = { originals = "reader", renditions = "writer" }
    forget-image    = { originals = "reader", renditions = "eraser" }
    ingest-drop     = { originals = "keeper", dropbox = "taker" }
  }

  on_catalog = {
    user   = ["upload", "update", "delete", "make-thumbnails", "forget-image", "ingest-drop"]
    viewer = ["fetch", "list", "random", "stats"]
  }
  on_counters = { user = keys(local.functions) }

  bucket_grants = merge([
    for function, grants in local.on_buckets : {
      for bucket, role in grants : "${function} ${bucket}" => { function = function, bucket = bucket, role = role }
    } if contains(keys(local.functions), function)
  ]...)

  database_grants = merge([
    for database, grants in { catalog = local.on_catalog, counters = local.on_counters } : merge([
      for role, functions in grants : {
        for function in functions : "${function} ${database}" => { function = function, database = database, role = role }
        if contains(keys(local.functions), function)
      }
    ]...)
  ]...)
}

resource "google_storage_bucket_iam_member" "function" {
  for_each = local.bucket_grants

  bucket = local.buckets[each.value.bucket]
  role   = local.role_names[each.value.role]
  member = local.members[each.value.function]

  depends_on = [terraform_data.roles_known]
}

resource "google_project_iam_member" "database" {
  for_each = local.database_grants

  project = var.project
  role    = "roles/datastore.${each.value.role}"
  member  = local.members[each.value.function]

  # Firestore's roles are granted on a project. The condition limits them to one database.
  condition {
    title      = "${each.value.database}_only"
    expression = "resource.name == \"projects/${var.project}/databases/${local.databases[each.value.database]}\""
  }
}

# upload signs the URLs of tickets with its own account.
resource "google_service_account_iam_member" "signer" {
  service_account_id = google_service_account.function["upload"].name
  role               = local.role_names["signer"]
  member             = local.members["upload"]

  depends_on = [terraform_data.roles_known]
}

# The HTTP functions check keys, so they read the list of hashes, and no other secret.
resource "google_secret_manager_secret_iam_member" "keys" {
  for_each = local.http

  secret_id = google_secret_manager_secret.keys.secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = local.members[each.key]
}

# Eventarc delivers with this account. It receives events, and can call only the event functions.
resource "google_project_iam_member" "events" {
  project = var.project
  role    = "roles/eventarc.eventReceiver"
  member  = local.members["events"]
}
