"""The headers by which caches keep renditions: after a deletion, no shared cache has one for longer than a day."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from werkzeug.datastructures import ResponseCacheControl
from werkzeug.http import parse_cache_control_header

from functions.adapters.gcp.bucket import GcsBucket
from functions.adapters.gcp.storage import storage_client
from functions.config import Backend, Settings, SettingsError
from functions.domain.caching import RenditionsCache
from functions.wiring import gcp
from tests.gcs_server import GcsServer, gcs_server

DAY = 86_400
YEAR = 365 * DAY
ROLES = ("originals", "renditions", "dropbox")


@pytest.fixture
def server() -> Iterator[GcsServer]:
    with gcs_server() as server:
        for role in ROLES:
            server.store.create_bucket(role)
        yield server


def header_of(server: GcsServer, role: str, **variables: str) -> str | None:
    """The `Cache-Control` of an object that a function with these settings writes to the bucket with that role."""
    settings = Settings.from_env({"BACKEND": Backend.GCP, **variables})
    bucket = gcp(settings, storage=storage_client(server.url)).bucket(role)
    assert isinstance(bucket, GcsBucket)
    with closing(bucket):
        bucket.write("a", b"bytes", content_type="image/webp")
    found: str | None = server.store.get(role, "a", {}).resource().get("cacheControl")
    return found


def parsed(header: str | None) -> ResponseCacheControl:
    return parse_cache_control_header(header, cls=ResponseCacheControl)


def test_a_cdn_keeps_a_rendition_for_a_day_and_a_browser_for_a_year(server: GcsServer) -> None:
    found = parsed(header_of(server, "renditions", RENDITIONS_CACHE="cdn"))
    assert (found.public, found.s_maxage, found.max_age, found.immutable) == (True, DAY, YEAR, True)


@pytest.mark.parametrize("variables", [{}, {"RENDITIONS_CACHE": "bucket"}])
def test_without_a_cdn_every_cache_keeps_it_for_a_day(server: GcsServer, variables: dict[str, str]) -> None:
    """The documentation of Cloud Storage's own cache names `max-age`, and not `s-maxage`."""
    found = parsed(header_of(server, "renditions", **variables))
    assert (found.public, found.s_maxage, found.max_age, found.immutable) == (True, None, DAY, False)


@pytest.mark.parametrize("each", RenditionsCache)
def test_no_shared_cache_keeps_a_deleted_image_for_longer_than_a_day(each: RenditionsCache) -> None:
    found = parsed(each.header)
    lifetime = found.max_age if found.s_maxage is None else found.s_maxage
    assert lifetime == DAY


@pytest.mark.parametrize("role", ["originals", "dropbox"])
def test_private_objects_have_no_such_header(server: GcsServer, role: str) -> None:
    assert header_of(server, role, RENDITIONS_CACHE="cdn") is None


def test_an_unknown_cache_is_refused_with_its_name() -> None:
    with pytest.raises(SettingsError, match=r"^RENDITIONS_CACHE must be bucket or cdn, not 'CDN'\.$"):
        Settings.from_env({"RENDITIONS_CACHE": "CDN"})
