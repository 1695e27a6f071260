"""The steps on one image, from its upload to a change of its caption."""

from http import HTTPStatus
from typing import Final

import requests

from image_repo import APIError, ImageDetails
from tools.smoke import causes, findings
from tools.smoke.outcomes import Failed
from tools.smoke.picture import CONTENT_TYPE, HEIGHT, WIDTH
from tools.smoke.run import Run

_CAPTION: Final = "A test of the whole service, which removes it again"
_CHANGED: Final = "Changed by the test"


def answer(run: Run) -> None:
    """The service answers a request without a key."""
    response = run.send("GET", "/list?limit=1")
    if response.is_redirect:
        target = response.headers["Location"].partition("/list?")[0]
        raise Failed(f"{run.place.api} redirects to another address. Give that one: make smoke API={target}")
    must_be(run, "list", response, HTTPStatus.OK)
    if "images" not in _json(response):
        raise Failed(f"{run.place.api} is not an Image Repo: /list answers {response.text[:80]!r}. Check the address.")


def upload(run: Run) -> None:
    """A new image is stored."""
    run.sent = True
    path = run.pictures["upload"].path
    image = run.call(lambda client: client.upload(path, caption=_CAPTION, tags=[run.name], album=run.name))
    run.image_id = image.id
    if image.duplicate:
        raise Failed("An image of new random pixels is reported as a duplicate: `upload` does not compare the pixels.")


def upload_again(run: Run) -> None:
    """The same file is recognized, although it is sent in full."""
    image_id = run.stored()
    files = {"image": ("again.png", run.pictures["upload"].data, CONTENT_TYPE)}
    response = run.send("POST", "/upload", files=files, headers={"X-API-Key": run.place.key})
    must_be(run, "upload", response, HTTPStatus.OK)
    found = _json(response)
    if not found.get("duplicate") or found.get("id") != image_id:
        raise Failed(f"The same file has become another image, {found.get('id')}: the catalog lacks the first one.")


def thumbnails(run: Run) -> None:
    """The event of the upload reaches its function, and the thumbnails can be read by everyone."""
    image_id = run.stored()
    found = run.wait(lambda: _finished(run.call(lambda client: client.details(image_id))))
    if found is None:
        raise Failed(findings.no_event(run.place, "finalized", "originals", "make-thumbnails", f"{image_id}.png"))
    if found.thumbnails is None or found.thumbnails.state != "ready":
        reason = found.thumbnails and found.thumbnails.reason
        raise Failed(f"`make-thumbnails` failed: {reason}. `make logs FUNCTION=make-thumbnails` has more.")
    run.thumbnails = tuple(each.url for each in found.thumbnails.items)
    for url in run.thumbnails:
        response = run.send("GET", url)  # without an Origin, as an <img> is loaded
        if response.status_code != HTTPStatus.OK:
            raise Failed(
                f"The thumbnail {url} answers {response.status_code}. The bucket `renditions` must be public: allUsers "
                "needs roles/storage.legacyObjectReader on it (infra/buckets.tf)."
            )


def list_images(run: Run) -> None:
    """The list finds the image by each filter, and by both together."""
    image_id = run.stored()
    run.call(lambda client: [*client.list(1)])
    for tag, album in ((run.name, None), (None, run.name), (run.name, run.name)):
        filters = " and ".join(name for name, value in (("tag", tag), ("album", album)) if value)
        try:
            found = [each.id for each in run.listed(tag=tag, album=album)]
        except APIError as error:
            if error.status < HTTPStatus.INTERNAL_SERVER_ERROR:
                raise
            raise Failed(findings.no_index(run.place, "list", filters)) from error
        if found != [image_id]:
            raise Failed(f"The list by {filters} has {len(found)} images, and must have exactly the uploaded one.")


def draw(run: Run) -> None:
    """A random draw by tag and album finds the image."""
    image_id = run.stored()
    try:
        found = run.call(lambda client: client.random(tag=run.name, album=run.name))
    except APIError as error:
        if error.status == HTTPStatus.NOT_FOUND:
            raise Failed("A random draw by tag and album finds no image, although one was stored.") from error
        if error.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            raise
        raise Failed(findings.no_index(run.place, "random", "tag and album")) from error
    if [each.id for each in found] != [image_id]:
        raise Failed("A random draw by tag and album finds another image than the only one.")


def details(run: Run) -> None:
    """The details are those of the file and of its description."""
    found = _details(run)
    picture = run.pictures["upload"]
    expected = (WIDTH, HEIGHT, picture.sha256, _CAPTION, (run.name,), run.name)
    actual = (found.width, found.height, found.sha256, found.caption, found.tags, found.album)
    if actual != expected:
        raise Failed(f"The details are {actual}, and must be {expected}.")


def change(run: Run) -> None:
    """A changed caption is kept, and the rest stays."""
    image_id = run.stored()
    run.call(lambda client: client.update(image_id, caption=_CHANGED))
    found = _details(run)
    if (found.caption, found.tags, found.album) != (_CHANGED, (run.name,), run.name):
        raise Failed(f"After a change of the caption, the image has {(found.caption, found.tags, found.album)}.")


def must_be(run: Run, function: str, response: requests.Response, status: HTTPStatus) -> None:
    """Check the status of a response.

    Raises:
        Failed: it is another one.
    """
    if response.status_code != status:
        problem = _json(response)
        detail = problem.get("detail") or response.reason or "no reason given"
        code = problem.get("code", "")
        raise Failed(causes.of_status(run.place, function, response.status_code, str(code), str(detail)))


def _json(response: requests.Response) -> dict[str, object]:
    try:
        found = response.json()
    except requests.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _details(run: Run) -> ImageDetails:
    image_id = run.stored()
    return run.call(lambda client: client.details(image_id))


def _finished(found: ImageDetails) -> ImageDetails | None:
    return None if found.thumbnails is None or found.thumbnails.state == "pending" else found
