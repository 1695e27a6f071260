"""Repairs fail at every call in turn, or something else happens there: in the end all is as it should be.

The shape of `test_crash_points` and `test_interleavings`, for reindex and fsck.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from functions.domain.errors import Unavailable
from functions.services.reindex import Outcome
from tests.backends import Backend
from tests.faults import Fault, PulledPlug, When, fail
from tests.harness import ADMIN, Service
from tests.repairs import (
    AT_ONCE,
    DAMAGES,
    FIXING,
    change_metadata,
    empty_catalog,
    forget_events,
    leave_pending_without_any,
    lose_entry_and_renditions,
    remove_all,
    run_fsck,
    run_reindex,
    store,
    twin,
    upload,
    write_object_anew,
)

Act = Callable[[Service], object]
Repair = Callable[[Service, Fault | None], object]


def reindex(service: Service, fault: Fault | None = None) -> object:
    return run_reindex(service, fault)


def fsck(service: Service, fault: Fault | None = None) -> object:
    return run_fsck(service, FIXING, fault)


REPAIRS: dict[str, tuple[Act, Repair]] = {
    **{
        f"reindex after {act.__name__}": (act, reindex)
        for act in (
            empty_catalog,
            lose_entry_and_renditions,
            change_metadata,
            write_object_anew,
            leave_pending_without_any,
        )
    },
    **{f"fsck of {name}": (act, fsck) for name, (act, _, _) in DAMAGES.items()},
}


def arrange(service: Service, harm: Act) -> None:
    store(service)
    harm(service)
    forget_events(service)


def count_calls(harm: Act, repair: Repair, folder: Path, backend: Backend) -> int:
    fault = Fault()
    with Service(folder, backend) as service:
        arrange(service, harm)
        repair(service, fault)
    return len(fault.calls)


def ids(service: Service) -> set[str]:
    """The images that there are: those whose objects exist."""
    return {each.name.partition(".")[0] for each in service.originals.list()}


@pytest.mark.parametrize("error", [PulledPlug, Unavailable], ids=["plug pulled", "backend fails"])
@pytest.mark.parametrize("name", REPAIRS)
def test_wherever_it_fails_the_next_run_ends_well(
    name: str, error: type[BaseException], tmp_path: Path, backend: Backend
) -> None:
    harm, repair = REPAIRS[name]
    calls = count_calls(harm, repair, tmp_path / "dry run", backend)
    assert calls
    for number in range(calls):
        for when in When:
            with Service(tmp_path / f"{number} {when}", backend) as service:
                arrange(service, harm)
                expected = ids(service)
                run_into(Fault(number, when, fail(error)), repair, service)
                repair(service, None)
                service.deliver()
                service.check_agreement()
                assert ids(service) >= expected
                assert run_fsck(service, AT_ONCE) == []
                assert {each.outcome for each in run_reindex(service)} <= {Outcome.AGREES}


def run_into(fault: Fault, repair: Repair, service: Service) -> None:
    try:
        repair(service, fault)
    except (PulledPlug, Unavailable):
        return


# --- live traffic -----------------------------------------------------------------------------------------------------


def upload_twin(service: Service) -> None:
    assert service.upload(twin(), "photo.webp").status_code in {200, 201}


def update(service: Service) -> None:
    for image_id in service.entries():
        answer = service.request("PATCH", f"/update/{image_id}", key=ADMIN, json={"caption": "live"})
        assert answer.status_code in {200, 404}


def delete(service: Service) -> None:
    for image_id in service.entries():
        assert service.request("DELETE", f"/delete/{image_id}", key=ADMIN).status_code in {204, 404, 409}


def replace(service: Service) -> None:
    """Deleted in the bucket itself, and uploaded again; the events come later."""
    remove_all(service.originals)
    upload(service)


def exchange(service: Service) -> None:
    delete(service)
    upload_twin(service)
    service.deliver()


def delete_and_deliver(service: Service) -> None:
    delete(service)
    service.deliver()


TRAFFIC: list[Act] = [upload, upload_twin, update, delete, delete_and_deliver, replace, exchange]
BESIDE_TRAFFIC = [
    "reindex after empty_catalog",
    "reindex after write_object_anew",
    "fsck of an entry without its object",
    "fsck of an object with nothing at all",
    "fsck of a twin",
    "fsck of a rendition of another size",
    "fsck of renditions of nothing",
]


@dataclass
class Interruption:
    """What happens in between, and the images that there are right after it."""

    act: Act
    service: Service
    images: set[str] = field(default_factory=set)

    def __call__(self) -> None:
        self.act(self.service)
        self.images = ids(self.service)


@pytest.mark.parametrize("traffic", TRAFFIC, ids=lambda act: act.__name__)
@pytest.mark.parametrize("name", BESIDE_TRAFFIC)
def test_beside_live_traffic_nothing_is_lost_and_nothing_comes_back(
    name: str, traffic: Act, tmp_path: Path, backend: Backend
) -> None:
    harm, repair = REPAIRS[name]
    for number in range(count_calls(harm, repair, tmp_path / "dry run", backend)):
        with Service(tmp_path / str(number), backend) as service:
            arrange(service, harm)
            interruption = Interruption(traffic, service)
            repair(service, Fault(number, When.BEFORE, interruption))
            service.deliver()
            assert ids(service) == interruption.images
            fsck(service)
            service.check_agreement()
            assert ids(service) == interruption.images
            assert run_fsck(service, AT_ONCE) == []
            service.deliver()
            service.check_agreement()
