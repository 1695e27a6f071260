"""The sentences about rights agree with the rights that are granted, and the guide with the steps."""

import re

from tests.processes import ROOT
from tools.smoke.__main__ import STEPS
from tools.smoke.causes import RIGHTS
from tools.smoke.findings import no_event
from tools.smoke.places import Place

GUIDE = (ROOT / "docs/deploy.md").read_text()
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


class Silent(Place):
    """A deployment whose functions have no log."""

    project = "my-photos-1"
    patience = 180.0
    line: str | None = None

    def log(self, function: str, text: str) -> str | None:
        assert (function, text) == ("ingest-drop", "drop.png")
        return self.line


def test_the_guide_has_the_sentence_about_events() -> None:
    sentence = no_event(Silent("https://api.example.com", ""), "finalized", "dropbox", "ingest-drop", "drop.png")
    assert sentence in " ".join(GUIDE.split())


def test_a_function_that_was_called_and_failed_is_not_taken_for_a_missing_event() -> None:
    place = Silent("https://api.example.com", "")
    place.line = "event for 'drop.png' 500 12.0 ms"
    sentence = no_event(place, "finalized", "dropbox", "ingest-drop", "drop.png")
    assert "although `ingest-drop` was called: event for 'drop.png' 500 12.0 ms. `make logs FUNCTION=ingest-drop`" in (
        sentence
    )
    assert "originals keeper, dropbox taker, catalog user" in sentence
    assert "trigger" not in sentence


def test_the_guide_shows_every_step() -> None:
    shown = re.findall(
        r"^ +(?:ok|skipped) +(?:[\d.]+ s  )?(.+?)(?:: because .+)?$",
        GUIDE,
        re.MULTILINE,
    )
    assert shown == [each.name for each in STEPS]
