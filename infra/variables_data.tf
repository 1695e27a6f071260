variable "firestore_location" {
  description = "The location of the databases, such as eur3; fixed once they exist. Null: the region."
  type        = string
  default     = null

  validation {
    condition     = var.firestore_location == null || can(regex("^([a-z]+-[a-z]+[0-9]+|nam5|nam7|eur3)$", var.firestore_location))
    error_message = "A location of Firestore is a region such as europe-west1, or one of eur3, nam5 and nam7."
  }
}

variable "catalog_database" {
  description = "The name of the catalog's database. Only a project's first database has a free quota, and (default) is it."
  type        = string
  default     = "(default)"

  validation {
    condition     = can(regex("^(\\(default\\)|[a-z][a-z0-9-]{2,61}[a-z0-9])$", var.catalog_database))
    error_message = "A database is (default), or 4 to 63 lower-case letters, digits and hyphens, starting with a letter."
  }
}

variable "undelete_days" {
  description = "For how many days a deleted original can be brought back."
  type        = number
  default     = 30

  validation {
    condition     = var.undelete_days >= 7 && var.undelete_days <= 90 && floor(var.undelete_days) == var.undelete_days
    error_message = "Cloud Storage keeps deleted objects for 7 to 90 days."
  }
}

variable "drop_days" {
  description = "For how many days a file stays in the dropbox that was refused or never taken."
  type        = number
  default     = 7

  validation {
    condition     = var.drop_days >= 1 && var.drop_days <= 365 && floor(var.drop_days) == var.drop_days
    error_message = "drop_days must be a whole number from 1 to 365."
  }
}

variable "protect" {
  description = "Keeps the databases and the keys from being deleted, even by destroy. Apply false first to take everything down."
  type        = bool
  default     = true
  nullable    = false
}
