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
    _delete_images(run)
    run.wait(lambda: None if _left(run) else True)
    if left := _left(run):
        raise Failed(f"There is still {', '.join(left)}.")


def _left(run: Run) -> list[str]:
    """What is still there, as far as it can be seen from here."""
    listed = {each.id for each in (*run.listed(tag=run.name), *run.listed(album=run.name))}
    stored = [each for each in (run.image_id, *run.others) if each]
    objects = [("dropbox", each) for each in run.drops]
    objects += [(bucket, each) for bucket in ("originals", "renditions") for each in stored]
    found = [f"{bucket}/{name}" for bucket, prefix in objects for name in run.place.objects(bucket, prefix) or ()]
    return [*sorted(f"the image {each}" for each in listed), *found]


def clean_up(run: Run) -> bool:
    """Remove whatever the run may have left. Prints what could not be removed; returns whether all was."""
    if not run.sent:
        return True
    # First the drops, or their events could still store an image.
    drops = [_try(f"the drop {each[0]}", partial(_remove_drop, run, *each)) for each in run.drops.items()]
    return _try(f"the images with the tag {run.name}", partial(_delete_images, run)) and all(drops)


def _remove_drop(run: Run, name: str, arrived: bool) -> None:  # noqa: FBT001 - an item of `drops`
    found = run.place.objects("dropbox", name)
    if found or (found is None and not arrived):
        run.place.delete("dropbox", name)


def _delete_images(run: Run) -> None:
    """Delete the images of all three files, whichever of them are stored."""
    files = [each.sha256 for each in run.pictures.values()]
    for image_id in set(run.call(lambda client: client.check(files)).values()):
        try:
            run.call(partial(Client.delete, image_id=image_id))
        except APIError as error:
            if error.code != "image_not_found":
                raise


def _try(what: str, act: Callable[[], None]) -> bool:
    try:
        act()
    except (Failed, Failure, Skipped, ImageRepoError, requests.RequestException) as error:
        print(f"  Could not remove {what}: {error} Remove it yourself.", flush=True)
        return False
    return True
