"""The statistics of the repository, for users with a key."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.pages import WITH_KEY, expect_shown, store
from tests.photos import jpeg, photo, png
from tests.processes import Runner


@pytest.fixture(scope="module", autouse=True)
def ids(runner: Runner) -> list[str]:
    """Two images. The first was viewed twice and the other once, and the server has stored these counts."""
    first = store(runner, jpeg(photo(600, 400, seed=1)), "quay.jpg", caption="At the quay " + "long" * 20)
    other = store(runner, png(photo(300, 400, seed=2)), "map.png")
    for each in (first, other, first):
        runner.get(f"/fetch/{each}").raise_for_status()
    runner.stop()
    runner.start()
    return [first, other]


def open_stats(page: Page) -> None:
    page.get_by_role("button", name="Statistics").click()
    expect(page.get_by_role("dialog", name="Statistics").get_by_text("As of")).to_be_visible()


def test_the_statistics_are_available_only_with_a_key(open_page: OpenPage) -> None:
    page = open_page()
    expect(page.locator(".tile")).to_have_count(2)
    expect(page.get_by_role("button", name="Statistics")).to_be_hidden()


@pytest.mark.parametrize("size", [(320, 640), (1280, 800)], ids=["phone", "desktop"])
def test_the_statistics_show_totals_formats_and_the_most_viewed_images(
    runner: Runner, open_page: OpenPage, size: tuple[int, int]
) -> None:
    page = open_page(WITH_KEY, size=size)
    open_stats(page)
    dialog = page.get_by_role("dialog", name="Statistics")
    assert dialog.locator("dd").all_inner_texts()[0] == "2"
    assert dialog.locator("dd").all_inner_texts()[2] == "3"
    stored = [each["bytes"] for each in runner.get("/list").json()["images"]]
    assert dialog.locator("dd").all_inner_texts()[1] == f"{sum(stored) / 1024:.0f} KiB"
    expect(dialog.get_by_role("row")).to_contain_text(["JPEG1 photo", "PNG1 photo"])
    expect(dialog.get_by_role("listitem")).to_contain_text(["At the quay", "map.png"])
    expect(dialog.get_by_role("listitem")).to_contain_text(["2 views", "1 view"])
    width, visible = dialog.evaluate("(dialog) => [dialog.scrollWidth, dialog.clientWidth]")
    assert width <= visible
    dialog.get_by_role("button", name="Close").click()
    expect(page.get_by_role("button", name="Statistics")).to_be_focused()


def test_a_photo_in_the_list_opens_in_the_lightbox(open_page: OpenPage) -> None:
    page = open_page(WITH_KEY)
    open_stats(page)
    page.get_by_role("dialog").get_by_role("link", name="map.png").click()
    expect(page.get_by_role("dialog")).to_have_count(1)
    expect(page.get_by_role("dialog").get_by_role("heading", name="map.png")).to_be_visible()
    expect_shown(page.get_by_role("dialog"))


def test_an_error_is_shown_and_the_next_attempt_loads_the_statistics_again(open_page: OpenPage) -> None:
    page = open_page(WITH_KEY)
    page.route("**/stats?*", lambda route: route.abort(), times=1)
    page.get_by_role("button", name="Statistics").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("Check your connection")
    page.keyboard.press("Escape")
    open_stats(page)
    expect(page.get_by_role("alert")).to_be_hidden()
