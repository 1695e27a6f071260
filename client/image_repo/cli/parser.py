"""The command line: its commands, their options, and the function that runs each of them."""

import argparse
from collections.abc import Callable

from image_repo import __version__
from image_repo.cli import arguments, commands
from image_repo.cli.settings import LOCAL
from image_repo.cli.upload import upload
from image_repo.client import Client
from image_repo.text import single_line

Command = Callable[[Client, argparse.Namespace], int]


def build_parser() -> argparse.ArgumentParser:
    """The parser. Its result has the command as `func`, and in `needs_key` whether it needs an API key."""
    parser = argparse.ArgumentParser(
        prog="image-repo",
        description="Upload folders of photos to an Image Repo; list, save and delete its images.",
        parents=[_common()],
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    parser.set_defaults(api=None, key=None, json=False, patience=300.0)
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, func: Command, summary: str, *, needs_key: bool = False) -> argparse.ArgumentParser:
        command = subparsers.add_parser(name, parents=[_common()], help=summary, description=f"{summary.capitalize()}.")
        command.set_defaults(func=func, needs_key=needs_key)
        return command

    _add_upload_options(add("upload", upload, "upload photos and folders of photos", needs_key=True))
    _add_list_options(add("list", commands.show_list, "list images, newest first"))
    _add_random_options(add("random", commands.show_random, "show images drawn at random"))
    get = add("get", commands.save_image, "save an image as a file")
    get.add_argument("id", metavar="ID")
    get.add_argument("-o", "--output", metavar="FILE", help="the file or folder to save to, or - for standard output")
    delete = add("delete", commands.delete_images, "delete images permanently", needs_key=True)
    delete.add_argument("ids", metavar="ID", nargs="+")
    stats = add("stats", commands.show_stats, "show the numbers of images and views", needs_key=True)
    stats.add_argument(
        "--top", type=arguments.positive, default=10, help="number of most viewed images to show (default: 10)"
    )
    return parser


def _common() -> argparse.ArgumentParser:
    """Options that may stand before or after the command. Defaults here would undo those before the command."""
    common = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    common.add_argument("--api", metavar="URL", help=f"address of the service (default: IMAGE_REPO_API, or {LOCAL})")
    common.add_argument("--key", help="API key (default: IMAGE_REPO_KEY, which other users of this machine cannot see)")
    common.add_argument("--json", action="store_true", help="print JSON objects, one on each line")
    common.add_argument(
        "--patience",
        type=arguments.seconds,
        metavar="SECONDS",
        help="how long to retry without an answer (default: 300)",
    )
    return common


def _add_upload_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", metavar="PATH", nargs="+", type=arguments.path, help="a photo, or a folder of photos")
    parser.add_argument(
        "--album", type=arguments.album, help="album of all photos (default: the folder of each within PATH)"
    )
    parser.add_argument("--tags", type=arguments.tags, default=(), help="tags of all photos, with commas between them")
    parser.add_argument("--keywords", action="store_true", help="also use the photos' own keywords (XMP, IPTC) as tags")
    parser.add_argument(
        "--jobs", type=arguments.jobs, default=4, metavar="N", help="number of connections (default: 4)"
    )
    parser.add_argument("--dry-run", action="store_true", help="only show what would be sent")


def _add_list_options(parser: argparse.ArgumentParser) -> None:
    for name in ("album", "tag", "uploader", "format"):
        parser.add_argument(f"--{name}", type=single_line, help=f"only images with this {name}")
    parser.add_argument(
        "--order",
        choices=("newest", "oldest", "taken", "-taken"),
        help="by the upload, newest or oldest first, or by the camera's clock, taken or --order=-taken for the latest "
        "first (default: newest)",
    )
    parser.add_argument("--limit", type=arguments.positive, metavar="N", help="number of images to list (default: all)")


def _add_random_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--count", type=arguments.random_count, default=1, help="number of different images (default: 1)"
    )
    for name in ("tag", "album"):
        parser.add_argument(f"--{name}", type=single_line, help=f"only images with this {name}")
