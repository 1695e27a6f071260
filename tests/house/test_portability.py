"""The code uses nothing that fails with Python 3.11.2, the version of Debian 12."""

import ast
from collections.abc import Iterator

from tests.processes import ROOT

PACKAGES = ("functions", "local", "tools", "client", "tests")
SOURCES = [ROOT / "main.py", *(path for name in PACKAGES for path in (ROOT / name).rglob("*.py"))]


def constants_read_through_values(source: str) -> Iterator[str]:
    """Each `value.CONSTANT` where the value is neither a class nor a module.

    An enumeration's member read through another member (`status.NOT_FOUND`) is an AttributeError in Python 3.11.2.
    """
    tree = ast.parse(source)
    imports = [each for each in ast.walk(tree) if isinstance(each, ast.Import | ast.ImportFrom)]
    modules = {(name.asname or name.name).partition(".")[0] for each in imports for name in each.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr.isupper() and not _is_namespace(node.value, modules):
            yield ast.unparse(node)


def _is_namespace(node: ast.expr, modules: set[str]) -> bool:
    if isinstance(node, ast.Name):
        return node.id in modules or node.id == "cls" or node.id.lstrip("_")[:1].isupper()
    return isinstance(node, ast.Attribute) and node.attr.lstrip("_")[:1].isupper()


def test_no_constant_is_read_through_a_value() -> None:
    found = {str(path.relative_to(ROOT)): list(constants_read_through_values(path.read_text())) for path in SOURCES}
    assert {path: expressions for path, expressions in found.items() if expressions} == {}


def test_a_constant_that_is_read_through_a_value_is_found() -> None:
    source = "import signal\nx = Error.status.NOT_FOUND, role.ADMIN, make().READY, self.state.PENDING"
    assert len(list(constants_read_through_values(source))) == 4
    assert list(constants_read_through_values("import signal\nx = signal.SIGINT, Role.ADMIN, ports.Role.ADMIN")) == []
