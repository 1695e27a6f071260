"""The documents refer only to what exists: files, functions, other pages; the glossary has the terms of fsck."""

import ast
import re
from pathlib import Path

import pytest

from functions.services.repair.diagnose import Kind
from tests.processes import ROOT
from tools.deploy.imports import commands

DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.glob("*.md"))]
ARCHITECTURE = (DOCS / "architecture.md").read_text()
GLOSSARY = (DOCS / "glossary.md").read_text()
FILE = r"`((?:\w+/)*\w+\.(?:py|js|json|tf|toml))`"
STEPS = [
    (path, name)
    for path, names in re.findall(rf"{FILE}: ((?:`\w+`(?:, | \(|\))?)+)", ARCHITECTURE)
    for name in re.findall(r"\w+", names)
]


def test_the_steps_of_the_tour_are_found() -> None:
    assert ("functions/services/store.py", "store_image") in STEPS
    assert ("functions/domain/callers.py", "must_own") in STEPS
    assert len(STEPS) > 30


@pytest.mark.parametrize(("path", "name"), STEPS)
def test_a_step_of_the_tour_names_what_the_file_defines(path: str, name: str) -> None:
    definitions = (ast.FunctionDef, ast.ClassDef)
    assert name in {
        each.name for each in ast.walk(ast.parse((ROOT / path).read_text())) if isinstance(each, definitions)
    }


@pytest.mark.parametrize("path", sorted(set(re.findall(FILE, ARCHITECTURE))))
def test_a_file_that_the_architecture_names_exists(path: str) -> None:
    places = ("", "functions/services", "functions/services/repair", "functions/adapters/embedded", "infra", "frontend")
    tests = ("tests/services",)
    assert any((ROOT / place / path).exists() for place in (*places, *tests)), path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_our_pages_has_a_target(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", page.read_text()):
        name, _, anchor = target.partition("#")
        linked = (page.parent / name).resolve() if name else page
        assert linked.exists(), target
        assert not anchor or anchor in anchors(linked), target


def anchors(page: Path) -> set[str]:
    """The anchors of the headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


def test_the_readme_leads_to_every_page() -> None:
    assert {each.name for each in DOCS.glob("*.md")} == set(re.findall(r"\(docs/([\w-]+\.md)\)", PAGES[0].read_text()))


def test_no_term_is_explained_twice() -> None:
    terms = re.findall(r"^\| \*\*(.+?)\*\* \| .+ \|$", GLOSSARY, re.MULTILINE)
    assert len(terms) == len(set(terms)) > 40


@pytest.mark.parametrize("kind", Kind)
def test_every_problem_that_fsck_reports_is_explained(kind: Kind) -> None:
    assert f"\n| **{kind}** | " in GLOSSARY
    assert f"\n| {kind} | " in (DOCS / "repair.md").read_text()


def test_the_import_that_the_guide_shows_has_the_variables_of_the_one_that_a_deployment_prints() -> None:
    exported = re.compile(r"\b(GOOGLE_\w+|TF_DATA_DIR|USER_PROJECT_OVERRIDE)=(\S+|\"[^\"]*\")(?= |$)", re.MULTILINE)
    guide = (DOCS / "deploy.md").read_text()
    start = guide.index("gcloud iam workload-identity-pools undelete")
    shown = guide[start : guide.index("make deploy", start)]
    printed = exported.findall(commands("my-photos-1", {}))
    assert len(printed) == 4
    assert exported.findall(shown) == printed


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_promise_about_shared_caches_names_its_limit(page: Path) -> None:
    """Cloud Storage's own address may keep a thumbnail for longer."""
    for paragraph in page.read_text().split("\n\n"):
        promise = re.search(r"[^.]*(?:every|each) shared cache[^:]*", paragraph.replace("\n", " "))
        assert promise is None or "addresses" in promise[0], promise[0]
