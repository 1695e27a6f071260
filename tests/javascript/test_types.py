"""The types of the JavaScript sources have no exceptions, and the types of the API match its responses."""

import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest

from tests.harness import ALICE, Service
from tests.photos import jpeg, photo
from tests.processes import ROOT
from tools.lint import CannotCheck, install_node_modules

SOURCES: Final = [
    each
    for folder in ("frontend", "tests/javascript")
    for each in sorted((ROOT / folder).rglob("*.[jt]s"))
    if each.name != "components.js"
]
DECLARATIONS: Final = ROOT / "frontend/types/api.d.ts"
_OPTIONS: Final = ("--noEmit", "--strict", "--exactOptionalPropertyTypes", "--skipLibCheck", "--ignoreConfig")


@pytest.mark.parametrize("source", SOURCES, ids=lambda each: str(each.relative_to(ROOT)))
def test_no_type_is_any_and_no_error_is_suppressed(source: Path) -> None:
    text = source.read_text()
    assert not re.search(r"@ts-|biome-ignore", text)
    types = [*re.findall(r"\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}", "\n".join(re.findall(r"/\*\*.*?\*/", text, re.DOTALL)))]
    if source.suffix == ".ts":
        types = [text]
    assert [each for each in types if re.search(r"\b(any|Function|Object)\b", each)] == []


def answers(service: Service) -> dict[str, object]:
    """Responses of the API by the type that the page expects."""
    stored = service.upload(jpeg(photo(300, 200)), "sea.jpg", caption="At the sea", tags="a,b", album="2024", mood="x")
    pending = service.get("/list").get_json()
    service.deliver()
    return {
        "UploadedImage": stored.get_json(),
        "Page": pending,
        "ImageObject": service.get("/list").get_json()["images"][0],
        "ImageDetails": service.details(stored.get_json()["id"]),
        "Problem": service.get(f"/fetch/{'a' * 26}/details").get_json(),
        "IssuedTicket": issue(service, 1000),
        "Ticket": finished(service, jpeg(photo(200, 300))),
        "Ticket | null": finished(service, b"not an image"),
        "Stats": service.get("/stats", key=ALICE).get_json(),
    }


def issue(service: Service, size: int) -> dict[str, Any]:
    """A new ticket."""
    description = {"filename": "big.jpg", "content_type": "image/jpeg", "bytes": size}
    ticket: dict[str, Any] = service.request("POST", "/upload/tickets", key=ALICE, json=description).get_json()
    return ticket


def finished(service: Service, data: bytes) -> object:
    """A ticket after its file was processed."""
    ticket = issue(service, len(data))
    url = urlsplit(ticket["upload"]["url"])
    target, headers = f"{url.path}?{url.query}", ticket["upload"]["headers"]
    assert service.request("PUT", target, data=data, headers=headers).status_code == 200
    service.deliver()
    return service.get(f"/upload/tickets/{ticket['ticket']}", key=ALICE).get_json()


def compile_answers(values: Mapping[str, object], folder: Path) -> str:
    """What TypeScript reports if each value has the type of its name. It reports missing and unknown members."""
    try:
        install_node_modules(ROOT)
    except CannotCheck as error:
        pytest.skip(str(error))
    (folder / "api.d.ts").write_text(DECLARATIONS.read_text())
    constants = [
        f"export const value{number}: {name} = {json.dumps(value)};"
        for number, (name, value) in enumerate(values.items())
    ]
    types = ", ".join(re.findall(r"^export interface (\w+)", DECLARATIONS.read_text(), re.MULTILINE))
    (folder / "answers.ts").write_text("\n".join([f'import type {{ {types} }} from "./api";', *constants]))
    command = [str(ROOT / "node_modules/.bin/tsc"), *_OPTIONS, "answers.ts"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60).stdout


def test_the_api_answers_with_the_declared_types(service: Service, tmp_path: Path) -> None:
    values = answers(service)
    assert compile_answers(values, tmp_path) == ""


def test_a_difference_would_be_found(service: Service, tmp_path: Path) -> None:
    page = answers(service)["Page"]
    assert isinstance(page, dict)
    (image,) = page["images"]
    changed = {
        "Page": {"images": []},
        "ImageObject": {**image, "rating": 5},
        "Ticket": {"ticket": "a", "ticket_url": "b", "state": "lost", "expires_at": "c"},
    }
    output = compile_answers(changed, tmp_path)
    assert re.findall(r"answers\.ts\((\d+),", output) == ["2", "3", "4"]
    for each in ("next_page_token", "rating", "lost"):
        assert each in output
