"""Upload tickets: a signed URL for one file, the state of its upload, and the ports for both.

These ports are not in `ports`, because only a few functions use tickets, and each import makes a cold start slower.
"""

import os
import re
from base64 import b32encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol

from functions.domain.callers import Role
from functions.domain.filling import Words
from functions.domain.model import Description

LIFETIME: Final = timedelta(minutes=15)
"""The time within which an upload must begin."""

RETENTION: Final = timedelta(days=7)
"""How long a ticket is kept after it expires. The dropbox keeps refused drops as long."""

FOLDER: Final = "tickets/"
"""The prefix of the names of tickets' drops."""

_ID = re.compile(r"[a-z2-7]{32}")


class TicketState(StrEnum):
    """The state of a ticket's upload."""

    PENDING = "pending"
    STORED = "stored"
    DUPLICATE = "duplicate"
    REFUSED = "refused"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of an upload: a new image (`STORED`), an existing image (`DUPLICATE`), or none (`REFUSED`).

    Attributes:
        state: one of these three states.
        image_id: the id of the image; None if the upload was refused.
        problem: the reason of a refusal: `code`, `status` and `detail`, as in a problem document.
        words: the effect of a duplicate's description; None if the image is new, or the ticket had no description.
    """

    state: TicketState
    image_id: str | None = None
    problem: Mapping[str, object] | None = None
    words: Words | None = None


@dataclass(frozen=True, slots=True)
class Ticket:
    """An upload ticket for one file.

    Attributes:
        uploader: name of the key that requested the ticket.
        content_type, bytes: the required content type and size of the file.
        description: the description of the image.
        expires_at: aware, UTC; an upload must begin before it.
        role: the role of that key. An admin's ticket can fill empty fields of any image that its file duplicates.
    """

    id: str
    uploader: str
    content_type: str
    bytes: int
    description: Description
    expires_at: datetime
    outcome: Outcome | None = None
    role: Role = Role.UPLOADER

    @property
    def drop(self) -> str:
        """Name of the object in the dropbox."""
        return f"{FOLDER}{self.id}"


def new_ticket_id() -> str:
    """32 random characters, which cannot be guessed."""
    return b32encode(os.urandom(20)).decode("ascii").lower()


def is_ticket_id(text: str) -> bool:
    """Whether the text has the form of a ticket's id."""
    return _ID.fullmatch(text) is not None


def ticket_of(drop: str) -> str | None:
    """The id of the ticket of a drop with that name; None if such a drop has no ticket."""
    ticket_id = drop.removeprefix(FOLDER)
    return ticket_id if drop.startswith(FOLDER) and is_ticket_id(ticket_id) else None


class Tickets(Protocol):
    """The upload tickets. Each is deleted a week after it expires. Every method can raise `Unavailable`."""

    def create(self, ticket: Ticket) -> None:
        """Store a new ticket, whose id is unique."""

    def get(self, ticket_id: str) -> Ticket | None:
        """The ticket with that id; None if there is none."""

    def settle(self, ticket_id: str, outcome: Outcome) -> None:
        """Store the outcome of the upload. Nothing happens if the ticket has been deleted."""


@dataclass(frozen=True, slots=True)
class SignedUpload:
    """A signed PUT request: its URL, and the headers that it must have, unchanged."""

    url: str
    headers: dict[str, str]


class UploadSigner(Protocol):
    """Signs uploads into the dropbox."""

    def sign(self, name: str, *, content_type: str, size: int, lifetime: timedelta) -> SignedUpload:
        """Sign an upload that creates the object with that name. It fails if the object exists by then.

        The upload must begin within `lifetime`, and have exactly `size` bytes of `content_type`.

        Raises:
            Unavailable: the signature cannot be made now.
        """
