"""The entry points of the deployed functions. An instance runs one function, so it imports only that one."""

from importlib import import_module
from typing import Any

from flask import current_app, has_app_context

from functions.routes import FUNCTIONS
from functions.web.framework import answer_with_problems
from functions.web.logs import configure

configure()

ENTRY_POINTS = {function.entry_point for function in FUNCTIONS}


def __getattr__(name: str) -> Any:
    if name not in ENTRY_POINTS:
        raise AttributeError(f"main has no entry point {name!r}. It has {', '.join(sorted(ENTRY_POINTS))}.")
    module = f"functions.entrypoints.{name}"
    if has_app_context():
        answer_with_problems(current_app)
    try:
        return getattr(import_module(module), name)
    except AttributeError as error:
        # functions-framework reports every AttributeError as a missing function. It raises other errors "from None",
        # which loses their cause but keeps their traceback.
        raise ImportError(f"{module}: {error!r}", name=module).with_traceback(error.__traceback__) from None
