"""What Terraform deploys is the table in code."""

import json

from functions.routes import FUNCTIONS, ROUTES
from tools import routes


def test_the_table_for_terraform_is_what_its_tool_writes() -> None:
    assert routes.TABLE.read_text() == routes.table(), "run python -m tools.routes"


def test_it_has_every_function_and_every_route() -> None:
    table = json.loads(routes.table())
    assert [each["entry_point"] for each in table["functions"]] == [each.entry_point for each in FUNCTIONS]
    assert [each["path"] for each in table["routes"]] == [each.path for each in ROUTES]
    assert {each["function"] for each in table["routes"]} <= {each["name"] for each in table["functions"]}
