"""The changes of a second deployment, with Terraform's mock of the provider."""

import json
import os
from pathlib import Path

import pytest

from functions.routes import FUNCTIONS
from tests.infra.terraform import Outcome, Terraform

pytestmark = pytest.mark.timeout(600)  # Terraform on a busy machine

RUNS = """
mock_provider "google" {
  mock_resource "google_storage_bucket" {
    defaults = { project_number = 123456789012 }
  }
  override_data {
    target = data.google_storage_project_service_account.gcs
    values = { email_address = "service-123456789012@gs-project-accounts.iam.gserviceaccount.com" }
  }
}

run "first" {
  command = apply
}

run "again" {
  command = plan
}

run "with_a_changed_function" {
  command = plan
  variables { archives = %s }
}

run "with_a_domain" {
  command = plan
  variables { domain = "photos.example.com" }
}
"""


@pytest.fixture(scope="module")
def tested(terraform: Terraform, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    archives = {each.name: f"build/{each.name}-0123456789abcdef.zip" for each in FUNCTIONS}
    archives["fetch"] = "build/fetch-ffffffffffffffff.zip"
    (terraform.folder / "tests/changes.tftest.hcl").write_text(RUNS % json.dumps(archives))
    terraform.environment["PATH"] = f"{idle_commands(tmp_path_factory.mktemp('bin'))}:{os.environ['PATH']}"
    terraform.environment["SLEPT"] = str(terraform.folder / "slept")
    return terraform.test("-filter=tests/changes.tftest.hcl")


def idle_commands(folder: Path) -> Path:
    """Replace gcloud and sleep, which an apply runs. gcloud does nothing, and sleep only records its seconds."""
    for name, does in {"gcloud": ":", "sleep": 'echo "$1" >> "$SLEPT"'}.items():
        (folder / name).write_text(f"#!/bin/sh\n{does}\n")
        (folder / name).chmod(0o755)
    return folder


def test_a_first_deployment_creates_everything(tested: Outcome) -> None:
    assert tested.status == 0, tested.text


def test_a_second_deployment_changes_nothing(tested: Outcome) -> None:
    assert tested.plans["changes/again"].changed == set()


def test_only_a_changed_function_is_deployed_again(tested: Outcome) -> None:
    assert tested.plans["changes/with_a_changed_function"].changed == {
        'google_storage_bucket_object.archive["fetch"]',
        'google_cloudfunctions2_function.function["fetch"]',
    }


@pytest.mark.usefixtures("tested")
def test_a_first_deployment_waits_for_the_database_the_apis_the_roles_and_the_grants(terraform: Terraform) -> None:
    slept = (terraform.folder / "slept").read_text().split()
    assert sorted(map(int, slept)) == [30, 60, 120, 120]


def test_an_api_that_is_added_later_causes_no_other_wait(tested: Outcome) -> None:
    changed = tested.plans["changes/with_a_domain"].changed
    assert 'terraform_data.optional_known["compute"]' in changed
    assert {each for each in changed if each.endswith("s_known") or "_agent" in each} == set()
