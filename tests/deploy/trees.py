"""Copies of this checkout to deploy from. A test can change its copy, and see which files a command creates."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.processes import ROOT

PROJECT = "PROJECT=my-photos-1"
STATE = "my-photos-1-image-repo-state"
"""The argument that names the project of the tests, and the bucket of its state."""

# Terraform uses this instead of `infra/`: the same variables and outputs, with a provider that is part of Terraform and
# has the type terraform_data. So the commands run the real Terraform, with its state in a bucket, on any machine.
INFRA = """
terraform {
  required_version = ">= 1.9"
  backend "gcs" {}
}
variable "project" { type = string }
variable "region" { type = string }
variable "archives" { type = map(string) }
variable "domain" { type = string }
variable "cors_origins" { type = list(string) }
variable "alert_email" { type = string }
variable "github_repository" { type = string }
variable "protect" {
  type    = bool
  default = true
}
resource "terraform_data" "function" {
  for_each = var.archives
  input    = basename(each.value)
}
resource "terraform_data" "page" { input = var.cors_origins }
resource "terraform_data" "catalog" { input = var.protect }
resource "terraform_data" "counters" { input = var.protect }
resource "terraform_data" "images" {}
resource "terraform_data" "index" {
  for_each = {
    for index in jsondecode(file("${path.module}/indexes.json")).indexes : join(" ", concat(
      [index.collectionGroup],
      [for field in index.fields : "${field.fieldPath} ${try(field.order, field.arrayConfig)}"],
    )) => index
  }
}
resource "terraform_data" "field" {}
output "base_url" { value = "https://${var.region}-${var.project}.cloudfunctions.net" }
output "page_url" { value = "https://page.example.com/" }
output "originals_bucket" { value = "${var.project}-image-repo-originals" }
output "renditions_bucket" { value = "${var.project}-image-repo-renditions" }
output "dropbox_bucket" { value = "${var.project}-image-repo-dropbox" }
output "keys_secret" { value = "image-repo-api-keys" }
output "functions" { value = { for name, each in terraform_data.function : name => name } }
output "environment" {
  value = {
    BACKEND          = "gcp"
    ORIGINALS_BUCKET = "${var.project}-image-repo-originals"
    RENDITIONS_CACHE = var.domain == null ? "bucket" : "cdn"
  }
}
"""

OURS = {
    "google_firestore_database.": "terraform_data.",
    "google_artifact_registry_repository.": "terraform_data.",
    "google_firestore_index.catalog": "terraform_data.index",
    '"google_firestore_index."': '"terraform_data.index"',
    '"google_firestore_field."': '"terraform_data.field"',
}
"""The addresses in the commands, and those of this configuration."""


@dataclass(frozen=True)
class Tree:
    """A copy of the checkout, and the environment variables of its commands."""

    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    def make(self, *arguments: str, path: str | None = None) -> "subprocess.CompletedProcess[str]":
        """Run a command of the Makefile with the virtual environment of the tests. `make deploy` tries nothing then."""
        ours = {
            name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "CLOUDSDK", "TF_", "CI"))
        }
        make = shutil.which("make")
        assert make is not None
        return subprocess.run(
            [make, "--no-print-directory", f"VENV={sys.prefix}", "SMOKE=0", *arguments],
            cwd=self.folder,
            env={**ours, **self.environment, "PATH": path or os.environ["PATH"]},
            capture_output=True,
            text=True,
            check=False,
            timeout=250,
        )

    def files(self) -> set[str]:
        """All files in it, except those that Python creates."""
        found = (each.relative_to(self.folder) for each in self.folder.rglob("*") if each.is_file())
        return {str(each) for each in found if "__pycache__" not in each.parts}


def copy_tree(folder: Path, environment: Mapping[str, str] | None = None, infra: str = INFRA) -> Tree:
    """A copy with that configuration for Terraform. Its commands use no login and no settings of this machine."""
    for name in ("functions", "tools", "frontend"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
    for name in ("adoption", "databases", "down"):
        path = folder / f"tools/deploy/{name}.py"
        text = path.read_text()
        for theirs, ours in OURS.items():
            text = text.replace(theirs, ours)
        path.write_text(text)
    for name in ("Makefile", "main.py", "requirements.txt"):
        shutil.copyfile(ROOT / name, folder / name)
    (folder / "infra").mkdir()
    (folder / "infra/main.tf").write_text(infra)
    shutil.copyfile(ROOT / "infra/indexes.json", folder / "infra/indexes.json")
    (folder / "infra/apis.tf").write_text('locals {\n  apis = [\n    "run",\n    "storage",\n  ]\n}\n')
    config = folder.with_name(f"{folder.name}-gcloud")
    config.mkdir()
    return Tree(folder, {"CLOUDSDK_CONFIG": str(config), "CHECKPOINT_DISABLE": "1", **(environment or {})})
