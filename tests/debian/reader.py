"""A reader who types README.md and the first steps of docs/client.md on a bare Debian, as an ordinary user.

Three things differ from the machine of a user: the repository is cloned from this checkout, the port is a free one, and
apt asks no questions.
"""

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from tests.debian.machine import HOME, Answer, Debian, bare_debian
from tests.debian.page import Command, blocks
from tests.photos import jpeg, photo
from tests.processes import ROOT, Runner, free_port

README = (ROOT / "README.md").read_text()
INSTALLING = (ROOT / "docs/client.md").read_text().partition("\n## ")[0]
CHECKOUT = HOME / "image-repo"
PHOTOS = 2

NOT_TYPED = {
    "gcloud auth login": "needs a Google account",
    "make doctor PROJECT=my-photos-1": "needs a Google account",
    "make deploy PROJECT=my-photos-1 REGION=europe-west1": "needs a Google account",
    "make test-all": "runs in CI",
    "make test-slow": "is this test",
    "make bench": "changes docs/benchmarks.md",
}


@contextmanager
def debian_of(suite: str) -> Iterator[Debian]:
    """A bare Debian of that release, with this checkout to clone and a folder of photos."""
    port = str(free_port())
    address = f"http://127.0.0.1:{port}"
    with bare_debian(suite, {"PORT": port, "IMAGE_REPO_API": address}) as debian:
        publish(debian)
        for number in range(PHOTOS):
            file = debian.root / HOME.relative_to("/") / f"photos/2026/{number}.jpg"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(jpeg(photo(160, 120, seed=number)))
        debian.give(HOME)
        yield debian


def publish(debian: Debian) -> None:
    """Put this checkout, with uncommitted changes, where the clone command of the page finds it."""
    there = debian.root / "srv/image-repo"
    listed = git("ls-files", "-z", "--cached", "--others", "--exclude-standard", folder=ROOT)
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (there / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, there / name)
    git("init", folder=there)
    git("add", "--all", folder=there)
    git("-c", "user.name=test", "-c", "user.email=test@example.org", "commit", "--message=test", folder=there)
    debian.give(Path("/srv/image-repo"))
    (url,) = re.findall(r"git clone (\S+)", README)
    debian.write("/etc/gitconfig", f'[url "/srv/image-repo"]\n\tinsteadOf = {url}\n')


def git(*arguments: str, folder: Path) -> str:
    return subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=True).stdout


class Reader:
    """Runs the blocks of a page, each in a new terminal, and compares the output with the page."""

    def __init__(self, debian: Debian) -> None:
        self.debian = debian
        self.service = Runner(debian.root / str(CHECKOUT / ".data")[1:], int(debian.environment["PORT"]))

    def follow_the_pages(self) -> dict[str, str]:
        """Type all commands, and return what each wrote to the terminal."""
        first, *others = [[each for each in block if each.line not in NOT_TYPED] for block in blocks(README)]
        assert first[-1].line == "make run"
        output: dict[str, str] = {}
        with self.debian.open([each.line for each in first]) as terminal:
            shown = terminal.read_until("Stop it:")
            assert first[-1].is_answered_by(self.as_on_the_page(shown)), shown
            for block in filter(None, others + blocks(INSTALLING)):
                output |= self.type(block, CHECKOUT)
            self.check_images()
        return output

    def type(self, block: list[Command], folder: Path) -> dict[str, str]:
        with self.debian.open([self.with_port(each.line) for each in block], folder) as terminal:
            answers = terminal.answers()
        self.compare(block, answers)
        return {command.line: answer.output for command, answer in zip(block, answers, strict=True)}

    def compare(self, block: list[Command], answers: list[Answer]) -> None:
        for command, answer in zip(block, answers, strict=True):
            assert answer.status == 0, (command.line, answer.output)
            assert command.is_answered_by(self.as_on_the_page(answer.output)), (command, answer.output)

    def check_images(self) -> None:
        images = requests.get(f"{self.service.address}/list", timeout=30).json()["images"]
        assert len(images) == 1 + PHOTOS
        for each in images:
            ready = self.service.wait_until_ready(each["id"], seconds=60)
            assert ready["thumbnails"]["state"] == "ready"

    def with_port(self, line: str) -> str:
        return line.replace("127.0.0.1:8080", f"127.0.0.1:{self.service.port}")

    def as_on_the_page(self, text: str) -> str:
        """The text with the port and the key of the page."""
        (key,) = set(re.findall(r"#key=(\S+)", README))
        own = self.service.data / "development-key"
        text = text.replace(f"127.0.0.1:{self.service.port}", "127.0.0.1:8080")
        return text.replace(own.read_text().strip(), key) if own.exists() else text
