"""The rules for every bucket. A backend's test class derives from `BucketContract` and overrides only `fresh`."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import product
from threading import Event

import pytest
from hypothesis.stateful import run_state_machine_as_test

from functions.domain.errors import CannotPurge, Conflict, ObjectNotFound
from functions.domain.ports import Bucket
from tests.contracts.backends import FreshBucket, OpenBucket, ReopenBucket, model_settings
from tests.contracts.bucket_fixtures import JPEG, ODD_NAMES, BucketFixtures, put, wins
from tests.contracts.bucket_model import BucketMachine
from tests.contracts.races import PROCESSES, THREADS, in_processes, in_threads

MIB = 1024 * 1024
NEEDS_SLASHES = pytest.mark.needs("keeps_leading_slashes")
SIMILAR_NAMES = ["a", "A", "a ", "/a", "a/", "a/a", "\u00e9", "e\u0301"]
IN_CODE_POINT_ORDER = ["A", "Z", "a b", "a/1", "a/10", "a/2", "aa", "b", "é", "\uffee", "🌅"]
PREFIXES = ["", "a", "a/", "a/1", "é", "\uffee", "🌅", "B", "a/1/"]
PLACES = ["", "Z", "a", "a/1", "a/15", "🌅"]
ODD = [pytest.param(each, marks=NEEDS_SLASHES) if each.startswith("/") else each for each in ODD_NAMES]


class BucketContract(BucketFixtures):
    """The tests that every bucket must pass."""

    # --- one object

    def test_an_unknown_name_has_no_object(self, bucket: Bucket) -> None:
        assert bucket.stat("a.jpg") is None
        with pytest.raises(ObjectNotFound):
            bucket.read("a.jpg")

    def test_an_object_is_read_as_it_was_written(self, bucket: Bucket) -> None:
        written = bucket.write("a.jpg", b"bytes", content_type=JPEG, metadata={"caption": "Dawn"})
        assert (written.name, written.size, written.content_type) == ("a.jpg", 5, JPEG)
        assert written.metadata == {"caption": "Dawn"}
        assert written.generation > 0
        assert written.metageneration == self.first_metageneration
        assert bucket.stat("a.jpg") == written
        assert bucket.read("a.jpg") == (written, b"bytes")

    def test_updated_is_the_current_time_in_utc(self, bucket: Bucket) -> None:
        updated = put(bucket).updated
        assert updated.utcoffset() == timedelta(0)
        assert abs(datetime.now(UTC) - updated) < timedelta(minutes=5)

    def test_an_object_without_metadata_has_an_empty_dictionary(self, bucket: Bucket) -> None:
        assert bucket.write("a.jpg", b"bytes", content_type=JPEG).metadata == {}
        assert bucket.read("a.jpg")[0].metadata == {}

    @pytest.mark.parametrize("size", [0, 1, 65_537, 5 * MIB, 9 * MIB])
    def test_an_object_can_have_any_size(self, bucket: Bucket, size: int) -> None:
        data = (b"0123456789abcdef\x00\xff\r\n" * (size // 20 + 1))[:size]
        assert put(bucket, data=data).size == size
        assert bucket.read("a.jpg")[1] == data

    @pytest.mark.needs("names_are_opaque")
    @pytest.mark.parametrize("name", ODD, ids=range(len(ODD)))
    def test_an_object_can_have_any_name(self, bucket: Bucket, name: str) -> None:
        written = put(bucket, name)
        assert written.name == name
        assert bucket.stat(name) == written
        assert bucket.read(name) == (written, b"bytes")
        assert list(bucket.list()) == [written]
        bucket.delete(name, if_generation=written.generation)
        assert not bucket.list()

    @pytest.mark.needs("names_are_opaque")
    def test_similar_names_are_different_objects(self, bucket: Bucket) -> None:
        names = [each for each in SIMILAR_NAMES if self.keeps_leading_slashes or not each.startswith("/")]
        for name in names:
            put(bucket, name, name.encode())
        for name in names:
            assert bucket.read(name)[1] == name.encode()
        assert [each.name for each in bucket.list()] == sorted(names)

    def test_metadata_may_be_any_text(self, bucket: Bucket) -> None:
        metadata = {"caption": 'Grüße 🌅 "quoted" \\ = ; , \n日本語', "empty": "", "long": "é" * 2000}
        written = bucket.write("a.jpg", b"", content_type=JPEG, metadata=metadata)
        assert written.metadata == metadata
        assert bucket.stat("a.jpg") == written

    def test_a_later_change_of_the_arguments_does_not_change_the_object(self, bucket: Bucket) -> None:
        metadata = {"caption": "Dawn"}
        written = bucket.write("a.jpg", b"", content_type=JPEG, metadata=metadata)
        metadata["caption"] = "Dusk"
        assert written.metadata == {"caption": "Dawn"}
        assert bucket.stat("a.jpg") == written

    # --- replacing and deleting

    def test_a_replacement_has_a_greater_generation_and_keeps_no_old_data(self, bucket: Bucket) -> None:
        first = bucket.set_metadata(put(bucket), {"caption": "Dawn", "album": "2024"})
        second = bucket.write("a.jpg", b"other", content_type="image/png", if_generation=first.generation)
        assert second.generation > first.generation
        assert (second.metageneration, second.metadata) == (self.first_metageneration, {})
        assert second.content_type == "image/png"
        assert bucket.read("a.jpg") == (second, b"other")
        assert list(bucket.list()) == [second]

    def test_a_deleted_object_no_longer_exists(self, bucket: Bucket) -> None:
        bucket.delete("a.jpg", if_generation=put(bucket).generation)
        assert bucket.stat("a.jpg") is None
        assert not bucket.list()
        with pytest.raises(ObjectNotFound):
            bucket.read("a.jpg")

    def test_a_deletion_for_good_is_done_or_refused_but_not_done_by_half(self, bucket: Bucket) -> None:
        present = put(bucket)
        if self.deletes_for_good:
            bucket.delete("a.jpg", if_generation=present.generation, for_good=True)
            assert bucket.stat("a.jpg") is None
            assert put(bucket).generation > present.generation
        else:
            with pytest.raises(CannotPurge):
                bucket.delete("a.jpg", if_generation=present.generation, for_good=True)
            assert bucket.read("a.jpg") == (present, b"bytes")

    def test_an_object_created_after_a_deletion_has_a_greater_generation(self, bucket: Bucket) -> None:
        generations = []
        for _ in range(4):
            generations.append(put(bucket).generation)
            bucket.delete("a.jpg", if_generation=generations[-1])
        assert generations == sorted(set(generations))

    @pytest.mark.needs("enforces_preconditions")
    def test_create_refuses_a_name_that_exists(self, bucket: Bucket) -> None:
        written = put(bucket)
        with pytest.raises(Conflict):
            put(bucket, data=b"other")
        assert bucket.read("a.jpg") == (written, b"bytes")

    @pytest.mark.needs("enforces_preconditions")
    def test_replace_refuses_every_generation_except_the_current_one(self, bucket: Bucket) -> None:
        first = put(bucket)
        second = put(bucket, data=b"second", if_generation=first.generation)
        for generation in (first.generation, second.generation + 1, 1 << 50):
            with pytest.raises(Conflict):
                put(bucket, data=b"third", if_generation=generation)
        assert bucket.read("a.jpg") == (second, b"second")

    @pytest.mark.needs("enforces_preconditions")
    def test_replace_refuses_a_name_that_does_not_exist(self, bucket: Bucket) -> None:
        written = put(bucket)
        bucket.delete("a.jpg", if_generation=written.generation)
        with pytest.raises(Conflict):
            put(bucket, if_generation=written.generation)
        assert bucket.stat("a.jpg") is None

    @pytest.mark.needs("enforces_preconditions")
    def test_delete_refuses_every_generation_except_the_current_one(self, bucket: Bucket) -> None:
        first = put(bucket)
        second = put(bucket, if_generation=first.generation)
        for generation in (first.generation, second.generation + 1):
            with pytest.raises(Conflict):
                bucket.delete("a.jpg", if_generation=generation)
        assert bucket.stat("a.jpg") == second

    def test_delete_refuses_a_name_that_does_not_exist(self, bucket: Bucket) -> None:
        with pytest.raises(Conflict):
            bucket.delete("a.jpg", if_generation=1)
        written = put(bucket)
        bucket.delete("a.jpg", if_generation=written.generation)
        with pytest.raises(Conflict):
            bucket.delete("a.jpg", if_generation=written.generation)

    # --- metadata

    def test_new_metadata_replaces_the_old_metadata(self, bucket: Bucket) -> None:
        written = bucket.write("a.jpg", b"bytes", content_type=JPEG, metadata={"caption": "Dawn", "album": "2024"})
        changed = bucket.set_metadata(written, {"caption": "Dusk 🌅", "licence": "CC0"})
        assert changed.metadata == {"caption": "Dusk 🌅", "licence": "CC0"}
        assert (changed.generation, changed.metageneration) == (written.generation, written.metageneration + 1)
        assert changed.updated >= written.updated
        assert bucket.read("a.jpg") == (changed, b"bytes")
        assert bucket.set_metadata(changed, {}).metadata == {}

    @pytest.mark.needs("enforces_preconditions")
    def test_set_metadata_refuses_an_object_that_was_changed_meanwhile(self, bucket: Bucket) -> None:
        written = put(bucket)
        changed = bucket.set_metadata(written, {"caption": "first"})
        with pytest.raises(Conflict):
            bucket.set_metadata(written, {"caption": "second"})
        assert bucket.stat("a.jpg") == changed

    @pytest.mark.needs("enforces_preconditions")
    def test_set_metadata_refuses_another_generation(self, bucket: Bucket) -> None:
        written = put(bucket)
        replaced = put(bucket, if_generation=written.generation)
        with pytest.raises(Conflict):
            bucket.set_metadata(written, {"caption": "late"})
        assert bucket.stat("a.jpg") == replaced

    def test_set_metadata_refuses_an_object_that_was_deleted(self, bucket: Bucket) -> None:
        written = put(bucket)
        bucket.delete("a.jpg", if_generation=written.generation)
        with pytest.raises(Conflict):
            bucket.set_metadata(written, {"caption": "late"})

    # --- listing

    def test_list_sorts_by_code_point(self, bucket: Bucket) -> None:
        for name in reversed(IN_CODE_POINT_ORDER):
            put(bucket, name)
        assert [each.name for each in bucket.list()] == IN_CODE_POINT_ORDER

    def test_list_begins_after_a_name_and_has_only_names_with_the_prefix(self, bucket: Bucket) -> None:
        for name in IN_CODE_POINT_ORDER:
            put(bucket, name, b"")
        for prefix, after in product(PREFIXES, PLACES):
            fitting = [name for name in IN_CODE_POINT_ORDER if name.startswith(prefix) and name > after]
            assert [each.name for each in bucket.list(prefix, after=after)] == fitting
            assert [each.name for each in bucket.list(prefix, after=after, limit=2)] == fitting[:2]

    def test_all_objects_can_be_listed_page_by_page(self, bucket: Bucket) -> None:
        for name in IN_CODE_POINT_ORDER:
            put(bucket, name, b"")
        found: list[str] = []
        while page := bucket.list(after=found[-1] if found else "", limit=3):
            assert len(page) <= 3
            found += [each.name for each in page]
            assert len(found) < 1000, "the pages never end"
        assert found == IN_CODE_POINT_ORDER

    def test_list_returns_the_same_objects_as_stat(self, bucket: Bucket) -> None:
        changed = bucket.set_metadata(put(bucket), {"caption": "Grüße"})
        assert list(bucket.list("a")) == [changed]

    # --- concurrency

    def test_an_instance_reads_what_another_instance_wrote(self, opened: Callable[[], OpenBucket]) -> None:
        one, other = opened(), opened()
        written = put(one)
        assert other.read("a.jpg") == (written, b"bytes")
        other.delete("a.jpg", if_generation=written.generation)
        assert one.stat("a.jpg") is None
        assert put(one).generation > written.generation

    @pytest.mark.needs("enforces_preconditions")
    def test_only_one_of_many_threads_creates_an_object(self, bucket: Bucket) -> None:
        won = in_threads(8, lambda number: wins(bucket, number))
        self._holds_the_winner(bucket, won)

    @pytest.mark.needs("enforces_preconditions", "survives_processes")
    def test_only_one_of_many_processes_creates_an_object(self, reopen: ReopenBucket, bucket: Bucket) -> None:
        won = in_processes(reopen, wins)
        assert len(won) == PROCESSES * THREADS
        self._holds_the_winner(bucket, won)

    def _holds_the_winner(self, bucket: Bucket, won: list[int | None]) -> None:
        ((winner, generation),) = [(number, each) for number, each in enumerate(won) if each is not None]
        found, data = bucket.read("a.jpg")
        assert (found.generation, found.metadata, data) == (generation, {"by": str(winner)}, b"%d" % winner)

    def test_a_read_during_a_replacement_returns_one_generation(self, opened: Callable[[], OpenBucket]) -> None:
        bucket, other = opened(), opened()
        written = put(bucket, data=b"0" * 200_000)
        over = Event()

        def replace_it() -> None:
            generation = written.generation
            try:
                for number in range(1, 30):
                    data = b"%d" % (number % 10) * (200_000 + number)
                    generation = put(other, data=data, if_generation=generation).generation
            finally:
                over.set()

        def read_it() -> None:
            generation = 0
            while not over.is_set():
                found, data = bucket.read("a.jpg")
                assert len(data) == found.size
                assert data == data[:1] * found.size
                assert data[:1] == b"%d" % ((found.size - 200_000) % 10)
                assert found.generation >= generation
                generation = found.generation

        in_threads(3, lambda number: read_it() if number else replace_it())

    def test_a_read_during_a_deletion_is_complete_or_fails(self, opened: Callable[[], OpenBucket]) -> None:
        bucket, other = opened(), opened()
        over = Event()

        def come_and_go() -> None:
            try:
                for number in range(30):
                    written = put(other, data=b"%d" % (number % 10) * 100_000)
                    other.delete("a.jpg", if_generation=written.generation)
            finally:
                over.set()

        def read_it() -> None:
            while not over.is_set():
                with suppress(ObjectNotFound):
                    assert len(set(bucket.read("a.jpg")[1])) == 1

        in_threads(3, lambda number: read_it() if number else come_and_go())

    def test_any_sequence_of_calls_agrees_with_the_model(self, fresh: FreshBucket) -> None:
        enforces, first = self.enforces_preconditions, self.first_metageneration

        class Machine(BucketMachine):
            def __init__(self) -> None:
                super().__init__(fresh, enforces_preconditions=enforces, first_metageneration=first)

        run_state_machine_as_test(Machine, settings=model_settings(self.examples))
