# The exact roles of each account. Every change of them is a decision, and is repeated here.
mock_provider "google" {}


run "functions" {
  command = plan

  assert {
    condition = {
      for function in keys(local.functions) : function => sort([
        for grant in google_storage_bucket_iam_member.function :
        "${trimprefix(grant.bucket, "my-project-image-repo-")}: ${trimprefix(grant.role, "projects/my-project/roles/image_repo_")}"
        if grant.member == "serviceAccount:image-repo-${function}@my-project.iam.gserviceaccount.com"
      ])
      } == { for function, grants in {
        upload          = ["dropbox: depositor", "originals: keeper"]
        fetch           = ["originals: reader"]
        update          = ["originals: editor"]
        delete          = ["originals: eraser", "renditions: eraser"]
        list            = []
        random          = []
        inspect         = []
        stats           = []
        make-thumbnails = ["originals: reader", "renditions: writer"]
        forget-image    = ["originals: reader", "renditions: eraser"]
        ingest-drop     = ["dropbox: taker", "originals: keeper"]
    } : function => sort(grants) if contains(keys(local.functions), function) }
    error_message = "A function must have exactly the rights on buckets that it needs."
  }

  assert {
    condition     = length(google_storage_bucket_iam_member.function) == sum([for function, grants in local.on_buckets : length(grants) if contains(keys(local.functions), function)])
    error_message = "Only functions may have rights on a bucket."
  }

  assert {
    condition = {
      for name, role in google_project_iam_custom_role.role : name => join(" ", sort([for permission in role.permissions : trimprefix(permission, "storage.objects.")]))
      } == {
      reader    = "get list"
      editor    = "get getIamPolicy list update"
      eraser    = "delete get list"
      depositor = "create get list"
      writer    = "create delete get list"
      keeper    = "create delete get getIamPolicy list update"
      taker     = "delete get getIamPolicy list update"
      signer    = "iam.serviceAccounts.signBlob"
    }
    error_message = "A role must have exactly the permissions that its name describes."
  }

  # This prevents a loop: thumbnails that cause events that cause thumbnails.
  assert {
    condition = alltrue([
      for grant in google_storage_bucket_iam_member.function :
      endswith(grant.role, "_reader") if strcontains(grant.member, "make-thumbnails") && endswith(grant.bucket, "-originals")
    ])
    error_message = "make-thumbnails must not be able to write originals."
  }

  assert {
    condition = {
      for function in keys(local.functions) : function => sort([
        for grant in google_project_iam_member.database :
        "${one(grant.condition).expression}: ${grant.role}"
        if grant.member == "serviceAccount:image-repo-${function}@my-project.iam.gserviceaccount.com"
      ])
      } == {
      for function, roles in {
        upload          = ["user", "user"]
        fetch           = ["viewer", "user"]
        update          = ["user", "user"]
        delete          = ["user", "user"]
        list            = ["viewer", "user"]
        random          = ["viewer", "user"]
        inspect         = [null, "user"]
        stats           = ["viewer", "user"]
        make-thumbnails = ["user", "user"]
        forget-image    = ["user", "user"]
        ingest-drop     = ["user", "user"]
        } : function => sort([
          for database, role in zipmap(["(default)", "image-repo-counters"], roles) :
          "resource.name == \"projects/my-project/databases/${database}\": roles/datastore.${role}" if role != null
      ]) if contains(keys(local.functions), function)
    }
    error_message = "A function must have exactly the rights on the databases that it needs."
  }

  assert {
    condition     = google_service_account_iam_member.signer.member == "serviceAccount:image-repo-upload@my-project.iam.gserviceaccount.com" && google_service_account_iam_member.signer.role == "projects/my-project/roles/image_repo_signer"
    error_message = "Only upload may sign, and only with its own account."
  }

  assert {
    condition = (
      toset(keys(google_secret_manager_secret_iam_member.keys)) == toset(keys(local.http))
      && alltrue([for grant in google_secret_manager_secret_iam_member.keys : grant.role == "roles/secretmanager.secretAccessor"])
    )
    error_message = "Only the HTTP functions may read the keys."
  }

  assert {
    condition     = google_project_iam_member.events.role == "roles/eventarc.eventReceiver" && google_project_iam_member.gcs_agent.role == "roles/pubsub.publisher" && google_project_iam_member.eventarc_agent.role == "roles/eventarc.serviceAgent"
    error_message = "Without these three grants, events do not reach the functions."
  }
}
