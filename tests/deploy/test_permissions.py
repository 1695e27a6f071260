"""The permissions that the doctor asks for exist, and both an owner and an account with the guide's roles hold them."""

import re
from collections.abc import Iterator

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud.storage import Client

from tests.deploy.google import Google, google
from tests.deploy.roles import KNOWN, OWNER, ROLES, held, held_on_bucket, roles_in_the_guide
from tests.deploy.trees import STATE
from tests.processes import ROOT
from tools.deploy import access
from tools.deploy.google import InvalidRequest
from tools.deploy.inputs import Inputs
from tools.deploy.permissions import (
    ALWAYS,
    BY_BUCKET,
    IN_STATE_BUCKET,
    WITH_DOMAIN,
    WITH_EMAIL,
    WITH_GITHUB,
    needed,
)
from tools.deploy.processes import Failure, Unchecked

PLAIN = Inputs("my-photos-1")
FULL = PLAIN.with_given(
    {"domain": "photos.example.com", "alert_email": "me@example.com", "github_repository": "me/photos"}
)
INFRA = {each.name: each.read_text() for each in (ROOT / "infra").glob("*.tf")}


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Google]:
    """A cloud that our own requests go to, from an account with the Owner role."""
    with google() as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(access, "access_token", lambda: "ya29.well-formed")
        monkeypatch.setattr(access, "account", lambda: "me@example.com")
        yield server


def types_in(text: str) -> set[str]:
    return set(re.findall(r'^resource "(google_\w+)"', text, re.MULTILINE))


def test_there_is_a_permission_for_each_type_that_terraform_creates() -> None:
    tables = [ALWAYS, WITH_DOMAIN, WITH_EMAIL, WITH_GITHUB, dict.fromkeys(BY_BUCKET)]
    names = [each for table in tables for each in table]
    assert len(names) == len(set(names))
    assert set(names) == types_in("\n".join(INFRA.values()))


def test_permissions_for_a_domain_are_needed_only_with_a_domain() -> None:
    assert set(WITH_DOMAIN) == types_in("\n".join(text for name, text in INFRA.items() if name.startswith("front")))
    assert needed(FULL) - needed(PLAIN) == {
        name for table in (WITH_DOMAIN, WITH_EMAIL, WITH_GITHUB) for names in table.values() for name in names
    }


def test_the_owner_role_holds_every_permission() -> None:
    assert needed(FULL) - held([OWNER]) == set()
    assert IN_STATE_BUCKET - held_on_bucket([OWNER]) == set()


def test_the_roles_of_the_guide_hold_every_permission() -> None:
    roles = roles_in_the_guide()
    assert OWNER not in roles
    assert needed(FULL) - held(roles) == set()
    assert IN_STATE_BUCKET - held_on_bucket(roles) == set()
    assert "storage.buckets.setIamPolicy" in held(roles)  # an owner gets it from each bucket's own policy


def test_github_deploys_with_the_roles_of_the_guide() -> None:
    block = re.search(r"deployer_roles = \[(.*?)\]", INFRA["github.tf"], re.DOTALL)
    assert block is not None
    assert re.findall(r'"(.*)"', block[1]) == roles_in_the_guide()


def test_all_permissions_fit_into_one_request() -> None:
    assert len(needed(FULL)) <= 100


def test_every_permission_of_our_own_roles_exists() -> None:
    named = set(re.findall(r'"((?:[a-z]+\.)(?:[a-zA-Z]+\.)+[a-zA-Z]+)"', INFRA["roles.tf"]))
    assert len(named) >= 7
    assert named - KNOWN == set()


def test_every_role_that_is_named_exists() -> None:
    """The test of Terraform's plan checks names that are built, such as `roles/datastore.${…}`."""
    places = [ROOT / "README.md"]
    for folder, pattern in (("infra", "*.tf"), ("tools", "*.py"), ("docs", "*.md")):
        places += (ROOT / folder).rglob(pattern)
    named = {name for each in places for name in re.findall(r"\broles/[\w.]*\w(?!\w|\.?\$)", each.read_text())}
    assert len(named) > 20
    assert named - set(ROLES) == set()


def test_an_owner_passes(cloud: Google) -> None:
    assert access.check(FULL) == f"all {len(needed(FULL))} are granted"
    cloud.make_bucket(STATE)
    assert access.check(FULL) == f"all {len(needed(FULL))} are granted"


def test_an_account_with_the_roles_of_the_guide_passes(cloud: Google) -> None:
    cloud.project.roles = set(roles_in_the_guide())
    cloud.make_bucket(STATE)
    assert access.check(FULL) == f"all {len(needed(FULL))} are granted"


def test_each_missing_permission_is_named_with_the_command_that_grants_it(cloud: Google) -> None:
    cloud.project.roles = set(roles_in_the_guide()) - {"roles/monitoring.admin"}
    expected = (
        "me@example.com lacks 4 permissions in my-photos-1: monitoring.alertPolicies.create, "
        "monitoring.dashboards.create, monitoring.notificationChannels.create, monitoring.uptimeCheckConfigs.create. "
    )
    with pytest.raises(Failure) as caught:
        access.check(FULL)
    assert str(caught.value).startswith(expected)
    assert str(caught.value).endswith("--member=user:me@example.com --role=roles/owner")


def test_an_account_without_rights_on_buckets_is_refused_once_there_is_one(
    cloud: Google, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A custom role can have the only permission on buckets that the check needs in the project."""
    monkeypatch.setitem(ROLES, "projects/my-photos-1/roles/creator", frozenset({"storage.buckets.create"}))
    cloud.project.roles = {*roles_in_the_guide(), "projects/my-photos-1/roles/creator"} - {"roles/storage.admin"}
    assert access.check(FULL)
    cloud.make_bucket(STATE)
    with pytest.raises(Failure, match=rf"lacks 5 permissions in gs://{STATE}: storage\.buckets\.get, ") as caught:
        access.check(FULL)
    assert str(caught.value).endswith("--role=roles/storage.admin")


def test_a_permission_that_google_renamed_is_a_warning_and_the_others_are_still_checked(cloud: Google) -> None:
    cloud.project.renamed = {"datastore.schemas.create", "iam.googleapis.com/workloadIdentityPools.create"}
    with pytest.raises(Unchecked) as caught:
        access.check(FULL)
    for each in cloud.project.renamed:
        assert each in str(caught.value)
    cloud.project.roles = set(roles_in_the_guide()) - {"roles/iam.roleAdmin"}
    with pytest.raises(Failure, match=r"lacks 1 permission in my-photos-1: iam\.roles\.create\."):
        access.check(FULL)


def test_a_refusal_that_names_no_permission_is_a_warning_too() -> None:
    def refuse(names: list[str]) -> list[str]:
        raise InvalidRequest(f"Request with {len(names)} names contains an invalid argument.")

    answer = access.tested(needed(PLAIN), refuse)
    assert answer.missing == frozenset()
    assert answer.unchecked == needed(PLAIN)
    assert "contains an invalid argument" in answer.refusal


def test_googles_own_client_gets_the_same_answer_about_a_bucket(cloud: Google) -> None:
    """So our request and the response of the stand-in have the form that Cloud Storage uses."""
    cloud.make_bucket(STATE)
    asked = sorted(IN_STATE_BUCKET)
    client = Client(
        project="my-photos-1", credentials=AnonymousCredentials(), client_options={"api_endpoint": cloud.url}
    )
    for roles in ({OWNER}, {"roles/storage.objectViewer"}, {"roles/run.admin"}):
        cloud.project.roles = roles
        answer = client.bucket(STATE).test_iam_permissions(asked)
        assert access._held_in_state_bucket("my-photos-1", asked) == answer


@pytest.mark.parametrize("name", ["datastore.indexes.create", "iam.workloadIdentityPools.create"])
def test_the_cloud_of_the_tests_refuses_names_that_google_does_not_know(name: str, cloud: Google) -> None:
    del cloud
    with pytest.raises(InvalidRequest, match=rf"Permission {re.escape(name)} is not valid for this resource"):
        access._held_in_project("my-photos-1", ["run.services.setIamPolicy", name])


def test_the_cloud_of_the_tests_gives_an_owner_no_right_on_buckets_in_the_project(cloud: Google) -> None:
    del cloud
    assert access._held_in_project("my-photos-1", ["storage.buckets.setIamPolicy"]) == []
