variable "project" {
  description = "The id of the Google Cloud project that everything is created in."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "project must be a project id, not ${jsonencode(var.project)}: 6 to 30 lower-case letters, digits and hyphens, with a letter first."
  }
}

variable "region" {
  description = "The region of the functions, the buckets and, unless firestore_location is set, the databases."
  type        = string
  default     = "europe-west1"

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "region must be a region such as europe-west1, not ${jsonencode(var.region)}. Functions cannot run in a zone or a multi-region."
  }
}

variable "archives" {
  description = "The path of each function's source archive, by the function's name. `python -m tools.package` writes them."
  type        = map(string)

  validation {
    condition     = length(setsubtract(keys(local.functions), keys(var.archives))) == 0
    error_message = "archives has no archive of ${join(", ", setsubtract(keys(local.functions), keys(var.archives)))}. Build them: python -m tools.package"
  }
}

variable "name" {
  description = "The first part of the names of buckets, accounts and roles. Functions have the names of their paths."
  type        = string
  default     = "image-repo"

  validation {
    # The id of an account has at most 30 characters, and the longest suffix is -make-thumbnails.
    condition     = can(regex("^[a-z][a-z0-9-]{1,12}[a-z0-9]$", var.name))
    error_message = "name must have 3 to 14 lower-case letters, digits and hyphens, with a letter first, not ${jsonencode(var.name)}."
  }

  validation {
    condition     = !startswith("${var.name}-", "gcp-")
    error_message = "name must not be gcp or begin with gcp-, not ${jsonencode(var.name)}: Google reserves this prefix for its own identity pools. Choose another name."
  }
}

variable "domain" {
  description = "Your own domain, such as photos.example.com. It adds a load balancer with a certificate and a CDN. Null: Google's host names."
  type        = string
  default     = null

  validation {
    condition     = var.domain == null || can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]{2,63}$", var.domain))
    error_message = "domain must be a host name in lower case without https:// and path, such as photos.example.com, not ${jsonencode(var.domain)}."
  }
}

variable "cors_origins" {
  description = "The origins of the pages that can use the API from a browser, such as https://blog.example.com. [\"*\"]: all origins."
  type        = list(string)
  default     = ["*"]

  validation {
    condition     = length(var.cors_origins) > 0 && alltrue([for each in var.cors_origins : can(regex("^(\\*|https?://[^/,\\s]+)$", each))])
    error_message = "cors_origins must have at least one origin. Each must be * or a scheme and a host without a path, such as https://blog.example.com, not ${jsonencode(var.cors_origins)}."
  }
}

variable "alert_email" {
  description = "The e-mail address that gets the alerts. Null: only the console shows them."
  type        = string
  default     = null

  validation {
    condition     = var.alert_email == null || can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", var.alert_email))
    error_message = "alert_email must be an e-mail address such as me@example.com, not ${jsonencode(var.alert_email)}."
  }
}

variable "max_instances" {
  description = "The most instances that one function can have. This limits the cost of a flood of requests. All functions together can have no more than the quota of the region, by default 20 vCPU and 40 GiB; an instance has 1 vCPU."
  type        = number
  default     = 10

  validation {
    condition     = var.max_instances >= 1 && var.max_instances <= 100 && floor(var.max_instances) == var.max_instances
    error_message = "max_instances must be a whole number from 1 to 100, not ${var.max_instances}."
  }
}

variable "github_repository" {
  description = "OWNER/NAME of the GitHub repository whose main branch can deploy without a key. Null: no repository."
  type        = string
  default     = null

  validation {
    condition     = var.github_repository == null || can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.github_repository))
    error_message = "github_repository must be OWNER/NAME, such as octocat/image-repo, not ${jsonencode(var.github_repository)}."
  }
}
