"""A wrapper that adds events to a bucket which has none, as Eventarc does for Cloud Storage."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from functions.adapters.embedded import outbox
from functions.adapters.embedded.database import Database
from functions.adapters.embedded.outbox import Outbox
from functions.domain.errors import Unavailable
from functions.domain.ports import DELETED, FINALIZED, Bucket, Object

_LONGEST_CHANGE = timedelta(seconds=30)
"""Longer than any call to a bucket takes."""


class NotifyingBucket:
    """A `Bucket` whose creations, replacements and deletions append events to `outbox`.

    The bucket and the outbox have no common transaction. So an event is written before the change, for a later time.
    After a successful change, an event for the present time replaces it. An event for a change that did not happen does
    no harm.

    Args:
        bucket: the bucket that is changed.
        file: the file of the outbox.
        name: the name of the bucket in its events.
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
        """Close the outbox."""
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
        with self._notifying(FINALIZED, {"name": name, "generation": str(if_generation)}) as resource:
            written = self._bucket.write(
                name, data, content_type=content_type, metadata=metadata, if_generation=if_generation
            )
            resource.update(generation=str(written.generation), metadata=dict(written.metadata))
        return written

    def delete(self, name: str, *, if_generation: int, for_good: bool = False) -> None:
        with self._notifying(DELETED, {"name": name, "generation": str(if_generation)}):
            self._bucket.delete(name, if_generation=if_generation, for_good=for_good)

    def list(self, prefix: str = "", *, after: str = "", limit: int = 1000) -> Sequence[Object]:
        return self._bucket.list(prefix, after=after, limit=limit)

    @contextmanager
    def _notifying(self, kind: str, resource: dict[str, object]) -> Iterator[dict[str, object]]:
        resource = {"kind": "storage#object", "bucket": self._name, **resource}
        with self._database.writing() as connection:
            tentative = self.outbox.append(connection, kind, resource, delay=_LONGEST_CHANGE)
        try:
            yield resource
        except Unavailable:
            raise  # the change may have happened, so the tentative event stays
        except Exception:
            self.outbox.done(tentative)
            raise
        with self._database.writing() as connection:
            self.outbox.append(connection, kind, resource)
        self.outbox.done(tentative)
        self.outbox.announce()
