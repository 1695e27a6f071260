"""A bare Debian system, made by debootstrap, with an ordinary user who can use sudo. Tests run commands on it."""

import os
import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import NamedTuple, Self

USER = "you"
"""The name of the user in the pages."""
HOME = Path("/home") / USER

_ID = 1000
_SEPARATOR = "\036"
_PASSED_ON = ("PIP_INDEX_URL", "PIP_CERT", "PIP_DEFAULT_TIMEOUT", "http_proxy", "https_proxy", "no_proxy")
"""Variables with which this machine reaches the package registries. The Debian system needs them too."""
_AUTHORITIES = Path("usr/local/share/ca-certificates")


class Answer(NamedTuple):
    """The exit status of a command and its output."""

    status: int
    output: str


@dataclass(slots=True)
class Terminal:
    """A login shell that runs commands in order. The last command can be a server that does not end."""

    process: "subprocess.Popen[str]"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Kill all processes that still run in it."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.__exit__(kind, error, trace)

    def answers(self) -> list[Answer]:
        """Wait for the end of all commands."""
        output, _ = self.process.communicate()
        parts = re.split(f"{_SEPARATOR}(\\d+)\n", output)
        return [Answer(int(status), text) for text, status in zip(parts[::2], parts[1::2], strict=False)]

    def read_until(self, beginning: str) -> str:
        """The output up to the first line with that beginning, or up to the end."""
        assert self.process.stdout is not None
        output = ""
        for line in self.process.stdout:
            output += line
            if line.startswith(beginning):
                break
        return output


@dataclass(slots=True)
class Debian:
    """A root directory, and the environment of its user."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)

    def open(self, commands: Sequence[str], folder: Path = HOME) -> Terminal:
        """Run these commands in a new terminal of the user, in this folder.

        Its processes and mounts end with it. It uses the network of this machine.
        """
        typed = "".join(f"{each}\nprintf '{_SEPARATOR}%d\\n' $?\n" for each in commands)
        script = f"exec 2>&1 < /dev/null\ncd {folder}\n{typed}"
        inside = ["unshare", "--mount", "--pid", "--fork", "--kill-child", f"--root={self.root}", "--mount-proc"]
        user = ["setpriv", f"--reuid={_ID}", f"--regid={_ID}", "--init-groups", "env", "-i"]
        variables = [f"{name}={value}" for name, value in self.environment.items()]
        command = [*inside, *user, *variables, "bash", "--login", "-c", script]
        return Terminal(subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True))

    def write(self, path: Path | str, text: str) -> None:
        """Write a file, and create the folders above it."""
        file = self.root / str(path).removeprefix("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def give(self, path: Path) -> None:
        """Make the user the owner of a folder and of everything in it."""
        there = self.root / path.relative_to("/")
        for each in [there, *there.rglob("*")]:
            os.chown(each, _ID, _ID, follow_symlinks=False)


@contextmanager
def bare_debian(suite: str, environment: Mapping[str, str]) -> Iterator[Debian]:
    """Create a Debian system of this release for a block. `environment` is added to the environment of its user."""
    with TemporaryDirectory(prefix=f"{suite}-", dir="/var/tmp") as folder:
        root = Path(folder) / "root"
        _run("debootstrap", "--variant=minbase", "--include=sudo", suite, str(root))
        login = {"HOME": str(HOME), "USER": USER, "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}
        passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        debian = Debian(root, {**login, **passed_on, **environment})
        _connect(debian)
        _run("chroot", str(root), "useradd", "--create-home", f"--uid={_ID}", "--shell=/bin/bash", USER)
        (root / "dev/shm").chmod(0o1777)  # the mode on a machine that has started
        debian.write("/etc/sudoers.d/user", f"{USER} ALL=(ALL) NOPASSWD: ALL\n")
        debian.write("/etc/apt/apt.conf.d/90yes", 'APT::Get::Assume-Yes "true";\n')
        yield debian


def _connect(debian: Debian) -> None:
    """Give the system the network names and the certificate authorities of this machine."""
    debian.write("/etc/resolv.conf", Path("/etc/resolv.conf").read_text())
    debian.write("/etc/hosts", f"127.0.0.1 localhost {socket.gethostname()}\n")
    for each in (Path("/") / _AUTHORITIES).glob("*.crt"):
        debian.write(f"/{_AUTHORITIES}/{each.name}", each.read_text())


def _run(*command: str) -> None:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:]


def why_not() -> str | None:
    """Why no Debian system can be made on this machine, and what to do; None if it can."""
    if os.geteuid() != 0:
        return "Only root can make a Debian system. Run: sudo make test-slow"
    if shutil.which("debootstrap") is None:
        return "debootstrap is not installed. Run: sudo apt install debootstrap"
    return None
