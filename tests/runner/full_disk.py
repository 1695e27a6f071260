"""What happens on a full disk, in a mount namespace of its own, so that the disk is gone when this process ends.

    unshare --mount python -m tests.runner.full_disk FOLDER

mounts a small file system in memory on FOLDER, and runs the server with its data there. It needs root.
"""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import requests

from functions.adapters.embedded.reserve import SIZE
from functions.domain.errors import StorageFull
from tests.photos import jpeg, noise
from tests.processes import Runner, command, running

_MIB = 32
"""Of the disk."""


def upload(runner: Runner, number: int) -> requests.Response:
    return runner.post(jpeg(noise(500, 400, seed=number), quality=95))


def uploads_until_full(runner: Runner) -> list[str]:
    """The ids of the images that the disk has room for."""
    stored: list[str] = []
    while (answer := upload(runner, len(stored))).status_code == 201:
        stored.append(answer.json()["id"])
    assert answer.status_code == 503, answer.text
    assert (answer.json()["code"], answer.json()["detail"]) == ("unavailable", StorageFull.detail)
    return stored


def fill(data: Path) -> None:
    """Take every byte that is left."""
    try:
        with (data / "filled").open("ab", buffering=0) as file:
            while True:
                file.write(bytes(4096))
    except OSError:
        assert shutil.disk_usage(data).free == 0


def delete(runner: Runner, image_id: str) -> None:
    answer = requests.delete(f"{runner.address}/delete/{image_id}", headers=runner.key, timeout=60)
    assert answer.status_code == 204, answer.text
    assert runner.get(f"/fetch/{image_id}/details").status_code == 404


def images_can_be_deleted(runner: Runner) -> None:
    """Also after a start on a full disk; and the space is free for others then."""
    data = runner.data
    stored = uploads_until_full(runner)
    kept, *others = stored
    assert (data / "reserve").stat().st_size == SIZE
    fill(data)
    delete(runner, others.pop())
    assert upload(runner, 1_000).status_code == 503, "only deletions may use what is left"
    while not (data / "reserve").exists():
        delete(runner, others.pop())
    fill(data)
    assert runner.stop() == 0
    runner.start()
    for each in others:
        delete(runner, each)
    assert len(others) > 3
    (data / "filled").unlink()
    again = upload(runner, 2_000)
    assert again.status_code == 201, again.text
    for each in (kept, again.json()["id"]):
        assert runner.wait_until_ready(each, 60)["thumbnails"]["state"] == "ready"
    assert (data / "reserve").stat().st_size == SIZE


def main(folder: Sequence[str]) -> None:
    data = Path(*folder)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={_MIB}m", "tmpfs", data], check=True)
    with running(data) as runner:
        images_can_be_deleted(runner)
        assert runner.stop() == 0
        log = runner.log.read_text()
        assert "Traceback" not in log, log
        assert f"must be delivered again: {StorageFull.detail}" in log
    checked = command("fsck", data, "--grace", "0")
    assert checked.stdout.endswith("Nothing is wrong.\n"), checked.stdout + checked.stderr


if __name__ == "__main__":
    main(sys.argv[1:])
