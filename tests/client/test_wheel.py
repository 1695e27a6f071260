"""The wheel: its contents and metadata according to PyPA's tools, and its types as other programs see them."""

import subprocess
import sys
import tomllib
import venv
from email import message_from_bytes
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from packaging.metadata import Metadata

from tests.client.tool import printed_program
from tests.processes import ROOT

CLIENT = ROOT / "client"
TOOLS = Path(sys.executable).parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel as `make wheel` builds it."""
    folder = tmp_path_factory.mktemp("wheel")
    options = ["--quiet", "--no-build-isolation", "--no-deps", "--no-index", "--wheel-dir", folder]
    done = run(sys.executable, "-m", "pip", "wheel", *options, CLIENT)
    assert done.returncode == 0, done.stderr
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment that has the wheel, and sees the dependencies of this one."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder)
    packages = folder / f"lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"
    with ZipFile(wheel) as archive:
        archive.extractall(packages)
    (packages / "dependencies.pth").write_text(str(Path(pytest.__file__).parent.parent))
    return folder / "bin/python"


def run(*command: object, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=100, check=False, **options)


class TestContents:
    def test_satisfy_check_wheel_contents(self, wheel: Path) -> None:
        done = run(TOOLS / "check-wheel-contents", "--package", CLIENT / "image_repo", wheel)
        assert done.returncode == 0, done.stdout

    def test_include_types_and_licence(self, wheel: Path) -> None:
        with ZipFile(wheel) as archive:
            names = archive.namelist()
            licence = archive.read("image_repo-0.1.0.dist-info/licenses/LICENSE")
        assert "image_repo/py.typed" in names
        assert licence == (ROOT / "LICENSE").read_bytes()


class TestMetadata:
    @pytest.fixture
    def metadata(self, wheel: Path) -> Metadata:
        """The metadata, valid by the rules that PyPI applies to an upload."""
        with ZipFile(wheel) as archive:
            data = archive.read("image_repo-0.1.0.dist-info/METADATA")
        assert message_from_bytes(data)["Metadata-Version"] >= "2.4"
        return Metadata.from_email(data, validate=True)

    def test_satisfies_validate_pyproject(self) -> None:
        done = run(TOOLS / "validate-pyproject", CLIENT / "pyproject.toml")
        assert done.returncode == 0, done.stdout + done.stderr

    def test_requires_requests_and_tqdm_and_nothing_that_these_do_not_require(self, metadata: Metadata) -> None:
        names = {each.name for each in metadata.requires_dist or []}
        assert names == {"requests", "tqdm", "urllib3"}
        locked = {
            line.split("==")[0] for line in (CLIENT / "requirements.txt").read_text().splitlines() if "==" in line
        }
        of_requests = {"certifi", "charset-normalizer", "idna", "urllib3"}
        assert locked == {"requests", "tqdm", "colorama", "flit-core", *of_requests}

    def test_describes_the_package(self, metadata: Metadata) -> None:
        assert metadata.license_expression == "MIT"
        assert metadata.description_content_type == "text/markdown"
        assert (metadata.description or "").strip() == (CLIENT / "README.md").read_text().strip()
        assert metadata.project_urls is None  # the project has no public address
        classifiers = metadata.classifiers or []
        assert {f"Programming Language :: Python :: 3.{minor}" for minor in range(11, 15)} <= {*classifiers}
        project = tomllib.loads((CLIENT / "pyproject.toml").read_text())["project"]
        assert str(metadata.version) == project["version"]
        assert str(metadata.requires_python) == project["requires-python"]


class TestInstalled:
    def test_runs_as_a_module_and_as_a_command(self, installed: Path) -> None:
        for command in (["-m", "image_repo"], ["-c", "from image_repo.cli.__main__ import main; main()"]):
            done = run(installed, "-I", *command, "--version")
            assert done.stdout == "image-repo 0.1.0\n", done.stderr

    def test_imports_nothing_that_it_does_not_require(self, installed: Path) -> None:
        program = "import image_repo.cli.__main__, sys; print(*{each.partition('.')[0] for each in sys.modules})"
        loaded = set(run(installed, "-I", "-c", program).stdout.split())
        assert "image_repo" in loaded
        assert not {"PIL", "numpy", "multiprocessing", "_multiprocessing"} & loaded

    def test_gives_mypy_the_types_of_everything(self, installed: Path, tmp_path: Path) -> None:
        program = (
            "from typing import assert_type\n"
            "from image_repo import Client, Image, ImageDetails, Page, Stats, Thumbnails, UploadedImage\n"
            'with Client("http://127.0.0.1:8080") as client:\n'
            '    assert_type(client.upload("photo.jpg"), UploadedImage)\n'
            '    assert_type(client.details("x").frames, int)\n'
            "    for image in client.list(order='oldest'):\n"
            "        assert_type(image, Image)\n"
            "        assert_type(image.tags, tuple[str, ...])\n"
            "        assert_type(image.thumbnails, Thumbnails | None)\n"
            "    assert_type(next(client.list().pages()), Page)\n"
            "    assert_type(client.stats(), Stats)\n"
            '    client.update("x", caption=None, tags=["a"])\n'
            '    client.update("x", caption=7)  # type: ignore[arg-type]\n'
            '    client.list(order="upwards")  # type: ignore[arg-type]\n'
            '    client.upload("x", captoin="y")  # type: ignore[call-arg]\n'
        )
        (tmp_path / "program.py").write_text(program)
        (tmp_path / "documented.py").write_text(printed_program((ROOT / "docs/client.md").read_text()))
        options = ["--strict", "--warn-unused-ignores", "--python-executable", installed, "--cache-dir", tmp_path]
        done = run(sys.executable, "-m", "mypy", *options, "program.py", "documented.py", cwd=tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
