"""`python -m tools.routes` writes the table of functions and routes into infra/functions.json, for Terraform."""

import json
from pathlib import Path
from typing import Final

from functions.routes import FUNCTIONS, ROUTES, Function, Route

TABLE: Final = Path(__file__).parents[1] / "infra/functions.json"


def table() -> str:
    """The table as JSON, with one line for each function and route, so that a diff shows only what changed."""
    functions = ",\n".join(f"    {json.dumps(_function(each))}" for each in FUNCTIONS)
    routes = ",\n".join(f"    {json.dumps(_route(each))}" for each in ROUTES)
    return f'{{\n  "functions": [\n{functions}\n  ],\n  "routes": [\n{routes}\n  ]\n}}\n'


def _function(function: Function) -> dict[str, object]:
    trigger = function.trigger and {"event_type": function.trigger.event_type, "bucket": function.trigger.bucket}
    return {"name": function.name, "entry_point": function.entry_point, "trigger": trigger}


def _route(route: Route) -> dict[str, object]:
    return {
        "methods": list(route.methods),
        "path": route.path,
        "function": route.function,
        "access": route.access,
        "alias": route.alias,
    }


if __name__ == "__main__":
    TABLE.write_text(table())
    print(f"Wrote {TABLE}")
