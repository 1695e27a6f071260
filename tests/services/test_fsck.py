"""`fsck`: each kind of damage is found and repaired, and nothing else is changed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from functions.domain.renditions import GENERATION
from functions.services.repair.diagnose import Kind
from functions.services.repair.fsck import Rules
from tests.backends import Embedded
from tests.harness import ALICE, Service
from tests.photos import jpeg, photo, png
from tests.repairs import (
    AT_ONCE,
    DAMAGES,
    FIXING,
    add_twin,
    empty_catalog,
    forget_events,
    leave_drop,
    lose_bytes,
    lose_entry,
    lose_rendition,
    put_invalid_object_first,
    remove_all,
    rewrite,
    run_fsck,
    state,
    store,
    swap_rendition,
    twin,
    upload,
)


@pytest.fixture(params=DAMAGES)
def damage(request: pytest.FixtureRequest, service: Service) -> tuple[str, int]:
    """A service with one damaged image, the problem that fsck reports, and the number of images after a repair."""
    harm, kind, images = DAMAGES[request.param]
    store(service)
    harm(service)
    forget_events(service)
    return kind, images


def test_each_damage_is_found_and_repaired_and_then_nothing_is_found(service: Service, damage: tuple[str, int]) -> None:
    kind, images = damage
    before = state(service)
    found = {each.damage.kind for each in run_fsck(service, AT_ONCE)}
    assert kind in found
    assert state(service) == before, "a dry run writes nothing"
    findings = run_fsck(service, FIXING)
    assert {each.damage.kind for each in findings} == found
    assert all(each.repaired for each in findings)
    assert run_fsck(service, AT_ONCE) == []
    service.check_agreement()
    service.deliver()
    service.check_agreement()
    assert len(service.entries()) == images


def test_all_damages_at_once_among_sound_images(service: Service) -> None:
    sound = [service.stored(jpeg(photo(64 + number, 48)))["id"] for number in range(5)]
    before = {each: service.get(f"/fetch/{each}/details").data for each in sound}
    store(service)
    swap_rendition(service)
    add_twin(service)
    leave_drop(service)
    findings = run_fsck(service, replace(FIXING, threads=8))
    assert {each.damage.kind for each in findings} >= {Kind.MISSING_RENDITIONS, Kind.TWIN, Kind.STUCK_DROP}
    assert all(each.repaired for each in findings)
    assert run_fsck(service, AT_ONCE) == []
    assert {each: service.get(f"/fetch/{each}/details").data for each in sound} == before


def test_a_repair_does_not_change_the_responses(service: Service) -> None:
    """A rendition that is created again has the same bytes, so that cached copies stay correct."""
    store(service)
    (image_id,) = service.entries()
    before = service.get(f"/fetch/{image_id}/details", key=ALICE).data
    for harm in (lose_entry, lose_rendition, swap_rendition):
        harm(service)
        assert all(each.repaired for each in run_fsck(service, FIXING))
        assert service.get(f"/fetch/{image_id}/details", key=ALICE).data == before


def test_a_repository_with_images_in_every_state_has_no_problem(service: Service) -> None:
    service.stored(jpeg(photo(300, 200)), caption="ready")
    service.drop("folder/", b"", "text/plain")
    service.drop("refused.jpg", b"not an image")
    service.deliver()
    assert run_fsck(service, AT_ONCE) == []


@pytest.mark.parametrize("act", [upload, lose_entry, leave_drop, add_twin, lose_rendition])
def test_a_change_within_the_grace_is_left_alone(service: Service, act: object) -> None:
    """Its events may still arrive, or be retried."""
    store(service)
    assert callable(act)
    act(service)
    before = state(service)
    assert run_fsck(service, replace(FIXING, grace=timedelta(minutes=10))) == []
    assert state(service) == before


def test_an_upload_whose_event_is_late_is_left_alone(service: Service) -> None:
    upload(service)
    assert run_fsck(service, Rules(fix=True, settle=0)) == []
    service.deliver()
    service.check_agreement()


def test_foreign_objects_are_reported_and_not_changed(service: Service) -> None:
    store(service)
    (image_id,) = service.entries()
    for bucket in (service.originals, service.renditions):
        bucket.write(f"{image_id}/notes.txt", b"", content_type="text/plain")
        bucket.write("Ünïcode/ 1.jpg", b"", content_type="image/jpeg")
        bucket.write("a", b"", content_type="image/jpeg")
    before = state(service)
    findings = run_fsck(service, FIXING)
    assert sorted(each.damage.name for each in findings) == sorted([f"{image_id}/notes.txt", "Ünïcode/ 1.jpg", "a"] * 2)
    assert {each.damage.kind for each in findings} == {Kind.FOREIGN_OBJECT}
    assert not any(each.repaired for each in findings)
    assert state(service) == before


def test_an_invalid_object_in_originals_is_left_and_the_reason_is_reported(service: Service) -> None:
    service.originals.write(f"{'a' * 26}.jpg", b"not an image", content_type="image/jpeg")
    (finding,) = run_fsck(service, FIXING)
    assert (finding.damage.kind, finding.repaired) == (Kind.OBJECT_WITHOUT_ENTRY, False)
    assert "not an image" in finding.obstacle
    assert len(service.originals.list()) == 1


def test_an_object_with_invalid_metadata_is_left_and_the_reason_is_reported(service: Service) -> None:
    upload(service)
    (original,) = service.originals.list()
    service.originals.set_metadata(original, {**original.metadata, "tags": "{not json"})
    empty_catalog(service)
    (finding,) = run_fsck(service, FIXING)
    assert not finding.repaired
    assert "custom metadata `tags`" in finding.obstacle


@pytest.mark.parametrize("other", [b"not an image", png(photo(30, 20))], ids=["not an image", "another picture"])
def test_an_object_with_other_pixels_is_never_removed_as_a_twin(service: Service, other: bytes) -> None:
    store(service)
    (image_id,) = service.entries()
    service.originals.write(f"{image_id}.webp", other, content_type="image/webp")
    (finding,) = run_fsck(service, FIXING)
    assert (finding.damage.kind, finding.repaired, bool(finding.obstacle)) == (Kind.TWIN, False, True)
    assert len(service.originals.list()) == 2


@pytest.mark.parametrize("other", [b"not an image", png(photo(30, 20))], ids=["not an image", "another picture"])
def test_the_last_good_file_of_an_image_is_never_removed_as_a_twin(service: Service, other: bytes) -> None:
    """The original was overwritten by another file, so that only the twin still has the image."""
    store(service)
    add_twin(service)
    forget_events(service)
    first, good = service.originals.list()
    rewrite(service.originals, first, other)
    service.deliver()
    assert not all(each.repaired for each in run_fsck(service, FIXING))
    assert good in service.originals.list()


def test_the_twin_of_lost_bytes_is_never_removed(tmp_path: Path) -> None:
    with Service(tmp_path, Embedded()) as service:
        store(service)
        add_twin(service)
        first, good = service.originals.list()
        lose_bytes(tmp_path, first)
        (finding,) = run_fsck(service, FIXING)
        assert (finding.damage.kind, finding.repaired) == (Kind.TWIN, False)
        assert "Restore them from a backup" in finding.obstacle
        assert service.originals.list() == [first, good]


def test_an_image_gets_its_entry_although_an_invalid_object_precedes_it(service: Service) -> None:
    store(service)
    (before,) = service.entries().values()
    empty_catalog(service)
    put_invalid_object_first(service)
    findings = {each.damage.name: each for each in run_fsck(service, FIXING)}
    assert findings[f"{before.id}.jpg"].obstacle
    (after,) = service.entries().values()
    assert after.object_name == f"{before.id}.png"
    assert len(service.originals.list()) == 2


def test_a_twin_without_metadata_is_recognized_by_its_pixels(service: Service) -> None:
    store(service)
    (image_id,) = service.entries()
    service.originals.write(f"{image_id}.webp", twin(), content_type="image/webp")
    (finding,) = run_fsck(service, FIXING)
    assert (finding.damage.kind, finding.repaired) == (Kind.TWIN, True)
    service.check_agreement()


def test_of_twins_without_an_entry_the_original_of_the_renditions_stays(service: Service) -> None:
    store(service)
    (before,) = service.entries().values()
    add_twin(service)
    empty_catalog(service)
    assert all(each.repaired for each in run_fsck(service, FIXING))
    (after,) = service.entries().values()
    assert after == before


def test_renditions_of_a_newer_recipe_are_left_alone(service: Service) -> None:
    store(service)
    (image,) = service.entries().values()
    name = f"{image.id}/r3/160.webp"
    service.renditions.write(name, b"", content_type="image/webp", metadata={GENERATION: str(image.generation)})
    assert run_fsck(service, AT_ONCE) == []


def test_a_check_can_continue_after_an_id(service: Service) -> None:
    for number in range(6):
        service.upload(jpeg(photo(64 + number, 48)))
    service.deliver()
    remove_all(service.renditions)
    third = sorted(service.entries())[2]
    findings = run_fsck(service, AT_ONCE, after=third)
    assert [each.damage.name for each in findings] == sorted(service.entries())[3:]


def test_a_deletion_before_the_second_check_is_not_a_problem(service: Service) -> None:
    """The deletion runs while the lists are read, and has ended when the image is checked a second time."""
    store(service)
    (image_id,) = service.entries()

    def tomorrow() -> datetime:
        """The clock of fsck, which is read for the first time after the lists."""
        service.request("DELETE", f"/delete/{image_id}", key=ALICE)
        return datetime.now(UTC) + timedelta(days=1)

    lose_rendition(service)
    assert run_fsck(service, replace(FIXING, now=tomorrow)) == []
