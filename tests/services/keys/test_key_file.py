"""Keys from a file that changes, and that can sometimes not be read."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from functions.adapters.key_file import FRESH, RETRY, TRUSTED, KeyFile
from functions.domain.errors import Unavailable
from tests.services.keys.key_files import ONE, THREE, TWO, Clock, errors, missing, names

UNPRIVILEGED = 65_534
"""A user without permissions."""


def test_added_and_removed_keys_take_effect_within_a_minute(path: Path, clock: Clock) -> None:
    path.write_text(f"# NAME:ROLE:SHA256\n\n{ONE}  # the owner\n{TWO}\n")
    file = KeyFile(path, clock=clock)
    assert names(file) == ["a", "b"]
    path.write_text(f"{TWO}\n{THREE}")
    clock.now += FRESH - 1
    assert names(file) == ["a", "b"]
    clock.now += 1
    assert names(file) == ["b", "c"]


@contextmanager
def directory(path: Path) -> Iterator[None]:
    with missing(path):
        path.mkdir()
        yield
        path.rmdir()


@contextmanager
def forbidden(path: Path) -> Iterator[None]:
    """Take all permissions of the file away. Root can read any file, so root becomes another user meanwhile."""
    user, mode = os.geteuid(), path.stat().st_mode
    path.chmod(0)
    if user == 0:
        os.seteuid(UNPRIVILEGED)
    try:
        yield
    finally:
        os.seteuid(user)
        path.chmod(mode)


@contextmanager
def failing(path: Path) -> Iterator[None]:
    """A file that opens but cannot be read, like a mounted secret whose version was destroyed."""
    with missing(path):
        path.symlink_to("/proc/self/mem")
        yield
        path.unlink()


@contextmanager
def dangling(path: Path) -> Iterator[None]:
    with missing(path):
        path.symlink_to("nowhere")
        yield
        path.unlink()


@contextmanager
def replaced(path: Path, data: bytes) -> Iterator[None]:
    before = path.read_bytes()
    path.write_bytes(data)
    yield
    path.write_bytes(before)


UNREADABLE: dict[str, Callable[[Path], AbstractContextManager[None]]] = {
    "it is missing": missing,
    "a directory is in its place": directory,
    "permission is denied": forbidden,
    "reading fails": failing,
    "the link leads nowhere": dangling,
    "it is another file": lambda path: replaced(path, b"\x89PNG\r\n\x1a\n\xff\xfe"),
    "it is UTF-16": lambda path: replaced(path, f"{ONE}\n{TWO}\n".encode("utf-16")),
    "it has a key that was not hashed, and nothing else": lambda path: replaced(path, b"a:admin:secret"),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_keys_are_valid_for_five_minutes_without_a_readable_file(
    case: str, file: KeyFile, path: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    read_at = clock.now
    with UNREADABLE[case](path):
        for second in range(0, int(TRUSTED), 5):
            clock.now = read_at + second
            assert names(file) == ["a", "b"]
        for late in (TRUSTED, 2 * TRUSTED, 100 * TRUSTED):
            clock.now = read_at + late
            with pytest.raises(Unavailable, match="API keys") as refusal:
                file.keys()
            assert int(refusal.value.headers["Retry-After"]) > 0
    clock.now += RETRY
    assert names(file) == ["a", "b"]
    assert "secret" not in caplog.text.replace(str(path), "")


@pytest.mark.parametrize("case", UNREADABLE)
def test_after_a_start_without_a_readable_file_no_key_is_valid_until_there_is_one(
    case: str, path: Path, clock: Clock
) -> None:
    file = KeyFile(path, clock=clock)
    with UNREADABLE[case](path):
        for _ in range(3):
            with pytest.raises(Unavailable, match="API keys"):
                file.keys()
            clock.now += FRESH
    assert names(file) == ["a", "b"]


def test_an_error_is_logged_in_the_first_minute_and_once_a_minute(
    file: KeyFile, path: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    read_at = clock.now
    with missing(path):
        counts = []
        for second in range(360):
            clock.now = read_at + second
            try:
                file.keys()
            except Unavailable:
                assert second >= TRUSTED
            counts.append(len(errors(caplog)))
    assert [counts[each] for each in (59, 60, 119, 120, 179, 180, 299, 300, 359)] == [0, 1, 1, 2, 2, 3, 4, 5, 5]
    first, *_, last = errors(caplog)
    assert f"The API keys cannot be read from {path}: No such file or directory." in first
    assert "valid for 240 more seconds" in first
    assert "Requests with a key get 503." in last


def test_a_new_reason_and_the_end_of_the_errors_are_logged_at_once(
    file: KeyFile, path: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    clock.now += FRESH
    with missing(path):
        names(file)
        path.mkdir()
        clock.now += RETRY
        names(file)
        path.rmdir()
    assert len(errors(caplog)) == 2
    clock.now += RETRY
    names(file)
    assert caplog.messages[-1] == f"The API keys can be read from {path} again."


def test_failing_reads_are_not_repeated_for_each_request(
    path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = []

    def read_bytes(each: Path) -> bytes:
        reads.append(each)
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    file = KeyFile(path, clock=clock)
    for _ in range(10):
        with pytest.raises(Unavailable):
            file.keys()
    assert len(reads) == 1


def test_an_instance_that_was_idle_does_not_trust_old_keys(file: KeyFile, path: Path, clock: Clock) -> None:
    """The process cannot know how long the file has been missing."""
    clock.now += TRUSTED
    with missing(path), pytest.raises(Unavailable):
        file.keys()


def test_a_mounted_secret_is_replaced_by_its_links(tmp_path: Path, clock: Clock) -> None:
    """As with Kubernetes and Cloud Run, the file is a link through another link, which is replaced atomically."""
    mount = tmp_path / "secrets"
    mount.mkdir()

    def publish(version: str, text: str) -> None:
        (mount / version).mkdir()
        (mount / version / "api-keys").write_text(text)
        (mount / "..next").symlink_to(version)
        (mount / "..next").rename(mount / "..data")

    publish("..1", ONE)
    (mount / "api-keys").symlink_to("..data/api-keys")
    file = KeyFile(mount / "api-keys", clock=clock)
    assert names(file) == ["a"]
    publish("..2", TWO)
    clock.now += FRESH
    assert names(file) == ["b"]
