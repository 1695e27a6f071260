"""The components, on a site of another origin than the service."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copy
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.conftest import OpenPage, static_site
from tests.browser.pages import hold, store
from tests.photos import jpeg, photo
from tests.processes import ROOT, Runner

MODULE = ROOT / "frontend/components.js"
SHAPES = {
    "Wide": (600, 200),
    "Landscape": (300, 200),
    "Portrait": (200, 300),
    "<b>Bold</b>": (320, 200),
    "Square": (240, 240),
}
NEWEST_FIRST = list(SHAPES)[::-1]
STRICT = (
    "default-src 'none'; script-src https://API; connect-src https://API; img-src https://API data:; "
    "require-trusted-types-for 'script'"
)

Embed = Callable[..., Page]


@pytest.fixture(scope="module", autouse=True)
def collection(runner: Runner) -> None:
    """An album with several shapes, and a newer album with a photo without a caption."""
    for seed, (caption, size) in enumerate(SHAPES.items()):
        store(runner, jpeg(photo(*size, seed=seed)), f"{seed}.jpg", caption=caption, album="Shapes", tags="shape")
    store(runner, jpeg(photo(300, 200, seed=100)), "harbour.jpg", album="Harbour")


@pytest.fixture
def embed(runner: Runner, open_page: OpenPage, tmp_path: Path) -> Iterator[Embed]:
    """Opens a page of another origin with the script and some HTML, in which `https://API` stands for the service."""
    with static_site(tmp_path) as address:

        def embed_html(html: str, *, script: str = "https://API/components.js", csp: str = "", **options: Any) -> Page:
            head = f'<script type="module" src="{script}"></script>'
            if csp:
                head = f'<meta http-equiv="Content-Security-Policy" content="{csp}">{head}'
            document = f'<!doctype html><html lang="en"><link rel="icon" href="data:,">{head}<body>{html}'
            (tmp_path / "index.html").write_text(document.replace("https://API", runner.address))
            return open_page(address, **options)

        yield embed_html


def gallery(attributes: str = 'album="Shapes"', content: str = "") -> str:
    return f'<image-repo-gallery api="https://API/" {attributes}>{content}</image-repo-gallery>'


def random(attributes: str = "", content: str = "") -> str:
    return f'<image-repo-random api="https://API" {attributes}>{content}</image-repo-random>'


def pictures(page: Page) -> Locator:
    return page.locator("img[part=image]")


def expect_pictures(page: Page, *names: str) -> None:
    """Expect these pictures, in this order, and no others."""
    expect(pictures(page)).to_have_count(len(names))
    for each, name in zip(pictures(page).all(), names, strict=True):
        expect(each).to_have_attribute("alt", name)


def expect_loaded(picture: Locator) -> None:
    picture.scroll_into_view_if_needed()
    expect(picture).to_have_js_property("complete", value=True)
    assert picture.evaluate("(image) => image.naturalWidth") > 0


def change(page: Page, name: str, value: str) -> None:
    page.locator("image-repo-gallery").evaluate(
        "(element, [name, value]) => element.setAttribute(name, value)", [name, value]
    )


def test_a_gallery_shows_each_photo_in_its_shape_with_all_its_thumbnails(embed: Embed, runner: Runner) -> None:
    page = embed(gallery())
    expect_pictures(page, *NEWEST_FIRST)
    known = {each["caption"]: each for each in runner.get("/list?album=Shapes").json()["images"]}
    for caption, (width, height) in SHAPES.items():
        image = page.get_by_alt_text(caption, exact=True)
        expect(image).to_have_attribute("srcset", known[caption]["thumbnails"]["srcset"])
        expect_loaded(image)
        box = image.bounding_box()
        assert box is not None
        assert box["width"] / box["height"] == pytest.approx(min(width / height, 2.6), rel=0.01)
        expect(page.get_by_role("link", name=caption, exact=True)).to_have_attribute("href", known[caption]["url"])
    expect(page.get_by_role("listitem")).to_have_count(len(SHAPES))
    expect(page.get_by_role("button")).to_have_count(0)


def test_the_layout_does_not_change_when_the_thumbnails_are_loaded(embed: Embed) -> None:
    page = embed("")
    hold(page, "**/renditions/**")
    html = gallery("captions").replace("https://API/", "")  # without the attribute, the host of the script is the API
    page.evaluate("(html) => { document.body.innerHTML = html; }", html)
    placeholders = page.locator("img[part=placeholder]")
    expect(placeholders).to_have_count(len(SHAPES) + 1)
    before = [each.bounding_box() for each in page.get_by_role("listitem").all()]
    page.unroute("**/renditions/**")  # which answers the held requests
    for picture in pictures(page).all():
        expect_loaded(picture)
    expect(placeholders).to_have_count(0)
    assert [each.bounding_box() for each in page.get_by_role("listitem").all()] == before


def test_the_button_adds_each_page_once_until_there_are_no_more(embed: Embed) -> None:
    page = embed(gallery('album="Shapes" limit="2"', '<span slot="more">Weitere Fotos</span>'))
    more = page.get_by_role("button", name="Weitere Fotos")
    for count in (2, 4):
        expect_pictures(page, *NEWEST_FIRST[:count])
        more.focus()
        more.evaluate("(button) => { button.click(); button.click(); }")
    expect_pictures(page, *NEWEST_FIRST)
    expect(more).to_be_hidden()
    expect(page.get_by_role("link", name="Wide")).to_be_focused()


def test_a_changed_attribute_shows_other_photos(embed: Embed) -> None:
    page = embed(gallery())
    expect_pictures(page, *NEWEST_FIRST)
    change(page, "album", "Harbour")
    expect_pictures(page, "harbour.jpg")
    change(page, "album", "")
    expect_pictures(page, "harbour.jpg", *NEWEST_FIRST)
    change(page, "tag", "shape")
    expect_pictures(page, *NEWEST_FIRST)
    change(page, "order", "oldest")
    expect(pictures(page).first).to_have_attribute("alt", "Wide")


def test_a_late_answer_to_an_earlier_request_is_ignored(embed: Embed) -> None:
    page = embed(gallery('album="Harbour"'))
    expect_pictures(page, "harbour.jpg")
    hold(page, "**/list?album=Shapes")
    with page.expect_request("**/list?album=Shapes"):
        change(page, "album", "Shapes")
    with page.expect_event("requestfailed", lambda request: request.url.endswith("Shapes")):
        change(page, "album", "Nowhere")
    expect(page.get_by_role("status").get_by_text("No photos yet.")).to_be_visible()
    expect_pictures(page)


def test_the_button_adds_no_earlier_photos_while_other_photos_are_loading(embed: Embed) -> None:
    page = embed(gallery('album="Shapes" limit="2"'))
    expect_pictures(page, *NEWEST_FIRST[:2])
    hold(page, "**/list?album=Harbour*")
    with page.expect_request("**/list?album=Harbour*"):
        change(page, "album", "Harbour")
    page.get_by_role("button", name="More photos").click()
    page.unroute("**/list?album=Harbour*")  # which answers the held requests
    expect_pictures(page, "harbour.jpg")


def test_photos_without_thumbnails_are_left_out(embed: Embed) -> None:
    def answer(route: Route) -> None:
        body = route.fetch().json()
        for image, state in zip(body["images"], ("pending", "failed"), strict=False):
            image["thumbnails"]["state"] = state
        route.fulfill(
            body=json.dumps(body), content_type="application/json", headers={"Access-Control-Allow-Origin": "*"}
        )

    page = embed(gallery(), prepare=lambda page: page.route("**/list?*", answer))
    expect_pictures(page, *NEWEST_FIRST[2:])


@pytest.mark.parametrize("element", [gallery, random])
def test_an_empty_album_shows_the_message_of_the_site(embed: Embed, element: Callable[..., str]) -> None:
    page = embed(element('album="Nowhere"', '<p slot="empty">Noch keine Fotos</p>'))
    expect(page.get_by_text("Noch keine Fotos")).to_be_visible()
    expect(page.get_by_role("status")).to_have_count(1)
    expect(page.get_by_role("button")).to_have_count(0)


def test_a_failed_request_shows_an_error_and_can_be_tried_again(embed: Embed) -> None:
    page = embed(gallery(), prepare=lambda page: page.route("**/list?*", lambda route: route.abort()))
    expect(page.get_by_role("alert")).to_have_text("The photos cannot be loaded at the moment.")
    page.unroute("**/list?*")
    page.get_by_role("button", name="Try again").click()
    expect_pictures(page, *NEWEST_FIRST)
    expect(page.get_by_role("alert")).to_be_empty()
    expect(page.get_by_role("button")).to_have_count(0)


def test_the_shown_photos_stay_when_the_next_page_cannot_be_loaded(embed: Embed) -> None:
    page = embed(gallery('album="Shapes" limit="3"', '<p slot="error">Das ging schief.</p>'))
    expect_pictures(page, *NEWEST_FIRST[:3])
    page.route("**/list?*", lambda route: route.abort())
    page.get_by_role("button", name="More photos").press("Enter")
    expect(page.get_by_text("Das ging schief.")).to_be_visible()
    expect(page.get_by_role("button", name="Try again")).to_be_focused()
    page.unroute("**/list?*")
    page.get_by_role("button", name="Try again").press("Enter")
    expect_pictures(page, *NEWEST_FIRST)


def test_an_error_of_the_service_is_shown(embed: Embed) -> None:
    page = embed(gallery('limit="1000"'))
    expect(page.get_by_role("alert")).to_contain_text("limit")


def test_an_address_without_an_api_shows_what_to_set(embed: Embed, tmp_path: Path) -> None:
    copy(MODULE, tmp_path)
    page = embed("<image-repo-gallery></image-repo-gallery>", script="components.js")
    remedy = 'Set the address: <image-repo-gallery api="https://…">'
    expect(page.get_by_role("alert")).to_contain_text(remedy)
    page.route("**/list?", lambda route: route.fulfill(json={"photos": []}))  # JSON, but not of an image repository
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("alert")).to_contain_text(f"(status 200). {remedy}")


def test_a_script_from_a_bucket_needs_the_address_of_the_api(embed: Embed) -> None:
    script = "https://my-page.storage.googleapis.com/components.js"
    warnings: list[str] = []

    def prepare(page: Page) -> None:
        page.route(script, lambda route: route.fulfill(path=MODULE, headers={"Access-Control-Allow-Origin": "*"}))
        page.on("console", lambda each: warnings.append(each.text))

    page = embed("<image-repo-random></image-repo-random>", script=script, prepare=prepare)
    message = 'The address of the image repository is missing. Set the address: <image-repo-random api="https://…">'
    expect(page.get_by_role("alert")).to_have_text(message)
    expect(page.get_by_role("button")).to_have_count(0)
    assert warnings == [message]


def test_a_grid_crops_all_photos_to_one_size(embed: Embed) -> None:
    page = embed(gallery('album="Shapes" grid', "<style>image-repo-gallery { --image-repo-shape: 3 / 2 }</style>"))
    expect_pictures(page, *NEWEST_FIRST)
    boxes = pictures(page).evaluate_all(
        "(images) => images.map((each) => [each.getBoundingClientRect().width, each.getBoundingClientRect().height])"
    )
    assert all(width / height == pytest.approx(1.5, rel=0.01) for width, height in boxes)
    assert max(width for width, _ in boxes) == pytest.approx(min(width for width, _ in boxes), abs=0.1)


def test_a_caption_is_shown_as_text(embed: Embed) -> None:
    page = embed(gallery('album="Shapes" captions'))
    expect(page.get_by_alt_text("<b>Bold</b>")).to_be_visible()
    expect(page.get_by_text("<b>Bold</b>", exact=True)).to_be_visible()
    expect(page.locator("b")).to_have_count(0)


def test_a_click_follows_the_link_unless_the_site_prevents_it(embed: Embed) -> None:
    page = embed(gallery('album="Shapes" href="#photo={id}"'))
    page.evaluate(
        """() => document.addEventListener("image-repo-open", (event) => {
          document.title = event.detail.caption;
          if (event.detail.caption === "Square") event.preventDefault();
        })"""
    )
    page.get_by_role("link", name="Square").click()
    expect(page).to_have_title("Square")
    assert "#" not in page.url
    link = page.get_by_role("link", name="Portrait")
    link.click()
    expect(page).to_have_title("Portrait")
    assert page.url.endswith(link.get_attribute("href") or "?")


def test_random_shows_one_photo_and_then_another(embed: Embed) -> None:
    page = embed(random('tag="shape" width="120"'))
    expect(pictures(page)).to_have_count(1)
    expect_loaded(pictures(page))
    first = pictures(page).get_attribute("alt") or ""
    box = pictures(page).bounding_box()
    assert box is not None
    assert box["width"] == 120
    assert box["width"] / box["height"] == pytest.approx(SHAPES[first][0] / SHAPES[first][1], rel=0.01)
    page.locator("image-repo-random").evaluate("(element) => element.refresh()")
    expect(pictures(page)).to_have_count(1)
    assert pictures(page).get_attribute("alt") in SHAPES.keys() - {first}


def test_both_components_work_with_a_strict_content_security_policy(embed: Embed) -> None:
    page = embed(gallery("captions") + random('width="200"'), csp=STRICT)
    expect(pictures(page)).to_have_count(len(SHAPES) + 2)
    for picture in pictures(page).all():
        expect_loaded(picture)
    expect(page.locator("img[part=placeholder]")).to_have_count(0)
    assert pictures(page).last.evaluate("(image) => getComputedStyle(image).objectFit") == "cover"
