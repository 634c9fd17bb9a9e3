"""How does a test look at one picture in a real browser, without a server? A Chromium in a thread of its own,
cut off from the network.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import sync_playwright

from tests.browser.chromium import find_chromium

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Visit:
    """An open page and what went on in it: dialogs, errors on the console, addresses that it asked for."""

    def __init__(self, page):
        self.page = page
        self.dialogs: list[str] = []
        self.errors: list[str] = []
        self.asked: list[str] = []
        page.on("dialog", lambda dialog: (self.dialogs.append(dialog.message), dialog.dismiss()))
        page.on("console", lambda message: message.type == "error" and self.errors.append(message.text))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self.asked.append(request.url))
        page.route("http*://**", lambda route: route.abort())

    @property
    def quiet(self) -> bool:
        """Nothing ran that should not, nothing failed, nothing was fetched."""
        return (
            not self.dialogs
            and not self.errors
            and not [url for url in self.asked if url.startswith(("http", "ws", "ftp"))]
        )


@pytest.fixture(scope="module")
def chromium():
    """Call it with a function of a `Visit`; what the function returns comes back. Options go to Playwright's
    new_page.
    """
    with ThreadPoolExecutor(
        1
    ) as thread:  # Playwright allows one driver per thread, and another fixture may have one in this thread

        def start():
            playwright = sync_playwright().start()
            return playwright, playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)

        playwright, browser = thread.submit(start).result(120)

        def look(function, **options):
            def job():
                page = browser.new_page(**options)
                try:
                    return function(Visit(page))
                finally:
                    page.close()

            return thread.submit(job).result(120)

        yield look
        thread.submit(lambda: (browser.close(), playwright.stop())).result(60)
