"""Finds the modules that an entry point can import, from the source and without running it."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PACKAGE = "functions"


def closure(root: Path, entry_point: str) -> set[Path]:
    """The files, relative to `root`, that an entry point can load: `main.py` and modules of `functions`.

    Every import statement counts, also one inside a function. `main.py` imports the entry point by its name, which no
    import statement shows, so the search begins with both files.
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
    """The absolute names that the source imports. `from a import b` gives `a` and `a.b`, which may not be a module.

    Raises:
        ValueError: an import is relative. This project uses absolute imports.
    """
    return frozenset(_imported(source, file))


def _imported(source: str, file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(source, str(file))):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level or node.module is None:
                raise ValueError(f"{file}:{node.lineno}: the import is relative. Use the module's absolute name.")
            yield node.module
            yield from (f"{node.module}.{each.name}" for each in node.names)


def files_of(root: Path, name: str) -> Iterator[Path]:
    """The files of `functions` that are run by importing that name: the module and its packages."""
    parts = name.split(".")
    if parts[0] != PACKAGE:
        return
    for end in range(1, len(parts) + 1):
        path = Path(*parts[:end])
        for file in (path / "__init__.py", path.with_suffix(".py")):
            if (root / file).is_file():
                yield file


def module_name(file: Path) -> str:
    """The name of the module in a file: `a.b` for `a/b.py`."""
    return ".".join(file.with_suffix("").parts)
