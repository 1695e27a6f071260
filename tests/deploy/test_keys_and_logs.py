"""The API keys and the logs of a deployment."""

import re

import pytest

from functions.domain.callers import Role
from tests.deploy.deployment import api_key
from tests.deploy.google import Google
from tests.deploy.trees import Tree
from tools.deploy import keys
from tools.deploy.logs import logs
from tools.deploy.processes import Failure

pytestmark = pytest.mark.timeout(900)  # a command runs several programs, and each needs a second to start


def test_two_people_can_create_keys_at_the_same_time_and_lose_none(cloud: Google, tree: Tree, first: str) -> None:
    assert first
    cloud.before_next_version = lambda: cloud.add_secret(f"{cloud.secret_text()}bob:uploader:{'0' * 64}\n")
    made = tree.make("key", "NAME=alice", "ROLE=uploader")
    shown = re.search(r"key +(\S{24})$", made.stdout, re.MULTILINE)
    assert shown is not None, made.stderr
    assert api_key("alice", Role.UPLOADER, shown[1]) in keys.parse(cloud.secret_text()).keys
    assert re.search(r"admin +admin\n +uploader +bob\n +uploader +alice", tree.make("keys").stdout)
    assert tree.make("key-revoke", "NAME=alice").returncode == 0
    assert keys.names_in(cloud.secret_text()) == ["admin", "bob"]
    assert [each["state"] for each in cloud.project.versions].count("ENABLED") == 1


def test_old_versions_of_the_keys_are_destroyed(cloud: Google, tree: Tree, first: str) -> None:
    """Google charges for each version that is not. The newest one is the only one that the functions read."""
    assert first
    for _ in range(2):
        assert tree.make("key", "NAME=carol", "ROLE=uploader").returncode == 0
        assert tree.make("key-revoke", "NAME=carol").returncode == 0
    states = [each["state"] for each in cloud.project.versions]
    assert states[-3:] == ["DISABLED", "DISABLED", "ENABLED"]
    assert set(states[:-3]) == {"DESTROYED"}
    assert keys.names_in(cloud.secret_text()) == ["admin", "bob"]


def test_a_key_can_be_revoked_from_a_list_with_damaged_lines(cloud: Google, tree: Tree, first: str) -> None:
    assert first
    good, damaged = f"alice:uploader:{'0' * 64}\n", "not a key\nM\udcfcller:uploader\n"  # \udcfc: a byte of Latin-1
    cloud.add_secret(good + damaged)
    listed = tree.make("keys").stdout
    assert re.search(r"^The API keys of my-photos-1:\n  uploader  alice\n", listed, re.MULTILINE)
    assert "An entry on line 2 of the secret is not NAME:ROLE:SHA256 and is ignored." in listed
    assert "An entry on line 3 of the secret" in listed
    assert "not a key" not in listed
    revoked = tree.make("key-revoke", "NAME=alice")
    assert revoked.returncode == 0, revoked.stderr
    assert cloud.secret_text() == damaged


def test_the_log_of_a_function_is_shown_oldest_first(cloud: Google, tree: Tree, first: str) -> None:
    assert first
    about = {"resource": {"type": "cloud_run_revision", "labels": {"service_name": "upload"}}}
    request = {"requestMethod": "POST", "status": 201, "latency": "0.2s", "requestUrl": "https://x/upload"}
    cloud.project.logged = [
        {**about, "timestamp": "2026-11-20T10:00:00.123Z", "severity": "INFO", "httpRequest": request},
        {**about, "timestamp": "2026-11-20T10:00:01.123Z", "severity": "ERROR", "jsonPayload": {"message": "no disk"}},
    ]
    shown = tree.make("logs", "FUNCTION=upload", "SINCE=2h").stdout.splitlines()[1:]
    assert shown == [
        "2026-11-20T10:00:00Z INFO     POST 201 0.2s https://x/upload",
        "2026-11-20T10:00:01Z ERROR    no disk",
    ]
    with pytest.raises(Failure, match="There are: upload, fetch"):
        logs("my-photos-1", "uplaod", None)
    with pytest.raises(Failure, match="SINCE must be a number"):
        logs("my-photos-1", "upload", "yesterday")
