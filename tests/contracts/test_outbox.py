"""The outbox of a bucket: an event is appended together with the change, and stays until it is delivered."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Timer

import pytest

from functions.adapters.embedded.bucket import FilesystemBucket
from functions.adapters.embedded.outbox import Event
from functions.domain.errors import Conflict
from functions.domain.ports import DELETED, FINALIZED, Object
from tests.builders import NOON
from tests.contracts.races import in_threads


@pytest.fixture
def bucket(tmp_path: Path) -> Iterator[FilesystemBucket]:
    with closing(FilesystemBucket(tmp_path, name="originals", notifies=True)) as bucket:
        yield bucket


def put(bucket: FilesystemBucket, name: str, if_generation: int = 0) -> Object:
    return bucket.write(name, b"bytes", content_type="image/jpeg", if_generation=if_generation)


def due(bucket: FilesystemBucket, limit: int = 100) -> list[Event]:
    return bucket.outbox.due(datetime.now(UTC), limit)


def due_names(bucket: FilesystemBucket) -> list[tuple[str, object]]:
    return [(event.type, event.object["name"]) for event in due(bucket)]


def test_events_are_due_in_the_order_of_the_changes(bucket: FilesystemBucket) -> None:
    for name in ("b", "a", "c"):
        put(bucket, name)
    assert due_names(bucket) == [(FINALIZED, "b"), (FINALIZED, "a"), (FINALIZED, "c")]
    assert [event.object["name"] for event in due(bucket, limit=2)] == ["b", "a"]
    numbers = [event.seq for event in due(bucket)]
    assert numbers == sorted(set(numbers))


def test_an_event_holds_the_resource_that_cloud_storage_sends(bucket: FilesystemBucket) -> None:
    written = bucket.write("é/🌅.jpg", b"bytes", content_type="image/jpeg", metadata={"caption": "Grüße"})
    (event,) = due(bucket)
    updated = written.updated.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    assert event.object == {
        "kind": "storage#object",
        "id": f"originals/é/🌅.jpg/{written.generation}",
        "name": "é/🌅.jpg",
        "bucket": "originals",
        "generation": str(written.generation),
        "metageneration": "1",
        "size": "5",
        "contentType": "image/jpeg",
        "timeCreated": updated,
        "updated": updated,
        "metadata": {"caption": "Grüße"},
    }
    assert json.loads(json.dumps(event.object)) == event.object
    assert abs(event.occurred_at - written.updated) < timedelta(seconds=1)


def test_a_replacement_causes_one_event_for_the_new_object(bucket: FilesystemBucket) -> None:
    second = put(bucket, "a", if_generation=put(bucket, "a").generation)
    assert due_names(bucket) == [(FINALIZED, "a"), (FINALIZED, "a")]
    assert due(bucket)[1].object["generation"] == str(second.generation)


def test_a_deletion_causes_an_event_with_the_deleted_object(bucket: FilesystemBucket) -> None:
    written = bucket.set_metadata(put(bucket, "a"), {"caption": "x"})
    bucket.delete("a", if_generation=written.generation)
    event = due(bucket)[-1]
    assert event.type == DELETED
    assert event.object["generation"] == str(written.generation)
    assert (event.object["metageneration"], event.object["metadata"]) == ("2", {"caption": "x"})


def test_other_changes_and_refused_calls_cause_no_event(bucket: FilesystemBucket) -> None:
    written = put(bucket, "a")
    bucket.set_metadata(written, {"caption": "x"})
    for refused in (lambda: put(bucket, "a"), lambda: bucket.delete("a", if_generation=99)):
        with pytest.raises(Conflict):
            refused()
    assert due_names(bucket) == [(FINALIZED, "a")]


def test_a_bucket_that_does_not_notify_has_no_events(tmp_path: Path) -> None:
    with closing(FilesystemBucket(tmp_path, name="renditions")) as bucket:
        bucket.delete("a", if_generation=put(bucket, "a").generation)
        assert not due(bucket)
        assert bucket.outbox.next_due() is None
        assert not bucket.outbox.wait(0)


def test_a_delivered_event_is_removed(bucket: FilesystemBucket) -> None:
    put(bucket, "a")
    put(bucket, "b")
    bucket.outbox.done(due(bucket)[0].seq)
    assert due_names(bucket) == [(FINALIZED, "b")]
    bucket.outbox.done(due(bucket)[0].seq)
    assert bucket.outbox.next_due() is None


def test_a_failed_delivery_waits_until_its_time(bucket: FilesystemBucket) -> None:
    put(bucket, "a")
    put(bucket, "b")
    later = datetime.now(UTC) + timedelta(minutes=1)
    bucket.outbox.retry(due(bucket)[0].seq, later)
    assert due_names(bucket) == [(FINALIZED, "b")]
    bucket.outbox.done(due(bucket)[0].seq)
    assert bucket.outbox.next_due() == later
    assert not due(bucket)
    (event,) = bucket.outbox.due(later, 10)
    assert (event.object["name"], event.attempts) == ("a", 1)
    bucket.outbox.retry(event.seq, later)
    assert [each.attempts for each in bucket.outbox.due(later, 10)] == [2]


def test_the_event_that_has_been_due_longest_is_first(bucket: FilesystemBucket) -> None:
    for name in ("a", "b", "c"):
        put(bucket, name)
    first, second, third = due(bucket)
    for seq, minutes in ((first.seq, 3), (second.seq, 9), (second.seq, 1), (third.seq, 2)):
        bucket.outbox.retry(seq, NOON + timedelta(minutes=minutes))
    assert [event.seq for event in due(bucket)] == [second.seq, third.seq, first.seq]


def test_events_and_the_numbers_of_their_attempts_survive_a_restart(tmp_path: Path) -> None:
    moment = datetime.now(UTC)
    with closing(FilesystemBucket(tmp_path, name="originals", notifies=True)) as bucket:
        put(bucket, "a")
        put(bucket, "b")
        bucket.outbox.retry(due(bucket)[0].seq, moment)
        before = due(bucket)
    with closing(FilesystemBucket(tmp_path, name="originals", notifies=True)) as bucket:
        assert due(bucket) == before
        bucket.outbox.done(before[-1].seq)
        put(bucket, "c")
        assert due(bucket)[-1].seq > before[-1].seq


def test_a_new_event_ends_the_wait(bucket: FilesystemBucket) -> None:
    assert not bucket.outbox.wait(0.01)
    timer = Timer(0.05, put, (bucket, "a"))
    timer.start()
    assert bucket.outbox.wait(10)
    assert due_names(bucket) == [(FINALIZED, "a")]
    timer.join()
    assert not bucket.outbox.wait(0)


def test_an_event_before_the_wait_is_not_overlooked(bucket: FilesystemBucket) -> None:
    put(bucket, "a")
    assert bucket.outbox.wait(0)


def test_every_change_of_many_threads_causes_an_event(bucket: FilesystemBucket) -> None:
    in_threads(8, lambda number: [put(bucket, f"{number}/{each}") for each in range(5)])
    assert sorted(str(event.object["generation"]) for event in due(bucket)) == sorted(
        str(each.generation) for each in bucket.list()
    )
    generations = [int(str(event.object["generation"])) for event in due(bucket)]
    assert generations == sorted(generations)
