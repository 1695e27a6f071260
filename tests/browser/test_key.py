"""The API key: how the page gets it, where it is stored, and what happens without one."""

from urllib.parse import urljoin

from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.pages import WITH_KEY, choose, row, unknown_key_message
from tests.photos import jpeg, photo
from tests.processes import KEY, Runner


def enter(page: Page, key: str) -> None:
    page.get_by_label("Key", exact=True).fill(key)
    page.keyboard.press("Enter")


def stored_key(page: Page, storage: str) -> object:
    return page.evaluate(f"() => {storage}.getItem('image-repo-key')")


def test_a_key_in_the_address_is_removed_from_it_and_stored(runner: Runner, open_page: OpenPage) -> None:
    page = open_page(WITH_KEY)
    expect(page.get_by_role("button", name="Key is set")).to_be_visible()
    assert page.url == f"{runner.address}/"
    page.reload()
    expect(page.get_by_role("button", name="Key is set")).to_be_visible()
    assert stored_key(page, "localStorage") == KEY


def test_without_a_key_the_gallery_works_and_an_upload_asks_for_one(open_page: OpenPage) -> None:
    page = open_page()
    expect(page.get_by_text("No photos yet")).to_be_visible()
    choose(page, {"asked.jpg": jpeg(photo(120, 90, seed=1))})
    expect(page.get_by_role("dialog", name="API key")).to_be_visible()
    enter(page, KEY)
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(row(page, "asked.jpg")).to_contain_text("Stored")


def test_an_unknown_key_is_rejected_with_the_message_of_the_server(runner: Runner, open_page: OpenPage) -> None:
    page = open_page()
    page.get_by_role("button", name="Enter key").click()
    enter(page, "wrong")
    expect(page.get_by_role("dialog")).to_contain_text(unknown_key_message(runner))
    expect(page.get_by_label("Key", exact=True)).to_be_focused()
    assert stored_key(page, "localStorage") is None
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Enter key")).to_be_focused()


def test_a_revoked_key_is_asked_for_again_and_the_uploads_continue(runner: Runner, open_page: OpenPage) -> None:
    page = open_page("/#key=revoked")
    choose(page, {f"on {number}.jpg": jpeg(photo(120, 90, seed=10 + number)) for number in range(5)})
    expect(page.get_by_role("dialog")).to_contain_text(unknown_key_message(runner))
    enter(page, KEY)
    expect(page.locator("#queue-summary")).to_have_text("5 stored")
    assert stored_key(page, "localStorage") == KEY


def test_a_user_who_enters_no_key_is_not_asked_again_for_each_file(open_page: OpenPage) -> None:
    page = open_page()
    choose(page, {f"locked {number}.jpg": jpeg(photo(120, 90, seed=20 + number)) for number in range(5)})
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#queue-summary")).to_have_text("5 waiting for a key")
    expect(page.get_by_role("dialog")).to_be_hidden()
    row(page, "locked 3.jpg").get_by_role("button", name="Enter key").click()
    enter(page, KEY)
    expect(page.locator("#queue-summary")).to_have_text("5 stored")


def test_a_key_that_is_not_remembered_is_stored_for_the_tab_only(open_page: OpenPage) -> None:
    page = open_page()
    page.get_by_role("button", name="Enter key").click()
    page.get_by_label("Remember on this device").uncheck()
    enter(page, KEY)
    expect(page.get_by_role("button", name="Key is set")).to_be_visible()
    assert (stored_key(page, "localStorage"), stored_key(page, "sessionStorage")) == (None, KEY)


def test_a_key_can_be_removed(open_page: OpenPage) -> None:
    page = open_page(WITH_KEY)
    page.get_by_role("button", name="Key is set").click()
    page.get_by_role("button", name="Forget the key").click()
    expect(page.get_by_role("button", name="Enter key")).to_be_visible()
    assert stored_key(page, "localStorage") is None


def test_tabs_share_the_key_and_do_not_remove_a_newer_one(open_page: OpenPage) -> None:
    first = open_page("/#key=revoked")
    second = first.context.new_page()
    second.goto(urljoin(first.url, WITH_KEY))
    choose(first, {"first tab.jpg": jpeg(photo(120, 90, seed=30))})
    expect(row(first, "first tab.jpg")).to_contain_text("Stored")
    assert stored_key(second, "localStorage") == KEY
    second.get_by_role("button", name="Key is set").click()
    second.get_by_role("button", name="Forget the key").click()
    expect(first.get_by_role("button", name="Enter key")).to_be_visible()
