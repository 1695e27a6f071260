"""Find phrases that a reader does not understand at once: `python -m tools.prose`.

Each phrase has a plain replacement. The check reads all text of the files: comments, strings, names and documents.
"""

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parent.parent

PHRASES: Final = {
    r"a look|the look|two looks": "check, read",
    r"all the same": "still",
    r"anew": "again",
    r"(?:as it is|as they are|as it came|as they came)(?=[.,;:)]|$)": "unchanged",
    r"ask(?:s|ed|ing)? after": "poll",
    r"bec[ao]mes? of": "the outcome, the state",
    r"by lot": "at random",
    r"cannot be meant": "is invalid",
    r"com(?:e|es|ing) of|came of": "result in",
    r"cut short": "truncated, interrupted",
    r"everybody|everybody's": "all users, everyone",
    r"for people, not for bills": "approximate",
    r"go(?:es)? on with": "continue with",
    r"hangs? on": "is relative to",
    r"is none of": "is not one of",
    r"(?<!there\s)is no(?!\s+longer|\s+more)": "is not, must be",
    r"its word|their words?|whose word": "the description, the value",
    r"la(?:y|id|ys) down|(?:write|wrote|written) down": "write, store",
    r"leave to": "an upload ticket, permission to",
    r"let(?:s|ting)? go": "close, interrupted",
    r"giv(?:e|es|en|ing) up|gave up": "fail, stop",
    r"look(?:s|ed|ing)? (?:at|again|whether)": "check, read",
    r"mend(?:s|ed|ing)?": "repair",
    r"next to nothing": "very little",
    r"nobody|nobody's": "no one, no user",
    r"none but": "only",
    r"not to be had": "is not available",
    r"once more": "again",
    r"said": "the description, the value, the message",
    r"somebody|somebody's": "a user, another client",
    r"stand(?:s|ing)? in for": "replace",
    r"tells? of": "describe, report",
    r"to (?:the|its) last byte": "completely",
    r"told": "reported, described",
    r"what (?:it|they) says?": "the value, the content",
    r"whoever": "the caller, the user",
}
"""Patterns of phrases, and what to write instead. A space also matches the end of a line."""

EXCEPTIONS: Final = {
    "tools/prose.py": "it contains the table of phrases",
    "tests/tools/test_prose.py": "it contains examples of the phrases",
}
"""Files that the check does not read, each with the reason."""

_SUFFIXES: Final = {".hcl", ".html", ".js", ".md", ".mjs", ".py", ".sh", ".tf", ".toml", ".yaml", ".yml"}
_NAMES: Final = {"Containerfile", "Makefile"}
_COMPILED: Final = {
    re.compile(rf"\b(?:{phrase})(?!\w)".replace(" ", r"\s+"), re.IGNORECASE | re.MULTILINE): instead
    for phrase, instead in PHRASES.items()
}
_WRAPPED: Final = re.compile(r'^[ \t]*(?:#|//|\*)|"\s*\n\s*f?"', re.MULTILINE)
"""The beginning of a comment line, and the place where two strings in Python are joined."""
_TEST: Final = re.compile(r"\bdef test_\w+")
"""The name of a test, which is a sentence with an underscore between two words."""


class Hit(NamedTuple):
    """A phrase that was found."""

    line: int
    phrase: str
    instead: str


def hits(text: str) -> Iterator[Hit]:
    """The phrases in a text, sorted by line. Lines are numbered from 1."""
    text = _WRAPPED.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)
    text = _TEST.sub(lambda match: match[0].replace("_", " "), text)
    found = (
        Hit(text.count("\n", 0, match.start()) + 1, " ".join(match[0].split()), instead)
        for pattern, instead in _COMPILED.items()
        for match in pattern.finditer(text)
    )
    yield from sorted(found)


def files(root: Path) -> Iterator[Path]:
    """The files that the check reads, relative to `root`: those in git, except `EXCEPTIONS`."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        path = Path(name)
        checked = (path.suffix in _SUFFIXES or path.name in _NAMES) and (root / path).is_file()
        if checked and name not in EXCEPTIONS:
            yield path


def report(root: Path, paths: Iterable[Path]) -> list[str]:
    """One line for each phrase: the place, the phrase and its replacement."""
    return [
        f'{path}:{hit.line}: Replace "{hit.phrase}". Write for example: {hit.instead}.'
        for path in paths
        for hit in hits((root / path).read_text("utf-8"))
    ]


def main() -> int:
    """Check all files. Returns the exit status: 1 if there is a phrase to replace."""
    lines = report(ROOT, files(ROOT))
    print("\n".join(lines), end="\n" if lines else "")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
