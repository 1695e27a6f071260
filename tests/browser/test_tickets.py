"""Files that are too large for a request: the page sends them by ticket, and a visitor sees no difference."""

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

pytestmark = pytest.mark.browser

MIB = 1024 * 1024
PATIENCE = 40_000
"""Milliseconds for tens of megapixels on a machine that has more to do."""
FILM = bytes(30 * MIB)
"""What phones put behind a photo when it is to move; nobody looks at it."""


@pytest.fixture(scope="module")
def big() -> bytes:
    """60 MB, 20 MP."""
    return png(noise(4800, 4200), compress_level=0)


@pytest.fixture
def plugged(runner: Runner) -> Iterator[Cable]:
    """A cable to the server."""
    with cable(urlsplit(runner.address).netloc) as each:
        yield each


def choose(page: Page, path: Path, data: bytes) -> None:
    """Choose that file; what its content type is, the browser says."""
    path.write_bytes(data)
    page.set_input_files("#files", path)


def noted(page: Page) -> list[str]:
    """The methods and paths of the requests that the page makes; the list grows as they do."""
    seen: list[str] = []
    page.on("request", lambda each: seen.append(f"{each.method} {urlsplit(each.url).path}"))
    return seen


def test_a_photo_of_60_mb_is_stored_and_shown_and_known_the_second_time(
    runner: Runner, open_page: OpenPage, big: bytes, tmp_path: Path
) -> None:
    page = open_page(WITH_KEY)
    sent = noted(page)
    choose(page, tmp_path / "big.png", big)
    expect(row(page, "big.png")).to_contain_text(re.compile(r"Uploading, \d+ %|Checking …"))
    expect(row(page, "big.png")).to_contain_text("Stored", timeout=PATIENCE)
    runner.wait_until_ready(runner.get("/list").json()["images"][0]["id"])
    expect_shown(tile(page, "big.png"))
    (image,) = runner.get("/list").json()["images"]
    assert (image["bytes"], image["filename"]) == (len(big), "big.png")
    assert [each["width"] for each in image["thumbnails"]["items"]] == [160, 320, 640, 1280, 2048]
    choose(page, tmp_path / "copy.png", big)
    expect(row(page, "copy.png")).to_contain_text("Already here", timeout=PATIENCE)
    expect(row(page, "copy.png").get_by_role("link")).to_have_attribute("href", f"#image={image['id']}")
    assert "POST /upload" not in sent


def test_a_damaged_one_is_refused_with_the_sentence_of_the_service(
    open_page: OpenPage, big: bytes, tmp_path: Path
) -> None:
    page = open_page(WITH_KEY)
    choose(page, tmp_path / "half.png", truncated(big, 0.6))
    expect(row(page, "half.png")).to_contain_text("Refused: The image cannot be decoded to its end", timeout=PATIENCE)
    expect(row(page, "half.png").get_by_role("button")).to_be_hidden()


def test_a_connection_that_is_lost_amid_the_file_is_said_and_a_retry_takes_a_new_ticket(
    open_page: OpenPage, plugged: Cable, tmp_path: Path
) -> None:
    page = open_page(f"http://{plugged.host}{WITH_KEY}")
    expect(page.locator("#gallery-loading")).to_be_hidden()
    sent = noted(page)

    def hold(route: Route) -> None:
        """From before its first byte, or a quick machine would have sent it all."""
        plugged.hold()
        route.continue_()

    page.route("**/dropbox/**", hold)
    choose(page, tmp_path / "torn.jpg", jpeg(photo(300, 200, seed=1)) + FILM * 3)
    expect(row(page, "torn.jpg")).to_contain_text(re.compile(r"Uploading, [1-9]\d? %"))
    plugged.cut()
    expect(row(page, "torn.jpg")).to_contain_text("Failed: The server cannot be reached. Check your connection.")
    page.unroute("**/dropbox/**")
    plugged.mend()
    row(page, "torn.jpg").get_by_role("button", name="Retry").click()
    expect(row(page, "torn.jpg")).to_contain_text("Stored")
    assert sent.count("POST /upload/tickets") == 2
    assert len({each for each in sent if each.startswith("PUT ")}) == 2


def test_a_file_whose_type_the_browser_does_not_know_is_named_for_its_extension(
    runner: Runner, open_page: OpenPage, tmp_path: Path
) -> None:
    free = (len(FILM) + 8).to_bytes(4) + b"free" + FILM
    page = open_page(WITH_KEY)
    choose(page, tmp_path / "phone.HEIC", heic(photo(300, 200, seed=2)) + free)
    assert page.locator("#files").evaluate("(input) => input.files.length") == 0
    expect(row(page, "phone.HEIC")).to_contain_text("Stored")
    expect_shown(tile(page, "phone.HEIC"))
    assert runner.get("/list?format=heic").json()["images"][0]["filename"] == "phone.HEIC"


def test_what_is_no_photo_by_its_name_is_refused_without_being_sent(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page(WITH_KEY)
    sent = noted(page)
    choose(page, tmp_path / "film.mp4", FILM + b"!")
    expect(row(page, "film.mp4")).to_contain_text("Refused: By its name this is no photo in a format we take")
    assert not [each for each in sent if "upload" in each]


@pytest.mark.parametrize(
    ("asked", "answer"),
    [("**/dropbox/**", {"status": 403, "body": "<Error/>"}), ("**/upload/tickets/*", {"json": {"state": "expired"}})],
    ids=["refused by the bucket", "expired"],
)
def test_a_file_that_comes_too_late_may_be_tried_again(
    open_page: OpenPage, tmp_path: Path, asked: str, answer: dict[str, Any]
) -> None:
    page = open_page(WITH_KEY)
    page.route(asked, lambda route: route.fulfill(**answer), times=1)
    choose(page, tmp_path / "late.jpg", jpeg(photo(300, 200, seed=3)) + FILM)
    expect(row(page, "late.jpg")).to_contain_text("Failed: The file did not arrive in time.")
    row(page, "late.jpg").get_by_role("button", name="Retry").click()
    expect(row(page, "late.jpg")).to_contain_text(re.compile("Stored|Already here"))


def test_a_file_that_the_browser_sends_twice_since_an_answer_was_lost_is_stored(
    open_page: OpenPage, tmp_path: Path
) -> None:
    data = jpeg(photo(300, 200, seed=6)) + FILM
    page = open_page(WITH_KEY)

    def lose_the_first_answer(route: Route) -> None:
        headers = {"Content-Type": route.request.headers["content-type"]}
        requests.put(route.request.url, data=data, headers=headers, timeout=30).raise_for_status()
        route.fulfill(status=412, body="<Error><Code>PreconditionFailed</Code></Error>")

    page.route("**/dropbox/**", lose_the_first_answer)
    choose(page, tmp_path / "twice.jpg", data)
    expect(row(page, "twice.jpg")).to_contain_text("Stored")


def test_a_file_that_is_looked_at_for_minutes_can_be_asked_after_again(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page(WITH_KEY, prepare=lambda page: page.clock.install())
    sent = noted(page)

    def still_pending(route: Route) -> None:
        route.fulfill(json={"state": "pending"})

    page.route("**/upload/tickets/*", still_pending)
    with page.expect_response("**/upload/tickets/*"):
        choose(page, tmp_path / "slow.jpg", jpeg(photo(300, 200, seed=4)) + FILM)
    expect(row(page, "slow.jpg")).to_contain_text("Checking …")
    page.clock.fast_forward("05:00")
    expect(row(page, "slow.jpg")).to_contain_text("Arrived, and still being looked at")
    expect(page.locator("#queue-summary")).to_have_text("1 still being looked at")
    page.unroute("**/upload/tickets/*", still_pending)
    row(page, "slow.jpg").get_by_role("button", name="Look again").click()
    expect(row(page, "slow.jpg")).to_contain_text("Stored")
    assert len([each for each in sent if each.startswith("PUT ")]) == 1


def test_a_page_that_is_hosted_elsewhere_may_use_tickets(
    runner: Runner, open_page: OpenPage, elsewhere: str, tmp_path: Path
) -> None:
    page = open_page(f"{elsewhere}{WITH_KEY}")
    page.get_by_text("Add an album or tags").click()
    page.locator("#album").fill("Afar")
    page.locator("#tags").fill("large, remote")
    choose(page, tmp_path / "from afar.jpg", jpeg(photo(300, 200, seed=5)) + FILM)
    expect(row(page, "from afar.jpg")).to_contain_text("Stored")
    expect_shown(tile(page, "from afar.jpg"))
    (image,) = runner.get("/list?album=Afar").json()["images"]
    assert (image["filename"], image["tags"]) == ("from afar.jpg", ["large", "remote"])
