"""The heatmap as a page of its own that opens without a network and tells every number."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import asdict

from explorer.results import Provenance
from explorer.views.attention.grid import Grid
from explorer.views.attention.matrix_picture import MatrixPicture
from explorer.views.attention.matrix_scene import matrix_scene
from explorer.views.escaping import escape
from explorer.views.numbers import exact
from explorer.views.provenance import provenance_json
from explorer.views.scene.svg import svg_shapes
from explorer.views.text import visible_text
from explorer.views.theme import SANS, Theme


def heatmap_html(picture: MatrixPicture, theme: Theme, provenance: Provenance) -> str:
    """A page that opens without a network: the picture as SVG, exact weights under the pointer or the arrow
    keys, provenance at the foot.

    A Content-Security-Policy allows its own one style and one script, by hash, and nothing else.
    """
    scene, g = matrix_scene(picture, theme, provenance, hover=False)
    style = _STYLE.format(t=theme, sans=SANS)
    policy = f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(_SCRIPT)}"
    shapes = list(svg_shapes(scene))
    shapes.insert(1, _compact_cells(picture, theme, g))
    return _PAGE.format(
        comment=_comment(provenance),
        policy=policy,
        style=style,
        title=escape(scene.title),
        unit=picture.wording.unit,
        width=scene.width,
        height=scene.height,
        description=escape(scene.description),
        shapes="\n".join(shapes),
        cursor_w=g.cell_w + 3,
        cursor_h=g.cell_h + 3,
        accent=theme.accent,
        foot=_foot(provenance),
        data=_script_json(_page_data(picture, g)),
        script=_SCRIPT,
    )


def _page_data(picture: MatrixPicture, g: Grid) -> dict:
    """What the script of the page reads off: where the cells lie, their tokens and their exact numbers."""
    view = picture.view
    return {
        "left": g.left,
        "top": g.top,
        "w": g.cell_w,
        "h": g.cell_h,
        "unit": picture.wording.unit,
        "rows": [visible_text(token) for token in view.rows.tokens],
        "cols": [visible_text(token) for token in view.cols.tokens],
        "weights": [[exact(weight) for weight in row] for row in view.weights],
    }


def _comment(provenance: Provenance) -> str:
    """The provenance as JSON that may stand inside an HTML comment: nothing in it can end the comment."""
    text = provenance_json(provenance)
    return text.replace("-", "\\u002d").replace("<", "\\u003c").replace(">", "\\u003e")


def _foot(provenance: Provenance) -> str:
    """The provenance as the terms and descriptions of a list."""
    facts = asdict(provenance) | {"settings": provenance.settings, "versions": provenance.versions}
    return "".join(f"<dt>{escape(name)}</dt><dd>{escape(_fact(value))}</dd>" for name, value in facts.items())


_PAGE = """<!DOCTYPE html>
<!-- provenance: {comment} -->
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<h1>{title}</h1>
<p id="said" aria-live="polite">Point at a cell, or step with the arrow keys, to read its exact {unit}.</p>
<svg id="picture" xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}"
 tabindex="0" role="img" aria-label="{description}">
{shapes}
<rect id="cursor" width="{cursor_w:g}" height="{cursor_h:g}" fill="none" stroke="{accent}" stroke-width="3"
 visibility="hidden"/>
</svg>
<footer><dl>{foot}</dl></footer>
<script type="application/json" id="data">{data}</script>
<script>{script}</script>
</body>
</html>
"""


_STYLE = """
body{{margin:24px;background:{t.background};color:{t.text};font:16px/1.5 {sans}}}
h1{{font-size:20px;margin:0 0 8px}}
#said{{min-height:3em;margin:0 0 8px;font-size:18px;overflow-wrap:anywhere}}
svg{{display:block;max-width:none}}
footer{{margin-top:16px;color:{t.muted};font-size:14px;overflow-wrap:anywhere}}
dl{{display:grid;grid-template-columns:max-content 1fr;gap:0 16px}}
dd{{margin:0}}
"""


_SCRIPT = """
"use strict";
const d = JSON.parse(document.getElementById("data").textContent);
const [picture, cursor, said] = ["picture", "cursor", "said"].map((id) => document.getElementById(id));
let at = null;
function show(i, j) {
  if (i < 0 || j < 0 || i >= d.rows.length || j >= d.cols.length) return;
  at = [i, j];
  said.textContent = d.rows[i] + " looks at " + d.cols[j] + ": " + d.unit + " " + d.weights[i][j];
  cursor.setAttribute("x", d.left + j * d.w - 2);
  cursor.setAttribute("y", d.top + i * d.h - 2);
  cursor.setAttribute("visibility", "visible");
}
picture.addEventListener("pointermove", (event) => {
  const box = picture.getBoundingClientRect();
  const [x, y] = [event.clientX - box.left - d.left, event.clientY - box.top - d.top];
  show(Math.floor(y / d.h), Math.floor(x / d.w));
});
picture.addEventListener("keydown", (event) => {
  const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
  if (!step) return;
  event.preventDefault();
  if (at) show(at[0] + step[0], at[1] + step[1]);
  else show(0, 0);
});
"""


def _compact_cells(picture: MatrixPicture, theme: Theme, g: Grid) -> str:
    """All cells of one colour as one path, then the lines between cells: a tenth of the size of a rectangle
    per cell.
    """
    paths: dict[str, list[str]] = {}
    for i, row in enumerate(picture.view.weights):
        for j, weight in enumerate(row):
            paths.setdefault(picture.color(theme, weight), []).append(f"M{j} {i}h1v1h-1z")
    lines = "".join(f"M{g.left + j * g.cell_w:g} {g.top:g}v{g.plot_h:g}" for j in range(g.n_cols + 1))
    lines += "".join(f"M{g.left:g} {g.top + i * g.cell_h:g}h{g.plot_w:g}" for i in range(g.n_rows + 1))
    cells = "".join(f'<path d="{"".join(path)}" fill="{color}"/>' for color, path in paths.items())
    return (
        f'<g transform="translate({g.left:g} {g.top:g}) scale({g.cell_w:g} {g.cell_h:g})" '
        f'shape-rendering="crispEdges">{cells}</g>'
        f'<path d="{lines if g.gap else ""}" stroke="{g.line_color(theme)}" shape-rendering="crispEdges"/>'
    )


def _hash(text: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def _script_json(data) -> str:
    """JSON that may stand inside a script element: nothing in it can end the element or open a comment."""
    text = json.dumps(data, ensure_ascii=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _fact(value) -> str:
    return (
        value
        if isinstance(value, str)
        else json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    )
