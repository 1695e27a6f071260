"""The commands `list`, `random`, `get`, `delete` and `stats`. Each returns the exit status."""

import json
import sys
from argparse import Namespace
from collections.abc import Iterable

from image_repo.cli.arguments import expand_home
from image_repo.cli.report import format_size
from image_repo.cli.saving import save
from image_repo.client import Client
from image_repo.errors import APIError, ImageRepoError
from image_repo.models import Image, Stats
from image_repo.text import single_line


def show_list(client: Client, options: Namespace) -> int:
    """Print the images that match, page by page."""
    images = client.list(
        options.limit,
        album=options.album,
        tag=options.tag,
        uploader=options.uploader,
        format=options.format,
        order=options.order,
    )
    return _show(images, as_json=options.json)


def show_random(client: Client, options: Namespace) -> int:
    """Print images drawn at random.

    Raises:
        ImageRepoError: none match.
    """
    images = client.random(options.count, album=options.album, tag=options.tag)
    if not images:
        raise ImageRepoError("No image matches. Try another tag or album.")
    return _show(images, as_json=options.json)


def save_image(client: Client, options: Namespace) -> int:
    """Save an image under its own name, or to `--output`; `-` is standard output.

    Raises:
        ImageRepoError: the file exists and was not named, or it cannot be written.
    """
    if options.output == "-":
        client.download(options.id, sys.stdout.buffer)
        return 0
    path = save(client, options.id, expand_home(options.output) if options.output else None)
    document = json.dumps({"id": options.id, "path": str(path), "bytes": path.stat().st_size})
    print(document if options.json else single_line(str(path)))
    return 0


def delete_images(client: Client, options: Namespace) -> int:
    """Delete images, one after the other. A failure does not prevent the others."""
    failed = False
    for each in options.ids:
        line = {"id": each, "state": "deleted"}
        try:
            client.delete(each)
        except APIError as error:
            if error.is_key_rejected:
                raise
            failed = True
            line = {"id": each, "state": "failed", "code": error.code, "detail": error.detail}
        if options.json:
            print(json.dumps(line))
        elif line["state"] == "deleted":
            print(single_line(f"deleted  {each}"))
        else:
            print(single_line(f"{each}: {line['detail']}"), file=sys.stderr)
    return 1 if failed else 0


def show_stats(client: Client, options: Namespace) -> int:
    """Print the numbers of the repository.

    Raises:
        ImageRepoError: the service is older and does not count.
    """
    try:
        stats = client.stats(options.top)
    except APIError as error:
        if error.is_route_missing:
            raise ImageRepoError("This service has no statistics, because it is older than this client.") from None
        raise
    print(json.dumps(stats.raw) if options.json else _format_stats(stats))
    return 0


def _show(images: Iterable[Image], *, as_json: bool) -> int:
    for each in images:
        print(json.dumps(each.raw) if as_json else _format_image(each))
    return 0


def _format_image(image: Image) -> str:
    caption = " ".join((image.caption or "").split())
    name = "/".join(filter(None, (image.album, image.filename)))
    dimensions = f"{image.width}x{image.height}"
    taken = image.taken_at.replace(tzinfo=None).isoformat(" ", "minutes") if image.taken_at else ""
    facts = f"{image.id}  {dimensions:>11}  {format_size(image.bytes):>9}  {taken:16}"
    return single_line(f"{facts}  {name}  {caption}".rstrip())


def _format_stats(stats: Stats) -> str:
    lines = [f"{stats.images:,} images, {format_size(stats.bytes)}, {stats.views:,} views"]
    lines += [f"  {name:<6} {each.images:>9,}  {format_size(each.bytes):>9}" for name, each in stats.formats.items()]
    if stats.top:
        lines.append("most viewed:")
        lines += [f"  {each.views:>9,}  {each.id}" for each in stats.top]
    if stats.as_of is not None:
        lines.append(f"as of {stats.raw['as_of']}")
    return "\n".join(map(single_line, lines))
