# Google's own roles combine rights that this service separates (such as the right to create an object and the right to
# overwrite one), so these roles list single permissions. Reading needs the right to list: without it, the response for a
# missing object is 403 and not 404.
locals {
  reading = ["storage.objects.get", "storage.objects.list"]
  # When the client patches an object, it requests the full projection, which includes the policy.
  patching = ["storage.objects.update", "storage.objects.getIamPolicy"]

  roles = {
    reader    = { title = "read objects", permissions = local.reading }
    editor    = { title = "change the metadata of objects", permissions = concat(local.reading, local.patching) }
    eraser    = { title = "delete objects", permissions = concat(local.reading, ["storage.objects.delete"]) }
    depositor = { title = "create objects", permissions = concat(local.reading, ["storage.objects.create"]) }
    writer = {
      title       = "create and delete objects"
      permissions = concat(local.reading, ["storage.objects.create", "storage.objects.delete"])
    }
    # A duplicate fills empty fields in the metadata of the stored original.
    keeper = {
      title       = "create and delete objects, and change their metadata"
      permissions = concat(local.reading, local.patching, ["storage.objects.create", "storage.objects.delete"])
    }
    taker = {
      title       = "mark and delete objects"
      permissions = concat(local.reading, local.patching, ["storage.objects.delete"])
    }
    signer = { title = "sign URLs", permissions = ["iam.serviceAccounts.signBlob"] }
  }

  # The full name of each role, by its name in grants.tf.
  role_names = { for name, role in google_project_iam_custom_role.role : name => "projects/${var.project}/roles/${role.role_id}" }
}

resource "google_project_iam_custom_role" "role" {
  for_each = local.roles

  role_id     = "${replace(var.name, "-", "_")}_${each.key}"
  title       = "Image Repo: ${each.value.title}"
  permissions = each.value.permissions

  depends_on = [terraform_data.apis_known]
}

# A new role cannot be granted everywhere at once, as a new grant does not work everywhere at once (agents.tf).
resource "terraform_data" "roles_known" {
  triggers_replace = [for role in google_project_iam_custom_role.role : role.id]

  provisioner "local-exec" {
    command = "sleep 120"
  }
}
