"""`reindex` rebuilds a lost catalog as it was."""

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any, cast

import numpy as np
import pytest
from PIL import ExifTags

from functions.domain.errors import Unavailable
from functions.domain.ids import image_id
from functions.domain.model import RenditionState
from functions.domain.renditions import GENERATION
from functions.services.repair.reindex import Outcome, reindex
from tests.faults import Fault
from tests.harness import ALICE, BOB, Service
from tests.photos import (
    PNG_SIGNATURE,
    animated,
    avif,
    exif_bytes,
    gif,
    heic,
    jpeg,
    photo,
    png,
    png_chunk,
    png_deep,
    webp,
)
from tests.repairs import (
    add_twin,
    change_metadata,
    empty_catalog,
    forget_events,
    keep_old_form,
    leave_pending,
    put_invalid_object_first,
    remove_all,
    rewrite_object,
    run_reindex,
    state,
    store,
    stores_of,
)

EXIF = exif_bytes(taken_at=datetime(2023, 5, 1, tzinfo=UTC), camera=("NIKON", "D90"), gps=(48.1, 11.5), orientation=6)

FILES: dict[str, Callable[[], bytes]] = {
    "photo.jpg": lambda: jpeg(photo(800, 600), exif=EXIF),
    "deep.png": lambda: png_deep(np.arange(60 * 40 * 3, dtype=np.uint16).reshape(40, 60, 3) * 9),
    "still.webp": lambda: webp(photo(90, 60, seed=2), exif=EXIF),
    "still.avif": lambda: avif(photo(300, 200, seed=3)),
    "phone.heic": lambda: heic(photo(400, 300, seed=4)),
    "moving.gif": gif,
    "moving.png": lambda: animated("PNG", [photo(120, 80, seed) for seed in range(4, 7)]),
    "moving.webp": lambda: animated("WEBP", [photo(100, 80, seed) for seed in range(3)]),
    "moving.avif": lambda: animated("AVIF", [photo(128, 64, seed) for seed in range(3)]),
}


@cache
def file(name: str) -> bytes:
    return FILES[name]()


def fill(service: Service) -> None:
    """Store images of every format and kind, of two uploaders, with all fields. One image cannot be rendered."""
    for number, name in enumerate(FILES):
        fields = {"caption": f"Nr. {number}: „Über den Wolken“ 🏔", "tags": f"all,ünï,{number % 3}", "album": "a/b"}
        key = BOB if number % 3 == 0 else ALICE
        fields |= {"taken_at": "2020-01-02T03:04:05+02:00", "weather": "fine"} if number % 2 else {}
        assert service.upload(file(name), name, key=key, **fields).status_code == 201
        assert service.upload(file(name), name).status_code == 200, "a duplicate"
    store(service)
    put_image_that_cannot_be_rendered(service)
    service.deliver()
    for entry in list(service.entries().values())[:4]:
        changes = {"caption": "changed", "tags": ["new"], "album": None}
        assert service.request("PATCH", f"/update/{entry.id}", key="admin-key", json=changes).status_code == 200


def put_image_that_cannot_be_rendered(service: Service) -> None:
    """Write an original that an older release accepted, and that the decoder of a newer one refuses."""
    chunks = [(b"IHDR", (9).to_bytes(4) * 2 + b"\x08\x02\0\0\0"), (b"IDAT", b"not packed"), (b"IEND", b"")]
    data = PNG_SIGNATURE + b"".join(png_chunk(*each) for each in chunks)
    pixels = hashlib.sha512(data)
    metadata = {"sha256": hashlib.sha256(data).hexdigest(), "fingerprint": pixels.hexdigest(), "uploader": "alice"}
    service.originals.write(f"{image_id(pixels.digest())}.png", data, content_type="image/png", metadata=metadata)


def answers(service: Service) -> dict[str, object]:
    """The responses of list, fetch and random, with and without a key."""
    service.install()  # otherwise the bags of the draws would still have entries of the old catalog
    paths = ["/list?limit=100", "/list?limit=3", "/list?order=oldest", "/list?order=taken", "/list?order=-taken"]
    paths += ["/list?tag=%C3%BCn%C3%AF", "/list?album=a/b", "/list?uploader=bob", "/list?format=heic"]
    paths += [f"/fetch/{each}{path}" for each in service.entries() for path in ("", "/details", "/thumbnail")]
    found: dict[str, object] = {}
    for path in paths:
        for key in (None, ALICE):
            response = service.get(path, key=key)
            found[f"{path} {key}"] = (response.status_code, response.data, response.headers.get("Location"))
    drawn = service.get("/random?count=32").get_json()["images"]
    found["several"] = sorted(json.dumps(each) for each in drawn)
    found["draws"] = sorted(service.get("/random").data for _ in service.entries())
    return found


def test_all_responses_are_the_same_byte_for_byte(service: Service) -> None:
    fill(service)
    states = {each.renditions.state for each in service.entries().values()}
    assert states == {RenditionState.READY, RenditionState.FAILED}
    entries, before = service.entries(), answers(service)
    empty_catalog(service)
    fault = Fault()
    steps = run_reindex(service, fault)
    assert {each.outcome for each in steps} == {Outcome.MADE}
    assert service.entries() == entries
    assert answers(service) == before
    assert sum(each.endswith("Bucket.write") for each in fault.calls) == 0, (
        "no existing rendition must be written again"
    )
    assert {each.outcome for each in run_reindex(service)} == {Outcome.AGREES}


def test_all_responses_are_the_same_if_the_renditions_were_lost_too(service: Service) -> None:
    fill(service)
    before = answers(service)
    empty_catalog(service)
    remove_all(service.renditions)
    run_reindex(service, threads=8)
    assert answers(service) == before


def test_renditions_of_an_older_release_without_metadata_are_created_again(service: Service) -> None:
    store(service)
    before = answers(service)
    for each in service.renditions.list():
        service.renditions.set_metadata(each, {GENERATION: each.metadata[GENERATION]})
    faults = Fault(), Fault()
    for fault in faults:
        empty_catalog(service)
        run_reindex(service, fault)
        assert answers(service) == before
    writes = [sum(call.endswith("Bucket.write") for call in fault.calls) for fault in faults]
    assert writes[0] > 0 == writes[1], "the second run must find the metadata"


@pytest.mark.parametrize("harm", [rewrite_object, change_metadata, leave_pending, keep_old_form])
def test_only_an_image_that_disagrees_is_changed(service: Service, harm: Callable[[Service], None]) -> None:
    store(service)
    harm(service)
    forget_events(service)
    sound = service.stored(jpeg(photo(64, 48)))["id"]
    before = service.catalog.get(sound)
    outcomes = {each.id: each.outcome for each in run_reindex(service)}
    assert outcomes.pop(sound) is Outcome.AGREES
    assert list(outcomes.values()) == [Outcome.MADE]
    after = service.catalog.get(sound)
    assert before
    assert after
    assert after.version == before.version
    service.deliver()
    service.check_agreement()


def test_an_entry_of_an_older_release_gets_the_clock_of_its_photo_and_loses_nothing(service: Service) -> None:
    tags: dict[int, str] = {
        ExifTags.Base.DateTimeOriginal: "2021:07:04 10:30:00",
        ExifTags.Base.OffsetTimeOriginal: "+02:00",
    }
    image = service.stored(jpeg(photo(80, 60), exif=exif_bytes(tags=tags)), caption="Noon", tags="sea", mood="sunny")
    keep_old_form(service)
    before = service.get(f"/fetch/{image['id']}/details").get_json()
    assert before["taken_at"] == "2021-07-04T08:30:00+00:00"
    changes = {"caption": "Changed"}
    changed = service.request("PATCH", f"/update/{image['id']}", key=ALICE, json=changes).get_json()
    assert changed["caption"] == "Changed"
    assert [each.outcome for each in run_reindex(service)] == [Outcome.MADE], "an update does not hide the older form"
    after = service.get(f"/fetch/{image['id']}/details").get_json()
    assert after == {**before, **changes, "taken_at": "2021-07-04T10:30:00+02:00"}
    assert [each.outcome for each in run_reindex(service)] == [Outcome.AGREES]


def test_a_time_that_an_uploader_sent_to_an_older_release_is_kept(service: Service) -> None:
    image = service.stored(jpeg(photo(80, 60)))
    (original,) = service.originals.list()
    older = {**original.metadata, "taken_at": "2024-06-01T10:00:00.123456+00:00"}
    service.originals.set_metadata(original, older)
    run_reindex(service)
    assert service.get(f"/fetch/{image['id']}/details").get_json()["taken_at"] == "2024-06-01T10:00:00+00:00"
    service.request("PATCH", f"/update/{image['id']}", key=ALICE, json={"caption": "Changed"})
    (original,) = service.originals.list()
    assert original.metadata["taken_at"] == older["taken_at"]


def test_a_dry_run_reports_the_entries_to_create_and_writes_nothing(service: Service) -> None:
    fill(service)
    empty_catalog(service)
    before = state(service)
    fault = Fault()
    steps = run_reindex(service, fault, dry_run=True)
    assert [each.outcome for each in steps] == [Outcome.MADE] * (len(FILES) + 2)
    assert state(service) == before
    assert len(fault.calls) == 2, "the calls must be a list and a query"


def test_invalid_objects_are_reported_and_do_not_stop_a_reindex(service: Service) -> None:
    store(service)
    empty_catalog(service)
    service.originals.write(f"{'a' * 26}.jpg", b"not an image", content_type="image/jpeg")
    service.originals.write(f"{'b' * 26}.jpg", png(photo(20, 20)), content_type="image/jpeg")
    service.originals.write("beach.jpg", b"", content_type="image/jpeg")
    outcomes = {each.name: (each.outcome, each.detail) for each in run_reindex(service)}
    assert outcomes[f"{'a' * 26}.jpg"][0] is outcomes[f"{'b' * 26}.jpg"][0] is Outcome.REFUSED
    assert "format is png" in outcomes[f"{'b' * 26}.jpg"][1]
    assert outcomes["beach.jpg"][0] is Outcome.FOREIGN
    assert len(service.entries()) == 1


class Unreachable:
    """A port of which one method raises `Unavailable` after a number of calls."""

    def __init__(self, port: object, method: str, calls: int = 0) -> None:
        self._port = port
        self._method = method
        self._left = calls

    def __getattr__(self, name: str) -> Any:
        if name == self._method:
            self._left -= 1
            if self._left < 0:
                raise Unavailable
        return getattr(self._port, name)


def many(service: Service) -> None:
    for number in range(40):
        service.upload(jpeg(photo(20 + number, 20)))
    empty_catalog(service)


def test_objects_whose_bytes_are_lost_are_reported_and_do_not_stop_a_reindex(service: Service) -> None:
    many(service)
    stores = stores_of(service)
    stores = stores._replace(originals=cast("Any", Unreachable(stores.originals, "read")))
    assert [each.outcome for each in reindex(stores)] == [Outcome.FAILED] * 40


def test_a_reindex_ends_soon_if_the_backend_is_unavailable(service: Service) -> None:
    """Each call waits for 20 seconds, so that a thousand calls would take hours."""
    many(service)
    stores = stores_of(service)
    catalog = Unreachable(Unreachable(stores.catalog, "get"), "page", calls=1)
    steps = reindex(stores._replace(catalog=cast("Any", catalog)))
    assert [next(steps).outcome for _ in range(16)] == [Outcome.FAILED] * 16
    with pytest.raises(Unavailable):
        next(steps)


def test_of_twins_the_one_with_the_renditions_stays_the_original(service: Service) -> None:
    store(service)
    before = service.entries()
    add_twin(service)
    empty_catalog(service)
    assert sorted(each.outcome for each in run_reindex(service)) == [Outcome.MADE, Outcome.TWIN]
    assert service.entries() == before


def test_an_image_gets_its_entry_although_an_invalid_object_precedes_it(service: Service) -> None:
    store(service)
    (before,) = service.entries().values()
    empty_catalog(service)
    put_invalid_object_first(service)
    steps = run_reindex(service)
    assert [(each.name[-4:], each.outcome) for each in steps] == [(".jpg", Outcome.REFUSED), (".png", Outcome.MADE)]
    (after,) = service.entries().values()
    assert after.facts == before.facts


def test_a_reindex_can_continue_where_it_was_stopped(service: Service) -> None:
    for number in range(9):
        service.upload(jpeg(photo(64 + number, 48)))
    service.deliver()
    before = service.entries()
    empty_catalog(service)
    steps = reindex(stores_of(service), threads=1)
    stopped = [next(steps).id for _ in range(4)]
    steps.close()
    done = len(service.entries())
    assert 4 <= done <= 9
    rest = run_reindex(service, after=stopped[-1])
    assert [each.id for each in rest] == sorted(before)[4:]
    assert service.entries() == before
