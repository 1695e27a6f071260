"""SQLite for the embedded adapters: durable commits, several threads and processes, and errors of the domain."""

import sqlite3
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, TypeVar

from functions.adapters.embedded.files import FULL
from functions.adapters.embedded.reserve import Reserve
from functions.domain.errors import Damaged, StorageFull, Unavailable

BUSY_TIMEOUT: Final = 10.0
"""Seconds that a call waits for other writers before it fails."""

CACHE_SIZE: Final = 8_000
"""KiB of cache for each connection. The index of 100,000 ids fits into it."""

REMEDY: Final = "Stop the server and run: make reindex"

T = TypeVar("T")

_DAMAGE: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})

_DAMAGED: Final = "damaged"
_OLDER: Final = "in the form of an older release"

_FULL: Final = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE})
"""SQLite's errors for a full disk: for its log, and for the memory that processes share."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def to_micros(moment: datetime) -> int:
    """Microseconds since 1970. They are exact, sort like the times, and take eight bytes in an index."""
    return (moment - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """The time (aware, UTC) for a result of `to_micros`."""
    return _EPOCH + timedelta(microseconds=micros)


class Database:
    """One SQLite file and its connections.

    A connection serves one thread at a time, and is then kept for the next one. So there are as many connections as
    there were calls at the same time. Writers of this process wait for a lock, which is fairer and faster than SQLite's
    polling. Writers of different processes use the polling. Readers and the writer never wait for each other (WAL).
    Nothing is opened before the first call, and the process must not fork after it.

    Args:
        path: the path of the file. Its folder is created if it is missing.
        schema: the statements that create an empty file. They run in one transaction.
        what: the subject of the messages of `Unavailable`, such as "The catalog's database".
        version: of the schema. A file with another version is not used.
        before_creation: called before a missing or empty file is created. An error that it raises prevents that.
        reserve: the space that deletions can use on a full disk.
    """

    def __init__(
        self,
        path: Path,
        schema: str,
        what: str,
        *,
        version: int = 1,
        before_creation: Callable[[], None] | None = None,
        reserve: Reserve | None = None,
    ) -> None:
        self._path = path
        self._reserve = reserve or Reserve()
        self._schema = schema
        self._what = what
        self._version = version
        self._before_creation = before_creation
        self._idle: list[sqlite3.Connection] = []
        self._writers = threading.Lock()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection without a transaction: each statement sees what is committed when the statement starts.

        Raises:
            Unavailable: SQLite cannot read the database now.
        """
        with self._translated():
            connection = self._idle_connection() or self._reserve.spend(self._open, _nothing)
            try:
                yield connection
            except sqlite3.Error:
                connection.close()  # it may be broken; the next call gets a new one
                raise
            except BaseException:
                self._idle.append(connection)
                raise
            self._idle.append(connection)

    @contextmanager
    def writing(self, *, wait: float | None = None, freeing: bool = False) -> Iterator[sqlite3.Connection]:
        """A connection with a write transaction. The end of the block commits it durably; an exception rolls it back.

        Args:
            wait: seconds for other writers; None means `BUSY_TIMEOUT`.
            freeing: whether the transaction frees space. Then it can run while the reserve is missing.

        Raises:
            Unavailable: SQLite cannot write the database now, or other writers took longer than `wait`.
            StorageFull: the disk is full.
        """
        if not freeing:
            self._reserve.require()
        wait = BUSY_TIMEOUT if wait is None else wait
        end = time.monotonic() + wait
        if not self._writers.acquire(timeout=wait):
            raise Unavailable(f"{self._what} is busy with other writers. Try again in a few seconds.")
        try:
            with self.reading() as connection:
                left = max(0, round((end - time.monotonic()) * 1000))
                connection.execute(f"PRAGMA busy_timeout = {left}")  # for writers of other processes
                connection.execute("BEGIN IMMEDIATE")
                try:
                    yield connection
                    connection.execute("COMMIT")
                except BaseException:
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
                    raise
        finally:
            self._writers.release()

    def spend(self, act: Callable[[], T]) -> T:
        """The result of `act`, which frees space. If the disk is full, it can use the reserve; it is called again.

        Raises:
            StorageFull: there is not enough space even so.
        """
        return self._reserve.spend(act, self._shorten_log)

    def _shorten_log(self) -> None:
        """Move SQLite's log into the database, and give its space back."""
        with suppress(Unavailable), self.reading() as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        """Close every connection that is not in use; the next call opens a new one."""
        while self._idle:
            self._idle.pop().close()

    def _idle_connection(self) -> sqlite3.Connection | None:
        try:
            return self._idle.pop()  # the last one has the warmest cache; `pop` is atomic, a check before it is not
        except IndexError:
            return None

    def _open(self) -> sqlite3.Connection:
        self._check_creation()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(
            self._path, timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False, cached_statements=256
        )
        try:
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _check_creation(self) -> None:
        if self._before_creation and is_empty(self._path):
            try:
                self._before_creation()
            except Unavailable:
                if is_empty(self._path):
                    raise  # otherwise another process has just created it

    def _prepare(self, connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA synchronous = FULL")  # a commit is on the disk when it returns
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA cache_size = -{CACHE_SIZE}")
        (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
        if mode != "wal":
            # If several processes open a new file, SQLite accepts one and refuses the others without waiting.
            _retry_while_busy(lambda: connection.execute("PRAGMA journal_mode = WAL"))
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version == 0:
            self._create(connection)
        elif version < self._version:
            raise Damaged(f"{self._what} is {_OLDER}. {REMEDY}")
        elif version > self._version:
            raise Unavailable(f"{self._what} was written by a newer release. Install that release.")

    def _create(self, connection: sqlite3.Connection) -> None:
        connection.execute("BEGIN IMMEDIATE")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version == 0:
            if self._before_creation:
                self._before_creation()
            for statement in self._schema.split(";"):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {self._version}")
        connection.execute("COMMIT")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.IntegrityError, sqlite3.ProgrammingError):
            raise  # an error in this program; another attempt would fail too
        except sqlite3.DatabaseError as error:
            if _is_damage(error):
                raise Damaged(f"{self._what} is damaged: {error}. {REMEDY}") from error
            if getattr(error, "sqlite_errorcode", 0) in _FULL:
                raise StorageFull from error
            raise Unavailable(f"{self._what} cannot be used right now: {error}. Try again later.") from error
        except OSError as error:
            if error.errno in FULL:
                raise StorageFull from error
            raise Unavailable(f"{self._what} cannot be used right now: {error.strerror}. Try again later.") from error


def is_empty(path: Path) -> bool:
    """Whether the file contains no database: it is missing, or has no bytes."""
    try:
        return path.stat().st_size == 0
    except FileNotFoundError:
        return True


def find_fault(path: Path, tables: Collection[str], version: int, *, thorough: bool = False) -> str | None:
    """Why that file, which exists, cannot be used as a database with those tables; None if it can.

    With `thorough`, every page of it is checked. A version of 0 is a file that was not filled yet.

    Returns:
        The end of a sentence about the file: "damaged", or "in the form of an older release".

    Raises:
        sqlite3.Error: SQLite cannot open it now, for another reason than damage.
        Unavailable: a newer release wrote it.
    """
    with closing(sqlite3.connect(path, timeout=BUSY_TIMEOUT)) as connection:
        try:
            (present,) = connection.execute("PRAGMA user_version").fetchone()
            if present > version:
                raise Unavailable(f"{path.name} was written by a newer release. Update this one.")
            found = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}
            if present and not found.issuperset(tables):
                return _DAMAGED
            if 0 < present < version:
                return _OLDER
            sound = not thorough or connection.execute("PRAGMA integrity_check(1)").fetchall() == [("ok",)]
        except sqlite3.DatabaseError as error:
            if _is_damage(error):
                return _DAMAGED
            raise
    return None if sound else _DAMAGED


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGE  # the other bits are details


def _nothing() -> None:
    """There is no log to shorten before the database is open."""


def _retry_while_busy(attempt: Callable[[], object]) -> None:
    """Repeat an attempt for up to `BUSY_TIMEOUT` seconds while the database is locked."""
    deadline = time.monotonic() + BUSY_TIMEOUT
    while True:
        try:
            attempt()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return
