"""Keys that come and go while the service runs."""

import hashlib
from pathlib import Path

import pytest

from functions.adapters.key_file import FRESH, KeyFile
from functions.config import Settings, SettingsError, parse_keys
from functions.domain.errors import Unavailable

ONE, TWO = (
    f"{name}:{role}:{hashlib.sha256(name.encode()).hexdigest()}" for name, role in (("a", "admin"), ("b", "uploader"))
)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def names(file: KeyFile) -> list[str]:
    return [each.caller.name for each in file.keys()]  # noqa: SIM118 - no dictionary


def test_keys_come_and_go_within_a_minute(tmp_path: Path) -> None:
    path, clock = tmp_path / "keys", Clock()
    path.write_text(f"# NAME:ROLE:SHA256\n\n{ONE}  # the owner\n{TWO}\n")
    file = KeyFile(path, clock=clock)
    assert names(file) == ["a", "b"]
    path.write_text(TWO)
    clock.now += FRESH - 1
    assert names(file) == ["a", "b"]
    clock.now += 1
    assert names(file) == ["b"]


@pytest.mark.parametrize("damage", [lambda path: path.unlink(), lambda path: path.write_bytes(b"\xff:admin:x")])
def test_the_last_keys_hold_while_the_file_makes_no_sense(damage: object, tmp_path: Path) -> None:
    path, clock = tmp_path / "keys", Clock()
    path.write_text(ONE)
    file = KeyFile(path, clock=clock)
    assert names(file) == ["a"]
    damage(path)  # type: ignore[operator]
    clock.now += FRESH
    assert names(file) == ["a"]
    path.write_text(TWO)
    clock.now += FRESH
    assert names(file) == ["b"]


def test_without_any_keys_the_service_is_not_open_but_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="API keys"):
        KeyFile(tmp_path / "none").keys()


def test_a_key_that_nobody_hashed_is_refused_and_not_repeated() -> None:
    with pytest.raises(SettingsError) as refusal:
        parse_keys("me:admin:my-secret-password", "API_KEYS")
    assert "NAME:ROLE:SHA256" in str(refusal.value)
    assert "my-secret-password" not in str(refusal.value)


def test_the_setting_names_the_file() -> None:
    assert Settings.from_env({"API_KEYS_FILE": "/secrets/api-keys"}).keys_file == Path("/secrets/api-keys")
    assert Settings.from_env({}).keys_file is None
