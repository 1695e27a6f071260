"""`list`, `random`, `get`, `delete`, `stats`: what they print."""

import json
import os
import sys
from collections.abc import Iterable
from itertools import islice
from mimetypes import guess_extension
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from image_repo.client import Client, Json
from image_repo.errors import ImageRepoError, Problem
from image_repo.report import printable, size


def show(images: Iterable[Json], *, as_json: bool) -> int:
    """A line for each image; JSON, or what people look for."""
    for each in images:
        print(json.dumps(each) if as_json else _line(each))
    return 0


def show_list(client: Client, filters: dict[str, str], limit: int | None, *, as_json: bool) -> int:
    """The images that fit."""
    return show(islice(client.list(**filters), limit), as_json=as_json)


def get(client: Client, image_id: str, output: str | None, *, as_json: bool) -> int:
    """Save an image: under its own name, or where it is told to; `-` is standard output.

    Raises:
        ImageRepoError: the file exists and was not named, or cannot be written.
    """
    if output == "-":
        client.download(image_id, sys.stdout.buffer)
        return 0
    name = _safe_name(client.details(image_id))
    target = Path(output or name)
    target = target / name if target.is_dir() else target
    if output is None and target.exists():
        raise ImageRepoError(f"There is a file {str(target)!r} already. Say where to save the image: -o FILE")
    path = _save(client, image_id, target, named=output is not None)
    print(
        json.dumps({"id": image_id, "path": str(path), "bytes": path.stat().st_size})
        if as_json
        else printable(str(path))
    )
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


def _save(client: Client, image_id: str, target: Path, *, named: bool) -> Path:
    """Write the file beside its place first, so that what is there is always whole."""
    try:
        with NamedTemporaryFile(dir=target.parent, prefix=".", suffix=".part", delete=False) as file:
            part = Path(file.name)
            try:
                kind = client.download(image_id, file)
                file.close()
                path = target if named else _with_true_suffix(target, kind)
                _publish(part, path)
            finally:
                part.unlink(missing_ok=True)
    except OSError as error:
        raise ImageRepoError(f"{str(target)!r} cannot be written: {error.strerror or error}.") from error
    return path


def _publish(part: Path, path: Path) -> None:
    mask = os.umask(0)
    os.umask(mask)
    part.chmod(0o666 & ~mask)
    part.replace(path)


def _safe_name(image: Json) -> str:
    """A name for the file: its uploader's, or the id; never a path, and never hidden."""
    name = printable(str(image.get("filename") or "")).replace("\\", "/").rpartition("/")[2].lstrip(".")
    return name or str(image["id"])


def _with_true_suffix(path: Path, kind: str) -> Path:
    """The service shows some formats as WebP: then the name says so."""
    return (
        path.with_suffix(".webp")
        if kind == "image/webp"
        else path
        if path.suffix
        else path.with_suffix(guess_extension(kind) or "")
    )


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
