"""Each test in infra/tests can fail: it reports a configuration that breaks its rule."""

from pathlib import Path

import pytest

from tests.infra.terraform import Outcome, Terraform

pytestmark = pytest.mark.timeout(600)  # Terraform on a busy machine

BROKEN = {
    "originals are deleted with their bucket": (
        "buckets.tf",
        ("force_destroy               = false", "force_destroy               = true"),
        "No bucket may be destroyed together with its objects",
    ),
    "originals can become public": (
        "buckets.tf",
        ('public_access_prevention    = "enforced"', 'public_access_prevention    = "inherited"'),
        "must be closed to the public",
    ),
    "originals are versioned": (
        "buckets.tf",
        ("  lifecycle_rule {", "  versioning { enabled = true }\n\n  lifecycle_rule {"),
        "The originals must not be versioned",
    ),
    "the public can list thumbnails": (
        "page.tf",
        ("roles/storage.legacyObjectReader", "roles/storage.objectViewer"),
        "must not be able to list them",
    ),
    "make-thumbnails can write originals": (
        "grants.tf",
        ('make-thumbnails = { originals = "reader"', 'make-thumbnails = { originals = "writer"'),
        "make-thumbnails must not be able to write originals",
    ),
    "a role has one permission more": (
        "roles.tf",
        ('["storage.objects.create"]', '["storage.objects.create", "storage.objects.update"]'),
        "A role must have exactly the permissions that its name describes",
    ),
    "a function that does not need the catalog can write to it": (
        "grants.tf",
        ('user   = ["upload",', 'user   = ["inspect", "upload",'),
        "exactly the rights on the databases",
    ),
    "events are not retried": (
        "functions.tf",
        ("RETRY_POLICY_RETRY", "RETRY_POLICY_DO_NOT_RETRY"),
        "A failed event must be retried",
    ),
    "the public can send events": (
        "functions.tf",
        ("  for_each = local.http\n", "  for_each = local.functions\n"),
        "Everyone must be able to call the HTTP functions, and no other function",
    ),
    "the internet reaches event functions": (
        "functions.tf",
        ('"ALLOW_INTERNAL_ONLY"', '"ALLOW_ALL"'),
        "Event functions must not accept traffic from outside",
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
    "an index is missing": (
        "firestore.tf",
        ("in local.declared.indexes", "in slice(local.declared.indexes, 1, 3)"),
        "Every index of indexes.json must be created",
    ),
    "the load balancer reaches event functions": (
        "front.tf",
        ("in local.http : name => function if var.domain", "in local.functions : name => function if var.domain"),
        "must reach every HTTP function and no event function",
    ),
    "an index has the default time limit": (
        "firestore.tf",
        ('create = "60m"', 'create = "20m"'),
        "takes longer than 20 minutes",
    ),
    "the CDN keeps deleted images": (
        "front.tf",
        ('"USE_ORIGIN_HEADERS"', '"FORCE_CACHE_ALL"'),
        "The CDN must follow the headers of the thumbnails",
    ),
    "the headers are those for a CDN even without one": (
        "functions.tf",
        ('var.domain == null ? "bucket" : "cdn"', '"cdn"'),
        "Without a domain, Cloud Storage's own cache",
    ),
    "the HTTPS proxy redirects to HTTPS": (
        "front_paths.tf",
        ("host_redirect          = var.domain", "host_redirect          = var.domain\n    https_redirect = true"),
        "The URL map of the HTTPS proxy must not redirect to HTTPS",
    ),
    "the subject has names of any length": (
        "github.tf",
        ('"assertion.repository_id"', '"assertion.sub"'),
        "The subject of a token must be shorter than 127 bytes",
    ),
    "the databases are not protected": (
        "variables_data.tf",
        ("default     = true", "default     = false"),
        "must be protected by default",
    ),
    "the page in its bucket is not among the origins": (
        "names.tf",
        ("[local.bucket_origin, local.page_origin]", "[local.page_origin]"),
        "If the origins are restricted, they must include the page",
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
    "the uptime check uses all places in the USA": (
        "alerts_load.tf",
        ('"USA_IOWA"', '"USA"'),
        "The uptime check must run from three places",
    ),
    "one place causes an alert": (
        "alerts_load.tf",
        ("threshold_value = 1\n", "threshold_value = 0\n"),
        "One place that does not reach the list must not cause an alert",
    ),
    "the remedy of an alert names no project": (
        "alerts.tf",
        (" PROJECT=${var.project}`", "`"),
        "or it repairs the local folder",
    ),
    "a tile is at position 0": (
        "dashboard.tf",
        ("axis => at if at > 0", "axis => at"),
        "No tile may have a position of 0",
    ),
}

TOUCHED = ("accounts", "buckets", "data", "functions", "monitoring", "settings")
"""The test files that have these rules."""


@pytest.fixture(scope="module")
def broken(terraform: Terraform) -> Outcome:
    """A run with all rules broken at the same time. It must report each of them."""
    for file, (good, bad), _ in BROKEN.values():
        path: Path = terraform.folder / file
        text = path.read_text()
        assert good in text, f"{file} does not contain {good!r}"
        path.write_text(text.replace(good, bad, 1))
    return terraform.test(*(f"-filter=tests/{each}.tftest.hcl" for each in TOUCHED))


def test_the_tests_of_a_broken_configuration_fail(broken: Outcome) -> None:
    assert broken.status != 0


@pytest.mark.parametrize("case", BROKEN)
def test_a_test_reports_that(case: str, broken: Outcome) -> None:
    assert BROKEN[case][2] in broken.text
