"""`make smoke` on services that work: nothing fails, and nothing is left."""

import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness import ADMIN, Service
from tests.processes import KEY, ROOT, borrowed_venv, running
from tests.smoke.serving import ELSEWHERE, Faults, OwnBuckets, nothing_is_left, serving
from tools.costs import OPERATIONS, SMOKE_IMAGES, SMOKE_RUN
from tools.smoke.__main__ import STEPS, main, smoke
from tools.smoke.places import Place
from tools.smoke.run import started


class WithBuckets(OwnBuckets, Place):
    """A service whose buckets can be reached, as those of a deployment."""

    patience = 10.0

    def __init__(self, api: str, service: Service) -> None:
        super().__init__(api, ADMIN)
        self.service = service


def test_every_step_passes_where_the_buckets_can_be_reached(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(service, Faults()) as api:
        assert smoke(WithBuckets(api, service)) == 0, capsys.readouterr().out
    output = capsys.readouterr().out
    assert output.count("\n  ok ") == len(STEPS)
    assert output.endswith("No step failed. Nothing of this run is left.\n")
    assert nothing_is_left(service)


def test_a_service_elsewhere_is_tried_as_far_as_its_api_goes(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(service, Faults(), ELSEWHERE) as api:
        assert main(["--api", api, "--key", ADMIN, "--patience=10"]) == 0, capsys.readouterr().out
    output = capsys.readouterr().out
    for step in ("drop: a file in the dropbox", "deletion in the bucket, by its event"):
        assert f"{step}: because it needs access to the buckets. Name the project: make smoke PROJECT=…" in output
    assert nothing_is_left(service)


def test_two_runs_at_once_do_not_find_each_other(service: Service) -> None:
    command = [sys.executable, "-m", "tools.smoke", "--key", ADMIN, "--api"]
    with serving(service, Faults()) as api:
        runs = [
            subprocess.Popen([*command, api], cwd=ROOT, env=environment(), stdout=subprocess.PIPE, text=True)
            for _ in range(2)
        ]
        for each in runs:
            output, _ = each.communicate(timeout=60)
            assert each.returncode == 0, output
    assert nothing_is_left(service)


def test_make_smoke_on_a_laptop_needs_no_settings(tmp_path: Path) -> None:
    """Nothing but the folder of the runner's data, if that is another one."""
    with running(tmp_path / "data") as runner:
        (runner.data / "development-key").write_text(f"{KEY}\n")
        venv = borrowed_venv(tmp_path / "venv", ".python", ".client")
        command = ["make", "smoke", f"VENV={venv}", f"DATA={runner.data}", f"PORT={runner.port}"]
        done = subprocess.run(
            command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False, timeout=90
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert runner.get("/list").json()["images"] == []
    assert "  skipped          deletion in the bucket" in done.stdout


@pytest.mark.emulators
def test_the_same_over_the_emulators_of_google_cloud(firestore_host: str, storage_url: str, tmp_path: Path) -> None:
    settings = {
        "BACKEND": "gcp",
        "FIRESTORE_EMULATOR_HOST": firestore_host,
        "STORAGE_EMULATOR_HOST": storage_url,
        "GOOGLE_CLOUD_PROJECT": f"demo-{secrets.token_hex(4)}",
    }
    with running(tmp_path / "data", **settings) as runner:
        command = [sys.executable, "-m", "tools.smoke", "--api", runner.address, "--key", KEY]
        done = subprocess.run(
            command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False, timeout=90
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_page_of_costs_counts_the_images_of_a_run() -> None:
    with started(Place("https://photos.example.com", "")) as run:
        assert len(run.pictures) == SMOKE_IMAGES
        assert all(len(each.data) < 10_000 for each in run.pictures.values())
    assert SMOKE_RUN.keys() <= {each.name for each in OPERATIONS}


def environment() -> dict[str, str]:
    """That of a shell, with the client of this checkout."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return {**inherited, "PYTHONPATH": str(ROOT / "client")}
