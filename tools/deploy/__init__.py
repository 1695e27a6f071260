"""The commands that deploy this checkout: `make doctor`, `plan`, `deploy`, `url`, `key`, `logs`, `destroy` and others.

They run gcloud and Terraform as processes, and need only Python's standard library.
"""
