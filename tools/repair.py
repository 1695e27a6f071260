"""The code that `make reindex` and `make fsck` share: settings, errors, and how a stopped run continues."""

import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Protocol

import google.auth
from google.auth.exceptions import DefaultCredentialsError

from functions.config import Backend, Settings, SettingsError
from functions.domain.errors import MalformedId, Unavailable
from functions.domain.ids import parse_id
from functions.services.repair.actions import Intake
from functions.services.repair.snapshot import Stores
from functions.wiring import Wiring
from tools.deploy.google import access_token, reach
from tools.deploy.inputs import named_project
from tools.deploy.processes import Failure
from tools.deploy.terraform import environment
from tools.progress import Progress
from tools.recover import CannotRun, folder

INTERRUPTED = 130
"""The exit status that shells report for a command that Ctrl-C stopped."""


class Work(Protocol):
    """One run of a command over a repository."""

    position: str
    """The id of the last image that is done; empty before the first one."""

    def prepare(self, data: Path, progress: Progress) -> None:
        """Check or rebuild the databases of the embedded backend, before they are opened.

        Raises:
            CannotRun: the databases cannot be used.
            Unavailable: the file system refuses.
        """

    def run(self, stores: Stores, intake: Intake, progress: Progress) -> int:
        """Do the work, and return the exit status.

        Raises:
            Unavailable: a backend does not answer.
        """


def carry_out(command: str, work: Work, project: str | None) -> int:
    """Run a command. If it stops or fails, print how to continue.

    Args:
        command: the name of its target in the Makefile.
        work: what the command does.
        project: the project on Google Cloud to work on; None means the repository that the environment names.

    Returns:
        The exit status.
    """
    progress = Progress("images")
    if project is not None:
        command = f"{command} PROJECT={project}"
    try:
        settings = _deployed(project) if project is not None else Settings.from_env()
        _check_arguments(command, work.position, settings)
        if settings.backend is Backend.EMBEDDED:
            command += folder(settings.data)
            work.prepare(settings.data, progress)
        stores, intake = _repository(settings)
        _let_the_second_signal_stop_at_once()
        return work.run(stores, intake, progress)
    except (CannotRun, Failure, SettingsError) as error:
        print(error, file=sys.stderr)
        return 1
    except BrokenPipeError:  # the reader of the output has closed the pipe, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        print(error, file=sys.stderr)
        return 1
    except Unavailable as error:
        progress.clear()
        print(f"{error.detail} {_how_to_continue(command, work.position)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        progress.clear()
        print(f"Stopped. {_how_to_continue(command, work.position)}", file=sys.stderr)
        return INTERRUPTED


def _how_to_continue(command: str, position: str) -> str:
    return f"Continue with: make {command} AFTER={position}" if position else f"Start again with: make {command}"


def _deployed(project: str) -> Settings:
    """The settings of the deployment in a project, after a check that gcloud and Google's libraries are logged in."""
    named = named_project(project)
    reach()
    access_token()
    settings = Settings.from_env(environment(named))
    try:
        google.auth.default()
    except DefaultCredentialsError:
        raise CannotRun(
            "Google's libraries need a login of their own. Run: gcloud auth application-default login "
            f"--project={named}"
        ) from None
    return settings


def _check_arguments(command: str, after: str, settings: Settings) -> None:
    if settings.backend is Backend.EMBEDDED and not any(
        (settings.data / each).is_dir() for each in ("originals", "dropbox")
    ):
        raise CannotRun(
            f"There is no repository in the folder {settings.data}. Name its folder: make {command} DATA=~/images"
        )
    if settings.backend is Backend.GCP and settings.project is None:
        raise CannotRun(
            f"The project is missing. Run: make {command} PROJECT=my-project, or set GOOGLE_CLOUD_PROJECT=my-project"
        )
    try:
        parse_id(after or "a" * 26)
    except MalformedId:
        raise CannotRun(f"AFTER must be the id of an image, as the stopped run printed it, not {after!r}.") from None


def _repository(settings: Settings) -> tuple[Stores, Intake]:
    parts = Wiring(settings)
    stores = Stores(parts.catalog(), parts.originals(), parts.renditions(), parts.counters())
    return stores, Intake(parts.dropbox(), parts.tickets())


def _let_the_second_signal_stop_at_once() -> None:
    """After the first Ctrl-C, the images in progress are finished. A second one ends the process at once."""

    def stop(number: int, frame: FrameType | None) -> None:
        del frame
        signal.signal(number, signal.SIG_DFL)
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
