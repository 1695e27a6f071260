"""The sentences about rights agree with the rights that are granted, and the guide with the steps."""

import re

from tests.processes import ROOT
from tools.smoke.__main__ import STEPS
from tools.smoke.causes import RIGHTS

GRANTS = (ROOT / "infra/grants.tf").read_text()


def test_the_rights_of_each_function_are_those_of_the_configuration() -> None:
    on_buckets = {
        function: re.findall(r'(\w+) = "(\w+)"', grants)
        for function, grants in re.findall(r"^    ([\w-]+) += \{ (.+) \}$", GRANTS, re.MULTILINE)
    }
    on_catalog = {
        function: role
        for role, functions in re.findall(r"^    (user|viewer) += \[(.+)\]$", GRANTS, re.MULTILINE)
        for function in re.findall(r'"([\w-]+)"', functions)
    }
    assert len(on_buckets) > 5
    assert len(on_catalog) > 5
    assert {
        function: ", ".join([*(" ".join(each) for each in on_buckets.get(function, [])), f"catalog {role}"])
        for function, role in on_catalog.items()
    } == RIGHTS


def test_the_guide_shows_every_step() -> None:
    shown = re.findall(
        r"^ +(?:ok|skipped) +(?:[\d.]+ s  )?(.+?)(?:: because .+)?$",
        (ROOT / "docs/deploy.md").read_text(),
        re.MULTILINE,
    )
    assert shown == [each.name for each in STEPS]
