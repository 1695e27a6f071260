"""The API key: where it comes from, where it stays, and what happens without one."""

from urllib.parse import urljoin

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.pages import WITH_KEY, choose, row
from tests.photos import jpeg, photo
from tests.processes import KEY, Runner

pytestmark = pytest.mark.browser


def enter(page: Page, key: str) -> None:
    page.get_by_label("Key", exact=True).fill(key)
    page.keyboard.press("Enter")


def stored_key(page: Page, storage: str) -> object:
    return page.evaluate(f"() => {storage}.getItem('image-repo-key')")


def test_the_key_in_the_address_is_taken_out_of_sight_and_remembered(runner: Runner, open_page: OpenPage) -> None:
    page = open_page(WITH_KEY)
    expect(page.get_by_role("button", name="Key is set")).to_be_visible()
    assert page.url == f"{runner.address}/"
    page.reload()
    expect(page.get_by_role("button", name="Key is set")).to_be_visible()
    assert stored_key(page, "localStorage") == KEY


def test_without_a_key_the_gallery_works_and_an_upload_asks_for_it(open_page: OpenPage) -> None:
    page = open_page()
    expect(page.get_by_text("No photos yet")).to_be_visible()
    choose(page, {"asked.jpg": jpeg(photo(120, 90, seed=1))})
    expect(page.get_by_role("dialog", name="API key")).to_be_visible()
    enter(page, KEY)
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(row(page, "asked.jpg")).to_contain_text("Stored")


def test_a_wrong_key_is_refused_at_once_and_says_why(open_page: OpenPage) -> None:
    page = open_page()
    page.get_by_role("button", name="Enter key").click()
    enter(page, "wrong")
    expect(page.get_by_role("dialog")).to_contain_text("This API key is not known.")
    expect(page.get_by_label("Key", exact=True)).to_be_focused()
    assert stored_key(page, "localStorage") is None
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Enter key")).to_be_focused()


def test_a_key_that_is_no_longer_good_is_asked_for_again_and_the_upload_goes_on(open_page: OpenPage) -> None:
    page = open_page("/#key=revoked")
    choose(page, {f"on {number}.jpg": jpeg(photo(120, 90, seed=10 + number)) for number in range(5)})
    expect(page.get_by_role("dialog")).to_contain_text("This API key is not known.")
    enter(page, KEY)
    expect(page.locator("#queue-summary")).to_have_text("5 stored")
    assert stored_key(page, "localStorage") == KEY


def test_whoever_declines_to_give_a_key_is_not_asked_for_each_file(open_page: OpenPage) -> None:
    page = open_page()
    choose(page, {f"locked {number}.jpg": jpeg(photo(120, 90, seed=20 + number)) for number in range(5)})
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#queue-summary")).to_have_text("5 waiting for a key")
    expect(page.get_by_role("dialog")).to_be_hidden()
    row(page, "locked 3.jpg").get_by_role("button", name="Enter key").click()
    enter(page, KEY)
    expect(page.locator("#queue-summary")).to_have_text("5 stored")


def test_a_key_that_is_not_to_be_remembered_ends_with_the_tab(open_page: OpenPage) -> None:
    page = open_page()
    page.get_by_role("button", name="Enter key").click()
    page.get_by_label("Remember on this device").uncheck()
    enter(page, KEY)
    expect(page.get_by_role("button", name="Key is set")).to_be_visible()
    assert (stored_key(page, "localStorage"), stored_key(page, "sessionStorage")) == (None, KEY)


def test_a_key_can_be_forgotten(open_page: OpenPage) -> None:
    page = open_page(WITH_KEY)
    page.get_by_role("button", name="Key is set").click()
    page.get_by_role("button", name="Forget the key").click()
    expect(page.get_by_role("button", name="Enter key")).to_be_visible()
    assert stored_key(page, "localStorage") is None


def test_tabs_share_the_key_and_none_throws_away_what_another_was_given(open_page: OpenPage) -> None:
    first = open_page("/#key=revoked")
    second = first.context.new_page()
    second.goto(urljoin(first.url, WITH_KEY))
    choose(first, {"first tab.jpg": jpeg(photo(120, 90, seed=30))})
    expect(row(first, "first tab.jpg")).to_contain_text("Stored")
    assert stored_key(second, "localStorage") == KEY
    second.get_by_role("button", name="Key is set").click()
    second.get_by_role("button", name="Forget the key").click()
    expect(first.get_by_role("button", name="Enter key")).to_be_visible()
