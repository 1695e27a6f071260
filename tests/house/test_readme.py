"""README.md shows correct commands and output. The tests in tests/debian run its commands."""

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


def test_every_command_that_is_not_run_is_on_the_page() -> None:
    assert set(NOT_TYPED) <= {each.line for each in COMMANDS}


def test_every_indented_command_is_found() -> None:
    assert [each.line for each in COMMANDS] == re.findall(r"^ +\$ (.+?)(?: +# .+)?$", README, re.MULTILINE)


def test_an_ellipsis_in_an_output_matches_anything_and_other_text_only_itself() -> None:
    command = Command("make run", ["It is …,", " ready."])
    assert command.is_answered_by("It is now,\n\nready. Bye")
    assert not command.is_answered_by("It is now, steady.")


def test_the_responses_to_the_uploads_are_those_on_the_page(service: Service) -> None:
    first, again = (each for each in COMMANDS if each.line.startswith("curl"))
    for command in (first, again):
        fields = dict(re.findall(r'-F (caption|tags)="?([^"]+?)"?(?= -)', command.line))
        assert fields["caption"]
        answer = service.upload(sample.PATH.read_bytes(), sample.PATH.name, **fields).text
        assert command.is_answered_by(answer.replace("http://localhost/", "http://127.0.0.1:8080/"))


def test_an_upload_after_the_printed_command_fills_in_the_caption(service: Service) -> None:
    service.upload(sample.PATH.read_bytes(), sample.PATH.name)
    answer = service.upload(sample.PATH.read_bytes(), sample.PATH.name, caption="At the sea").text
    (end,) = re.findall(r'the answer ends with `("duplicate": true, .*)`', README)
    assert answer.endswith(f"{end}}}")


def test_the_sample_photo_is_small_and_up_to_date() -> None:
    assert sample.PATH.stat().st_size < 50_000
    with Image.open(sample.PATH) as committed:
        difference = np.asarray(committed, dtype=float) - np.asarray(sample.picture(), dtype=float)
    assert np.abs(difference).mean() < 3
