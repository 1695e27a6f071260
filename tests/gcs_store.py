"""Buckets in memory, as the JSON API documents them: with generations, preconditions, checksums and sorted lists."""

import hashlib
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http import HTTPStatus
from threading import RLock
from typing import Any

import google_crc32c

LARGEST_PAGE = 1000
_LONGEST_NAME = 1024
_LARGEST_METADATA = 8 * 1024

Query = Mapping[str, str]
Resource = dict[str, Any]


class Refused(Exception):
    """A request that is answered with an error status."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(slots=True)
class Stored:
    """One object."""

    bucket: str
    name: str
    data: bytes
    content_type: str
    metadata: dict[str, str]
    generation: int
    cache_control: str | None = None
    metageneration: int = 1
    updated: datetime = field(default_factory=lambda: datetime.now(UTC))

    def resource(self) -> Resource:
        """The object in the form of the API: 64-bit numbers are strings, and a field without a value is left out."""
        resource = {
            "kind": "storage#object",
            "bucket": self.bucket,
            "name": self.name,
            "generation": str(self.generation),
            "metageneration": str(self.metageneration),
            "size": str(len(self.data)),
            "contentType": self.content_type,
            "updated": self.updated.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "crc32c": _crc32c(self.data),
            "md5Hash": _md5(self.data),
        }
        optional = {"metadata": dict(self.metadata), "cacheControl": self.cache_control}
        return resource | {name: value for name, value in optional.items() if value}


class Store:
    """All buckets; each method is atomic."""

    def __init__(self) -> None:
        self._buckets: dict[str, dict[str, Stored]] = {}
        self._lock = RLock()
        self._generation = 0

    def __getstate__(self) -> dict[str, Any]:
        return {"_buckets": self._buckets, "_generation": self._generation}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._lock = RLock()

    def create_bucket(self, name: str) -> None:
        with self._lock:
            if name in self._buckets:
                raise Refused(HTTPStatus.CONFLICT, "You already own this bucket.")
            self._buckets[name] = {}

    def copy_bucket(self, source: str, name: str) -> None:
        """Create a bucket with the same objects, generations and times. The API cannot do that."""
        with self._lock:
            self.create_bucket(name)
            self._buckets[name] = {each.name: replace(each, bucket=name) for each in self._objects(source).values()}

    def insert(self, bucket: str, resource: Resource, data: bytes, content_type: str, query: Query) -> Resource:
        """Create or replace an object."""
        name = str(resource.get("name") or query.get("name") or "")
        _check_name(name)
        for field_name, found in (("crc32c", _crc32c(data)), ("md5Hash", _md5(data))):
            if resource.get(field_name, found) != found:
                raise Refused(HTTPStatus.BAD_REQUEST, f"Provided {field_name} doesn't match calculated {field_name}.")
        metadata = _merged({}, resource.get("metadata"))
        with self._lock:
            self.check(bucket, name, query)
            self._generation = max(self._generation + 1, time.time_ns() // 1000)
            content_type = str(resource.get("contentType") or content_type)
            stored = Stored(bucket, name, data, content_type, metadata, self._generation, resource.get("cacheControl"))
            self._objects(bucket)[name] = stored
            return stored.resource()

    def check(self, bucket: str, name: str, query: Query) -> None:
        """Check the preconditions of an upload. Raises `Refused` if one does not hold."""
        with self._lock:
            _check(self._objects(bucket).get(name), query)

    def get(self, bucket: str, name: str, query: Query) -> Stored:
        """The current object. With `generation` in the query, it must have that generation."""
        with self._lock:
            stored = self._objects(bucket).get(name)
            if stored is None or query.get("generation", str(stored.generation)) != str(stored.generation):
                raise Refused(HTTPStatus.NOT_FOUND, f"No such object: {bucket}/{name}")
            _check(stored, query)
            return stored

    def patch(self, bucket: str, name: str, changes: Resource, query: Query) -> Resource:
        """Merge the changes into the metadata. A null value removes a key."""
        if unknown := changes.keys() - {"metadata", "contentType", "cacheControl"}:
            raise Refused(HTTPStatus.BAD_REQUEST, f"This server cannot patch {unknown}.")
        with self._lock:
            stored = self.get(bucket, name, query)
            if "metadata" in changes:
                stored.metadata = _merged(stored.metadata, changes["metadata"])
            stored.content_type = changes.get("contentType", stored.content_type)
            stored.cache_control = changes.get("cacheControl", stored.cache_control)
            stored.metageneration += 1
            stored.updated = datetime.now(UTC)
            return stored.resource()

    def delete(self, bucket: str, name: str, query: Query) -> None:
        with self._lock:
            self.get(bucket, name, query)
            del self._objects(bucket)[name]

    def list(self, bucket: str, query: Query) -> Resource:
        """One page, in the order of the names' UTF-8 bytes, from `startOffset` (included) or `pageToken`."""
        limit = int(query.get("maxResults") or LARGEST_PAGE)
        with self._lock:
            fitting = list(_fitting(self._objects(bucket), query))
            page = fitting[: min(limit, LARGEST_PAGE)]
            items = [stored.resource() for stored in page]
        token = {"nextPageToken": page[-1].name.encode().hex()} if len(page) < len(fitting) else {}
        return {"kind": "storage#objects"} | ({"items": items} if items else {}) | token

    def _objects(self, bucket: str) -> dict[str, Stored]:
        if bucket not in self._buckets:
            raise Refused(HTTPStatus.NOT_FOUND, "The specified bucket does not exist.")
        return self._buckets[bucket]


def _fitting(objects: Mapping[str, Stored], query: Query) -> Iterator[Stored]:
    prefix, start, token = (query.get(name, "") for name in ("prefix", "startOffset", "pageToken"))
    for name in sorted(objects, key=str.encode):
        behind = name.encode() > bytes.fromhex(token) if token else name.encode() >= start.encode()
        if behind and name.startswith(prefix):
            yield objects[name]


def _check(stored: Stored | None, query: Query) -> None:
    generation = stored.generation if stored else 0
    metageneration = stored.metageneration if stored else 0
    for condition, found in (("ifGenerationMatch", generation), ("ifMetagenerationMatch", metageneration)):
        if int(query.get(condition, found)) != found:
            raise Refused(HTTPStatus.PRECONDITION_FAILED, "At least one of the pre-conditions did not hold.")


def _check_name(name: str) -> None:
    if not 0 < len(name.encode()) <= _LONGEST_NAME or "\n" in name or "\r" in name or name in {".", ".."}:
        raise Refused(HTTPStatus.BAD_REQUEST, "Invalid object name.")


def _merged(metadata: Mapping[str, str], changes: Mapping[str, str | None] | None) -> dict[str, str]:
    if changes is None:
        return {}
    merged = {key: value for key, value in {**metadata, **changes}.items() if value is not None}
    if sum(len(key.encode()) + len(value.encode()) for key, value in merged.items()) > _LARGEST_METADATA:
        raise Refused(HTTPStatus.BAD_REQUEST, "The metadata is too large.")
    return merged


def _crc32c(data: bytes) -> str:
    return b64encode(google_crc32c.value(data).to_bytes(4, "big")).decode()


def _md5(data: bytes) -> str:
    return b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()
