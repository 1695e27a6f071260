"""The file of the components is built from its sources, and the tool rejects sources that it cannot combine."""

import re
from pathlib import Path

import pytest

from tools.components import FILE, FRONTEND, BundleError, bundle


def write(folder: Path, **sources: str) -> Path:
    """Write modules, given by their names. Returns the path of `main`."""
    for name, source in sources.items():
        (folder / f"{name}.js").write_text(source)
    return folder / "main.js"


def test_the_file_is_up_to_date() -> None:
    assert FILE.read_text() == bundle(), "Run: python -m tools.components"


def test_it_has_no_imports_and_exports_nothing() -> None:
    assert not re.search(r"^(import|export)\b", FILE.read_text(), re.MULTILINE)


def test_the_layout_of_rows_has_one_source() -> None:
    """The page and the components share it."""
    sources = [each for each in FRONTEND.rglob("*.*") if each != FILE and "flex: 1000000" in each.read_text()]
    assert sources == [FRONTEND / "rows.js"]


def test_each_module_is_included_once_before_those_that_import_it(tmp_path: Path) -> None:
    main = write(
        tmp_path,
        main='/** About. */\n\nimport { b } from "./b.js";\nimport { c } from "./c.js";\n\nb(c);\n',
        b='import { c } from "./c.js";\n\n/** Notes. */\nexport const b = (x) => x + c;\n',
        c="export const c = 1; // a number\n",
    )
    text = bundle(main)
    assert text.startswith("/** About. */\n")
    code = [each for each in text.splitlines() if each and not each.startswith("/")]
    assert code == ["const c = 1; // a number", "const b = (x) => x + c;", "b(c);"]


UNSUPPORTED = {
    "a default export": {"main": "export default 1;\n"},
    "a package": {"main": 'import { a } from "package";\n'},
    "a namespace": {"main": 'import * as a from "./a.js";\n'},
    "a renamed import": {"main": 'import { a as b } from "./a.js";\n', "a": "export const a = 1;\n"},
    "a name that two modules declare": {"main": 'import { a } from "./a.js";\nconst b = a;\n', "a": "const b = 1;\n"},
}


@pytest.mark.parametrize("case", UNSUPPORTED)
def test_sources_that_the_tool_cannot_combine_are_rejected(case: str, tmp_path: Path) -> None:
    with pytest.raises(BundleError):
        bundle(write(tmp_path, **UNSUPPORTED[case]))
