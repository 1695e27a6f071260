"""An error that no one foresaw costs one image: the others are stored, and its event is not delivered again."""

import base64
from collections.abc import Callable
from functools import cache
from itertools import count
from typing import Any

import pytest

from functions.domain.errors import DamagedImage, StorageFull, Unavailable
from functions.domain.formats import JPEG
from functions.domain.model import RenditionState
from functions.imaging import fingerprint, gate, renditions, strip
from functions.services.repair.restore import restore
from functions.services.repair.snapshot import Stores
from tests.faults import Fault, fail
from tests.harness import ALICE, Service
from tests.photos import jpeg, photo

Inject = Callable[[type[BaseException]], None]


@cache
def good(seed: int = 0) -> bytes:
    return jpeg(photo(60, 40, seed=seed))


@cache
def bad() -> bytes:
    return jpeg(photo(64, 48, seed=9))


@pytest.fixture
def inject(monkeypatch: pytest.MonkeyPatch) -> Inject:
    """Makes the examination of `bad()`, and of no other file, fail with an error of that type."""
    header = gate.header

    def to_raise(error: type[BaseException]) -> None:
        def broken(data: bytes, *arguments: Any) -> Any:
            if data == bad():
                raise error("unforeseen")
            return header(data, *arguments)

        monkeypatch.setattr(gate, "header", broken)

    return to_raise


def tracebacks(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The types of the exceptions whose tracebacks were logged as errors."""
    return [each.exc_info[0].__name__ for each in caplog.records if each.exc_info and each.exc_info[0]]


def several(service: Service) -> list[dict[str, Any]]:
    images = [base64.b64encode(each).decode() for each in (good(1), bad(), good(2))]
    response = service.request("POST", "/upload", key=ALICE, json={"images": images})
    assert response.status_code == 207, response.text
    found: list[dict[str, Any]] = response.get_json()["images"]
    return found


@pytest.mark.parametrize("error", [KeyError, ValueError, AssertionError, RecursionError])
def test_one_image_of_a_request_is_refused_and_the_others_are_stored(
    error: type[BaseException], service: Service, inject: Inject, caplog: pytest.LogCaptureFixture
) -> None:
    inject(error)
    outcomes = several(service)
    assert [(each["status"], each.get("code")) for each in outcomes] == [
        (201, None),
        (422, "damaged_image"),
        (201, None),
    ]
    assert tracebacks(caplog) == [error.__name__]
    service.deliver()
    assert len(service.entries()) == 2
    service.check_agreement()


def test_a_single_image_is_refused_in_the_same_way(service: Service, inject: Inject) -> None:
    inject(KeyError)
    for path in ("/upload", "/inspect"):
        response = service.request("POST", path, key=ALICE, data=bad(), content_type="image/jpeg")
        assert (response.status_code, response.get_json()["code"]) == (422, "damaged_image")


def test_a_drop_is_refused_once_and_its_event_is_acknowledged(
    service: Service, inject: Inject, caplog: pytest.LogCaptureFixture
) -> None:
    inject(KeyError)
    service.drop("album/bad.jpg", bad())
    service.drop("album/good.jpg", good())
    for event in service.pending_events() * 2:
        assert service.post(event).status_code == 200
    (drop,) = service.dropbox.list()
    assert (drop.name, drop.metadata["refused"]) == ("album/bad.jpg", "damaged_image")
    assert tracebacks(caplog) == ["KeyError"]
    assert len(service.entries()) == 1


def test_a_ticket_gets_the_reason(service: Service, inject: Inject) -> None:
    inject(KeyError)
    wanted = {"content_type": "image/jpeg", "bytes": len(bad())}
    ticket = service.request("POST", "/upload/tickets", key=ALICE, json=wanted).get_json()
    service.drop(ticket["upload"]["url"].partition("/dropbox/")[2].partition("?")[0], bad())
    service.deliver()
    polled = service.get(f"/upload/tickets/{ticket['ticket']}", key=ALICE).get_json()
    assert (polled["state"], polled["problem"]["code"]) == ("refused", "damaged_image")


def test_an_image_without_thumbnails_has_the_reason_and_its_event_is_acknowledged(
    service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    image_id = service.upload(good()).get_json()["id"]
    monkeypatch.setattr(renditions, "_placeholder", lambda _: fail(KeyError)())
    service.deliver()
    entry = service.entries()[image_id]
    assert entry.renditions.state is RenditionState.FAILED
    assert entry.renditions.reason
    assert tracebacks(caplog) == ["KeyError"]


def test_an_original_that_cannot_be_examined_without_its_entry_is_acknowledged_too(
    service: Service, inject: Inject, caplog: pytest.LogCaptureFixture
) -> None:
    image_id = service.upload(bad()).get_json()["id"]
    service.catalog.delete(seen=service.entries()[image_id])
    inject(KeyError)
    service.deliver()
    assert tracebacks(caplog) == ["KeyError"]
    assert [each.message for each in caplog.records if f"{image_id}.jpg gets no thumbnails" in each.message]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_the_widest_thumbnail_replaces_a_file_whose_metadata_cannot_be_removed_any_more(
    method: str, service: Service, inject: Inject
) -> None:
    image_id = service.stored(bad())["id"]
    inject(KeyError)
    response = service.request(method, f"/fetch/{image_id}")
    assert response.status_code == 302
    assert response.headers["Location"].endswith(f"/renditions/{image_id}/r2/64.webp")
    assert service.get(response.headers["Location"]).status_code == 200


def test_without_a_rendition_such_a_file_is_not_served(service: Service, inject: Inject) -> None:
    image_id = service.upload(bad()).get_json()["id"]
    inject(KeyError)
    response = service.get(f"/fetch/{image_id}")
    assert (response.status_code, response.get_json()["code"]) == (503, "not_ready")
    service.deliver()
    response = service.get(f"/fetch/{image_id}")
    assert (response.status_code, response.get_json()["code"]) == (404, "not_servable")


def test_a_file_whose_metadata_cannot_be_removed_gets_a_full_size_rendition(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It survives a repair, and the loss of the catalog."""
    monkeypatch.setitem(strip._STRIPPERS, JPEG, lambda *_: fail(DamagedImage)())
    image_id = service.stored(good())["id"]
    entry = service.entries()[image_id]
    stores = Stores(service.catalog, service.originals, service.renditions, service.counters)
    for _ in range(2):
        response = service.get(f"/fetch/{image_id}")
        assert response.headers["Location"].endswith(f"/renditions/{image_id}/r2/full.webp")
        assert service.get(response.headers["Location"]).status_code == 200
        service.check_agreement()
        service.catalog.delete(seen=service.entries()[image_id])
        restore(entry.object_name, stores)
        assert service.entries()[image_id] == entry


@pytest.mark.parametrize("error", [MemoryError, ImportError])
def test_what_is_not_the_fault_of_the_file_can_be_tried_again(
    error: type[BaseException], service: Service, inject: Inject, monkeypatch: pytest.MonkeyPatch
) -> None:
    inject(error)
    assert [each["status"] for each in several(service)] == [201, 503, 201]
    service.deliver()
    service.drop("bad.jpg", bad())
    (event,) = service.pending_events()
    assert service.post(event).status_code >= 500
    assert not service.dropbox.list()[0].metadata
    monkeypatch.undo()
    service.deliver()
    assert (len(service.entries()), service.dropbox.list()) == (3, [])


@pytest.mark.parametrize("error", [Unavailable, OSError, MemoryError, RuntimeError])
def test_an_error_of_the_storage_is_not_taken_for_one_of_the_image(
    error: type[BaseException], service: Service
) -> None:
    status = 0
    for number in count():
        service.install()
        service.drop(name := f"{number}.jpg", good(number))
        (event,) = [each for each in service.pending_events() if each.object["name"] == name]
        fault = Fault(number, action=fail(error))
        service.inject(fault)
        status = service.post(event).status_code
        if number >= len(fault.calls):
            break
        drop = service.dropbox.stat(name)
        assert status == (503 if error is Unavailable else 500), fault.calls[number]
        assert not (drop and drop.metadata)
    assert number > 5
    assert status == 200


def test_a_backend_that_does_not_answer_costs_a_sentence_and_no_traceback(
    service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    image_id = service.upload(good()).get_json()["id"]
    (event,) = service.pending_events()
    with monkeypatch.context() as patch:
        patch.setattr(type(service.renditions), "write", lambda *_, **__: fail(StorageFull)())
        response = service.post(event)
    assert (response.status_code, response.get_json()["code"]) == (503, "unavailable")
    assert tracebacks(caplog) == []
    messages = [each.message for each in caplog.records if StorageFull.detail in each.message]
    assert messages == [f"The event for '{image_id}.jpg' must be delivered again: {StorageFull.detail}"]
    service.deliver()
    service.check_agreement()


def test_an_unexpected_error_of_one_image_leaves_the_others_their_outcomes(
    service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    find = type(service.catalog).find_by_sha256
    calls = count()

    def fail_second(*arguments: Any) -> Any:
        return find(*arguments) if next(calls) != 1 else 1 // 0

    monkeypatch.setattr(type(service.catalog), "find_by_sha256", fail_second)
    outcomes = several(service)
    assert [each["status"] for each in outcomes] == [201, 500, 201]
    assert outcomes[1]["error_id"] in caplog.text
    assert tracebacks(caplog) == ["ZeroDivisionError"]


def test_an_error_of_a_decoder_needs_no_traceback(
    service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: object) -> None:
        raise OSError("broken data stream when reading image file")

    monkeypatch.setattr(fingerprint, "_add", refuse)
    assert service.upload(good()).status_code == 422
    assert tracebacks(caplog) == []
