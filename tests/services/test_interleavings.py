"""While one operation runs, another one runs from start to end, at each call of the first one to a port in turn."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import pytest

from tests.arrangement import Arrangement
from tests.backends import Backend
from tests.faults import Fault, When
from tests.harness import ADMIN, Service
from tests.photos import photo, png, webp

Act = Callable[[Service], object]


@cache
def picture() -> bytes:
    return png(photo(40, 30))


@cache
def twin() -> bytes:
    """The picture in another format. Its pixels are the same, so that it is a second object of the same image."""
    return webp(photo(40, 30), lossless=True)


def upload(service: Service) -> None:
    assert service.upload(picture(), caption="png").status_code in {200, 201}


def upload_twin(service: Service) -> None:
    assert service.upload(twin(), "photo.webp", caption="webp").status_code in {200, 201}


def upload_with_more_words(service: Service) -> None:
    """The tag is there, or the response names the field: filled in an image that is now deleted, or kept out."""
    response = service.upload(picture(), tags="more", album="More")
    assert response.status_code in {200, 201}
    image = response.get_json()
    assert "more" in image["tags"] or "tags" in (*image["filled"], *image["kept"])


def update(service: Service, caption: str = "changed") -> None:
    for image_id in service.entries():
        answer = service.request("PATCH", f"/update/{image_id}", key=ADMIN, json={"caption": caption})
        assert answer.status_code in {200, 404}


def delete(service: Service) -> None:
    for image_id in service.entries():
        assert service.request("DELETE", f"/delete/{image_id}", key=ADMIN).status_code in {204, 404, 409}


def drop(service: Service) -> None:
    service.drop("holiday/photo.png", picture())


def remove_object(service: Service) -> None:
    for original in service.originals.list():
        service.originals.delete(original.name, if_generation=original.generation)


def deliver(service: Service) -> None:
    """Deliver each waiting event twice, and remove it from the outbox."""
    for event in service.pending_events():
        for _ in range(2):
            assert service.post(event).status_code == 200, event
        service.done(event)


def then(*acts: Act) -> Act:
    def all_of_them(service: Service) -> None:
        for act in acts:
            act(service)

    return all_of_them


@dataclass(frozen=True, slots=True)
class State:
    """A state of the service: the operations that lead to it."""

    acts: tuple[Act, ...] = ()

    def arrange(self, service: Service) -> None:
        for act in self.acts:
            act(service)


EMPTY = State()
UPLOADED = State((upload,))
STORED = State((upload, Service.deliver))
DROPPED = State((drop,))
REMOVED = State((upload, Service.deliver, remove_object))

OPERATIONS: dict[str, tuple[State, Act]] = {
    "an upload": (EMPTY, upload),
    "an upload of a stored image": (STORED, upload_twin),
    "a duplicate that fills empty fields": (STORED, upload_with_more_words),
    "an upload of an image that is being deleted": (REMOVED, upload),
    "thumbnails": (UPLOADED, deliver),
    "an update": (STORED, update),
    "a deletion": (STORED, delete),
    "forgetting": (REMOVED, deliver),
    "an ingestion": (DROPPED, deliver),
}

INTERRUPTIONS: dict[str, Act] = {
    "the same upload": upload,
    "the upload of a twin": upload_twin,
    "a duplicate that fills empty fields": upload_with_more_words,
    "an update": partial(update, caption="interrupted"),
    "a deletion": delete,
    "a deletion and its events": then(delete, deliver),
    "the events, a deletion and its events": then(deliver, delete, deliver),
    "a deletion in the bucket, and an upload": then(remove_object, upload),
    "a deletion, another upload, and their events": then(delete, upload, deliver),
    "a deletion, the upload of a twin, and their events": then(delete, upload_twin, deliver),
    "the events": deliver,
}


def count_calls(act: Act, arrangement: Arrangement) -> int:
    fault = Fault()
    with arrangement.service("dry run") as service:
        service.inject(fault)
        act(service)
    return len(fault.calls)


@pytest.mark.parametrize("interruption", INTERRUPTIONS)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_all_parts_agree_after_any_interruption(
    operation: str, interruption: str, tmp_path: Path, backend: Backend
) -> None:
    state, act = OPERATIONS[operation]
    arrangement = Arrangement(state.arrange, tmp_path, backend)
    for number in range(count_calls(act, arrangement)):
        with arrangement.service(number) as service:
            service.inject(Fault(number, When.BEFORE, partial(INTERRUPTIONS[interruption], service)))
            act(service)
            service.install()
            service.deliver()
            service.check_agreement()
            assert len(service.originals.list()) <= 1
