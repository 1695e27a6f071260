variable "project" {
  description = "The id of the Google Cloud project that holds everything."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "A project id has 6 to 30 lower-case letters, digits and hyphens, and starts with a letter."
  }
}

variable "region" {
  description = "The region of the functions, the buckets and, unless firestore_location says otherwise, the databases."
  type        = string
  default     = "europe-west1"

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "A region looks like europe-west1; a zone or a multi-region does not run functions."
  }
}

variable "archives" {
  description = "The source archive of each function: its path by the function's name, as the packaging step writes them."
  type        = map(string)

  validation {
    condition     = length(setsubtract(keys(local.functions), keys(var.archives))) == 0
    error_message = "There is no archive of ${join(", ", setsubtract(keys(local.functions), keys(var.archives)))}. Build them: python -m tools.package"
  }
}

variable "name" {
  description = "What the names of buckets, accounts and roles start with; the functions have the names of their paths."
  type        = string
  default     = "image-repo"

  validation {
    # An account's id has 30 characters at most, and the longest suffix is -make-thumbnails.
    condition     = can(regex("^[a-z][a-z0-9-]{1,12}[a-z0-9]$", var.name))
    error_message = "A name has 3 to 14 lower-case letters, digits and hyphens, and starts with a letter."
  }
}

variable "domain" {
  description = "A domain of your own, such as photos.example.com: makes a load balancer with a certificate and a CDN. Null: Google's host names."
  type        = string
  default     = null

  validation {
    condition     = var.domain == null || can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]{2,63}$", var.domain))
    error_message = "A domain is a bare host name in lower case, such as photos.example.com: no https://, no path."
  }
}

variable "cors_origins" {
  description = "Origins of the pages that may use the API from a browser, such as https://blog.example.com; [\"*\"] is all."
  type        = list(string)
  default     = ["*"]

  validation {
    condition     = length(var.cors_origins) > 0 && alltrue([for each in var.cors_origins : can(regex("^(\\*|https?://[^/,\\s]+)$", each))])
    error_message = "An origin is * or a scheme and a host without a path, such as https://blog.example.com; name one at least."
  }
}

variable "alert_email" {
  description = "Who is told when something is wrong. Null: alerts show in the console alone."
  type        = string
  default     = null

  validation {
    condition     = var.alert_email == null || can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", var.alert_email))
    error_message = "alert_email must be an address such as me@example.com."
  }
}

variable "max_instances" {
  description = "How many instances a function may have at once, at most: the bound on what a flood of requests can cost."
  type        = number
  default     = 10

  validation {
    condition     = var.max_instances >= 1 && var.max_instances <= 100 && floor(var.max_instances) == var.max_instances
    error_message = "max_instances must be a whole number from 1 to 100."
  }
}

variable "github_repository" {
  description = "OWNER/NAME of the GitHub repository whose main branch may deploy without a key. Null: none may."
  type        = string
  default     = null

  validation {
    condition     = var.github_repository == null || can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.github_repository))
    error_message = "github_repository must be OWNER/NAME, such as octocat/image-repo."
  }
}
