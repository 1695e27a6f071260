"""Uploads by ticket: a client gets a ticket, sends the file by PUT exactly as signed, and polls the state."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from werkzeug.test import TestResponse

from functions.adapters.embedded.signer import LocalSigner
from tests.faults import fail
from tests.harness import ADMIN, ALICE, BOB, Service
from tests.photos import jpeg, photo, truncated


def issue(service: Service, data: bytes, *, key: str = ALICE, **fields: object) -> dict[str, Any]:
    wanted = {"filename": "big.jpg", "content_type": "image/jpeg", "bytes": len(data), **fields}
    response = service.request("POST", "/upload/tickets", key=key, json=wanted)
    assert response.status_code == 201, response.text
    ticket: dict[str, Any] = response.get_json()
    assert response.headers["Location"] == ticket["ticket_url"]
    return ticket


def send(service: Service, ticket: dict[str, Any], data: bytes, **changes: str) -> TestResponse:
    upload = ticket["upload"]
    url = urlsplit(upload["url"])
    return service.request(
        upload["method"], f"{url.path}?{url.query}", data=data, headers={**upload["headers"], **changes}
    )


def poll(service: Service, ticket: dict[str, Any], *, key: str = ALICE) -> dict[str, Any]:
    response = service.get(urlsplit(ticket["ticket_url"]).path, key=key)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.get_json()
    assert answer["ticket"] == ticket["ticket"]
    assert answer["expires_at"] == ticket["expires_at"]
    return answer


def test_the_file_of_a_ticket_is_stored_as_an_image(service: Service) -> None:
    data = jpeg(photo(300, 200))
    ticket = issue(service, data, caption="At the sea", tags=["a", "b"], album="2024", mood="sunny")
    assert poll(service, ticket)["state"] == ticket["state"] == "pending"
    assert send(service, ticket, data).status_code == 200
    assert poll(service, ticket)["state"] == "pending"
    service.deliver()
    answer = poll(service, ticket)
    image = answer["image"]
    assert answer["state"] == "stored"
    assert (image["caption"], image["tags"], image["album"]) == ("At the sea", ["a", "b"], "2024")
    assert (image["filename"], image["uploader"], image["extra"]) == ("big.jpg", "alice", {"mood": "sunny"})
    assert service.details(image["id"])["thumbnails"]["state"] == "ready"
    assert service.dropbox.list() == []


def test_the_ticket_of_a_stored_image_becomes_a_duplicate(service: Service) -> None:
    data = jpeg(photo(30, 20))
    stored = service.stored(data, caption="first")
    ticket = issue(service, data)
    send(service, ticket, data)
    service.deliver()
    answer = poll(service, ticket)
    assert (answer["state"], answer["image"]["id"], answer["image"]["caption"]) == ("duplicate", stored["id"], "first")


def test_the_problem_of_a_refused_file_is_that_of_an_upload(service: Service) -> None:
    data = truncated(jpeg(photo(300, 200)))
    ticket = issue(service, data)
    send(service, ticket, data)
    service.deliver()
    answer = poll(service, ticket)
    problem = service.upload(data).get_json()
    assert answer["state"] == "refused"
    assert answer["problem"] == {name: problem[name] for name in ("code", "status", "detail")}
    (drop,) = service.dropbox.list()
    assert drop.metadata["refused"] == "damaged_image"


def test_a_ticket_without_a_file_expires(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    data = jpeg(photo(30, 20))
    ticket = issue(service, data)
    later = datetime.now(UTC) + timedelta(minutes=16)

    class Later(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
            return later.astimezone(tz)

    monkeypatch.setattr("functions.entrypoints.upload_image.datetime", Later)
    assert poll(service, ticket)["state"] == "expired"
    service.install(signer=LocalSigner(service.settings.data / "signing-secret", clock=lambda: time.time() + 16 * 60))
    late = send(service, ticket, data)
    assert (late.status_code, late.get_json()["code"]) == (403, "upload_expired")
    assert service.dropbox.list() == []


def test_a_ticket_with_a_waiting_file_is_not_expired(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("functions.services.tickets.LIFETIME", timedelta(minutes=-1))
    data = jpeg(photo(30, 20))
    late = issue(service, data)
    assert poll(service, late)["state"] == "expired"
    service.drop(f"tickets/{late['ticket']}", data)
    assert poll(service, late)["state"] == "pending"
    service.deliver()
    assert poll(service, late)["state"] == "stored"


def test_only_its_uploader_and_admins_can_poll_a_ticket(service: Service) -> None:
    ticket = issue(service, b"x")
    path = urlsplit(ticket["ticket_url"]).path
    assert service.get(path, key=ADMIN).status_code == 200
    for key, status, code in ((BOB, 404, "ticket_not_found"), (None, 401, "unauthenticated")):
        response = service.get(path, key=key)
        assert (response.status_code, response.get_json()["code"]) == (status, code)
    for unknown in ("a" * 32, "x", "..%2f", "ä"):
        assert service.get(f"/upload/tickets/{unknown}", key=ADMIN).status_code == 404


BAD = {
    "no type": ({"bytes": 1}, 400, "invalid_field"),
    "another type": ({"content_type": "text/html", "bytes": 1}, 415, "unsupported_format"),
    "SVG": ({"content_type": "image/svg+xml", "bytes": 1}, 415, "unsupported_format"),
    "no size": ({"content_type": "image/jpeg"}, 400, "invalid_field"),
    "a size in words": ({"content_type": "image/jpeg", "bytes": "12"}, 400, "invalid_field"),
    "a size that is a boolean": ({"content_type": "image/jpeg", "bytes": True}, 400, "invalid_field"),
    "a negative size": ({"content_type": "image/jpeg", "bytes": -1}, 400, "invalid_field"),
    "no bytes": ({"content_type": "image/jpeg", "bytes": 0}, 400, "empty_image"),
    "too many bytes": ({"content_type": "image/jpeg", "bytes": 100 * 1024**2 + 1}, 413, "image_too_large"),
    "a name with a path": ({"content_type": "image/jpeg", "bytes": 1, "filename": "../x"}, 400, "invalid_filename"),
    "a caption too long": ({"content_type": "image/jpeg", "bytes": 1, "caption": "x" * 2001}, 400, "invalid_field"),
    "a list": ([], 400, "invalid_request"),
}


def test_no_ticket_is_issued_while_the_secret_cannot_be_written(service: Service, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    service.install(signer=LocalSigner(tmp_path / "file" / "signing-secret"))
    body = {"content_type": "image/png", "bytes": 10}
    response = service.request("POST", "/upload/tickets", key=ALICE, json=body)
    assert (response.status_code, response.get_json()["code"]) == (503, "unavailable")
    assert "Retry-After" in response.headers


@pytest.mark.parametrize("case", BAD)
def test_no_ticket_is_issued_for_a_file_that_would_be_refused(case: str, service: Service) -> None:
    body, status, code = BAD[case]
    response = service.request("POST", "/upload/tickets", key=ALICE, json=body)
    assert (response.status_code, response.get_json()["code"]) == (status, code)


WRONG: dict[str, tuple[slice, bytes, dict[str, str]]] = {
    "more bytes": (slice(None), b"x", {}),
    "fewer bytes": (slice(-1), b"", {}),
    "another type": (slice(None), b"", {"Content-Type": "image/png"}),
}


@pytest.mark.parametrize("case", WRONG)
def test_only_the_upload_that_was_signed_is_accepted(case: str, service: Service) -> None:
    kept, added, headers = WRONG[case]
    data = jpeg(photo(30, 20))
    ticket = issue(service, data)
    response = send(service, ticket, data[kept] + added, **headers)
    assert (response.status_code, response.get_json()["code"]) == (400, "wrong_upload")
    assert service.dropbox.list() == []


@pytest.mark.parametrize("part", ["bytes=", "type=image%2F", "expires=", "signature="])
def test_a_changed_url_has_an_invalid_signature(part: str, service: Service) -> None:
    data = jpeg(photo(30, 20))
    ticket = issue(service, data)
    ticket["upload"]["url"] = ticket["upload"]["url"].replace(part, f"{part}1")
    response = send(service, ticket, data)
    assert (response.status_code, response.get_json()["code"]) == (403, "invalid_signature")
    ticket["upload"]["url"] = ticket["upload"]["url"].partition("?")[0] + "?signature=ä"
    assert send(service, ticket, data).status_code == 403


def test_a_second_file_after_the_first_was_ingested_is_another_image(service: Service) -> None:
    first, second = jpeg(photo(30, 20)), jpeg(photo(30, 20, seed=9))
    ticket = issue(service, first)
    send(service, ticket, first)
    service.deliver()
    outcome = poll(service, ticket)
    service.drop(f"tickets/{ticket['ticket']}", second)
    service.deliver()
    assert poll(service, ticket) == outcome
    assert len(service.entries()) == 2
    assert service.dropbox.list() == []


def test_a_page_of_another_origin_can_send_the_file(service: Service) -> None:
    ticket = issue(service, b"x")
    path = urlsplit(ticket["upload"]["url"]).path
    asked = {
        "Origin": "https://blog.example",
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "content-type",
    }
    response = service.request("OPTIONS", path, headers=asked)
    assert response.status_code == 204
    assert "PUT" in response.headers["Access-Control-Allow-Methods"]
    assert response.headers["Access-Control-Allow-Origin"] == "*"


class TestDropsOverHttp:
    def test_a_file_can_be_dropped_with_a_key(self, service: Service) -> None:
        headers = {"Content-Type": "image/jpeg", "X-Goog-Meta-Caption": "gefallen, später".encode().decode("latin-1")}
        data = jpeg(photo(30, 20))
        assert (
            service.request("PUT", "/dropbox/S%C3%BCd/x.jpg", key=ALICE, data=data, headers=headers).status_code == 200
        )
        service.deliver()
        (entry,) = service.entries().values()
        assert (entry.description.album, entry.description.caption) == ("Süd", "gefallen, später")

    def test_a_second_drop_replaces_the_first_of_the_same_name(self, service: Service) -> None:
        for data, status in ((b"refused", 415), (jpeg(photo(30, 20)), 200)):
            answer = service.request("PUT", "/dropbox/x.jpg", key=ALICE, data=data)
            assert answer.status_code == status
            service.deliver()
        assert (len(service.entries()), service.dropbox.list()) == (1, [])

    @pytest.mark.parametrize(
        ("data", "caption"),
        [(b"", ""), (b"text", ""), (truncated(jpeg(photo(90, 60))), ""), (jpeg(photo(30, 20)), "x" * 2_001)],
        ids=["empty", "text", "damaged", "a long caption"],
    )
    def test_a_refused_drop_is_answered_like_an_upload_and_stays_with_its_reason(
        self, service: Service, data: bytes, caption: str
    ) -> None:
        upload = service.request("POST", f"/upload?caption={caption}", key=ALICE, data=data, content_type="image/jpeg")
        headers = {"Content-Type": "image/jpeg", "X-Goog-Meta-Caption": caption}
        answer = service.request("PUT", "/dropbox/x.jpg", key=ALICE, data=data, headers=headers)
        assert (answer.status_code, answer.content_type) == (upload.status_code, "application/problem+json")
        same = ("code", "detail", "status", "title")
        assert [answer.get_json()[each] for each in same] == [upload.get_json()[each] for each in same]
        assert 400 <= answer.status_code < 500
        (drop,) = service.dropbox.list()
        assert (drop.metadata["refused"], drop.metadata["refused-because"]) == (
            upload.get_json()["code"],
            upload.get_json()["detail"],
        )
        service.deliver()
        assert service.dropbox.list() == [drop], "its event changes nothing"

    def test_a_drop_whose_event_is_first_is_answered_in_the_same_way(
        self, service: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        statuses = []
        for data in (b"text", jpeg(photo(30, 20))):
            with monkeypatch.context() as patch:
                patch.setattr("local.dropbox.ingest_named", lambda *_, **__: service.deliver())
                statuses.append(service.request("PUT", "/dropbox/x.jpg", key=ALICE, data=data).status_code)
        assert statuses == [415, 200]

    def test_a_drop_that_cannot_be_ingested_now_is_ingested_by_its_event(
        self, service: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as patch:
            patch.setattr("local.dropbox.ingest_named", lambda *_, **__: fail()())
            answer = service.request("PUT", "/dropbox/x.jpg", key=ALICE, data=jpeg(photo(30, 20)))
        assert answer.status_code == 200
        service.deliver()
        assert (len(service.entries()), service.dropbox.list()) == (1, [])

    def test_other_requests_for_the_dropbox_are_refused(self, service: Service) -> None:
        assert service.request("PUT", "/dropbox/x.jpg", data=b"x").get_json()["code"] == "unauthenticated"
        assert service.request("PUT", "/dropbox/x.jpg", key="wrong", data=b"x").get_json()["code"] == "unknown_key"
        assert service.request("PUT", "/dropbox/", key=ALICE, data=b"x").get_json()["code"] == "invalid_request"
        assert service.get("/dropbox/x.jpg", key=ALICE).status_code == 405
        assert service.dropbox.list() == []
