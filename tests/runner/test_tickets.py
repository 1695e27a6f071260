"""Uploads by ticket with curl, of a photo that is too large for a request to a function."""

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.photos import noise, png, truncated
from tests.processes import KEY, Runner, running

pytestmark = pytest.mark.load

_TIMEOUT = 60.0
"""The most seconds to wait for the outcome of a ticket."""


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    with running(tmp_path_factory.mktemp("tickets") / "data") as each:
        yield each


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PNG of 60 MB and 20 MP."""
    path = tmp_path_factory.mktemp("photos") / "big.png"
    path.write_bytes(png(noise(4800, 4200), compress_level=0))
    return path


def curl(*arguments: str) -> tuple[int, Any]:
    """The status of the response and its JSON, or None if it is empty."""
    command = ["curl", "--silent", "--show-error", "--write-out", "\n%{http_code}", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    body, _, status = done.stdout.rpartition("\n")
    return int(status), json.loads(body) if body else None


def take_ticket(runner: Runner, path: Path, **fields: object) -> dict[str, Any]:
    wanted = {"filename": path.name, "content_type": "image/png", "bytes": path.stat().st_size, **fields}
    status, ticket = curl("-H", f"X-API-Key: {KEY}", "-d", json.dumps(wanted), f"{runner.address}/upload/tickets")
    assert (status, ticket["state"]) == (201, "pending")
    issued: dict[str, Any] = ticket
    return issued


def send(path: Path, upload: dict[str, Any]) -> tuple[int, Any]:
    """Upload the file of a ticket, with the headers of the ticket and without a key. Returns status and JSON."""
    headers = [part for name, value in upload["headers"].items() for part in ("-H", f"{name}: {value}")]
    return curl("-T", str(path), *headers, upload["url"])


def outcome(ticket: dict[str, Any]) -> dict[str, Any]:
    """Wait until the ticket is no longer pending. Returns the ticket."""
    until = time.monotonic() + _TIMEOUT
    while True:
        status, found = curl("-H", f"X-API-Key: {KEY}", ticket["ticket_url"])
        assert status == 200
        if found["state"] != "pending":
            settled: dict[str, Any] = found
            return settled
        assert time.monotonic() < until, found
        time.sleep(0.1)


def test_a_photo_of_60_mb_is_stored_and_is_a_duplicate_the_second_time(runner: Runner, big: Path) -> None:
    ticket = take_ticket(runner, big, caption="At the sea", tags=["blue"])
    assert send(big, ticket["upload"]) == (200, None)
    stored = outcome(ticket)
    image = stored["image"]
    assert stored["state"] == "stored"
    assert (image["bytes"], image["width"], image["height"]) == (big.stat().st_size, 4800, 4200)
    assert (image["filename"], image["caption"], image["tags"]) == ("big.png", "At the sea", ["blue"])
    again = take_ticket(runner, big)
    assert send(big, again["upload"]) == (200, None)
    known = outcome(again)
    assert (known["state"], known["image"]["id"]) == ("duplicate", image["id"])
    assert known["image"]["caption"] == "At the sea"
    assert len(runner.wait_until_ready(image["id"])["thumbnails"]["items"]) == 5


def test_a_damaged_file_is_refused_with_the_reason(runner: Runner, big: Path, tmp_path: Path) -> None:
    half = tmp_path / "half.png"
    half.write_bytes(truncated(big.read_bytes()))
    ticket = take_ticket(runner, half)
    assert send(half, ticket["upload"]) == (200, None)
    refused = outcome(ticket)
    assert (refused["state"], refused["problem"]["code"]) == ("refused", "damaged_image")
    assert refused["problem"]["detail"].startswith("The image cannot be decoded to its end")


def test_a_file_of_another_size_is_refused_and_the_ticket_stays_valid(runner: Runner, tmp_path: Path) -> None:
    small = tmp_path / "small.png"
    small.write_bytes(png(noise(64, 64)))
    longer = tmp_path / "longer.png"
    longer.write_bytes(small.read_bytes() + b"!")
    ticket = take_ticket(runner, small)
    status, problem = send(longer, ticket["upload"])
    assert (status, problem["code"]) == (400, "wrong_upload")
    assert send(small, ticket["upload"]) == (200, None)
    assert outcome(ticket)["state"] == "stored"


def test_a_page_of_any_origin_can_upload_by_ticket(runner: Runner, tmp_path: Path) -> None:
    small = tmp_path / "small.png"
    small.write_bytes(png(noise(64, 65)))
    upload = take_ticket(runner, small)["upload"]
    asked = {"Origin": "https://blog.example", "Access-Control-Request-Method": "PUT"}
    asked["Access-Control-Request-Headers"] = ", ".join(each.lower() for each in upload["headers"])
    headers = [part for name, value in asked.items() for part in ("-H", f"{name}: {value}")]
    command = ["curl", "--silent", "--head", "-X", "OPTIONS", *headers, upload["url"]]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout.lower()
    assert "access-control-allow-origin: *" in answer
    assert "put" in _header(answer, "access-control-allow-methods")
    assert set(asked["Access-Control-Request-Headers"].split(", ")) <= set(
        _header(answer, "access-control-allow-headers")
    )


def _header(answer: str, name: str) -> list[str]:
    line = next(each for each in answer.splitlines() if each.startswith(f"{name}: "))
    return line.partition(": ")[2].split(", ")
