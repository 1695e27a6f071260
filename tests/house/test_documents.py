"""The documents describe all routes, settings, errors and commands."""

import re
import subprocess
from importlib import import_module

import pytest

import main
from functions.adapters import key_file
from functions.config import Settings
from functions.domain.errors import ImageRepoError
from functions.domain.fields import Field, Shown
from functions.domain.model import ENTRY, WRITABLE
from functions.routes import FUNCTIONS, ROUTES, Route
from tests.processes import ROOT
from tools import costs

API = (ROOT / "docs/api.md").read_text()
SETTINGS = (ROOT / "docs/settings.md").read_text()
ARCHITECTURE = (ROOT / "docs/architecture.md").read_text()


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.handler)
def test_every_route_is_documented_with_its_alias(route: Route) -> None:
    method = route.methods[0]
    path, alias = (_written(each or "") for each in (route.path, route.alias))
    also = rf".*\(`{method} {alias}`\)" if alias else ""
    assert re.search(rf"^## `{method} {path}[`?]{also}", API, re.MULTILINE)


def _written(path: str) -> str:
    """The path as the page writes it: /fetch/ID for /fetch/{image_id}."""
    return path.replace("{image_id}", "ID").replace("{ticket}", "TICKET")


def errors_of_ours(base: type[ImageRepoError]) -> set[type[ImageRepoError]]:
    found = {base}.union(*(errors_of_ours(each) for each in base.__subclasses__()))
    return {each for each in found if each.__module__.startswith(("functions.", "local."))}


def test_every_error_code_is_documented_with_its_status() -> None:
    for name in ("functions.services.serve", "functions.services.tickets", "functions.adapters.embedded.signer"):
        import_module(name)  # the module defines errors
    for error in errors_of_ours(ImageRepoError):
        assert re.search(rf"^\| {error.status.value} \|.*`{error.code}`", API, re.MULTILINE), error.code


@pytest.mark.parametrize("field", WRITABLE.values(), ids=lambda field: field.name)
def test_every_field_of_an_upload_is_documented_with_its_bounds(field: Field) -> None:
    (row,) = re.findall(rf"^\| `{field.name}` \| .* \|$", _section("POST /upload"), re.MULTILINE)
    bounds = [vars(field.kind).get(name) for name in ("max_bytes", "max_items", "max_bytes_each")]
    for bound in filter(None, bounds):
        assert re.search(rf"\b{bound:,}\b", row)


SECTIONS = {Shown.ALWAYS: "The image object", Shown.IN_DETAILS: "GET /fetch/ID/details"}


@pytest.mark.parametrize("field", [each for each in ENTRY if each.shown in SECTIONS], ids=lambda field: field.name)
def test_every_member_of_an_image_is_documented(field: Field) -> None:
    assert f"`{field.name}`" in _section(SECTIONS[field.shown])


def _section(title: str) -> str:
    """The text below the heading with this title. The heading can be code, and can have an alias after it."""
    (text,) = re.findall(rf"^## `?{title}(?:`[^\n]*)?\n(.*?)(?=^## |\Z)", API, re.MULTILINE | re.DOTALL)
    return str(text)


def test_every_setting_is_documented_once() -> None:
    class Asked(dict[str, str]):
        def get(self, key: str, default: object = None) -> None:  # type: ignore[override]
            del default
            self[key] = ""

    asked = Asked()
    Settings.from_env(asked)
    rows = re.findall(r"^\| `([A-Z_]+)` \| .+ \| .+ \|$", SETTINGS, re.MULTILINE)
    assert rows == sorted(asked)


def test_the_times_of_the_key_file_are_documented() -> None:
    assert "more than a minute old" in SETTINGS
    assert key_file.FRESH == 60
    assert f"stay valid for {key_file.TRUSTED / 60:.0f} minutes after the last successful reading" in SETTINGS
    assert f"tries again every {key_file.RETRY:.0f} seconds" in SETTINGS


def test_every_function_has_an_entry_point() -> None:
    for function in FUNCTIONS:
        entry_point = getattr(main, function.entry_point)
        assert entry_point.__name__ == function.entry_point
        assert entry_point.__doc__
    assert {each.stem for each in (ROOT / "functions/entrypoints").glob("*_*.py")} - {"__init__"} == main.ENTRY_POINTS
    with pytest.raises(AttributeError, match="upload_image"):
        main.no_such_function  # noqa: B018


def test_every_route_belongs_to_an_http_function() -> None:
    assert {each.function for each in ROUTES} == {each.name for each in FUNCTIONS if each.trigger is None}


def test_every_package_is_documented() -> None:
    rooms = {each.name for each in (ROOT / "functions").iterdir() if (each / "__init__.py").exists()}
    assert all(f"`functions/{each}`" in ARCHITECTURE for each in rooms)


def test_make_help_lists_every_command_once() -> None:
    helped = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    targets = re.findall(r"^\.PHONY: (\S+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert sorted(re.findall(r"^  make (\S+)", helped, re.MULTILINE)) == sorted(targets)


def test_deployed_packages_are_pinned_with_hashes() -> None:
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    packages = [each for each in lines if each and not each.startswith((" ", "#"))]
    assert packages
    for each in packages:
        assert re.match(r"[a-z0-9._-]+(\[[a-z,]+\])?==\S+ ", each), each
    assert sum("--hash=sha256:" in each for each in lines) >= len(packages)


def test_the_page_of_costs_is_up_to_date() -> None:
    assert costs.PAGE.read_text() == costs.page()


def test_the_costs_in_the_deployment_guide_are_correct() -> None:
    guide, page = (ROOT / "docs/deploy.md").read_text(), costs.page()
    kept = re.findall(
        r"^\| 1 (?:thousand|million) \| [\d,]+ GB \| ([\d.]+) \| [\d.,]+ GiB \| ([\d.]+) \|", page, re.MULTILINE
    )
    per_thousand = {
        row[0]: float(row[-1])
        for row in (each.strip("| ").split(" | ") for each in page.splitlines())
        if len(row) == 9 and "." in row[-1]
    }
    for dollars in (kept[0][0], *kept[1]):
        assert f"${dollars}" in guide
    idle = re.findall(r"^\| (?:point-in-time|7 daily) .* \| ([\d.]+) \| ([\d.]+) \|$", page, re.MULTILINE)
    thousand, million = (sum(map(float, column)) for column in zip(*idle, strict=True))
    assert f"${million:.2f} a month for a\nmillion images, and less than half a cent for a thousand" in guide
    assert thousand < 0.005
    assert f"cost about ${costs.METRIC_REFERENCES * costs.METRIC_REFERENCE:.2f} a month" in guide
    assert f"{costs.CHECKS_A_MONTH:,} times a month" in guide
    assert f"${per_thousand['upload, new, with its 5 thumbnails']:.2f} |" in guide
    assert f"${100 * per_thousand['page of 20']:.2f} for the lists" in guide
    assert f"${2_000 * per_thousand['view of a thumbnail by its own URL']:.2f} for the 2 million" in guide


def test_every_feature_of_the_components_is_documented() -> None:
    source, guide = ((ROOT / each).read_text() for each in ("frontend/components.js", "docs/embedding.md"))
    lists = re.findall(r"observedAttributes = \[(.+)\];", source)
    attributes = {each for names in lists for each in re.findall(r'"(\w+)"', names)}
    attributes |= set(re.findall(r":host\((?::not\()?\[(?!hidden)(\w+)", source))
    buttons = set(re.findall(r'#makeButton\("(\w+)"', source))
    parts = set(re.findall(r'part: ["`](\w+)', source))
    properties = set(re.findall(r"--image-repo-\w+", source))
    events = set(re.findall(r'#dispatch\("([\w-]+)"', source))
    assert {"captions", "grid", "limit"} <= attributes
    assert buttons == {"more", "retry"}
    assert {"photos", "message"} <= parts
    assert {"--image-repo-row"} <= properties
    assert events == {"image-repo-load", "image-repo-open"}
    for each in attributes | buttons | parts | properties | events:
        assert f"`{each}`" in guide, each
