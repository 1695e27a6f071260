"""Bad input: the response is a 4xx problem with a code and a helpful sentence, and nothing is stored."""

import json
from collections.abc import Callable
from functools import cache
from io import BytesIO
from typing import Any

import pytest
from werkzeug.test import TestResponse

from functions.domain.limits import HTTP_LIMITS, MAX_JSON, MAX_REQUEST, TICKET_LIMITS
from tests.harness import ALICE, BOB, Service
from tests.photos import gif_of, jpeg, photo, png, png_bomb, truncated, webp

Send = Callable[[Service], TestResponse]
UNKNOWN = "a" * 26


@cache
def good() -> bytes:
    return jpeg(photo(64, 48))


def file(data: bytes, name: str = "photo.jpg", **fields: str) -> Send:
    return lambda service: service.upload(data, name, **fields)


def post(path: str = "/upload", *, key: str | None = ALICE, **options: Any) -> Send:
    return lambda service: service.request("POST", path, key=key, **options)


def raw_multipart(disposition: str) -> Send:
    body = b"--B\r\nContent-Disposition: form-data; " + disposition.encode() + b"\r\n\r\n" + good() + b"\r\n--B--\r\n"
    return post(data=body, content_type="multipart/form-data; boundary=B")


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'

UPLOADS: dict[str, tuple[Callable[[], Send], int, str]] = {
    "no file": (lambda: post(data={"caption": "x"}), 400, "no_image"),
    "no body": (post, 400, "no_image"),
    "empty multipart": (lambda: post(data=b"--x--", content_type="multipart/form-data; boundary=x"), 400, "no_image"),
    "empty file": (lambda: file(b""), 400, "empty_image"),
    "empty raw body": (lambda: post(data=b"", content_type="image/jpeg"), 400, "empty_image"),
    "text named .jpg": (lambda: file(b"hello, world" * 100), 415, "unsupported_format"),
    "SVG": (lambda: file(SVG, "x.svg"), 415, "unsupported_format"),
    "truncated JPEG": (lambda: file(truncated(jpeg(photo(300, 200)))), 422, "damaged_image"),
    "truncated PNG": (lambda: file(truncated(png(photo(300, 200)))), 422, "damaged_image"),
    "truncated WebP": (lambda: file(truncated(webp(photo(300, 200)))), 422, "damaged_image"),
    "JPEG of three bytes": (lambda: file(b"\xff\xd8\xff"), 422, "damaged_image"),
    "decompression bomb": (lambda: file(png_bomb(50_000, 50_000)), 413, "image_too_large"),
    "GIF of 10,000 frames": (lambda: file(gif_of(10_000)), 413, "image_too_large"),
    "broken base64": (lambda: post(json={"image": "%%% not base64 %%%"}), 400, "invalid_base64"),
    "base64 of something other than an image": (lambda: post(json={"image": "aGVsbG8="}), 415, "unsupported_format"),
    "broken JSON": (lambda: post(data=b'{"image": ', content_type="application/json"), 400, "invalid_json"),
    "deep JSON": (lambda: post(data=b"[" * 100_000, content_type="application/json"), 400, "invalid_json"),
    "JSON that is not an object": (lambda: post(json=["image"]), 400, "invalid_request"),
    "JSON with an image that is not text": (lambda: post(json={"image": 17}), 400, "invalid_field"),
    "JSON with images that are not a list": (lambda: post(json={"images": "x"}), 400, "invalid_field"),
    "JSON with an empty list of images": (lambda: post(json={"images": []}), 400, "no_image"),
    "JSON that is not UTF-8": (
        lambda: post(data=b'{"image": "\xff"}', content_type="application/json"),
        400,
        "invalid_json",
    ),
    "too many images": (lambda: post(json={"images": ["aGVsbG8="] * 101}), 400, "invalid_request"),
    "no boundary": (lambda: post(data=b"x", content_type="multipart/form-data"), 400, "invalid_request"),
    "unclosed multipart": (
        lambda: post(data=b"--B\r\nContent-Disposition: form-data", content_type="multipart/form-data; boundary=B"),
        400,
        "invalid_request",
    ),
    "path in the name": (lambda: file(good(), "../../etc/passwd"), 400, "invalid_filename"),
    "Windows path in the name": (
        lambda: post(json={"image": "aGVsbG8=", "filename": "..\\..\\boot.ini"}),
        400,
        "invalid_filename",
    ),
    "header in the name": (
        lambda: post(json={"image": "aGVsbG8=", "filename": "a.jpg\r\nSet-Cookie: x=1"}),
        400,
        "invalid_filename",
    ),
    "encoded header in the name": (
        lambda: raw_multipart("name=\"image\"; filename*=UTF-8''a%0d%0aSet-Cookie:%20x.jpg"),
        400,
        "invalid_filename",
    ),
    "name too long": (lambda: file(good(), "a" * 300 + ".jpg"), 400, "invalid_filename"),
    "caption of 1 MB": (lambda: file(good(), caption="x" * 1_000_000), 400, "invalid_field"),
    "a control character at the end of the caption": (lambda: file(good(), caption="a\x0b"), 400, "invalid_field"),
    "control characters in the caption": (lambda: file(good(), caption="a\x00b"), 400, "invalid_field"),
    "40 tags": (lambda: file(good(), tags=",".join(map(str, range(40)))), 400, "invalid_field"),
    "tags of quotation marks": (
        lambda: file(good(), tags=",".join(f"{n:02}" + '"' * 62 for n in range(32))),
        400,
        "invalid_field",
    ),
    "a long tag": (lambda: file(good(), tags="t" * 65), 400, "invalid_field"),
    "album too long": (lambda: file(good(), album="ä" * 200), 400, "invalid_field"),
    "a time that is not a time": (lambda: file(good(), taken_at="yesterday"), 400, "invalid_field"),
    "a day that does not exist": (lambda: file(good(), taken_at="2024-02-30"), 400, "invalid_field"),
    "an offset that does not exist": (lambda: file(good(), taken_at="2024-02-28T12:00:00+25:00"), 400, "invalid_field"),
    "further fields of 1 MB": (lambda: file(good(), other="x" * 1_000_000), 400, "invalid_field"),
    "missing key": (lambda: post(key=None, data=good(), content_type="image/jpeg"), 401, "unauthenticated"),
    "wrong key": (lambda: post(key="unknown", data=good(), content_type="image/jpeg"), 401, "unknown_key"),
    "a lone surrogate in a further field": (
        lambda: post(data=b'{"image": "aGVsbG8=", "mood": "\\ud800"}', content_type="application/json"),
        400,
        "invalid_field",
    ),
    "a lone surrogate in the name of a further field": (
        lambda: post(data=b'{"image": "aGVsbG8=", "\\udfff": "x"}', content_type="application/json"),
        400,
        "invalid_field",
    ),
    "a lone surrogate in the caption": (
        lambda: post(data=b'{"image": "aGVsbG8=", "caption": "\\ud800"}', content_type="application/json"),
        400,
        "invalid_field",
    ),
}


def check_problem(response: TestResponse, status: int, code: str) -> None:
    assert response.status_code == status, response.text
    assert response.content_type == "application/problem+json"
    problem = json.loads(response.text)
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["title"]
    assert problem["detail"].endswith((".", ")", ",…"))
    assert "Traceback" not in response.text
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("case", UPLOADS)
def test_a_bad_upload_is_a_helpful_problem_and_stores_nothing(service: Service, case: str) -> None:
    make, status, code = UPLOADS[case]
    check_problem(make()(service), status, code)
    assert service.originals.list() == []
    assert service.entries() == {}
    assert service.upload(good()).status_code == 201


@pytest.mark.parametrize("path", ["/upload", "/inspect"])
@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain; charset=utf-8", None])
@pytest.mark.parametrize("size", [8, 40_000])
def test_json_without_its_content_type_is_recognized(path: str, kind: str | None, size: int, service: Service) -> None:
    """`curl -d @body.json` declares it as a form."""
    body = b'\n {"image": "' + b"A" * size + b'"}'
    found = post(path, data=body, content_type=kind)(service)
    check_problem(found, 400, "invalid_request")
    assert found.json is not None
    stated = f"its content type is {kind.partition(';')[0]}" if kind else "it has no content type"
    advice = "Send the header Content-Type: application/json."
    assert found.json["detail"] == f"The body looks like JSON, but {stated}. {advice}"


REQUESTS: dict[str, tuple[str, str, dict[str, Any], int, str]] = {
    "unknown id": ("GET", f"/fetch/{UNKNOWN}", {}, 404, "image_not_found"),
    "unknown id, details": ("GET", f"/fetch/{UNKNOWN}/details", {}, 404, "image_not_found"),
    "unknown id, thumbnail": ("GET", f"/fetch/{UNKNOWN}/thumbnail", {}, 404, "image_not_found"),
    "unknown id, delete": ("DELETE", f"/delete/{UNKNOWN}", {"key": ALICE}, 404, "image_not_found"),
    "unknown id, update": ("PATCH", f"/update/{UNKNOWN}", {"key": ALICE, "json": {}}, 404, "image_not_found"),
    "malformed id": ("GET", "/fetch/NOT-AN-ID", {}, 400, "malformed_id"),
    "a placeholder from the documentation as an id": ("GET", "/fetch/%7Bimage_id%7D", {}, 400, "malformed_id"),
    "a placeholder as an id, by the older path": ("GET", "/image/%7Bimage_id%7D", {}, 400, "malformed_id"),
    "a placeholder from the documentation as a ticket": (
        "GET",
        "/upload/tickets/%7Bticket%7D",
        {"key": ALICE},
        404,
        "ticket_not_found",
    ),
    "an id of other characters": ("GET", "/fetch/%E2%82%AC", {}, 400, "malformed_id"),
    "an id of other characters, by the older path": ("GET", "/image/%E2%82%AC/details", {}, 400, "malformed_id"),
    "path traversal": ("GET", "/fetch/..%2F..%2Fetc%2Fpasswd", {}, 404, "route_not_found"),
    "path traversal in renditions": ("GET", "/renditions/../../catalog.db", {}, 404, "object_not_found"),
    "an unknown rendition": ("GET", f"/renditions/{UNKNOWN}/r2/1.webp", {}, 404, "object_not_found"),
    "an unknown path": ("GET", "/nothing/here", {}, 404, "route_not_found"),
    "an unknown path of a function": ("GET", "/list/this/and/that", {}, 404, "route_not_found"),
    "wrong method": ("GET", "/upload", {}, 405, "method_not_allowed"),
    "wrong method on an alias": ("PUT", f"/image/{UNKNOWN}", {}, 405, "method_not_allowed"),
    "wrong method on a rendition": ("POST", "/renditions/x", {}, 405, "method_not_allowed"),
    "wrong method on the page": ("POST", "/", {}, 405, "method_not_allowed"),
    "an event from a stranger": ("POST", "/make-thumbnails", {"json": {}}, 403, "forbidden"),
    "a bad page token": ("GET", "/list?page_token=made-up", {}, 400, "invalid_page_token"),
    "a page token that is not UTF-8": ("GET", "/list?page_token=%FF%00", {}, 400, "invalid_page_token"),
    "a page token that is JSON": ("GET", "/list?page_token=WzEsMiwzXQ==", {}, 400, "invalid_page_token"),
    "limit 0": ("GET", "/list?limit=0", {}, 400, "invalid_field"),
    "limit 1000": ("GET", "/list?limit=1000", {}, 400, "invalid_field"),
    "limit in words": ("GET", "/list?limit=many", {}, 400, "invalid_field"),
    "an unknown order": ("GET", "/list?order=best", {}, 400, "invalid_field"),
    "an unknown format": ("GET", "/list?format=bmp", {}, 400, "invalid_field"),
    "an endless tag": ("GET", f"/list?tag={'t' * 300}", {}, 400, "invalid_field"),
    "count 0": ("GET", "/random?count=0", {}, 400, "invalid_field"),
    "count 33": ("GET", "/random?count=33", {}, 400, "invalid_field"),
    "a redirect to an invalid width": ("GET", "/random?redirect=-1", {}, 400, "invalid_field"),
    "a redirect to several images": ("GET", "/random?redirect=320&count=2", {}, 400, "invalid_field"),
    "a random image of an empty repository": ("GET", "/random", {}, 404, "image_not_found"),
    "an unknown key where no key is needed": ("GET", "/list", {"key": "unknown"}, 401, "unknown_key"),
    "no key to delete": ("DELETE", f"/delete/{UNKNOWN}", {}, 401, "unauthenticated"),
}


@pytest.mark.parametrize("case", REQUESTS)
def test_a_bad_request_is_a_helpful_problem(service: Service, case: str) -> None:
    method, path, options, status, code = REQUESTS[case]
    response = service.request(method, path, **options)
    check_problem(response, status, code)
    if status == 405:
        assert "OPTIONS" in response.headers["Allow"]
    if status == 401:
        assert response.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"caption": "x" * 2001}, "invalid_field"),
        ({"colour": "red"}, "invalid_field"),
        ({"tags": 5}, "invalid_field"),
        ({"filename": "../x"}, "invalid_filename"),
        (["caption"], "invalid_request"),
    ],
)
def test_a_bad_update_changes_nothing(service: Service, body: object, code: str) -> None:
    before = service.stored(good(), caption="before")
    check_problem(service.request("PATCH", f"/update/{before['id']}", key=ALICE, json=body), 400, code)
    assert service.details(before["id"]) == before


def test_an_image_of_another_uploader_cannot_be_changed(service: Service) -> None:
    image_id = service.stored(good())["id"]
    for method, path in (("DELETE", f"/delete/{image_id}"), ("PATCH", f"/update/{image_id}")):
        check_problem(service.request(method, path, key=BOB, json={"caption": "mine"}), 403, "not_your_image")
    assert service.details(image_id)["caption"] is None


@pytest.mark.parametrize("path", ["/fetch/{}", "/renditions/{}/r2/64.webp"])
def test_a_range_after_the_end_is_refused_with_the_size(service: Service, path: str) -> None:
    image_id = service.stored(good())["id"]
    response = service.get(path.format(image_id), headers={"Range": "bytes=9999999-"})
    check_problem(response, 416, "range_not_satisfiable")
    assert response.headers["Content-Range"].startswith("bytes */")


@pytest.mark.parametrize("path", ["/fetch/{}", "/renditions/{}/r2/64.webp"])
def test_a_file_is_sent_only_if_it_matches_if_match(service: Service, path: str) -> None:
    image_id = service.stored(good())["id"]
    url = path.format(image_id)
    check_problem(service.get(url, headers={"If-Match": '"another"'}), 412, "precondition_failed")
    assert service.get(url, headers={"If-Match": service.get(url).headers["ETag"]}).status_code == 200


def test_a_body_above_the_limit_is_refused(service: Service) -> None:
    response = service.request("POST", "/upload", key=ALICE, data=BytesIO(bytes(34_000_000)), content_type="image/jpeg")
    check_problem(response, 413, "body_too_large")


def test_an_unexpected_error_has_an_id_that_is_also_in_the_log(
    service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(type(service.catalog), "page", lambda *_, **__: 1 / 0)
    response = service.get("/list")
    check_problem(response, 500, "internal_error")
    assert response.get_json()["error_id"] in caplog.text
    assert "ZeroDivisionError" in caplog.text
    assert "division" not in response.text


TICKETS = "POST /upload/tickets"


def test_a_413_names_the_ticket_where_it_helps(service: Service) -> None:
    large = service.request("POST", "/upload", key=ALICE, data=bytes(MAX_REQUEST + 1), content_type="image/jpeg")
    file = service.upload(b"\xff\xd8\xff" + bytes(HTTP_LIMITS.bytes))
    for response in (large, file):
        assert response.status_code == 413
        assert TICKETS in response.get_json()["detail"]


def test_a_413_does_not_name_the_ticket_where_it_does_not_help(service: Service) -> None:
    beyond = {"CONTENT_LENGTH": str(TICKET_LIMITS.bytes + 1)}
    file = b"\xff\xd8\xff" + bytes(HTTP_LIMITS.bytes)
    for response in (
        service.request("POST", "/upload", key=ALICE, content_type="image/jpeg", environ_overrides=beyond),
        service.request("POST", "/inspect", key=ALICE, data=file, content_type="image/jpeg"),
        service.request("POST", "/inspect", key=ALICE, data=bytes(MAX_REQUEST + 1), content_type="image/jpeg"),
        service.request("PATCH", f"/update/{'a' * 26}", key=ALICE, data=bytes(MAX_JSON + 1)),
        service.request("POST", "/upload/tickets", key=ALICE, data=bytes(MAX_JSON + 1)),
    ):
        assert response.status_code == 413
        assert TICKETS not in response.get_json()["detail"]
