"""From this checkout to a running service and back: `make doctor`, `plan`, `deploy`, `url`, `key`, `logs`, `destroy`.

gcloud and Terraform do the work, as processes; nothing here needs more than Python's standard library.
"""
