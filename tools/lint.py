"""Check what is not Python: JavaScript, shell scripts and Terraform. `python -m tools.lint [--fix]`.

A check whose tool is not installed is skipped with a message that says what to install. With CI=true it fails instead.
"""

import argparse
import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Protocol

ROOT: Final = Path(__file__).parent.parent
_SEARCHED_HIDDEN: Final = {".ci", ".github"}
_SHELLS: Final = (b"#!/bin/sh", b"#!/bin/bash", b"#!/usr/bin/env bash", b"#!/usr/bin/env sh")


class Check(Protocol):
    """Checks the files in a folder, and with `fix` corrects what it can. Returns True if no error is left."""

    def __call__(self, root: Path, *, fix: bool) -> bool: ...


class CannotCheck(Exception):
    """A tool is not installed. The message says what to install."""


def javascript(root: Path, *, fix: bool) -> bool:
    """Check the frontend and its tests with Biome (style, formatting) and TypeScript (types). True if both pass.

    Raises:
        CannotCheck: Node.js or npm is not installed, or npm cannot install the tools.
    """
    install_node_modules(root)
    commands = root / "node_modules/.bin"
    biome = [str(commands / "biome"), "check", "--error-on-warnings", *(["--write"] if fix else [])]
    projects = [root, root / "tests/javascript"]
    return all([_run(root, biome), *(_run(root, [str(commands / "tsc"), "--project", str(each)]) for each in projects)])


def shell(root: Path, *, fix: bool) -> bool:
    """Check each shell script with ShellCheck, which cannot fix anything. True if it passes.

    Raises:
        CannotCheck: ShellCheck is not installed.
    """
    del fix
    _require("shellcheck", "sudo apt install shellcheck")
    return _run(root, ["shellcheck", *map(str, shell_scripts(root))])


def terraform(root: Path, *, fix: bool) -> bool:
    """Check the formatting of `infra/` with `terraform fmt`. True if it passes.

    Raises:
        CannotCheck: Terraform is not installed.
    """
    _require("terraform", "https://developer.hashicorp.com/terraform/install")
    mode = [] if fix else ["-check", "-diff"]
    return _run(root, ["terraform", "fmt", "-recursive", *mode, "infra"])


CHECKS: Final[dict[str, Check]] = {"JavaScript": javascript, "Shell scripts": shell, "Terraform": terraform}


def install_node_modules(root: Path) -> None:
    """Install the development tools that `package-lock.json` names, unless they are installed.

    Raises:
        CannotCheck: Node.js or npm is not installed, or npm cannot install the tools.
    """
    for program in ("node", "npm"):
        _require(program, "sudo apt install nodejs npm")
    lock, installed = root / "package-lock.json", root / "node_modules/.package-lock.json"
    with lock.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # tests in several processes may need the tools at the same time
        if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
            return
        print("Installing the tools for JavaScript in node_modules …")
        command = ["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise CannotCheck(f"`npm ci` failed. Check the network and npm's settings:\n{done.stderr.strip()}")


def shell_scripts(root: Path) -> Iterator[Path]:
    """The files that begin with the name of a shell; in hidden folders only those of `.ci` and `.github`."""
    for folder, names, files in os.walk(root):
        names[:] = [each for each in names if _is_searched(each)]
        for path in (Path(folder, each) for each in sorted(files)):
            if path.is_file() and _first_line(path).startswith(_SHELLS):
                yield path.relative_to(root)


def _is_searched(folder: str) -> bool:
    return folder in _SEARCHED_HIDDEN or not (folder.startswith(".") or folder in {"node_modules", "build"})


def _first_line(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.readline(100)


def _require(program: str, remedy: str) -> None:
    if shutil.which(program) is None:
        raise CannotCheck(f"{program} is not installed. Install it: {remedy}")


def _run(root: Path, command: list[str]) -> bool:
    return subprocess.run(command, cwd=root, check=False).returncode == 0


def check_all(root: Path, *, fix: bool) -> bool:
    """Run all checks, even if one fails. True if none fails."""
    required = os.environ.get("CI") == "true"
    passed = True
    for name, check in CHECKS.items():
        try:
            passed &= check(root, fix=fix)
        except CannotCheck as error:
            print(f"{name}: {'failed' if required else 'skipped'}. {error}", file=sys.stderr)
            passed &= not required
    return passed


def main() -> None:
    """Exit with status 1 if a check fails."""
    parser = argparse.ArgumentParser(description="Check JavaScript, shell scripts and Terraform.")
    parser.add_argument("--fix", action="store_true", help="correct what the tools can correct")
    sys.exit(0 if check_all(ROOT, fix=parser.parse_args().fix) else 1)


if __name__ == "__main__":
    main()
