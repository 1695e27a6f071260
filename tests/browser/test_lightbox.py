"""The lightbox: mouse, keyboard and address, and editing and deleting with a key."""

from collections.abc import Iterator
from typing import Final
from urllib.parse import urljoin

import pytest
import requests
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import OpenPage
from tests.browser.pages import WITH_KEY, expect_shown, hold, store, tile
from tests.photos import jpeg, photo
from tests.processes import Runner, running

TITLES = ("Third", "Second", "First")
NOTHING: Final[dict[str, object]] = {"images": [], "next_page_token": None}


@pytest.fixture(scope="module", autouse=True)
def ids(runner: Runner) -> dict[str, str]:
    """Three images by their titles; "Third" is the newest."""
    return {
        title: store(runner, jpeg(photo(900, 600, seed=each)), f"{title}.jpg", caption=title)
        for each, title in enumerate(reversed(TITLES))
    }


@pytest.fixture
def extra(runner: Runner) -> Iterator[str]:
    """The caption of another image, for tests that change it."""
    image_id = store(runner, jpeg(photo(600, 900, seed=50)), "extra.jpg", caption="Extra")
    yield "Extra"
    requests.delete(f"{runner.address}/delete/{image_id}", headers=runner.key, timeout=30)


def expect_open(page: Page, title: str) -> None:
    expect(page.get_by_role("dialog").get_by_role("heading", name=title, exact=True)).to_be_visible()
    expect_shown(page.get_by_role("dialog"))


def test_the_keyboard_opens_steps_and_closes(runner: Runner, open_page: OpenPage, ids: dict[str, str]) -> None:
    page = open_page()
    tile(page, "Third").get_by_role("link").focus()
    page.keyboard.press("Enter")
    expect_open(page, "Third")
    expect(page.get_by_role("button", name="Previous photo")).to_have_attribute("aria-disabled", "true")
    page.keyboard.press("ArrowLeft")
    expect_open(page, "Third")
    page.keyboard.press("ArrowRight")
    expect_open(page, "Second")
    page.keyboard.press("ArrowRight")
    expect_open(page, "First")
    assert page.url == f"{runner.address}/#image={ids['First']}"
    page.keyboard.press("ArrowLeft")
    expect_open(page, "Second")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(tile(page, "Second").get_by_role("link")).to_be_focused()
    expect(page).to_have_url(f"{runner.address}/")


def test_the_lightbox_shows_the_properties_and_a_link_to_the_original(
    runner: Runner, open_page: OpenPage, ids: dict[str, str]
) -> None:
    page = open_page()
    tile(page, "First").get_by_role("link").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("900 × 600 pixels")  # noqa: RUF001
    expect(dialog.get_by_role("link", name="Original")).to_have_attribute(
        "href", f"{runner.address}/fetch/{ids['First']}"
    )
    expect(dialog.get_by_role("button", name="Delete")).to_be_hidden()
    expect(dialog.get_by_role("button", name="Edit")).to_be_hidden()
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()


def test_an_address_opens_its_image_and_the_back_button_closes_it(
    runner: Runner, open_page: OpenPage, ids: dict[str, str]
) -> None:
    page = open_page(f"/#image={ids['Second']}")
    expect_open(page, "Second")
    page.keyboard.press("Escape")
    expect(page).to_have_url(f"{runner.address}/")
    tile(page, "First").get_by_role("link").click()
    expect_open(page, "First")
    page.go_back()
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(tile(page, "First").get_by_role("link")).to_be_focused()


def test_an_address_of_an_unknown_image_shows_the_message_of_the_server(runner: Runner, open_page: OpenPage) -> None:
    detail = runner.get(f"/fetch/{'a' * 26}/details").json()["detail"]
    page = open_page(f"/#image={'a' * 26}")
    expect(page.get_by_role("status").filter(has_text=detail)).to_be_visible()


def test_a_caption_can_be_changed(runner: Runner, open_page: OpenPage, extra: str) -> None:
    page = open_page(WITH_KEY)
    tile(page, extra).get_by_role("link").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Edit").click()
    page.keyboard.press("ArrowRight")  # moves the cursor, and does not change the picture
    dialog.get_by_label("Caption").fill("A better caption")
    dialog.get_by_role("button", name="Save").click()
    expect_open(page, "A better caption")
    page.keyboard.press("Escape")
    expect_shown(tile(page, "A better caption"))
    assert "A better caption" in {each["caption"] for each in runner.get("/list").json()["images"]}


def test_album_and_tags_can_be_changed_without_changing_other_fields(
    runner: Runner, open_page: OpenPage, extra: str
) -> None:
    page = open_page(WITH_KEY)
    expect(tile(page, extra)).to_have_count(1)
    (image,) = [each for each in runner.get("/list").json()["images"] if each["caption"] == extra]
    changed_elsewhere = {"caption": "By another user"}
    requests.patch(f"{runner.address}/update/{image['id']}", json=changed_elsewhere, headers=runner.key, timeout=30)
    tile(page, extra).get_by_role("link").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Edit").click()
    dialog.get_by_label("Album").fill("Lakes")
    dialog.get_by_label("Tags").fill("evening, water")
    dialog.get_by_role("button", name="Save").click()
    expect_open(page, "By another user")
    expect(dialog).to_contain_text("evening, water")
    dialog.get_by_role("button", name="Edit").click()
    dialog.get_by_label("Album").fill("")
    page.keyboard.press("Enter")
    expect(dialog.get_by_label("Album")).to_be_hidden()
    stored = runner.get(f"/fetch/{image['id']}/details").json()
    assert (stored["caption"], stored["album"], stored["tags"]) == ("By another user", None, ["evening", "water"])


def test_an_image_is_deleted_after_a_confirmation(runner: Runner, open_page: OpenPage, extra: str) -> None:
    page = open_page(WITH_KEY)
    tile(page, extra).get_by_role("link").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Delete").click()
    expect(dialog.get_by_role("button", name="Keep it")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog.get_by_role("button", name="Delete")).to_be_focused()
    dialog.get_by_role("button", name="Delete").click()
    dialog.get_by_role("button", name="Delete permanently").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("status").filter(has_text="Deleted: Extra")).to_be_visible()
    expect(tile(page, extra)).to_have_count(0)
    expect(tile(page, "Third").get_by_role("link")).to_be_focused()
    assert [each["caption"] for each in runner.get("/list").json()["images"]] == [*TITLES]


def test_an_error_of_the_server_is_shown_in_the_lightbox(open_page: OpenPage, extra: str) -> None:
    page = open_page(WITH_KEY)
    page.route(
        "**/delete/*",
        lambda route: route.fulfill(status=403, json={"detail": "Only the uploader of an image can delete it."}),
    )
    tile(page, extra).get_by_role("link").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Delete").click()
    dialog.get_by_role("button", name="Delete permanently").click()
    expect(dialog.get_by_role("alert")).to_have_text("Only the uploader of an image can delete it.")


def test_deleting_the_last_image_moves_the_focus_to_the_upload_button(
    open_page: OpenPage, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with running(tmp_path_factory.mktemp("single") / "data") as single:
        store(single, jpeg(photo(300, 200, seed=60)), "only.jpg")
        page = open_page(f"{single.address}{WITH_KEY}")
        tile(page, "only.jpg").get_by_role("link").click()
        page.get_by_role("button", name="Delete").click()
        page.get_by_role("button", name="Delete permanently").click()
        expect(page.get_by_text("No photos yet")).to_be_visible()
        expect(page.get_by_role("button", name="Choose photos")).to_be_focused()
        page.close()  # before its server stops, because the browser may still load the icon


COUNT_ANSWERS = """
let answers = 0;
const { json } = Response.prototype;
Response.prototype.json = async function () {
  const value = await json.call(this);
  setTimeout(() => (document.documentElement.dataset.answers = String(++answers)));
  return value;
};
"""
"""Counts the answers that the page has processed: a timeout runs after all that waits for a promise."""


def test_an_image_that_arrives_after_the_user_went_back_is_not_shown(open_page: OpenPage, ids: dict[str, str]) -> None:
    def prepare(page: Page) -> None:
        page.route("**/list?*", lambda route: route.fulfill(json=NOTHING))
        page.add_init_script(COUNT_ANSWERS)

    page = open_page(prepare=prepare)
    expect(page.locator("html")).to_have_attribute("data-answers", "1")
    held = hold(page, "**/details")
    with page.expect_request("**/details"):
        page.evaluate("(id) => (location.hash = `image=${id}`)", ids["First"])
    page.go_back()
    held[0].continue_()
    expect(page.locator("html")).to_have_attribute("data-answers", "2")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_stepping_to_a_page_that_cannot_be_loaded_shows_an_error(open_page: OpenPage, ids: dict[str, str]) -> None:
    def first_page(route: Route) -> None:
        if "page_token" in route.request.url:
            route.abort()
        else:
            image = requests.get(f"{urljoin(route.request.url, '/')}fetch/{ids['First']}/details", timeout=30).json()
            route.fulfill(json={"images": [image], "next_page_token": "more"})

    # Without the observer, so that the lightbox loads the page and not the gallery.
    page = open_page(
        f"/#image={ids['First']}",
        prepare=lambda page: (
            page.add_init_script("IntersectionObserver.prototype.observe = () => {};"),
            page.route("**/list?*", first_page),
        ),
    )
    expect_open(page, "First")
    expect(tile(page, "First")).to_have_count(1)
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("The server cannot be reached.")
