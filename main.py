"""The entry points of the deployed functions. An instance serves one of them, so it imports that one alone."""

from importlib import import_module
from typing import Any

from functions.routes import FUNCTIONS
from functions.web.logs import configure

configure()

ENTRY_POINTS = {function.entry_point for function in FUNCTIONS}


def __getattr__(name: str) -> Any:
    if name not in ENTRY_POINTS:
        raise AttributeError(f"main names no entry point {name!r}; it has {', '.join(sorted(ENTRY_POINTS))}")
    return getattr(import_module(f"functions.entrypoints.{name}"), name)
