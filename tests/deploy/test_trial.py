"""The end of a deployment: `make smoke` tries it, with a key that it makes and takes back."""

import sys
from pathlib import Path

import pytest

from functions.domain.callers import Caller, find_holder
from functions.wiring import Wiring, install
from tests.deploy.google import Google
from tests.deploy.trees import INFRA, PROJECT, Tree
from tests.harness import Service
from tests.processes import ROOT, free_port
from tests.smoke.serving import ELSEWHERE, Faults, OwnBuckets, nothing_is_left, serving
from tools.deploy import keys
from tools.smoke.__main__ import smoke
from tools.smoke.deployment import Deployment

pytestmark = pytest.mark.timeout(900)  # a command runs several programs, and each needs a second to start

BASE_URL = '"https://${var.region}-${var.project}.cloudfunctions.net"'
CLIENT = ["-o", f"{sys.prefix}/.client", f"PYTHONPATH={ROOT / 'client'}"]
"""The options of `make` for the client: that of this checkout is used, and not installed."""
OTHER = f"alice:uploader:{'0' * 64}\n"


@pytest.fixture
def here(cloud: Google, tree: Tree, monkeypatch: pytest.MonkeyPatch) -> Google:
    """The cloud, for commands that this process runs."""
    for name, value in (cloud.environment | dict(tree.environment)).items():
        monkeypatch.setenv(name, value)
    cloud.add_secret(OTHER)
    return cloud


def outputs(api: str) -> dict[str, object]:
    buckets = {f"{each}_bucket": f"my-photos-1-image-repo-{each}" for each in ("originals", "renditions", "dropbox")}
    functions = {"upload": "upload", "make-thumbnails": "make-thumbnails"}
    return {
        "base_url": api,
        "page_url": f"{api}/",
        "keys_secret": "image-repo-api-keys",
        "functions": functions,
        **buckets,
    }


def names(cloud: Google) -> list[str]:
    return keys.names_in(cloud.secret_text())


def test_a_deployment_that_fails_the_trial_stays_and_says_so(cloud: Google, tree: Tree) -> None:
    cloud.add_secret(OTHER)
    infra = INFRA.replace(BASE_URL, f'"http://{ELSEWHERE}:{free_port()}"')
    assert infra != INFRA
    (tree.folder / "infra/main.tf").write_text(infra)
    done = tree.make("deploy", PROJECT, "SMOKE=1", *CLIENT)
    assert done.returncode != 0
    assert "  FAILED " in done.stdout
    assert f"Nothing answers at http://{ELSEWHERE}:" in done.stdout
    assert "The deployment is complete and stays, but it does not pass `make smoke`." in done.stderr
    assert "make smoke PROJECT=my-photos-1" in done.stderr
    assert names(cloud) == ["alice"]
    assert "Nothing has changed." in tree.make("deploy").stdout


@pytest.mark.parametrize("status", [0, 130])
def test_the_status_of_the_trial_decides(status: int, cloud: Google, tree: Tree) -> None:
    """0: every step has passed. 130: Ctrl-C has ended it."""
    cloud.add_secret(OTHER)
    (tree.folder / "tools/smoke/__main__.py").write_text(f"import sys\nprint(sys.argv[1:])\nsys.exit({status})\n")
    done = tree.make("deploy", PROJECT, "SMOKE=1", *CLIENT)
    assert "['--project', 'my-photos-1']" in done.stdout
    assert (done.returncode == 0) == (status == 0), done.stderr
    assert "does not pass" not in done.stderr


def test_a_domain_without_its_certificate_is_not_tried(cloud: Google, tree: Tree) -> None:
    cloud.add_secret(OTHER)
    infra = (
        INFRA.replace(BASE_URL, f'"http://{ELSEWHERE}:{free_port()}"') + 'output "address" { value = "192.0.2.1" }\n'
    )
    (tree.folder / "infra/main.tf").write_text(infra)
    done = tree.make("deploy", PROJECT, "SMOKE=1", *CLIENT)
    assert done.returncode == 0, done.stderr
    assert "does not answer yet, so it is not tried. When its certificate is ready: make smoke PROJECT=my-photos-1" in (
        done.stdout
    )
    assert names(cloud) == ["alice"]


def test_the_buckets_and_the_log_are_reached_with_gcloud(here: Google, tmp_path: Path) -> None:
    place = Deployment("my-photos-1", outputs("https://api.example.com"), "smoke-1")
    for each in ("originals", "dropbox"):
        here.make_bucket(f"my-photos-1-image-repo-{each}")
    file = tmp_path / "drop.png"
    file.write_bytes(b"a picture")
    assert place.objects("dropbox", "smoke-1/") == []
    place.drop("smoke-1/drop.png", file)
    assert here.store.get("my-photos-1-image-repo-dropbox", "smoke-1/drop.png", {}).data == b"a picture"
    assert place.objects("dropbox", "smoke-1/") == ["smoke-1/drop.png"]
    place.delete("dropbox", "smoke-1/drop.png")
    assert place.objects("dropbox", "smoke-1/") == []
    assert place.log("make-thumbnails", "a.png") is None
    about = {"resource": {"type": "cloud_run_revision", "labels": {"service_name": "make-thumbnails"}}}
    here.project.logged = [{**about, "jsonPayload": {"message": "event for 'a.png' 500 12.0 ms\nTraceback"}}]
    assert place.log("make-thumbnails", "a.png") == "event for 'a.png' 500 12.0 ms"


class Bridged(OwnBuckets, Deployment):
    """A deployment whose buckets are those of a service in this process."""

    patience = 10.0


class LateKeys(Wiring):
    """Reads the keys from the secret, each version of it only some requests after it was added."""

    cloud: Google
    lag = 3
    known = ""

    def key_holder(self, sha256: str) -> Caller | None:
        text = self.cloud.secret_text()
        self.lag = 3 if text == self.known else self.lag - 1
        if self.lag <= 0:
            self.known = text
        return find_holder(sha256, keys.parse(self.known).keys)


@pytest.fixture
def late(service: Service, here: Google) -> Service:
    wiring = LateKeys(service.settings, signer=service.signer, **service.ports)
    wiring.cloud = here
    install(wiring)
    return service


def test_the_key_of_a_run_is_waited_for_and_taken_back(
    late: Service, here: Google, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(late, Faults(), ELSEWHERE) as api:
        place = Bridged("my-photos-1", outputs(api), "smoke-2")
        place.service = late
        before = len(here.project.versions)
        place.make_key()
        assert names(here) == ["alice", "smoke-2"]
        assert smoke(place) == 0, capsys.readouterr().out
        place.close()
    assert names(here) == ["alice"]
    states = [each["state"] for each in here.project.versions]
    assert states[before - 1 :] == ["DESTROYED", "DESTROYED", "ENABLED"]  # Google charges for the others
    assert nothing_is_left(late)
    place.close()  # a run that was interrupted before its key was made has none to take back
    assert len(here.project.versions) == len(states)
