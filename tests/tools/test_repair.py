"""`make reindex` and `make fsck` as a user runs them: real processes, beside a running server."""

import json
import os
import re
import secrets
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
import requests

from functions.adapters.embedded.bucket import FilesystemBucket
from functions.adapters.embedded.catalog import SqliteCatalog
from functions.domain.ports import Filter, Order
from tests.backends import Embedded
from tests.harness import Service
from tests.photos import jpeg, photo
from tests.processes import ROOT, Runner, command, run, running

pytestmark = pytest.mark.load

IMAGES = 120


def ids_in(data: Path) -> list[str]:
    with closing(SqliteCatalog(data / "catalog.db")) as catalog:
        return [each.id for each in catalog.page(Filter(), Order.ID, after=None, limit=1000)]


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of many images that has lost its catalog and its renditions."""
    data = tmp_path_factory.mktemp("many") / "data"
    with Service(data, Embedded()) as service:
        for number in range(IMAGES):
            assert service.upload(jpeg(photo(400 + number, 300))).status_code == 201
    (data / "catalog.db").unlink()
    return data


def answers(runner: Runner) -> list[bytes]:
    listed = runner.get("/list?limit=100")
    ids = [each["id"] for each in listed.json()["images"]]
    details = [runner.get(f"/fetch/{each}/details", headers=runner.key).content for each in ids]
    drawn = sorted(json.dumps(each) for each in runner.get("/random?count=32").json()["images"])
    return [listed.content, *details, *(each.encode() for each in drawn)]


def test_a_deleted_catalog_file_is_rebuilt_and_the_responses_are_the_same(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running(data) as runner:
        for number in range(8):
            stored = runner.post(jpeg(photo(300 + number, 200)), caption=f"Nr. {number}", tags="a,b")
            runner.wait_until_ready(stored.json()["id"])
        before = answers(runner)
        runner.stop()
        for each in data.glob("catalog.db*"):
            each.unlink()
        done = command("reindex", data)
        assert (done.returncode, done.stdout, done.stderr) == (0, "8 objects: 8 made.\n", "")
        runner.start()
        assert answers(runner) == before


def test_a_reindex_works_beside_a_running_server(tmp_path: Path) -> None:
    """The catalog loses its entries during uploads. At the end, no acknowledged image is missing."""
    data = tmp_path / "data"
    with running(data) as runner, ThreadPoolExecutor(4) as people:
        first = [runner.post(jpeg(photo(90 + number, 60))).json()["id"] for number in range(30)]
        for each in first:
            runner.wait_until_ready(each)
        with closing(SqliteCatalog(data / "catalog.db")) as catalog:
            for image in catalog.page(Filter(), Order.ID, after=None, limit=1000):
                catalog.delete(seen=image)
        sent = [people.submit(runner.post, jpeg(photo(60, 90 + number))) for number in range(30)]
        done = command("reindex", data)
        assert done.returncode == 0, done.stderr
        answered = [each.result().json()["id"] for each in sent]
        for each in answered:
            runner.wait_until_ready(each)
        assert set(ids_in(data)) == {*first, *answered}
        checked = command("fsck", data, "--grace", "0")
        assert (checked.returncode, checked.stdout) == (0, "60 images checked.\nNothing is wrong.\n")


def test_a_problem_is_found_then_repaired_and_not_found_again(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with Service(data, Embedded()) as service:
        image_id = service.stored(jpeg(photo(300, 200)))["id"]
        for each in service.renditions.list():
            service.renditions.delete(each.name, if_generation=each.generation)
    found = command("fsck", data, "--grace", "0", FIX="1")
    assert found.returncode == 1
    assert f"found: missing renditions: {image_id}:" in found.stdout
    assert "make fsck FIX=1" in found.stdout
    with closing(FilesystemBucket(data / "renditions", name="renditions", derived=True)) as renditions:
        assert renditions.list() == []
    repaired = command("fsck", data, "--grace", "0", "--fix")
    assert (repaired.returncode, repaired.stderr) == (0, "")
    assert f"repaired: missing renditions: {image_id}:" in repaired.stdout
    assert command("fsck", data, "--grace", "0").returncode == 0


INTERRUPTED_AT = 30
READ = 60
INTERRUPTED = f"""
import os, runpy, signal, sys, threading
from concurrent.futures import ThreadPoolExecutor
from functions.adapters.embedded.bucket import FilesystemBucket
from tools.progress import Progress

step, read, shutdown = Progress.step, FilesystemBucket.read, ThreadPoolExecutor.shutdown
names, stopped = set(), threading.Event()

def read_so_many(self, name):
    if name not in names and len(names) >= {READ}:
        stopped.wait()
    names.add(name)
    return read(self, name)

def shutdown_and_tell(self, wait=True, **options):
    shutdown(self, wait=False, **options)
    stopped.set()
    shutdown(self, wait=wait)

FilesystemBucket.read, ThreadPoolExecutor.shutdown = read_so_many, shutdown_and_tell

def step_and_interrupt(self, done, at):
    before = self.done
    step(self, done, at)
    if before < {INTERRUPTED_AT} <= self.done:
        os.kill(os.getpid(), signal.SIGINT)

Progress.step = step_and_interrupt
runpy.run_module(sys.argv.pop(1), run_name="__main__", alter_sys=True)
"""
"""Runs a command that gets its Ctrl-C at that image, and whose threads are by then about `READ` images far at most."""


@pytest.mark.parametrize("name", ["reindex", "fsck"])
def test_after_ctrl_c_the_command_can_continue_where_it_stopped(name: str, many: Path) -> None:
    options = ["--grace", "0", "--fix"] if name == "fsck" else []
    (many / "catalog.db").unlink(missing_ok=True)
    stopped = run([sys.executable, "-c", INTERRUPTED, f"tools.{name}", *options], many)
    assert stopped.returncode == 130
    last = stopped.stderr.splitlines()[-1]
    found = re.fullmatch(rf"Stopped\. Continue with: make {name} DATA={many} AFTER=([a-z2-7]{{26}})", last)
    assert found, stopped.stderr
    assert INTERRUPTED_AT <= len(ids_in(many)) < IMAGES
    rest = command(name, many, *options, "--after", found[1])
    assert rest.returncode == 0, rest.stderr
    assert 0 < int(rest.stdout.split("objects" if name == "reindex" else "images")[-2].split()[-1]) < IMAGES
    assert len(ids_in(many)) == IMAGES
    assert command("fsck", many, "--grace", "0").returncode == 0


def test_the_commands_work_with_the_emulators_beside_a_server(
    firestore_host: str, storage_url: str, tmp_path: Path
) -> None:
    name = f"repair-{secrets.token_hex(4)}"
    settings = {
        "BACKEND": "gcp",
        "FIRESTORE_EMULATOR_HOST": firestore_host,
        "STORAGE_EMULATOR_HOST": storage_url,
        "GOOGLE_CLOUD_PROJECT": name,
        **{f"{role.upper()}_BUCKET": f"{role}-{name}" for role in ("originals", "renditions", "dropbox")},
    }
    with running(tmp_path / "data", **settings) as runner:
        image_id = runner.post(jpeg(photo(300, 200)), caption="x").json()["id"]
        before = runner.wait_until_ready(image_id)
        empty_firestore(firestore_host, name)
        assert runner.get("/list").json()["images"] == []
        done = command("reindex", tmp_path, **settings)
        assert (done.returncode, done.stdout) == (0, "1 objects: 1 made.\n"), done.stderr
        assert runner.get(f"/fetch/{image_id}/details").json() == before
        empty_firestore(firestore_host, name)
        assert command("fsck", tmp_path, "--grace", "0", **settings).returncode == 1
        assert command("fsck", tmp_path, "--grace", "0", "--fix", **settings).returncode == 0
        assert runner.get(f"/fetch/{image_id}/details").json() == before


def empty_firestore(host: str, project: str) -> None:
    url = f"http://{host}/emulator/v1/projects/{project}/databases/(default)/documents"
    requests.delete(url, timeout=10).raise_for_status()


@pytest.mark.parametrize("name", ["reindex", "fsck"])
def test_an_invalid_input_is_reported_in_one_line(name: str, tmp_path: Path) -> None:
    (tmp_path / "data/originals").mkdir(parents=True)
    cases = {
        f"There is no repository in the folder {tmp_path / 'none'}.": command(name, tmp_path / "none"),
        "AFTER must be the id of an image": command(name, tmp_path / "data", "--after", "../etc"),
        "BACKEND must be": command(name, tmp_path / "data", BACKEND="aws"),
        "PROJECT must be a project id": command(name, tmp_path / "data", "--project", "X"),
    }
    for sentence, done in cases.items():
        assert done.returncode == 1
        assert done.stderr.startswith(sentence), done.stderr
        assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "none").exists()


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `make` in an environment with unrelated variables FIX and AFTER."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=ROOT,
        env={**inherited, "FIX": "1", "AFTER": "nonsense"},
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )


def test_make_uses_variables_of_its_command_line_and_not_of_the_environment(many: Path) -> None:
    """A variable FIX in the environment must not turn a dry run into a repair."""
    with closing(SqliteCatalog(many / "catalog.db")) as catalog:
        for image in catalog.page(Filter(), Order.ID, after=None, limit=1000):
            catalog.delete(seen=image)
    assert "Nothing was written" in make("fsck", "GRACE=0", f"DATA={many}").stdout
    assert "Nothing was written" in make("fsck", "GRACE=0", "FIX=0", f"DATA={many}").stdout
    assert f"{IMAGES} objects: {IMAGES} would be made." in make("reindex", "DRY=1", f"DATA={many}").stdout
    assert ids_in(many) == []


def test_an_argument_can_contain_an_apostrophe(tmp_path: Path) -> None:
    done = make("reindex", f"DATA={tmp_path}/o'brien", "AFTER=o'clock")
    assert done.stderr.startswith(f"There is no repository in the folder {tmp_path}/o'brien.")


@pytest.mark.parametrize("grace", ["nan", "inf", "-5", "1e10", "soon"])
def test_an_invalid_grace_is_refused(grace: str, tmp_path: Path) -> None:
    done = command("fsck", tmp_path, f"--grace={grace}")
    assert done.returncode == 2
    assert "must be a number of minutes from 0 to 10,080" in done.stderr
    assert "Traceback" not in done.stderr
