"""Drops of every kind: the images they become, the refusals, and what stays in the dropbox."""

from dataclasses import replace
from functools import cache
from threading import Thread
from typing import Any, NoReturn

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from functions.domain import drops
from functions.domain.errors import DamagedImage, InvalidRequest
from functions.domain.limits import TICKET_LIMITS
from functions.domain.model import WRITABLE
from functions.domain.ports import Object
from functions.services import store
from tests.builders import NOON, NOON_ON_CAMERA
from tests.harness import ADMIN, ALICE, Service
from tests.photos import heic, jpeg, photo, png, truncated


@cache
def small() -> bytes:
    return jpeg(photo(60, 40))


NAMES = {
    "photo.jpg": (None, "photo.jpg"),
    "Ferien 2024/Süd see/Möwe 🐦.jpg": ("Ferien 2024/Süd see", "Möwe 🐦.jpg"),
    "no extension": (None, "no extension"),
    "../../etc/passwd": ("etc", "passwd"),
    "a/../b/./c.jpg": ("a/b", "c.jpg"),
    "/leading//double/x.jpg": ("leading/double", "x.jpg"),
    "windows\\folder\\x.jpg": ("windows/folder", "x.jpg"),
    "with\x07bell/tab\tname.jpg": ("with bell", "tab name.jpg"),
    " spaces / around .jpg ": ("spaces", "around .jpg"),
    "album/..": ("album", None),
    "tickets/not-a-ticket.jpg": ("tickets", "not-a-ticket.jpg"),
    f"tickets/{'a' * 32}": ("tickets", "a" * 32),
    "%2e%2e/%00.jpg": ("%2e%2e", "%00.jpg"),
    "x.html": (None, "x.html"),
}


@pytest.mark.parametrize("name", NAMES)
def test_the_folder_is_the_album_and_the_last_segment_the_name(service: Service, name: str) -> None:
    service.drop(name, small(), content_type="text/html")
    service.deliver()
    (entry,) = service.entries().values()
    assert (entry.description.album, entry.description.filename) == NAMES[name]
    assert entry.facts.format.content_type == "image/jpeg"
    assert entry.uploader == "dropbox"
    assert service.dropbox.list() == []
    service.check_agreement()


def test_metadata_have_priority_over_the_folder(service: Service) -> None:
    metadata = {"Caption": "Am Meer", "tags": "sea, sky", "taken_at": "2024:06:01 12:00:00.25+2:00", "album": "Own"}
    service.drop("folder/photo.jpg", small(), **metadata)
    service.deliver()
    (entry,) = service.entries().values()
    assert entry.description.caption == "Am Meer"
    assert entry.description.tags == ("sea", "sky")
    assert entry.description.album == "Own"
    assert entry.taken_at == NOON_ON_CAMERA
    assert entry.description.extra == {}


def test_other_metadata_are_kept_except_those_of_tools(service: Service) -> None:
    of_tools = {
        "mtime": "1717243200",
        "goog-reserved-file-mtime": "1",
        "md5chksum": "x",
        "s3cmd-attrs": "uid:0",
        "firebaseStorageDownloadTokens": "a token that gives access",
    }
    service.drop("photo.jpg", small(), Mood="sunny", copyright="Ann", **of_tools)
    service.deliver()
    (entry,) = service.entries().values()
    assert entry.description.extra == {"Mood": "sunny", "copyright": "Ann"}


def test_a_drop_of_a_stored_image_is_removed_and_changes_nothing(service: Service) -> None:
    stored = service.stored(small(), caption="first")
    service.drop("again/photo.jpg", small(), caption="second")
    service.deliver()
    assert service.details(stored["id"]) == stored
    assert service.dropbox.list() == []


REFUSED = {
    "zero bytes": (b"", {}, "empty_image"),
    "text": (b"hello" * 100, {}, "unsupported_format"),
    "damaged": (truncated(jpeg(photo(300, 200))), {}, "damaged_image"),
    "metadata too long": (jpeg(photo(20, 20)), {"caption": "x" * 2001}, "invalid_field"),
    "other metadata too long": (jpeg(photo(20, 20)), {"mood": "x" * 1501}, "invalid_field"),
    "a time that is not a time": (jpeg(photo(20, 20)), {"taken_at": "yesterday"}, "invalid_field"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_refused_drop_stays_with_the_reason_in_its_metadata(
    case: str, service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    data, metadata, code = REFUSED[case]
    service.drop("folder/Ünfug.jpg", data, **metadata)
    for event in service.pending_events() * 2:
        assert service.post(event).status_code == 200
    (drop,) = service.dropbox.list()
    assert drop.metadata["refused"] == code
    assert drop.metadata["refused-because"].endswith(".")
    assert all(drop.metadata[key] == value for key, value in metadata.items())
    assert drop.metageneration == 2, "the reason must be written once"
    assert [each.message for each in caplog.records if "Ünfug" in each.message and code in each.message]
    assert (service.originals.list(), service.entries()) == ([], {})


def test_the_reason_replaces_only_metadata_that_leave_no_room_for_it(service: Service) -> None:
    service.drop("photo.jpg", b"not an image", note="x" * 8_000, caption="At the sea")
    service.deliver()
    (drop,) = service.dropbox.list()
    assert set(drop.metadata) == {"refused", "refused-because", "refused-generation", "caption"}


def test_a_refused_drop_is_checked_again_after_it_is_renamed(service: Service) -> None:
    service.drop(f"{'x' * 256}.jpg", small(), caption="At the sea")
    service.deliver()
    (refused,) = service.dropbox.list()
    assert refused.metadata["refused"] == "invalid_filename"
    service.drop("x.jpg", small(), **refused.metadata)  # to rename an object, Cloud Storage copies it with its metadata
    service.deliver()
    (entry,) = service.entries().values()
    assert (entry.description.filename, entry.description.caption) == ("x.jpg", "At the sea")
    assert [each.name for each in service.dropbox.list()] == [refused.name]


def test_a_file_that_is_too_large_is_refused_without_being_read(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "functions.entrypoints.ingest_drop.TICKET_LIMITS", replace(TICKET_LIMITS, bytes=len(small()) - 1)
    )
    service.drop("photo.jpg", small())
    monkeypatch.setattr(service.dropbox, "read", None)
    service.install()
    service.deliver()
    (drop,) = service.dropbox.list()
    assert drop.metadata["refused"] == "image_too_large"


def test_the_folders_of_the_console_are_left_alone(service: Service) -> None:
    service.drop("Holiday/", b"", content_type="application/x-www-form-urlencoded;charset=UTF-8")
    service.deliver()
    (drop,) = service.dropbox.list()
    assert drop.metadata == {}


def test_a_drop_that_was_replaced_ends_as_its_newest_version(service: Service) -> None:
    first = service.drop("photo.jpg", small())
    service.dropbox.write(
        "photo.jpg", png(photo(30, 30)), content_type="image/png", metadata={}, if_generation=first.generation
    )
    service.deliver()
    assert [each.facts.format.name for each in service.entries().values()] == ["png"]
    assert service.dropbox.list() == []


def test_a_heic_drop_is_an_image_like_any_other(service: Service) -> None:
    service.drop("iPhone/IMG_0001.HEIC", heic(photo(64, 48)), content_type="application/octet-stream")
    service.deliver()
    (entry,) = service.entries().values()
    assert entry.facts.format.name == "heic"
    assert service.get(f"/fetch/{entry.id}").status_code == 302


def test_many_drops_with_repeated_events_are_ingested_once(service: Service) -> None:
    files = [png(photo(8 + number, 8, seed=number)) for number in range(60)]
    for number, data in enumerate(files):
        service.drop(f"album {number % 3}/{number}.png", data)
    events = service.pending_events()
    for event in [*events[::-1], *events, *events[::2]]:
        assert service.post(event).status_code == 200
    service.deliver()
    assert len(service.entries()) == 60
    assert service.dropbox.list() == []
    service.check_agreement()


def test_only_an_admin_can_delete_an_image_from_a_drop(service: Service) -> None:
    service.drop("photo.jpg", small())
    service.deliver()
    (image_id,) = service.entries()
    assert service.request("DELETE", f"/delete/{image_id}", key=ALICE).status_code == 403
    assert service.request("DELETE", f"/delete/{image_id}", key=ADMIN).status_code == 204


def test_a_ticket_accepts_one_file(service: Service) -> None:
    wanted = {"content_type": "image/jpeg", "bytes": len(small())}
    upload = service.request("POST", "/upload/tickets", key=ALICE, json=wanted).get_json()["upload"]
    path = upload["url"].removeprefix("http://localhost")
    answers = [service.request("PUT", path, data=small(), headers=upload["headers"]) for _ in range(2)]
    assert [each.status_code for each in answers] == [200, 409]


def test_metadata_of_a_file_with_a_ticket_are_refused(service: Service) -> None:
    """As by Cloud Storage, where they are not among the headers that were signed."""
    wanted = {"content_type": "image/jpeg", "bytes": len(small())}
    upload = service.request("POST", "/upload/tickets", key=ALICE, json=wanted).get_json()["upload"]
    headers = {**upload["headers"], "x-goog-meta-caption": "lost"}
    path = upload["url"].removeprefix("http://localhost")
    refused = service.request("PUT", path, data=small(), headers=headers)
    assert (refused.status_code, refused.get_json()["code"]) == (400, "wrong_upload")
    assert service.dropbox.list() == []


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(name=st.text(min_size=1, max_size=400), metadata=st.dictionaries(st.text(max_size=20), st.text(max_size=80)))
def test_any_name_gives_a_description_or_a_clear_refusal(name: str, metadata: dict[str, str]) -> None:
    drop = Object(name, 1, 1, 1, "image/jpeg", NOON, metadata)
    try:
        description = drops.describe(drop)
    except InvalidRequest:
        return
    for field in (WRITABLE["album"], WRITABLE["filename"]):
        text = getattr(description, field.name) or ""
        assert field.kind.max_bytes is not None
        assert len(text.encode()) <= field.kind.max_bytes
    assert description.filename is None or "/" not in description.filename
    assert description.album is None or not {"", ".", ".."} & set(description.album.split("/"))


def put(service: Service, data: bytes, **headers: str) -> TestResponse:
    return service.request("PUT", "/dropbox/album/photo.jpg", key=ALICE, data=data, headers=headers)


def test_the_metadata_of_a_local_drop_are_in_headers(service: Service) -> None:
    headers = {"x-goog-meta-taken-at": "2024-06-01T12:00:00.5+2:00", "x-goog-meta-at-home": "yes"}
    assert put(service, small(), **headers).status_code == 200
    (entry,) = service.entries().values()
    assert (entry.taken_at, entry.description.extra) == (NOON_ON_CAMERA, {"at-home": "yes"})


def test_a_local_drop_whose_event_arrives_meanwhile_is_examined_once(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    examined: list[int] = []
    answers: list[int] = []
    event = Thread(target=lambda: answers.extend(service.post(each).status_code for each in service.pending_events()))

    def refuse(data: bytes, *_: Any, **__: Any) -> NoReturn:
        examined.append(len(data))
        if len(examined) == 1:
            event.start()
            event.join(0.5)  # it waits for its turn
        raise DamagedImage

    monkeypatch.setattr(store, "examine", refuse)
    response = put(service, small())
    event.join()
    assert (response.status_code, response.get_json()["code"]) == (422, "damaged_image")
    assert (answers, examined) == ([200], [len(small())])


def test_a_local_drop_has_the_bounds_of_cloud_storage(service: Service) -> None:
    headers = {"x-goog-meta-caption": "x" * 8_200}
    for name, metadata in (("a" * 1_025, {}), ("é" * 513, {}), ("photo.jpg", headers)):
        refused = service.request("PUT", f"/dropbox/{name}", key=ALICE, data=small(), headers=metadata)
        assert (refused.status_code, refused.get_json()["code"]) == (400, "invalid_request")
    assert service.dropbox.list() == []
