"""One file on its way to the service: in one request, or by ticket where it is too large for that."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO, Final

from image_repo.body import Body, form
from image_repo.errors import Details, Problem, Unanswered
from image_repo.link import Link, json_of
from image_repo.patience import Patience
from image_repo.photos import name_of, opened, sha256_of, type_of

MAX_DIRECT: Final = 30 * 1024 * 1024
"""Bytes of a file that one request can carry."""

_IMAGE: Final = {"id": str, "sha256": str}
_TICKET: Final = {"ticket": str, "state": str, "upload": dict}
"""What answers cannot do without."""
_CREATED: Final = 201
_TAKEN: Final = frozenset({409, 412})
"""What a bucket answers to a second upload by the same ticket."""
_POLLING: Final = Patience(total=300, first=0.3, longest=5)
"""Between looks at a ticket, and in all."""
_DOUBT: Final = 5.0
"""Seconds to look at a ticket whose upload broke: it may have arrived, and is not worth sending twice."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of it; `duplicate` when the image had been there before we began."""

    image: dict[str, Any]
    duplicate: bool


@dataclass(slots=True)
class Transfer:
    """One file, to be stored once, however often the connection breaks.

    Attributes:
        fields: what is said of the image: caption, tags (with commas), album.
        sha256: of the file, if the service has been asked for it already, and does not have it.
        bytes: of the file that have gone out so far, attempts that failed included.
    """

    link: Link
    path: Path
    fields: Mapping[str, str]
    sha256: str | None = None
    bytes: int = 0
    _ticket: dict[str, Any] = field(default_factory=dict, init=False)

    def run(self) -> Sent:
        """Send it.

        Raises:
            CannotRead: the file cannot be read.
            Problem: the service refused it.
            Unanswered, Lost, Interrupted: it may or may not have arrived; sending it again is safe.
        """
        if self.sha256 is None:  # asked only after an attempt, nobody could tell whose image is there
            image = self.link.persist(lambda _: self._present())
            if image is not None:
                return Sent(image, duplicate=True)
        return self.link.persist(self._attempt)

    def _attempt(self, failures: int) -> Sent:
        if failures and (image := self._present()) is not None:
            return Sent(image, duplicate=False)
        with opened(self.path) as file:
            if Body(file, self._sending).size > MAX_DIRECT:
                return self._by_ticket(file)
            return self._directly(file, failures)

    def _present(self) -> dict[str, Any] | None:
        """The image, if this very file is stored, be it by an attempt whose answer was lost."""
        self.sha256 = self.sha256 or sha256_of(self.path, self.link.stop.check)
        try:
            wanted = {"sha256": [self.sha256]}
            known = self.link.json("POST", "/upload/check", {"known": dict}, keyed=True, json=wanted)["known"]
            if self.sha256 not in known:
                return None
            return self.link.json("GET", f"/fetch/{known[self.sha256]}/details", _IMAGE)
        except Problem as problem:
            if problem.passing:
                raise
            return None  # an older service cannot say, and a deletion may have come between

    def _directly(self, file: BinaryIO, failures: int) -> Sent:
        body, kind = form(file, {"filename": name_of(self.path), **self.fields}, self._sending)
        response = self.link.once("POST", "/upload", keyed=True, data=body, headers={"Content-Type": kind})
        image = json_of(response, _IMAGE)
        ours = failures > 0 and image["sha256"] == self.sha256  # an attempt whose answer was lost
        return Sent(image, duplicate=response.status_code != _CREATED and not ours)

    def _by_ticket(self, file: BinaryIO) -> Sent:
        state = self._settled(_DOUBT) if self._ticket else self._new_ticket(file)
        if state["state"] == "pending":
            self._put(file)
            state = self._settled(_POLLING.total)
        return self._outcome(state)

    def _new_ticket(self, file: BinaryIO) -> dict[str, Any]:
        body = Body(file, self._sending)
        wanted: dict[str, Any] = {**self.fields, "filename": name_of(self.path), "bytes": body.size}
        wanted["content_type"] = type_of(file) or "application/octet-stream"
        try:
            ticket = self.link.json("POST", "/upload/tickets", _TICKET, keyed=True, json=wanted)
        except Problem as problem:
            if not problem.is_missing_route:
                raise
            detail = f"This service takes files of up to {MAX_DIRECT:,} bytes; this one has {body.size:,}."
            raise Problem(Details(413, "image_too_large", detail)) from None
        self._ticket = ticket
        return ticket

    def _put(self, file: BinaryIO) -> None:
        """Send the bytes to the bucket; where they have arrived already, it says so."""
        file.seek(0)
        upload = self._ticket["upload"]
        body = Body(file, self._sending)
        try:
            self.link.once(upload["method"], upload["url"], data=body, headers=upload["headers"], allow_redirects=False)
        except Problem as problem:
            if problem.status in _TAKEN:
                return
            if problem.passing or problem.code:
                raise
            detail = (
                f"The bucket answered {problem.status}. Run the command again; if it stays so, tell the maintainer."
            )
            raise Unanswered(detail, passing=False) from problem  # it has looked at the request, not at the photo

    def _settled(self, seconds: float) -> dict[str, Any]:
        """The ticket's state once it is no longer pending, or after that time."""
        until = time.monotonic() + seconds
        path = f"/upload/tickets/{self._ticket['ticket']}"
        for looks in count(1):
            state = self.link.json("GET", path, {"state": str}, keyed=True)
            if state["state"] != "pending" or time.monotonic() > until:
                return state
            self.link.stop.wait(_POLLING.delay(looks))
        raise AssertionError("count() has no end")

    def _outcome(self, state: Mapping[str, Any]) -> Sent:
        if state["state"] == "refused":
            problem = state["problem"]
            raise Problem(Details(problem.get("status", 422), problem["code"], problem["detail"]))
        if state["state"] == "pending":
            detail = "It has arrived, and the service has not looked at it yet. Run the command again later."
            raise Unanswered(detail, passing=False)
        if state["state"] == "expired":
            self._ticket = {}
            raise Unanswered("The ticket expired before the file had arrived.")
        return Sent(state.get("image") or {}, duplicate=state["state"] == "duplicate")

    def _sending(self, count: int) -> None:
        self.link.stop.check()
        self.bytes += count
