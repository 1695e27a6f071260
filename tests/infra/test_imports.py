"""The remedies of errors of `terraform apply`, for the resources that the configuration creates."""

import shlex

import pytest

from tests.infra.terraform import Outcome, Terraform
from tools.deploy.diagnostics import Change, diagnostics, is_contention, remedies
from tools.deploy.imports import BY_ADOPTION, IDENTITIES, identity
from tools.deploy.inputs import Inputs

pytestmark = pytest.mark.timeout(600)  # Terraform on a busy machine

INPUTS = Inputs("my-project", region="europe-west4", domain="photos.example.com", github_repository="octocat/photos")
CONTENTION = "googleapi: Error 409: too much contention on these datastore entities. please try again."

G = "projects/my-project/global"
R = "projects/my-project/regions/europe-west1"
POOL = "projects/my-project/locations/global/workloadIdentityPools/image-repo-github"

FORGOTTEN = {
    "google_artifact_registry_repository.images": "projects/my-project/locations/europe-west1/repositories/image-repo",
    "google_iam_workload_identity_pool.github[0]": POOL,
    "google_iam_workload_identity_pool_provider.github[0]": f"{POOL}/providers/actions",
    "google_compute_url_map.front[0]": f"{G}/urlMaps/image-repo-front",
    'google_compute_backend_service.function["list"]': f"{G}/backendServices/image-repo-list",
    'google_compute_region_network_endpoint_group.function["list"]': f"{R}/networkEndpointGroups/image-repo-list",
    "google_compute_global_address.front[0]": f"{G}/addresses/image-repo-front",
    "google_compute_managed_ssl_certificate.front[0]": f"{G}/sslCertificates/image-repo-6a303c31",
    "google_compute_backend_bucket.renditions[0]": f"{G}/backendBuckets/image-repo-renditions",
    "google_compute_ssl_policy.front[0]": f"{G}/sslPolicies/image-repo-front",
    "google_compute_target_https_proxy.front[0]": f"{G}/targetHttpsProxies/image-repo-https",
    "google_compute_target_http_proxy.to_https[0]": f"{G}/targetHttpProxies/image-repo-http",
    "google_compute_global_forwarding_rule.https[0]": f"{G}/forwardingRules/image-repo-https",
    'google_cloudfunctions2_function.function["list"]': "projects/my-project/locations/europe-west1/functions/list",
}
"""The identity of each resource that the provider forgets, as its documentation gives it, by the address."""

CONFLICTS = (
    "Error creating it: googleapi: Error 409: the repository already exists.",
    "Error creating it: googleapi: Error 409: Requested entity already exists",
    "Error creating it: googleapi: Error 409: The resource '{identity}' already exists, alreadyExists",
)
"""The forms of the error that the next run gets."""

CANNOT_EXIST = {
    "google_firestore_backup_schedule", "google_firestore_field", "google_monitoring_alert_policy",
    "google_monitoring_dashboard", "google_monitoring_notification_channel", "google_monitoring_uptime_check_config",
    "google_project_service", "google_storage_bucket_object",
}  # fmt: skip
"""Types without a conflict: Google names them, creates them within the request, or accepts a second creation."""


@pytest.fixture(scope="module")
def changes(terraform: Terraform) -> list[Change]:
    """Everything that the configuration creates, with a domain and a repository."""
    tested: Outcome = terraform.test("-filter=tests/settings.tftest.hcl")
    planned = tested.plans["settings/all_set"].resources
    return [Change(("create",), address, address.partition(".")[0], each) for address, each in planned.items()]


def framed(message: str, address: str) -> str:
    """The error as Terraform prints it."""
    kind, _, label = address.partition("[")[0].partition(".")
    return (
        f"\x1b[31m╷\x1b[0m\n\x1b[31m│\x1b[0m \x1b[0m\x1b[1m\x1b[31mError: \x1b[0m\x1b[0m\x1b[1m{message}\x1b[0m\n"
        f"\x1b[31m│\x1b[0m \x1b[0m\n\x1b[31m│\x1b[0m \x1b[0m\x1b[0m  with {address},\n"
        f'\x1b[31m│\x1b[0m \x1b[0m  on main.tf line 34, in resource "{kind}" "{label}":\n\x1b[31m╵\x1b[0m\x1b[0m\n'
    )


@pytest.mark.parametrize("message", CONFLICTS)
@pytest.mark.parametrize("address", FORGOTTEN)
def test_a_forgotten_resource_has_the_command_that_imports_it(
    address: str, message: str, changes: list[Change]
) -> None:
    expected = FORGOTTEN[address]
    text = remedies(framed(message.format(identity=expected), address), changes, INPUTS)
    (imports,) = (line for line in text.splitlines() if line.startswith("    terraform"))
    words = shlex.split(imports)
    assert words[:3] == ["terraform", "-chdir=infra", "import"]
    assert words[-2:] == [address, expected]
    assert text.splitlines()[-1] == "    make deploy PROJECT=my-project"


def test_two_forgotten_resources_are_imported_together(changes: list[Change]) -> None:
    error = "".join(framed(CONFLICTS[1], address) for address in FORGOTTEN)
    assert [each.address for each in diagnostics(error)] == list(FORGOTTEN)
    lines = remedies(error, changes, INPUTS).splitlines()
    assert sum(line.startswith("    terraform -chdir=infra import") for line in lines) == len(FORGOTTEN)
    assert sum(line.startswith("    make deploy") for line in lines) == 1


def test_the_identity_of_each_resource_is_known_before_it_exists(changes: list[Change]) -> None:
    for each in changes:
        found = identity(each.type, each.after, "my-project")
        if found is not None:
            assert "None" not in found, each.address


def test_every_type_has_an_identity_or_cannot_be_in_the_way(changes: list[Change]) -> None:
    types = {each.type for each in changes if each.type.startswith("google_") and "_iam_member" not in each.type}
    assert len(types) > 20
    assert types - {*IDENTITIES, BY_ADOPTION} - CANNOT_EXIST == set()


def test_an_index_is_imported_by_the_next_run(changes: list[Change]) -> None:
    address = 'google_firestore_index.catalog["images tags CONTAINS uploaded_at DESCENDING"]'
    error = framed("Error creating Index: googleapi: Error 409: index already exists", address)
    assert remedies(error, changes, INPUTS) == "\nThe next run imports what exists already."


def test_other_errors_have_no_remedy(changes: list[Change]) -> None:
    error = framed("Error creating UrlMap: googleapi: Error 403: Forbidden", "google_compute_url_map.front[0]")
    assert remedies(error, changes, INPUTS) == ""
    assert not is_contention(error)
    assert not is_contention("")


def test_contention_is_repeated_only_if_it_is_the_only_error() -> None:
    busy = framed(f"Error creating Index: {CONTENTION}", 'google_firestore_index.catalog["images tags"]')
    other = framed("Error creating UrlMap: googleapi: Error 403: Forbidden", "google_compute_url_map.front[0]")
    assert is_contention(busy + busy)
    assert not is_contention(busy + other)
