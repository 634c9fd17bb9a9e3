"""How long a user waits: from starting the app to the first words and picture, and from a new sentence to its
picture.

A real Chromium looks at the app that this script starts. Peer in the same run, turn by turn: the same app as
a tutorial writes it, with torch, transformers and bertviz imported before the first words and Streamlit's
default server settings. Prints JSON; times in seconds.

    python benchmarks/app_latency.py [--starts 3] [--changes 10]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Page, sync_playwright  # noqa: E402

from tests.browser.chromium import find_chromium  # noqa: E402
from tests.browser.conftest import FLAGS, free_port  # noqa: E402

TITLE = "Which words does each word look at?"
NOUNS = (
    "cat",
    "dog",
    "horse",
    "bird",
    "fish",
    "book",
    "house",
    "train",
    "letter",
    "garden",
    "window",
    "friend",
    "teacher",
    "river",
    "table",
    "song",
)
DEFAULTS = ("--runner.postScriptGC=true", "--server.fileWatcherType=auto")
EAGER = """
import sys
sys.path.insert(0, {root!r})
import torch, transformers, bertviz
import runpy
runpy.run_path({root!r} + "/app.py")
"""
HAS_PICTURE = (
    "() => Boolean(document.querySelector('.st-key-picture-matrix .js-plotly-plot .hm, "
    ".st-key-picture-matrix .js-plotly-plot image'))"
)
SHOWS_WORD = """(word) =>
    Array.from(document.querySelectorAll('.st-key-picture-matrix .xtick'), (tick) => tick.textContent)
    .join('').includes(word)"""


class App:
    """The app in a process of its own, with an empty home folder; `eager` is the peer."""

    def __init__(self, eager: bool):
        self.home = tempfile.TemporaryDirectory()
        self.port = free_port()
        script = ROOT / "app.py"
        if eager:
            script = Path(self.home.name) / "eager.py"
            script.write_text(EAGER.format(root=str(ROOT)))
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(self.port),
             *(DEFAULTS if eager else ())],
            cwd=ROOT, env={"PATH": os.environ["PATH"], "HOME": self.home.name}, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def __enter__(self) -> App:
        while self.process.poll() is None:
            try:
                urllib.request.urlopen(f"http://localhost:{self.port}/_stcore/health").close()
                return self
            except urllib.error.URLError:
                time.sleep(0.01)
        raise RuntimeError("The app ended at once: run ./start to see why.")

    def __exit__(self, *_) -> None:
        self.process.terminate()
        self.process.wait()
        self.home.cleanup()

    def elapsed(self) -> float:
        return time.perf_counter() - self.started


def first_visit(browser, eager: bool) -> dict[str, float]:
    """Seconds from starting the app to its answer, the first words and the first picture in a browser that is
    open already.
    """
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    with App(eager) as app:
        times = {"server_answers": app.elapsed()}
        page.goto(f"http://localhost:{app.port}/", wait_until="commit")
        page.get_by_text(TITLE).wait_for()
        times["first_words"] = app.elapsed()
        page.wait_for_function(HAS_PICTURE, timeout=120_000)
        times["first_picture"] = app.elapsed()
    page.close()
    return times


def change(page: Page, word: str) -> float:
    """Seconds from the key that submits a sentence with `word` to the picture that has this word on its
    axis.
    """
    box = page.get_by_label("Sentence in English", exact=True)
    box.fill(f"The old man has a {word}.")
    started = time.perf_counter()
    box.press("Control+Enter")
    page.wait_for_function(SHOWS_WORD, arg=word, polling="raf")
    return time.perf_counter() - started


def changes(browser, n: int, eager: bool) -> list[float]:
    """The seconds of `n` changes of sentence, each sentence new to the server, after two that warm it up."""
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    with App(eager) as app:
        page.goto(f"http://localhost:{app.port}/")
        page.wait_for_function(HAS_PICTURE, timeout=120_000)
        page.wait_for_timeout(1000)
        seconds = []
        for i in range(n + 2):
            word = NOUNS[i % len(NOUNS)] if i < len(NOUNS) else f"{NOUNS[i % len(NOUNS)]}{i}"
            seconds.append(change(page, word))
            page.wait_for_timeout(700)
    page.close()
    return seconds[2:]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--starts", type=int, default=3, help="how often the app is started (median; default 3)"
    )
    parser.add_argument(
        "--changes", type=int, default=10, help="how many new sentences are typed (median; default 10)"
    )
    arguments = parser.parse_args()
    result: dict[str, object] = {
        "machine": f"{os.cpu_count()} cores, {platform.machine()}",
        "python": platform.python_version(),
    }
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(FLAGS))
        browser.new_page().close()
        visits: dict[bool, list] = {False: [], True: []}
        for _ in range(arguments.starts):
            for eager in visits:
                visits[eager].append(first_visit(browser, eager))
        for name, eager in (("ours", False), ("eager", True)):
            seconds = changes(browser, arguments.changes, eager)
            result[name] = {
                key: round(statistics.median(visit[key] for visit in visits[eager]), 3)
                for key in visits[eager][0]
            } | {
                "change_median": round(statistics.median(seconds), 3),
                "change_all": [round(second, 3) for second in seconds],
            }
        browser.close()
    ours, peer = result["ours"], result["eager"]
    result["ratio_eager_to_ours"] = {
        key: round(peer[key] / ours[key], 2) for key in ("first_words", "first_picture", "change_median")
    }
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
