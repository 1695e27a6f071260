"""Uploads with the page: every way to add files, and every result."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import OpenPage
from tests.browser.pages import WITH_KEY, choose, drag, drop, expect_shown, hold, row, store, tile
from tests.photos import exif_bytes, heic, jpeg, photo
from tests.processes import KEY, Runner

MIB = 1024 * 1024


def test_each_of_several_files_has_its_own_result(runner: Runner, open_page: OpenPage) -> None:
    known = jpeg(photo(400, 300, seed=1))
    known_id = store(runner, known, "known.jpg")
    refused = runner.post(b"only text", "notes.jpg")
    page = open_page(WITH_KEY)
    choose(
        page,
        {
            "new.jpg": jpeg(photo(400, 300, seed=2)),
            "copy.jpg": known,
            "other metadata.jpg": jpeg(photo(400, 300, seed=1), exif=exif_bytes(camera=("Acme", "One"))),
            "notes.jpg": b"only text",
            "phone.heic": heic(photo(200, 150, seed=3)),
        },
    )
    expect(row(page, "new.jpg")).to_contain_text("Stored")
    expect(row(page, "phone.heic")).to_contain_text("Stored")
    expect(row(page, "notes.jpg")).to_contain_text(f"Refused: {refused.json()['detail']}")
    for copy in ("copy.jpg", "other metadata.jpg"):
        expect(row(page, copy)).to_contain_text("Already stored")
        expect(row(page, copy).get_by_role("link")).to_have_attribute("href", f"#image={known_id}")
    expect(page.locator("#queue-summary")).to_have_text("2 stored, 2 already stored, 1 refused")
    page.get_by_role("button", name="Clear list").click()
    expect(page.locator("#queue")).to_be_hidden()


def test_a_new_photo_appears_first_with_its_thumbnail(runner: Runner, open_page: OpenPage) -> None:
    store(runner, jpeg(photo(300, 200, seed=10)), "before.jpg")
    page = open_page(WITH_KEY)
    expect(tile(page, "before.jpg")).to_be_visible()
    choose(page, {"fresh.jpg": jpeg(photo(1600, 1200, seed=11))})
    expect(page.locator(".tile").first).to_contain_text("fresh.jpg")
    expect_shown(tile(page, "fresh.jpg"))


def test_the_link_of_a_duplicate_opens_the_stored_image(runner: Runner, open_page: OpenPage) -> None:
    data = jpeg(photo(300, 200, seed=12))
    store(runner, data, "first.jpg", caption="The first of its kind")
    page = open_page(WITH_KEY)
    choose(page, {"second.jpg": data})
    row(page, "second.jpg").get_by_role("link", name="Show photo").click()
    expect(page.get_by_role("dialog")).to_contain_text("The first of its kind")


def test_a_duplicate_says_what_was_added_and_kept(runner: Runner, open_page: OpenPage) -> None:
    data = jpeg(photo(300, 200, seed=112))
    store(runner, data, "first.jpg", tags="stored")
    page = open_page(WITH_KEY)
    expect(tile(page, "first.jpg")).to_be_visible()
    page.get_by_text("Add an album or tags").click()
    page.locator("#album").fill("Added later")
    page.locator("#tags").fill("more")
    choose(page, {"second.jpg": data})
    expect(row(page, "second.jpg")).to_contain_text("Already stored; added tags, album")
    page.locator("#album").fill("Another")
    choose(page, {"third.jpg": data})
    expect(row(page, "third.jpg")).to_contain_text("Already stored; kept its own album")
    row(page, "third.jpg").get_by_role("link", name="Show photo").click()
    expect(page.get_by_role("dialog")).to_contain_text("Added later")


def test_progress_is_shown_while_a_file_is_sent(open_page: OpenPage) -> None:
    page = open_page(WITH_KEY)
    slow = {"offline": False, "latency": 5, "downloadThroughput": -1, "uploadThroughput": 300_000}
    page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", slow)
    choose(page, {"large.jpg": jpeg(photo(1200, 900, seed=13), quality=95)})
    bar = page.get_by_role("progressbar", name="Upload of large.jpg")
    expect(bar).to_be_visible()
    expect(row(page, "large.jpg")).to_contain_text(re.compile(r"Uploading, [1-9]\d? %"))
    assert 0 < bar.evaluate("(bar) => bar.value") < 1
    expect(row(page, "large.jpg")).to_contain_text("Stored")
    expect(bar).to_be_hidden()


def test_photos_can_be_dropped_anywhere_on_the_page(open_page: OpenPage) -> None:
    page = open_page(WITH_KEY)
    files = {"left.jpg": jpeg(photo(200, 150, seed=14)), "right.jpg": jpeg(photo(200, 150, seed=15))}
    drag(page, "dragover", files)
    expect(page.get_by_text("Drop to upload")).to_be_visible()
    drag(page, "drop", files)
    expect(page.get_by_text("Drop to upload")).to_be_hidden()
    for name in files:
        expect(row(page, name)).to_contain_text("Stored")


def test_a_dropped_folder_adds_its_photos_but_no_hidden_files(open_page: OpenPage, tmp_path: Path) -> None:
    for number, name in enumerate(("Trip/a.jpg", "Trip/deep/er/b.png", "Trip/._a.jpg", "Trip/.trash/c.jpg", "d.jpg")):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(jpeg(photo(200, 150, seed=70 + number)))
    (tmp_path / "Trip/notes.txt").write_text("not a photo")
    page = open_page(WITH_KEY)
    drop(page, tmp_path / "Trip", tmp_path / "d.jpg")
    for name in ("a.jpg", "b.png", "d.jpg"):
        expect(row(page, name)).to_contain_text("Stored")
    expect(page.locator("#queue-rows .row")).to_have_count(3)


def test_a_folder_without_photos_shows_a_message(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page(WITH_KEY)
    drop(page, tmp_path)
    expect(page.get_by_role("status").filter(has_text="The folder contains no photos.")).to_be_visible()


def test_a_file_that_cannot_be_read_does_not_stop_the_others(open_page: OpenPage, tmp_path: Path) -> None:
    for seed, name in enumerate(("Trip/good.jpg", "Trip/bad.jpg", "also good.jpg")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(jpeg(photo(200, 150, seed=80 + seed)))
    # By script, because the user who runs the tests may be able to read all files.
    broken = """
        const breakReading = ({ dataTransfer }) => {
          const entries = [...dataTransfer.items].map((each) => each.webkitGetAsEntry());
          const prototype = Object.getPrototypeOf(entries.find((each) => each.isFile));
          const { file } = prototype;
          prototype.file = function (resolve, reject) {
            if (this.name === "bad.jpg") reject(new DOMException("", "NotReadableError"));
            else file.call(this, resolve, reject);
          };
        };
        addEventListener("drop", breakReading, { capture: true, once: true });
    """
    page = open_page(WITH_KEY, prepare=lambda page: page.add_init_script(broken))
    drop(page, tmp_path / "Trip", tmp_path / "also good.jpg")
    expect(row(page, "also good.jpg")).to_contain_text("Stored")
    expect(row(page, "good.jpg")).to_contain_text("Stored")
    expect(page.get_by_role("status").filter(has_text="1 file could not be read.")).to_be_visible()


def test_a_photo_can_be_pasted(open_page: OpenPage) -> None:
    page = open_page(WITH_KEY)
    data = list(jpeg(photo(200, 150, seed=16)))
    page.evaluate(
        """(data) => {
          const clipboardData = new DataTransfer();
          clipboardData.items.add(new File([new Uint8Array(data)], "pasted.jpg", { type: "image/jpeg" }));
          dispatchEvent(new ClipboardEvent("paste", { clipboardData, cancelable: true }));
        }""",
        data,
    )
    expect(row(page, "pasted.jpg")).to_contain_text("Stored")


def test_a_file_that_is_too_large_is_refused_without_being_sent(open_page: OpenPage) -> None:
    page = open_page(WITH_KEY)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    drag(page, "drop", {"huge.jpg": 100 * MIB + 1})
    expect(row(page, "huge.jpg")).to_contain_text("Refused: The file is larger than 100 MiB.")
    assert not [each for each in sent if "/upload" in each]


def test_album_and_tags_are_stored_with_the_photos(runner: Runner, open_page: OpenPage) -> None:
    page = open_page(WITH_KEY)
    page.get_by_text("Add an album or tags").click()
    page.locator("#album").fill("Lakes")
    page.locator("#tags").fill("evening, water")
    choose(page, {"lake.jpg": jpeg(photo(200, 150, seed=17))})
    expect(row(page, "lake.jpg")).to_contain_text("Stored")
    (image,) = runner.get("/list?album=Lakes").json()["images"]
    assert (image["filename"], image["tags"]) == ("lake.jpg", ["evening", "water"])


@pytest.mark.parametrize("fault", ["network", "503"])
def test_an_upload_that_failed_temporarily_can_be_tried_again(open_page: OpenPage, fault: str) -> None:
    page = open_page(WITH_KEY)

    def fail(route: Route) -> None:
        if fault == "network":
            route.abort()
        else:
            route.fulfill(status=503, json={"detail": "Please try again in a few seconds."})

    page.route("**/upload", fail, times=1)
    choose(page, {"again.jpg": jpeg(photo(200, 150, seed=18 + len(fault)))})
    reason = "The server cannot be reached" if fault == "network" else "Please try again in a few seconds"
    expect(row(page, "again.jpg")).to_contain_text(f"Failed: {reason}")
    row(page, "again.jpg").get_by_role("button", name="Retry").click()
    expect(row(page, "again.jpg")).to_contain_text("Stored")


def test_all_uploads_that_failed_can_be_tried_again_together(open_page: OpenPage) -> None:
    page = open_page(WITH_KEY)
    page.route("**/upload", lambda route: route.abort(), times=4)
    choose(page, {f"offline {number}.jpg": jpeg(photo(120, 90, seed=90 + number)) for number in range(5)})
    expect(page.locator("#queue-summary")).to_have_text("1 stored, 4 failed")
    page.get_by_role("button", name="Retry all").click()
    expect(page.locator("#queue-summary")).to_have_text("5 stored")
    expect(page.get_by_role("button", name="Retry all")).to_be_hidden()


def test_uploads_can_be_stopped_and_continued(runner: Runner, open_page: OpenPage) -> None:
    page = open_page(WITH_KEY)
    held = hold(page, "**/upload")
    choose(page, {f"stop {number}.jpg": jpeg(photo(120, 90, seed=200 + number)) for number in range(5)})
    expect(row(page, "stop 4.jpg")).to_contain_text("Waiting")
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#queue-summary")).to_have_text("5 stopped")
    expect(page.get_by_role("button", name="Stop")).to_be_hidden()
    page.unroute_all()
    assert len(held) == 3
    assert not [each for each in runner.get("/list?limit=100").json()["images"] if each["filename"].startswith("stop")]
    page.get_by_role("button", name="Retry all").click()
    expect(page.locator("#queue-summary")).to_have_text("5 stored")


def test_an_upload_without_an_answer_fails_after_a_time(open_page: OpenPage) -> None:
    page = open_page(WITH_KEY, prepare=lambda page: page.clock.install())
    hold(page, "**/upload")
    with page.expect_request("**/upload"):
        choose(page, {"hanging.jpg": jpeg(photo(120, 90, seed=210))})
    expect(row(page, "hanging.jpg")).to_have_attribute("data-state", re.compile("sending|checking"))
    page.clock.fast_forward("03:00")
    expect(row(page, "hanging.jpg")).to_contain_text("Failed: The server cannot be reached.")


def test_a_file_that_was_removed_after_it_was_chosen_is_not_reported_as_a_network_error(
    open_page: OpenPage, tmp_path: Path
) -> None:
    file = tmp_path / "removed.jpg"
    file.write_bytes(jpeg(photo(200, 150, seed=95)))
    page = open_page()
    page.set_input_files("#files", file)
    expect(row(page, "removed.jpg").locator(".thumb img")).to_be_visible()
    file.unlink()
    page.get_by_label("Key", exact=True).fill(KEY)
    page.keyboard.press("Enter")
    expect(row(page, "removed.jpg")).to_contain_text("The file was changed or removed after you chose it.")
    expect(row(page, "removed.jpg").get_by_role("button")).to_be_hidden()


def test_at_most_three_files_are_sent_at_once(open_page: OpenPage) -> None:
    page = open_page(WITH_KEY)
    held = hold(page, "**/upload")
    files = {f"{number}.jpg": jpeg(photo(120, 90, seed=40 + number)) for number in range(5)}
    with page.expect_request(lambda _: len(held) == 2):  # the third is added after this event
        choose(page, files)
    expect(page.locator("#queue-rows .row").filter(has_text="Waiting")).to_have_count(2)
    assert len(held) == 3
    page.route("**/upload", lambda route: route.continue_())
    for each in held:
        each.continue_()
    expect(page.locator("#queue-summary")).to_have_text("5 stored")


def test_the_page_can_be_on_another_host_than_the_api(open_page: OpenPage, elsewhere: str) -> None:
    page = open_page(f"{elsewhere}{WITH_KEY}")
    choose(page, {"remote.jpg": jpeg(photo(200, 150, seed=60))})
    expect_shown(tile(page, "remote.jpg"))
    tile(page, "remote.jpg").get_by_role("link").click()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete permanently").click()
    expect(tile(page, "remote.jpg")).to_have_count(0)
