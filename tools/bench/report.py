"""The results of a run, as Markdown and for the terminal."""

from collections.abc import Sequence
from dataclasses import dataclass, field

_INTRODUCTION = (
    "`make bench` writes this page. All its numbers come from one run on one machine. Each comparison is paired: both "
    "sides take turns (A B A B …), and a ratio is the median of the rounds' ratios. So other work of the machine "
    "affects both sides."
)
_HEAD = ("what", "measured", "baseline", "ratio", "target", "met?")


class CannotMeasure(Exception):
    """A measurement is not possible. The message says why."""


@dataclass(frozen=True, slots=True)
class Line:
    """One comparison. `met` is None if there is no target."""

    what: str
    measured: str
    baseline: str = ""
    ratio: str = ""
    target: str = ""
    met: bool | None = None

    def cells(self) -> tuple[str, ...]:
        """The columns of the table."""
        verdict = {None: "", True: "met", False: "**missed**"}[self.met]
        return self.what, self.measured, self.baseline, self.ratio, self.target, verdict


def at_most(what: str, measured: str, baseline: str, value: float, limit: float | None = None) -> Line:
    """A comparison with the ratio `value`, whose target is `limit` or less, if there is a limit."""
    if limit is None:
        return Line(what, measured, baseline, f"{value:.2f}")
    return Line(what, measured, baseline, f"{value:.2f}", f"≤ {limit:.2f}", value <= limit)


@dataclass(slots=True)
class Section:
    """The results of one row.

    Attributes:
        title: the title of the section.
        how: how the comparisons are made.
        lines: the comparisons.
        remarks: facts about this run that explain its numbers.
    """

    title: str
    how: str
    lines: list[Line] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @property
    def missed(self) -> list[Line]:
        """The comparisons that missed their targets."""
        return [each for each in self.lines if each.met is False]


def markdown(sections: Sequence[Section], facts: Sequence[tuple[str, str]]) -> str:
    """The whole report."""
    parts = [
        "# Benchmarks",
        _INTRODUCTION,
        _table(("machine", ""), facts),
        *(_section(each) for each in sections),
    ]
    return "\n\n".join(parts) + "\n"


def plain(section: Section) -> str:
    """One section for the terminal."""
    rows = [_HEAD, *(each.cells() for each in section.lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    table = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([f"\n{section.title}", *table, *(f"- {each}" for each in section.remarks)])


def _section(section: Section) -> str:
    parts = [f"## {section.title}", section.how]
    if section.lines:
        parts.append(_table(_HEAD, [each.cells() for each in section.lines]))
    if section.remarks:
        parts.append("\n".join(f"- {each}" for each in section.remarks))
    return "\n\n".join(parts)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
