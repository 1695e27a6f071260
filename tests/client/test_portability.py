"""Other systems, as far as they can be simulated: Windows, old consoles and restricted containers."""

import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path, PureWindowsPath
from tempfile import NamedTemporaryFile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from image_repo import Client, ImageRepoError
from image_repo.cli import saving
from image_repo.cli.file_names import safe_name
from image_repo.cli.saving import save
from image_repo.directories import cache_directory, config_directory
from image_repo.sync.workers import DaemonPool
from tests.client.tool import Tool, a_photo, put, put_photos


class TestOldConsole:
    """Windows writes to a pipe in the encoding of the country, such as cp1252."""

    @pytest.fixture(autouse=True)
    def encoding(self, tool: Tool) -> None:
        tool.environment = {"PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"}

    def test_can_show_any_file_name(self, tool: Tool, photos: Path) -> None:
        put(photos / "Ελλάδα ä.jpg", a_photo(9_000))
        with tool.start("upload", photos, encoding="cp1252") as process:
            out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        assert "\\u0395\\u03bb\\u03bb\\u03ac\\u03b4\\u03b1 ä.jpg" in out

    def test_can_show_any_message(self, tool: Tool) -> None:
        with tool.start("upload", "Ελλάδα", encoding="cp1252") as process:
            _, err = process.communicate(timeout=60)
        assert "\\u0395" in err
        assert "does not exist" in err
        assert "Traceback" not in err


def test_no_semaphores_are_needed(tool: Tool, photos: Path) -> None:
    """A container that cannot write to /dev/shm has none; `multiprocessing` needs them even for threads."""
    put_photos(photos, 3, seed=9_100)
    program = (
        "import sys, _multiprocessing\n"
        "def refuse(*_, **__): raise PermissionError(13, 'Permission denied')\n"
        "_multiprocessing.SemLock = refuse\n"
        "from image_repo.cli.__main__ import main\n"
        "sys.stderr.isatty = lambda: True\n"  # so that a progress bar is shown
        "sys.exit(main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", program, "upload", str(photos)]
    done = subprocess.run(
        command, env=tool.variables(), capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 0, done.stderr
    assert "3 stored" in done.stdout
    assert "3/3" in done.stderr


class TestDaemonPool:
    def test_returns_results_in_order_and_raises_errors(self) -> None:
        with DaemonPool(2) as pool:
            assert list(pool.map(lambda each: 12 // each, [1, 2, 3, 4], ahead=3)) == [12, 6, 4, 3]
            with pytest.raises(ZeroDivisionError):
                pool.submit(lambda each: 1 // each, 0).result()

    def test_computes_no_more_than_it_may_ahead(self) -> None:
        taken: list[int] = []

        def numbers() -> Iterator[int]:
            for each in range(10):
                taken.append(each)
                yield each

        with DaemonPool(1) as pool:
            results = pool.map(lambda each: each, numbers(), ahead=3)
            assert next(results) == 0
            assert taken == [0, 1, 2]
            assert list(results) == list(range(1, 10))

    def test_threads_are_daemons_and_end_with_the_block(self) -> None:
        with DaemonPool(2) as pool:
            threads = [pool.submit(lambda _: threading.current_thread(), None).result() for _ in range(2)]
        for each in threads:
            assert each.daemon
            each.join(10)
            assert not each.is_alive()


class TestWindowsNames:
    @pytest.mark.parametrize(
        ("name", "saved"),
        [
            ("photo.jpg", "photo.jpg"),
            ("at 12:30.jpg", "at 12_30.jpg"),
            ('<>:"|?*.jpg', "_______.jpg"),
            ("CON", "_CON"),
            ("nul.jpg", "_nul.jpg"),
            ("Com1.tar.gz", "_Com1.tar.gz"),
            ("lpt².png", "_lpt².png"),
            ("aux .jpg", "_aux .jpg"),
            ("console.jpg", "console.jpg"),
            ("photo. . ", "photo"),
            ("C:\\Windows\\photo.jpg", "photo.jpg"),
            ("C:photo.jpg", "C_photo.jpg"),
            ("photo.jpg:stream", "photo.jpg_stream"),
            ("...", "fallback"),
        ],
    )
    def test_are_valid_there(self, name: str, saved: str) -> None:
        assert safe_name(name, "fallback", platform="win32") == saved

    @given(st.text())
    def test_are_valid_there_for_any_name(self, name: str) -> None:
        saved = safe_name(name, platform="win32")
        path = PureWindowsPath(saved)
        assert path.name == saved
        assert not re.search(r'[<>:"/\\|?*\x00-\x1f]|[ .]$', saved)
        assert not _is_reserved(path)

    def test_are_unchanged_elsewhere(self) -> None:
        assert safe_name("what? 12:30.jpg", platform="linux") == "what? 12:30.jpg"


def _is_reserved(path: PureWindowsPath) -> bool:
    """Whether Windows reserves a name, according to Python, which knows all device names since 3.13."""
    if sys.version_info >= (3, 13):
        import ntpath  # noqa: PLC0415 - mypy knows that it depends on the version

        return bool(ntpath.isreserved(path))
    return path.is_reserved()


class TestDirectories:
    def test_on_windows_are_in_app_data(self, tmp_path: Path) -> None:
        environment = {"APPDATA": f"{tmp_path}/Roaming", "LOCALAPPDATA": f"{tmp_path}/Local"}
        assert config_directory(environment, "win32") == tmp_path / "Roaming/image-repo"
        assert cache_directory(environment, "win32") == tmp_path / "Local/image-repo/cache"
        assert config_directory({}, "win32") == Path.home() / "AppData/Roaming/image-repo"

    def test_elsewhere_follow_the_xdg_specification(self, tmp_path: Path) -> None:
        environment = {"XDG_CONFIG_HOME": f"{tmp_path}/c", "XDG_CACHE_HOME": "relative"}
        assert config_directory(environment, "linux") == tmp_path / "c/image-repo"
        assert cache_directory(environment, "darwin") == Path.home() / ".cache/image-repo"

    def test_of_a_user_without_a_home_cannot_exist(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def no_home() -> Path:
            raise RuntimeError

        monkeypatch.setattr(Path, "home", no_home)
        assert not config_directory({}, "linux").parent.is_dir()


class TestSaving:
    """Windows deletes and replaces no open file."""

    @pytest.fixture(autouse=True)
    def locks(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        """Deleting or replacing an open temporary file is an error, as on Windows."""
        files: dict[str, Any] = {}

        def temporary(*args: Any, **options: Any) -> Any:
            file = NamedTemporaryFile(*args, **options)  # noqa: SIM115 - `save` closes it
            files[file.name] = file
            return file

        def locked(name: str) -> Callable[..., object]:
            method = getattr(Path, name)

            def call(path: Path, *args: object, **options: object) -> object:
                if str(path) in files and not files[str(path)].file.closed:
                    raise PermissionError(13, "The process cannot access the file", str(path))
                return method(path, *args, **options)

            return call

        monkeypatch.setattr(saving, "NamedTemporaryFile", temporary)
        for name in ("unlink", "replace"):
            monkeypatch.setattr(Path, name, locked(name))
        yield
        assert files
        assert all(each.file.closed for each in files.values())

    def test_closes_the_file_before_it_is_moved(self, client: Client, tmp_path: Path) -> None:
        image = client.upload(put(tmp_path / "in/one.jpg", a_photo(9_200)))
        (tmp_path / "out").mkdir()
        assert save(client, image.id, tmp_path / "out") == tmp_path / "out/one.jpg"
        assert save(client, image.id, tmp_path / "out/one.jpg").stat().st_size > 0

    def test_closes_the_file_before_it_is_deleted(
        self, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        image = client.upload(put(tmp_path / "in/two.jpg", a_photo(9_201)))
        (tmp_path / "out").mkdir()
        monkeypatch.setattr(client, "download", lambda *_: (_ for _ in ()).throw(ImageRepoError("No.")))
        with pytest.raises(ImageRepoError, match=r"^No\.$"):
            save(client, image.id, tmp_path / "out")
        assert list((tmp_path / "out").iterdir()) == []

    def test_never_replaces_a_file_that_appears_during_the_download(
        self, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        image = client.upload(put(tmp_path / "in/three.jpg", a_photo(9_202)))
        (tmp_path / "out").mkdir()
        download = client.download

        def slow(*args: object) -> str:
            put(tmp_path / "out/three.jpg", b"of another program")
            return download(*args)  # type: ignore[arg-type]

        monkeypatch.setattr(client, "download", slow)
        with pytest.raises(ImageRepoError, match="already exists"):
            save(client, image.id, tmp_path / "out")
        assert (tmp_path / "out/three.jpg").read_bytes() == b"of another program"
        assert [each.name for each in (tmp_path / "out").iterdir()] == ["three.jpg"]
