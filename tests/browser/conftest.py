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
from playwright.sync_api import expect, sync_playwright

from tests.browser.chromium import find_chromium
from tests.browser.reader import Reader
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


@pytest.fixture(scope="session")
def laptop(chromium):
    """A window of 1280 × 720 that keeps the app's files between tests, as a reader's browser does."""
    return chromium.new_context(viewport={"width": 1280, "height": 720})


@pytest.fixture
def open_reader(chromium, laptop, app_url):
    """A function that opens the app on a new page. Errors on the console and requests off the machine fail
    the test.
    """
    opened, complaints, strangers = [], [], []

    def note_request(request):
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname not in (
            "localhost",
            "127.0.0.1",
        ):
            strangers.append(request.url)

    def note_error(message):
        # an app that is opened below its first page is asked for at that address first, and then found at its
        # own
        if message.type == "error" and "/_stcore/" not in message.location.get("url", ""):
            complaints.append(message.text)

    def open_it(query: str = "", **options) -> Reader:
        context = (
            chromium.new_context(**({"viewport": {"width": 1280, "height": 720}} | options))
            if options
            else laptop
        )
        page = context.new_page()
        opened.append(context if options else page)
        page.set_default_timeout(PATIENCE)
        page.on("request", note_request)
        page.on("websocket", note_request)
        page.on("console", note_error)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: (complaints.append(f"a dialog: {dialog.message}"), dialog.dismiss()))
        page.goto(app_url + query)
        return Reader(page)

    yield open_it
    for context_or_page in opened:
        context_or_page.close()
    assert not strangers
    assert not complaints


@pytest.fixture
def reader(open_reader) -> Reader:
    """The app as somebody finds it who has just opened it, the first picture drawn."""
    reader = open_reader()
    reader.matrix()
    return reader
