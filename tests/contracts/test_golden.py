"""Stored documents, object metadata and API answers stay what earlier releases wrote, byte for byte.

The files in `golden/` were written before each field was declared in one place. They never change. A later release may
add members, and must still read what an earlier release stored.
"""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import pytest

from functions.adapters.catalog_document import to_document
from functions.adapters.embedded.catalog import SqliteCatalog
from functions.adapters.embedded.tickets import SqliteTickets
from functions.adapters.gcp.firestore import to_fields
from functions.adapters.ticket_document import to_document as to_ticket_document
from functions.domain.callers import Caller, Role
from functions.domain.formats import HEIC
from functions.domain.metadata import Provenance, description_of, provenance_of, to_metadata
from functions.domain.model import Description, Image, Rendition, Renditions, RenditionState
from functions.domain.ports import Object
from functions.domain.tickets import Outcome, Ticket, TicketState
from functions.domain.wall_time import WallTime, parse
from functions.web.image_json import Urls, details_object, facts_object, image_object
from functions.web.responses import json_response
from tests.builders import NOON, NOON_ON_CAMERA, entry

GOLDEN: Final = Path(__file__).with_name("golden")
URLS: Final = Urls("https://api.example", "https://cdn.example")
ALICE: Final = Caller("alice", Role.UPLOADER)

FULL: Final = entry(
    filename="Größe 1.heic",
    caption='Am "Meer"\nbei Nacht \\ 🌅',
    tags=("sea", "été", '"quoted"'),
    album="2024/Ångström",
    taken_at=NOON_ON_CAMERA,
    extra={"mood": "sunny", "": "no name", "__x__": '["1", "2"]'},
    format=HEIC,
    frames=3,
    exif_taken_at=parse("2024-05-31T12:00:00.123456"),
    exif={"camera": "NIKON D90", "gps": {"latitude": 48.1, "longitude": 11.5}, "exposure": [1, 250], "flash": None},
    uploader="alice",
    metageneration=7,
    placeholder="data:image/webp;base64,UklGRg==",
    renditions=Renditions(
        RenditionState.READY, (Rendition("160", 160, 120, 4000), Rendition("full", 1600, 1200, 90_000))
    ),
)
BARE: Final = entry(2)
FAILED: Final = replace(BARE, renditions=Renditions(RenditionState.FAILED, reason="The file is truncated."))
EMPTY: Final = Description(filename="", caption="", tags=("",), album="")
PROVENANCE: Final = Provenance("alice", NOON, "upload-1", FULL.facts.sha256, FULL.facts.fingerprint)
TICKET: Final = Ticket("t" * 32, "alice", "image/heic", 1234, FULL.description, NOON)
REFUSED: Final = replace(
    TICKET,
    description=Description(),
    outcome=Outcome(TicketState.REFUSED, problem={"status": 422, "code": "damaged_image", "detail": "Bäh."}),
)


def in_catalog(image: Image) -> bytes:
    """The document of an entry in SQLite."""
    with TemporaryDirectory() as folder, closing(SqliteCatalog(Path(folder) / "catalog.db")) as catalog:
        catalog.create(image)
        return column(Path(folder) / "catalog.db", "images")


def in_tickets(ticket: Ticket) -> bytes:
    """The document of a ticket in SQLite."""
    with TemporaryDirectory() as folder, closing(SqliteTickets(Path(folder) / "tickets.db")) as tickets:
        tickets.create(replace(ticket, expires_at=NOON.replace(year=9000)))
        return column(Path(folder) / "tickets.db", "tickets")


def column(path: Path, table: str) -> bytes:
    with closing(sqlite3.connect(path)) as connection:
        (document,) = connection.execute(f"SELECT document FROM {table}").fetchone()  # noqa: S608 - ours
    return str(document).encode()


def as_fields(document: dict[str, object]) -> bytes:
    """The fields of a document that Firestore gets, with times as text."""
    return json.dumps(to_fields(document), default=str, indent=1).encode()


def as_metadata(provenance: Provenance, description: Description) -> bytes:
    return json.dumps(to_metadata(provenance, description), indent=1, ensure_ascii=False).encode()


def as_answer(value: dict[str, object]) -> bytes:
    return bytes(json_response(value).get_data())


FORMS: Final[dict[str, Callable[[], bytes]]] = {
    "catalog-full": lambda: in_catalog(FULL),
    "catalog-bare": lambda: in_catalog(BARE),
    "catalog-failed": lambda: in_catalog(FAILED),
    "firestore-full": lambda: as_fields(to_document(FULL)),
    "firestore-bare": lambda: as_fields(to_document(BARE)),
    "firestore-ticket": lambda: as_fields(to_ticket_document(TICKET)),
    "ticket-full": lambda: in_tickets(TICKET),
    "ticket-refused": lambda: in_tickets(REFUSED),
    "metadata-full": lambda: as_metadata(PROVENANCE, FULL.description),
    "metadata-bare": lambda: as_metadata(PROVENANCE, Description()),
    "metadata-empty": lambda: as_metadata(Provenance("", NOON, "", "", ""), EMPTY),
    "image-full": lambda: as_answer(image_object(FULL, URLS)),
    "image-pending": lambda: as_answer(image_object(BARE, URLS)),
    "image-failed": lambda: as_answer(image_object(FAILED, URLS)),
    "details-keyless": lambda: as_answer(details_object(FULL, URLS, None)),
    "details-with-key": lambda: as_answer(details_object(FULL, URLS, ALICE)),
    "inspect-full": lambda: as_answer(facts_object(FULL.facts)),
    "inspect-bare": lambda: as_answer(facts_object(BARE.facts)),
}


STYLES: Final[dict[str, dict[str, Any]]] = {
    "catalog": {"separators": (",", ":")},
    "ticket": {},
    "firestore": {"indent": 1},
    "metadata": {"indent": 1, "ensure_ascii": False},
    "image": {"ensure_ascii": False},
    "details": {"ensure_ascii": False},
    "inspect": {"ensure_ascii": False},
}
"""The options of `json.dumps` for each form."""


@pytest.mark.parametrize("form", FORMS)
def test_a_form_is_what_earlier_releases_wrote(form: str) -> None:
    kind = form.partition("-")[0]
    known = {name for each in GOLDEN.glob(f"{kind}-*.json") for name in json.loads(each.read_bytes())}
    written = FORMS[form]()
    members = json.loads(written)
    assert json.dumps(members, **STYLES[kind]).encode() == written
    members = {name: value for name, value in members.items() if name in known}
    assert json.dumps(members, **STYLES[kind]).encode() == (GOLDEN / f"{form}.json").read_bytes()


def test_every_golden_file_is_compared() -> None:
    assert {each.stem for each in GOLDEN.iterdir()} == set(FORMS)


@pytest.mark.parametrize(
    ("form", "image"), [("catalog-full", FULL), ("catalog-bare", BARE), ("catalog-failed", FAILED)]
)
def test_a_document_of_an_earlier_release_is_read(form: str, image: Image, tmp_path: Path) -> None:
    path = tmp_path / "catalog.db"
    with closing(SqliteCatalog(path)) as catalog:
        catalog.create(replace(entry(), id=image.id))
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("UPDATE images SET document = ?", ((GOLDEN / f"{form}.json").read_text(),))
        assert catalog.get(image.id) == image


def test_metadata_of_an_earlier_release_are_read() -> None:
    metadata = json.loads((GOLDEN / "metadata-full.json").read_text())
    source = Object(FULL.object_name, 1, 1, 1, "image/heic", NOON, metadata)
    assert (provenance_of(source), description_of(source)) == (PROVENANCE, FULL.description)


def test_a_time_in_metadata_of_form_1_is_read_with_its_offset_zero() -> None:
    metadata = {"taken_at": "2024-06-01T12:00:00.123456+00:00"}
    source = Object(FULL.object_name, 1, 1, 1, "image/heic", NOON, metadata)
    assert description_of(source).taken_at == WallTime.of(NOON)
    assert to_metadata(PROVENANCE, description_of(source))["taken_at"] == metadata["taken_at"]
