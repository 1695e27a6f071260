"""A bucket on the file system: plain files contain the bytes, and an SQLite index lists which files are objects.

A write puts the bytes into a new file with a random name, and syncs the file to the disk. Then one transaction on the
index makes the file an object with its name, generation and metadata, and appends its event to the outbox. This
transaction is the commit point. So bytes, metadata, generation and event agree, even if the process is killed:

- If it is killed before the commit, the file exists, but no row names it. It is as invisible as if it had never been
  written. So the file needs no temporary name and no rename. A rename would publish only the bytes, and the rest would
  follow in a second step, which may never happen.
- If it is killed after the commit, the row names bytes that were already on the disk. Only the old file of a replaced
  object may be left over, and no row names that file.

The bucket does not remove files that no row names: `leftovers` finds them, and `make fsck` decides what to do.

Before the transaction commits, the sidecar of the file is written or marked (`sidecars`), so that the index can be
rebuilt from the files (`recovery`).

Object names are keys of the index and never reach the file system. So every Unicode string is a valid name.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from sqlite3 import Connection

from functions.adapters.embedded import index, outbox
from functions.adapters.embedded.database import REMEDY, Database
from functions.adapters.embedded.files import Blobs
from functions.adapters.embedded.index import Row
from functions.adapters.embedded.outbox import Outbox
from functions.adapters.embedded.reserve import Reserve
from functions.adapters.embedded.sidecars import MARKED, Sidecars
from functions.domain.errors import Conflict, Damaged, IndexLost, ObjectNotFound, Unavailable
from functions.domain.ports import DELETED, FINALIZED, Object

SCHEMA = index.SCHEMA + outbox.SCHEMA
"""The tables of the index: the objects, and the events that are not delivered yet."""


class FilesystemBucket:
    """A `Bucket` in the folder `root`, which is created on first use.

    Args:
        root: the folder for the index and the files. It must not contain anything else.
        name: the name of the bucket in its events.
        notifies: whether creating, replacing and deleting an object appends an event to `outbox`.
        derived: whether all objects can be made again. Then they have no sidecars, and the bucket starts empty if its
            index is lost.
        reserve: the space that deletions can use on a full disk.
    """

    def __init__(
        self,
        root: Path,
        *,
        name: str,
        notifies: bool = False,
        derived: bool = False,
        reserve: Reserve | None = None,
    ) -> None:
        self.reserve = reserve or Reserve()
        self.path = root / "index.db"
        self.blobs = Blobs(root / "blobs", sync_names=derived)
        self.sidecars = None if derived else Sidecars(root / "blobs")
        self.database = Database(
            self.path,
            SCHEMA,
            f"The index of {name}",
            before_creation=None if derived else self._refuse_to_lose_files,
            reserve=self.reserve,
        )
        self.name = name
        self.notifies = notifies
        self.outbox = Outbox(self.database)

    def close(self) -> None:
        """Close the index; the next call opens it again."""
        self.database.close()

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
            raise Conflict  # avoids a useless write of the bytes; the transaction below makes the decision
        self.reserve.require()
        now = datetime.now(UTC)
        draft = Object(name, 0, 1, len(data), content_type, now, dict(metadata or {}))
        blob = self.blobs.write(data, content_type)
        committing, replaced = False, None
        try:
            if self.sidecars:
                self.sidecars.prepare(Row(draft, now, blob))
            with self.database.writing() as connection:
                replaced = index.delete(connection, name, if_generation) if if_generation else None
                written = index.insert(connection, Row(draft, now, blob))
                self.append_event(connection, FINALIZED, written)
                if self.sidecars:
                    self.sidecars.complete(written)
                self._mark_deleted(replaced)
                committing = True
        except BaseException:
            if not committing:  # if the commit itself fails, it may still have taken effect
                self._unmark(replaced)
                self.discard(blob)
            raise
        self._after_commit(replaced)
        return written.object

    def stat(self, name: str) -> Object | None:
        row = self.find(name)
        return None if row is None else row.object

    def read(self, name: str) -> tuple[Object, bytes]:
        missing = None
        while (row := self.find(name)) is not None:
            data = self.blobs.read(row.blob)
            if data is not None and len(data) == row.object.size:
                return row.object, data
            if row.blob == missing:
                raise Damaged("The object's bytes are missing or damaged. Restore them from a backup.")
            missing = row.blob  # the object may have been replaced or deleted between the two steps: try again
        raise ObjectNotFound

    def set_metadata(self, seen: Object, metadata: Mapping[str, str]) -> Object:
        with self.database.writing() as connection:
            changed = index.set_metadata(connection, seen, metadata)
            if self.sidecars:
                self.sidecars.write(changed)
        return changed.object

    def delete(self, name: str, *, if_generation: int, for_good: bool = False) -> None:
        gone = self.database.spend(partial(self._delete, name, if_generation))
        self._after_commit(gone)
        if for_good:
            self._erase(gone)

    def _delete(self, name: str, if_generation: int) -> Row:
        committing, deleted = False, None
        try:
            with self.database.writing(freeing=True) as connection:
                deleted = index.delete(connection, name, if_generation)
                self.append_event(connection, DELETED, deleted)
                self._mark_deleted(deleted)
                committing = True
        except BaseException:
            if not committing or self._is_present(deleted):  # a commit that failed on a full disk was rolled back
                self._unmark(deleted)
            raise
        return deleted

    def _erase(self, gone: Row) -> None:
        """Leave only the name and the generation of a deleted object, which its mark needs.

        Raises:
            Unavailable: the file system refuses. `make fsck FIX=1` removes the bytes.
        """
        self.blobs.erase(gone.blob)
        if self.sidecars:
            self.sidecars.erase(gone)

    def list(self, prefix: str = "", *, after: str = "", limit: int = 1000) -> Sequence[Object]:
        return [row.object for row in self._rows(prefix, after, limit)]

    def damaged(self) -> Iterator[tuple[Object, str]]:
        """The objects whose files are missing or truncated, in the order of names, each with the path of its file.

        Raises:
            Unavailable: the folder or the index cannot be read.
        """
        after = ""
        while rows := self._rows(after=after):
            for row in rows:
                if self.blobs.size(row.blob) != row.object.size and self.find(row.object.name) == row:
                    yield row.object, self.blobs.path(row.blob)
            after = rows[-1].object.name

    def count_without(self, key: str) -> int:
        """The number of objects whose custom metadata lack that key.

        Raises:
            Unavailable: the index cannot be read.
        """
        with self.database.reading() as connection:
            return index.count_without(connection, key)

    def append_event(self, connection: Connection, kind: str, row: Row) -> None:
        """Append an event to the outbox, in the transaction that changes the object, if the bucket notifies."""
        if self.notifies:
            self.outbox.append(connection, kind, index.resource(self.name, row))

    def discard(self, blob: str) -> None:
        """Remove a file that no row names, after its sidecar. What cannot be removed is left over."""
        if self.sidecars:
            self.sidecars.remove(blob)
        self.blobs.remove(blob)

    def set_aside(self, blob: str) -> None:
        """Move a file that no row names, and its sidecars, to the folder `left-over`.

        Raises:
            Unavailable: the file system refuses.
        """
        self.blobs.move(blob, self.path.with_name("left-over"))

    def _rows(self, prefix: str = "", after: str = "", limit: int = 1000) -> Sequence[Row]:
        with self.database.reading() as connection:
            return index.find_all(connection, prefix, after, limit)

    def find(self, name: str) -> Row | None:
        """The row of the object of that name, if there is one."""
        with self.database.reading() as connection:
            return index.find(connection, name)

    def _mark_deleted(self, row: Row | None) -> None:
        if row is not None and self.sidecars:
            self.sidecars.mark_deleted(row.blob)

    def _unmark(self, row: Row | None) -> None:
        if row is not None and self.sidecars:
            self.sidecars.unmark(row.blob)

    def _is_present(self, row: Row | None) -> bool:
        with suppress(Unavailable):
            return row is not None and self.find(row.object.name) == row
        return False

    def _after_commit(self, gone: Row | None) -> None:
        """The steps after the commit. Nothing is lost if the process ends before them."""
        if self.notifies:
            self.outbox.announce()
        if gone is not None:
            self.blobs.remove(gone.blob)  # the sidecar stays for a while; `leftovers` gives the reason

    def _refuse_to_lose_files(self) -> None:
        """Prevent the creation of an empty index if there are files: no row would name them."""
        if any(not path.endswith(MARKED) for paths in self.blobs.list() for path in paths):
            raise IndexLost(
                f"{self.name}/{self.path.name} is missing or empty, but there are files in {self.name}/blobs. "
                f"No file was removed. {REMEDY}"
            )
