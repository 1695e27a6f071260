"""Dates: a photo was taken when its camera says so, wherever its viewer is."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from typing import Final

import pytest
from PIL.ExifTags import Base as Photo
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import ARGUMENTS
from tests.browser.pages import expect_shown, store, tile
from tests.photos import exif_bytes, jpeg, photo
from tests.processes import Runner

ZONES: Final = ("Asia/Tokyo", "America/New_York", "Pacific/Kiritimati")

# By caption: the time of the camera, its offset, and the date and the time that every viewer sees.
PHOTOS: Final = {
    "Late": ("2024:07:01 23:30:00", None, "1 Jul 2024", "1 July 2024 at 23:30"),
    "Early": ("2024:07:02 00:30:00", "+02:00", "2 Jul 2024", "2 July 2024 at 00:30"),
    "Skipped hour": ("2024:03:10 02:30:00", "-05:00", "10 Mar 2024", "10 March 2024 at 02:30"),
    "New year": ("2023:12:31 23:59:59", "+14:00", "31 Dec 2023", "31 December 2023 at 23:59"),
}


@pytest.fixture(scope="module", autouse=True)
def photos(runner: Runner) -> None:
    for number, (caption, (time, offset, *_)) in enumerate(PHOTOS.items()):
        tags: dict[int, str] = {Photo.DateTimeOriginal: time}
        if offset is not None:
            tags[Photo.OffsetTimeOriginal] = offset
        store(runner, jpeg(photo(200, 150, seed=number), exif=exif_bytes(tags=tags)), "a.jpg", caption=caption)


@pytest.fixture(params=ZONES)
def page(request: pytest.FixtureRequest, browser: Browser, runner: Runner) -> Iterator[Page]:
    """The page in a browser of its own, which runs in another time zone."""
    chromium = shutil.which("chromium")
    assert chromium is not None
    environment: dict[str, str | float | bool] = {"TZ": request.param}
    launched = browser.browser_type.launch(executable_path=chromium, args=[*ARGUMENTS], env=environment)
    with closing(launched), closing(launched.new_context(locale="en-GB")) as context:
        page = context.new_page()
        page.goto(runner.address)
        assert page.evaluate("Intl.DateTimeFormat().resolvedOptions().timeZone") == request.param
        yield page


def test_the_date_of_a_photo_is_the_same_in_every_time_zone(page: Page) -> None:
    for caption, (_, _, day, minute) in PHOTOS.items():
        shown = tile(page, caption)
        expect_shown(shown)
        expect(shown.locator("time")).to_have_text(day)
        expect(shown.locator("time")).to_have_attribute("title", minute)
        shown.get_by_role("link").click()
        taken = page.get_by_role("dialog").locator("#facts > div").filter(has_text="Taken")
        expect(taken.locator("time")).to_have_text(minute)
        page.keyboard.press("Escape")


def test_the_time_of_the_upload_is_in_the_time_zone_of_the_viewer(page: Page, runner: Runner) -> None:
    uploaded_at = runner.get("/list?limit=1").json()["images"][0]["uploaded_at"]
    format_here = 'new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeStyle: "short" })'
    expected = page.evaluate(f"(time) => {format_here}.format(new Date(time))", uploaded_at)
    tile(page, list(PHOTOS)[-1]).get_by_role("link").click()
    uploaded = page.get_by_role("dialog").locator("#facts > div").filter(has_text="Uploaded")
    expect(uploaded.locator("time")).to_have_text(expected)
