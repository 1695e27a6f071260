"""How long a call to a cloud service may take, and how often it is tried: the one policy for all of them.

The SDKs' own retries are switched off everywhere. They differ from one another, some have no end, and none tells its
caller that an earlier attempt may have taken effect, which is what decides the meaning of a failed precondition.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """All in seconds.

    Attributes:
        call: from its start to its end; no attempt begins later, and the last one is cut short.
        attempt: that each request of one attempt waits for its answer (or, where bytes flow, for the next of them).
        first_pause: before the second attempt; each later one is twice as long, up to `longest_pause`.
        longest_pause: between two attempts.
    """

    call: float = 20.0
    attempt: float = 8.0
    first_pause: float = 0.1
    longest_pause: float = 2.0


RETRY_POLICY: Final = RetryPolicy()
"""A request whose backend is gone is answered within this, well before the platform or the browser gives it up."""

_SHORTEST_ATTEMPT: Final = 0.5
"""Seconds; with less left, another attempt could not end well."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One of the attempts of a call.

    Attributes:
        timeout: seconds that each of its requests may take.
        repeated: an earlier one failed in a way that leaves open whether it took effect.
    """

    timeout: float
    repeated: bool


def retry_call(act: Callable[[Attempt], Result], transient: Callable[[Exception], bool], policy: RetryPolicy) -> Result:
    """What `act` returns, tried again while it fails with a transient error and `policy` allows.

    Pauses grow exponentially and are drawn at random, so that clients that failed together do not return together.
    Whatever else `act` raises is raised at once; the last transient error, when time is up.
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
