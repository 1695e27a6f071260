"""The command line."""

import argparse
import os
import sys
import warnings
from pathlib import Path
from typing import Final

from image_repo import __version__, commands
from image_repo.captions import MAX_TAG, MAX_TAGS
from image_repo.client import MOST_DRAWN, Client
from image_repo.errors import ImageRepoError, Problem, Unanswered
from image_repo.photos import line, meant
from image_repo.run import Options
from image_repo.settings import Settings, SettingsError
from image_repo.upload import INTERRUPTED, upload

_PIPE_CLOSED: Final = 141
"""Exit status, as a shell reports it of a program that SIGPIPE ended."""
_USAGE: Final = 2
_MAX_JOBS: Final = 64
_MAX_ALBUM: Final = 255
"""Bytes (UTF-8) that the service takes."""
_NEEDS_A_KEY: Final = frozenset({"upload", "delete", "stats"})


def main(arguments: list[str] | None = None) -> int:
    """Run one command.

    Returns:
        The exit status: 0 when all went well, 1 when something was refused or failed, 2 for a wrong command line, 130
        after Ctrl-C.
    """
    warnings.filterwarnings(
        "ignore", module=r"PIL\."
    )  # of metadata that is broken, which keeps no photo from being sent
    try:
        sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
        options = _parser().parse_args(arguments)
        status = _run(options)
        sys.stdout.flush()
    except ImageRepoError as error:
        return _complain(error)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is still buffered has nowhere to go
        return _PIPE_CLOSED
    except KeyboardInterrupt:
        return INTERRUPTED
    return status


def _complain(error: ImageRepoError) -> int:
    sentence = str(error)
    if isinstance(error, Problem) and error.is_about_the_key:
        sentence += " Give another key with --key, or in IMAGE_REPO_KEY."
    if isinstance(error, Unanswered) or (isinstance(error, Problem) and error.is_missing_route):
        sentence += " Is it running, and is the address right? It is given with --api, or in IMAGE_REPO_API."
    print(f"image-repo: {sentence}", file=sys.stderr)
    return _USAGE if isinstance(error, SettingsError) else 1


def _run(options: argparse.Namespace) -> int:
    settings = Settings.of(options.api, options.key)
    if options.command in _NEEDS_A_KEY and settings.key is None:
        raise SettingsError(f"{options.command} needs a key. Give it with --key, or in IMAGE_REPO_KEY.")
    client = Client(settings.api, settings.key, patience=options.patience)
    if options.command == "upload":
        how = Options(options.album, options.tags, options.keywords, options.jobs, options.dry_run)
        return upload(client, tuple(options.paths), how, as_json=options.json)
    if options.command == "list":
        return commands.show_list(client, _filters(options), options.limit, as_json=options.json)
    if options.command == "random":
        return commands.draw(client, options.count, _filters(options), as_json=options.json)
    if options.command == "get":
        return commands.get(client, options.id, options.output, as_json=options.json)
    if options.command == "delete":
        return commands.delete(client, options.ids, as_json=options.json)
    return commands.show_stats(client, options.top, as_json=options.json)


def _filters(options: argparse.Namespace) -> dict[str, str]:
    names = ("album", "tag", "uploader", "format", "order")
    return {name: value for name in names if (value := getattr(options, name, None)) is not None}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="image-repo", description="Upload folders of photos, and see to what is there.", parents=[_common()]
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    parser.set_defaults(api=None, key=None, json=False, patience=300.0)
    commands_ = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    common = _common()
    _add_upload(commands_.add_parser("upload", parents=[common], help="upload photos and folders of photos"))
    _add_list(commands_.add_parser("list", parents=[common], help="list images, newest first"))
    draw = commands_.add_parser("random", parents=[common], help="draw images at random")
    draw.add_argument("--count", type=_count, default=1, help="how many different ones, 32 at most")
    for name in ("--tag", "--album"):
        draw.add_argument(name, type=line, help="only of this one")
    get = commands_.add_parser("get", parents=[common], help="save an image")
    get.add_argument("id", metavar="ID")
    get.add_argument("-o", "--output", metavar="FILE", help="where to; - is standard output; its own name by default")
    delete = commands_.add_parser("delete", parents=[common], help="delete images for good")
    delete.add_argument("ids", metavar="ID", nargs="+")
    stats = commands_.add_parser("stats", parents=[common], help="how much there is, and what is looked at most")
    stats.add_argument("--top", type=_positive, default=10, help="how many of the images looked at most")
    return parser


def _common() -> argparse.ArgumentParser:
    """Options before the command and after it; without defaults, or the ones after it would undo those before."""
    common = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    common.add_argument("--api", help="address of the service; IMAGE_REPO_API by default, else that of `make run`")
    common.add_argument("--key", help="API key; IMAGE_REPO_KEY by default, which other users of the machine cannot see")
    common.add_argument("--json", action="store_true", help="for programs: a JSON object on each line")
    common.add_argument(
        "--patience", type=_seconds, metavar="SECONDS", help="how long to go on without an answer (300)"
    )
    return common


def _add_upload(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", metavar="PATH", nargs="+", type=_path, help="photos, and folders with all below them")
    parser.add_argument("--album", type=_album, help="of all of them; by default, each photo's folder within PATH")
    parser.add_argument("--tags", type=_tags, default=(), help="with commas between them")
    parser.add_argument("--keywords", action="store_true", help="take the photos' own keywords (IPTC) as tags, too")
    parser.add_argument("--jobs", type=_jobs, default=4, metavar="N", help="connections (4)")
    parser.add_argument("--dry-run", action="store_true", help="only say what would be sent")


def _add_list(parser: argparse.ArgumentParser) -> None:
    for name in ("--album", "--tag", "--uploader", "--format"):
        parser.add_argument(name, type=line, help="only of this one")
    parser.add_argument("--order", choices=("newest", "oldest"))
    parser.add_argument("--limit", type=_positive, metavar="N", help="how many; all by default")


def _positive(typed: str) -> int:
    number = int(typed) if typed.isascii() and typed.isdigit() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{typed!r} is no number from 1 on")
    return number


def _count(typed: str) -> int:
    number = _positive(typed)
    if number > MOST_DRAWN:
        raise argparse.ArgumentTypeError(f"at most {MOST_DRAWN} can be drawn at once")
    return number


def _jobs(typed: str) -> int:
    number = _positive(typed)
    if number > _MAX_JOBS:
        raise argparse.ArgumentTypeError(f"more than {_MAX_JOBS} connections help nobody")
    return number


def _seconds(typed: str) -> float:
    try:
        number = float(typed)
    except ValueError:
        number = -1.0
    if not 0 <= number < float("inf"):
        raise argparse.ArgumentTypeError(f"{typed!r} is no number of seconds")
    return number


def _path(typed: str) -> Path:
    if not typed:  # a variable that is not set; it must not mean all that is in the working folder
        raise argparse.ArgumentTypeError("it is empty; the working folder is .")
    return meant(typed)


def _album(typed: str) -> str:
    album = line(typed)
    if len(album.encode()) > _MAX_ALBUM:
        raise argparse.ArgumentTypeError(f"an album may have at most {_MAX_ALBUM} bytes")
    return album


def _tags(typed: str) -> tuple[str, ...]:
    tags = tuple(dict.fromkeys(filter(None, (each.strip() for each in line(typed).split(",")))))
    if len(tags) > MAX_TAGS or any(len(each.encode()) > MAX_TAG for each in tags):
        raise argparse.ArgumentTypeError(f"a photo may have at most {MAX_TAGS} tags of up to {MAX_TAG} bytes")
    return tags
