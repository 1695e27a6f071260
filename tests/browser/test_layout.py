"""The layout of the page on phones and desktops, with images of every shape."""

import pytest
import requests
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.pages import WITH_KEY, choose, expect_shown, hold, row, store, tile
from tests.photos import jpeg, photo
from tests.processes import ROOT, Runner

SHAPES = {"panorama": (3000, 200), "tower": (150, 1800), "dot": (8, 8), "plain": (900, 600), "portrait": (600, 900)}
SIZES = [(320, 640), (375, 812), (812, 375), (640, 400), (1280, 800), (2560, 1300)]


@pytest.fixture(scope="module", autouse=True)
def images(runner: Runner) -> None:
    for seed, (name, size) in enumerate(SHAPES.items()):
        store(runner, jpeg(photo(*size, seed=seed)), f"{name}.jpg", caption=f"{name} " + "long" * 40)


def size_of(element: Locator) -> tuple[float, float]:
    box = element.bounding_box()
    assert box is not None
    return box["width"], box["height"]


def expect_no_horizontal_scroll(page: Page) -> None:
    width, visible = page.evaluate("() => [document.documentElement.scrollWidth, innerWidth]")
    assert width <= visible


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_the_page_fits_the_screen(open_page: OpenPage, size: tuple[int, int]) -> None:
    page = open_page(WITH_KEY, size=size)
    choose(page, {f"{'long' * 40}.jpg": b"no image"})
    expect(row(page, f"{'long' * 40}.jpg")).to_contain_text("Refused")
    expect(page.locator(".tile")).to_have_count(len(SHAPES))
    expect_no_horizontal_scroll(page)
    for each in page.locator(".tile .frame").all():
        width, height = size_of(each)
        assert 80 < width <= size[0]
        assert 80 < height < size[1]
    page.locator(".tile a").first.click()
    expect_shown(page.get_by_role("dialog"))
    expect_no_horizontal_scroll(page)
    expect(page.get_by_role("button", name="Close")).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("dialog").get_by_role("heading")).to_be_in_viewport()


def test_the_lightbox_shows_every_shape_completely_and_enlarges_none(open_page: OpenPage) -> None:
    page = open_page()
    for name, (width, height) in SHAPES.items():
        tile(page, f"{name} " + "long" * 40).get_by_role("link").click()
        expect_shown(page.get_by_role("dialog"))
        shown_width, shown_height = size_of(page.locator("#stage-frame img.photo"))
        assert shown_width <= width
        assert shown_height <= 800
        assert shown_width / shown_height == pytest.approx(width / height, rel=0.03)
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_be_hidden()


def test_a_photo_has_the_full_height_of_a_phone_in_landscape(open_page: OpenPage) -> None:
    page = open_page(size=(812, 375))
    page.locator(".tile a").first.click()
    expect_shown(page.get_by_role("dialog"))
    assert size_of(page.locator("#stage"))[1] == 375


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_the_buttons_are_visible_below_the_longest_caption(
    runner: Runner, open_page: OpenPage, size: tuple[int, int]
) -> None:
    requests.patch(
        f"{runner.address}/update/{runner.get('/list').json()['images'][0]['id']}",
        json={"caption": "A caption of the greatest length. " * 57},
        headers=runner.key,
        timeout=30,
    ).raise_for_status()
    page = open_page(WITH_KEY, size=size)
    page.locator(".tile a").first.click()
    for name in ("Edit", "Delete"):
        expect(page.get_by_role("button", name=name)).to_be_in_viewport(ratio=1)


def test_the_layout_does_not_change_when_the_pictures_are_loaded(open_page: OpenPage) -> None:
    page = open_page(prepare=lambda page: hold(page, "**/renditions/**"))
    expect(page.locator(".tile")).to_have_count(len(SHAPES))
    before = [each.bounding_box() for each in page.locator(".tile").all()]
    page.unroute("**/renditions/**")
    page.reload()
    expect(page.locator(".tile")).to_have_count(len(SHAPES))  # `all` does not wait
    for each in page.locator(".tile").all():
        each.scroll_into_view_if_needed()
        expect_shown(each)
    page.evaluate("() => scrollTo(0, 0)")
    assert [each.bounding_box() for each in page.locator(".tile").all()] == before


def test_all_modules_are_preloaded(open_page: OpenPage) -> None:
    page = open_page()
    links = page.locator("link[rel=modulepreload]")
    preloaded = links.evaluate_all("(links) => links.map((each) => each.getAttribute('href'))")
    modules = {each.name for each in (ROOT / "frontend").glob("*.js")}
    assert {*preloaded, "app.js", "components.js"} == modules  # components.js is for other pages
