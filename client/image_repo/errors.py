"""What can go wrong. The text of each is a sentence for the person who runs the tool."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, Self

_PASSING: Final = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
_CUT_SHORT: Final = "incomplete_body"
"""The code for a body that lost its end on the way."""
_SERVERS_FAULT: Final = 500


class ImageRepoError(Exception):
    """Base of all.

    Attributes:
        passing: whether the same call may well succeed later.
        retry_after: seconds that the service asked to wait.
    """

    passing: bool = False
    retry_after: float = 0.0


class CannotRead(ImageRepoError):
    """A file of this machine cannot be read, or changed while it was."""

    @classmethod
    def because(cls, error: OSError) -> Self:
        """The system does not let us."""
        return cls(f"The file cannot be read: {error.strerror}.")


class Interrupted(ImageRepoError):
    """The run is to end; what was under way has been let go."""


class Unanswered(ImageRepoError):
    """Nobody answered, or the connection broke."""

    def __init__(self, detail: str, *, passing: bool = True) -> None:
        super().__init__(detail)
        self.passing = passing


class Lost(ImageRepoError):
    """Nobody has answered for so long that going on makes no sense."""


@dataclass(frozen=True, slots=True)
class Details:
    """What a problem document says (RFC 9457).

    Attributes:
        code: stable, for programs; empty where the answer was no problem document.
        retry_after: seconds.
    """

    status: int
    code: str
    detail: str
    retry_after: float = 0.0


class Problem(ImageRepoError):
    """The service answered that it will not do it; the sentence is its own."""

    def __init__(self, details: Details) -> None:
        super().__init__(details.detail)
        self.status = details.status
        self.code = details.code
        self.retry_after = details.retry_after

    @property
    def passing(self) -> bool:  # type: ignore[override]
        """Whether the same request may well succeed later."""
        return self.status in _PASSING or self.code == _CUT_SHORT

    @property
    def is_refusal(self) -> bool:
        """Whether it is about what was asked, rather than a fault of the service."""
        return not self.passing and self.status < _SERVERS_FAULT

    @property
    def is_about_the_key(self) -> bool:
        """Whether every request with this key would end the same."""
        return self.status == HTTPStatus.UNAUTHORIZED or self.code == "forbidden"

    @property
    def is_missing_route(self) -> bool:
        """Whether the service, older than this client, has no such route."""
        return self.code in {"route_not_found", "method_not_allowed"}
