"""The routes that Terraform deploys are those of the table in the code."""

import json

import pytest

import main
from functions.routes import FUNCTIONS, ROUTES, Function
from functions.web.endpoint import endpoint
from tools import routes


def test_the_table_for_terraform_is_up_to_date() -> None:
    assert routes.TABLE.read_text() == routes.table(), "Run: python -m tools.routes"


def test_the_table_has_every_function_and_every_route() -> None:
    table = json.loads(routes.table())
    assert [each["entry_point"] for each in table["functions"]] == [each.entry_point for each in FUNCTIONS]
    assert [each["path"] for each in table["routes"]] == [each.path for each in ROUTES]
    assert {each["function"] for each in table["routes"]} <= {each["name"] for each in table["functions"]}


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda each: each.name)
def test_every_entry_point_has_the_handlers_that_its_routes_name(function: Function) -> None:
    assert callable(getattr(main, function.entry_point))


def test_an_entry_point_without_a_handler_for_its_routes_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"the routes of list name \['list_page'\], not \[\]"):
        endpoint("list")
