"""The ids of one file of each kind. Images that are stored already keep their ids, so these never change."""

import json
from pathlib import Path
from typing import Final

import pytest

from functions.domain.errors import DamagedImage
from functions.domain.ids import image_id
from functions.domain.limits import HTTP_LIMITS
from functions.imaging import gate
from functions.imaging.fingerprint import fingerprint

HERE = Path(__file__).parent
FILES: Final = {
    str(path.relative_to(HERE)): path
    for folder in ("heic", "made", "real")
    for path in sorted((HERE / folder).iterdir())
    if path.suffix not in (".md", ".txt")
}
DAMAGED: Final = {"heic/corrupted.heic", "heic/truncated.heic"}
IDS: Final[dict[str, str]] = json.loads((HERE / "golden_ids.json").read_text())


def id_of(path: Path) -> str:
    data = path.read_bytes()
    return image_id(bytes.fromhex(fingerprint(data, gate.check(data, HTTP_LIMITS))))


@pytest.mark.parametrize("name", IDS)
def test_the_id_of_a_file_never_changes(name: str) -> None:
    assert id_of(FILES[name]) == IDS[name]


def test_every_file_that_is_not_damaged_has_its_id_here() -> None:
    assert FILES.keys() - IDS.keys() == DAMAGED


@pytest.mark.parametrize("name", sorted(DAMAGED))
def test_a_damaged_file_has_none(name: str) -> None:
    with pytest.raises(DamagedImage):
        id_of(FILES[name])
