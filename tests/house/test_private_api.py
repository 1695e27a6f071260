"""The private API of Pillow and pillow-heif: one module for each uses it, and no other."""

import ast
from collections.abc import Iterator

import pytest

from tests.processes import ROOT

ALLOWED = {"functions/imaging/pillow_private.py": "PIL", "functions/imaging/heif.py": "_pillow_heif"}
"""The modules that may use a private API, each with its package."""
PACKAGES = {"PIL", "pillow_heif", "_pillow_heif"}
SOURCES = ("functions", "local", "tools", "main.py")
INTERNAL = {"core", "decoderconfig", "decodermaxblock", "im", "load_end", "load_prepare", "tile", "tile_prefix"}
"""Internal attributes of Pillow without an underscore."""
NAMED_TUPLE = {"_asdict", "_fields", "_make", "_replace"}


def private_uses(source: str) -> list[str]:
    """The private names of Pillow and pillow-heif that a module uses, each with its line number."""
    tree = ast.parse(source)
    imports = [*_imports(tree)]
    knows_pillow = any(name.split(".")[0] == "PIL" for _, name in imports)
    found = [
        *((line, name) for line, name in imports if any(map(_is_private, name.split(".")))),
        *((line, name) for line, name in _attributes(tree) if name in INTERNAL or (knows_pillow and _is_private(name))),
    ]
    return [f"{line}: {name}" for line, name in sorted(found)]


def _imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Everything that the module imports from the two packages, also by `import_module`."""
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [each.name for each in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{each.name}" for each in node.names]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and " " not in node.value:
            names = [node.value]
        for name in names:
            if name.split(".")[0] in PACKAGES and isinstance(node, ast.stmt | ast.expr):
                yield node.lineno, name


def _attributes(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """The attributes of anything but `self`, also by `getattr` and `setattr`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and not (isinstance(node.value, ast.Name) and node.value.id == "self"):
            yield node.lineno, node.attr
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("getattr", "setattr"):
            name = node.args[1]
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                yield node.lineno, name.value


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name not in NAMED_TUPLE


def test_only_the_fenced_modules_use_a_private_api() -> None:
    paths = [
        path for each in SOURCES for path in ([ROOT / each] if each.endswith(".py") else (ROOT / each).rglob("*.py"))
    ]
    found = {str(path.relative_to(ROOT)): private_uses(path.read_text()) for path in paths}
    assert {path for path, uses in found.items() if uses} == ALLOWED.keys(), {
        path: uses for path, uses in found.items() if uses and path not in ALLOWED
    }


@pytest.mark.parametrize(("path", "package"), ALLOWED.items())
def test_a_fenced_module_uses_one_package_s_private_api(path: str, package: str) -> None:
    private = {
        name.split(".")[0]
        for _, name in _imports(ast.parse((ROOT / path).read_text()))
        if any(map(_is_private, name.split(".")))
    }
    assert private == {package}


@pytest.mark.parametrize(
    ("source", "uses"),
    [
        ("from PIL import _webp", ["1: PIL._webp"]),
        ("import PIL._imaging", ["1: PIL._imaging"]),
        ("from PIL._webp import WebPAnimDecoder", ["1: PIL._webp.WebPAnimDecoder"]),
        ("from PIL.ImageFile import _Tile", ["1: PIL.ImageFile._Tile"]),
        ("import importlib\nimportlib.import_module('PIL._webp')", ["2: PIL._webp"]),
        ("def f():\n    import _pillow_heif", ["2: _pillow_heif"]),
        ("from PIL import Image\nImage.core.new('L', (1, 1))", ["2: core"]),
        ("from PIL import Image\nImage._getdecoder", ["2: _getdecoder"]),
        ("from PIL import Image\nImage.new('L', (1, 1)).im", ["2: im"]),
        ("from PIL import Image\ndef f(x): x.tile = []", ["2: tile"]),
        ("from PIL import Image\ndef f(x): return getattr(x, 'im')", ["2: im"]),
        ("from PIL import Image\ndef f(x): setattr(x, '_size', (1, 1))", ["2: _size"]),
        ("from PIL import Image\nimage = Image.new('L', (1, 1))\nimage.getim()", []),
        ("from PIL import Image\nclass A:\n    def f(self): return self._a", []),
        ("from PIL import Image\ndef f(x): return x._replace(a=1)", []),
        ("def f(x): return x.tile", ["1: tile"]),
        ("def f(x): return x._size", []),  # ruff finds it: SLF001
        ("from pillow_heif import HeifImage", []),
    ],
)
def test_a_private_name_is_found(source: str, uses: list[str]) -> None:
    assert private_uses(source) == uses
