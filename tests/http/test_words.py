"""The words of a duplicate fill what is empty, in every way in, and the response says what was filled and kept."""

import hashlib
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from typing import Any

import pytest
from werkzeug.test import TestResponse

from functions.domain.drops import UPLOADER
from tests.faults import Fault
from tests.harness import ADMIN, ALICE, BOB, Service
from tests.photos import exif_bytes, jpeg, photo, png, webp


@cache
def a_photo() -> bytes:
    return jpeg(photo(64, 48))


def a_copy() -> bytes:
    """Other bytes with the same pixels."""
    return jpeg(photo(64, 48), exif=exif_bytes(camera=("Maker", "Model")))


WORDS: dict[str, Any] = {"caption": "sent", "tags": "sea,sky", "album": "Sent"}
NAMES = ("caption", "tags", "album")


def shown(image: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: image[name] for name in names}


def multipart(service: Service, data: bytes, key: str) -> dict[str, Any]:
    return answer(service.upload(data, key=key, **WORDS))


def in_json(service: Service, data: bytes, key: str) -> dict[str, Any]:
    body = {"image": b64encode(data).decode(), **WORDS}
    return answer(service.request("POST", "/upload", key=key, json=body))


def form(service: Service, data: bytes, key: str) -> dict[str, Any]:
    body = {"image": b64encode(data).decode(), **WORDS}
    return answer(service.request("POST", "/upload", key=key, data=body))


def raw(service: Service, data: bytes, key: str) -> dict[str, Any]:
    options: dict[str, Any] = {"data": data, "content_type": "image/jpeg", "query_string": WORDS}
    return answer(service.request("POST", "/upload", key=key, **options))


def several(service: Service, data: bytes, key: str) -> dict[str, Any]:
    files = [(BytesIO(each), "photo.jpg") for each in (jpeg(photo(20, 20)), data)]
    response = service.request("POST", "/upload", key=key, data={"images": files, **WORDS})
    found: dict[str, Any] = response.get_json()["images"][1]
    return found


def ticket(service: Service, data: bytes, key: str) -> dict[str, Any]:
    body = {"content_type": "image/jpeg", "bytes": len(data), **WORDS}
    issued = service.request("POST", "/upload/tickets", key=key, json=body).get_json()
    path = issued["upload"]["url"].removeprefix("http://localhost")
    sent = service.request("PUT", path, data=data, headers=issued["upload"]["headers"])
    assert sent.status_code == 200, sent.text
    service.deliver()
    polled = service.get(f"/upload/tickets/{issued['ticket']}", key=key).get_json()
    assert polled["state"] == "duplicate"
    return {**polled["image"], "filled": polled["filled"], "kept": polled["kept"]}


def check(service: Service, data: bytes, key: str) -> dict[str, Any]:
    sha256 = hashlib.sha256(data).hexdigest()
    body = {"sha256": [sha256], "words": [{"sha256": sha256, "description": WORDS}]}
    response = service.request("POST", "/upload/check", key=key, json=body).get_json()
    (words,) = response["words"]
    return {**service.details(response["known"][sha256]), **words}


def answer(response: TestResponse) -> dict[str, Any]:
    assert response.status_code == 200, response.text
    image: dict[str, Any] = response.get_json()
    assert image["duplicate"] is True
    return image


Send = Callable[[Service, bytes, str], dict[str, Any]]
WAYS: list[Send] = [multipart, in_json, form, raw, several, ticket, check]
in_each_way = pytest.mark.parametrize("send", WAYS, ids=lambda each: each.__name__)


@in_each_way
def test_the_words_of_a_duplicate_fill_what_is_empty(service: Service, send: Send) -> None:
    stored = service.stored(a_photo(), tags="sun")
    image = send(service, a_photo(), ALICE)
    assert (image["filled"], image["kept"]) == (["caption", "tags", "album"], [])
    assert shown(image, *NAMES) == {"caption": "sent", "tags": ["sun", "sea", "sky"], "album": "Sent"}
    assert shown(service.details(stored["id"]), *NAMES) == shown(image, *NAMES)
    service.deliver()
    service.check_agreement()


@in_each_way
def test_what_is_there_is_kept_and_named(service: Service, send: Send) -> None:
    stored = service.stored(a_photo(), caption="stored", album="Sent")
    image = send(service, a_photo(), ALICE)
    assert (image["filled"], image["kept"]) == (["tags"], ["caption"])
    assert service.details(stored["id"]) == {**stored, "tags": ["sea", "sky"]}
    again = send(service, a_photo(), ALICE)
    assert (again["filled"], again["kept"]) == ([], ["caption"])


@in_each_way
def test_another_users_image_does_not_change(service: Service, send: Send) -> None:
    stored = service.stored(a_photo(), album="Sent")
    image = send(service, a_photo(), BOB)
    assert (image["filled"], image["kept"]) == ([], ["caption", "tags"])
    assert service.details(stored["id"]) == stored


@in_each_way
def test_an_admin_fills_any_image(service: Service, send: Send) -> None:
    service.stored(a_photo())
    assert send(service, a_photo(), ADMIN)["filled"] == ["caption", "tags", "album"]


@pytest.mark.parametrize("again", [a_copy, lambda: a_photo() + b"trailing"], ids=["other metadata", "trailing bytes"])
def test_a_copy_with_the_same_pixels_fills_too(service: Service, again: Callable[[], bytes]) -> None:
    service.stored(a_photo())
    assert multipart(service, again(), ALICE)["filled"] == ["caption", "tags", "album"]


def test_a_twin_in_another_format_fills_too(service: Service) -> None:
    service.stored(png(photo(40, 30)))
    image = answer(service.upload(webp(photo(40, 30), lossless=True), caption="from the twin"))
    assert (image["format"], image["caption"], image["filled"]) == ("png", "from the twin", ["caption"])
    assert image["kept"] == []


def test_a_duplicate_in_one_request_with_the_image_fills_it(service: Service) -> None:
    image = b64encode(a_photo()).decode()
    body = {"images": [{"image": image, "tags": "a"}, {"image": image, "tags": "b", "caption": "second"}]}
    first, second = service.request("POST", "/upload", key=ALICE, json=body).get_json()["images"]
    assert "filled" not in first
    assert (second["status"], second["tags"], second["filled"]) == (200, ["a", "b"], ["caption", "tags"])


def test_a_request_without_words_names_none(service: Service) -> None:
    service.stored(a_photo())
    response = service.request("POST", "/upload", key=ALICE, data=a_photo(), content_type="image/jpeg")
    assert not {"filled", "kept"} & answer(response).keys()


def test_a_file_name_and_other_fields_count_as_words(service: Service) -> None:
    service.request("POST", "/upload", key=ALICE, data=a_photo(), content_type="image/jpeg")
    image = answer(service.upload(a_photo(), "name.jpg", mood="sunny", taken_at="2024-05-01T12:30:00Z"))
    assert image["filled"] == ["filename", "taken_at", "extra"]
    assert (image["filename"], image["extra"]) == ("name.jpg", {"mood": "sunny"})
    again = answer(service.upload(a_photo(), "other.jpg", mood="sad"))
    assert (again["filled"], again["kept"]) == ([], ["filename", "extra"])


def test_tags_that_have_no_room_are_named_and_the_others_are_added(service: Service) -> None:
    stored = service.stored(a_photo(), tags=",".join(f"tag {number}" for number in range(31)))
    image = answer(service.upload(a_photo(), tags="tag 0,new,late"))
    assert image["tags"] == [*stored["tags"], "new"]
    assert (image["filled"], image["kept"]) == (["tags"], ["tags"])


def test_the_time_of_the_camera_is_kept(service: Service) -> None:
    dated = jpeg(photo(64, 48), exif=exif_bytes(taken_at=datetime(2021, 7, 4, 10, 30, tzinfo=UTC)))
    stored = service.stored(dated)
    image = answer(service.upload(dated, taken_at="2024-05-01T12:30:00Z"))
    assert (image["taken_at"], image["filled"], image["kept"]) == (stored["taken_at"], [], ["taken_at"])


def test_a_drop_fills_the_images_of_drops_alone(service: Service) -> None:
    service.drop("one.jpg", a_photo())
    service.deliver()
    stored = service.stored(png(photo(20, 20)))
    service.drop("Album/one.jpg", a_photo(), caption="second", tags="sea")
    service.drop("Album/other.png", png(photo(20, 20)), caption="of another user")
    service.deliver()
    (dropped,) = (each for each in service.entries().values() if each.uploader == UPLOADER)
    assert (dropped.description.caption, dropped.description.album) == ("second", "Album")
    assert dropped.description.tags == ("sea",)
    assert service.details(stored["id"]) == stored
    assert service.dropbox.list() == []
    service.check_agreement()


def test_a_removed_caption_is_not_filled_by_a_repeated_event_of_the_drop_that_brought_it(service: Service) -> None:
    service.drop("one.jpg", a_photo(), caption="removed")
    events = [each for each in service.pending_events() if each.object["bucket"] == "dropbox"]
    service.deliver()
    (image_id,) = service.entries()
    service.request("PATCH", f"/update/{image_id}", key=ADMIN, json={"caption": None})
    for each in events:
        service.post(each)
    assert service.details(image_id)["caption"] is None


def test_an_exact_duplicate_without_new_words_costs_one_query_and_one_stat(service: Service) -> None:
    service.stored(a_photo(), **WORDS)
    for words in ({}, WORDS, {"caption": "another"}):
        fault = Fault()
        service.inject(fault)
        service.upload(a_photo(), **words)
        assert [each.rpartition(".")[2] for each in fault.calls] == ["find_by_sha256", "stat"]


def test_damaged_metadata_of_an_object_keep_their_image_unchanged(service: Service) -> None:
    stored = service.stored(a_photo(), tags="a")
    (original,) = service.originals.list()
    service.originals.set_metadata(original, {**original.metadata, "tags": "not JSON"})
    image = answer(service.upload(a_photo(), caption="sent"))
    assert (image["id"], image["filled"], image["kept"]) == (stored["id"], [], ["filename", "caption"])


class TestACheckWithWords:
    def post(self, service: Service, body: dict[str, Any]) -> TestResponse:
        return service.request("POST", "/upload/check", key=ALICE, json=body)

    def test_the_effects_have_the_order_of_the_request_without_unknown_files(self, service: Service) -> None:
        files = [jpeg(photo(30 + number, 20)) for number in range(2)]
        first, second = (service.stored(each)["sha256"] for each in files)
        unknown = "0" * 64
        words = [
            {"sha256": second.upper(), "description": {"caption": "second"}},
            {"sha256": unknown, "description": {"caption": "unknown"}},
            {"sha256": first, "description": {"tags": ["a"]}},
            {"sha256": second, "description": {"caption": "again", "tags": "b"}},
            {"sha256": first, "description": {}},
        ]
        response = self.post(service, {"sha256": [unknown, first], "words": words}).get_json()
        assert set(response["known"]) == {first, second}
        assert response["words"] == [
            {"sha256": second, "filled": ["caption"], "kept": []},
            {"sha256": first, "filled": ["tags"], "kept": []},
            {"sha256": second, "filled": ["tags"], "kept": ["caption"]},
            {"sha256": first, "filled": [], "kept": []},
        ]

    def test_an_invalid_description_fails_alone(self, service: Service) -> None:
        sha256 = service.stored(a_photo())["sha256"]
        words = [
            {"sha256": sha256, "description": {"caption": "x" * 2_001}},
            {"sha256": sha256, "description": {"album": "fits"}},
        ]
        bad, good = self.post(service, {"sha256": [], "words": words}).get_json()["words"]
        assert (bad["sha256"], bad["status"], bad["code"], bad["field"]) == (sha256, 400, "invalid_field", "caption")
        assert good == {"sha256": sha256, "filled": ["album"], "kept": []}

    @pytest.mark.parametrize(
        "words",
        [
            None,
            {},
            ["x"],
            [{"sha256": "0" * 64}],
            [{"sha256": "0" * 64, "description": []}],
            [{"sha256": "x", "description": {}}],
            [{"description": {}}],
            [{"sha256": "0" * 64, "description": {}}] * 501,
        ],
    )
    def test_words_of_a_wrong_form_are_refused(self, service: Service, words: object) -> None:
        response = self.post(service, {"sha256": [], "words": words})
        assert (response.status_code, response.get_json()["code"]) == (400, "invalid_field")

    def test_more_than_500_files_in_both_lists_are_refused(self, service: Service) -> None:
        words = [{"sha256": f"{number:064x}", "description": {}} for number in range(300)]
        response = self.post(service, {"sha256": [f"{number:064x}" for number in range(250, 501)], "words": words})
        assert (response.status_code, response.get_json()["field"]) == (400, "sha256")
