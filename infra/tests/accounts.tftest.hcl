# The exact roles of each account; a line more or less is a decision, and belongs here too.
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
        upload          = ["dropbox: depositor", "originals: writer"]
        fetch           = ["originals: reader"]
        update          = ["originals: editor"]
        delete          = ["originals: eraser", "renditions: eraser"]
        list            = []
        random          = []
        inspect         = []
        stats           = []
        make-thumbnails = ["originals: reader", "renditions: writer"]
        forget-image    = ["originals: reader", "renditions: eraser"]
        ingest-drop     = ["dropbox: taker", "originals: writer"]
    } : function => sort(grants) if contains(keys(local.functions), function) }
    error_message = "A function has other rights on buckets than it needs."
  }

  assert {
    condition     = length(google_storage_bucket_iam_member.function) == sum([for function, grants in local.on_buckets : length(grants) if contains(keys(local.functions), function)])
    error_message = "Somebody who is no function has rights on a bucket."
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
      taker     = "delete get getIamPolicy list update"
      signer    = "iam.serviceAccounts.signBlob"
    }
    error_message = "A role has other permissions than its name says."
  }

  # The loop that must not be: thumbnails that make events that make thumbnails.
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
    error_message = "A function has other rights on the databases than it needs."
  }

  assert {
    condition     = google_service_account_iam_member.signer.member == "serviceAccount:image-repo-upload@my-project.iam.gserviceaccount.com" && google_service_account_iam_member.signer.role == "projects/my-project/roles/image_repo_signer"
    error_message = "Only upload signs, and only as itself."
  }

  assert {
    condition = (
      toset(keys(google_secret_manager_secret_iam_member.keys)) == toset(keys(local.http))
      && alltrue([for grant in google_secret_manager_secret_iam_member.keys : grant.role == "roles/secretmanager.secretAccessor"])
    )
    error_message = "The keys are for the HTTP functions alone."
  }

  assert {
    condition     = google_project_iam_member.events.role == "roles/eventarc.eventReceiver" && google_project_iam_member.gcs_agent.role == "roles/pubsub.publisher" && google_project_iam_member.eventarc_agent.role == "roles/eventarc.serviceAgent"
    error_message = "Events need these three grants to travel."
  }
}
