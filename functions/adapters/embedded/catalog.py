"""The catalog on SQLite: a JSON document for each entry, and the columns that queries need."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from sqlite3 import Connection
from typing import Final

from functions.adapters.catalog_document import from_document, readable, to_document
from functions.adapters.catalog_order import SORTS, sort_value
from functions.adapters.embedded.database import Database, to_micros
from functions.adapters.embedded.reserve import Reserve
from functions.domain.errors import Conflict
from functions.domain.model import FORM, Image
from functions.domain.ports import Cursor, Filter, Order, Total

# A row is never updated: to replace an entry, its row is deleted and a new one inserted. AUTOINCREMENT gives no key
# twice, so the key is the entry's version. Each filter has an index for each order, so a page is a range of an index.
_SCHEMA: Final = """
CREATE TABLE images (
    version INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    sha256 TEXT NOT NULL,
    uploaded_at INTEGER NOT NULL,
    wall_clock TEXT NOT NULL,
    wall_clock_ascending TEXT NOT NULL,
    album TEXT,
    uploader TEXT NOT NULL,
    format TEXT NOT NULL,
    document TEXT NOT NULL
) STRICT;
CREATE INDEX images_by_sha256 ON images (sha256);
CREATE INDEX images_by_time ON images (uploaded_at, id);
CREATE INDEX images_by_clock ON images (wall_clock, id);
CREATE INDEX images_by_clock_ascending ON images (wall_clock_ascending, id);
CREATE INDEX images_by_album_time ON images (album, uploaded_at, id) WHERE album IS NOT NULL;
CREATE INDEX images_by_album_clock ON images (album, wall_clock, id) WHERE album IS NOT NULL;
CREATE INDEX images_by_album_clock_ascending ON images (album, wall_clock_ascending, id) WHERE album IS NOT NULL;
CREATE INDEX images_by_album_id ON images (album, id) WHERE album IS NOT NULL;
CREATE INDEX images_by_uploader_time ON images (uploader, uploaded_at, id);
CREATE INDEX images_by_uploader_clock ON images (uploader, wall_clock, id);
CREATE INDEX images_by_uploader_clock_ascending ON images (uploader, wall_clock_ascending, id);
CREATE INDEX images_by_uploader_id ON images (uploader, id);
CREATE INDEX images_by_format_time ON images (format, uploaded_at, id);
CREATE INDEX images_by_format_clock ON images (format, wall_clock, id);
CREATE INDEX images_by_format_clock_ascending ON images (format, wall_clock_ascending, id);
CREATE INDEX images_by_format_id ON images (format, id);
CREATE TABLE tags (
    version INTEGER NOT NULL REFERENCES images ON DELETE CASCADE,
    tag TEXT NOT NULL,
    uploaded_at INTEGER NOT NULL,
    wall_clock TEXT NOT NULL,
    wall_clock_ascending TEXT NOT NULL,
    id TEXT NOT NULL,
    PRIMARY KEY (version, tag)
) STRICT, WITHOUT ROWID;
CREATE INDEX tags_by_time ON tags (tag, uploaded_at, id);
CREATE INDEX tags_by_clock ON tags (tag, wall_clock, id);
CREATE INDEX tags_by_clock_ascending ON tags (tag, wall_clock_ascending, id);
CREATE INDEX tags_by_id ON tags (tag, id)
"""


class SqliteCatalog:
    """A `Catalog` in the SQLite file at `path`, which is created on first use."""

    def __init__(self, path: Path, *, reserve: Reserve | None = None) -> None:
        self._database = Database(path, _SCHEMA, "The catalog's database", version=FORM, reserve=reserve)

    def close(self) -> None:
        """Close the file; the next call opens it again."""
        self._database.close()

    def create(self, image: Image) -> None:
        row = _row(image)
        with self._database.writing() as connection:
            if not _insert(connection, row, image):
                raise Conflict

    def get(self, image_id: str) -> Image | None:
        with self._database.reading() as connection:
            sql = "SELECT id, version, document FROM images WHERE id = ?"
            row = connection.execute(sql, (image_id,)).fetchone()
        return None if row is None else _image(row)

    def find_by_sha256(self, *hashes: str) -> Sequence[Image]:
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT id, version, document FROM images WHERE sha256 IN (SELECT value FROM json_each(?))",
                (json.dumps(hashes),),
            ).fetchall()
        return [_image(row) for row in rows]

    def replace(self, image: Image, *, seen: Image) -> None:
        row = _row(image)
        with self._database.writing() as connection:
            if not (_delete(connection, seen) and _insert(connection, row, image)):
                raise Conflict

    def delete(self, *, seen: Image) -> None:
        def act() -> None:
            with self._database.writing(freeing=True) as connection:
                if not _delete(connection, seen):
                    raise Conflict

        self._database.spend(act)

    def page(self, where: Filter, order: Order, *, after: Cursor | None, limit: int) -> Sequence[Image]:
        sql, values = page_query(where, order, after, limit)
        with self._database.reading() as connection:
            rows = connection.execute(sql, values).fetchall()
        return [_image(row) for row in rows]

    def totals(self) -> Mapping[str, Total]:
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT format, count(*), sum(json_extract(document, '$.bytes')) FROM images GROUP BY format"
            ).fetchall()
        return {name: Total(images, size) for name, images, size in rows}


def page_query(where: Filter, order: Order, after: Cursor | None, limit: int) -> tuple[str, list[object]]:
    """The SQL and the values for one page, with the columns `id, version, document`.

    A query for a tag begins with the table of tags, whose index has the order of the page. CROSS JOIN prevents SQLite
    from beginning with the other table and sorting the result.
    """
    source = "images AS page" if where.tag is None else "tags AS page CROSS JOIN images USING (version)"
    conditions = {
        "page.tag = ?": where.tag,
        "album = ?": where.album,
        "uploader = ?": where.uploader,
        "format = ?": where.format,
    }
    terms = [term for term, value in conditions.items() if value is not None]
    values: list[object] = [value for value in conditions.values() if value is not None]
    columns, descending = _columns(order), SORTS[order].descending
    if after is not None:
        terms.append(f"({', '.join(columns)}) {'<' if descending else '>'} ({', '.join('?' for _ in columns)})")
        values += _place(after, order)
    clauses = ["SELECT page.id, version, document FROM", source]
    if terms:
        clauses += ["WHERE", " AND ".join(terms)]
    clauses += ["ORDER BY", ", ".join(f"{each} DESC" if descending else each for each in columns), "LIMIT ?"]
    return " ".join(clauses), [*values, limit]


def _columns(order: Order) -> list[str]:
    field = SORTS[order].field
    return ["page.id"] if field is None else [f"page.{field}", "page.id"]


def _place(cursor: Cursor, order: Order) -> list[object]:
    """The values of the sort columns at the cursor."""
    field = SORTS[order].field
    if field is None:
        return [cursor.id]
    value = sort_value(cursor, field)
    return [to_micros(value) if isinstance(value, datetime) else value, cursor.id]


def _row(image: Image) -> tuple[object, ...]:
    return (
        image.id,
        image.facts.sha256,
        *_times(image),
        image.description.album,
        image.uploader,
        image.facts.format.name,
        json.dumps(to_document(image), separators=(",", ":"), default=datetime.isoformat),
    )


def _times(image: Image) -> tuple[int, str, str]:
    """The values of the columns for the orders by time."""
    return to_micros(image.uploaded_at), image.wall_clock, image.wall_clock_ascending


def _insert(connection: Connection, row: tuple[object, ...], image: Image) -> bool:
    """Insert a row; False if the id is taken."""
    cursor = connection.execute(
        "INSERT INTO images"
        " (id, sha256, uploaded_at, wall_clock, wall_clock_ascending, album, uploader, format, document)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
        row,
    )
    if not cursor.rowcount:
        return False
    tags = [(cursor.lastrowid, tag, *_times(image), image.id) for tag in set(image.description.tags)]
    connection.executemany(
        "INSERT INTO tags (version, tag, uploaded_at, wall_clock, wall_clock_ascending, id) VALUES (?, ?, ?, ?, ?, ?)",
        tags,
    )
    return True


def _delete(connection: Connection, seen: Image) -> bool:
    """Delete the row that was read as `seen`; False if it was replaced or deleted since."""
    cursor = connection.execute("DELETE FROM images WHERE version = ? AND id = ?", (seen.version, seen.id))
    return bool(cursor.rowcount)


def _image(row: tuple[str, int, str]) -> Image:
    image_id, version, text = row
    with readable(image_id):
        return from_document(image_id, json.loads(text), version)
