"""`reindex` gives the images of older releases their ids, and no word is lost."""

from pathlib import Path

from functions.domain.metadata import has_fingerprint
from functions.services.repair.reindex import Outcome
from tests.arrangement import Arrangement
from tests.backends import Backend
from tests.faults import Crash, Fault, fail, moments
from tests.harness import ALICE, BOB, Service
from tests.photos import jpeg, photo, png, webp
from tests.repairs import AT_ONCE, forget_events, make_older, rewrite, run_fsck, run_reindex, state

WORDS = {"caption": "Am Meer", "tags": "sea,ünï", "album": "a/b", "mood": "sunny"}


def fill(service: Service) -> None:
    assert service.upload(jpeg(photo(200, 100)), "beach.jpg", key=ALICE, **WORDS).status_code == 201
    assert service.upload(png(photo(64, 48)), "logo.png", key=BOB).status_code == 201
    service.deliver()


def older(service: Service) -> None:
    fill(service)
    make_older(service)


def described(service: Service) -> dict[str, object]:
    """What the catalog has of every image, without what says when something was written."""
    return {
        each.id: (each.facts, each.description, each.uploader, each.uploaded_at, each.upload_id, each.renditions)
        for each in service.entries().values()
    }


def test_every_image_gets_its_id_and_keeps_its_words(service: Service) -> None:
    fill(service)
    before = described(service)
    make_older(service)
    assert not before.keys() & service.entries().keys()
    steps = run_reindex(service)
    renamed = [each for each in steps if each.outcome is Outcome.RENAMED]
    assert len(renamed) == 2
    assert {each.detail.split()[2].partition(".")[0] for each in renamed} == before.keys()
    service.deliver()
    assert described(service) == before
    assert all(has_fingerprint(each) for each in service.originals.list())
    assert {each.name.partition("/")[0] for each in service.renditions.list()} == before.keys()
    assert {each.outcome for each in run_reindex(service)} == {Outcome.AGREES}
    assert run_fsck(service, AT_ONCE) == []


def test_an_image_that_keeps_its_id_gets_its_fingerprint(service: Service) -> None:
    fill(service)
    before = described(service)
    for each in service.originals.list():
        metadata = {name: text for name, text in each.metadata.items() if name != "fingerprint"}
        service.originals.set_metadata(each, metadata)
    service.deliver()
    assert {each.outcome for each in run_reindex(service)} == {Outcome.MADE}
    assert described(service) == before
    assert {each.outcome for each in run_reindex(service)} == {Outcome.AGREES}


def test_two_images_that_are_one_now_keep_the_words_of_both(service: Service) -> None:
    picture = photo(64, 48)
    assert service.upload(png(picture), "first.png", key=ALICE, tags="one", album="a").status_code == 201
    service.deliver()
    make_older(service)
    assert service.upload(webp(picture, lossless=True), "second.webp", key=BOB, caption="two").status_code == 201
    service.deliver()
    run_reindex(service)
    (entry,) = service.entries().values()
    assert (entry.description.caption, entry.description.tags, entry.description.album) == ("two", ("one",), "a")


def older_twin(service: Service, **words: str) -> str:
    """An image of an older release, and the same picture stored again. Returns the name of the older original."""
    assert service.upload(png(photo(64, 48)), "logo.png", key=ALICE, caption="one").status_code == 201
    service.deliver()
    make_older(service)
    (original,) = service.originals.list()
    assert service.upload(png(photo(64, 48), compress_level=1), "logo.png", key=BOB, **words).status_code == 201
    service.deliver()
    return original.name


def test_words_that_contradict_each_other_all_stay(service: Service) -> None:
    name = older_twin(service, caption="two")
    (refused,) = [each for each in run_reindex(service) if each.outcome is Outcome.REFUSED]
    assert refused.name == name
    assert "another caption" in refused.detail
    assert {each.description.caption for each in service.entries().values()} == {"one", "two"}


def test_an_original_is_not_deleted_if_the_file_with_its_new_name_is_damaged(service: Service) -> None:
    name = older_twin(service)
    (other,) = [each for each in service.originals.list() if each.name != name]
    rewrite(service.originals, other, png(photo(64, 48, seed=9)))
    forget_events(service)
    run_reindex(service)
    assert service.originals.stat(name) is not None


def test_a_dry_run_writes_nothing(service: Service) -> None:
    older(service)
    before = state(service)
    assert {each.outcome for each in run_reindex(service, dry_run=True)} == {Outcome.MADE}
    assert state(service) == before


def test_after_a_failure_of_any_call_the_next_run_completes_it(tmp_path: Path, backend: Backend) -> None:
    arrangement = Arrangement(older, tmp_path, backend)
    fault = Fault()
    with arrangement.service("expected") as service:
        run_reindex(service, fault)
        service.deliver()
        expected = words(service)
    cases = [(number, when) for number, call in enumerate(fault.calls) for when in moments(call)]
    for case, (number, when) in enumerate(cases):
        with arrangement.service(case) as service:
            interrupt(service, Fault(number, when, fail(Crash)))
            run_reindex(service)
            service.deliver()
            assert words(service) == expected, fault.calls[number]
            assert run_fsck(service, AT_ONCE) == []


def words(service: Service) -> dict[str, object]:
    """What the catalog has of every image, without what differs between two repositories."""
    return {
        each.id: (each.facts, each.description, each.uploader, each.renditions) for each in service.entries().values()
    }


def interrupt(service: Service, fault: Fault) -> None:
    try:
        run_reindex(service, fault)
    except Crash:
        return
    raise AssertionError("the call was not reached")
