"""What a second deployment changes, on Terraform's mock of the provider."""

import json
import os
from pathlib import Path

import pytest

from functions.routes import FUNCTIONS
from tests.infra.terraform import Outcome, Terraform

pytestmark = pytest.mark.timeout(600)  # Terraform on a busy machine

RUNS = """
mock_provider "google" {
  override_data {
    target = data.google_project.this
    values = { number = "123456789012" }
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
"""


@pytest.fixture(scope="module")
def tested(terraform: Terraform, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    archives = {each.name: f"build/{each.name}-0123456789abcdef.zip" for each in FUNCTIONS}
    archives["fetch"] = "build/fetch-ffffffffffffffff.zip"
    (terraform.folder / "tests/changes.tftest.hcl").write_text(RUNS % json.dumps(archives))
    terraform.environment["PATH"] = f"{idle_commands(tmp_path_factory.mktemp('bin'))}:{os.environ['PATH']}"
    return terraform.test("-filter=tests/changes.tftest.hcl")


def idle_commands(folder: Path) -> Path:
    """An apply runs these for Google's real agents, which a mock has none of, and waits for them."""
    for name in ("gcloud", "sleep"):
        (folder / name).write_text("#!/bin/sh\n")
        (folder / name).chmod(0o755)
    return folder


def test_a_first_deployment_makes_everything(tested: Outcome) -> None:
    assert tested.status == 0, tested.text


def test_a_second_deployment_changes_nothing(tested: Outcome) -> None:
    assert tested.plans["changes/again"].changed == set()


def test_a_changed_function_is_deployed_alone(tested: Outcome) -> None:
    assert tested.plans["changes/with_a_changed_function"].changed == {
        'google_storage_bucket_object.archive["fetch"]',
        'google_cloudfunctions2_function.function["fetch"]',
    }
