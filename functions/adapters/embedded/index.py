"""The SQLite index of a bucket on the file system: one row per object, which names the file that holds its bytes."""

import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import takewhile
from sqlite3 import Connection, Cursor
from typing import Any, Final

from functions.adapters.embedded.database import from_micros, to_micros
from functions.domain.errors import Conflict
from functions.domain.ports import Object

# A generation is the time in microseconds, as in Cloud Storage, and greater than every one that this index gave before
# (AUTOINCREMENT keeps the greatest, deleted objects included). So it is greater than those of a lost index too, and of
# two sidecars for one name the later one can be told. Replacing an object is deletion and insertion.
SCHEMA: Final = """
CREATE TABLE objects (
    generation INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    metageneration INTEGER NOT NULL DEFAULT 1,
    size INTEGER NOT NULL,
    content_type TEXT NOT NULL,
    metadata TEXT NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    blob TEXT NOT NULL UNIQUE
) STRICT;
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One object, and what the port does not tell of it: when it was created, and the path of its bytes."""

    object: Object
    created: datetime
    blob: str


def find(connection: Connection, name: str) -> Row | None:
    """The row of that name, if there is one."""
    values = connection.execute("SELECT * FROM objects WHERE name = ?", (name,)).fetchone()
    return None if values is None else _parse(values)


def find_all(connection: Connection, prefix: str, after: str, limit: int) -> list[Row]:
    """At most `limit` rows whose names begin with `prefix`, behind `after`, in order.

    SQLite compares UTF-8 bytes, Python code points; that is the same order.
    """
    found = connection.execute(
        "SELECT * FROM objects WHERE name >= ? AND name <> ? ORDER BY name LIMIT ?", (max(prefix, after), after, limit)
    )
    with closing(found):  # no more rows are fetched than are wanted, and one
        return list(takewhile(lambda row: row.object.name.startswith(prefix), map(_parse, found)))


def insert(connection: Connection, row: Row) -> Row:
    """Add a row; it gets its generation, which is not before the time of its creation.

    Raises:
        Conflict: the name is taken.
    """
    seen, created = row.object, to_micros(row.created)
    latest = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'objects'").fetchone()
    generation = max(created, latest[0] + 1) if latest else created
    found = connection.execute(
        "INSERT INTO objects (generation, name, size, content_type, metadata, created, updated, blob)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO NOTHING RETURNING *",
        (
            generation,
            seen.name,
            seen.size,
            seen.content_type,
            _dumps(seen.metadata),
            created,
            to_micros(seen.updated),
            row.blob,
        ),
    )
    return _expected(found)


def restore(connection: Connection, row: Row) -> bool:
    """Add a row with all that it had before; False when its generation is taken."""
    seen = row.object
    added = connection.execute(
        "INSERT INTO objects (generation, name, metageneration, size, content_type, metadata, created, updated, blob)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (generation) DO NOTHING",
        (
            seen.generation,
            seen.name,
            seen.metageneration,
            seen.size,
            seen.content_type,
            _dumps(seen.metadata),
            to_micros(row.created),
            to_micros(seen.updated),
            row.blob,
        ),
    )
    return added.rowcount == 1


def set_metadata(connection: Connection, seen: Object, metadata: Mapping[str, str]) -> Row:
    """Change a row.

    Raises:
        Conflict: the object is not, or no longer, as it was seen.
    """
    found = connection.execute(
        "UPDATE objects SET metadata = ?, updated = ?, metageneration = metageneration + 1"
        " WHERE name = ? AND generation = ? AND metageneration = ? RETURNING *",
        (_dumps(metadata), to_micros(datetime.now(UTC)), seen.name, seen.generation, seen.metageneration),
    )
    return _expected(found)


def delete(connection: Connection, name: str, generation: int) -> Row:
    """Remove a row.

    Raises:
        Conflict: there is none of that name and generation.
    """
    found = connection.execute("DELETE FROM objects WHERE name = ? AND generation = ? RETURNING *", (name, generation))
    return _expected(found)


def rows_of(connection: Connection, stem: str) -> list[Row]:
    """The rows that name a file with that path, but for its suffix."""
    found = connection.execute("SELECT * FROM objects WHERE blob >= ? AND blob < ?", (stem, f"{stem}/"))
    return [_parse(values) for values in found]


def blobs_in(connection: Connection, subfolder: str) -> set[str]:
    """The files of that subfolder which rows name."""
    found = connection.execute(
        "SELECT blob FROM objects WHERE blob > ? AND blob < ?", (f"{subfolder}/", f"{subfolder}0")
    )
    return {blob for (blob,) in found}


def resource(bucket: str, row: Row) -> dict[str, object]:
    """The object resource of Cloud Storage's JSON API: times in RFC 3339, 64-bit numbers as text."""
    seen = row.object
    return {
        "kind": "storage#object",
        "id": f"{bucket}/{seen.name}/{seen.generation}",
        "name": seen.name,
        "bucket": bucket,
        "generation": str(seen.generation),
        "metageneration": str(seen.metageneration),
        "size": str(seen.size),
        "contentType": seen.content_type,
        "timeCreated": _rfc3339(row.created),
        "updated": _rfc3339(seen.updated),
        "metadata": dict(seen.metadata),
    }


def _expected(found: Cursor) -> Row:
    values = found.fetchone()
    if values is None:
        raise Conflict
    return _parse(values)


def _parse(values: tuple[Any, ...]) -> Row:
    """A row out of its columns, which come in the schema's order."""
    generation, name, metageneration, size, content_type, metadata, created, updated, blob = values
    seen = Object(name, generation, metageneration, size, content_type, from_micros(updated), json.loads(metadata))
    return Row(seen, from_micros(created), blob)


def _dumps(metadata: Mapping[str, str]) -> str:
    return json.dumps(dict(metadata), separators=(",", ":"))


def _rfc3339(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
