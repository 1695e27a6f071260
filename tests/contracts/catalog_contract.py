"""The rules for every catalog. A backend's test class derives from `CatalogContract` and overrides only `fresh`."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from itertools import product

import pytest
from hypothesis import given
from hypothesis.stateful import run_state_machine_as_test

from functions.domain.errors import Conflict
from functions.domain.model import Image, Rendition, Renditions, RenditionState
from functions.domain.ports import Catalog, Cursor, Filter, Order
from functions.domain.wall_time import parse
from tests.builders import NOON, NOON_ON_CAMERA, entry
from tests.contracts.backends import FreshCatalog, OpenCatalog, ReopenCatalog, model_settings
from tests.contracts.catalog_fixtures import FILTERS, CatalogFixtures, stored, walk, wins
from tests.contracts.catalog_model import CatalogMachine, cursor, selected
from tests.contracts.races import PROCESSES, THREADS, in_processes, in_threads
from tests.contracts.strategies import images

NO_FILTER = Filter()
ODD = "Grüße 🌅 'quoted' \"too\" \\ % _ \n\t 日本語 e\u0301"


class CatalogContract(CatalogFixtures):
    """The tests that every catalog must pass."""

    # --- one entry

    def test_an_unknown_id_has_no_entry(self, catalog: Catalog) -> None:
        assert catalog.get(entry().id) is None

    def test_an_entry_is_read_as_it_was_created(self, catalog: Catalog) -> None:
        image = entry(
            tags=("sea", "sky"),
            album="2024",
            caption="Dawn",
            filename="dawn.jpg",
            taken_at=NOON_ON_CAMERA,
            exif_taken_at=parse("2024-05-31T12:00:00.25"),
            exif={
                "camera": "X100",
                "gps": {"lat": 47.5, "lon": -8.25},
                "iso": 200,
                "lenses": ["a", "b"],
                "flash": None,
            },
            extra={"licence": "CC0"},
            placeholder="data:image/webp;base64,AAAA",
            renditions=Renditions(RenditionState.READY, (Rendition("160", 160, 120, 4000),)),
            metageneration=7,
        )
        assert stored(catalog, image) == image

    def test_a_field_without_a_value_is_read_as_none(self, catalog: Catalog) -> None:
        image = entry(renditions=Renditions(RenditionState.FAILED, reason="damaged_image"))
        found = stored(catalog, image)
        assert found == image
        assert (found.description.caption, found.description.album, found.placeholder) == (None, None, None)
        assert found.taken_at is None

    def test_any_text_is_read_unchanged(self, catalog: Catalog) -> None:
        image = entry(
            tags=(ODD, "a"), album=ODD, caption=ODD, filename="ä.jpg", uploader=ODD, extra={ODD: ODD}, exif={ODD: ODD}
        )
        assert stored(catalog, image) == image
        assert catalog.page(Filter(tag=ODD, album=ODD, uploader=ODD), Order.NEWEST, after=None, limit=2) == [image]

    def test_further_fields_can_have_any_name(self, catalog: Catalog) -> None:
        image = entry(extra={"": "a", "__x__": "b", "__name__": "c", "a.b`c/[~]*": "d"})
        assert stored(catalog, image) == image

    def test_times_keep_their_microseconds_and_are_aware(self, catalog: Catalog) -> None:
        moment = datetime(1999, 12, 31, 23, 59, 59, 999999, tzinfo=timezone(timedelta(hours=-7)))
        found = stored(catalog, entry(uploaded_at=moment))
        assert found.uploaded_at == moment
        assert found.uploaded_at.utcoffset() == timedelta(0)

    @pytest.mark.parametrize(
        "text",
        [
            "2024-06-01T12:00:00",
            "2024-06-01T12:00:00+00:00",
            "2024-06-01T12:00:00.250000+14:00",
            "0001-01-01T00:00:00-12:00",
            "9999-12-31T23:59:59.999999+14:00",
        ],
    )
    def test_the_time_of_a_camera_keeps_its_clock_and_its_offset(self, catalog: Catalog, text: str) -> None:
        image = stored(catalog, entry(taken_at=parse(text), exif_taken_at=parse(text)))
        assert image.taken_at == image.facts.taken_at == parse(text)
        assert image.taken_at.exact == text

    def test_a_large_exif_is_read_unchanged(self, catalog: Catalog) -> None:
        image = entry(exif={f"field {number}": "é" * 1000 for number in range(100)})
        assert stored(catalog, image) == image

    def test_a_repeated_tag_is_kept_and_its_entry_is_found_once(self, catalog: Catalog) -> None:
        image = entry(tags=("sea", "sea"))
        assert stored(catalog, image) == image
        assert catalog.page(Filter(tag="sea"), Order.ID, after=None, limit=5) == [image]

    def test_any_entry_is_read_as_it_was_created(self, catalog: Catalog) -> None:
        @model_settings(self.examples)
        @given(images)
        def is_read_unchanged(image: Image) -> None:
            found = stored(catalog, image)
            catalog.delete(seen=found)
            assert found == image

        is_read_unchanged()

    def test_a_later_write_does_not_change_an_entry_that_was_read(self, catalog: Catalog) -> None:
        seen = stored(catalog, entry(exif={"iso": 100}))
        catalog.replace(entry(exif={"iso": 200}), seen=seen)
        assert seen == entry(exif={"iso": 100})

    def test_a_later_change_of_the_arguments_does_not_change_the_entry(self, catalog: Catalog) -> None:
        exif: dict[str, object] = {"iso": 100}
        catalog.create(entry(exif=exif))
        exif["iso"] = 200
        assert catalog.get(entry().id) == entry(exif={"iso": 100})

    # --- compare and swap

    def test_create_refuses_an_id_that_exists(self, catalog: Catalog) -> None:
        catalog.create(entry(caption="first"))
        with pytest.raises(Conflict):
            catalog.create(entry(caption="second"))
        assert catalog.get(entry().id) == entry(caption="first")

    def test_entries_that_differ_only_in_the_version_are_equal(self, catalog: Catalog) -> None:
        seen = stored(catalog, entry())
        assert seen.version is not None
        assert seen == entry()

    def test_an_entry_that_was_read_twice_can_be_replaced_with_either_copy(self, catalog: Catalog) -> None:
        stored(catalog, entry())
        seen, again = catalog.get(entry().id), next(iter(catalog.find_by_sha256(entry().facts.sha256)))
        assert seen is not None
        assert again is not None
        catalog.replace(entry(caption="new"), seen=again)
        with pytest.raises(Conflict):
            catalog.replace(entry(caption="newer"), seen=seen)

    def test_replace_changes_the_results_of_every_query(self, catalog: Catalog) -> None:
        seen = stored(catalog, entry(tags=("sea", "sky"), album="2023"))
        changed = entry(tags=("sky", "sun"), album="2024", uploader="bob", sha256="f" * 64, uploaded_at=NOON)
        catalog.replace(changed, seen=seen)
        for where in (Filter(tag="sea"), Filter(album="2023"), Filter(uploader="ada")):
            assert not catalog.page(where, Order.NEWEST, after=None, limit=5)
        for where in (Filter(tag="sky"), Filter(tag="sun"), Filter(album="2024"), Filter(uploader="bob")):
            assert catalog.page(where, Order.NEWEST, after=None, limit=5) == [changed]
        assert catalog.find_by_sha256(entry().facts.sha256) == []
        assert catalog.find_by_sha256("f" * 64) == [changed]

    def test_replace_refuses_an_entry_that_was_changed_meanwhile(self, catalog: Catalog) -> None:
        seen = stored(catalog, entry())
        catalog.replace(entry(caption="first"), seen=seen)
        with pytest.raises(Conflict):
            catalog.replace(entry(caption="second"), seen=seen)
        assert catalog.get(entry().id) == entry(caption="first")

    def test_delete_removes_the_entry_from_every_query(self, catalog: Catalog) -> None:
        catalog.delete(seen=stored(catalog, entry(tags=("sea",))))
        assert catalog.get(entry().id) is None
        assert catalog.find_by_sha256(entry().facts.sha256) == []
        for where, order in product((NO_FILTER, Filter(tag="sea"), Filter(uploader="ada")), Order):
            assert not catalog.page(where, order, after=None, limit=5)

    def test_delete_refuses_an_entry_that_was_changed_meanwhile(self, catalog: Catalog) -> None:
        seen = stored(catalog, entry())
        catalog.replace(entry(caption="new"), seen=seen)
        with pytest.raises(Conflict):
            catalog.delete(seen=seen)
        assert catalog.get(entry().id) == entry(caption="new")

    def test_a_deleted_entry_can_be_neither_replaced_nor_deleted(self, catalog: Catalog) -> None:
        seen = stored(catalog, entry())
        catalog.delete(seen=seen)
        with pytest.raises(Conflict):
            catalog.replace(entry(), seen=seen)
        with pytest.raises(Conflict):
            catalog.delete(seen=seen)

    def test_an_entry_that_was_never_read_can_be_neither_replaced_nor_deleted(self, catalog: Catalog) -> None:
        image = entry()
        catalog.create(image)
        with pytest.raises(Conflict):
            catalog.replace(image, seen=image)
        with pytest.raises(Conflict):
            catalog.delete(seen=image)
        assert catalog.get(image.id) == image

    def test_an_entry_created_after_a_deletion_does_not_match_the_old_version(self, catalog: Catalog) -> None:
        seen = stored(catalog, entry())
        catalog.delete(seen=seen)
        catalog.create(entry())
        with pytest.raises(Conflict):
            catalog.delete(seen=seen)
        assert catalog.get(entry().id) == entry()

    # --- finding

    def test_find_by_sha256_finds_exactly_that_file(self, catalog: Catalog, mixed: Sequence[Image]) -> None:
        for image in mixed[:5]:
            assert catalog.find_by_sha256(image.facts.sha256) == [image]
        assert catalog.find_by_sha256("0" * 64) == []

    def test_find_by_sha256_finds_many_files_at_once(self, catalog: Catalog, mixed: Sequence[Image]) -> None:
        others = [f"{number:064x}" for number in range(70)]
        hashes = [*others[:35], *(each.facts.sha256 for each in mixed[:20]), *others[35:]]
        found = catalog.find_by_sha256(*hashes)
        assert sorted(each.id for each in found) == sorted(each.id for each in mixed[:20])
        assert catalog.find_by_sha256() == []

    def test_totals_count_images_and_bytes_of_each_format(self, catalog: Catalog, mixed: Sequence[Image]) -> None:
        totals = {name: total for name, total in catalog.totals().items() if total.images}
        sizes = {name: [each.facts.bytes for each in mixed if each.facts.format.name == name] for name in totals}
        assert totals == {name: (len(of_it), sum(of_it)) for name, of_it in sizes.items()}
        assert set(totals) == {"jpeg", "png"}

    def test_found_entries_can_be_replaced(self, catalog: Catalog) -> None:
        catalog.create(entry(tags=("sea",)))
        for where in (NO_FILTER, Filter(tag="sea")):
            (seen,) = catalog.page(where, Order.NEWEST, after=None, limit=1)
            catalog.replace(replace(seen, placeholder="data:"), seen=seen)

    @pytest.mark.parametrize("order", Order)
    def test_every_combination_of_filters_pages_in_order(
        self, catalog: Catalog, mixed: Sequence[Image], order: Order
    ) -> None:
        for where in FILTERS:
            expected = selected(mixed, where, order)
            assert walk(catalog, where, order, limit=5) == expected
            assert list(catalog.page(where, order, after=None, limit=100)) == expected

    @pytest.mark.parametrize("where", [NO_FILTER, Filter(tag="sea"), Filter(album="2024"), Filter(format="jpeg")])
    def test_lists_by_the_time_of_the_photo_go_by_the_clock_and_end_with_those_without_a_time(
        self, catalog: Catalog, where: Filter
    ) -> None:
        """The instants of the first three are in the opposite order."""
        texts = ["2024-06-01T23:59:58+14:00", "2024-06-01T23:59:59+00:00", "2024-06-02T00:00:00-12:00"]
        texts += ["2024-06-02T00:00:00.100000", "2024-06-02T00:00:00.250000", "2024-06-02T00:00:01"]
        for number, taken_at in enumerate([*map(parse, texts), None, None, None]):
            catalog.create(entry((number * 4) % 9, tags=("sea",), album="2024", taken_at=taken_at))
        for order, expected in ((Order.TAKEN, texts), (Order.TAKEN_DESCENDING, texts[::-1])):
            for limit in (1, 2, 5, 6, 7, 9):
                found = [each.taken_at for each in walk(catalog, where, order, limit)]
                assert [each and each.exact for each in found] == [*expected, None, None, None]

    def test_the_time_from_the_uploader_orders_before_that_of_exif(self, catalog: Catalog) -> None:
        early, late = parse("2001-01-01T00:00:00"), parse("2002-01-01T00:00:00")
        catalog.create(entry(1, exif_taken_at=early, taken_at=late))
        catalog.create(entry(2, exif_taken_at=parse("2001-06-01T00:00:00")))
        assert walk(catalog, NO_FILTER, Order.TAKEN, 1) == [
            entry(2, exif_taken_at=parse("2001-06-01T00:00:00")),
            entry(1, exif_taken_at=early, taken_at=late),
        ]

    @pytest.mark.parametrize("order", [Order.NEWEST, Order.OLDEST, Order.TAKEN, Order.TAKEN_DESCENDING])
    def test_a_cursor_without_the_time_of_the_order_is_refused(self, catalog: Catalog, order: Order) -> None:
        with pytest.raises(ValueError, match="needs that time"):
            catalog.page(NO_FILTER, order, after=Cursor(entry().id), limit=1)

    def test_a_filter_without_matches_gives_an_empty_page(self, catalog: Catalog, mixed: Sequence[Image]) -> None:
        assert mixed
        for where in (Filter(tag="SEA"), Filter(album=""), Filter(uploader="b"), Filter(format="gif")):
            assert not catalog.page(where, Order.NEWEST, after=None, limit=5)

    @pytest.mark.parametrize("order", Order)
    @pytest.mark.parametrize("limit", [1, 3, 24, 25])
    def test_pages_of_any_size_end_with_the_last_entry(
        self, catalog: Catalog, mixed: Sequence[Image], order: Order, limit: int
    ) -> None:
        assert walk(catalog, NO_FILTER, order, limit) == selected(mixed, NO_FILTER, order)

    @pytest.mark.parametrize("order", Order)
    @pytest.mark.parametrize("where", [NO_FILTER, Filter(tag="sea")])
    def test_a_cursor_is_valid_after_its_entry_was_deleted(
        self, catalog: Catalog, mixed: Sequence[Image], where: Filter, order: Order
    ) -> None:
        page = catalog.page(where, order, after=None, limit=4)
        for seen in page:
            catalog.delete(seen=seen)
        rest = selected(mixed, where, order)[4:]
        assert list(catalog.page(where, order, after=cursor(page[-1]), limit=100)) == rest

    def test_a_cursor_by_id_needs_no_time(self, catalog: Catalog, mixed: Sequence[Image]) -> None:
        ids = sorted(image.id for image in mixed)
        page = catalog.page(NO_FILTER, Order.ID, after=Cursor(ids[9]), limit=3)
        assert [image.id for image in page] == ids[10:13]

    # --- concurrency

    def test_an_instance_reads_what_another_instance_wrote(self, opened: Callable[[], OpenCatalog]) -> None:
        one, other = opened(), opened()
        seen = stored(one, entry())
        assert other.get(entry().id) == entry()
        other.replace(entry(caption="new"), seen=seen)
        assert one.get(entry().id) == entry(caption="new")

    def test_only_one_of_many_threads_creates_an_entry(self, catalog: Catalog) -> None:
        assert sum(in_threads(8, lambda number: wins(catalog, number))) == 1

    def test_only_one_of_many_threads_replaces_the_entry_that_all_have_read(self, catalog: Catalog) -> None:
        seen = stored(catalog, entry())

        def replaces(number: int) -> bool:
            try:
                catalog.replace(entry(caption=str(number)), seen=seen)
            except Conflict:
                return False
            return True

        won = in_threads(8, replaces)
        assert sum(won) == 1
        assert catalog.get(entry().id) == entry(caption=str(won.index(True)))

    @pytest.mark.needs("survives_processes")
    def test_only_one_of_many_processes_creates_an_entry(self, reopen: ReopenCatalog) -> None:
        won = in_processes(reopen, wins)
        assert len(won) == PROCESSES * THREADS
        assert sum(won) == 1

    def test_any_sequence_of_calls_agrees_with_the_model(self, fresh: FreshCatalog) -> None:
        class Machine(CatalogMachine):
            def __init__(self) -> None:
                super().__init__(fresh)

        run_state_machine_as_test(Machine, settings=model_settings(self.examples))
