"""The command `image-repo`: in a process of its own, as users run it, or in this one, which starts no interpreter."""

import io
import json
import os
import re
import subprocess
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

from image_repo.cli.__main__ import main
from image_repo.retry import Backoff
from tests.photos import jpeg, photo
from tests.processes import KEY, ROOT, borrowed_venv

_MAIN = """
import sys
from image_repo.cli.__main__ import main
sys.exit(main())
"""
_BRIEF = Backoff(first=0.02, longest=0.2)
"""Delays that are long enough for a test."""


@dataclass(slots=True)
class Tool:
    """The command, with `home` as its home folder, and a service."""

    home: Path
    api: str
    environment: dict[str, str] = field(default_factory=dict)
    backoff: Backoff = _BRIEF

    def start(self, *arguments: object, prepare: str = "", **options: Any) -> "subprocess.Popen[str]":
        """Start a run, with pipes for its output and errors unless `options` say otherwise."""
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        return subprocess.Popen(self.command(*arguments, prepare=prepare), env=self.variables(), **pipes | options)

    def run(
        self, *arguments: object, status: int | None = 0, cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run the command in this process. It must end with this status (None for any), and must print no traceback."""
        out, err = _Stream(), _Stream()
        line = list(map(str, arguments))
        with (
            patch.dict(os.environ, self.variables(), clear=True),
            chdir(cwd or Path.cwd()),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            code = _status_of(line, self.backoff)
        shown, errors = out.text(), err.text()
        assert "Traceback" not in shown + errors, errors
        assert status is None or code == status, (code, shown[-2000:], errors[-2000:])
        return subprocess.CompletedProcess(line, code, shown, errors)

    def upload(self, *arguments: object, status: int = 0) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
        """`upload --json`: the object of each photo by its file name, and the summary."""
        done = self.run("upload", "--json", *arguments, status=status)
        *photos, last = map(json.loads, done.stdout.splitlines())
        return {Path(each["path"]).name: each for each in photos}, last["summary"]

    def images(self, *arguments: object) -> list[dict[str, Any]]:
        """`list --json`."""
        return [json.loads(line) for line in self.run("list", "--json", *arguments).stdout.splitlines()]

    def command(self, *arguments: object, prepare: str = "") -> list[str]:
        """The command line; `prepare` is Python code that runs before the command does."""
        start = ["-c", f"{prepare}\n{_MAIN}"] if prepare else ["-m", "image_repo"]
        return [sys.executable, *start, *map(str, arguments)]

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


class _Stream(io.TextIOWrapper):
    """An output of the command, as it is in a pipe."""

    def __init__(self) -> None:
        self._bytes = io.BytesIO()
        super().__init__(self._bytes, "utf-8", write_through=True)

    def text(self) -> str:
        return self._bytes.getvalue().decode()


def _status_of(line: list[str], backoff: Backoff) -> int:
    """Return the exit status of a command line."""
    try:
        return main(line, backoff=backoff)
    except SystemExit as end:  # argparse
        return int(end.code or 0)


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
