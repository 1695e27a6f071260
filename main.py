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
    module = f"functions.entrypoints.{name}"
    try:
        return getattr(import_module(module), name)
    except AttributeError as error:
        # functions-framework takes an AttributeError for a missing function, and raises what else it gets "from None":
        # a cause would be lost, a traceback is not.
        raise ImportError(f"{module}: {error!r}", name=module).with_traceback(error.__traceback__) from None
