"""What `make reindex` and `make fsck` have in common: the settings, the stop, and the way to go on."""

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
from functions.services.repair.mend import Intake
from functions.services.repair.snapshot import Stores
from functions.wiring import Wiring
from tools.deploy.google import access_token, reach
from tools.deploy.inputs import named_project
from tools.deploy.processes import Failure
from tools.deploy.terraform import environment
from tools.progress import Progress
from tools.recover import CannotRun, folder

INTERRUPTED = 130
"""The exit status that shells give to what Ctrl-C stopped."""


class Work(Protocol):
    """One run of a command over a repository."""

    position: str
    """Id of the image up to which all is done; empty before the first."""

    def prepare(self, data: Path, progress: Progress) -> None:
        """See to the databases of the embedded backend, before they are opened.

        Raises:
            CannotRun: they cannot be used.
            Unavailable: the file system refuses.
        """

    def run(self, stores: Stores, intake: Intake, progress: Progress) -> int:
        """Do it; the exit status.

        Raises:
            Unavailable: a backend does not answer.
        """


def carry_out(command: str, work: Work, project: str | None) -> int:
    """Run a command to its end, its stop or its failure, and say how to go on; the exit status.

    Args:
        command: as `make` calls it.
        work: what it does.
        project: works on what is deployed there; None on what the environment names.
    """
    progress = Progress("images")
    if project:
        command = f"{command} PROJECT={project}"
    try:
        settings = _deployed(project) if project else Settings.from_env()
        _check_arguments(command, work.position, settings)
        if settings.backend is Backend.EMBEDDED:
            command += folder(settings.data)
            work.prepare(settings.data, progress)
        stores, intake = _repository(settings)
        _stop_at_once_when_asked_twice()
        return work.run(stores, intake, progress)
    except (CannotRun, Failure, SettingsError) as error:
        print(error, file=sys.stderr)
        return 1
    except BrokenPipeError:  # whoever read our lines has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        print(error, file=sys.stderr)
        return 1
    except Unavailable as error:
        progress.clear()
        print(f"{error.detail} {_way_on(command, work.position)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        progress.clear()
        print(f"Stopped. {_way_on(command, work.position)}", file=sys.stderr)
        return INTERRUPTED


def _way_on(command: str, position: str) -> str:
    return f"Go on with: make {command} AFTER={position}" if position else f"Start again with: make {command}"


def _deployed(project: str) -> Settings:
    """The settings of what is deployed in a project, once gcloud and Google's libraries are logged in."""
    named = named_project(project)
    reach()
    access_token()
    settings = Settings.from_env(environment(named))
    try:
        google.auth.default()
    except DefaultCredentialsError:
        raise CannotRun(
            "Google's libraries have no login of their own yet. Run: gcloud auth application-default login "
            f"--project={named}"
        ) from None
    return settings


def _check_arguments(command: str, after: str, settings: Settings) -> None:
    if settings.backend is Backend.EMBEDDED and not any(
        (settings.data / each).is_dir() for each in ("originals", "dropbox")
    ):
        raise CannotRun(f"There is no repository in the folder {settings.data}. Name its: make {command} DATA=~/images")
    if settings.backend is Backend.GCP and settings.project is None:
        raise CannotRun(f"Name the project: make {command} PROJECT=my-project, or GOOGLE_CLOUD_PROJECT=my-project")
    try:
        parse_id(after or "a" * 26)
    except MalformedId:
        raise CannotRun(f"AFTER takes the id of an image, as the stop before told it, not {after!r}.") from None


def _repository(settings: Settings) -> tuple[Stores, Intake]:
    parts = Wiring(settings)
    stores = Stores(parts.catalog(), parts.originals(), parts.renditions(), parts.counters())
    return stores, Intake(parts.dropbox(), parts.tickets())


def _stop_at_once_when_asked_twice() -> None:
    """The first Ctrl-C lets the images in hand be finished; the second does not."""

    def stop(number: int, frame: FrameType | None) -> None:
        del frame
        signal.signal(number, signal.SIG_DFL)
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
