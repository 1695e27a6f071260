"""Keys from a file that changes, and that can sometimes not be read."""

import hashlib
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from functions.adapters.key_file import FRESH, RETRY, TRUSTED, KeyFile
from functions.config import Settings, SettingsError, parse_keys
from functions.domain.callers import Caller, Role
from functions.domain.errors import Unavailable
from functions.domain.key_list import parse_key_list
from functions.wiring import Wiring


def sha256(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


ONE, TWO, THREE = (
    f"{name}:{role}:{sha256(name)}" for name, role in (("a", "admin"), ("b", "uploader"), ("c", "uploader"))
)
UNPRIVILEGED = 65_534
"""A user without permissions."""


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "mounted" / "keys"
    path.parent.mkdir()
    path.write_text(f"{ONE}\n{TWO}\n")
    return path


@pytest.fixture
def file(path: Path, clock: Clock) -> KeyFile:
    """A key file whose keys were read once."""
    file = KeyFile(path, clock=clock)
    assert names(file) == ["a", "b"]
    return file


def names(file: KeyFile) -> list[str]:
    return [each.caller.name for each in file.keys()]  # noqa: SIM118 - not a dictionary


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each.getMessage() for each in caplog.records if each.levelno >= logging.ERROR]


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
def missing(path: Path) -> Iterator[None]:
    path.rename(path.with_name("elsewhere"))
    yield
    path.with_name("elsewhere").rename(path)


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


MALFORMED = {
    "text": b"not a key",
    "too few parts": b"x:admin",
    "too many parts": f"x:admin:{'0' * 64}:".encode(),
    "an unknown role": f"x:owner:{'0' * 64}".encode(),
    "a key that was not hashed": b"x:admin:secret",
    "a hash of other length": f"x:admin:{'0' * 63}".encode(),
    "no name": f":admin:{'0' * 64}".encode(),
    "bytes that are not UTF-8": b"M\xfcller:admin:" + b"0" * 64,
    "zero bytes": b"\0" * 80,
}


@pytest.mark.parametrize("case", MALFORMED)
def test_a_malformed_line_disables_only_itself(
    case: str, file: KeyFile, path: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    path.write_bytes(b"\n".join([ONE.encode(), MALFORMED[case], THREE.encode()]))
    clock.now += FRESH
    assert names(file) == ["a", "c"]
    assert errors(caplog) == [
        f"{path}: an entry on line 2 is not NAME:ROLE:SHA256 and is ignored. The other keys are valid."
    ]


def test_a_malformed_line_is_logged_once_for_each_change(
    file: KeyFile, path: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    def read_keys_for_an_hour() -> None:
        for _ in range(60):
            clock.now += FRESH
            names(file)

    for count, text in enumerate((f"x\n{ONE}", f"{ONE}\nx\ny,{TWO}", f"{ONE}\nx\ny,{THREE}"), 1):
        path.write_text(text)
        read_keys_for_an_hour()
        assert len(errors(caplog)) == count
    assert "an entry on lines 2, 3 is not" in caplog.text
    path.write_text(ONE)
    read_keys_for_an_hour()
    path.write_text("\n".join(["x"] * 5000 + [ONE]))
    read_keys_for_an_hour()
    assert "lines 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 4990 more" in errors(caplog)[-1]
    assert len(errors(caplog)) == 4


@pytest.mark.parametrize("text", ["", "\n", "# NAME:ROLE:SHA256\n", "\ufeff"])
def test_a_list_without_entries_revokes_all_keys(text: str, file: KeyFile, path: Path, clock: Clock) -> None:
    path.write_text(text)
    clock.now += FRESH
    assert names(file) == []


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


def test_of_two_entries_with_one_key_the_first_counts(
    file: KeyFile, path: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    path.write_text(f"{ONE}\n{TWO}\nc:admin:{sha256('b').upper()}\n")
    clock.now += FRESH
    assert [each.caller for each in file.keys()] == [Caller("a", Role.ADMIN), Caller("b", Role.UPLOADER)]  # noqa: SIM118
    assert f"{path}: the entry on line 3 repeats the SHA-256 of an earlier entry and is ignored." in caplog.text


def test_a_name_can_have_two_keys(path: Path, clock: Clock) -> None:
    """Then a key can be replaced while both keys are valid."""
    path.write_text(f"a:admin:{sha256('old')}\na:admin:{sha256('new')}\n")
    assert names(KeyFile(path, clock=clock)) == ["a", "a"]


@pytest.mark.parametrize("encoded", [f"\ufeff{ONE}".encode(), f"{ONE}\r\n".encode(), f"{ONE}\r".encode()])
def test_characters_that_editors_add_do_not_change_a_key(encoded: bytes) -> None:
    assert parse_key_list(encoded) == parse_key_list(ONE.encode())


class TestKeysOfTheSettingsAndTheFile:
    def settings(self, path: Path) -> Settings:
        return Settings.from_env({"API_KEYS": ONE, "API_KEYS_FILE": str(path)})

    def test_keys_of_both_are_valid(self, path: Path) -> None:
        path.write_text(TWO)
        parts = Wiring(self.settings(path))
        found = [parts.key_holder(sha256(each)) for each in "abc"]
        assert found == [Caller("a", Role.ADMIN), Caller("b", Role.UPLOADER), None]

    def test_keys_of_the_settings_need_no_file(self, path: Path) -> None:
        parts = Wiring(self.settings(path))
        with missing(path):
            assert parts.key_holder(sha256("a")) == Caller("a", Role.ADMIN)
            for other in "bc":
                with pytest.raises(Unavailable):
                    parts.key_holder(sha256(other))


def test_a_key_that_was_not_hashed_is_refused_and_not_repeated() -> None:
    with pytest.raises(SettingsError) as refusal:
        parse_keys(f"{ONE},me:admin:my-secret-password", "API_KEYS")
    assert "API_KEYS has an entry that is not NAME:ROLE:SHA256" in str(refusal.value)
    assert "my-secret-password" not in str(refusal.value)


def test_the_setting_names_the_file() -> None:
    assert Settings.from_env({"API_KEYS_FILE": "/secrets/api-keys"}).keys_file == Path("/secrets/api-keys")
    assert Settings.from_env({}).keys_file is None
