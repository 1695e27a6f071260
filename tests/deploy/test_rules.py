"""What the commands do without Google: the rules of keys, and their agreement with `infra/`."""

import json
import re

import pytest

from tests.processes import ROOT
from tools.deploy import checks, keys
from tools.deploy.adoption import OUR_REPOSITORY, REPOSITORY
from tools.deploy.checks import wanted_apis
from tools.deploy.databases import DATABASES, database_names
from tools.deploy.diagnostics import Change
from tools.deploy.inputs import Inputs
from tools.deploy.processes import Failure, Unchecked
from tools.deploy.up import _keep_what_is_precious


def test_a_plan_that_would_delete_images_is_refused() -> None:
    _keep_what_is_precious([Change(("update",), "google_storage_bucket.originals", "google_storage_bucket")])
    for actions in (("delete", "create"), ("create", "delete"), ("delete",)):
        with pytest.raises(Failure, match=r"google_storage_bucket\.originals"):
            _keep_what_is_precious([Change(actions, "google_storage_bucket.originals", "google_storage_bucket")])


def test_the_databases_are_those_of_the_configuration() -> None:
    text = "".join(
        (ROOT / "infra" / each).read_text() for each in ("firestore.tf", "variables.tf", "variables_data.tf")
    )
    defaults = dict(re.findall(r'variable "(\w+)" {[^}]*?default += "([^"]*)"', text))
    names = {
        "var.catalog_database": defaults["catalog_database"],
        '"${var.name}-counters"': f"{defaults['name']}-counters",
    }
    found = re.findall(r'resource "(google_firestore_database)" "(\w+)" {\s+name += (\S+)', text)
    assert {f"{kind}.{label}": names[name] for kind, label, name in found} == database_names()
    assert set(database_names()) == DATABASES


def test_the_repository_is_recognized_by_its_description() -> None:
    assert f'description   = "{OUR_REPOSITORY}"' in (ROOT / "infra/builds.tf").read_text()
    assert f'resource "{REPOSITORY.replace(".", chr(34) + " " + chr(34))}"' in (ROOT / "infra/builds.tf").read_text()


def test_the_apis_are_those_of_the_configuration() -> None:
    plain = Inputs("my-photos-1")
    always = wanted_apis(plain)
    assert {"run.googleapis.com", "eventarc.googleapis.com"} <= always
    assert wanted_apis(plain.with_given({"domain": "photos.example.com"})) - always == {"compute.googleapis.com"}
    assert wanted_apis(plain.with_given({"github_repository": "me/photos"})) - always == {"sts.googleapis.com"}


def test_a_billing_api_that_is_not_enabled_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> str:
        raise Failure("gcloud billing projects describe failed: Cloud Billing API has not been used in project 123")

    monkeypatch.setattr(checks, "gcloud", refuse)
    (look,) = (each.look for each in checks.CHECKS if each.name == "billing")
    with pytest.raises(Unchecked, match="the Cloud Billing API is not enabled"):
        look(checks.Wish("my-photos-1", {}))


def test_every_command_of_the_guide_names_the_project() -> None:
    """A reader of the guide has set no default project for gcloud."""
    guide = (ROOT / "docs/deploy.md").read_text().replace("\\\n", "")
    commands = re.findall(r"^ +\$ (gcloud .*)", guide, re.MULTILINE)
    assert {each for each in commands if "my-photos-1" not in each} == {
        "gcloud auth login",
        "gcloud billing accounts list",
    }


def test_inputs_of_a_later_version_do_not_prevent_a_rollback() -> None:
    inputs = Inputs("my-photos-1", cors_origins=("https://blog.example.com",))
    kept = json.loads(json.dumps({**inputs.as_variables(), "of_a_later_version": True}))
    assert Inputs.of_variables(kept) == inputs


def test_a_name_has_at_most_one_key() -> None:
    text = f"# comments stay\nalice:admin:{'0' * 64}\n"
    (another,) = keys.parse(f"alice2:uploader:{'1' * 64}").keys
    (again,) = keys.parse(f"alice:uploader:{'1' * 64}").keys
    more = keys.added(text, another)
    assert more.startswith(text)
    assert keys.removed(more, "alice2") == text
    with pytest.raises(Failure, match="There is already a key named alice"):
        keys.added(text, again)
    with pytest.raises(Failure, match=r"There is no key named bob. The keys are: alice\."):
        keys.removed(text, "bob")


def test_a_malformed_entry_prevents_no_command() -> None:
    """A key must be revocable even if the list has damaged lines."""
    text = f"alice:admin:{'0' * 64}\nBOB'S KEY\nm\udcfcller:uploader:{'2' * 64}\n"
    (another,) = keys.parse(f"carol:uploader:{'1' * 64}").keys
    assert keys.names_in(text) == ["alice"]
    more = keys.added(text, another)
    assert more.startswith(text)
    assert keys.names_in(more) == ["alice", "carol"]
    assert keys.names_in(keys.removed(more, "alice")) == ["carol"]
    assert keys.removed("alice:admin:abc\n", "alice") == ""


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("bob:uploader:{1}, alice:admin:{0} # both", "bob:uploader:{1} # both\n"),
        ("alice:admin:{0},bob:uploader:{1}\nalice:admin:{2}", "bob:uploader:{1}\n"),
        ("  alice:admin:{0}  # the owner\nbob:uploader:{1}", "bob:uploader:{1}\n"),
        ("alice:admin:{0}\n# alice:admin:{1}\n", "# alice:admin:{1}\n"),
    ],
)
def test_all_entries_of_a_revoked_name_are_removed_and_no_others(text: str, left: str) -> None:
    hashes = [str(each) * 64 for each in range(3)]
    after = keys.removed(text.format(*hashes), "alice")
    assert after == left.format(*hashes)
    assert "alice" not in keys.names_in(after)
