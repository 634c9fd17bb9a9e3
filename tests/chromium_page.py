"""One Chromium for a whole test session, without a server and cut off from the network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

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
PATIENCE = 120  # seconds for one visit


class Visit:
    """An open page and what goes on in it: dialogs, errors on the console, addresses that it asks for."""

    def __init__(self, page):
        self.page = page
        self.dialogs: list[str] = []
        self.errors: list[str] = []
        self.asked: list[str] = []
        self._is_fresh = True
        self._listeners = {
            "dialog": lambda dialog: (self.dialogs.append(dialog.message), dialog.dismiss()),
            "console": lambda message: message.type == "error" and self.errors.append(message.text),
            "pageerror": lambda error: self.errors.append(str(error)),
            "request": lambda request: self.asked.append(request.url),
        }
        for event, listener in self._listeners.items():
            page.on(event, listener)
        page.route("http*://**", lambda route: route.abort())

    @property
    def quiet(self) -> bool:
        """Nothing ran that should not, nothing failed, nothing was fetched."""
        return (
            not self.dialogs
            and not self.errors
            and not [url for url in self.asked if url.startswith(("http", "ws", "ftp"))]
        )

    def show(self, html: str) -> None:
        """Fill the page with nothing but this."""
        if not self._is_fresh:
            self.page.goto("about:blank")
        self._is_fresh = False
        self.page.set_content(html)

    def leave(self) -> None:
        """An empty page again, for the next visit."""
        self.page.mouse.move(0, 0)
        self.page.goto("about:blank")
        self.page.unroute_all()
        for event, listener in self._listeners.items():
            self.page.remove_listener(event, listener)


class Chromium:
    """A browser whose page is handed from visit to visit: a new one takes ten times as long to come by."""

    def __init__(self):
        self.playwright = sync_playwright().start()
        self.browser = self.playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        self.page = None  # an empty one

    def visit(self, function: Callable, options: dict):
        if options:
            return self.visit_once(function, options)
        page, self.page = self.page or self.browser.new_page(), None
        visit = Visit(page)
        try:
            result = function(visit)
            visit.leave()
        except BaseException:  # nobody knows what state the page is in
            page.close()
            raise
        self.page = page
        return result

    def visit_once(self, function: Callable, options: dict):
        page = self.browser.new_page(**options)
        try:
            return function(Visit(page))
        finally:
            page.close()

    def close(self) -> None:
        self.browser.close()
        self.playwright.stop()


@contextmanager
def running_chromium() -> Iterator[Callable]:
    """Gives a function that calls another with a `Visit` and returns what it returns. Options go to
    Playwright's ``new_page``, and a visit with options has a page of its own.
    """
    # Playwright allows one driver per thread, and another fixture may have one in this thread
    with ThreadPoolExecutor(1) as thread:
        chromium = thread.submit(Chromium).result(PATIENCE)
        try:

            def look(function: Callable, **options):
                return thread.submit(chromium.visit, function, options).result(PATIENCE)

            yield look
        finally:
            thread.submit(chromium.close).result(PATIENCE)
