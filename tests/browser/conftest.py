"""A real browser on a real server. What either said is shown with a test that fails."""

import shutil
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Final
from urllib.parse import urljoin, urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from tests.processes import ROOT, Runner, running

_ARGUMENTS: Final = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_API: Final = ("fetch", "list", "random", "upload", "dropbox", "update", "delete", "stats")
_PATIENCE: Final = 10_000
"""Milliseconds that an expectation may take to come true."""

OpenPage = Callable[..., Page]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Attach the server's output to a failure."""
    report = yield
    runner = getattr(item, "funcargs", {}).get("runner")
    if report.failed and isinstance(runner, Runner):
        report.sections.append(("Output of the server", runner.log.read_text()))
    return report


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("Chromium is not installed: sudo apt install chromium")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=[*_ARGUMENTS])
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def runner(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    """A server of the module's own. It needs the browser, so that none is started where there is no browser."""
    del browser
    with running(tmp_path_factory.mktemp("browser") / "data") as each:
        yield each


@pytest.fixture
def open_page(browser: Browser, runner: Runner) -> Iterator[OpenPage]:
    """Opens the page at a URL, each time as a visitor that was never here, once `prepare` is done with it.

    In the end no page may have complained: no script that failed, nothing that the content security policy blocked.
    What it says while it is being closed, of things it was still loading, does not count.
    """
    complaints: list[str] = []
    pages: list[Page] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and not _is_refusal(message):
            complaints.append(f"{message.text} ({message.location['url']})")

    with ExitStack() as contexts:

        def open_at(
            url: str = "/",
            *,
            size: tuple[int, int] = (1280, 800),
            prepare: Callable[[Page], object] | None = None,
        ) -> Page:
            context = browser.new_context(
                viewport={"width": size[0], "height": size[1]}, locale="en-GB", timezone_id="UTC"
            )
            contexts.callback(context.close)
            context.set_default_timeout(_PATIENCE)
            page = context.new_page()
            pages.append(page)
            if prepare is not None:
                prepare(page)
            page.on("console", note)
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.goto(urljoin(runner.address, url))
            return page

        yield open_at
        for each in pages:
            if not each.is_closed():
                each.evaluate("0")  # what it said before has arrived then
        said = list(complaints)
    assert said == []


@pytest.fixture
def elsewhere(runner: Runner, tmp_path: Path) -> Iterator[str]:
    """Another origin, with nothing but static files: the page, told where the API is."""
    folder = shutil.copytree(ROOT / "frontend", tmp_path / "site")
    index = folder / "index.html"
    setting = '<meta name="image-repo-api" content="{}">'
    assert setting.format("") in index.read_text()
    index.write_text(index.read_text().replace(setting.format(""), setting.format(runner.address)))
    with static_site(folder) as address:
        yield address


@contextmanager
def static_site(folder: Path) -> Iterator[str]:
    """An origin with nothing but the files in that folder."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietFiles, directory=str(folder))) as server:
        Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class QuietFiles(SimpleHTTPRequestHandler):
    """Static files, without a word about each."""

    def log_message(self, *_: object) -> None:
        pass


def _is_refusal(message: ConsoleMessage) -> bool:
    """Chromium reports every 4xx as an error: those of the API are what many a test is about."""
    path = urlsplit(message.location["url"]).path
    return message.text.startswith("Failed to load resource") and path.split("/")[1] in _API
