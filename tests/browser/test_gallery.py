"""The gallery: what it shows of each image, how it loads more images, and how it shows errors."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import OpenPage
from tests.browser.pages import expect_shown, store, tile
from tests.photos import exif_bytes, gif, jpeg, photo, png
from tests.processes import Runner, running

PAGE = 24


def change_newest(page: Page, **changes: Any) -> None:
    """Change the newest image in the server's answers to the page."""

    def answer(route: Route) -> None:
        body = route.fetch().json()
        body["images"][0].update(changes)
        route.fulfill(body=json.dumps(body), content_type="application/json")

    page.route("**/list?*", answer)


def test_an_empty_repository_has_a_message(open_page: OpenPage, tmp_path_factory: pytest.TempPathFactory) -> None:
    with running(tmp_path_factory.mktemp("empty") / "data") as empty:
        page = open_page(empty.address)
        expect(page.get_by_text("No photos yet")).to_be_visible()
        page.close()  # before its server stops, because the browser may still load the icon


def test_thumbnails_are_shown_upright_with_caption_and_date(runner: Runner, open_page: OpenPage) -> None:
    sideways = Image.new("RGB", (600, 400), "navy")
    sideways.paste("orange", (0, 0, 300, 400))
    exif = exif_bytes(orientation=6, taken_at=datetime(2024, 5, 1, 12, 30, tzinfo=UTC))
    store(runner, jpeg(sideways, exif=exif), "sideways.jpg", caption="Sky above, sea below")
    page = open_page()
    shown = tile(page, "Sky above, sea below")
    expect_shown(shown)
    expect(shown.locator("time")).to_have_text("1 May 2024")
    expect(shown.get_by_role("link", name="Sky above, sea below")).to_be_visible()
    image = shown.get_by_alt_text("Sky above, sea below")
    # In the file the orange half is on the left. A quarter turn to the right moves it to the top.
    above, below = image.evaluate(
        """(image) => {
          const canvas = new OffscreenCanvas(40, 60);
          const context = canvas.getContext("2d");
          context.drawImage(image, 0, 0, 40, 60);
          return [10, 50].map((y) => [...context.getImageData(20, y, 1, 1).data]);
        }"""
    )
    assert (above[0] > 200, above[2] > 100) == (True, False)
    assert (below[0] > 50, below[2] > 100) == (False, True)


def test_without_caption_and_date_the_file_name_and_the_time_of_upload_are_shown(
    runner: Runner, open_page: OpenPage
) -> None:
    image_id = store(runner, png(photo(200, 300, seed=2)), "plain.png")
    page = open_page()
    expect_shown(tile(page, "plain.png"))
    uploaded_at = runner.get(f"/fetch/{image_id}/details").json()["uploaded_at"]
    expect(tile(page, "plain.png").locator("time")).to_have_attribute("datetime", uploaded_at)


def test_an_animation_is_marked_and_plays_in_the_lightbox(runner: Runner, open_page: OpenPage) -> None:
    store(runner, gif([photo(200, 150, seed=each) for each in (30, 31, 32)]), "wave.gif")
    page = open_page()
    expect(tile(page, "wave.gif").get_by_text("Animated")).to_be_visible()
    tile(page, "wave.gif").get_by_role("link").click()
    expect_shown(page.get_by_role("dialog"))
    assert "/fetch/" in str(page.get_by_role("dialog").locator("img.photo").get_attribute("src"))


def test_user_text_is_shown_as_text_and_not_run_as_code(runner: Runner, open_page: OpenPage) -> None:
    attack = '<img src=x onerror="document.title=\'attacked\'"><script>document.title="attacked"</script>'
    fields = {"caption": attack, "album": attack[:60], "tags": "<b>bold</b>"}
    store(runner, jpeg(photo(200, 150, seed=3)), "<i>name.jpg", wait=True, **fields)
    page = open_page()
    expect_shown(tile(page, attack))
    tile(page, attack).get_by_role("link").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name=attack)).to_be_visible()
    expect(dialog.get_by_text("<i>name.jpg", exact=True)).to_be_visible()
    expect(dialog.get_by_text("<b>bold</b>", exact=True)).to_be_visible()
    assert page.title() == "Image Repo"
    assert page.locator("[onerror], main script, dialog script, b, i").count() == 0


@pytest.mark.parametrize("observed", [True, False], ids=["by scrolling", "by the button"])
def test_older_images_are_loaded_page_by_page(runner: Runner, open_page: OpenPage, *, observed: bool) -> None:
    while len(runner.get("/list?limit=100").json()["images"]) <= PAGE + 5:
        stored = len(runner.get("/list?limit=100").json()["images"])
        store(runner, jpeg(photo(90, 120, seed=100 + stored)), f"{stored}.jpg", wait=False)
    names = [each["filename"] for each in runner.get("/list?limit=100").json()["images"]]
    script = "" if observed else "IntersectionObserver.prototype.observe = () => {};"
    page = open_page(size=(375, 812), prepare=lambda page: page.add_init_script(script))
    expect(page.locator(".tile")).to_have_count(PAGE)
    if observed:
        page.mouse.move(100, 400)
        page.mouse.wheel(0, 50_000)
    else:
        page.get_by_role("button", name="Show more").click()
    expect(page.locator(".tile")).to_have_count(len(names))
    expect(page.get_by_role("button", name="Show more")).to_be_hidden()
    ids = page.locator(".tile").evaluate_all("(tiles) => tiles.map((each) => each.id)")
    assert ids == [f"tile-{each['id']}" for each in runner.get("/list?limit=100").json()["images"]]


def test_a_list_that_cannot_be_loaded_shows_an_error_and_can_be_tried_again(
    runner: Runner, open_page: OpenPage
) -> None:
    store(runner, jpeg(photo(200, 150, seed=4)), "there.jpg")
    page = open_page(prepare=lambda page: page.route("**/list?*", lambda route: route.abort(), times=1))
    expect(page.get_by_role("alert").filter(has_text="could not be loaded")).to_contain_text("Check your connection")
    page.get_by_role("button", name="Try again").click()
    expect_shown(tile(page, "there.jpg"))


def test_an_image_whose_thumbnails_failed_shows_a_note(runner: Runner, open_page: OpenPage) -> None:
    store(runner, jpeg(photo(200, 150, seed=5)), "broken.jpg")
    thumbnails = {"state": "failed", "srcset": "", "items": []}
    page = open_page(prepare=lambda page: change_newest(page, thumbnails=thumbnails))
    expect(tile(page, "broken.jpg")).to_contain_text("No preview")


def test_a_thumbnail_that_cannot_be_loaded_shows_another_note(runner: Runner, open_page: OpenPage) -> None:
    store(runner, jpeg(photo(200, 150, seed=7)), "lost.jpg")
    page = open_page(prepare=lambda page: page.route("**/renditions/**", lambda route: route.fulfill(status=204)))
    expect(tile(page, "lost.jpg")).to_contain_text("Could not be loaded")


def test_a_caption_is_written_in_the_direction_of_its_language(runner: Runner, open_page: OpenPage) -> None:
    caption = "غروب الشمس (2024)"
    store(runner, jpeg(photo(200, 150, seed=8)), "sunset.jpg", caption=caption)
    page = open_page()
    expect(page.get_by_text(caption)).to_have_css("direction", "rtl")
    tile(page, caption).get_by_role("link").click()
    heading = page.get_by_role("dialog").get_by_role("heading", name=caption)
    expect(heading).to_have_css("direction", "rtl")


def test_a_pending_thumbnail_is_shown_when_it_is_ready(runner: Runner, open_page: OpenPage) -> None:
    store(runner, jpeg(photo(200, 150, seed=6)), "soon.jpg")
    thumbnails = {"state": "pending", "srcset": "", "items": []}
    page = open_page(prepare=lambda page: change_newest(page, thumbnails=thumbnails, placeholder=None))
    expect(tile(page, "soon.jpg")).to_contain_text("Preparing")
    expect_shown(tile(page, "soon.jpg"))
