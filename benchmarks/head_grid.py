"""The speed of drawing many heads as small pictures, from a click in a real browser to the painted screen.

Random weights of 6 × 8 heads over 40 tokens and of 12 × 12 heads over 128 tokens are drawn by the grid of the
page "Heads", in a small app with the settings of ours. Peer in the same run: one Plotly figure with a heatmap
for each head, as one would write it first. A third app shows what the page does with the same weights in
BertViz's model view. Last, the page itself: from a click on a head to its large picture. Prints JSON; times
in seconds, sizes in millions of bytes as they come out of the socket.

    python benchmarks/head_grid.py [--draws 7]
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

SIZES = {"6x8 heads, 40 tokens": (6, 8, 40), "12x12 heads, 128 tokens": (12, 12, 128)}
APP = """
import sys
sys.path.insert(0, {root!r})
import numpy as np
import streamlit as st
from explorer.results import AttentionMap
from explorer.views.theme import PLOTLY_CONFIG, THEMES

LAYERS, HEADS, TOKENS = {size!r}
st.set_page_config(layout="wide")

@st.cache_resource
def weights(turn):
    scores = np.random.default_rng(turn).normal(size=(LAYERS, HEADS, TOKENS, TOKENS)).astype(np.float32) * 3
    powers = np.exp(scores - scores.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)

@st.fragment
def picture():
    st.button("Another", on_click=lambda: st.session_state.update(turn=st.session_state["turn"] + 1))
    turn = st.session_state.setdefault("turn", 0)
    values = weights(turn)
{draw}

picture()
"""
DRAW = {
    "ours": """
    from explorer.components.head_grid import head_grid
    from explorer.views.heads.grid import grid_data
    head_grid(grid_data("encoder_self", values, THEMES["light"], [(0, 0)]) | {"note": f"turn {turn}"},
        key="grid", on_pick=print)
""",
    "plotly": """
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots
    figure = make_subplots(LAYERS, HEADS, horizontal_spacing=0.005, vertical_spacing=0.01)
    for layer in range(LAYERS):
        for head in range(HEADS):
            figure.add_heatmap(z=values[layer, head], zmin=0, zmax=1, showscale=False, row=layer + 1,
                col=head + 1)
    figure.update_layout(title=f"turn {turn}", height=90 * LAYERS, width=1200)
    figure.update_xaxes(visible=False).update_yaxes(visible=False, autorange="reversed")
    st.plotly_chart(figure, key="grid", theme=None, config=PLOTLY_CONFIG)
""",
    "bertviz model view": """
    from explorer.views.attention.bertviz import model_view
    tokens = (f"turn {turn}", *(f"t{i}" for i in range(1, TOKENS)))
    no_words = (None,) * TOKENS
    frame = model_view(
        AttentionMap("encoder_self", values, tokens, tokens, no_words, no_words), THEMES["light"], 1200
    )
    st.iframe(frame.html, height=frame.height, alt=f"turn {turn}")
""",
}
DRAWN = {  # (turn) → whether the picture of this turn is in the document, complete
    "ours": """(turn) => [...document.querySelectorAll('.st-key-grid *')].some((node) =>
        (node.shadowRoot ?? node).querySelector?.('.head-grid .note')
            ?.textContent.endsWith('turn ' + turn))""",
    "plotly": """(turn) => document.querySelector('.st-key-grid .gtitle')?.textContent === 'turn ' + turn
        && document.querySelector('.st-key-grid .js-plotly-plot')._fullData.length
           === document.querySelectorAll('.st-key-grid .hm image').length""",
    "bertviz model view": """(turn) => {
        const frame = document.querySelector(`iframe[title="turn ${turn}"]`)?.contentDocument;
        return frame?.readyState === 'complete' && frame.querySelectorAll('line').length > 0;
    }""",
}
PAINTED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


class App:
    """A script in a server of its own, with an empty home folder and the settings of ours; its output goes
    nowhere.
    """

    def __init__(self, script: Path, home: Path):
        self.port = free_port()
        self.url = f"http://localhost:{self.port}/"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(self.port)],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "HOME": str(home)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def __enter__(self) -> App:
        while self.process.poll() is None:
            try:
                urllib.request.urlopen(f"{self.url}_stcore/health").close()
                return self
            except urllib.error.URLError:
                time.sleep(0.05)
        raise RuntimeError("The app ended at once: run the same command by hand to see why.")

    def __exit__(self, *_) -> None:
        self.process.terminate()
        self.process.wait()


class Socket:
    """Counts the bytes that a page receives over its web sockets, as they are after decompression."""

    def __init__(self, page: Page):
        self.received = 0
        page.on("websocket", lambda socket: socket.on("framereceived", self.count))

    def count(self, payload: str | bytes) -> None:
        self.received += len(payload)


def measure(browser, name: str, size: tuple[int, int, int], n_draws: int) -> dict[str, float]:
    """Medians over `n_draws` redraws, each of weights that the server and the browser have not seen, after
    one that warms both up.
    """
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "app.py"
        script.write_text(APP.format(root=str(ROOT), size=size, draw=DRAW[name]))
        with App(script, Path(folder)) as app:
            page = browser.new_page(viewport={"width": 1280, "height": 720})
            page.set_default_timeout(120_000)
            socket = Socket(page)
            page.goto(app.url)
            page.wait_for_function(DRAWN[name], arg=0)
            seconds, sizes = [], []
            for turn in range(1, n_draws + 2):
                page.wait_for_timeout(700)
                before = socket.received
                started = time.perf_counter()
                page.get_by_role("button", name="Another").click()
                page.wait_for_function(DRAWN[name], arg=turn, polling="raf")
                page.evaluate(PAINTED)
                seconds.append(time.perf_counter() - started)
                sizes.append((socket.received - before) / 1e6)
            page.close()
    return {
        "seconds_median": round(statistics.median(seconds[1:]), 3),
        "seconds_all": [round(second, 3) for second in seconds[1:]],
        "megabytes": round(statistics.median(sizes[1:]), 3),
    }


def click_on_heads(browser, n_clicks: int) -> dict[str, object]:
    """On the page itself, with the model that it opens with: from a click on a head to its numbers in the
    large picture.
    """
    with tempfile.TemporaryDirectory() as home, App(ROOT / "app.py", Path(home)) as app:
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.set_default_timeout(120_000)
        page.goto(app.url)
        page.get_by_role("link", name="Heads", exact=True).click()
        tiles = page.locator(".st-key-head-grid .tile")
        tiles.first.wait_for()
        page.locator(".st-key-head-matrix .hm").first.wait_for()
        numbers = (
            "JSON.stringify(document.querySelector('.st-key-head-matrix "
            ".js-plotly-plot')?.data?.[0].z ?? null)"
        )
        seconds = []
        for number in range(n_clicks + 1):
            page.wait_for_timeout(700)
            before = page.evaluate(numbers)
            tile = tiles.nth(number % tiles.count())
            if tile.get_attribute("aria-pressed") == "true":
                continue
            started = time.perf_counter()
            tile.click()
            page.wait_for_function(
                f"(before) => ![before, 'null'].includes({numbers})", arg=before, polling="raf"
            )
            page.evaluate(PAINTED)
            seconds.append(time.perf_counter() - started)
        page.close()
    return {
        "seconds_median": round(statistics.median(seconds[1:]), 3),
        "seconds_all": [round(second, 3) for second in seconds[1:]],
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--draws", type=int, default=7, help="how often each picture is drawn anew (median; default 7)"
    )
    n_draws = parser.parse_args().draws
    result: dict[str, object] = {
        "machine": f"{os.cpu_count()} cores, {platform.machine()}",
        "python": platform.python_version(),
    }
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(FLAGS))
        browser.new_page().close()
        for label, size in SIZES.items():
            result[label] = {name: measure(browser, name, size, n_draws) for name in DRAW}
        result["a click on a head on the page"] = click_on_heads(browser, n_draws)
        browser.close()
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
