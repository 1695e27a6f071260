"""Retries: their delays, their end, and how they are cancelled. Time is simulated."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from image_repo.cancellation import Cancellation
from image_repo.errors import APIConnectionError, APIError, Cancelled, FileReadError, ImageRepoError, ServiceUnavailable
from image_repo.retry import Backoff, Retrier, RetryPolicy, retry_after
from image_repo.transport import Transport
from tests.client.gateway import Answer, gateway
from tests.processes import free_port

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@dataclass
class Clock(Cancellation):
    """A simulated clock: only waiting moves it."""

    now: float = 0.0
    waits: list[float] = field(default_factory=list)

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds

    def retrier(self, policy: RetryPolicy) -> Retrier:
        return Retrier(policy, self, clock=lambda: self.now)


def failing(error: ImageRepoError, times: int | None = None) -> Callable[[int], str]:
    def attempt(failures: int) -> str:
        if times is None or failures < times:
            raise error
        return f"after {failures}"

    return attempt


class TestBackoff:
    @given(st.integers(1, 10_000), st.floats(0, 1))
    def test_stays_between_half_of_the_first_delay_and_the_longest(self, failures: int, jitter: float) -> None:
        assert 0.25 <= Backoff(first=0.5, longest=30).delay(failures, jitter=jitter) <= 30

    @given(st.integers(1, 30), st.floats(0, 1))
    def test_waits_longer_after_each_failure(self, failures: int, jitter: float) -> None:
        backoff = Backoff()
        assert backoff.delay(failures, jitter=jitter) <= backoff.delay(failures + 1, jitter=jitter)


class TestRetryAfter:
    @pytest.mark.parametrize(
        ("header", "seconds"),
        [
            (None, 0),
            ("", 0),
            ("7", 7),
            (" 120 ", 120),
            ("-5", 0),
            ("soon", 0),
            ("1.5", 0),
            (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90),
            (format_datetime(NOW - timedelta(days=1), usegmt=True), 0),
        ],
    )
    def test_is_read_as_seconds_or_as_a_date(self, header: str | None, seconds: float) -> None:
        assert retry_after(header, NOW) == seconds

    @given(st.text(max_size=40))
    def test_accepts_any_text(self, header: str) -> None:
        assert retry_after(header, NOW) >= 0

    def test_is_waited_for_before_the_next_attempt(self, monkeypatch: pytest.MonkeyPatch) -> None:
        busy = Answer(429, {"Retry-After": "7"}, b'{"status": 429, "code": "too_many_requests", "detail": "Wait."}')
        fine = Answer(200, {}, b"{}")
        waits: list[float] = []
        with (
            gateway(free_port(), lambda _, before, __: busy if before < 2 else fine) as between,
            Transport(between.address, None) as transport,
        ):
            monkeypatch.setattr(transport.cancellation, "wait", waits.append)
            assert transport.retry(lambda _: transport.send("GET", "/list")).ok
        assert len(waits) == 2
        assert all(7 + 0.25 <= each <= 7 + 1 for each in waits)


class TestRetrier:
    def test_repeats_an_attempt_after_transient_failures(self) -> None:
        clock = Clock()
        attempt = failing(APIError("Busy.", status=503), times=3)
        assert clock.retrier(RetryPolicy()).call(attempt) == "after 3"
        assert len(clock.waits) == 3

    @pytest.mark.parametrize(
        "error", [APIError("No.", status=400), APIConnectionError("No.", transient=False), FileReadError("No.")]
    )
    def test_raises_other_failures_at_once(self, error: ImageRepoError) -> None:
        clock = Clock()
        with pytest.raises(type(error)):
            clock.retrier(RetryPolicy()).call(failing(error))
        assert clock.waits == []

    def test_ends_when_the_time_of_the_policy_is_over(self) -> None:
        clock = Clock()
        with pytest.raises(ServiceUnavailable, match=r"did not become available within 60 seconds: No answer\."):
            clock.retrier(RetryPolicy(total=60)).call(failing(APIConnectionError("No answer.")))
        assert 29 < clock.now <= 60

    def test_counts_the_time_from_the_first_failure(self) -> None:
        clock = Clock()

        def attempt(failures: int) -> str:
            clock.now += 1_000 if failures == 0 else 0
            return failing(APIError("Busy.", status=503), times=2)(failures)

        assert clock.retrier(RetryPolicy(total=60)).call(attempt) == "after 2"

    def test_raises_the_failure_itself_if_other_calls_succeeded_meanwhile(self) -> None:
        clock = Clock()
        retrier = clock.retrier(RetryPolicy(total=60))
        error = APIError("Busy.", status=503)

        def attempt(failures: int) -> str:
            if failures == 2:
                retrier.call(lambda _: "another call")
            raise error

        with pytest.raises(APIError) as caught:
            retrier.call(attempt)
        assert caught.value is error

    @pytest.mark.parametrize("status", [409, 500])
    def test_tries_five_times_if_the_status_may_be_about_the_request(self, status: int) -> None:
        clock = Clock()
        with pytest.raises(APIError):
            clock.retrier(RetryPolicy()).call(failing(APIError("No.", status=status)))
        assert len(clock.waits) == 4

    def test_does_not_wait_longer_than_the_policy_allows(self) -> None:
        clock = Clock()
        with pytest.raises(ServiceUnavailable, match=r"^The service asks to wait 3,600 seconds: Later\.$"):
            clock.retrier(RetryPolicy()).call(failing(APIError("Later.", status=429, retry_after=3_600)))
        assert clock.waits == []


class TestCancellation:
    def test_ends_waiting_at_once_and_sending_after_a_grace_period(self) -> None:
        now = [0.0]
        cancellation = Cancellation(grace=3, clock=lambda: now[0])
        cancellation.check()
        cancellation.wait(0)
        cancellation.request()
        with pytest.raises(Cancelled):
            cancellation.wait(60)
        now[0] = 3.0
        cancellation.check()
        assert not cancellation.expired()
        now[0] = 3.1
        with pytest.raises(Cancelled):
            cancellation.check()
        assert cancellation.expired()
        assert not cancellation.expired(extra=1)

    def test_begins_only_once(self) -> None:
        now = [0.0]
        cancellation = Cancellation(grace=3, clock=lambda: now[0])
        cancellation.request()
        now[0] = 2.0
        cancellation.request()
        now[0] = 3.5
        assert cancellation.expired()

    def test_waits_in_short_slices_between_which_windows_delivers_ctrl_c(self, monkeypatch: pytest.MonkeyPatch) -> None:
        now, slices = [0.0], []
        cancellation = Cancellation(clock=lambda: now[0])

        def wait(seconds: float) -> bool:
            slices.append(seconds)
            now[0] += seconds
            return False

        monkeypatch.setattr(cancellation._requested, "wait", wait)
        cancellation.wait(30)
        assert sum(slices) == pytest.approx(30)
        assert max(slices) <= 0.2
