"""Ports in which a test causes a failure or an interruption: at the n-th call, before or after it takes effect."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar, cast

from functions.domain.errors import Unavailable

P = TypeVar("P")


class Crash(BaseException):
    """Simulates the end of the process: no code catches this, and no response is sent."""


class When(StrEnum):
    BEFORE = "before"
    AFTER = "after"


_READS = {"get", "find_by_sha256", "page", "totals", "stat", "read", "list", "top", "total"}
"""Methods of ports that change nothing."""


def moments(call: str) -> list[When]:
    """The moments at which that call can fail with different effects. For a call that only reads, both are the same."""
    return [When.BEFORE] if call.rpartition(".")[2] in _READS else list(When)


def fail(error: type[BaseException] = Unavailable) -> Callable[[], None]:
    """A function that raises the error."""

    def raise_it() -> None:
        raise error

    return raise_it


@dataclass(slots=True)
class Fault:
    """What happens at one call to a port.

    Attributes:
        call: the number of the call, from 0, counted over all ports with this fault.
        when: before or after the call takes effect.
        action: raises an error, or does something else, such as another request that interrupts the operation.
        calls: the names of the calls so far.
    """

    call: int = -1
    when: When = When.BEFORE
    action: Callable[[], object] = field(default_factory=fail)
    calls: list[str] = field(default_factory=list)

    def around(self, name: str, act: Callable[[], Any]) -> Any:
        number = len(self.calls)
        self.calls.append(name)
        if number == self.call and self.when is When.BEFORE:
            self.action()
        result = act()
        if number == self.call and self.when is When.AFTER:
            self.action()
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
    """The port with this fault."""
    return cast("P", _Faulty(port, fault))
