"""The responses that the browser of a visitor gets."""

from functools import cache
from io import BytesIO
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageOps, ImageStat

from functions.imaging.colours.publish import public
from tests.harness import ALICE, Service
from tests.photos import avif, exif_bytes, gif, heic, jpeg, photo, png, srgb_profile, webp

POSITION = (48.137154, 11.576124)


@cache
def located() -> bytes:
    """A photo with a colour profile, and with its position in two places."""
    exif = exif_bytes(gps=POSITION, camera=("Maker", "Model"), orientation=6)
    return jpeg(photo(320, 200), exif=exif, icc_profile=srgb_profile(), comment=b"GPS-MARKER")


def decoded(data: bytes) -> Image.Image:
    image = Image.open(BytesIO(data))
    image.load()
    return image


def test_a_file_is_served_without_its_private_metadata(service: Service) -> None:
    image = service.stored(located())
    response = service.get(f"/fetch/{image['id']}")
    served, sent = decoded(response.data), decoded(located())
    assert response.content_type == "image/jpeg"
    assert ImageChops.difference(served, sent).getbbox() is None
    assert served.info["icc_profile"] == public(sent.info["icc_profile"])
    assert dict(served.getexif()) == {274: 6}
    assert b"GPS-MARKER" not in response.data
    assert b"Maker" not in response.data


@pytest.mark.parametrize("path", ["", "/details", "/thumbnail?width=160"])
def test_no_response_without_a_key_has_the_position(service: Service, path: str) -> None:
    image = service.stored(located())
    for url in (f"/fetch/{image['id']}{path}", "/list", "/random"):
        response = service.get(url)
        assert b"48.137" not in response.data
        assert b'"gps"' not in response.data
        assert b"GPS-MARKER" not in response.data


def test_no_rendition_has_metadata(service: Service) -> None:
    image = service.stored(located())
    for item in image["thumbnails"]["items"]:
        rendition = decoded(service.get(item["url"]).data)
        assert not rendition.getexif()
        assert set(rendition.info) <= {"loop", "background", "timestamp", "duration"}


def test_the_holder_of_a_key_sees_the_position(service: Service) -> None:
    image = service.stored(located())
    exif = service.get(f"/fetch/{image['id']}/details", key=ALICE).get_json()["exif"]
    assert (exif["gps"]["latitude"], exif["gps"]["longitude"]) == pytest.approx(POSITION, abs=1e-4)
    assert exif["camera"] == "Maker Model"


def test_thumbnails_are_upright_and_can_be_cached_for_ever(service: Service) -> None:
    uploaded = service.upload(located()).get_json()["thumbnails"]
    service.deliver()
    image = service.get("/list").get_json()["images"][0]
    ready = image["thumbnails"]
    assert (uploaded["state"], ready["state"]) == ("pending", "ready")
    assert [each["url"] for each in ready["items"]] == [each["url"] for each in uploaded["items"]]
    assert (image["width"], image["height"]) == (200, 320)
    upright = ImageOps.exif_transpose(decoded(located()))
    for item in ready["items"]:
        response = service.get(item["url"])
        assert response.headers["Cache-Control"] == "public, max-age=31536000, s-maxage=86400, immutable"
        assert len(response.data) == item["bytes"]
        small = decoded(response.data).convert("RGB")
        assert small.size == (item["width"], item["height"])
        difference = ImageChops.difference(small, upright.resize(small.size))
        assert max(ImageStat.Stat(difference).mean) < 12
    assert image["placeholder"].startswith("data:image/webp;base64,")


def test_a_thumbnail_redirects_to_the_smallest_one_that_is_wide_enough(service: Service) -> None:
    image = service.stored(jpeg(photo(700, 400)))
    for width, chosen in ((1, 160), (160, 160), (161, 320), (640, 640), (641, 700), (5000, 700)):
        response = service.get(f"/fetch/{image['id']}/thumbnail?width={width}")
        assert response.status_code == 302
        assert response.headers["Location"].endswith(f"/r2/{chosen}.webp")
        assert service.get(response.headers["Location"]).status_code == 200


def test_a_pending_thumbnail_redirects_to_the_image(service: Service) -> None:
    image = service.upload(jpeg(photo(700, 400))).get_json()
    response = service.get(f"/fetch/{image['id']}/thumbnail")
    assert (response.status_code, response.headers["Location"]) == (302, image["url"])
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("make", [avif, heic])
def test_a_file_that_cannot_be_stripped_is_served_as_a_full_size_rendition(service: Service, make: Any) -> None:
    sent = make(photo(500, 300), exif=exif_bytes(gps=POSITION))
    image = service.upload(sent).get_json()
    waiting = service.get(f"/fetch/{image['id']}")
    assert (waiting.status_code, waiting.get_json()["code"]) == (503, "not_ready")
    assert waiting.headers["Retry-After"]
    service.deliver()
    response = service.get(f"/fetch/{image['id']}")
    assert response.status_code == 302
    shown = decoded(service.get(response.headers["Location"]).data)
    assert shown.size == (500, 300)
    assert not shown.getexif()
    assert [each["width"] for each in service.details(image["id"])["thumbnails"]["items"]] == [160, 320, 500]


@pytest.mark.parametrize(
    "data", [png(), webp(), gif([photo(60, 40), photo(60, 40, seed=1)])], ids=["png", "webp", "gif"]
)
def test_other_formats_are_served_unchanged(service: Service, data: bytes) -> None:
    image = service.stored(data)
    response = service.get(f"/fetch/{image['id']}")
    assert response.content_type == image["content_type"]
    served, sent = decoded(response.data), decoded(data)
    assert served.size == sent.size
    assert getattr(served, "n_frames", 1) == getattr(sent, "n_frames", 1)
    assert image["animated"] is (getattr(sent, "n_frames", 1) > 1)
