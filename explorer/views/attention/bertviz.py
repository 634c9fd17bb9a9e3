"""BertViz's head view and model view (Vig 2019) of these heads, each a page of its own for an iframe.

BertViz's two scripts run as they are in its package, with small stand-ins (`bertviz.js`) for the libraries
that they would fetch, so nothing is requested. Tokens are data twice over: they are JSON in which no tag can
begin, and the page's policy lets one script run, by its hash.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import Literal

import numpy as np

from explorer.results import AttentionMap, names_of
from explorer.views.numbers import percent
from explorer.views.text import visible_token
from explorer.views.theme import SANS, Theme, blend, line_colors

FAINTEST = 0.02  # a line is as opaque as its weight: under this it cannot be seen
MAX_LINES = 100_000  # drawn at once; with more a browser takes seconds, and then memory
TOKEN_WIDTH = 10  # characters that fit into BertViz's boxes
ZOOM = 1.25  # of the head view, which BertViz draws small
HEIGHT = 900  # pixels of the frame; what is higher scrolls inside it

View = Literal["head_view", "model_view"]


@dataclass(frozen=True)
class Frame:
    """A page for an iframe: its HTML, the height it wants in pixels, the lines in it, and a sentence about
    those that are left out.
    """

    html: str
    height: int
    n_lines: int
    note: str


def head_view(
    attention_map: AttentionMap, theme: Theme, layer: int = 0, heads: Sequence[int] | None = None
) -> Frame:
    """All heads of one layer over each other; the reader picks layer and heads, `layer` and `heads` are shown
    first.
    """
    longest = max(len(attention_map.query.tokens), len(attention_map.key.tokens))
    drawn, n_lines, note = _drawable(attention_map.weights, per_layer=True)
    params = _params(attention_map, drawn) | {"layer": layer, "heads": None if heads is None else list(heads)}
    body = '<div id="bertviz"><label>Layer: <select id="layer"></select></label><div id="vis"></div></div>'
    what = f"BertViz head view, {names_of(attention_map.kind).name}"
    return Frame(
        _page(_source("head_view"), params, body, theme, what),
        min(HEIGHT, 56 + math.ceil(ZOOM * (22.5 * longest + 36))),
        n_lines,
        note,
    )


def model_view(attention_map: AttentionMap, theme: Theme, width: int = 970) -> Frame:
    """Every layer and head as a thumbnail in `width` pixels; a click shows one with its tokens."""
    n_layers, n_heads = attention_map.n_layers, attention_map.n_heads
    across = max(n_heads, 3)  # BertViz draws the fewer heads the larger, and one head would not fit a screen
    longest = max(len(attention_map.query.tokens), len(attention_map.key.tokens))
    drawn, n_lines, note = _drawable(attention_map.weights)
    params = _params(attention_map, drawn) | {
        "display_mode": theme.name,
        "include_heads": list(range(n_heads)),
        "total_heads": across,
    }
    height = 38 + max(n_layers * (longest * 84 / across + 10), 18 * longest + 55)
    body = '<div id="bertviz"><div id="vis"></div></div>'
    what = f"BertViz model view, {names_of(attention_map.kind).name}"
    source = _source("model_view").replace("const DIV_WIDTH = 970;", f"const DIV_WIDTH = {int(width)};", 1)
    return Frame(_page(source, params, body, theme, what), min(HEIGHT, math.ceil(height) + 24), n_lines, note)


def _params(attention_map: AttentionMap, weights: np.ndarray) -> dict:
    """What BertViz's own Python hands to its scripts, for one kind of attention."""
    left, right = (
        [visible_token(token, TOKEN_WIDTH) for token in side]
        for side in (attention_map.query.tokens, attention_map.key.tokens)
    )
    return {
        "attention": [{"name": None, "attn": weights, "left_text": left, "right_text": right}],
        "default_filter": "0",
        "root_div_id": "bertviz",
        "include_layers": list(range(attention_map.n_layers)),
    }


def _drawable(weights: np.ndarray, per_layer: bool = False) -> tuple[np.ndarray, int, str]:
    """The weights that are drawn, [layers, heads, rows, cols], the others 0; how many; and what is left out,
    in a sentence.

    Weights under `FAINTEST` go, then all but the `MAX_LINES` largest, of the map or (`per_layer`: one is seen
    at a time) of each layer.
    """
    drawn = np.where(weights >= FAINTEST, weights, 0).astype(np.float64)
    capped = False
    for part in drawn if per_layer else [drawn]:
        flat = part.reshape(-1)  # a view: what is set to 0 here is so in `drawn`
        if np.count_nonzero(flat) > MAX_LINES:
            flat[np.argsort(-flat, kind="stable")[MAX_LINES:]] = 0
            capped = True
    n_lines, total = int(np.count_nonzero(drawn)), float(weights.sum(dtype=np.float64))
    hidden = max(0.0, 1 - float(drawn.sum()) / total) if total > 0 else 0.0
    too_many = (
        f", and only the {MAX_LINES:,} strongest {'of a layer ' if per_layer else ''}are" if capped else ""
    )
    note = (
        f"Lines under {FAINTEST} are not drawn{too_many}: {percent(hidden)} of the attention is left out."
        if hidden > 0
        else ""
    )
    return drawn, n_lines, note


def _page(source: str, params: dict, body: str, theme: Theme, title: str) -> str:
    """A document that holds one script and one style and may load nothing."""
    script = f"{_stand_ins(theme)}\n{source.replace('PYTHON_PARAMS', script_json(params), 1)}"
    style = (
        f"body{{margin:0;background:{theme.background};color:{theme.text};font:15px {SANS}}}"
        f"svg{{display:block}}label{{display:block;padding-bottom:8px}}label+div{{zoom:{ZOOM}}}"
        f"select{{font:inherit;color:inherit;background:{theme.surface};border:1px solid {theme.grid};"
        "padding:2px 8px}"
        # BertViz's black on black, and its light grey
        f"svg text{{fill:{theme.text}}}rect[fill=lightgray]{{fill:{theme.grid}}}"
        f"svg[fill=black],rect[fill=black]{{fill:{theme.background}}}"
    )
    policy = (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; base-uri "
        "'none'; form-action 'none'"
    )
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta '
        f'http-equiv="Content-Security-Policy" content="{policy}">'
        f"<title>{title}</title><style>{style}</style></head><body>{body}<script>{script}</script></body></html>"
    )


def script_json(params: dict) -> str:
    """`params` as JSON that may stand inside a <script>: ASCII only, no tag or comment in it, each array as
    numbers of three decimals.
    """
    arrays: list[np.ndarray] = []

    def stand_for(array: np.ndarray) -> dict:
        arrays.append(array)
        return {"array": len(arrays) - 1}

    text = json.dumps(params, ensure_ascii=True, separators=(",", ":"), default=stand_for).replace(
        "<", "\\u003c"
    )
    for number, array in enumerate(
        arrays
    ):  # no string can hold what stands for an array: its quotes would be escaped
        values = json.dumps(np.round(array, 3).tolist(), separators=(",", ":"))
        text = text.replace(f'{{"array":{number}}}', re.sub(r"\b([01])\.0\b", r"\1", values), 1)
    return text


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")


def _stand_ins(theme: Theme) -> str:
    colors = line_colors(theme)
    more = (
        blend(color, theme.text, 0.45) for color in colors
    )  # for a ninth head and more; BertViz would begin again after ten
    return _file(Path(__file__).with_suffix(".js")).replace("PALETTE_COLORS", json.dumps([*colors, *more]), 1)


@cache
def _source(view: View) -> str:
    """One of BertViz's scripts; found without importing the package, which would bring torch and IPython."""
    return _file(Path(str(distribution("bertviz").locate_file(f"bertviz/{view}.js"))))


@cache
def _file(path: Path) -> str:
    return path.read_text(encoding="utf-8")
