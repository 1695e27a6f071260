"""Files that are too large for a request: the page uploads them by ticket, and the user sees no difference."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import OpenPage
from tests.browser.pages import WITH_KEY, expect_shown, row, tile
from tests.cable import Cable, cable
from tests.photos import heic, jpeg, noise, photo, png, truncated
from tests.processes import Runner

MIB = 1024 * 1024
TIMEOUT = 40_000
"""Milliseconds for tens of megapixels on a busy machine."""
PADDING = bytes(30 * MIB)
"""Data after the end of an image, such as the video of a moving photo. The service ignores it."""


@pytest.fixture(scope="module")
def big() -> bytes:
    """60 MB, 20 MP."""
    return png(noise(4800, 4200), compress_level=0)


@pytest.fixture
def connection(runner: Runner) -> Iterator[Cable]:
    """A connection to the server that a test can interrupt."""
    with cable(urlsplit(runner.address).netloc) as each:
        yield each


def choose(page: Page, path: Path, data: bytes) -> None:
    """Choose a file on the disk. The browser determines its content type."""
    path.write_bytes(data)
    page.set_input_files("#files", path)


def recorded(page: Page) -> list[str]:
    """The methods and paths of the requests of the page. New ones are added to the list."""
    requested: list[str] = []
    page.on("request", lambda each: requested.append(f"{each.method} {urlsplit(each.url).path}"))
    return requested


def test_a_photo_of_60_mb_is_stored_and_shown_and_a_copy_is_recognized(
    runner: Runner, open_page: OpenPage, big: bytes, tmp_path: Path
) -> None:
    page = open_page(WITH_KEY)
    sent = recorded(page)
    choose(page, tmp_path / "big.png", big)
    expect(row(page, "big.png")).to_contain_text(re.compile(r"Uploading, \d+ %|Processing …"))
    expect(row(page, "big.png")).to_contain_text("Stored", timeout=TIMEOUT)
    runner.wait_until_ready(runner.get("/list").json()["images"][0]["id"], TIMEOUT / 1000)
    expect_shown(tile(page, "big.png"))
    (image,) = runner.get("/list").json()["images"]
    assert (image["bytes"], image["filename"]) == (len(big), "big.png")
    assert [each["width"] for each in image["thumbnails"]["items"]] == [160, 320, 640, 1280, 2048]
    choose(page, tmp_path / "copy.png", big)
    expect(row(page, "copy.png")).to_contain_text("Already stored", timeout=TIMEOUT)
    expect(row(page, "copy.png").get_by_role("link")).to_have_attribute("href", f"#image={image['id']}")
    assert "POST /upload" not in sent


def test_a_damaged_photo_is_refused_with_the_message_of_the_server(
    runner: Runner, open_page: OpenPage, big: bytes, tmp_path: Path
) -> None:
    page = open_page(WITH_KEY)
    with page.expect_response("**/upload/tickets") as issued:
        choose(page, tmp_path / "half.png", truncated(big, 0.6))
    expect(row(page, "half.png")).to_contain_text("Refused", timeout=TIMEOUT)
    ticket = runner.get(f"/upload/tickets/{issued.value.json()['ticket']}", headers=runner.key).json()
    expect(row(page, "half.png")).to_contain_text(f"Refused: {ticket['problem']['detail']}")
    expect(row(page, "half.png").get_by_role("button")).to_be_hidden()


def test_a_lost_connection_is_an_error_and_a_retry_gets_a_new_ticket(
    open_page: OpenPage, connection: Cable, tmp_path: Path
) -> None:
    page = open_page(f"http://{connection.host}{WITH_KEY}")
    expect(page.locator("#gallery-loading")).to_be_hidden()
    sent = recorded(page)

    def hold(route: Route) -> None:
        """Hold the connection before the first byte: a fast machine would have sent the whole file by then."""
        connection.hold()
        route.continue_()

    page.route("**/dropbox/**", hold)
    choose(page, tmp_path / "interrupted.jpg", jpeg(photo(300, 200, seed=1)) + PADDING * 3)
    expect(row(page, "interrupted.jpg")).to_contain_text(re.compile(r"Uploading, [1-9]\d? %"))
    connection.cut()
    expect(row(page, "interrupted.jpg")).to_contain_text("Failed: The server cannot be reached. Check your connection.")
    page.unroute("**/dropbox/**")
    connection.restore()
    row(page, "interrupted.jpg").get_by_role("button", name="Retry").click()
    expect(row(page, "interrupted.jpg")).to_contain_text("Stored")
    assert sent.count("POST /upload/tickets") == 2
    assert len({each for each in sent if each.startswith("PUT ")}) == 2


def test_a_file_whose_type_the_browser_does_not_know_gets_it_from_its_extension(
    runner: Runner, open_page: OpenPage, tmp_path: Path
) -> None:
    free = (len(PADDING) + 8).to_bytes(4) + b"free" + PADDING
    page = open_page(WITH_KEY)
    choose(page, tmp_path / "phone.HEIC", heic(photo(300, 200, seed=2)) + free)
    assert page.locator("#files").evaluate("(input) => input.files.length") == 0
    expect(row(page, "phone.HEIC")).to_contain_text("Stored")
    expect_shown(tile(page, "phone.HEIC"))
    assert runner.get("/list?format=heic").json()["images"][0]["filename"] == "phone.HEIC"


def test_a_file_without_an_image_extension_is_refused_without_being_sent(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page(WITH_KEY)
    sent = recorded(page)
    choose(page, tmp_path / "film.mp4", PADDING + b"!")
    expect(row(page, "film.mp4")).to_contain_text("Refused: The file name has no known image extension.")
    assert not [each for each in sent if "upload" in each]


@pytest.mark.parametrize(
    ("pattern", "answer"),
    [("**/dropbox/**", {"status": 403, "body": "<Error/>"}), ("**/upload/tickets/*", {"json": {"state": "expired"}})],
    ids=["refused by the bucket", "expired"],
)
def test_a_file_that_arrives_too_late_can_be_tried_again(
    open_page: OpenPage, tmp_path: Path, pattern: str, answer: dict[str, Any]
) -> None:
    page = open_page(WITH_KEY)
    page.route(pattern, lambda route: route.fulfill(**answer), times=1)
    choose(page, tmp_path / "late.jpg", jpeg(photo(300, 200, seed=3)) + PADDING)
    expect(row(page, "late.jpg")).to_contain_text("Failed: The file did not arrive in time.")
    row(page, "late.jpg").get_by_role("button", name="Retry").click()
    expect(row(page, "late.jpg")).to_contain_text(re.compile("Stored|Already stored"))


def test_a_file_that_the_browser_sends_again_after_a_lost_answer_is_stored(open_page: OpenPage, tmp_path: Path) -> None:
    data = jpeg(photo(300, 200, seed=6)) + PADDING
    page = open_page(WITH_KEY)

    def lose_the_first_answer(route: Route) -> None:
        headers = {"Content-Type": route.request.headers["content-type"]}
        requests.put(route.request.url, data=data, headers=headers, timeout=30).raise_for_status()
        route.fulfill(status=412, body="<Error><Code>PreconditionFailed</Code></Error>")

    page.route("**/dropbox/**", lose_the_first_answer)
    choose(page, tmp_path / "twice.jpg", data)
    expect(row(page, "twice.jpg")).to_contain_text("Stored")


def test_a_file_that_is_processed_for_minutes_can_be_checked_again(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page(WITH_KEY, prepare=lambda page: page.clock.install())
    sent = recorded(page)

    def still_pending(route: Route) -> None:
        route.fulfill(json={"state": "pending"})

    page.route("**/upload/tickets/*", still_pending)
    with page.expect_response("**/upload/tickets/*"):
        choose(page, tmp_path / "slow.jpg", jpeg(photo(300, 200, seed=4)) + PADDING)
    expect(row(page, "slow.jpg")).to_contain_text("Processing …")
    page.clock.fast_forward("05:00")
    expect(row(page, "slow.jpg")).to_contain_text("Received, still processing")
    expect(page.locator("#queue-summary")).to_have_text("1 still processing")
    page.unroute("**/upload/tickets/*", still_pending)
    row(page, "slow.jpg").get_by_role("button", name="Check again").click()
    expect(row(page, "slow.jpg")).to_contain_text("Stored")
    assert len([each for each in sent if each.startswith("PUT ")]) == 1


def test_a_page_on_another_host_can_use_tickets(
    runner: Runner, open_page: OpenPage, elsewhere: str, tmp_path: Path
) -> None:
    page = open_page(f"{elsewhere}{WITH_KEY}")
    page.get_by_text("Add an album or tags").click()
    page.locator("#album").fill("Remote")
    page.locator("#tags").fill("large, other host")
    choose(page, tmp_path / "remote.jpg", jpeg(photo(300, 200, seed=5)) + PADDING)
    expect(row(page, "remote.jpg")).to_contain_text("Stored")
    expect_shown(tile(page, "remote.jpg"))
    (image,) = runner.get("/list?album=Remote").json()["images"]
    assert (image["filename"], image["tags"]) == ("remote.jpg", ["large", "other host"])
