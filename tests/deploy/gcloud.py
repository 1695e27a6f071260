"""The real gcloud with its modules loaded once: `gcloud_server` runs the commands that `gcloud_client` sends.

The tests of deployments run hundreds of commands of gcloud, and each spends most of its CPU time with loading modules.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from shlex import quote
from typing import Final

_HERE: Final = Path(__file__).parent


@contextmanager
def preloaded_gcloud(folder: Path) -> Iterator[Path]:
    """A folder with a program `gcloud` for the start of a PATH. It works until the block ends."""
    real = shutil.which("gcloud")
    assert real is not None
    server = shutil.copy(_HERE / "gcloud_server.py", folder)  # the launcher splits its path at spaces
    with subprocess.Popen(
        [real, str(folder / "socket")],
        env={**_without_settings(os.environ), "CLOUDSDK_PYTHON_ARGS": f"-S {server}"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as process:  # ends when its standard input does
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        client = (sys.executable, "-IS", str(_HERE / "gcloud_client.py"), str(folder / "socket"))
        program = folder / "bin/gcloud"
        program.parent.mkdir()
        program.write_text(f'#!/bin/sh\nexec {" ".join(map(quote, client))} "$@"\n')
        program.chmod(0o755)
        yield program.parent


def _without_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """That environment without gcloud's settings, which come with each command."""
    return {name: value for name, value in environment.items() if not name.startswith(("CLOUDSDK_", "PYTHON"))}
