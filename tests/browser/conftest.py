"""A real browser and a real server. A failed test shows the output of both."""

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

ARGUMENTS: Final = (
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
_TIMEOUT: Final = 10_000
"""Milliseconds until an action in the browser fails."""

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
        launched = playwright.chromium.launch(executable_path=chromium, args=[*ARGUMENTS])
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def runner(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    """A server for the tests of one module. It depends on the browser, so that it is not started without one."""
    del browser
    with running(tmp_path_factory.mktemp("browser") / "data") as each:
        yield each


@pytest.fixture
def open_page(browser: Browser, runner: Runner) -> Iterator[OpenPage]:
    """Opens the page at a URL in a new browser context, without stored data. `prepare` is called with it before.

    The test fails if a page reports an error: a script that fails, or a request that the content security policy
    blocks. Errors of requests that are cancelled when a page is closed do not count.
    """
    errors: list[str] = []
    pages: list[Page] = []

    def record(message: ConsoleMessage) -> None:
        if message.type == "error" and not _is_rejected_call(message):
            errors.append(f"{message.text} ({message.location['url']})")

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
            context.set_default_timeout(_TIMEOUT)
            page = context.new_page()
            pages.append(page)
            if prepare is not None:
                prepare(page)
            page.on("console", record)
            page.on("pageerror", lambda error: errors.append(str(error)))
            page.goto(urljoin(runner.address, url))
            return page

        yield open_at
        for each in pages:
            if not each.is_closed():
                each.evaluate("0")  # waits until all earlier messages have arrived
        reported = list(errors)
    assert reported == []


@pytest.fixture
def elsewhere(runner: Runner, tmp_path: Path) -> Iterator[str]:
    """The page on another origin, a server of static files, with the address of the API in its HTML."""
    folder = shutil.copytree(ROOT / "frontend", tmp_path / "site")
    index = folder / "index.html"
    setting = '<meta name="image-repo-api" content="{}">'
    assert setting.format("") in index.read_text()
    index.write_text(index.read_text().replace(setting.format(""), setting.format(runner.address)))
    with static_site(folder) as address:
        yield address


@contextmanager
def static_site(folder: Path) -> Iterator[str]:
    """A server of the files in a folder; its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietFiles, directory=str(folder))) as server:
        Thread(target=server.serve_forever).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


class QuietFiles(SimpleHTTPRequestHandler):
    """Serves static files without logging each request."""

    def log_message(self, *_: object) -> None:
        pass


def _is_rejected_call(message: ConsoleMessage) -> bool:
    """Is this a 4xx answer of the API? Chromium reports it as an error, but many tests expect it."""
    path = urlsplit(message.location["url"]).path
    return message.text.startswith("Failed to load resource") and path.split("/")[1] in _API
