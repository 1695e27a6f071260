"""The local runner when it, or its worker, is killed."""

import os
import random
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from functions.adapters.embedded.bucket import FilesystemBucket
from functions.adapters.embedded.catalog import SqliteCatalog
from functions.domain.ports import Filter, Order
from tests.photos import jpeg, photo
from tests.processes import Runner, running

pytestmark = pytest.mark.load


def test_a_kill_during_uploads_loses_no_image_that_was_acknowledged(tmp_path: Path) -> None:
    answered: dict[str, str] = {}
    sent = {seed: jpeg(photo(240, 160, seed=seed)) for seed in range(60)}
    with running(tmp_path / "data") as runner:
        for _ in range(3):
            kill_during_uploads(runner, sent, answered)
            runner.start()
        for image_id in answered.values():
            assert runner.get(f"/fetch/{image_id}").status_code == 200
        until = time.monotonic() + 30
        while any(each["thumbnails"]["state"] == "pending" for each in listed(runner)):
            assert time.monotonic() < until
            time.sleep(0.1)
        assert {each["id"] for each in listed(runner)} >= set(answered.values())
        runner.stop()
    check_agreement(tmp_path / "data")


def kill_during_uploads(runner: Runner, sent: dict[int, bytes], answered: dict[str, str]) -> None:
    """Upload with four connections, and kill the server meanwhile. Acknowledged uploads are added to `answered`."""
    left = [seed for seed in sent if str(seed) not in answered]
    random.Random(0).shuffle(left)
    timer = threading.Timer(0.3, runner.kill)
    timer.start()

    def upload(seed: int) -> None:
        try:
            response = runner.post(sent[seed])
        except requests.RequestException:
            return
        assert response.status_code in {200, 201}
        answered[str(seed)] = response.json()["id"]

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(upload, left))
    timer.join()


def listed(runner: Runner) -> list[dict[str, dict[str, str]]]:
    images: list[dict[str, dict[str, str]]] = runner.get("/list?limit=100").json()["images"]
    return images


def check_agreement(data: Path) -> None:
    """Check that each object has an entry and renditions, and that each entry and each rendition has an object."""
    catalog = SqliteCatalog(data / "catalog.db")
    originals = FilesystemBucket(data / "originals", name="originals")
    renditions = FilesystemBucket(data / "renditions", name="renditions", derived=True)
    entries = {each.object_name: each for each in catalog.page(Filter(), Order.ID, after=None, limit=1000)}
    assert set(entries) == {each.name for each in originals.list()}
    assert {each.name.split("/")[0] for each in renditions.list()} == {each.id for each in entries.values()}
    for bucket in (originals, renditions):
        bucket.close()
    catalog.close()


def test_a_server_that_crashes_starts_again(tmp_path: Path) -> None:
    with running(tmp_path / "data") as runner:
        assert runner.process is not None
        children = Path(f"/proc/{runner.process.pid}/task/{runner.process.pid}/children").read_text().split()
        os.kill(int(children[0]), signal.SIGKILL)
        until = time.monotonic() + 10
        while time.monotonic() < until:
            try:
                if runner.post(jpeg(photo(90, 60))).status_code in {200, 201}:
                    return
            except requests.ConnectionError:
                time.sleep(0.05)
        raise AssertionError(runner.log.read_text())
