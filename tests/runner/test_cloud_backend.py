"""`make run BACKEND=gcp`: the same service with the emulators, and the response while one of them does not answer."""

import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.cable import cable
from tests.photos import jpeg, photo
from tests.processes import ROOT, free_port, running


def test_an_upload_works_with_the_emulators_that_make_run_starts(firestore_host: str, tmp_path: Path) -> None:
    assert firestore_host  # the fixture skips this test if the emulators cannot run
    with running(tmp_path / "data", BACKEND="gcp", FIRESTORE_EMULATOR_HOST="", STORAGE_EMULATOR_HOST="") as runner:
        data = jpeg(photo(640, 480))
        first, second = runner.post(data, caption="At the sea"), runner.post(data)
        assert (first.status_code, second.status_code) == (201, 200)
        image = runner.wait_until_ready(first.json()["id"])
        assert image["caption"] == "At the sea"
        assert runner.get("/random").json()["id"] == image["id"]
        assert requests.get(image["thumbnails"]["items"][0]["url"], timeout=10).status_code == 200
        url = f"{runner.address}/delete/{image['id']}"
        assert requests.delete(url, headers=runner.key, timeout=10).status_code == 204
        assert runner.get("/list").json()["images"] == []
        assert runner.stop() == 0


def test_an_emulator_that_does_not_answer_is_a_503_until_it_answers_again(
    firestore_host: str, storage_url: str, tmp_path: Path
) -> None:
    """It accepts connections and does not answer, which takes longer to detect than a refused connection."""
    with cable(firestore_host) as line:
        settings = {
            "BACKEND": "gcp",
            "FIRESTORE_EMULATOR_HOST": line.host,
            "STORAGE_EMULATOR_HOST": storage_url,
            "GOOGLE_CLOUD_PROJECT": f"demo-{secrets.token_hex(4)}",
        }
        with running(tmp_path / "data", **settings) as runner:
            image_id = runner.post(jpeg(photo(320, 240, seed=3))).json()["id"]
            runner.wait_until_ready(image_id)
            line.hold()
            response = runner.get(f"/fetch/{image_id}/details")
            assert (response.status_code, response.json()["code"]) == (503, "unavailable")
            assert response.headers["Retry-After"]
            line.restore()
            assert runner.wait_until_ready(image_id)["id"] == image_id


@pytest.mark.parametrize("missing", ["java", "emulator"])
def test_a_missing_requirement_of_the_emulators_is_reported_with_the_remedy(missing: str, tmp_path: Path) -> None:
    environment = {**os.environ, "FIRESTORE_EMULATOR_HOST": "", "STORAGE_EMULATOR_HOST": "", "BACKEND": "gcp"}
    if missing == "java":
        environment["PATH"] = str(tmp_path)
    else:
        environment["FIRESTORE_EMULATOR_JAR"] = str(tmp_path / "none.jar")
    command = [sys.executable, "-m", "local", "--port", str(free_port()), "--data", str(tmp_path / "data")]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1
