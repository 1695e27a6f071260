"""The outcome of each photo, and the summary of all of them."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any


class State(StrEnum):
    """The outcome of a photo."""

    STORED = "stored"
    PRESENT = "present"
    """The repository had it before."""
    COPY = "copy"
    """It is identical to another file of this run."""
    NEW = "new"
    """A dry run would have sent it."""
    REFUSED = "refused"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of one photo.

    Attributes:
        image_id: the id of the image, if it is known.
        url: the URL of the image, if this run sent it.
        bytes_sent: the bytes of all attempts, including failed ones.
        filled: the fields that an image which was there before got from this photo.
        kept: the fields in which that image keeps its own value, although the photo has another one.
        code, detail: why it was not stored. The code is the service's; it is empty for a failure on this side.
    """

    state: State
    path: Path
    album: str | None = None
    sha256: str | None = None
    image_id: str | None = None
    url: str | None = None
    bytes_sent: int = 0
    filled: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    code: str = ""
    detail: str = ""

    @property
    def is_bad(self) -> bool:
        """Whether the photo is not stored although it should be."""
        return self.state in {State.REFUSED, State.FAILED}

    @property
    def is_filled(self) -> bool:
        """Whether an image got words from the photo."""
        return bool(self.filled)

    @property
    def is_kept(self) -> bool:
        """Whether an image keeps other words than the photo has. Another name of its file is not counted."""
        return bool(set(self.kept) - {"filename"})

    def json(self) -> dict[str, Any]:
        """The object that `--json` prints, without the members that have no value."""
        members = {
            "path": str(self.path),
            "state": self.state.value,
            "album": self.album,
            "sha256": self.sha256,
            "id": self.image_id,
            "url": self.url,
            "bytes_sent": self.bytes_sent,
            "filled": [*self.filled] or None,
            "kept": [*self.kept] or None,
            "code": self.code or None,
            "detail": self.detail or None,
        }
        return {name: value for name, value in members.items() if value is not None}


@dataclass(slots=True)
class Summary:
    """The summary of a run.

    Attributes:
        bad: the outcomes of refused and failed photos.
        filled, kept: how many photos gave words to an image, and have words that an image did not take.
        skipped: how many files are not photos, by extension.
        bytes_sent: the bytes that were sent for all photos.
        ended_early: why the run ended before all photos were processed; empty if it did not.
    """

    counts: Counter[State] = field(default_factory=Counter[State])
    bad: list[Outcome] = field(default_factory=list[Outcome])
    skipped: Counter[str] = field(default_factory=Counter[str])
    bytes_sent: int = 0
    filled: int = 0
    kept: int = 0
    seconds: float = 0.0
    ended_early: str = ""

    def add(self, outcome: Outcome) -> None:
        """Count one photo."""
        self.counts[outcome.state] += 1
        self.bytes_sent += outcome.bytes_sent
        self.filled += outcome.is_filled
        self.kept += outcome.is_kept
        if outcome.is_bad:
            self.bad.append(outcome)

    @property
    def rate(self) -> float:
        """Photos per second, including those that were not sent."""
        done = self.counts.total() - self.counts[State.INTERRUPTED]
        return done / self.seconds if self.seconds else 0.0

    @property
    def succeeded(self) -> bool:
        """Whether all photos are in the repository."""
        return not (self.bad or self.ended_early)

    def json(self) -> dict[str, Any]:
        """The last object that `--json` prints."""
        return {
            "summary": {
                **{state.value: self.counts[state] for state in State},
                "left_out": self.skipped.total(),
                "filled": self.filled,
                "kept": self.kept,
                "bytes_sent": self.bytes_sent,
                "seconds": round(self.seconds, 3),
                "photos_per_second": round(self.rate, 2),
                "complete": not self.ended_early,
                "detail": self.ended_early,
            }
        }
