"""What is done after each run, also after a failure or Ctrl-C: nothing of it stays."""

from collections.abc import Callable
from functools import partial

import requests

from image_repo import APIError, Client, ImageRepoError
from tools.deploy.processes import Failure
from tools.smoke import causes
from tools.smoke.outcomes import Failed, Skipped
from tools.smoke.run import Drop, Run


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
    objects = [("dropbox", each.name) for each in run.drops]
    objects += [(bucket, each) for bucket in ("originals", "renditions") for each in stored]
    found = [f"{bucket}/{each}" for bucket, prefix in objects for each in run.place.objects(bucket, prefix) or ()]
    return [*sorted(f"the image {each}" for each in run.own()), *found]


def clean_up(run: Run) -> bool:
    """Remove whatever the run may have left. Prints what could not be removed; returns whether all was."""
    if not run.sent or (run.refused and run.image_id is None):
        return True
    # First the drops, or their events could still store an image.
    drops = [
        _try(
            run,
            f"the drop {each.name}, which the dropbox keeps for a week",
            partial(_remove_drop, run, each),
            run.place.removal("dropbox", each.name),
        )
        for each in run.drops
    ]
    return all([*drops, _remove_images(run)])


def may_be_left(run: Run) -> str:
    """What an interrupted clean-up may have left, and the commands that find it and remove it."""
    image = run.place.removal("originals", f"{run.image_id or 'ID'}.png")
    drops = [run.place.removal("dropbox", each.name) for each in run.drops if not each.arrived]
    return (
        f"There may be images with the tag {run.name}. To list them, run: .venv/bin/image-repo list "
        f"--api {run.place.api} --tag {run.name} To remove one, run: {image}"
        + "".join(f" To remove a drop, run: {each}" for each in drops)
    )


def _remove_drop(run: Run, drop: Drop) -> None:
    found = run.place.objects("dropbox", drop.name)
    if found or (found is None and not _has_arrived(run, drop)):
        run.place.delete("dropbox", drop.name)


def _has_arrived(run: Run, drop: Drop) -> bool:
    """Whether the drop is an image. Until its event comes, no one can tell, and it would store an image later."""
    if drop.arrived or run.gone:
        return drop.arrived
    if drop.waited:
        return run.known(drop.picture) is not None
    print(f"Waiting for the event of the drop {drop.name}, which would store an image later.", flush=True)
    return run.wait(lambda: run.known(drop.picture)) is not None


def _stored(run: Run) -> set[str]:
    """The ids of the images of all three files, as far as they are stored."""
    files = [each.sha256 for each in run.pictures.values()]
    found = run.call(lambda client: client.check(files))
    for drop in run.drops:
        drop.arrived = drop.arrived or drop.picture.sha256 in found
    return set(found.values())


def _delete_image(run: Run, image_id: str) -> None:
    try:
        run.call(partial(Client.delete, image_id=image_id))
    except APIError as error:
        if error.code != "image_not_found":
            raise


def _remove_images(run: Run) -> bool:
    """Delete each image, also after one that cannot be deleted. Returns whether all are."""
    stored: set[str] = set()
    place = run.place
    example = place.removal("originals", f"{run.image_id or 'ID'}.png")
    known = _try(run, f"the images with the tag {run.name}", lambda: stored.update(_stored(run)), example)
    deletions = [
        _try(run, f"the image {each}", partial(_delete_image, run, each), place.removal("originals", f"{each}.png"))
        for each in stored
    ]
    return all([known, *deletions])


def _try(run: Run, what: str, act: Callable[[], None], command: str) -> bool:
    """Whether it succeeds. If not, the reason is printed, with the command that does the same later."""
    try:
        act()
    except (Failed, Failure, Skipped, ImageRepoError, requests.RequestException) as error:
        print(f"  Could not remove {what}: {causes.of_error(run.place, 'delete', error)}", flush=True)
        print(f"    To remove it, run: {command}", flush=True)
        return False
    return True
