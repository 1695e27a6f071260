"""`list`, `random`, `get`, `delete`, `stats`: what they print."""

import json
import sys
from collections.abc import Iterable
from typing import Any

from image_repo.client import Client, Json
from image_repo.errors import ImageRepoError, Problem
from image_repo.photos import meant
from image_repo.report import printable, size
from image_repo.saving import save


def show(images: Iterable[Json], *, as_json: bool) -> int:
    """A line for each image; JSON, or what people look for."""
    for each in images:
        print(json.dumps(each) if as_json else _line(each))
    return 0


def show_list(client: Client, filters: dict[str, str], limit: int | None, *, as_json: bool) -> int:
    """The images that fit."""
    return show(client.list(limit, **filters), as_json=as_json)


def draw(client: Client, count: int, filters: dict[str, str], *, as_json: bool) -> int:
    """Images drawn at random.

    Raises:
        ImageRepoError: there is none to draw.
    """
    images = client.random(count, **filters)
    if not images:
        raise ImageRepoError("There is no image that fits.")
    return show(images, as_json=as_json)


def get(client: Client, image_id: str, output: str | None, *, as_json: bool) -> int:
    """Save an image: under its own name, or where it is told to; `-` is standard output.

    Raises:
        ImageRepoError: a file is there that was not named, or cannot be written.
    """
    if output == "-":
        client.download(image_id, sys.stdout.buffer)
        return 0
    path = save(client, image_id, meant(output) if output else None)
    told = json.dumps({"id": image_id, "path": str(path), "bytes": path.stat().st_size})
    print(told if as_json else printable(str(path)))
    return 0


def delete(client: Client, ids: Iterable[str], *, as_json: bool) -> int:
    """Delete images, one after the other; those that are refused do not keep the others."""
    status = 0
    for each in ids:
        line = {"id": each, "state": "deleted"}
        try:
            client.delete(each)
        except Problem as problem:
            if problem.is_about_the_key:
                raise
            line = {"id": each, "state": "failed", "code": problem.code, "detail": str(problem)}
            status = 1
        if as_json:
            print(json.dumps(line))
        elif line["state"] == "deleted":
            print(printable(f"deleted  {each}"))
        else:
            print(printable(f"{each}: {line['detail']}"), file=sys.stderr)
    return status


def show_stats(client: Client, top: int, *, as_json: bool) -> int:
    """How much there is, and what is looked at most.

    Raises:
        ImageRepoError: the service is older, and keeps none.
    """
    try:
        stats = client.stats(top)
    except Problem as problem:
        if problem.is_missing_route:
            raise ImageRepoError("This service keeps no statistics: it is older than this client.") from None
        raise
    print(json.dumps(stats) if as_json else _stats_in_words(stats))
    return 0


def _line(image: Json) -> str:
    words = " ".join((image.get("caption") or "").split())
    where = "/".join(filter(None, (image.get("album"), image.get("filename"))))
    dimensions = f"{image['width']}x{image['height']}"
    return printable(f"{image['id']}  {dimensions:>11}  {size(image['bytes']):>9}  {where}  {words}".rstrip())


def _stats_in_words(stats: dict[str, Any]) -> str:
    lines = [f"{stats['images']:,} images, {size(stats['bytes'])}, looked at {stats['views']:,} times"]
    lines += [f"  {name:<6} {each['images']:>9,}  {size(each['bytes']):>9}" for name, each in stats["formats"].items()]
    if stats["top"]:
        lines.append("looked at most:")
        lines += [f"  {each['views']:>9,}  {each['id']}" for each in stats["top"]]
    lines.append(f"as of {stats['as_of']}")
    return "\n".join(map(printable, lines))
