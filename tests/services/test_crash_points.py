"""Each call to a port fails in turn, before and after it takes effect. The rules hold each time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from functions.domain.errors import Unavailable
from functions.domain.model import Description
from functions.domain.tickets import Ticket
from tests.arrangement import Arrangement
from tests.backends import Backend
from tests.faults import Crash, Fault, fail, moments
from tests.harness import ADMIN, ALICE, Service
from tests.photos import jpeg, photo

Act = Callable[[Service], TestResponse | None]


@cache
def small_photo() -> bytes:
    return jpeg(photo(200, 150))


def nothing(service: Service) -> None:
    """Change nothing: the scenario needs no preparation or no further check."""


def arrange_stored(service: Service) -> None:
    service.upload(small_photo(), caption="before")
    service.deliver()


def arrange_uploaded(service: Service) -> None:
    service.upload(small_photo(), caption="before")


def arrange_deleted_object(service: Service) -> None:
    """Store an image and delete its object in the bucket, so that only the event reports the deletion."""
    arrange_stored(service)
    (original,) = service.originals.list()
    service.originals.delete(original.name, if_generation=original.generation)


def arrange_dropped(service: Service) -> None:
    service.drop("holiday/photo.jpg", small_photo())


def arrange_dropped_duplicate(service: Service) -> None:
    arrange_stored(service)
    arrange_dropped(service)


def arrange_invalid_drop(service: Service) -> None:
    service.drop("holiday/notes.jpg", b"not an image")


TICKET = Ticket("t" * 32, "alice", "image/jpeg", 1, Description(caption="by ticket"), datetime(2099, 1, 1, tzinfo=UTC))


def arrange_sent_by_ticket(service: Service) -> None:
    service.tickets.create(TICKET)
    service.drop(TICKET.drop, small_photo())


def arrange_invalid_file_by_ticket(service: Service) -> None:
    service.tickets.create(TICKET)
    service.drop(TICKET.drop, b"not an image")


def the_id(service: Service) -> str:
    return next(iter(service.entries()))


def upload(service: Service) -> TestResponse:
    return service.upload(small_photo(), caption="before")


def upload_with_more_words(service: Service) -> TestResponse:
    return service.upload(small_photo(), caption="after", tags="more", album="More")


def check_more_words(service: Service) -> None:
    """The words are there once, and nothing was overwritten."""
    (entry,) = service.entries().values()
    found = entry.description
    assert (found.caption, found.tags, found.album) == ("before", ("more",), "More")


def update(service: Service) -> TestResponse:
    return service.request("PATCH", f"/update/{the_id(service)}", key=ALICE, json={"caption": "after"})


def delete(service: Service) -> TestResponse:
    return service.request("DELETE", f"/delete/{the_id(service)}", key=ADMIN)


def request_ticket(service: Service) -> TestResponse:
    return service.request("POST", "/upload/tickets", key=ALICE, json={"content_type": "image/jpeg", "bytes": 1})


def check_drop(service: Service) -> None:
    """The image has the folder of the drop as its album, and the dropbox is empty."""
    (entry,) = service.entries().values()
    assert (entry.uploader, entry.description.album) == ("dropbox", "holiday")
    assert service.dropbox.list() == []


def check_ticket(service: Service) -> None:
    """The ticket names its own image. After an attempt that failed, the image is not a duplicate of itself."""
    (entry,) = service.entries().values()
    outcome = service.get(f"/upload/tickets/{TICKET.id}", key=ALICE).get_json()
    assert (outcome["state"], outcome["image"]["id"]) == ("stored", entry.id)
    assert (entry.uploader, entry.description.caption) == ("alice", "by ticket")
    assert service.dropbox.list() == []


def check_refused_drop(service: Service) -> None:
    (drop,) = service.dropbox.list()
    assert drop.metadata["refused"] == "unsupported_format"


def check_refused_ticket(service: Service) -> None:
    check_refused_drop(service)
    outcome = service.get(f"/upload/tickets/{TICKET.id}", key=ALICE).get_json()
    assert (outcome["state"], outcome["problem"]["code"]) == ("refused", "unsupported_format")


def deliver_one(service: Service) -> TestResponse:
    return service.post(service.pending_events()[0])


@dataclass(frozen=True, slots=True)
class Scenario:
    """An operation on a prepared service, and the conditions that must be true at the end."""

    arrange: Callable[[Service], None]
    act: Act
    images: set[int]
    """The possible numbers of images at the end, if the response was not a success."""
    images_after_success: int
    check: Callable[[Service], None] = nothing
    """Checks further conditions."""


SCENARIOS = {
    "upload": Scenario(nothing, upload, {0, 1}, 1),
    "upload of a duplicate": Scenario(arrange_stored, upload, {1}, 1),
    "upload of a duplicate that fills empty fields": Scenario(
        arrange_stored, upload_with_more_words, {1}, 1, check_more_words
    ),
    "upload during a deletion": Scenario(arrange_deleted_object, upload, {0, 1}, 1),
    "update": Scenario(arrange_stored, update, {1}, 1),
    "delete": Scenario(arrange_stored, delete, {0, 1}, 0),
    "thumbnails": Scenario(arrange_uploaded, deliver_one, {1}, 1),
    "forgetting": Scenario(arrange_deleted_object, deliver_one, {0}, 0),
    "ingestion": Scenario(arrange_dropped, deliver_one, {1}, 1, check_drop),
    "ingestion of a duplicate": Scenario(arrange_dropped_duplicate, deliver_one, {1}, 1),
    "ingestion of an invalid file": Scenario(arrange_invalid_drop, deliver_one, {0}, 0, check_refused_drop),
    "ingestion by ticket": Scenario(arrange_sent_by_ticket, deliver_one, {1}, 1, check_ticket),
    "ingestion of an invalid file by ticket": Scenario(
        arrange_invalid_file_by_ticket, deliver_one, {0}, 0, check_refused_ticket
    ),
    "request of a ticket": Scenario(nothing, request_ticket, {0}, 0),
}


def calls_of(scenario: Scenario, arrangement: Arrangement) -> list[str]:
    """The calls to ports that the operation makes when nothing fails."""
    fault = Fault()
    with arrangement.service("dry run") as service:
        service.inject(fault)
        scenario.act(service)
    return fault.calls


def act_with(fault: Fault, scenario: Scenario, service: Service) -> TestResponse | None:
    """Run the scenario with a fault. Returns the response, or None after a crash."""
    service.inject(fault)
    try:
        return scenario.act(service)
    except Crash:
        return None
    finally:
        service.install()


@pytest.mark.parametrize("error", [Crash, Unavailable], ids=["crash", "backend fails"])
@pytest.mark.parametrize("name", SCENARIOS)
def test_the_rules_hold_after_a_failure_of_any_call(
    name: str, error: type[BaseException], tmp_path: Path, backend: Backend
) -> None:
    scenario = SCENARIOS[name]
    arrangement = Arrangement(scenario.arrange, tmp_path, backend)
    calls = calls_of(scenario, arrangement)
    assert calls
    for number in range(len(calls)):
        for when in moments(calls[number]):
            fault = Fault(number, when, fail(error))
            with arrangement.service(f"{number} {when}") as service:
                answer = act_with(fault, scenario, service)
                check(service, scenario, answer, f"{calls[number]} fails {when} it takes effect")


def check(service: Service, scenario: Scenario, answer: TestResponse | None, case: str) -> None:
    if answer is not None and answer.status_code >= 500 and answer.mimetype == "application/problem+json":
        assert answer.status_code == 503, case
        assert answer.headers["Retry-After"], case
    if scenario.act in {update, upload_with_more_words}:
        # A change of metadata causes no event. The client did not get a success, so it sends the request again.
        repeated = scenario.act(service)
        assert repeated is not None, case
        assert repeated.status_code == 200, case
    service.deliver()
    service.check_agreement()
    images = len(service.entries())
    if answer is not None and answer.status_code < 300:
        assert images == scenario.images_after_success, case
    else:
        assert images in scenario.images, case
    scenario.check(service)
    for drop in service.dropbox.list():
        service.dropbox.delete(drop.name, if_generation=drop.generation)
    check_upload_and_deletion_work(service, case)


def check_upload_and_deletion_work(service: Service, case: str) -> None:
    """Upload the photo and delete it. Both must succeed after any failure."""
    assert upload(service).status_code in {200, 201}, case
    service.deliver()
    service.check_agreement()
    assert len(service.entries()) == 1, case
    assert delete(service).status_code == 204, case
    service.deliver()
    left = (service.originals.list(), service.entries(), service.renditions.list(), service.dropbox.list())
    assert left == ([], {}, [], []), case
