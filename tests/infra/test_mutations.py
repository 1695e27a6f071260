"""Each of Terraform's tests can fail: with what must never be, it says so."""

from pathlib import Path

import pytest

from tests.infra.terraform import Outcome, Terraform

pytestmark = pytest.mark.timeout(600)  # Terraform on a busy machine

BROKEN = {
    "originals go with their bucket": (
        "buckets.tf",
        ("force_destroy               = false", "force_destroy               = true"),
        "No bucket may be destroyed with what is in it",
    ),
    "originals may become public": (
        "buckets.tf",
        ('public_access_prevention    = "enforced"', 'public_access_prevention    = "inherited"'),
        "must be closed to the public",
    ),
    "originals are versioned": (
        "buckets.tf",
        ("  lifecycle_rule {", "  versioning { enabled = true }\n\n  lifecycle_rule {"),
        "The originals must not be versioned",
    ),
    "the public may list": (
        "page.tf",
        ("roles/storage.legacyObjectReader", "roles/storage.objectViewer"),
        "may not list them",
    ),
    "thumbnails may write originals": (
        "grants.tf",
        ('make-thumbnails = { originals = "reader"', 'make-thumbnails = { originals = "writer"'),
        "make-thumbnails must not be able to write originals",
    ),
    "a role grows": (
        "roles.tf",
        ('["storage.objects.create"]', '["storage.objects.create", "storage.objects.update"]'),
        "A role has other permissions than its name says",
    ),
    "a reader writes to the catalog": (
        "grants.tf",
        ('user   = ["upload",', 'user   = ["inspect", "upload",'),
        "other rights on the databases",
    ),
    "events are not retried": (
        "functions.tf",
        ("RETRY_POLICY_RETRY", "RETRY_POLICY_DO_NOT_RETRY"),
        "A failed event must be tried again",
    ),
    "the public may send events": (
        "functions.tf",
        ("  for_each = local.http\n", "  for_each = local.functions\n"),
        "Every HTTP function, and no other, is for everybody",
    ),
    "the internet reaches event functions": (
        "functions.tf",
        ('"ALLOW_INTERNAL_ONLY"', '"ALLOW_ALL"'),
        "Event functions must take no traffic from outside",
    ),
    "renditions have a trigger": (
        "functions.tf",
        ("value     = local.buckets[event_trigger.value.bucket]", 'value     = local.buckets["renditions"]'),
        "The renditions must have no trigger",
    ),
    "instances have no limit": (
        "functions.tf",
        ("= var.max_instances\n", "= 1000\n"),
        "Every function must have a limit of instances",
    ),
    "an index is forgotten": (
        "firestore.tf",
        ("in local.declared.indexes", "in slice(local.declared.indexes, 1, 3)"),
        "Every index that indexes.json declares must be made",
    ),
    "the load balancer reaches event functions": (
        "front.tf",
        ("in local.http : name => function if var.domain", "in local.functions : name => function if var.domain"),
        "must reach every HTTP function and no event function",
    ),
    "the databases are not protected": (
        "variables_data.tf",
        ("default     = true", "default     = false"),
        "must be protected unless somebody says otherwise",
    ),
    "the page in its bucket is locked out": (
        "names.tf",
        ("[local.bucket_origin, local.page_origin]", "[local.page_origin]"),
        "The page must stay among the origins",
    ),
    "sites cannot load the components": (
        "page.tf",
        ('origin          = ["*"]', 'origin          = ["https://blog.example.com"]'),
        "Pages of any origin must be able to load the components",
    ),
    "the sources of the components are uploaded": (
        "page.tf",
        ('fileset(local.frontend, "*")', 'fileset(local.frontend, "**/*.js")'),
        "not the sources of the components",
    ),
    "the list is asked for from all of the USA": (
        "alerts_load.tf",
        ('"USA_IOWA"', '"USA"'),
        "The uptime check must look from three places",
    ),
    "one place is an alarm": (
        "alerts_load.tf",
        ("threshold_value = 1\n", "threshold_value = 0\n"),
        "One place that does not reach the list is no alarm",
    ),
    "an alert names no project": (
        "alerts.tf",
        (" PROJECT=${var.project}`", "`"),
        "or it mends the local folder",
    ),
    "a tile stands at 0": (
        "dashboard.tf",
        ("axis => at if at > 0", "axis => at"),
        "No tile may have a position of 0",
    ),
}

TOUCHED = ("accounts", "buckets", "data", "functions", "monitoring", "settings")
"""The files of tests that this is about."""


@pytest.fixture(scope="module")
def broken(terraform: Terraform) -> Outcome:
    """All of it broken at once: one sentence for each must come out."""
    for file, (good, bad), _ in BROKEN.values():
        path: Path = terraform.folder / file
        text = path.read_text()
        assert good in text, f"{file} has no {good!r} any more"
        path.write_text(text.replace(good, bad, 1))
    return terraform.test(*(f"-filter=tests/{each}.tftest.hcl" for each in TOUCHED))


def test_the_tests_fail(broken: Outcome) -> None:
    assert broken.status != 0


@pytest.mark.parametrize("case", BROKEN)
def test_it_is_noticed_that(case: str, broken: Outcome) -> None:
    assert BROKEN[case][2] in broken.text
