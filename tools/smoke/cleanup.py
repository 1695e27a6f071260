"""What is done after each run, also after a failure or Ctrl-C: nothing of it stays."""

from collections.abc import Callable
from functools import partial

import requests

from image_repo import APIError, Client, ImageRepoError
from tools.deploy.processes import Failure
from tools.smoke.outcomes import Failed, Skipped
from tools.smoke.run import Run


def check_nothing_left(run: Run) -> None:
    """Delete the images of the ticket and of the drop, and find nothing of the run any more."""
    for each in _stored(run):
        _delete_image(run, each)
    run.wait(lambda: None if _left(run) else True)
    if left := _left(run):
        raise Failed(f"There is still {', '.join(left)}.")


def _left(run: Run) -> list[str]:
    """What is still there, as far as it can be seen from here."""
    stored = [each for each in (run.image_id, *run.others) if each]
    objects = [("dropbox", each) for each in run.drops]
    objects += [(bucket, each) for bucket in ("originals", "renditions") for each in stored]
    found = [f"{bucket}/{name}" for bucket, prefix in objects for name in run.place.objects(bucket, prefix) or ()]
    return [*sorted(f"the image {each}" for each in run.own()), *found]


def clean_up(run: Run) -> bool:
    """Remove whatever the run may have left. Prints what could not be removed; returns whether all was."""
    if not run.sent:
        return True
    # First the drops, or their events could still store an image.
    drops = [
        _try(f"the drop {each[0]}, which the dropbox keeps for a week", partial(_remove_drop, run, *each))
        for each in run.drops.items()
    ]
    return all([*drops, _remove_images(run)])


def _remove_drop(run: Run, name: str, arrived: bool) -> None:  # noqa: FBT001 - an item of `drops`
    found = run.place.objects("dropbox", name)
    if found or (found is None and not arrived):
        run.place.delete("dropbox", name)


def _stored(run: Run) -> set[str]:
    """The ids of the images of all three files, as far as they are stored."""
    files = [each.sha256 for each in run.pictures.values()]
    return set(run.call(lambda client: client.check(files)).values())


def _delete_image(run: Run, image_id: str) -> None:
    try:
        run.call(partial(Client.delete, image_id=image_id))
    except APIError as error:
        if error.code != "image_not_found":
            raise


def _remove_images(run: Run) -> bool:
    """Delete each image, also after one that cannot be deleted. Returns whether all are."""
    stored: set[str] = set()
    known = _try(f"the images with the tag {run.name}", lambda: stored.update(_stored(run)))
    return all([known, *(_try(f"the image {each}", partial(_delete_image, run, each)) for each in stored)])


def _try(what: str, act: Callable[[], None]) -> bool:
    try:
        act()
    except (Failed, Failure, Skipped, ImageRepoError, requests.RequestException) as error:
        print(f"  Could not remove {what}: {error}", flush=True)
        return False
    return True
