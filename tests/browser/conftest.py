"""What do the browser tests share? One running app, one Chromium, and a page that must neither complain nor
reach beyond this machine.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.chromium import find_chromium
from tests.browser.reader import WATCH, Reader
from tests.source_files import ROOT

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # as on a machine without a network
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)
# milliseconds until a state that does not come is a failure; a machine that is busy with other work may need
# half of it
PATIENCE = 90_000
expect.set_options(timeout=PATIENCE)
LAPTOP = {"width": 1280, "height": 720}
KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def start_app(home, port: int) -> subprocess.Popen:
    """The app as ./start runs it, with an empty home folder and no settings from outside; its output goes to
    ``server.log`` there.
    """
    own = {
        "HOME": str(home),
        "EXPLORER_RUNS": str(home / "runs"),
        "OMP_NUM_THREADS": "1",
    }  # nobody's runs, and a core for each process
    environment = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ} | own
    with open(home / "server.log", "w") as log:
        command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT)


def wait_until_healthy(process: subprocess.Popen, port: int, log) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, f"The app ended at once:\n{log.read_text()}"
        try:
            with urllib.request.urlopen(f"http://localhost:{port}/_stcore/health", timeout=5):
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"The app did not answer within a minute:\n{log.read_text()}")


@pytest.fixture(scope="session")
def app_url(tmp_path_factory):
    """The address of a running app; what the server wrote must hold no traceback when it ends."""
    home, port = tmp_path_factory.mktemp("home"), free_port()
    process = start_app(home, port)
    try:
        wait_until_healthy(process, port, home / "server.log")
        yield f"http://localhost:{port}/"
    finally:
        process.terminate()
        process.wait(timeout=60)
    log = (home / "server.log").read_text()
    assert "Traceback" not in log, log


@pytest.fixture(scope="session")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(FLAGS))
        yield browser
        browser.close()


class Tabs:
    """Tabs of one window, handed from visit to visit: a tab that has run the app before starts it in half the
    processor time.
    """

    def __init__(self, browser: Browser, app_url: str):
        self.app_url = app_url
        self.window = browser.new_context(viewport=LAPTOP)
        self.window.add_init_script(path=WATCH)
        self._idle: list[Page] = []

    def take(self, viewport: dict[str, int], color_scheme: str) -> Page:
        page = self._idle.pop() if self._idle else self.window.new_page()
        page.set_default_timeout(PATIENCE)
        page.set_viewport_size(viewport)
        page.emulate_media(color_scheme=color_scheme)
        return page

    def give_back(self, page: Page) -> None:
        """Ends the session. The page without a script is one of the server, so that the process stays."""
        page.goto(f"{self.app_url}_stcore/health")
        self._idle.append(page)


class Visits:
    """Open pages of the app. In none of them may there be a complaint on the console, a dialog, or a request
    off this machine.
    """

    def __init__(self, tabs: Tabs):
        self.tabs = tabs
        self.opened: list[Page] = []
        self.complaints: list[str] = []
        self.strangers: list[str] = []
        self._listeners = {
            "request": self._note_request,
            "websocket": self._note_request,
            "console": self._note_error,
            "pageerror": self._note_exception,
            "dialog": self._note_dialog,
        }

    def open(
        self, address: str = "", *, viewport: dict[str, int] = LAPTOP, color_scheme: str = "light"
    ) -> Reader:
        """The app at this address, as somebody finds it who has just come."""
        page = self.tabs.take(viewport, color_scheme)
        self.opened.append(page)
        for event, listener in self._listeners.items():
            page.on(event, listener)
        page.goto(self.tabs.app_url + address)
        return Reader(page)

    def end(self) -> None:
        """Leave what was opened. Raises AssertionError if something happened."""
        for page in self.opened:
            for event, listener in self._listeners.items():
                page.remove_listener(event, listener)
            self.tabs.give_back(page)
        assert not self.strangers
        assert not self.complaints

    def _note_request(self, request) -> None:
        parts = urlsplit(request.url)
        here = parts.hostname in ("localhost", "127.0.0.1")
        if parts.scheme in ("http", "https", "ws", "wss") and not here:
            self.strangers.append(request.url)

    def _note_error(self, message) -> None:
        # an app that is opened below its first page is asked for at that address first, and then found at its
        # own
        if message.type == "error" and "/_stcore/" not in message.location.get("url", ""):
            self.complaints.append(message.text)

    def _note_exception(self, error) -> None:
        self.complaints.append(str(error))

    def _note_dialog(self, dialog) -> None:
        self.complaints.append(f"a dialog: {dialog.message}")
        dialog.dismiss()


@pytest.fixture(scope="session")
def tabs(chromium, app_url):
    """A window that keeps the app's files between tests, as a reader's browser does."""
    return Tabs(chromium, app_url)


@pytest.fixture
def open_reader(tabs):
    """A function that opens the app on a new page. Errors on the console and requests off the machine fail
    the test.
    """
    visits = Visits(tabs)
    yield visits.open
    visits.end()


@pytest.fixture(scope="module")
def open_for_all(tabs):
    """The same for pages that several tests look at, or in which each begins by putting what it needs."""
    visits = Visits(tabs)
    yield visits.open
    visits.end()


@pytest.fixture
def reader(open_reader) -> Reader:
    """The app as somebody finds it who has just opened it, the first picture drawn."""
    reader = open_reader()
    reader.matrix()
    return reader
