"""The connection to one service: requests, its problems as exceptions, and persistence through what passes."""

import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import count
from typing import Any, Final, TypeVar
from urllib.parse import urljoin, urlsplit

import requests

from image_repo.errors import Details, ImageRepoError, Lost, Problem, Unanswered
from image_repo.patience import Patience, Stop, retry_after

T = TypeVar("T")

_TIMEOUT: Final = (10.0, 120.0)
"""Seconds to connect, and of silence."""
_BLOCK: Final = 1 << 18
"""Bytes."""
_TRIES: Final = {400: 5, 409: 5, 500: 5}
"""How often a request is sent, by the status of the answer, where the request itself can be the cause."""


class Link:
    """One service, one key; connections stay open, one to each thread.

    The key goes nowhere but to the service: redirects are not followed with it, nor are other hosts sent it.
    """

    def __init__(
        self, api: str, key: str | None, *, patience: Patience | None = None, stop: Stop | None = None
    ) -> None:
        self.api = api.rstrip("/")
        self.stop = stop or Stop()
        self._key = key
        self._patience = patience or Patience()
        self._local = threading.local()
        self._last_good = 0.0  # seconds of the monotonic clock
        self._met = False

    def once(self, method: str, url: str, *, keyed: bool = False, **options: Any) -> requests.Response:
        """One request; `url` is a path of the service, or a whole address, which is never sent the key.

        Raises:
            Problem: an answer that is neither 2xx nor, without the key, a redirect that was followed.
            Unanswered: there was none; not passing as long as there never was any, for then the address may be wrong.
        """
        headers = dict(options.pop("headers", {}))
        if keyed and url.startswith("/") and self._key:
            headers["X-API-Key"] = self._key
        address = f"{self.api}{url}" if url.startswith("/") else url
        options = {"timeout": _TIMEOUT, "allow_redirects": not keyed, **options}
        try:
            response = self._session().request(method, address, headers=headers, **options)
        except requests.RequestException as error:
            raise self._unanswered(error) from error
        except ValueError as error:  # of a host that cannot be one, where a service redirects to it
            raise Unanswered(f"{address!r} is no address: {error}.", passing=False) from error
        except OSError as error:  # of certificates that REQUESTS_CA_BUNDLE names
            raise Unanswered(f"{self.api} cannot be asked: {error}.", passing=False) from error
        self._met = True
        if response.ok and not response.is_redirect:
            return response
        raise _problem(response)

    def json(self, method: str, path: str, members: Mapping[str, type], **options: Any) -> dict[str, Any]:
        """The JSON object that a request is answered with; it has these members, of these types.

        Raises:
            Problem, Unanswered: there is none.
        """
        return json_of(self.once(method, path, **options), members)

    def blocks(self, response: requests.Response) -> Iterator[bytes]:
        """The body of a streamed answer.

        Raises:
            Unanswered: it broke off.
        """
        try:
            yield from response.iter_content(_BLOCK)
        except requests.RequestException as error:
            raise self._unanswered(error) from error

    def persist(self, act: Callable[[int], T]) -> T:
        """What `act` returns in the end; it is given how often it has failed, and called again after what passes.

        Raises:
            Problem, Unanswered: what `act` raised, for good.
            Lost: nobody had a good answer for as long as our patience lasts.
            Interrupted: the run is to end.
        """
        began = time.monotonic()
        for failures in count():
            try:
                result = act(failures)
            except ImageRepoError as error:
                if not error.passing:
                    raise
                if failures == 0:
                    began = time.monotonic()
                delay = self._patience.delay(failures + 1, at_least=error.retry_after)
                if failures + 1 >= _TRIES.get(getattr(error, "status", 0), failures + 2):
                    raise
                if time.monotonic() + delay > began + self._patience.total:
                    raise self._given_up(error, began) from error
            else:
                self._last_good = time.monotonic()
                return result
            self.stop.wait(delay)
        raise AssertionError("count() has no end")

    def _unanswered(self, error: requests.RequestException) -> Unanswered:
        """The sentence for a request that came to nothing."""
        cause = _innermost(error)
        reason = _in_words(cause)
        if isinstance(error, (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema)):
            return Unanswered(f"{self.api} cannot be asked: {reason}.", passing=False)
        url = error.request.url if self._met and error.request is not None else None
        where = urlsplit(url).netloc if url else self.api
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Unanswered(f"The certificate of {where} is not to be trusted: {reason}.", passing=False)
        if isinstance(cause, ssl.SSLError) and not self._met:  # later, it is a connection that broke like any other
            return Unanswered(f"There is no https at {where} ({reason}).", passing=False)
        way = ", by way of the proxy" if isinstance(error, requests.exceptions.ProxyError) else ""
        return Unanswered(f"Nothing answers at {where}{way} ({reason}).", passing=self._met)

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = requests.Session()
        return session

    def _given_up(self, error: ImageRepoError, began: float) -> ImageRepoError:
        """`error`, or, when nothing else went well meanwhile either, that the service is lost."""
        if self._last_good > began:
            return error
        if error.retry_after > self._patience.total:
            return Lost(f"The service asks to come back in {error.retry_after:,.0f} seconds: {error}")
        return Lost(f"The service is away for more than {self._patience.total:.0f} seconds: {error}")


def json_of(response: requests.Response, members: Mapping[str, type]) -> dict[str, Any]:
    """The JSON object of an answer, which has these members, of these types.

    Raises:
        Problem: it has not, so that this is some other service.
    """
    try:
        found = response.json()
    except ValueError:
        found = None
    if isinstance(found, dict) and all(isinstance(found.get(name), kind) for name, kind in members.items()):
        return found
    raise Problem(Details(response.status_code, "", _stranger(response)))


def _problem(response: requests.Response) -> Problem:
    wait = retry_after(response.headers.get("Retry-After"), datetime.now(UTC))
    try:
        document = response.json()
        details = Details(response.status_code, str(document["code"]), str(document["detail"]), wait)
    except (ValueError, KeyError, TypeError, requests.RequestException):
        details = Details(response.status_code, "", _stranger(response), wait)
    return Problem(details)


def _stranger(response: requests.Response) -> str:
    where = response.headers.get("Location")
    host = urlsplit(response.url).netloc
    if response.is_redirect and where:
        return f"{host} redirects to {urljoin(response.url, where)}: give the address of the service itself."
    return f"{host} answered {response.status_code} {response.reason}, and not as an Image Repo does."


def _innermost(error: BaseException) -> BaseException:
    """What was at the bottom of it."""
    cause = error
    while True:
        inner = getattr(cause, "reason", None) or cause.__cause__ or cause.__context__
        inner = inner or next((each for each in cause.args if isinstance(each, BaseException)), None)
        if not isinstance(inner, BaseException):
            return cause
        cause = inner


def _in_words(cause: BaseException) -> str:
    text = getattr(cause, "strerror", None) or str(cause) or type(cause).__name__
    return text.rstrip(".")
