"""The commands of a page in Markdown, with the output that it shows for each."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_INDENT = "    "
_PROMPT = "$ "
_ANYTHING = "…"


@dataclass(slots=True)
class Command:
    """A command without the comment after it, and the lines of output that the page shows below it."""

    line: str
    output: list[str] = field(default_factory=list)

    def is_answered_by(self, text: str) -> bool:
        """Whether the text contains the output of the page. `…` matches anything; white space counts as one space."""
        pieces = (" ".join(each.split()) for each in " ".join(self.output).split(_ANYTHING))
        pattern = ".*".join(map(re.escape, pieces))
        return re.search(pattern, " ".join(text.split())) is not None


def blocks(text: str) -> list[list[Command]]:
    """The indented blocks that begin with a command, in the order of the page."""
    return [commands for lines in _indented(text) if (commands := _commands(lines))]


def _indented(text: str) -> Iterator[list[str]]:
    """Blocks of indented lines, with the blank lines between them."""
    lines: list[str] = []
    for each in [*text.splitlines(), "the end"]:
        if each.startswith(_INDENT) or (lines and not each):
            lines.append(each.removeprefix(_INDENT))
        elif lines:
            yield lines
            lines = []


def _commands(lines: list[str]) -> list[Command]:
    if not lines[0].startswith(_PROMPT):
        return []
    found: list[Command] = []
    for each in lines:
        if each.startswith(_PROMPT):
            found.append(Command(re.sub(r"\s+# .*", "", each.removeprefix(_PROMPT))))
        else:
            found[-1].output.append(each)
    return found
