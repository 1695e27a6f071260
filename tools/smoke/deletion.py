"""The steps that delete an image: with the service, and without it."""

from http import HTTPStatus
from typing import Final

from image_repo import APIError
from tools.smoke import findings
from tools.smoke.outcomes import Failed, Skipped
from tools.smoke.run import Run

FORGET: Final = "forget-image"


def delete(run: Run) -> None:
    """The image is deleted: its details, its place in the list and its thumbnails are gone."""
    image_id = run.stored()
    run.call(lambda client: client.delete(image_id))
    if run.wait(lambda: _gone(run, image_id)) is None:
        raise Failed(f"The image {image_id} is still there after its deletion. Run: make fsck")


def delete_in_bucket(run: Run) -> None:
    """The deletion of an object, without the service, is an event that removes the entry and the thumbnails.

    The deletion of an image cannot show that: the function removes both itself.
    """
    if not run.others:
        raise Skipped("neither the ticket nor the drop has stored an image")
    image_id = run.others[0]
    run.place.delete("originals", f"{image_id}.png")
    if run.wait(lambda: _gone(run, image_id)) is None:
        raise Failed(
            f"{findings.no_event(run.place, 'deleted', 'originals', FORGET, f'{image_id}.png')} If other events come, "
            "Cloud Storage sends none for a soft deletion here. Please report this; `make fsck` removes what is left."
        )


def _gone(run: Run, image_id: str) -> bool | None:
    """True if nothing is left of the image, else None."""
    left = image_id in run.own() or _known(run, image_id)
    return None if left or _thumbnails_left(run, image_id) else True


def _known(run: Run, image_id: str) -> bool:
    try:
        run.call(lambda client: client.details(image_id))
    except APIError as error:
        if error.code != "image_not_found":
            raise
        return False
    return True


def _thumbnails_left(run: Run, image_id: str) -> bool:
    names = run.place.objects("renditions", f"{image_id}/")
    if names is not None:
        return bool(names)
    if image_id != run.image_id:
        return False
    # A shared cache can have one for a day. It keeps another URL of the object apart, or says how old its copy is.
    found = [run.send("GET", f"{each}?{run.name}") for each in run.thumbnails]
    return any(each.status_code == HTTPStatus.OK and "Age" not in each.headers for each in found)
