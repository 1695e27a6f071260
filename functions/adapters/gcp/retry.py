"""The retry policy for all cloud services: how long a call may take, and when it is tried again.

The retries of the SDKs are switched off. They differ from each other, and some have no end. Above all, they do not
report that an earlier attempt may have taken effect. A failed precondition has another meaning then.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """The durations of a call. All are in seconds.

    Attributes:
        call: the longest time for all attempts. The timeout of the last attempt is shortened to it.
        attempt: the timeout of each request: until the response begins, or until the next bytes of it arrive.
        first_pause: the pause before the second attempt. Each later pause is twice as long, up to `longest_pause`.
        longest_pause: the longest pause between two attempts.
    """

    call: float = 20.0
    attempt: float = 8.0
    first_pause: float = 0.1
    longest_pause: float = 2.0


RETRY_POLICY: Final = RetryPolicy()
"""If a backend is down, the request fails within these times, long before the platform or the browser ends it."""

_SHORTEST_ATTEMPT: Final = 0.5
"""Seconds. If less time is left, there is no other attempt, because it could not succeed."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at a call.

    Attributes:
        timeout: the timeout of each request, in seconds.
        repeated: whether an earlier attempt failed in a way that leaves it open whether it took effect.
    """

    timeout: float
    repeated: bool


def retry_call(act: Callable[[Attempt], Result], transient: Callable[[Exception], bool], policy: RetryPolicy) -> Result:
    """The result of `act`, which is called again after each transient error, as long as `policy` allows.

    The pauses grow exponentially and have a random part, so that clients that failed together do not retry together.
    Other errors of `act` are raised at once. When the time is over, the last transient error is raised.
    """
    end = time.monotonic() + policy.call
    pause, repeated = policy.first_pause, False
    while True:
        try:
            return act(Attempt(min(policy.attempt, end - time.monotonic()), repeated))
        except Exception as error:
            pause_now = pause * random.uniform(0.5, 1)  # noqa: S311 - not cryptography
            if not transient(error) or time.monotonic() + pause_now + _SHORTEST_ATTEMPT > end:
                raise
        time.sleep(pause_now)
        pause, repeated = min(2 * pause, policy.longest_pause), True
