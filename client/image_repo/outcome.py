"""What became of each photo, and of all of them."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final


class State(StrEnum):
    """Where a photo ended up."""

    STORED = "stored"
    PRESENT = "present"
    """The repository had it before."""
    COPY = "copy"
    """Of another photo of this run, byte for byte."""
    NEW = "new"
    """A dry run would have sent it."""
    REFUSED = "refused"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


WORDS: Final = {State.PRESENT: "there already", State.COPY: "a copy", State.NEW: "would be sent"}
"""For people, where the state's own name is not enough."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one photo.

    Attributes:
        image: the image object, of what was sent and taken; otherwise `id` alone, where it is known.
        sent: bytes of the file that went out, attempts that failed included.
        code, detail: why not; the code is the service's, and empty for what happened on this side.
    """

    state: State
    path: Path
    album: str | None = None
    sha256: str | None = None
    image: dict[str, Any] = field(default_factory=dict)
    sent: int = 0
    code: str = ""
    detail: str = ""

    @property
    def is_bad(self) -> bool:
        """Whether the user has to hear of it."""
        return self.state in {State.REFUSED, State.FAILED}

    def json(self) -> dict[str, Any]:
        """The line that `--json` prints; members that say nothing are left out."""
        said = {
            "path": str(self.path),
            "state": self.state.value,
            "album": self.album,
            "sha256": self.sha256,
            "id": self.image.get("id"),
            "url": self.image.get("url"),
            "bytes_sent": self.sent,
            "code": self.code or None,
            "detail": self.detail or None,
        }
        return {name: value for name, value in said.items() if value is not None}


@dataclass(slots=True)
class Summary:
    """The sum of a run.

    Attributes:
        bad: what was refused or failed.
        left_out: files that are no photos, by extension.
        ended_early: why the run came to no end; "" when it did.
    """

    counts: Counter[State] = field(default_factory=Counter)
    bad: list[Outcome] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    sent: int = 0
    seconds: float = 0.0
    ended_early: str = ""

    def add(self, outcome: Outcome) -> None:
        """Count one photo."""
        self.counts[outcome.state] += 1
        self.sent += outcome.sent
        if outcome.is_bad:
            self.bad.append(outcome)

    @property
    def rate(self) -> float:
        """Photos a second, those that were there already included."""
        done = self.counts.total() - self.counts[State.INTERRUPTED]
        return done / self.seconds if self.seconds else 0.0

    @property
    def succeeded(self) -> bool:
        """Whether every photo is where it should be."""
        return not (self.bad or self.ended_early)

    def json(self) -> dict[str, Any]:
        """The last line that `--json` prints."""
        return {
            "summary": {
                **{state.value: self.counts[state] for state in State},
                "left_out": self.left_out.total(),
                "bytes_sent": self.sent,
                "seconds": round(self.seconds, 3),
                "photos_per_second": round(self.rate, 2),
                "complete": not self.ended_early,
                "detail": self.ended_early,
            }
        }
