"""Ports with whom something happens when a test says: at the n-th call, before it takes effect or after."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar, cast

from functions.domain.errors import Unavailable

P = TypeVar("P")


class PulledPlug(BaseException):
    """The process ends here: nothing catches this, nothing is answered."""


class When(StrEnum):
    BEFORE = "before"
    AFTER = "after"


_READS = {"get", "find_by_sha256", "page", "totals", "stat", "read", "list", "top", "total"}
"""Methods of ports that change nothing."""


def moments(call: str) -> list[When]:
    """When a failure of that call is another one: what only reads leaves the same behind, before and after."""
    return [When.BEFORE] if call.rpartition(".")[2] in _READS else list(When)


def fail(error: type[BaseException] = Unavailable) -> Callable[[], None]:
    """A blow that raises."""

    def strike() -> None:
        raise error

    return strike


@dataclass(slots=True)
class Fault:
    """The call to strike at (counting from 0 over all ports of one plan), when, and with what.

    A blow that does not raise is an interruption: something else happens in between.
    """

    call: int = -1
    when: When = When.BEFORE
    strike: Callable[[], object] = field(default_factory=fail)
    calls: list[str] = field(default_factory=list)
    """What was called so far."""

    def around(self, name: str, act: Callable[[], Any]) -> Any:
        number = len(self.calls)
        self.calls.append(name)
        if number == self.call and self.when is When.BEFORE:
            self.strike()
        result = act()
        if number == self.call and self.when is When.AFTER:
            self.strike()
        return result


class _Faulty:
    def __init__(self, port: object, fault: Fault) -> None:
        self._port = port
        self._fault = fault

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)
        return lambda *args, **kwargs: self._fault.around(
            f"{type(self._port).__name__}.{name}", lambda: method(*args, **kwargs)
        )


def faulty(port: P, fault: Fault) -> P:
    """`port`, with that fault in it."""
    return cast("P", _Faulty(port, fault))
