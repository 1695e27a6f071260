"""README.md: what it shows is true. tests/debian types its commands."""

import re

import numpy as np
from PIL import Image

from tests.debian.page import Command, blocks
from tests.debian.reader import NOT_TYPED
from tests.harness import Service
from tests.processes import ROOT
from tools import sample

README = (ROOT / "README.md").read_text()
COMMANDS = [command for block in blocks(README) for command in block]


def test_every_command_that_is_not_typed_is_on_the_page() -> None:
    assert set(NOT_TYPED) <= {each.line for each in COMMANDS}


def test_every_indented_command_is_found() -> None:
    assert [each.line for each in COMMANDS] == re.findall(r"^ +\$ (.+?)(?: +# .+)?$", README, re.MULTILINE)


def test_what_an_output_leaves_out_is_anything_and_all_else_is_not() -> None:
    command = Command("make run", ["It is …,", " ready."])
    assert command.is_answered_by("It is now,\n\nready. Bye")
    assert not command.is_answered_by("It is now, steady.")


def test_the_first_upload_is_answered_as_the_page_shows(service: Service) -> None:
    (command,) = (each for each in COMMANDS if each.line.startswith("curl"))
    answer = service.upload(sample.PATH.read_bytes(), sample.PATH.name, caption="At the sea").text
    assert command.is_answered_by(answer.replace("http://localhost/", "http://127.0.0.1:8080/"))


def test_the_sample_is_small_and_what_its_tool_draws() -> None:
    assert sample.PATH.stat().st_size < 50_000
    with Image.open(sample.PATH) as committed:
        difference = np.asarray(committed, dtype=float) - np.asarray(sample.picture(), dtype=float)
    assert np.abs(difference).mean() < 3
