"""The entries of a key file and of API_KEYS, some of which are malformed."""

from pathlib import Path

import pytest

from functions.adapters.key_file import FRESH, KeyFile
from functions.config import Settings, SettingsError, parse_keys
from functions.domain.callers import Caller, Role
from functions.domain.errors import Unavailable
from functions.domain.key_list import parse_key_list
from functions.wiring import Wiring
from tests.services.keys.key_files import ONE, THREE, TWO, Clock, errors, missing, names, sha256

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
