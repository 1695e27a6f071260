"""Terraform would create what the code needs."""

import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

import main
from functions.config import Settings
from functions.routes import FUNCTIONS, ROUTES, canonical_path, match_alias
from tests.deploy.roles import KNOWN
from tests.deploy.roles import ROLES as ROLES_OF_GOOGLE
from tests.infra.balancer import Sent, send
from tests.infra.terraform import Outcome, Plan, Terraform
from tests.processes import ROOT
from tools import costs
from tools.deploy import terraform as deploying
from tools.deploy.adoption import declared_indexes, index_address

pytestmark = pytest.mark.timeout(600)  # Terraform on a busy machine

FILES = sorted((ROOT / "infra").glob("*.tf"))

OF_THE_PLATFORM = {"LOG_EXECUTION_ID"}
"""Variables that Cloud Functions itself reads."""

SCRIPTED = {
    "base_url", "page_url", "renditions_url", "originals_bucket", "renditions_bucket", "dropbox_bucket", "keys_secret",
    "functions", "environment", "build_account", "dashboard_url",
}  # fmt: skip
"""The outputs that the maintainer's commands use."""

ROLES = """
upload          dropbox: depositor · originals: keeper · catalog: user · counters: user · keys: secretAccessor · itself: signer
fetch           originals: reader · catalog: viewer · counters: user · keys: secretAccessor
update          originals: editor · catalog: user · counters: user · keys: secretAccessor
delete          originals: eraser · renditions: eraser · catalog: user · counters: user · keys: secretAccessor
list            catalog: viewer · counters: user · keys: secretAccessor
random          catalog: viewer · counters: user · keys: secretAccessor
inspect         counters: user · keys: secretAccessor
stats           catalog: viewer · counters: user · keys: secretAccessor
make-thumbnails originals: reader · renditions: writer · catalog: user · counters: user
forget-image    originals: reader · renditions: eraser · catalog: user · counters: user
ingest-drop     dropbox: taker · originals: keeper · catalog: user · counters: user
events          project: eventReceiver · make-thumbnails: invoker · forget-image: invoker · ingest-drop: invoker
builder         sources: objectViewer · project: logWriter · gcf-v2-sources: objectViewer · images: writer
allUsers        renditions: legacyObjectReader · page: legacyObjectReader · upload: invoker · fetch: invoker · update: invoker
allUsers        delete: invoker · list: invoker · random: invoker · inspect: invoker · stats: invoker
"""  # noqa: E501 - a table
"""Every role that is granted to a member other than Google's own agents, and the resource of the grant."""


@pytest.fixture(scope="module")
def tested(terraform: Terraform) -> Outcome:
    return terraform.test()


@pytest.fixture(scope="module")
def plan(tested: Outcome) -> Plan:
    """The plan without a domain, and with the default of every other setting."""
    return tested.plans["settings/nothing_set"]


def test_the_configuration_is_formatted(terraform: Terraform) -> None:
    assert terraform.run("fmt", "-check", "-recursive").stdout == ""


def test_the_configuration_is_valid(terraform: Terraform) -> None:
    done = terraform.run("validate")
    assert done.returncode == 0, done.stderr


def test_the_tests_of_the_configuration_pass(tested: Outcome) -> None:
    assert tested.status == 0, tested.text


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_is_short(path: Any) -> None:
    assert len(path.read_text().splitlines()) <= 120


def test_every_variable_and_output_is_described() -> None:
    text = "\n".join(path.read_text() for path in FILES)
    blocks = re.findall(r'^(variable|output) "(\w+)" \{\n(.*?)^\}', text, re.MULTILINE | re.DOTALL)
    assert {name for kind, name, _ in blocks if kind == "output"} >= SCRIPTED
    for kind, name, body in blocks:
        assert re.search(r'^  description = ".{10,}"$', body, re.MULTILINE), name
        if kind == "variable":
            assert re.search(r"^  type +=", body, re.MULTILINE), name
            assert "validation {" in body or re.search(r"^  type +=  ?bool|^  type +=  ?map", body, re.MULTILINE), name


def test_the_provider_is_exactly_one_version() -> None:
    versions = (ROOT / "infra/versions.tf").read_text()
    assert re.findall(r'^ +version += "(.*)"$', versions, re.MULTILINE) == ["6.50.0"]


def test_a_lock_file_for_an_earlier_version_of_the_provider_is_updated(
    terraform: Terraform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An update with a newer version of the provider leaves such a file on each machine that deployed before."""
    lock = terraform.folder / ".terraform.lock.hcl"
    lock.write_text(lock.read_text().replace("6.50.0", "6.49.0"))
    monkeypatch.setattr(deploying, "BUILD", tmp_path)
    monkeypatch.setattr(deploying, "access_token", lambda: "ya29.well-formed")
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", terraform.environment.get("TF_CLI_CONFIG_FILE", ""))
    deploying.Terraform("my-photos-1", terraform.folder).init(local=True)
    assert 'version     = "6.50.0"' in lock.read_text()


def test_every_entry_point_is_deployed_once(plan: Plan) -> None:
    functions = list(plan.all("google_cloudfunctions2_function"))
    assert sorted(each["build_config"][0]["entry_point"] for each in functions) == sorted(main.ENTRY_POINTS)
    assert {each["name"]: each["build_config"][0]["entry_point"] for each in functions} == {
        each.name: each.entry_point for each in FUNCTIONS
    }


def test_every_function_has_an_archive_and_a_size_of_its_own(plan: Plan, terraform: Terraform) -> None:
    archives = {each["name"].rpartition("-")[0] for each in plan.all("google_storage_bucket_object") if each["source"]}
    names = {each.name for each in FUNCTIONS}
    assert names <= archives
    sizes = (terraform.folder / "sizes.tf").read_text()
    assert names == set(re.findall(r"^    ([a-z-]+) +=", sizes, re.MULTILINE))


def test_every_route_has_a_public_function(plan: Plan) -> None:
    public = {
        each["name"] for each in plan.all("google_cloud_run_v2_service_iam_member") if each["member"] == "allUsers"
    }
    assert {each.function for each in ROUTES} == public


def test_the_triggers_are_those_of_the_table(plan: Plan) -> None:
    triggers = {
        each["name"]: (each["event_trigger"][0]["event_type"], each["event_trigger"][0]["event_filters"][0]["value"])
        for each in plan.all("google_cloudfunctions2_function")
        if each["event_trigger"]
    }
    assert triggers == {
        each.name: (each.trigger.event_type, f"my-project-image-repo-{each.trigger.bucket}")
        for each in FUNCTIONS
        if each.trigger
    }


def test_the_environment_has_only_settings_that_the_code_reads(plan: Plan) -> None:
    class Asked(dict[str, str]):
        def get(self, key: str, default: object = None) -> None:  # type: ignore[override]
            del default
            self[key] = ""

    asked = Asked()
    Settings.from_env(asked)
    for function in plan.all("google_cloudfunctions2_function"):
        environment = function["service_config"][0]["environment_variables"]
        assert set(environment) - OF_THE_PLATFORM <= set(asked)
        settings = Settings.from_env({name: value for name, value in environment.items() if name != "API_KEYS_FILE"})
        assert settings.project == "my-project"
    assert set(plan.outputs["environment"]) <= set(asked)


def test_every_account_has_these_roles_and_no_other(plan: Plan) -> None:
    granted = defaultdict(set)
    for address, each in plan.resources.items():
        # The members that are Google's agents are unknown until the number of the project is known.
        if "_iam_member." in address and each.get("member"):
            member = re.sub(r"serviceAccount:image-repo-(.*)@my-project\..*", r"\1", each["member"])
            granted[member].add(f"{scope(each)}: {re.sub(r'.*[./]|image_repo_', '', each['role'])}")
    expected = defaultdict[str, set[str]](set)
    for line in ROLES.strip().splitlines():
        member, grants = line.split(maxsplit=1)
        expected[member] |= set(grants.split(" · "))
    assert granted == expected


def scope(grant: dict[str, Any]) -> str:
    """A short name of the resource that a role is granted on."""
    if grant.get("condition"):
        expression = (
            grant["condition"][0].get("expression") or "gcf-v2-sources"
        )  # unknown: it has the number of the project
        found: str = re.sub(r'.*/|"', "", expression)
        return {"(default)": "catalog", "image-repo-counters": "counters"}.get(found, found)
    for key, word in (("secret_id", "keys"), ("repository", "images"), ("name", None), ("bucket", None)):
        if grant.get(key):
            return word or grant[key].removeprefix("my-project-image-repo-")
    return "project" if "project" in grant else "itself"


def test_no_policy_is_replaced_as_a_whole(plan: Plan) -> None:
    # Such a resource would remove the roles of Google's agents and of the maintainer.
    assert not [address for address in plan.resources if re.search(r"_iam_(policy|binding)\.", address)]


def test_every_resource_waits_until_its_api_works(terraform: Terraform) -> None:
    order = terraform.order()
    google = {each for each in order if "google_" in each} - {
        "google_project_service.api",
        "google_project_service.optional",
    }
    assert len(google) > 40
    assert {
        each for each in google if not order[each] & {"terraform_data.apis_known", "terraform_data.optional_known"}
    } == set()
    assert {
        each for each in google if "_compute_" in each and "terraform_data.optional_known" not in order[each]
    } == set()
    assert order["terraform_data.apis_known"] == {"google_project_service.api"}
    assert order["terraform_data.optional_known"] == {"google_project_service.optional"}
    assert "terraform_data.apis_known" in order["terraform_data.eventarc_agent"]


@pytest.mark.parametrize("kind", ["notification_channel", "uptime_check_config"])
def test_a_resource_that_alerts_use_is_replaced_before_it_is_deleted(kind: str) -> None:
    """Google refuses to delete it while an alert uses it. By default, Terraform deletes before it creates."""
    text = "\n".join(path.read_text() for path in FILES)
    block = re.search(rf'^resource "google_monitoring_{kind}" .*?^}}', text, re.MULTILINE | re.DOTALL)
    assert block is not None
    assert "lifecycle { create_before_destroy = true }" in block[0]


def test_the_catalog_gets_the_free_quota_of_the_first_database(terraform: Terraform) -> None:
    assert "google_firestore_database.catalog" in terraform.order()["google_firestore_database.counters"]


def test_a_function_waits_for_the_indexes_of_its_queries(terraform: Terraform) -> None:
    assert "google_firestore_index.catalog" in terraform.order()["google_cloudfunctions2_function.function"]


def test_a_custom_role_is_granted_only_after_a_pause(terraform: Terraform) -> None:
    order = terraform.order()
    granted = {
        each for each in order if "_iam_member." in each and "google_project_iam_custom_role.role" in order[each]
    }
    assert granted == {"google_storage_bucket_iam_member.function", "google_service_account_iam_member.signer"}
    assert {each for each in granted if "terraform_data.roles_known" not in order[each]} == set()


def test_no_data_source_asks_an_api_that_is_not_enabled() -> None:
    """The data source google_project also asks the Cloud Billing API."""
    text = "\n".join(path.read_text() for path in FILES)
    assert set(re.findall(r'^data "(\w+)"', text, re.MULTILINE)) == {"google_storage_project_service_account"}


def test_the_backup_schedule_waits_for_its_database(terraform: Terraform) -> None:
    assert "google_firestore_database.catalog.uid" in (terraform.folder / "firestore.tf").read_text()
    order = terraform.order()
    assert "google_firestore_database.catalog" in order["terraform_data.catalog_known"]
    assert "terraform_data.catalog_known" in order["google_firestore_backup_schedule.catalog"]


@pytest.fixture(scope="module")
def front(tested: Outcome) -> Plan:
    return tested.plans["settings/all_set"]


def test_every_role_and_permission_that_is_granted_exists(front: Plan) -> None:
    granted = {each["role"] for address, each in front.resources.items() if "_iam_member." in address}
    custom = [each["permissions"] for each in front.all("google_project_iam_custom_role")]
    assert {each for each in granted if each.startswith("roles/")} - set(ROLES_OF_GOOGLE) == set()
    assert set().union(*custom) - KNOWN == set()
    assert len(granted) > 25
    assert len(custom) == 8


def test_the_addresses_of_the_indexes_are_those_of_the_commands(plan: Plan) -> None:
    found = {address for address in plan.resources if address.startswith("google_firestore_index.")}
    assert found == {index_address(key) for key in declared_indexes()}


def test_the_page_of_costs_counts_the_alerts_and_the_checks(plan: Plan) -> None:
    policies = plan.all("google_monitoring_alert_policy")
    conditions = [each["condition_threshold"][0] for policy in policies for each in policy["conditions"]]
    filters = [each.get(name) for each in conditions for name in ("filter", "denominator_filter")]
    # The filter of the alert "down" is unknown before its check exists. Google does not charge for metrics of checks.
    assert sum("metric.type" in each for each in filters if each) == costs.METRIC_REFERENCES
    (check,) = plan.all("google_monitoring_uptime_check_config")
    month = 30 * 24 * 3600
    assert len(check["selected_regions"]) * month // int(check["period"].rstrip("s")) == costs.CHECKS_A_MONTH
    assert plan.resources["google_storage_bucket.originals"]["soft_delete_policy"] == [
        {"retention_duration_seconds": costs.KEPT_DAYS * 24 * 3600}
    ]
    backups = plan.resources["google_firestore_backup_schedule.catalog"]
    assert backups["retention"] == f"{costs.BACKUPS * 24 * 3600}s"


def test_the_guide_imports_the_resources_of_the_configuration(front: Plan) -> None:
    guide = (ROOT / "docs/deploy.md").read_text()
    imported = dict(re.findall(r"import '(\S+)' (\S+)", guide))
    pool, provider = (front.resources[address] for address in imported)
    pool_id = pool["workload_identity_pool_id"]
    assert [*imported.values()] == [pool_id, f"{pool_id}/{provider['workload_identity_pool_provider_id']}"]
    assert f"workload-identity-pools undelete {pool_id} " in guide


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS"])
def test_the_load_balancer_sends_a_path_to_its_function(method: str, front: Plan) -> None:
    for route in ROUTES:
        path = route.path.format(image_id="an-id", ticket="a-ticket")
        assert send(front, method, path) == Sent(route.function, path)


def test_the_load_balancer_and_the_runner_treat_older_paths_alike(front: Plan) -> None:
    for route in ROUTES:
        if route.alias:
            for method in route.methods:
                alias = route.alias.format(image_id="an-id")
                found = match_alias(method, alias)
                assert found
                assert send(front, method, alias) == Sent(found.route.function, canonical_path(found))


def test_a_preflight_of_an_older_path_reaches_a_function(front: Plan) -> None:
    for route in ROUTES:
        if route.alias:
            sent = send(front, "OPTIONS", route.alias.format(image_id="an-id"))
            assert sent.backend in {each.function for each in ROUTES if each.alias == route.alias}


def test_the_load_balancer_serves_thumbnails_and_the_page(front: Plan) -> None:
    assert send(front, "GET", "/renditions/an-id/r2/320.webp") == Sent("renditions", "/an-id/r2/320.webp")
    for path in ("/", "/app.js", "/make-thumbnails", "/image", "/image/an-id/other"):
        assert send(front, "GET", path) == Sent("page", path)
