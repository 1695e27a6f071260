"""HTTP requests to one service: its answers as typed objects, its problems as exceptions."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final, Self, TypeVar
from urllib.parse import urljoin, urlsplit
from weakref import WeakSet

import requests

from image_repo.cancellation import Cancellation
from image_repo.connection_errors import connection_error
from image_repo.decoding import DecodeError, Model, decode
from image_repo.errors import APIConnectionError, APIError, UnexpectedResponse
from image_repo.retry import Retrier, RetryPolicy, retry_after

M = TypeVar("M", bound=Model)
T = TypeVar("T")

_BLOCK: Final = 1 << 18
"""The number of bytes of a download that are read at a time."""


class Transport:
    """A service and a key. Each thread has its own connections, which stay open.

    The key is sent to the service alone: not to other hosts, and not to where the service redirects.

    Attributes:
        api: the address of the service, without a slash at the end.
        cancellation: stops what other threads do with this transport.
    """

    def __init__(
        self,
        api: str,
        key: str | None,
        *,
        policy: RetryPolicy | None = None,
        timeout: tuple[float, float] = (10.0, 120.0),
    ) -> None:
        self.api: str = api.rstrip("/")
        self.cancellation: Cancellation = Cancellation()
        self._retrier = Retrier(policy or RetryPolicy(), self.cancellation)
        self._key = key
        self._timeout = timeout
        self._threads = threading.local()
        self._sessions: WeakSet[requests.Session] = WeakSet()
        self._lock = threading.Lock()
        self._closed = False
        self._answered = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections. Further requests raise RuntimeError."""
        self._closed = True
        with self._lock:
            for each in self._sessions:
                each.close()

    def send(self, method: str, url: str, *, authenticated: bool = False, **options: Any) -> requests.Response:
        """Send one request, once.

        Args:
            method: such as "GET".
            url: a path of the service, or a whole URL, which never gets the key.
            authenticated: send the key, and do not follow redirects.
            options: those of `requests.request`.

        Raises:
            APIError: the status is not 2xx.
            APIConnectionError: no answer arrived. It is transient if the service has answered before.
        """
        is_own = url.startswith("/")
        headers = dict(options.pop("headers", {}))
        if authenticated and is_own and self._key:
            headers["X-API-Key"] = self._key
        address = f"{self.api}{url}" if is_own else url
        options = {"timeout": self._timeout, "allow_redirects": not authenticated, **options}
        try:
            response = self._session().request(method, address, headers=headers, **options)
        except requests.RequestException as error:
            raise connection_error(error, self.api, answered=self._answered) from error
        except ValueError as error:  # the service redirects to a host name that is invalid
            raise APIConnectionError(f"{address!r} is not a valid address: {error}.", transient=False) from error
        except OSError as error:  # REQUESTS_CA_BUNDLE names a file that does not exist
            raise APIConnectionError(f"Cannot send a request to {self.api}: {error}.", transient=False) from error
        self._answered = True
        if response.ok and not response.is_redirect:
            return response
        raise _api_error(response)

    def get_object(self, model: type[M], method: str, path: str, **options: Any) -> M:
        """Send one request, once; the object of the answer.

        Raises:
            APIError, APIConnectionError: as for `send`.
            UnexpectedResponse: the answer is not such an object.
        """
        return decode_response(model, self.send(method, path, **options))

    def read_blocks(self, response: requests.Response) -> Iterator[bytes]:
        """The body of a streamed answer, block by block.

        Raises:
            APIConnectionError: the connection broke.
        """
        try:
            yield from response.iter_content(_BLOCK)
        except requests.RequestException as error:
            raise connection_error(error, self.api, answered=True) from error

    def retry(self, attempt: Callable[[int], T]) -> T:
        """The result of `attempt`, which is repeated after transient failures; see `Retrier.call`."""
        return self._retrier.call(attempt)

    def _session(self) -> requests.Session:
        if self._closed:
            raise RuntimeError("The client is closed. Create a new one.")
        session: requests.Session | None = getattr(self._threads, "session", None)
        if session is None:
            session = self._threads.session = requests.Session()
            with self._lock:
                self._sessions.add(session)
        return session


def decode_response(model: type[M], response: requests.Response) -> M:
    """The object of an answer.

    Raises:
        UnexpectedResponse: it is not such an object, so another service has probably answered.
    """
    try:
        return decode(model, response.json())
    except ValueError as error:
        reason = str(error) if isinstance(error, DecodeError) else "it is not JSON"
    message = f"{_unexpected(response)} ({reason}). Check the address."
    raise UnexpectedResponse(message, status=response.status_code, response=response)


def _api_error(response: requests.Response) -> APIError:
    wait = retry_after(response.headers.get("Retry-After"), datetime.now(UTC))
    status = response.status_code
    try:
        document = response.json()
        code, detail = str(document["code"]), str(document["detail"])
    except (ValueError, KeyError, TypeError, requests.RequestException):
        return UnexpectedResponse(_without_problem(response), status=status, retry_after=wait, response=response)
    return APIError(detail, status=status, code=code, retry_after=wait, response=response)


def _without_problem(response: requests.Response) -> str:
    """The message for an error without a problem document."""
    target = response.headers.get("Location")
    if response.is_redirect and target:
        host = urlsplit(response.url).netloc
        return f"{host} redirects to {urljoin(response.url, target)}. Give the address of the service itself."
    if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return f"{_unexpected(response)}."
    return f"{_unexpected(response)}. Check the address."


def _unexpected(response: requests.Response) -> str:
    host = urlsplit(response.url).netloc
    return f"{host} answered {response.status_code} {response.reason}, but not as an Image Repo does"
