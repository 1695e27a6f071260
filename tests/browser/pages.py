"""What the tests do with the page: choose and drop files, and find the rows of uploads and the tiles of images."""

from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path

from playwright.sync_api import FilePayload, Locator, Page, Route, expect

from tests.processes import KEY, Runner

WITH_KEY = f"/#key={KEY}"

expect.set_options(timeout=10_000)

_DROP = """
(files) => {
  const transfer = new DataTransfer();
  for (const { name, data, size } of files) {
    const content = data === null ? new Uint8Array(size) : Uint8Array.from(atob(data), (each) => each.charCodeAt(0));
    transfer.items.add(new File([content], name, { type: "image/jpeg" }));
  }
  return transfer;
}
"""


def choose(page: Page, files: Mapping[str, bytes]) -> None:
    """Choose files, given by name, as with the button."""
    page.set_input_files("#files", [payload(name, data) for name, data in files.items()])


def payload(name: str, data: bytes) -> FilePayload:
    """A file that the browser treats as a JPEG."""
    return {"name": name, "mimeType": "image/jpeg", "buffer": data}


def drag(page: Page, event: str, files: Mapping[str, bytes | int]) -> None:
    """Send a drag event ("dragover", "drop") with files, given by name: their content, or a number of zero bytes."""
    described = [
        {"name": name, "size": data, "data": None}
        if isinstance(data, int)
        else {"name": name, "size": len(data), "data": b64encode(data).decode()}
        for name, data in files.items()
    ]
    page.dispatch_event("main", event, {"dataTransfer": page.evaluate_handle(_DROP, described)})


def drop(page: Page, *paths: Path) -> None:
    """Drop files and folders onto the page, as from a file manager."""
    session = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(each) for each in paths], "dragOperationsMask": 1}
    for event in ("dragEnter", "dragOver", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": event, "x": 300, "y": 300, "data": data})
        page.evaluate("() => new Promise(requestAnimationFrame)")  # until the overlay is shown


def hold(page: Page, pattern: str) -> list[Route]:
    """Do not answer requests to URLs that match the pattern. They are added to the list."""
    held: list[Route] = []

    def add(route: Route) -> None:
        held.append(route)

    page.route(pattern, add)
    return held


def row(page: Page, name: str) -> Locator:
    """The row of a file in the list of uploads."""
    return page.locator("#queue-rows .row").filter(has=page.get_by_text(name, exact=True))


def tile(page: Page, title: str) -> Locator:
    """The tile of an image in the gallery, by its title: the caption, or else the file name."""
    return page.locator(".tile").filter(has=page.get_by_text(title, exact=True))


def expect_shown(picture: Locator) -> None:
    """Expect that a tile or dialog shows its picture, completely loaded."""
    expect(picture.locator(".frame")).to_have_attribute("data-state", "shown")
    assert picture.locator("img.photo").evaluate("(image) => image.complete && image.naturalWidth > 0")


def store(runner: Runner, data: bytes, filename: str, *, wait: bool = True, **fields: str) -> str:
    """Upload an image without the page. Returns its id. With `wait`, it waits until the thumbnails are ready."""
    response = runner.post(data, filename, **fields)
    assert response.status_code == 201, response.text
    image_id: str = response.json()["id"]
    if wait:
        runner.wait_until_ready(image_id)
    return image_id


def unknown_key_message(runner: Runner) -> str:
    """The message of the server about an unknown key."""
    response = runner.get("/list", headers={"X-API-Key": "wrong"})
    assert response.status_code == 401, response.text
    detail: str = response.json()["detail"]
    return detail
