"""The exceptions of this package. The message of each is a sentence for the person who runs the program."""

from http import HTTPStatus
from typing import Final, Self

import requests

_TRANSIENT: Final = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
_INCOMPLETE: Final = "incomplete_body"
"""The code for a body whose end was lost on the way."""
_SERVER_ERROR: Final = 500


class ImageRepoError(Exception):
    """Base class of all exceptions of this package.

    Attributes:
        request: the HTTP request that failed; None if there was none.
        response: the answer to it; None if none arrived.
        retry_after: how long the service asks to wait before the next attempt, in seconds.
    """

    def __init__(
        self,
        message: str,
        *,
        request: requests.PreparedRequest | None = None,
        response: requests.Response | None = None,
    ) -> None:
        super().__init__(message)
        self.request: requests.PreparedRequest | None = request
        self.response: requests.Response | None = response
        self.retry_after: float = 0.0

    @property
    def transient(self) -> bool:
        """Whether the same call may succeed later."""
        return False


class FileReadError(ImageRepoError):
    """A local file cannot be read, or it changed while it was read."""

    @classmethod
    def from_os_error(cls, error: OSError) -> Self:
        """The exception for an error of the operating system."""
        return cls(f"The file cannot be read: {error.strerror or error}.")


class Cancelled(ImageRepoError):
    """The caller cancelled the operation."""


class APIConnectionError(ImageRepoError):
    """No complete answer arrived: the connection failed, or it broke."""

    def __init__(
        self, message: str, *, transient: bool = True, request: requests.PreparedRequest | None = None
    ) -> None:
        super().__init__(message, request=request)
        self._transient = transient

    @property
    def transient(self) -> bool:
        """Whether the same call may succeed later; not where the address or a certificate is wrong."""
        return self._transient


class ServiceUnavailable(ImageRepoError):
    """No request succeeded for as long as the retry policy allows; `__cause__` is the last failure."""


class APIError(ImageRepoError):
    """The service answered with an error: a problem document (RFC 9457).

    Attributes:
        status: the HTTP status.
        code: the problem's stable code, such as `image_not_found`; empty if the answer has no problem document.
        detail: the problem's sentence, which is also the message of this exception.
    """

    def __init__(
        self,
        detail: str,
        *,
        status: int = 0,
        code: str = "",
        retry_after: float = 0.0,
        response: requests.Response | None = None,
    ) -> None:
        super().__init__(detail, request=getattr(response, "request", None), response=response)
        self.detail: str = detail
        self.status: int = status
        self.code: str = code
        self.retry_after: float = retry_after

    @property
    def transient(self) -> bool:
        """Whether the same request may succeed later."""
        return self.status in _TRANSIENT or self.code == _INCOMPLETE

    @property
    def is_rejection(self) -> bool:
        """Whether the request is at fault, and not the service."""
        return not self.transient and self.status < _SERVER_ERROR

    @property
    def is_key_rejected(self) -> bool:
        """Whether every request with this key would fail in the same way."""
        return self.status == HTTPStatus.UNAUTHORIZED or self.code == "forbidden"

    @property
    def is_route_missing(self) -> bool:
        """Whether the service is older than this client and does not have the route."""
        return self.code in {"route_not_found", "method_not_allowed"}


class UnexpectedResponse(APIError):
    """The answer is not one of an Image Repo: the address is probably wrong."""
