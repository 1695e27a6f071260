"""A bucket that tells of its changes, around one that does not: what Eventarc adds to Cloud Storage."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from functions.adapters.embedded import outbox
from functions.adapters.embedded.database import Database
from functions.adapters.embedded.outbox import Outbox
from functions.domain.errors import Unavailable
from functions.domain.ports import DELETED, FINALIZED, Bucket, Object

_DOUBT = timedelta(seconds=30)
"""How long a change may be under way; longer than any call to a bucket lasts."""


class NotifyingBucket:
    """A `Bucket` whose creations, replacements and deletions are events in `outbox`.

    Bucket and outbox have no transaction in common. So an event is written down before the change, to be delivered
    later, and at once when the change is known to have happened. One for a change that did not happen does no harm.

    Args:
        file: of the outbox.
        name: of the bucket, as the events tell it.
    """

    def __init__(self, bucket: Bucket, file: Path, *, name: str) -> None:
        self._bucket = bucket
        self._name = name
        self._database = Database(file, outbox.SCHEMA, "The outbox")
        self.outbox = Outbox(self._database)
        self.stat = bucket.stat
        self.read = bucket.read
        self.set_metadata = bucket.set_metadata

    def close(self) -> None:
        """Let go of the outbox."""
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
        with self._telling(FINALIZED, {"name": name, "generation": str(if_generation)}) as told:
            written = self._bucket.write(
                name, data, content_type=content_type, metadata=metadata, if_generation=if_generation
            )
            told.update(generation=str(written.generation), metadata=dict(written.metadata))
        return written

    def delete(self, name: str, *, if_generation: int) -> None:
        with self._telling(DELETED, {"name": name, "generation": str(if_generation)}):
            self._bucket.delete(name, if_generation=if_generation)

    def list(self, prefix: str = "", *, after: str = "", limit: int = 1000) -> Sequence[Object]:
        return self._bucket.list(prefix, after=after, limit=limit)

    @contextmanager
    def _telling(self, kind: str, resource: dict[str, object]) -> Iterator[dict[str, object]]:
        resource = {"kind": "storage#object", "bucket": self._name, **resource}
        with self._database.writing() as connection:
            in_doubt = self.outbox.append(connection, kind, resource, delay=_DOUBT)
        try:
            yield resource
        except Unavailable:
            raise  # it may have happened: the event will come, and find out
        except Exception:
            self.outbox.done(in_doubt)
            raise
        with self._database.writing() as connection:
            self.outbox.append(connection, kind, resource)
        self.outbox.done(in_doubt)
        self.outbox.announce()
