"""Tickets: leave to put one file into the dropbox, and what became of it; and the ports that keep and sign them.

Apart from the other ports, since only few functions have to do with tickets, and each pays for what it imports.
"""

import os
import re
from base64 import b32encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol

from functions.domain.model import Description

LIFETIME: Final = timedelta(minutes=15)
"""How long the upload may begin."""

RETENTION: Final = timedelta(days=7)
"""How long a ticket may be asked after, once its time is over; as long as the dropbox keeps what was refused."""

FOLDER: Final = "tickets/"
"""What the names of the drops of tickets begin with."""

_ID = re.compile(r"[a-z2-7]{32}")


class TicketState(StrEnum):
    """What became of a ticket's upload."""

    PENDING = "pending"
    STORED = "stored"
    DUPLICATE = "duplicate"
    REFUSED = "refused"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an upload ended: as an image that is new (`STORED`) or was there (`DUPLICATE`), or not (`REFUSED`).

    Attributes:
        image_id: of the image, unless it was refused.
        problem: why it was refused: `code`, `status` and `detail`, as in a problem document.
    """

    state: TicketState
    image_id: str | None = None
    problem: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class Ticket:
    """Leave to upload one file.

    Attributes:
        uploader: name of the key that asked for it.
        content_type, bytes: what the file has to have, exactly.
        description: what is said of the image.
        expires_at: aware, UTC; no upload may begin after it.
    """

    id: str
    uploader: str
    content_type: str
    bytes: int
    description: Description
    expires_at: datetime
    outcome: Outcome | None = None

    @property
    def drop(self) -> str:
        """Name of the object in the dropbox."""
        return f"{FOLDER}{self.id}"


def new_ticket_id() -> str:
    """32 characters that nobody can guess."""
    return b32encode(os.urandom(20)).decode("ascii").lower()


def is_ticket_id(text: str) -> bool:
    """Whether it has the form of one."""
    return _ID.fullmatch(text) is not None


def ticket_of(drop: str) -> str | None:
    """Id of the ticket that a drop of that name may belong to."""
    ticket_id = drop.removeprefix(FOLDER)
    return ticket_id if drop.startswith(FOLDER) and is_ticket_id(ticket_id) else None


class Tickets(Protocol):
    """Tickets of direct uploads; each is forgotten a week after its end. Every method may raise `Unavailable`."""

    def create(self, ticket: Ticket) -> None:
        """Keep a new ticket; its id is nobody else's."""

    def get(self, ticket_id: str) -> Ticket | None:
        """The ticket of that id, if there is one."""

    def settle(self, ticket_id: str, outcome: Outcome) -> None:
        """Write down what became of the upload; nothing happens when the ticket has been forgotten."""


@dataclass(frozen=True, slots=True)
class SignedUpload:
    """A PUT request: its URL, and the headers that it must carry exactly so."""

    url: str
    headers: dict[str, str]


class UploadSigner(Protocol):
    """Signs uploads into the dropbox."""

    def sign(self, name: str, *, content_type: str, size: int, lifetime: timedelta) -> SignedUpload:
        """An upload that creates the object of that name, unless there is one by then.

        It must begin within `lifetime` and bring exactly `size` bytes of `content_type`.

        Raises:
            Unavailable: the signature is not to be had.
        """
