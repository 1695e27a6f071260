"""A bucket of Cloud Storage.

Each write names the generation (and the metageneration) that it may replace. So it takes effect once, even if it is
sent several times. When a repeated attempt is refused, an earlier attempt may have succeeded. This is the case if the
bucket is already in the state that the call should produce: it has an object like the one that was sent, or the
metadata that was sent, or, after a deletion, no object of that name. Then there is no conflict.
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Final

import google_crc32c
from google.api_core import exceptions as api
from google.cloud.storage import Blob, Client

from functions.adapters.gcp.call import ServiceCall
from functions.adapters.gcp.client import SharedClient
from functions.adapters.gcp.retry import RETRY_POLICY, Attempt, RetryPolicy
from functions.adapters.gcp.storage import STORAGE, TryAgain
from functions.domain.errors import CannotPurge, Conflict, ObjectNotFound
from functions.domain.ports import Object

_CHANGED: Final = (api.PreconditionFailed, api.NotFound)
"""Cloud Storage's errors for an object that is not, or no longer, in the state that the caller read."""

_FIELDS: Final = "items(name,generation,metageneration,size,contentType,updated,metadata),nextPageToken"
_LARGEST_PAGE: Final = 1000


class GcsBucket:
    """A `Bucket` on Cloud Storage.

    Args:
        name: the name of the bucket.
        client: can be shared with other buckets. `close` closes it for all of them, and the next call opens it again.
        cache_control: the header `Cache-Control` of all objects; for a public bucket.
        policy: how often failed calls are repeated.
    """

    def __init__(
        self,
        name: str,
        client: SharedClient[Client],
        *,
        cache_control: str | None = None,
        policy: RetryPolicy = RETRY_POLICY,
    ) -> None:
        self._name = name
        self._cache_control = cache_control
        self._call = ServiceCall(client, STORAGE, policy)

    def close(self) -> None:
        """Close the client's connections."""
        self._call.close()

    def write(
        self,
        name: str,
        data: bytes,
        *,
        content_type: str,
        metadata: Mapping[str, str] | None = None,
        if_generation: int = 0,
    ) -> Object:
        checksum = _checksum(data)

        def act(client: Client, attempt: Attempt) -> Object:
            blob = client.bucket(self._name).blob(name)
            blob.metadata = dict(metadata or {})
            if self._cache_control is not None:
                blob.cache_control = self._cache_control
            blob.crc32c = checksum  # Cloud Storage refuses bytes that do not match it
            try:
                blob.upload_from_string(
                    data,
                    content_type,
                    if_generation_match=if_generation,
                    checksum=None,
                    retry=None,
                    timeout=attempt.timeout,
                )
            except api.PreconditionFailed as error:
                present = self._get(client, name, attempt) if attempt.repeated else None
                if present is None or not _is_written(present, checksum, content_type, metadata or {}, if_generation):
                    raise Conflict from error
                blob = present
            return _object(blob)

        return self._call(act)

    def stat(self, name: str) -> Object | None:
        blob = self._call(lambda client, attempt: self._get(client, name, attempt))
        return None if blob is None else _object(blob)

    def read(self, name: str) -> tuple[Object, bytes]:
        def act(client: Client, attempt: Attempt) -> tuple[Object, bytes]:
            blob = self._get(client, name, attempt)
            if blob is None:
                raise ObjectNotFound
            return _object(blob), self._download(client, blob, attempt)

        return self._call(act)

    def set_metadata(self, seen: Object, metadata: Mapping[str, str]) -> Object:
        def act(client: Client, attempt: Attempt) -> Object:
            blob = client.bucket(self._name).blob(seen.name)
            # A patch removes only the keys whose value is null.
            blob.metadata = {**dict.fromkeys(seen.metadata), **metadata}
            try:
                blob.patch(
                    if_generation_match=seen.generation,
                    if_metageneration_match=seen.metageneration,
                    retry=None,
                    timeout=attempt.timeout,
                )
            except _CHANGED as error:
                present = self._get(client, seen.name, attempt) if attempt.repeated else None
                if present is None or not _is_changed(_object(present), seen, metadata):
                    raise Conflict from error
                blob = present
            return _object(blob)

        return self._call(act)

    def delete(self, name: str, *, if_generation: int, for_good: bool = False) -> None:
        if for_good:
            raise CannotPurge  # soft-deleted objects can be listed and restored, and nothing else

        def act(client: Client, attempt: Attempt) -> None:
            bucket = client.bucket(self._name)
            try:
                bucket.delete_blob(name, if_generation_match=if_generation, retry=None, timeout=attempt.timeout)
            except _CHANGED as error:
                if not attempt.repeated or self._get(client, name, attempt) is not None:
                    raise Conflict from error

        self._call(act)

    def list(self, prefix: str = "", *, after: str = "", limit: int = 1000) -> Sequence[Object]:
        def act(client: Client, attempt: Attempt) -> Sequence[Object]:
            blobs = client.list_blobs(
                self._name,
                prefix=prefix or None,
                start_offset=after or None,
                page_size=min(limit + bool(after), _LARGEST_PAGE),
                fields=_FIELDS,
                retry=None,
                timeout=attempt.timeout,
            )
            later = (
                blob for blob in blobs if blob.name > after
            )  # the listing includes the object at its start, so leave it out
            return [_object(blob) for blob in islice(later, limit)]

        return self._call(act)

    def _get(self, client: Client, name: str, attempt: Attempt) -> Blob | None:
        return client.bucket(self._name).get_blob(name, retry=None, timeout=attempt.timeout)

    def _download(self, client: Client, found: Blob, attempt: Attempt) -> bytes:
        """The stored bytes of exactly this generation.

        Raises:
            TryAgain: the object was replaced or deleted since, or the bytes do not match its checksum.
        """
        blob = client.bucket(self._name).blob(found.name, generation=found.generation)
        try:
            data: bytes = blob.download_as_bytes(
                raw_download=True, single_shot_download=True, checksum=None, retry=None, timeout=attempt.timeout
            )
        except api.NotFound as error:
            raise TryAgain from error
        if _checksum(data) != found.crc32c:
            raise TryAgain
        return data


def _checksum(data: bytes) -> str:
    """CRC-32C, in the form that Cloud Storage uses."""
    return b64encode(google_crc32c.value(data).to_bytes(4, "big")).decode()


def _object(blob: Blob) -> Object:
    return Object(
        name=blob.name,
        generation=blob.generation,
        metageneration=blob.metageneration,
        size=blob.size or 0,  # a server may leave out what is 0
        content_type=blob.content_type or "application/octet-stream",
        updated=blob.updated,
        metadata={key: value for key, value in (blob.metadata or {}).items() if value is not None},
    )


def _is_written(present: Blob, checksum: str, content_type: str, metadata: Mapping[str, str], replaced: int) -> bool:
    """Whether the object is like the one that was sent to replace generation `replaced`."""
    found = _object(present)
    return (
        found.generation != replaced
        and (present.crc32c, found.content_type, found.metadata) == (checksum, content_type, metadata)
        and found.metageneration == 1
    )


def _is_changed(present: Object, seen: Object, metadata: Mapping[str, str]) -> bool:
    """Whether the only change since `seen` is that the object has this metadata."""
    expected = (seen.generation, seen.metageneration + 1, metadata)
    return (present.generation, present.metageneration, present.metadata) == expected
