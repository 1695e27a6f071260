"""A bucket on the file system: bytes in plain files, and an SQLite index that says which of them are objects.

An object's bytes go to a new file of a name of our own, and from there to the disk; then one transaction on the index
makes them the object of that name, in that generation, with that metadata, and appends its event to the outbox. That
transaction is the commit point. So bytes, metadata, generation and event cannot disagree, whatever is killed when:

- Killed before it, the file is there but no row names it, and it is as invisible as if it had never been written.
  `sweep` removes it later. This is why the file needs no temporary name and no rename: a rename publishes bytes
  alone, and whatever belongs to them would have to follow in a second step that may never come.
- Killed after it, the row names bytes that have been on the disk before. Only a replaced object's old file may be left,
  which again no row names.

Names of objects are keys of the index and never reach the file system: any Unicode string is as good as another.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from sqlite3 import Connection
from typing import Final

from functions.adapters import object_index as index
from functions.adapters import outbox
from functions.adapters.blobs import Blobs
from functions.adapters.object_index import Row
from functions.adapters.outbox import Outbox
from functions.adapters.sqlite import Database
from functions.domain.errors import Conflict, Damaged, ObjectNotFound
from functions.domain.events import DELETED, FINALIZED
from functions.domain.ports import Object

ORPHAN_AGE: Final = 3600.0
"""Seconds after which a file without a row is no write in progress any more."""


class FilesystemBucket:
    """A `Bucket` in the folder `root`, which is made when first used.

    Args:
        root: holds the index and the files; nothing else should live there.
        name: of the bucket, as its events tell it.
        notifies: whether creating, replacing and deleting an object appends an event to `outbox`.
    """

    def __init__(self, root: Path, *, name: str, notifies: bool = False) -> None:
        self._database = Database(root / "index.db", index.SCHEMA + outbox.SCHEMA, "The bucket's index")
        self._blobs = Blobs(root / "blobs")
        self.name = name
        self.notifies = notifies
        self.outbox = Outbox(self._database)

    def close(self) -> None:
        """Let go of the index; the next call opens it again."""
        self._database.close()

    def write(
        self,
        name: str,
        data: bytes,
        *,
        content_type: str,
        metadata: Mapping[str, str] | None = None,
        if_generation: int = 0,
    ) -> Object:
        seen = self.stat(name)
        if (seen.generation if seen else 0) != if_generation:
            raise Conflict  # spares the disk the bytes; what decides is the transaction
        blob = self._blobs.write(data, content_type)
        try:
            with self._database.writing() as connection:
                replaced = index.delete(connection, name, if_generation) if if_generation else None
                written = index.insert(
                    connection, name, size=len(data), content_type=content_type, metadata=metadata or {}, blob=blob
                )
                self._tell(connection, FINALIZED, written)
        except Conflict:
            self._blobs.remove(blob)  # after any other failure the commit may yet turn out to have happened
            raise
        self._told(replaced)
        return written.object

    def stat(self, name: str) -> Object | None:
        row = self._find(name)
        return None if row is None else row.object

    def read(self, name: str) -> tuple[Object, bytes]:
        missing = None
        while (row := self._find(name)) is not None:
            data = self._blobs.read(row.blob)
            if data is not None and len(data) == row.object.size:
                return row.object, data
            if row.blob == missing:
                raise Damaged("The object's bytes are missing or damaged. Restore them from a backup.")
            missing = row.blob  # replaced or deleted between the two steps: look again
        raise ObjectNotFound

    def set_metadata(self, seen: Object, metadata: Mapping[str, str]) -> Object:
        with self._database.writing() as connection:
            return index.set_metadata(connection, seen, metadata).object

    def delete(self, name: str, *, if_generation: int) -> None:
        with self._database.writing() as connection:
            deleted = index.delete(connection, name, if_generation)
            self._tell(connection, DELETED, deleted)
        self._told(deleted)

    def list(self, prefix: str = "", *, after: str = "", limit: int = 1000) -> Sequence[Object]:
        return [row.object for row in self._rows(prefix, after, limit)]

    def damaged(self) -> Iterator[tuple[Object, str]]:
        """The objects whose files are gone or cut short, in the order of names, with the paths of those.

        Raises:
            Unavailable: the folder or the index cannot be read.
        """
        after = ""
        while rows := self._rows(after=after):
            for row in rows:
                if self._blobs.size(row.blob) != row.object.size and self._find(row.object.name) == row:
                    yield row.object, self._blobs.path(row.blob)
            after = rows[-1].object.name

    def sweep(self, *, dry_run: bool = False) -> int:
        """Remove the files that crashes left behind: no row names them, and they are older than `ORPHAN_AGE`.

        Returns:
            How many there were; with `dry_run`, there are.

        Raises:
            Unavailable: the folder or the index cannot be read.
        """
        orphans = 0
        for blob in self._blobs.older_than(ORPHAN_AGE):
            with self._database.reading() as connection:
                named = index.names(connection, blob)
            if not named:
                orphans += 1
                if not dry_run:
                    self._blobs.remove(blob)
        return orphans

    def _rows(self, prefix: str = "", after: str = "", limit: int = 1000) -> Sequence[Row]:
        with self._database.reading() as connection:
            return index.find_all(connection, prefix, after, limit)

    def _find(self, name: str) -> Row | None:
        with self._database.reading() as connection:
            return index.find(connection, name)

    def _tell(self, connection: Connection, kind: str, row: Row) -> None:
        """Append the event to the transaction that changes the object."""
        if self.notifies:
            self.outbox.append(connection, kind, index.resource(self.name, row))

    def _told(self, gone: Row | None) -> None:
        """What follows the commit, and may as well not happen."""
        if self.notifies:
            self.outbox.announce()
        if gone is not None:
            self._blobs.remove(gone.blob)
