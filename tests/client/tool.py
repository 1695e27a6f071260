"""The command `image-repo`, run as users run it: in its own process."""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.photos import jpeg, photo
from tests.processes import KEY, ROOT, borrowed_venv

_TIMEOUT = 60


@dataclass(slots=True)
class Tool:
    """The command, with `home` as its home folder, and a service."""

    home: Path
    api: str
    environment: dict[str, str] = field(default_factory=dict)

    def start(self, *arguments: object, **options: Any) -> "subprocess.Popen[str]":
        """Start a run, with pipes for its output and errors unless `options` say otherwise."""
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        return subprocess.Popen(self.command(*arguments), env=self.variables(), **pipes | options)

    def run(
        self, *arguments: object, status: int | None = 0, cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run the command to its end. It must end with this status (None for any), and must print no traceback."""
        with self.start(*arguments, cwd=cwd) as process:
            out, err = process.communicate(timeout=_TIMEOUT)
        assert "Traceback" not in out + err, err
        assert status is None or process.returncode == status, (process.returncode, out[-2000:], err[-2000:])
        return subprocess.CompletedProcess(list(map(str, arguments)), process.returncode, out, err)

    def upload(self, *arguments: object, status: int = 0) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
        """`upload --json`: the object of each photo by its file name, and the summary."""
        done = self.run("upload", "--json", *arguments, status=status)
        *photos, last = map(json.loads, done.stdout.splitlines())
        return {Path(each["path"]).name: each for each in photos}, last["summary"]

    def images(self, *arguments: object) -> list[dict[str, Any]]:
        """`list --json`."""
        return [json.loads(line) for line in self.run("list", "--json", *arguments).stdout.splitlines()]

    def command(self, *arguments: object) -> list[str]:
        return [sys.executable, "-m", "image_repo", *map(str, arguments)]

    def make_upload(self, *variables: str) -> list[str]:
        """The command `make upload`, with a virtual environment that exists already, so that nothing is downloaded.

        It does not use the key of a `make run` in this checkout.
        """
        venv = borrowed_venv(self.home / "venv", ".python", ".client")
        own = [f"VENV={venv}", f"DATA={self.home / 'data'}"]
        return ["make", "--no-print-directory", "-C", str(ROOT), "upload", *own, *variables]

    def variables(self) -> dict[str, str]:
        outside = {
            name: value for name, value in os.environ.items() if not name.startswith("MAKE")
        }  # without the variables of `make test`
        return {
            **outside,
            "HOME": str(self.home),
            "IMAGE_REPO_API": self.api,
            "IMAGE_REPO_KEY": KEY,
            "PYTHONPATH": str(ROOT / "client"),
            "XDG_CACHE_HOME": str(self.home / "cache"),
            "XDG_CONFIG_HOME": str(self.home / "config"),
            **self.environment,
        }


def put(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def a_photo(seed: int) -> bytes:
    return jpeg(photo(120, 90, seed=seed))


def put_photos(folder: Path, count: int, seed: int) -> None:
    """Small, different photos: `00.jpg`, `01.jpg` and so on."""
    for number in range(count):
        (folder / f"{number:02}.jpg").write_bytes(jpeg(photo(64, 48, seed=seed + number)))


def printed_program(page: str) -> str:
    """The first Python program on a page."""
    program: str = re.findall(r"^```python\n(.+?)^```", page, re.MULTILINE | re.DOTALL)[0]
    return program
