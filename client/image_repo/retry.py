"""When to try again, and when to stop trying."""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final, NoReturn, TypeVar

from image_repo.cancellation import Cancellation
from image_repo.errors import APIError, ImageRepoError, ServiceUnavailable

T = TypeVar("T")

_ATTEMPTS: Final[Mapping[int, int]] = {400: 5, 409: 5, 500: 5}


@dataclass(frozen=True, slots=True)
class Backoff:
    """Delays that double after each failure. All times are in seconds.

    Attributes:
        first: the upper bound of the delay after the first failure.
        longest: the upper bound of any delay.
    """

    first: float = 0.5
    longest: float = 30.0

    def delay(self, failures: int, *, jitter: float | None = None) -> float:
        """The delay after that many failures, in seconds.

        It lies between half of the bound and the bound (`jitter` from 0 to 1, random by default), so that clients which
        fail at the same time do not return at the same time.
        """
        bound = min(self.longest, self.first * 2.0 ** min(failures - 1, 20))
        share = random.random() if jitter is None else jitter  # noqa: S311 - it only spreads the load
        return bound * (1 + share) / 2


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How a client retries transient failures.

    Attributes:
        total: how long to retry after the first failure, in seconds; 0 never retries.
        backoff: the delays between attempts, added to what `Retry-After` asks for.
        attempts: the most attempts for an HTTP status that is often about the request itself.
    """

    total: float = 300.0
    backoff: Backoff = field(default_factory=Backoff)
    attempts: Mapping[int, int] = field(default_factory=lambda: _ATTEMPTS)

    def allows(self, error: ImageRepoError, failures: int) -> bool:
        """Whether to try again after an error, which is the last of that many."""
        status = error.status if isinstance(error, APIError) else 0
        return error.transient and failures < self.attempts.get(status, failures + 1)


class Retrier:
    """Repeats calls according to a policy; all threads of a client share it."""

    def __init__(
        self, policy: RetryPolicy, cancellation: Cancellation, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._policy = policy
        self._cancellation = cancellation
        self._clock = clock
        self._last_success = float("-inf")

    def call(self, attempt: Callable[[int], T]) -> T:
        """The result of `attempt`, which gets the number of failures so far and is repeated after transient ones.

        Raises:
            ImageRepoError: what `attempt` raised, if another attempt is pointless.
            ServiceUnavailable: the policy's time is over, and no other call succeeded in that time.
            Cancelled: the caller asked to stop.
        """
        failures, began = 0, 0.0
        while True:
            try:
                result = attempt(failures)
            except ImageRepoError as error:
                failures += 1
                began = self._clock() if failures == 1 else began
                if not self._policy.allows(error, failures):
                    raise
                delay = error.retry_after + self._policy.backoff.delay(failures)
                if self._clock() + delay > began + self._policy.total:
                    self._give_up(error, began)
            else:
                self._last_success = self._clock()
                return result
            self._cancellation.wait(delay)

    def _give_up(self, error: ImageRepoError, began: float) -> NoReturn:
        """Raise the exception that ends the attempts: `error` itself if other calls succeeded in the meantime."""
        if self._last_success > began:
            raise error
        total = self._policy.total
        if error.retry_after > total:
            message = f"The service asks to wait {error.retry_after:,.0f} seconds: {error}"
        elif total:
            message = f"The service did not become available within {total:.0f} seconds: {error}"
        else:
            message = f"The service is not available: {error}"
        raise ServiceUnavailable(message, request=error.request, response=error.response) from error


def retry_after(header: str | None, now: datetime) -> float:
    """The seconds of a `Retry-After` header (RFC 9110: seconds or a date); 0 without a valid one."""
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        then = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    return max(0.0, ((then if then.tzinfo else then.replace(tzinfo=UTC)) - now).total_seconds())
