"""The cost of each operation: its calls to ports."""

from collections import Counter
from functools import cache

import pytest

from tests.faults import Fault, faulty
from tests.harness import ALICE, Service
from tests.photos import jpeg, photo

Calls = Counter[str]


@cache
def a_photo() -> bytes:
    return jpeg(photo(320, 200))


class Meter:
    """Counts the calls to each port of a service."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.faults = {name: Fault() for name in service.ports}

    def calls(self) -> dict[str, int]:
        """The calls since the previous result, such as {"catalog.get": 1}."""
        counted: Calls = Counter()
        for name, fault in self.faults.items():
            counted.update(f"{name}.{call.rpartition('.')[2]}" for call in fault.calls)
            fault.calls.clear()
        return dict(counted)


@pytest.fixture
def meter(service: Service) -> Meter:
    meter = Meter(service)
    service.install(**{name: faulty(port, meter.faults[name]) for name, port in service.ports.items()})
    return meter


def test_a_new_upload_makes_five_calls(meter: Meter) -> None:
    """The final `stat` checks that the object was not deleted meanwhile, so that its entry must be removed."""
    meter.service.upload(a_photo())
    assert meter.calls() == {
        "catalog.find_by_sha256": 1,
        "catalog.get": 1,
        "originals.write": 1,
        "catalog.create": 1,
        "originals.stat": 1,
    }


def test_an_exact_duplicate_makes_a_query_and_a_stat(meter: Meter) -> None:
    """One query, and a `stat` that the object still exists: otherwise a running deletion would lose the upload."""
    meter.service.upload(a_photo())
    meter.calls()
    meter.service.upload(a_photo())
    assert meter.calls() == {"catalog.find_by_sha256": 1, "originals.stat": 1}


def test_a_duplicate_that_fills_a_field_makes_four_calls(meter: Meter) -> None:
    meter.service.upload(a_photo())
    meter.calls()
    meter.service.upload(a_photo(), caption="At the sea")
    assert meter.calls() == {
        "catalog.find_by_sha256": 1,
        "originals.stat": 1,
        "originals.set_metadata": 1,
        "catalog.replace": 1,
    }


def test_thumbnails_are_made_with_one_read_of_the_original(meter: Meter) -> None:
    meter.service.upload(a_photo())
    meter.calls()
    meter.service.deliver()
    assert meter.calls() == {
        "originals.stat": 1,
        "originals.read": 1,
        "catalog.get": 1,
        "renditions.write": 2,
        "catalog.replace": 1,
    }


def test_each_request_for_an_image_reads_its_entry_once(meter: Meter) -> None:
    url = f"/fetch/{meter.service.stored(a_photo())['id']}"
    meter.calls()
    etag = meter.service.get(url).headers["ETag"]
    assert meter.calls() == {"catalog.get": 1, "originals.read": 1}
    meter.service.get(url, headers={"If-None-Match": etag})
    assert meter.calls() == {"catalog.get": 1}
    meter.service.get(f"{url}/details")
    assert meter.calls() == {"catalog.get": 1}
    meter.service.get(f"{url}/thumbnail")
    assert meter.calls() == {"catalog.get": 1}


def test_a_page_is_one_query(meter: Meter) -> None:
    meter.service.get("/list?limit=5")
    assert meter.calls() == {"catalog.page": 1}


def test_several_draws_share_a_query(meter: Meter) -> None:
    for number in range(3):
        meter.service.upload(jpeg(photo(60 + number, 40)))
    meter.calls()
    for _ in range(99):
        meter.service.get("/random")
    assert meter.calls() == {
        "catalog.page": 2 * 33
    }  # a draw from so few images reads from a random id to the end, and then from the start


def test_an_update_makes_four_calls(meter: Meter) -> None:
    image_id = meter.service.stored(a_photo())["id"]
    meter.calls()
    meter.service.request("PATCH", f"/update/{image_id}", key=ALICE, json={"caption": "x"})
    assert meter.calls() == {
        "catalog.get": 1,
        "originals.stat": 1,
        "originals.set_metadata": 1,
        "catalog.replace": 1,
    }


def test_a_deletion_makes_a_call_for_each_object_and_lists_the_renditions(meter: Meter) -> None:
    image_id = meter.service.stored(a_photo())["id"]
    meter.calls()
    meter.service.request("DELETE", f"/delete/{image_id}", key=ALICE)
    assert meter.calls() == {
        "catalog.get": 1,
        "originals.delete": 1,
        "catalog.delete": 1,
        "renditions.list": 2,
        "renditions.delete": 2,
    }


def test_a_drop_makes_the_calls_of_an_upload_and_three_to_the_dropbox(meter: Meter) -> None:
    """The calls of an upload, and those that stat, read and remove the drop."""
    meter.service.drop("holiday/photo.jpg", a_photo())
    for event in meter.service.pending_events():
        meter.service.post(event)
    assert meter.calls() == {
        "dropbox.stat": 1,
        "dropbox.read": 1,
        "catalog.find_by_sha256": 1,
        "catalog.get": 1,
        "originals.write": 1,
        "catalog.create": 1,
        "originals.stat": 1,
        "dropbox.delete": 1,
    }


def test_issuing_and_polling_a_ticket_make_one_call_each(meter: Meter) -> None:
    wanted = {"content_type": "image/jpeg", "bytes": 1000}
    ticket = meter.service.request("POST", "/upload/tickets", key=ALICE, json=wanted).get_json()
    assert meter.calls() == {"tickets.create": 1}
    meter.service.get(f"/upload/tickets/{ticket['ticket']}", key=ALICE)
    assert meter.calls() == {"tickets.get": 1}


def test_a_check_of_500_files_is_one_query(meter: Meter) -> None:
    hashes = [f"{number:064x}" for number in range(500)]
    meter.service.request("POST", "/upload/check", key=ALICE, json={"sha256": hashes})
    assert meter.calls() == {"catalog.find_by_sha256": 1}
