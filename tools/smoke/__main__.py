"""`python -m tools.smoke`: try a whole service, and clean up. `make smoke` calls it."""

import argparse
import math
import os
import secrets
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Final, NoReturn

from tools.deploy.google import reach
from tools.deploy.inputs import named_project, parse_origins
from tools.deploy.processes import Failure
from tools.deploy.terraform import outputs
from tools.smoke import cleanup, deletion, pages, steps, ways_in
from tools.smoke.deployment import Deployment
from tools.smoke.places import EXAMPLE, Place, place_of
from tools.smoke.run import Run, started
from tools.smoke.stepping import Step, perform

_INTERRUPTED: Final = 130

STEPS: Final = (
    Step("the service answers", "list", steps.answer),
    Step("upload", "upload", steps.upload),
    Step("the same file again is a duplicate", "upload", steps.upload_again),
    Step("thumbnails, by the event of the upload", "make-thumbnails", steps.thumbnails),
    Step("thumbnails for pages of other sites (CORS)", "fetch", pages.cross_origin),
    Step("list by tag, by album and by both", "list", steps.list_images),
    Step("random draw by tag and album", "random", steps.draw),
    Step("details", "fetch", steps.details),
    Step("change of the caption", "update", steps.change),
    Step("paths of older tutorials on one host", "list", pages.one_host),
    Step("ticket: signed upload", "upload", ways_in.ticket),
    Step("signed upload from a page (CORS)", "upload", pages.signed_upload),
    Step("drop: a file in the dropbox", "ingest-drop", ways_in.drop),
    Step("deletion in the bucket, by its event", "forget-image", deletion.delete_in_bucket),
    Step("deletion", "delete", deletion.delete),
    Step("nothing is left", "delete", cleanup.check_nothing_left),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all steps and return the exit status: 0 if none failed and nothing is left."""
    options = _parser().parse_args(arguments)
    try:
        with _place(options) as place:
            if options.patience is not None:
                place.patience = options.patience
            return smoke(place)
    except Failure as failure:
        print(failure, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return _INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make smoke", description=__doc__)
    parser.add_argument("--project", help="the project of a deployment; a key is made for the run, and taken back")
    parser.add_argument("--api", help=f"the address of a service; without one, {EXAMPLE}")
    cors = os.environ.get("CORS_ORIGINS", "")
    parser.add_argument("--cors", default=cors, help="origins of pages that this service allows, comma-separated")
    key = os.environ.get("IMAGE_REPO_KEY", "")
    parser.add_argument("--key", default=key, help="an API key of that service; of an admin, or the drop stays")
    parser.add_argument("--patience", type=_seconds, help="seconds to wait for the effect of an event")
    return parser


def _seconds(text: str) -> float:
    with suppress(ValueError):
        if 0 < (seconds := float(text)) < math.inf:
            return seconds
    raise argparse.ArgumentTypeError(f"must be a positive number of seconds, not {text!r}")


@contextmanager
def _place(options: argparse.Namespace) -> Iterator[Place]:
    if options.project is None:
        api = EXAMPLE if options.api is None else options.api
        yield place_of(api, options.key, parse_origins(options.cors))
        return
    if options.api is not None:
        raise Failure("PROJECT and API are two different places. Give only one of them to: make smoke")
    project = named_project(options.project)
    reach()
    name = f"smoke-{secrets.token_hex(4)}"
    place = Deployment(project, outputs(project), name)
    print(f"Making the key {name} for this run, which is taken back at its end.", flush=True)
    try:
        place.make_key()
        yield place
    finally:
        try:
            place.close()
        except (Failure, KeyboardInterrupt) as error:
            print(f"  Could not take back the key {name}: {str(error) or 'interrupted.'}", flush=True)
            print(f"    To take it back, run: make key-revoke NAME={name} PROJECT={project}", flush=True)
            raise


def smoke(place: Place) -> int:
    """Run all steps in a place, and clean up. Returns the exit status."""
    print(f"Trying {place.api}.", flush=True)
    with started(place, new_key=bool(place.project)) as run:
        failures = _performed(run)
        clean = _cleaned(run)
    if failures is None:
        return _INTERRUPTED
    print(f"{failures} of {len(STEPS)} steps failed." if failures else "No step failed.", end=" ")
    print("Nothing of this run is left." if clean else "Something of this run is left.", flush=True)
    return 1 if failures or not clean else 0


def _performed(run: Run) -> int | None:
    """How many steps failed; None if the run was interrupted."""
    try:
        return perform(run, STEPS)
    except KeyboardInterrupt:
        print("Interrupted. Removing what the run has stored.", flush=True)
        return None
    except BrokenPipeError:
        _mute()
        return None


def _cleaned(run: Run) -> bool:
    try:
        return cleanup.clean_up(run)
    except KeyboardInterrupt:
        print(f"  Interrupted again. {cleanup.may_be_left(run)}", flush=True)
        return False
    except BrokenPipeError:
        _mute()
        return cleanup.clean_up(run)


def _mute() -> None:
    """Print no more: the reader of the output has closed the pipe, as `head` does. What is stored must still go."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    del number, frame
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _interrupt)
    sys.exit(main())
