"""The SQLite index of a bucket on the file system: one row for each object, with the path of the file of its bytes."""

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

# A generation is the time in microseconds, as in Cloud Storage. It is greater than every earlier generation of this
# index (AUTOINCREMENT keeps the greatest one, even of deleted objects), and than those of a lost index. So the later
# of two sidecars for one name is known. To replace an object, its row is deleted and a new one inserted.
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
    """One object, and what the port does not show: when it was created, and the path of its file."""

    object: Object
    created: datetime
    blob: str


def find(connection: Connection, name: str) -> Row | None:
    """The row with that name; None if there is none."""
    values = connection.execute("SELECT * FROM objects WHERE name = ?", (name,)).fetchone()
    return None if values is None else _parse(values)


def count_without(connection: Connection, key: str) -> int:
    """The number of objects whose custom metadata lack that key."""
    counting = "SELECT count(*) FROM objects WHERE instr(metadata, ?) = 0"
    (count,) = connection.execute(counting, (json.dumps(key) + ":",)).fetchone()
    return int(count)


def find_all(connection: Connection, prefix: str, after: str, limit: int) -> list[Row]:
    """At most `limit` rows whose names begin with `prefix` and sort after `after`, in order.

    SQLite compares UTF-8 bytes and Python compares code points. Both give the same order.
    """
    found = connection.execute(
        "SELECT * FROM objects WHERE name >= ? AND name <> ? ORDER BY name LIMIT ?", (max(prefix, after), after, limit)
    )
    with closing(found):  # `takewhile` fetches only one row too many
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
    """Change the metadata in a row.

    Raises:
        Conflict: the object is not in the state of `seen`.
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
        Conflict: there is no row with that name and generation.
    """
    found = connection.execute("DELETE FROM objects WHERE name = ? AND generation = ? RETURNING *", (name, generation))
    return _expected(found)


def rows_of(connection: Connection, stem: str) -> list[Row]:
    """The rows that name a file with that path, whatever its suffix is."""
    found = connection.execute("SELECT * FROM objects WHERE blob >= ? AND blob < ?", (stem, f"{stem}/"))
    return [_parse(values) for values in found]


def blobs_in(connection: Connection, subfolder: str) -> set[str]:
    """The files in a subfolder that are named by a row."""
    found = connection.execute(
        "SELECT blob FROM objects WHERE blob > ? AND blob < ?", (f"{subfolder}/", f"{subfolder}0")
    )
    return {blob for (blob,) in found}


def resource(bucket: str, row: Row) -> dict[str, object]:
    """The object resource of Cloud Storage's JSON API: times in RFC 3339, 64-bit numbers as text."""
    item = row.object
    return {
        "kind": "storage#object",
        "id": f"{bucket}/{item.name}/{item.generation}",
        "name": item.name,
        "bucket": bucket,
        "generation": str(item.generation),
        "metageneration": str(item.metageneration),
        "size": str(item.size),
        "contentType": item.content_type,
        "timeCreated": _rfc3339(row.created),
        "updated": _rfc3339(item.updated),
        "metadata": dict(item.metadata),
    }


def _expected(found: Cursor) -> Row:
    values = found.fetchone()
    if values is None:
        raise Conflict
    return _parse(values)


def _parse(values: tuple[Any, ...]) -> Row:
    """A row from the values of its columns, in the order of the schema."""
    generation, name, metageneration, size, content_type, metadata, created, updated, blob = values
    item = Object(name, generation, metageneration, size, content_type, from_micros(updated), json.loads(metadata))
    return Row(item, from_micros(created), blob)


def _dumps(metadata: Mapping[str, str]) -> str:
    return json.dumps(dict(metadata), separators=(",", ":"))


def _rfc3339(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
