"""How long a call to a cloud service is retried, and the client that threads share."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Barrier

import pytest

from functions.adapters.gcp.client import SharedClient
from functions.adapters.gcp.retry import Attempt, RetryPolicy, retry_call
from tests.contracts.races import in_threads

BRIEF = RetryPolicy(call=1, attempt=0.7, first_pause=0.01, longest_pause=0.02)


def failing(times: int, error: type[Exception] = OSError) -> tuple[list[Attempt], Callable[[Attempt], str]]:
    """A function that fails `times` times, and a list of its attempts."""
    attempts: list[Attempt] = []

    def act(attempt: Attempt) -> str:
        attempts.append(attempt)
        if len(attempts) <= times:
            raise error
        return "done"

    return attempts, act


def is_os_error(error: Exception) -> bool:
    return isinstance(error, OSError)


def test_a_call_that_succeeds_is_made_once() -> None:
    attempts, act = failing(0)
    assert retry_call(act, is_os_error, BRIEF) == "done"
    assert attempts == [Attempt(0.7, repeated=False)]


def test_a_call_is_repeated_after_a_transient_error_and_knows_that_it_is_repeated() -> None:
    attempts, act = failing(3)
    assert retry_call(act, is_os_error, BRIEF) == "done"
    assert [each.repeated for each in attempts] == [False, True, True, True]


def test_any_other_error_is_final() -> None:
    attempts, act = failing(1, KeyError)
    with pytest.raises(KeyError):
        retry_call(act, is_os_error, BRIEF)
    assert len(attempts) == 1


def test_a_call_ends_in_time_with_shorter_last_attempts() -> None:
    attempts, act = failing(10_000)
    began = time.monotonic()
    with pytest.raises(OSError):  # noqa: PT011 - the error of the function itself
        retry_call(act, is_os_error, BRIEF)
    assert time.monotonic() - began < BRIEF.call
    assert len(attempts) > 10
    assert attempts[-1].timeout < attempts[0].timeout


@dataclass
class Factory:
    """Creates numbered clients, and records which were closed."""

    built: int = 0
    closed: list[int] = field(default_factory=list)
    failures: int = 0

    def build(self) -> int:
        if self.failures:
            self.failures -= 1
            raise OSError
        time.sleep(0.01)
        self.built += 1
        return self.built


def test_a_client_is_built_on_first_use() -> None:
    factory = Factory()
    shared = SharedClient(factory.build, factory.closed.append)
    shared.close()
    assert (factory.built, factory.closed) == (0, [])


def test_threads_share_one_client() -> None:
    factory = Factory()
    shared = SharedClient(factory.build, factory.closed.append)
    together = Barrier(8)

    def use(_: int) -> int:
        with shared.use() as client:
            together.wait(timeout=10)
            return client

    assert in_threads(8, use) == [1] * 8


def test_a_build_that_failed_is_tried_again() -> None:
    factory = Factory(failures=1)
    shared = SharedClient(factory.build, factory.closed.append)
    with pytest.raises(OSError), shared.use():  # noqa: PT011
        raise AssertionError("the build must fail")
    with shared.use() as client:
        assert client == 1


def test_the_last_user_closes_a_replaced_client() -> None:
    factory = Factory()
    shared = SharedClient(factory.build, factory.closed.append)
    with shared.use() as first:
        with shared.use():
            shared.close()
        assert not factory.closed
        with shared.use() as second:
            assert (first, second) == (1, 2)
    assert factory.closed == [1]
    shared.close()
    assert factory.closed == [1, 2]
