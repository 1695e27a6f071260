"""Every call to a port fails in turn, before and after it takes effect; the rules hold each time."""

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
from tests.faults import Fault, PulledPlug, fail, moments
from tests.harness import ADMIN, ALICE, Service
from tests.photos import jpeg, photo

Act = Callable[[Service], TestResponse | None]


@cache
def small_photo() -> bytes:
    return jpeg(photo(200, 150))


def nothing(service: Service) -> None:
    """No arrangement."""


def arrange_stored(service: Service) -> None:
    service.upload(small_photo(), caption="before")
    service.deliver()


def arrange_uploaded(service: Service) -> None:
    service.upload(small_photo(), caption="before")


def arrange_deleted_object(service: Service) -> None:
    """Stored, then deleted in the bucket itself, so that only the event tells."""
    arrange_stored(service)
    (original,) = service.originals.list()
    service.originals.delete(original.name, if_generation=original.generation)


def arrange_dropped(service: Service) -> None:
    service.drop("holiday/photo.jpg", small_photo())


def arrange_dropped_duplicate(service: Service) -> None:
    arrange_stored(service)
    arrange_dropped(service)


def arrange_dropped_rubbish(service: Service) -> None:
    service.drop("holiday/notes.jpg", b"no image at all")


TICKET = Ticket("t" * 32, "alice", "image/jpeg", 1, Description(caption="by ticket"), datetime(2099, 1, 1, tzinfo=UTC))


def arrange_sent_by_ticket(service: Service) -> None:
    service.tickets.create(TICKET)
    service.drop(TICKET.drop, small_photo())


def arrange_rubbish_by_ticket(service: Service) -> None:
    service.tickets.create(TICKET)
    service.drop(TICKET.drop, b"no image at all")


def the_id(service: Service) -> str:
    return next(iter(service.entries()))


def upload(service: Service) -> TestResponse:
    return service.upload(small_photo(), caption="before")


def update(service: Service) -> TestResponse:
    return service.request("PATCH", f"/update/{the_id(service)}", key=ALICE, json={"caption": "after"})


def delete(service: Service) -> TestResponse:
    return service.request("DELETE", f"/delete/{the_id(service)}", key=ADMIN)


def ask_for_ticket(service: Service) -> TestResponse:
    return service.request("POST", "/upload/tickets", key=ALICE, json={"content_type": "image/jpeg", "bytes": 1})


def check_drop(service: Service) -> None:
    """The image is in the folder's album, and the dropbox is empty."""
    (entry,) = service.entries().values()
    assert (entry.uploader, entry.description.album) == ("dropbox", "holiday")
    assert service.dropbox.list() == []


def check_ticket(service: Service) -> None:
    """The ticket tells of its own image; that an attempt failed does not make it a duplicate of itself."""
    (entry,) = service.entries().values()
    told = service.get(f"/upload/tickets/{TICKET.id}", key=ALICE).get_json()
    assert (told["state"], told["image"]["id"]) == ("stored", entry.id)
    assert (entry.uploader, entry.description.caption) == ("alice", "by ticket")
    assert service.dropbox.list() == []


def check_rubbish(service: Service) -> None:
    (drop,) = service.dropbox.list()
    assert drop.metadata["refused"] == "unsupported_format"


def check_rubbish_by_ticket(service: Service) -> None:
    check_rubbish(service)
    told = service.get(f"/upload/tickets/{TICKET.id}", key=ALICE).get_json()
    assert (told["state"], told["problem"]["code"]) == ("refused", "unsupported_format")


def deliver_one(service: Service) -> TestResponse:
    return service.post(service.pending_events()[0])


@dataclass(frozen=True, slots=True)
class Scenario:
    """An operation on an arranged service, and what must be true of it when all is over."""

    arrange: Callable[[Service], None]
    act: Act
    images: set[int]
    """How many images there may be in the end, if the operation was not answered with success."""
    images_after_success: int
    check: Callable[[Service], None] = nothing
    """What else must be true."""


SCENARIOS = {
    "upload": Scenario(nothing, upload, {0, 1}, 1),
    "upload of a duplicate": Scenario(arrange_stored, upload, {1}, 1),
    "upload while a deletion is half done": Scenario(arrange_deleted_object, upload, {0, 1}, 1),
    "update": Scenario(arrange_stored, update, {1}, 1),
    "delete": Scenario(arrange_stored, delete, {0, 1}, 0),
    "thumbnails": Scenario(arrange_uploaded, deliver_one, {1}, 1),
    "forgetting": Scenario(arrange_deleted_object, deliver_one, {0}, 0),
    "ingestion": Scenario(arrange_dropped, deliver_one, {1}, 1, check_drop),
    "ingestion of a duplicate": Scenario(arrange_dropped_duplicate, deliver_one, {1}, 1),
    "ingestion of rubbish": Scenario(arrange_dropped_rubbish, deliver_one, {0}, 0, check_rubbish),
    "ingestion by ticket": Scenario(arrange_sent_by_ticket, deliver_one, {1}, 1, check_ticket),
    "ingestion of rubbish by ticket": Scenario(arrange_rubbish_by_ticket, deliver_one, {0}, 0, check_rubbish_by_ticket),
    "asking for a ticket": Scenario(nothing, ask_for_ticket, {0}, 0),
}


def calls_of(scenario: Scenario, arrangement: Arrangement) -> list[str]:
    """The calls to ports that the operation makes when nothing fails."""
    fault = Fault()
    with arrangement.service("dry run") as service:
        service.strike(fault)
        scenario.act(service)
    return fault.calls


def act_with(fault: Fault, scenario: Scenario, service: Service) -> TestResponse | None:
    """The answer, if there was one."""
    service.strike(fault)
    try:
        return scenario.act(service)
    except PulledPlug:
        return None
    finally:
        service.plug()


@pytest.mark.parametrize("error", [PulledPlug, Unavailable], ids=["plug pulled", "backend fails"])
@pytest.mark.parametrize("name", SCENARIOS)
def test_the_rules_hold_wherever_it_fails(
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
    if scenario.act is update:
        # A change of metadata is no event: the caller, who got no success, sends it again.
        assert update(service).status_code == 200, case
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
    check_it_can_be_sent_again(service, case)


def check_it_can_be_sent_again(service: Service, case: str) -> None:
    """Whatever happened, uploading the photo ends well, and so does deleting it."""
    assert upload(service).status_code in {200, 201}, case
    service.deliver()
    service.check_agreement()
    assert len(service.entries()) == 1, case
    assert delete(service).status_code == 204, case
    service.deliver()
    left = (service.originals.list(), service.entries(), service.renditions.list(), service.dropbox.list())
    assert left == ([], {}, [], []), case
