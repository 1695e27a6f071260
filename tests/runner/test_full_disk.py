"""A disk that is really full: see `full_disk`."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_images_can_be_deleted_on_a_full_disk(tmp_path: Path) -> None:
    if os.geteuid() or not shutil.which("unshare"):
        pytest.skip("Only root can mount a small disk, with util-linux. Run: sudo make test-slow")
    data = tmp_path / "data"
    data.mkdir()
    command = ["unshare", "--mount", sys.executable, "-m", "tests.runner.full_disk", str(data)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=250)
    assert done.returncode == 0, done.stdout + done.stderr
