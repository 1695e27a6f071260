"""The delivery of events while the outbox cannot be used."""

from typing import Any, cast

from functions.adapters.embedded.outbox import Outbox
from functions.domain.errors import StorageFull
from local.delivery import Delivery


class Broken:
    """An outbox that fails three times, and then has nothing."""

    def __init__(self) -> None:
        self.delivery: Delivery | None = None
        self.waited: list[float] = []

    def due(self, *_: Any) -> list[Any]:
        if len(self.waited) < 3:
            raise StorageFull
        return []

    def wait(self, seconds: float) -> bool:
        self.waited.append(seconds)
        if len(self.waited) == 5 and self.delivery:
            self.delivery.stop()
        return False


def test_it_waits_longer_after_each_failure_and_not_after_success() -> None:
    outbox = Broken()
    outbox.delivery = Delivery(cast("Outbox", outbox), ("127.0.0.1", 1), "token", workers=1)
    outbox.delivery.start()
    for each in outbox.delivery._threads:
        each.join(10)
    assert outbox.waited == [1.0, 2.0, 4.0, 0.5, 0.5]
