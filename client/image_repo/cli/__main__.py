"""The entry point of the command `image-repo`."""

import argparse
import errno
import io
import os
import sys
from typing import Final

from image_repo.cli.parser import build_parser
from image_repo.cli.settings import Settings, SettingsError
from image_repo.cli.upload import INTERRUPTED
from image_repo.client import Client
from image_repo.errors import APIConnectionError, APIError, ImageRepoError
from image_repo.retry import Backoff, RetryPolicy

_FAILURE, _USAGE = 1, 2
_PIPE_CLOSED: Final = 141
"""The exit status that shells report for a program that SIGPIPE ended."""
_BACKOFF: Final = Backoff()


def main(arguments: list[str] | None = None, *, backoff: Backoff = _BACKOFF) -> int:
    """Run one command.

    Args:
        arguments: the command line, by default that of this process.
        backoff: the delays between attempts.

    Returns:
        The exit status: 0 for success, 1 if something was refused or failed, 2 for a wrong command line, 130 after
        Ctrl-C.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # not every console can show every file name
    try:
        status = _run(build_parser().parse_args(arguments), backoff)
        sys.stdout.flush()
    except ImageRepoError as error:
        print(f"image-repo: {error}{_hint(error)}", file=sys.stderr)
        return _USAGE if isinstance(error, SettingsError) else _FAILURE
    except OSError as error:
        if not _is_closed_pipe(error):
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python flushes what is left at its end
        return _PIPE_CLOSED
    except KeyboardInterrupt:
        return INTERRUPTED
    return status


def _run(options: argparse.Namespace, backoff: Backoff) -> int:
    settings = Settings.load(options.api, options.key)
    if options.needs_key and settings.key is None:
        raise SettingsError(f"{options.command} needs an API key. Give one with --key or in IMAGE_REPO_KEY.")
    policy = RetryPolicy(total=options.patience, backoff=backoff)
    with Client(settings.api, settings.key, retry=policy) as client:
        status: int = options.func(client, options)
    return status


def _hint(error: ImageRepoError) -> str:
    """The remedy for an error whose own message has none, because the library does not know the command line."""
    if isinstance(error, APIError) and error.is_key_rejected:
        return " Give another key with --key or in IMAGE_REPO_KEY."
    if isinstance(error, APIConnectionError):
        return " Check that the service is running, and that --api or IMAGE_REPO_API has its address."
    if isinstance(error, APIError) and error.is_route_missing:
        return " Check the address in --api or IMAGE_REPO_API."
    return ""


def _is_closed_pipe(error: OSError) -> bool:
    """Whether the reader of our output has closed it; Windows reports that as an invalid argument."""
    return isinstance(error, BrokenPipeError) or (os.name == "nt" and error.errno == errno.EINVAL)


if __name__ == "__main__":
    sys.exit(main())
