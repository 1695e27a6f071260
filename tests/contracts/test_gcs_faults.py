"""Failures of Cloud Storage: the bucket repeats a call, or raises `Unavailable`."""

from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from functions.adapters.gcp.bucket import GcsBucket
from functions.adapters.gcp.retry import RetryPolicy
from functions.adapters.gcp.storage import storage_client
from functions.domain.errors import Conflict, ObjectNotFound, Unavailable
from functions.domain.ports import Object
from tests.cable import cable
from tests.contracts.bucket_fixtures import JPEG
from tests.contracts.races import check_ends_in_time
from tests.gcs_server import Fault, GcsServer, gcs_server

FAST = RetryPolicy(call=5, attempt=1, first_pause=0.001, longest_pause=0.01)
HASTY = RetryPolicy(call=1.5, attempt=0.4, first_pause=0.01, longest_pause=0.1)
LARGE = 9 * 1024 * 1024
ANY = [Fault.UNAVAILABLE_BEFORE, Fault.UNAVAILABLE_AFTER, Fault.RESET_BEFORE, Fault.RESET_AFTER, Fault.TRUNCATED]
METADATA = {"upload_id": "ours", "caption": "Grüße"}


@pytest.fixture
def server() -> Iterator[GcsServer]:
    with gcs_server() as server:
        server.store.create_bucket("originals")
        yield server


@pytest.fixture
def bucket(server: GcsServer) -> Iterator[GcsBucket]:
    with closing(GcsBucket("originals", storage_client(server.url), policy=FAST)) as bucket:
        yield bucket


def put(bucket: GcsBucket, data: bytes = b"bytes", if_generation: int = 0) -> Object:
    return bucket.write("a.jpg", data, content_type=JPEG, metadata=METADATA, if_generation=if_generation)


def put_by_another_client(server: GcsServer, data: bytes = b"bytes") -> None:
    """Write an object as another client does."""
    server.store.insert("originals", {"name": "a.jpg", "metadata": {"upload_id": "theirs"}}, data, JPEG, {})


def test_a_public_object_has_a_cache_control_header(server: GcsServer, bucket: GcsBucket) -> None:
    put(bucket)
    assert "cacheControl" not in server.store.get("originals", "a.jpg", {}).resource()
    with closing(GcsBucket("originals", storage_client(server.url), cache_control="public, max-age=60")) as public:
        public.write("b.jpg", b"bytes", content_type=JPEG)
    assert server.store.get("originals", "b.jpg", {}).resource()["cacheControl"] == "public, max-age=60"


# --- calls that are repeated


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("fault", ANY)
@pytest.mark.parametrize("size", [5, LARGE])
def test_a_write_takes_effect_once(server: GcsServer, bucket: GcsBucket, fault: Fault, size: int, count: int) -> None:
    data = b"x" * size
    server.plan.faults = [fault] * count
    written = put(bucket, data)
    assert not server.plan.faults
    assert bucket.read("a.jpg") == (written, data)
    assert (written.metageneration, written.metadata) == (1, METADATA)


@pytest.mark.parametrize("fault", ANY)
def test_the_last_request_of_a_large_upload_may_fail(server: GcsServer, bucket: GcsBucket, fault: Fault) -> None:
    server.plan.request = "PUT"
    server.plan.faults = [fault]
    written = put(bucket, b"x" * LARGE)
    assert not server.plan.faults
    assert bucket.read("a.jpg") == (written, b"x" * LARGE)


@pytest.mark.parametrize("fault", ANY)
def test_a_replacement_takes_effect_once(server: GcsServer, bucket: GcsBucket, fault: Fault) -> None:
    first = put(bucket)
    server.plan.faults = [fault]
    second = put(bucket, if_generation=first.generation)
    assert second.generation > first.generation
    assert bucket.stat("a.jpg") == second


@pytest.mark.parametrize("fault", ANY)
def test_metadata_is_set_once(server: GcsServer, bucket: GcsBucket, fault: Fault) -> None:
    written = put(bucket)
    server.plan.faults = [fault]
    changed = bucket.set_metadata(written, {"caption": "Dusk"})
    assert (changed.metageneration, changed.metadata) == (2, {"caption": "Dusk"})
    assert bucket.stat("a.jpg") == changed


@pytest.mark.parametrize("fault", ANY)
def test_a_deletion_takes_effect(server: GcsServer, bucket: GcsBucket, fault: Fault) -> None:
    written = put(bucket)
    server.plan.faults = [fault]
    bucket.delete("a.jpg", if_generation=written.generation)
    assert bucket.stat("a.jpg") is None


@pytest.mark.parametrize("fault", ANY)
@pytest.mark.parametrize(
    "read",
    [lambda bucket: bucket.stat("a.jpg"), lambda bucket: bucket.read("a.jpg")[0], lambda bucket: bucket.list()[0]],
    ids=["stat", "read", "list"],
)
def test_a_read_returns_the_current_object(
    server: GcsServer, bucket: GcsBucket, read: Callable[[GcsBucket], Object], fault: Fault
) -> None:
    written = put(bucket)
    server.plan.faults = [fault] * 2
    assert read(bucket) == written


@pytest.mark.parametrize("fault", [*ANY, Fault.CORRUPTED])
def test_a_broken_download_is_repeated(server: GcsServer, bucket: GcsBucket, fault: Fault) -> None:
    data = bytes(range(256)) * 4096
    written = put(bucket, data)
    server.plan.request = "GET /download"
    server.plan.faults = [fault] * 2
    assert bucket.read("a.jpg") == (written, data)
    assert not server.plan.faults


# --- conflicts stay conflicts


@pytest.mark.parametrize("fault", [Fault.UNAVAILABLE_BEFORE, Fault.RESET_BEFORE])
def test_an_object_of_another_client_stays_a_conflict(server: GcsServer, bucket: GcsBucket, fault: Fault) -> None:
    put_by_another_client(server)
    server.plan.faults = [fault]
    with pytest.raises(Conflict):
        put(bucket)


def test_a_change_by_another_client_stays_a_conflict(server: GcsServer, bucket: GcsBucket) -> None:
    written = put(bucket)
    put_by_another_client(server)
    for act in (
        lambda: bucket.set_metadata(written, {}),
        lambda: bucket.delete("a.jpg", if_generation=written.generation),
        lambda: put(bucket, if_generation=written.generation),
    ):
        server.plan.faults = [Fault.RESET_BEFORE]
        with pytest.raises(Conflict):
            act()


def test_a_conflict_at_the_first_attempt_is_not_checked_again(server: GcsServer, bucket: GcsBucket) -> None:
    put(bucket)
    with pytest.raises(Conflict):
        put(bucket)
    assert len([request for request in server.plan.requests if "uploadType" in request]) == 2


# --- calls that fail


def test_a_permanent_refusal_is_not_retried(server: GcsServer, bucket: GcsBucket) -> None:
    with pytest.raises(Unavailable):
        bucket.write("\n", b"", content_type=JPEG)
    assert len(server.plan.requests) == 1


def test_a_service_that_keeps_failing_is_unavailable(server: GcsServer) -> None:
    server.plan.faults = [Fault.UNAVAILABLE_BEFORE] * 10_000
    with closing(GcsBucket("originals", storage_client(server.url), policy=HASTY)) as bucket:
        acts: list[Callable[[], object]] = [
            lambda: put(bucket),
            lambda: bucket.stat("a"),
            lambda: bucket.read("a"),
            bucket.list,
        ]
        check_ends_in_time(acts, HASTY)


def test_a_bucket_that_does_not_exist_is_unavailable(server: GcsServer) -> None:
    with closing(GcsBucket("nowhere", storage_client(server.url), policy=FAST)) as bucket:
        for act in (lambda: put(bucket), bucket.list):
            with pytest.raises(Unavailable):
                act()


@pytest.mark.parametrize("how", ["cut", "hold"])
def test_a_call_ends_in_time_and_works_again_when_the_connection_is_restored(server: GcsServer, how: str) -> None:
    with (
        cable(server.url.removeprefix("http://")) as line,
        closing(GcsBucket("originals", storage_client(f"http://{line.host}"), policy=HASTY)) as bucket,
    ):
        written = put(bucket)
        getattr(line, how)()
        acts: list[Callable[[], object]] = [
            lambda: put(bucket),
            lambda: bucket.stat("a.jpg"),
            lambda: bucket.read("a.jpg"),
            bucket.list,
        ]
        check_ends_in_time(acts, HASTY)
        line.restore()
        assert bucket.read("a.jpg") == (written, b"bytes")


def test_a_read_of_a_deleted_object_is_not_repeated(server: GcsServer, bucket: GcsBucket) -> None:
    with pytest.raises(ObjectNotFound):
        bucket.read("a.jpg")
    assert len(server.plan.requests) == 1


# --- the number of requests


def test_each_call_is_one_request_and_a_read_is_two(server: GcsServer, bucket: GcsBucket) -> None:
    written = put(bucket)
    acts: list[Callable[[], object]] = [
        lambda: bucket.write("b.jpg", b"", content_type=JPEG),
        lambda: bucket.stat("a.jpg"),
        lambda: bucket.set_metadata(written, {}),
        lambda: bucket.list(limit=1),
        lambda: bucket.read("a.jpg"),
        lambda: bucket.delete("a.jpg", if_generation=written.generation),
    ]
    counts = []
    for act in acts:
        server.plan.requests.clear()
        act()
        counts.append(len(server.plan.requests))
    assert counts == [1, 1, 1, 1, 2, 1]


def test_a_page_reads_no_more_than_it_returns(server: GcsServer, bucket: GcsBucket) -> None:
    for number in range(10):
        bucket.write(f"{number}", b"", content_type=JPEG)
    server.plan.requests.clear()
    assert [each.name for each in bucket.list(after="3", limit=3)] == ["4", "5", "6"]
    (request,) = server.plan.requests
    assert "maxResults=4" in request  # three objects, and the one after which the page begins
