"""Calls to a cloud service: through one shared client, with retries, and with the SDK's errors translated."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from functions.adapters.gcp.client import SharedClient
from functions.adapters.gcp.retry import Attempt, RetryPolicy, retry_call
from functions.domain.errors import Unavailable

log = logging.getLogger(__name__)

Client = TypeVar("Client")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Service:
    """A service, and the errors of its SDK.

    Attributes:
        name: the name of the service, for the log.
        failures: all errors of the SDK.
        transient: whether a call that failed with an error can succeed later.
        disconnects: errors after which a new client is built.
    """

    name: str
    failures: tuple[type[Exception], ...]
    transient: Callable[[Exception], bool]
    disconnects: tuple[type[Exception], ...] = ()


class ServiceCall(Generic[Client]):
    """Makes calls to a service."""

    def __init__(self, client: SharedClient[Client], service: Service, policy: RetryPolicy) -> None:
        self._client = client
        self._service = service
        self._policy = policy

    def __call__(self, act: Callable[[Client, Attempt], Result]) -> Result:
        """The result of `act`, which is called again after a transient error.

        Raises:
            Unavailable: `act` failed for as long as the policy allows, or the service refused the call.
        """
        try:
            return retry_call(lambda attempt: self._try(act, attempt), self._service.transient, self._policy)
        except self._service.failures as error:
            log.error("%s failed: %s %s", self._service.name, type(error).__name__, error)  # noqa: TRY400 - SDK frames
            if isinstance(error, self._service.disconnects):
                self.close()
            raise Unavailable from error

    def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        self._client.close()

    def _try(self, act: Callable[[Client, Attempt], Result], attempt: Attempt) -> Result:
        with self._client.use() as client:
            return act(client, attempt)
