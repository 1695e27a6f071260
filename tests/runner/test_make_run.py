"""`make run` as a new user sees it: the upload that it proposes works as printed, and gets thumbnails."""

import json
import os
import re
import signal
import subprocess
from itertools import takewhile
from pathlib import Path

from tests.processes import ROOT, Runner, borrowed_venv


def test_the_upload_that_make_run_proposes_gets_its_thumbnails(tmp_path: Path) -> None:
    runner = Runner(tmp_path / "data")
    venv = borrowed_venv(tmp_path / "venv", ".python", ".runtime")
    command = ["make", "run", f"VENV={venv}", f"DATA={runner.data}", f"PORT={runner.port}"]
    with subprocess.Popen(
        command, cwd=ROOT, env=_outside(), stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stdout is not None
        try:
            printed = "".join(takewhile(lambda line: not line.startswith("Stop it:"), process.stdout))
            (proposed,) = re.findall(r"^Try it: +(.+)$", printed, re.MULTILINE)
            done = subprocess.run(["sh", "-c", proposed], capture_output=True, text=True, check=True, timeout=60)
            image = runner.wait_until_ready(json.loads(done.stdout)["id"], seconds=60)
        finally:
            os.killpg(process.pid, signal.SIGINT)
    assert [each["width"] for each in image["thumbnails"]["items"]] == [160, 320, 640, 1200]


def _outside() -> dict[str, str]:
    """The environment without the variables of `make test`."""
    return {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
