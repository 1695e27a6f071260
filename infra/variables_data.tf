variable "firestore_location" {
  description = "The location of the databases, such as eur3. It cannot change once they exist. Null: the region."
  type        = string
  default     = null

  validation {
    condition     = var.firestore_location == null || can(regex("^([a-z]+-[a-z]+[0-9]+|nam5|nam7|eur3)$", var.firestore_location))
    error_message = "firestore_location must be a region such as europe-west1, or eur3, nam5 or nam7, not ${jsonencode(var.firestore_location)}."
  }
}

variable "catalog_database" {
  description = "The name of the catalog's database. Only one database of a project has a free quota: its first one, which is (default) here."
  type        = string
  default     = "(default)"

  validation {
    condition     = can(regex("^(\\(default\\)|[a-z][a-z0-9-]{2,61}[a-z0-9])$", var.catalog_database))
    error_message = "catalog_database must be (default), or 4 to 63 lower-case letters, digits and hyphens with a letter first, not ${jsonencode(var.catalog_database)}."
  }

  validation {
    condition     = var.catalog_database != "${var.name}-counters"
    error_message = "catalog_database must not be ${jsonencode(var.catalog_database)}, which is the database of the views and calls. Choose another name."
  }
}

variable "undelete_days" {
  description = "The number of days for which a deleted original can be restored."
  type        = number
  default     = 30

  validation {
    condition     = var.undelete_days >= 7 && var.undelete_days <= 90 && floor(var.undelete_days) == var.undelete_days
    error_message = "undelete_days must be a whole number from 7 to 90, not ${var.undelete_days}."
  }
}

variable "drop_days" {
  description = "The number of days for which a file stays in the dropbox if it was refused or never processed."
  type        = number
  default     = 7

  validation {
    condition     = var.drop_days >= 1 && var.drop_days <= 365 && floor(var.drop_days) == var.drop_days
    error_message = "drop_days must be a whole number from 1 to 365, not ${var.drop_days}."
  }
}

variable "protect" {
  description = "Protects the databases and the keys from deletion, even by destroy. To delete everything, apply false first."
  type        = bool
  default     = true
  nullable    = false
}
