"""Uploads: every way in which a client can send a photo, and the responses."""

from base64 import b64encode, urlsafe_b64encode
from functools import cache
from io import BytesIO
from typing import Any
from urllib.parse import quote

import pytest
from PIL import ExifTags
from werkzeug.test import TestResponse

from tests.harness import ALICE, Service
from tests.photos import exif_bytes, jpeg, photo, png


@cache
def a_photo() -> bytes:
    return jpeg(photo(320, 200))


@cache
def another() -> bytes:
    return jpeg(photo(200, 320, seed=2))


def post(service: Service, **options: Any) -> TestResponse:
    return service.request("POST", "/upload", key=ALICE, **options)


def base64(data: bytes) -> str:
    return b64encode(data).decode()


WAYS: dict[str, Any] = {
    "multipart": {"data": {"image": (BytesIO, "photo.jpg")}},
    "multipart, field `file`": {"data": {"file": (BytesIO, "photo.jpg")}},
    "multipart, base64 in a field": {"data": {"image": base64}, "content_type": "multipart/form-data"},
    "urlencoded base64": {"data": {"image": base64}},
    "JSON base64": {"json": {"image": base64, "filename": "photo.jpg"}},
    "JSON data URL": {"json": {"image": lambda data: f"data:image/jpeg;base64,{base64(data)}"}},
    "raw": {"data": bytes, "content_type": "image/jpeg"},
    "raw, with a wrong type": {"data": bytes, "content_type": "image/png"},
    "raw, without a type": {"data": bytes, "content_type": "application/octet-stream"},
    "raw, as curl --data-binary declares it": {"data": bytes, "content_type": "application/x-www-form-urlencoded"},
}


def filled(value: Any, data: bytes) -> Any:
    """The options of a request, with the photo in place of each function that encodes it."""
    if isinstance(value, dict):
        return {key: filled(each, data) for key, each in value.items()}
    if isinstance(value, tuple):
        return (filled(value[0], data), value[1])
    return value(data) if callable(value) else value


@pytest.mark.parametrize("way", WAYS)
def test_a_photo_can_be_sent_in_each_way(service: Service, way: str) -> None:
    response = post(service, **filled(WAYS[way], a_photo()))
    assert response.status_code == 201, response.text
    (original,) = service.originals.list()
    assert service.originals.read(original.name)[1] == a_photo()


def test_the_answer_is_the_image_object(service: Service) -> None:
    response = service.upload(a_photo(), "beach.jpg", caption="At the sea", tags="sea, sun,sea", album="Summer")
    image = response.get_json()
    assert response.headers["Location"] == image["url"] == f"http://localhost/fetch/{image['id']}"
    widths = [each["width"] for each in image["thumbnails"]["items"]]
    assert widths == [160, 320]
    assert image["thumbnails"]["state"] == "pending"
    assert image["thumbnails"]["srcset"].endswith("/r2/320.webp 320w")
    shown = {key: image[key] for key in ("filename", "caption", "tags", "album", "uploader", "duplicate")}
    assert shown == {
        "filename": "beach.jpg",
        "caption": "At the sea",
        "tags": ["sea", "sun"],
        "album": "Summer",
        "uploader": "alice",
        "duplicate": False,
    }
    assert (image["format"], image["width"], image["height"], image["animated"]) == ("jpeg", 320, 200, False)
    assert image["bytes"] == len(a_photo())


def test_a_raw_body_takes_its_fields_from_the_query(service: Service) -> None:
    query = "tags=sea&tags=sun,sand&caption=At+the+sea&roll=1&roll=2"
    response = service.request("POST", f"/upload?{query}", key=ALICE, data=a_photo(), content_type="image/jpeg")
    image = response.get_json()
    assert (image["tags"], image["caption"]) == (["sea", "sun", "sand"], "At the sea")
    assert image["extra"] == {"roll": '["1", "2"]'}


def test_unknown_fields_are_kept(service: Service) -> None:
    image = service.upload(a_photo(), photographer="Ada", roll="12").get_json()
    assert image["extra"] == {"photographer": "Ada", "roll": "12"}
    (original,) = service.originals.list()
    assert '"photographer":"Ada"' in original.metadata["extra"]


@pytest.mark.parametrize("filling", ["x", "€", '"', "\\"])
def test_a_description_that_is_accepted_fits_into_the_metadata_of_an_object(service: Service, filling: str) -> None:
    tags = [f"{number:02}{filling * ((64 - 2) // len(filling.encode()))}" for number in range(32)]
    fields = {
        "album": "a" * 255,
        "caption": filling * (2_000 // len(filling.encode())),
        "taken_at": "2024-05-01T12:30Z",
    }
    for fewer in range(32):
        sent = {**fields, "tags": ",".join(tags[fewer:]), "more": "y" * 1_480}
        if service.upload(a_photo(), "f" * 255, **sent).status_code == 201:
            break
    (original,) = service.originals.list()
    assert sum(len(text.encode()) for each in original.metadata.items() for text in each) <= 8_192 - 256
    assert (fewer > 0) is (filling in '"\\')


@pytest.mark.parametrize(
    "again",
    [
        pytest.param(a_photo, id="the same file"),
        pytest.param(lambda: jpeg(photo(320, 200), exif=exif_bytes(camera=("Maker", "Model"))), id="with EXIF"),
        pytest.param(lambda: a_photo() + b"trailing bytes", id="with trailing bytes"),
    ],
)
def test_a_copy_is_a_duplicate(service: Service, again: Any) -> None:
    first = service.upload(a_photo()).get_json()
    response = service.upload(again())
    assert response.status_code == 200
    assert response.get_json() == {**first, "duplicate": True, "filled": [], "kept": []}
    assert len(service.originals.list()) == 1


def test_a_recompressed_png_is_a_duplicate(service: Service) -> None:
    image = photo(120, 80)
    first = service.upload(png(image, compress_level=1), "a.png").get_json()
    second = service.upload(png(image, compress_level=9), "b.png")
    assert (second.status_code, second.get_json()["id"]) == (200, first["id"])


def test_different_photos_are_different_images(service: Service) -> None:
    assert service.upload(a_photo()).get_json()["id"] != service.upload(another()).get_json()["id"]


def test_each_of_several_files_has_a_result(service: Service) -> None:
    files = [(BytesIO(data), name) for data, name in ((a_photo(), "1.jpg"), (b"text", "2.jpg"), (a_photo(), "3.jpg"))]
    response = post(service, data={"image": files})
    assert response.status_code == 207
    images = response.get_json()["images"]
    assert [each["status"] for each in images] == [201, 415, 200]
    assert images[1]["code"] == "unsupported_format"
    assert images[2]["duplicate"] is True


def test_each_of_several_images_in_json_has_a_result(service: Service) -> None:
    images = [None, base64(a_photo()), {"image": 5}, {"caption": "none"}, "%"]
    response = post(service, json={"images": images})
    assert response.status_code == 207
    results = [(each["status"], each.get("code")) for each in response.get_json()["images"]]
    bad = (400, "invalid_field")
    assert results == [bad, (201, None), bad, bad, (400, "invalid_base64")]


def test_images_in_json_can_have_their_own_and_common_fields(service: Service) -> None:
    images = [{"image": base64(a_photo()), "caption": "one"}, base64(another())]
    response = post(service, json={"images": images, "album": "Trip", "caption": "both"})
    assert response.status_code == 201
    results = [(each["caption"], each["album"]) for each in response.get_json()["images"]]
    assert results == [("one", "Trip"), ("both", "Trip")]


def test_base64_is_accepted_as_forms_and_browsers_change_it(service: Service) -> None:
    wrapped = "\r\n".join(base64(a_photo())[i : i + 76] for i in range(0, len(base64(a_photo())), 76))
    spaces = f"image={base64(a_photo()).replace('/', '%2F')}"  # + is not escaped, so that a form reads it as a space
    assert post(service, json={"image": wrapped}).status_code == 201
    assert post(service, data=spaces, content_type="application/x-www-form-urlencoded").status_code == 200
    assert post(service, json={"image": urlsafe_b64encode(a_photo()).decode().rstrip("=")}).status_code == 200


def test_urlencoded_base64_can_have_megabytes(service: Service) -> None:
    data = png(photo(1200, 900))
    assert len(data) > 1_000_000
    body = f"image={quote(base64(data), safe='')}"
    response = post(service, data=body, content_type="application/x-www-form-urlencoded")
    assert response.status_code == 201


def test_a_wrong_extension_does_not_matter(service: Service) -> None:
    response = service.upload(a_photo(), "photo.png")
    assert (response.status_code, response.get_json()["content_type"]) == (201, "image/jpeg")
    served = service.get(f"/fetch/{response.get_json()['id']}")
    assert 'filename="photo.jpg"' in served.headers["Content-Disposition"]


def test_folders_before_a_file_name_are_removed(service: Service) -> None:
    assert service.upload(a_photo(), "holiday/2024/beach.jpg").get_json()["filename"] == "beach.jpg"


def test_the_time_of_a_photo_comes_from_exif_unless_it_is_sent(service: Service) -> None:
    dated = jpeg(photo(64, 48), exif=exif_bytes(tags={ExifTags.Base.DateTimeOriginal: "2021:07:04 23:30:00"}))
    image = service.upload(dated).get_json()
    assert image["taken_at"] == "2021-07-04T23:30:00"
    for sent, shown in (
        ("2020-01-01T00:00:00+02:00", "2020-01-01T00:00:00+02:00"),
        ("2020:01:01 00:00-0530", "2020-01-01T00:00:00-05:30"),
        ("2020-01-01T00:00:00.999Z", "2020-01-01T00:00:00+00:00"),
        (None, "2021-07-04T23:30:00"),
    ):
        changed = service.request("PATCH", f"/update/{image['id']}", key=ALICE, json={"taken_at": sent})
        assert changed.get_json()["taken_at"] == shown
        assert service.get(f"/fetch/{image['id']}/details").get_json()["taken_at"] == shown


def test_inspect_reports_the_facts_without_storing(service: Service) -> None:
    response = service.request("POST", "/inspect", key=ALICE, data={"image": (BytesIO(a_photo()), "a.jpg")})
    facts = response.get_json()
    assert (response.status_code, facts["size"], facts["format"]) == (200, [320, 200], "jpeg")
    assert service.originals.list() == []
    assert facts["id"] == service.upload(a_photo()).get_json()["id"]


def test_inspect_accepts_several_files(service: Service) -> None:
    files = [(BytesIO(a_photo()), "1.jpg"), (BytesIO(b"text"), "2.jpg")]
    response = service.request("POST", "/inspect", key=ALICE, data={"image": files})
    assert response.status_code == 207
    assert [each["status"] for each in response.get_json()["images"]] == [200, 415]
