"""A repair fails at each call in turn, or a request interrupts it there. Afterwards the repository is correct.

These are the tests of `test_crash_points` and `test_interleavings` for reindex and fsck.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from functions.domain.errors import Unavailable
from functions.services.repair.reindex import Outcome
from tests.arrangement import Arrangement
from tests.backends import Backend
from tests.faults import Crash, Fault, When, fail, moments
from tests.harness import ADMIN, Service
from tests.repairs import (
    AT_ONCE,
    DAMAGES,
    FIXING,
    add_twin,
    empty_catalog,
    forget_events,
    lose_entry_and_renditions,
    remove_all,
    rewrite_object,
    run_fsck,
    run_reindex,
    store,
    twin,
    upload,
)

Act = Callable[[Service], object]
Repair = Callable[[Service, Fault | None], object]


def reindex(service: Service, fault: Fault | None = None) -> object:
    return run_reindex(service, fault)


def fsck(service: Service, fault: Fault | None = None) -> object:
    return run_fsck(service, FIXING, fault)


REPAIRS: dict[str, tuple[Act, Repair]] = {
    "reindex of a lost catalog": (empty_catalog, reindex),
    "reindex of originals alone": (lose_entry_and_renditions, reindex),
    "reindex of an entry of another generation": (rewrite_object, reindex),
    **{
        f"fsck of {name}": (DAMAGES[name][0], fsck)
        for name in (
            "an entry without its object",
            "an entry that is newer than its object",
            "a twin",
            "a rendition of another size",
            "a rendition of an older recipe",
            "renditions without an original",
            "a drop that was not ingested",
        )
    },
}


def arrange(service: Service, harm: Act) -> None:
    store(service)
    harm(service)
    forget_events(service)


def calls_of(repair: Repair, arrangement: Arrangement) -> list[str]:
    """The calls to ports that the repair makes without a failure or an interruption."""
    fault = Fault()
    with arrangement.service("dry run") as service:
        repair(service, fault)
    assert fault.calls
    return fault.calls


def faults_at(number: int, call: str) -> list[Fault]:
    """The faults of a call: the backend fails before it takes effect or after, or the process ends after it."""
    faults = [Fault(number, When.BEFORE, fail(Unavailable))]
    if When.AFTER in moments(call):
        faults += [Fault(number, When.AFTER, fail(each)) for each in (Unavailable, Crash)]
    return faults


def ids(service: Service) -> set[str]:
    """The ids of the images, which are those of the objects."""
    return {each.name.partition(".")[0] for each in service.originals.list()}


@pytest.mark.parametrize("name", REPAIRS)
def test_after_a_failure_of_any_call_the_next_run_completes_the_repair(
    name: str, tmp_path: Path, backend: Backend
) -> None:
    harm, repair = REPAIRS[name]
    arrangement = Arrangement(partial(arrange, harm=harm), tmp_path, backend)
    calls = calls_of(repair, arrangement)
    for number, fault in enumerate(fault for each in enumerate(calls) for fault in faults_at(*each)):
        with arrangement.service(number) as service:
            expected = ids(service)
            run_into(fault, repair, service)
            repair(service, None)
            service.deliver()
            service.check_agreement()
            assert ids(service) >= expected
            assert run_fsck(service, AT_ONCE) == []
            assert {each.outcome for each in run_reindex(service)} <= {Outcome.AGREES}


def run_into(fault: Fault, repair: Repair, service: Service) -> None:
    try:
        repair(service, fault)
    except (Crash, Unavailable):
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
    """Delete the object in the bucket and upload the image again. The events are delivered later."""
    remove_all(service.originals)
    upload(service)


def exchange(service: Service) -> None:
    delete(service)
    upload_twin(service)
    service.deliver()


TRAFFIC: list[Act] = [upload_twin, update, delete, replace, exchange]
BESIDE_TRAFFIC = [
    "reindex of a lost catalog",
    "reindex of an entry of another generation",
    "fsck of an entry without its object",
    "fsck of a twin",
    "fsck of a rendition of another size",
]


@dataclass
class Interruption:
    """A request that interrupts the repair. It records the images that exist right after the request."""

    act: Act
    service: Service
    images: set[str] = field(default_factory=set)

    def __call__(self) -> None:
        self.act(self.service)
        self.images = ids(self.service)


@pytest.mark.parametrize("traffic", TRAFFIC, ids=lambda act: act.__name__)
@pytest.mark.parametrize("name", BESIDE_TRAFFIC)
def test_a_request_during_a_repair_loses_no_image_and_no_deleted_image_returns(
    name: str, traffic: Act, tmp_path: Path, backend: Backend
) -> None:
    harm, repair = REPAIRS[name]
    arrangement = Arrangement(partial(arrange, harm=harm), tmp_path, backend)
    for number in range(len(calls_of(repair, arrangement))):
        with arrangement.service(number) as service:
            interruption = Interruption(traffic, service)
            repair(service, Fault(number, When.BEFORE, interruption))
            service.deliver()
            assert ids(service) >= interruption.images
            if harm is not add_twin:  # a twin stays when its image is deleted, also without a repair
                assert ids(service) == interruption.images
            fsck(service)
            service.check_agreement()
            assert ids(service) >= interruption.images
            assert run_fsck(service, AT_ONCE) == []
