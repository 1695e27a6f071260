"""Events are hints: repeated, reordered and late events lead to the same state."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.adapters.embedded.outbox import Event
from tests.backends import Backend
from tests.harness import ALICE, Service
from tests.photos import jpeg, photo, png, webp


@cache
def files() -> list[bytes]:
    """Two photos, and the first one in another lossless format."""
    one, two = photo(40, 30), photo(30, 40, seed=1)
    return [png(one), webp(one, lossless=True), jpeg(two)]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("upload"), st.integers(0, 2)),
        st.tuples(st.just("delete"), st.integers(0, 2)),
        st.tuples(st.just("remove object"), st.integers(0, 2)),
        st.tuples(st.just("deliver"), st.integers(0, 9)),
        st.tuples(st.just("deliver again"), st.integers(0, 9)),
    ),
    max_size=12,
)


class History:
    """Steps on a service, and the events that they caused."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.seen: list[Event] = []

    def take(self, step: str, number: int) -> None:
        if step == "upload":
            assert self.service.upload(files()[number]).status_code in {200, 201}
        elif step == "delete":
            for image_id in list(self.service.entries())[number:][:1]:
                assert self.service.request("DELETE", f"/delete/{image_id}", key=ALICE).status_code in {204, 409}
        elif step == "remove object":
            for original in self.service.originals.list()[number:][:1]:
                self.service.originals.delete(original.name, if_generation=original.generation)
        elif step == "deliver":
            self.deliver(self.service.pending_events(), number)
        else:
            self.deliver(self.seen, number)

    def deliver(self, events: list[Event], number: int) -> None:
        for event in events[number:][:1]:
            assert self.service.post(event).status_code == 200
            self.service.done(event)
            self.seen.append(event)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS, order=st.randoms(use_true_random=False))
def test_events_in_any_order_and_number_lead_to_agreement(
    backend: Backend, tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]], order: object
) -> None:
    with TemporaryDirectory(dir=tmp_path_factory.getbasetemp()) as folder, Service(Path(folder), backend) as service:
        history = History(service)
        for step, number in steps:
            history.take(step, number)
        rest = service.pending_events() * 2 + history.seen
        order.shuffle(rest)  # type: ignore[attr-defined]
        for event in rest:
            assert service.post(event).status_code == 200
        service.check_agreement()


def test_an_event_for_a_deleted_object_is_acknowledged(service: Service) -> None:
    service.upload(files()[2])
    (finalized,) = service.pending_events()
    (original,) = service.originals.list()
    service.originals.delete(original.name, if_generation=original.generation)
    service.deliver()
    assert service.post(finalized).status_code == 200
    assert service.renditions.list() == []
    assert service.entries() == {}


def test_an_invalid_object_in_originals_is_refused_and_its_event_is_acknowledged(service: Service) -> None:
    service.originals.write(f"{'a' * 26}.jpg", b"not an image", content_type="image/jpeg")
    service.originals.write("holiday/beach.jpg", files()[2], content_type="image/jpeg")
    service.deliver()
    assert service.entries() == {}
    assert service.renditions.list() == []


def test_an_object_without_an_entry_gets_one_from_its_event(service: Service) -> None:
    service.upload(files()[2], caption="a caption", tags="one,two")
    (entry,) = service.entries().values()
    service.catalog.delete(seen=entry)
    service.deliver()
    (again,) = service.entries().values()
    assert again.description == entry.description
    assert again.facts == entry.facts
    assert again.upload_id == entry.upload_id
    service.check_agreement()


@pytest.mark.parametrize("body", [b"{}", b'{"name": "x"}', b"[]", b"null", b'{"name": "x", "generation": "no"}'])
def test_an_event_of_a_wrong_trigger_is_acknowledged_so_that_it_is_not_retried(service: Service, body: bytes) -> None:
    headers = {
        "Authorization": "Bearer event-token",
        "Content-Type": "application/json",
        "ce-id": "1",
        "ce-specversion": "1.0",
        "ce-type": "google.cloud.storage.object.v1.finalized",
        "ce-source": "//storage.googleapis.com/projects/_/buckets/originals",
    }
    for function in ("make-thumbnails", "forget-image"):
        assert service.request("POST", f"/{function}", headers=headers, data=body).status_code == 200
