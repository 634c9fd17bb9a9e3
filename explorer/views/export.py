"""How does a picture leave the app? As SVG, PNG, HTML, CSV or JSON, each with its provenance inside."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from platform import python_version

from explorer.results import Alignment, LinkErrors, MatrixView, Provenance
from explorer.views.attention.grid import Grid
from explorer.views.attention.matrix_scene import cell_color, matrix_scene
from explorer.views.escaping import escape
from explorer.views.numbers import exact, exact_number
from explorer.views.provenance import provenance_json
from explorer.views.scene.png import scene_png
from explorer.views.scene.svg import scene_svg, svg_shapes
from explorer.views.text import visible_text
from explorer.views.theme import SANS, Colormap, Theme


def installed_versions(*packages: str) -> dict[str, str]:
    """Versions of Python and of the named packages, for a `Provenance`; "not installed" where there is
    none.
    """
    found = {"python": python_version()}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


# --------------------------------------------------------------------------------------------------- pictures


def heatmap_svg(
    view: MatrixView,
    theme: Theme,
    provenance: Provenance,
    gold: Alignment | None = None,
    errors: LinkErrors | None = None,
    vmax: float = 1.0,
    colormap: Colormap = "cividis",
) -> str:
    """The heatmap as true vector SVG: a rectangle per cell with its exact weight in data-weight and on
    hover.
    """
    scene, _ = matrix_scene(view, theme, provenance, gold, errors, vmax, colormap)
    return scene_svg(scene, provenance)


def heatmap_png(
    view: MatrixView,
    theme: Theme,
    provenance: Provenance,
    gold: Alignment | None = None,
    errors: LinkErrors | None = None,
    vmax: float = 1.0,
    colormap: Colormap = "cividis",
    scale: int = 2,
) -> bytes:
    """The heatmap as PNG at `scale` pixels a unit, provenance in the tEXt chunk "Provenance"."""
    scene, _ = matrix_scene(view, theme, provenance, gold, errors, vmax, colormap)
    return scene_png(scene, provenance, scale)


def heatmap_html(
    view: MatrixView,
    theme: Theme,
    provenance: Provenance,
    gold: Alignment | None = None,
    errors: LinkErrors | None = None,
    vmax: float = 1.0,
    colormap: Colormap = "cividis",
) -> str:
    """A page that opens without a network: the picture as SVG, exact weights under the pointer or the arrow
    keys, provenance at the foot.

    A Content-Security-Policy allows its own one style and one script, by hash, and nothing else.
    """
    scene, g = matrix_scene(view, theme, provenance, gold, errors, vmax, colormap, hover=False)
    style = _STYLE.format(t=theme, sans=SANS)
    policy = f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(_SCRIPT)}"
    shapes = list(svg_shapes(scene))
    shapes.insert(1, _compact_cells(view, theme, g, vmax, colormap))
    return _PAGE.format(
        comment=_comment(provenance),
        policy=policy,
        style=style,
        title=escape(scene.title),
        unit=_unit(view),
        width=scene.width,
        height=scene.height,
        description=escape(scene.description),
        shapes="\n".join(shapes),
        cursor_w=g.cell_w + 3,
        cursor_h=g.cell_h + 3,
        accent=theme.accent,
        foot=_foot(provenance),
        data=_script_json(_page_data(view, g)),
        script=_SCRIPT,
    )


def _unit(view: MatrixView) -> str:
    """What a number of the matrix is called."""
    return "difference" if view.signed else "weight"


def _page_data(view: MatrixView, g: Grid) -> dict:
    """What the script of the page reads off: where the cells lie, their tokens and their exact numbers."""
    return {
        "left": g.left,
        "top": g.top,
        "w": g.cell_w,
        "h": g.cell_h,
        "unit": _unit(view),
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
"""  # noqa: E501

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
const picture = document.getElementById("picture"), cursor = document.getElementById("cursor"), said = document.getElementById("said");
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
  show(Math.floor((event.clientY - box.top - d.top) / d.h), Math.floor((event.clientX - box.left - d.left) / d.w));
});
picture.addEventListener("keydown", (event) => {
  const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
  if (!step) return;
  event.preventDefault();
  if (at) show(at[0] + step[0], at[1] + step[1]);
  else show(0, 0);
});
"""  # noqa: E501


def _compact_cells(view: MatrixView, theme: Theme, g: Grid, vmax: float, colormap: Colormap) -> str:
    """All cells of one colour as one path, then the lines between cells: a tenth of the size of a rectangle
    per cell.
    """
    paths: dict[str, list[str]] = {}
    for i, row in enumerate(view.weights):
        for j, weight in enumerate(row):
            paths.setdefault(cell_color(view, theme, weight, vmax, colormap), []).append(f"M{j} {i}h1v1h-1z")
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


# ---------------------------------------------------------------------------------------------------- numbers


def matrix_csv(view: MatrixView, provenance: Provenance) -> str:
    """The numbers as CSV: provenance and notes in leading "# " lines, then a row of column labels, then a row
    per attending token.

    Labels show invisible characters as symbols. A spreadsheet would run a label such as ``=SUM(A1)`` as a
    formula, so those get a leading apostrophe; the exact labels are in `matrix_json`.
    """
    facts: dict[str, object] = {
        "name": view.name,
        "kind": view.kind,
        "reading": view.reading,
        "hidden_mass": view.hidden_mass,
    }
    facts |= {f"note {i}": note for i, note in enumerate(view.notes, 1)}
    header = ['"attending \\ attended"', *map(_quoted, view.cols.tokens)]
    return _csv(
        header,
        ((label, *row) for label, row in zip(view.rows.tokens, view.weights, strict=True)),
        provenance,
        facts,
    )


def table_csv(
    header: Sequence[str],
    rows: Iterable[Sequence[object]],
    provenance: Provenance,
    facts: Mapping[str, object],
    visible: Callable[[str], str] = visible_text,
) -> str:
    """A table as CSV: facts and provenance in leading "# " lines, then the header, then the rows.

    Numbers are written so that they read back the same, nan as an empty cell; text so that no spreadsheet
    takes it for a formula, its invisible characters shown by `visible`.
    """
    return _csv([f'"{name}"' for name in header], rows, provenance, facts, visible)


def _csv(
    header: Sequence[str],
    rows: Iterable[Sequence[object]],
    provenance: Provenance,
    facts: Mapping[str, object],
    visible: Callable[[str], str] = visible_text,
) -> str:
    facts = dict(facts) | {
        "checkpoint": provenance.checkpoint,
        "sha256": provenance.sha256,
        "date": provenance.date,
    }
    facts |= {f"setting {name}": value for name, value in provenance.settings.items()}
    facts |= {f"version {name}": value for name, value in provenance.versions.items()}
    lines = [
        "# " + re.sub(r"[^\w .-]", "_", name) + f": {_comment_json(value)}\n" for name, value in facts.items()
    ]
    lines.append(",".join(header) + "\n")
    lines += [",".join(_cell(value, visible) for value in row) + "\n" for row in rows]
    return "".join(lines)


def _cell(value: object, visible: Callable[[str], str]) -> str:
    if isinstance(value, str):
        return _quoted(value, visible)
    if isinstance(value, int):
        return str(value)
    return "" if value != value else exact(value)


def _quoted(label: str, visible: Callable[[str], str] = visible_text) -> str:
    return '"' + _cell_text(label, visible).replace('"', '""') + '"'


def _cell_text(token: str, visible: Callable[[str], str]) -> str:
    """A label that no spreadsheet takes for a formula, also if it splits the line at a semicolon inside the
    label.
    """
    text = visible(token).strip("\u2068\u2069")
    return re.sub(r"""((?:^|[,;])[\s"']*)(?=[=+@＝＋＠-])""", r"\1'", text)


def _comment_json(value) -> str:
    """JSON without separators inside its strings: a spreadsheet that splits the line at one finds no piece
    that begins like a formula.
    """
    if isinstance(value, dict):
        return (
            "{"
            + ", ".join(f"{_comment_json(str(key))}: {_comment_json(part)}" for key, part in value.items())
            + "}"
        )
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_comment_json, value)) + "]"
    return json.dumps(value, ensure_ascii=True, default=str).replace(",", "\\u002c").replace(";", "\\u003b")


def matrix_json(view: MatrixView, provenance: Provenance) -> str:
    """The numbers as JSON, exact: {"provenance", "name", "kind", "reading", "rows", "columns", "weights",
    "hidden_mass", "notes"}.
    """
    data = {"provenance": asdict(provenance)} | _matrix(view)
    return json.dumps(data, ensure_ascii=True, indent=1, default=str) + "\n"


def _matrix(view: MatrixView) -> dict[str, object]:
    return {
        "name": view.name,
        "kind": view.kind,
        "reading": view.reading,
        "signed": view.signed,
        "hidden_mass": view.hidden_mass,
        "notes": list(view.notes),
        "rows": list(view.rows.tokens),
        "columns": list(view.cols.tokens),
        "row_word_ids": list(view.rows.word_ids),
        "column_word_ids": list(view.cols.word_ids),
        "weights": [[exact_number(w) for w in row] for row in view.weights],
    }


def heads_csv(views: Sequence[MatrixView], provenance: Provenance) -> str:
    """Several heads over the same tokens as CSV: one weight a line, with its head, row and column; otherwise
    as `matrix_csv`.
    """
    facts: dict[str, object] = {"kind": views[0].kind, "reading": views[0].reading}
    facts |= {f"hidden mass of {view.name}": view.hidden_mass for view in views}
    rows = (
        (view.name.replace(" ", ""), i, label, j, other, weight)
        for view in views
        for i, (label, row) in enumerate(zip(view.rows.tokens, view.weights, strict=True))
        for j, (other, weight) in enumerate(zip(view.cols.tokens, row, strict=True))
    )
    return table_csv(("head", "row", "attending", "column", "attended", "weight"), rows, provenance, facts)


def heads_json(views: Sequence[MatrixView], provenance: Provenance) -> str:
    """Several heads as JSON, exact: {"provenance", "heads": [what `matrix_json` has of each]}."""
    heads = [_matrix(view) for view in views]
    return (
        json.dumps(
            {"provenance": asdict(provenance), "heads": heads}, ensure_ascii=True, indent=1, default=str
        )
        + "\n"
    )
