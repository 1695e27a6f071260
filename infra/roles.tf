# Google's own roles join what this house keeps apart (whoever may create objects that exist also may overwrite them, …),
# so these name each permission. Getting goes with listing: without it, a missing object is a 403 instead of a 404.
locals {
  reading = ["storage.objects.get", "storage.objects.list"]
  # The client asks for the full projection of what it patches, and that includes the policy.
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
    taker = {
      title       = "mark and delete objects"
      permissions = concat(local.reading, local.patching, ["storage.objects.delete"])
    }
    signer = { title = "sign URLs", permissions = ["iam.serviceAccounts.signBlob"] }
  }

  # Full names, by what they are called in the table of grants.
  role_names = { for name, role in google_project_iam_custom_role.role : name => "projects/${var.project}/roles/${role.role_id}" }
}

resource "google_project_iam_custom_role" "role" {
  for_each = local.roles

  role_id     = "${replace(var.name, "-", "_")}_${each.key}"
  title       = "Image Repo: ${each.value.title}"
  permissions = each.value.permissions

  depends_on = [terraform_data.apis_known]
}
