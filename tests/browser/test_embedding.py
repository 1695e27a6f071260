"""The examples of docs/embedding.md, on a site of another origin."""

import re
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import OpenPage, static_site
from tests.browser.pages import store
from tests.photos import jpeg, photo
from tests.processes import ROOT, Runner

GUIDE = (ROOT / "docs/embedding.md").read_text()
ON_ONE_PAGE = 24
IS_SHOWN = "(image) => image.complete && image.naturalWidth > 0"


def test_the_html_examples_show_a_random_photo_and_a_gallery(
    runner: Runner, open_page: OpenPage, tmp_path: Path
) -> None:
    for seed in range(ON_ONE_PAGE + 1):
        store(
            runner,
            jpeg(photo(300, 200, seed=seed)),
            f"{seed}.jpg",
            caption=f"Photo <b>{seed}</b>",
            album="Holiday",
            tags="sea",
        )
    parts = "\n".join(re.findall(r"^```html\n(.+?)^```$", GUIDE, re.MULTILINE | re.DOTALL))
    for address in ("https://API", "https://PAGE"):
        parts = parts.replace(address, runner.address)
    (tmp_path / "index.html").write_text(f'<!doctype html><link rel="icon" href="data:,">\n{parts}')
    with static_site(tmp_path) as address:
        page = open_page(address)
        random = page.get_by_alt_text("One of our photos")
        expect(random).to_have_js_property("complete", value=True)
        assert random.evaluate(IS_SHOWN)
        expect(page.locator("image-repo-gallery img[part=image]")).to_have_count(ON_ONE_PAGE)
        expect(page.locator("image-repo-random img[part=image]")).to_have_count(1)
        expect(page.locator("#photos img")).to_have_count(ON_ONE_PAGE)
        page.get_by_role("button", name="Older photos").click()
        expect(page.locator("#photos img")).to_have_count(ON_ONE_PAGE + 1)
        expect(page.get_by_role("button", name="Older photos")).to_be_hidden()
        oldest = page.locator("#photos").get_by_alt_text("Photo <b>0</b>")
        oldest.scroll_into_view_if_needed()
        expect(oldest).to_have_js_property("complete", value=True)
        assert oldest.evaluate(IS_SHOWN)


def test_the_react_example_uses_members_that_an_image_has(runner: Runner) -> None:
    """The example is not run, because React is not installed."""
    store(runner, jpeg(photo(300, 200, seed=100)), "one.jpg")
    (image,) = runner.get("/list?limit=1").json()["images"]
    (members,) = re.findall(r"ready\.map\(\(\{ (.+?) \}\) =>", GUIDE)
    assert set(members.split(", ")) <= image.keys()
    assert set(re.findall(r"thumbnails\.(\w+)", GUIDE)) <= image["thumbnails"].keys()
