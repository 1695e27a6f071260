"""A bare Debian to type commands on: what debootstrap makes, with an ordinary user who may use sudo."""

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
"""The name that the pages give to their reader."""
HOME = Path("/home") / USER

_ID = 1000
_SEPARATOR = "\036"
_PASSED_ON = ("PIP_INDEX_URL", "PIP_CERT", "PIP_DEFAULT_TIMEOUT", "http_proxy", "https_proxy", "no_proxy")
"""Settings by which this machine may reach the package registries; the Debian on it needs the same."""
_AUTHORITIES = Path("usr/local/share/ca-certificates")


class Answer(NamedTuple):
    """How a command ended, and what it wrote to the terminal."""

    status: int
    output: str


@dataclass(slots=True)
class Terminal:
    """A login shell that runs commands in order; the last one need not end."""

    process: "subprocess.Popen[str]"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End all that still runs in it."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.__exit__(kind, error, trace)

    def answers(self) -> list[Answer]:
        """Wait for the end of all commands."""
        output, _ = self.process.communicate()
        parts = re.split(f"{_SEPARATOR}(\\d+)\n", output)
        return [Answer(int(status), told) for told, status in zip(parts[::2], parts[1::2], strict=False)]

    def read_until(self, beginning: str) -> str:
        """The output up to the first line with that beginning, or up to the end."""
        assert self.process.stdout is not None
        told = ""
        for line in self.process.stdout:
            told += line
            if line.startswith(beginning):
                break
        return told


@dataclass(slots=True)
class Debian:
    """A root directory, and the environment of its user."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)

    def open(self, commands: Sequence[str], folder: Path = HOME) -> Terminal:
        """A terminal of the user, in that folder, where these commands are typed.

        It has processes and mounts of its own, which end with it; the network is that of this machine.
        """
        typed = "".join(f"{each}\nprintf '{_SEPARATOR}%d\\n' $?\n" for each in commands)
        script = f"exec 2>&1 < /dev/null\ncd {folder}\n{typed}"
        inside = ["unshare", "--mount", "--pid", "--fork", "--kill-child", f"--root={self.root}", "--mount-proc"]
        user = ["setpriv", f"--reuid={_ID}", f"--regid={_ID}", "--init-groups", "env", "-i"]
        variables = [f"{name}={value}" for name, value in self.environment.items()]
        command = [*inside, *user, *variables, "bash", "--login", "-c", script]
        return Terminal(subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True))

    def write(self, path: Path | str, text: str) -> None:
        """Make a file, with the folders above it."""
        file = self.root / str(path).removeprefix("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def give(self, path: Path) -> None:
        """Make the user the owner of a folder and of all that is in it."""
        there = self.root / path.relative_to("/")
        for each in [there, *there.rglob("*")]:
            os.chown(each, _ID, _ID, follow_symlinks=False)


@contextmanager
def bare_debian(suite: str, environment: Mapping[str, str]) -> Iterator[Debian]:
    """A new one, of that release, which is removed afterwards; `environment` is added to the user's."""
    with TemporaryDirectory(prefix=f"{suite}-", dir="/var/tmp") as folder:
        root = Path(folder) / "root"
        _run("debootstrap", "--variant=minbase", "--include=sudo", suite, str(root))
        login = {"HOME": str(HOME), "USER": USER, "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}
        passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        debian = Debian(root, {**login, **passed_on, **environment})
        _connect(debian)
        _run("chroot", str(root), "useradd", "--create-home", f"--uid={_ID}", "--shell=/bin/bash", USER)
        (root / "dev/shm").chmod(0o1777)  # as it is on a machine that has started
        debian.write("/etc/sudoers.d/user", f"{USER} ALL=(ALL) NOPASSWD: ALL\n")
        debian.write("/etc/apt/apt.conf.d/90yes", 'APT::Get::Assume-Yes "true";\n')
        yield debian


def _connect(debian: Debian) -> None:
    """Let it reach what this machine reaches, by the same names and with the same certificate authorities."""
    debian.write("/etc/resolv.conf", Path("/etc/resolv.conf").read_text())
    debian.write("/etc/hosts", f"127.0.0.1 localhost {socket.gethostname()}\n")
    for each in (Path("/") / _AUTHORITIES).glob("*.crt"):
        debian.write(f"/{_AUTHORITIES}/{each.name}", each.read_text())


def _run(*command: str) -> None:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:]


def why_not() -> str | None:
    """Why no Debian can be made here, and what to do about it; None where one can."""
    if os.geteuid() != 0:
        return "Only root can make a Debian to type on. Run: sudo make test-slow"
    if shutil.which("debootstrap") is None:
        return "debootstrap is not installed. Run: sudo apt install debootstrap"
    return None
