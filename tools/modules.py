"""Which modules an entry point can import, found in the source without running it."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PACKAGE = "functions"


def closure(root: Path, entry_point: str) -> set[Path]:
    """Files, relative to `root`, that an instance of that entry point may load: `main.py` and modules of `functions`.

    Every import statement counts, also those inside functions, where a cold start need not run them. `main.py` imports
    the entry point by its name, so it is a root of its own.
    """
    found: set[Path] = set()
    waiting = {Path("main.py"), Path(PACKAGE, "entrypoints", f"{entry_point}.py")}
    while waiting:
        file = waiting.pop()
        found.add(file)
        names = imported((root / file).read_text("utf-8"), file)
        waiting |= {each for name in {*names, module_name(file)} for each in files_of(root, name)} - found
    return found


@cache
def imported(source: str, file: Path) -> frozenset[str]:
    """Absolute names that the source imports. `from a import b` gives `a` and `a.b`, which may be a module or not.

    Raises:
        ValueError: an import is relative, which the house's style does without.
    """
    return frozenset(_imported(source, file))


def _imported(source: str, file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(source, str(file))):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level or node.module is None:
                raise ValueError(f"{file}:{node.lineno}: a relative import; name the module from its root")
            yield node.module
            yield from (f"{node.module}.{each.name}" for each in node.names)


def files_of(root: Path, name: str) -> Iterator[Path]:
    """What importing that name runs of our own: the module, and the packages that it is in."""
    parts = name.split(".")
    if parts[0] != PACKAGE:
        return
    for end in range(1, len(parts) + 1):
        path = Path(*parts[:end])
        for file in (path / "__init__.py", path.with_suffix(".py")):
            if (root / file).is_file():
                yield file


def module_name(file: Path) -> str:
    """`a.b` of `a/b.py`."""
    return ".".join(file.with_suffix("").parts)
