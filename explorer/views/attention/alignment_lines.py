"""Which words are joined? A matrix as lines between two sentences, for the component and for files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from explorer.results import MatrixView, Side
from explorer.views.attention.captions import description
from explorer.views.attention.matrix_picture import MatrixPicture
from explorer.views.attention.verdicts import DASHES, VERDICTS, verdict_colors
from explorer.views.numbers import exact, exact_number, percent, short
from explorer.views.text import visible_text, visible_token
from explorer.views.theme import Theme, line_style

FAINTEST = 0.02  # a weight under this share of the scale is not drawn
BEND = 0.4  # of the way between the columns that a line leaves and arrives level
MAX_LINES = 4000  # of all heads together; more could neither be read nor pointed at


@dataclass(frozen=True)
class Link:
    """One line: from attended token `col` to attending token `row`; verdict is a key of VERDICTS or ""."""

    row: int
    col: int
    weight: float
    verdict: str


def attention_links(picture: MatrixPicture) -> tuple[tuple[Link, ...], float]:
    """The lines to draw, faintest first and gold links last, and the share of the mass that is too faint to
    be drawn.

    Gold links (errors if given, else gold) are drawn however small their weight is. Raises ValueError for a
    difference.
    """
    view = picture.view
    if view.signed:
        raise ValueError("Lines show weights, not differences: draw a difference as a heatmap.")
    verdicts = _verdicts(picture)
    links, drawn, total = [], 0.0, 0.0
    for i, row in enumerate(view.weights):
        for j, value in enumerate(row):
            weight, verdict = exact_number(value), verdicts.get((i, j), "")
            total += weight
            if verdict or weight >= FAINTEST * picture.vmax:
                drawn += weight
                links.append(Link(i, j, weight, verdict))
    links.sort(key=lambda link: (bool(link.verdict), link.weight))
    return tuple(links), max(0.0, 1 - drawn / total) if total > 0 else 0.0


def _verdicts(picture: MatrixPicture) -> dict[tuple[int, int], str]:
    """The verdict of each cell (row, col) that is part of a gold or predicted link."""
    view, gold, errors = picture.view, picture.gold, picture.errors
    if view.is_self:
        return {}
    if errors is not None:
        named = {"missed": errors.missed, "spurious": errors.spurious, "hit": errors.hits}
    elif gold is not None:
        named = {"possible": gold.possible - gold.sure, "sure": gold.sure}
    else:
        return {}
    by_words = {link: verdict for verdict, links in named.items() for link in links}
    verdicts = {}
    for i, target in enumerate(view.rows.word_ids):
        for j, source in enumerate(view.cols.word_ids):
            if (source, target) in by_words:
                verdicts[i, j] = by_words[source, target]
    return verdicts


def stroke_width(weight: float, vmax: float, verdict: str = "") -> float:
    """Pixels: 1 to 8 with the weight, at least 2 for a gold link."""
    return max(2.0 if verdict else 1.0, 1.0 + 7.0 * min(1.0, weight / vmax))


def dash(width: float, verdict: str) -> tuple[float, float] | None:
    """Dash and gap in pixels, longer for a thicker line; None for a whole line."""
    pattern, stretch = DASHES.get(verdict), max(1.0, width / 3)
    return (pattern[0] * stretch, pattern[1] * stretch) if pattern else None


def lines_data(picture: MatrixPicture, theme: Theme, clickable: bool = True) -> dict:
    """JSON-ready data for `explorer.components.alignment_lines`: attended tokens at the left, attending
    tokens at the right.
    """
    view, vmax = picture.view, picture.vmax
    links, faint = attention_links(picture)
    used = [verdict for verdict in VERDICTS if any(link.verdict == verdict for link in links)]
    return {
        "left": _tokens(view.cols),
        "right": _tokens(view.rows),
        "titles": _titles(view),
        "bend": BEND,
        "links": [
            {
                "row": link.row,
                "col": link.col,
                "ends": _ends(link.row, link.col),
                "width": round(width, 2),
                "opacity": round(_opacity(link, vmax, bool(used)), 3),
                "dash": " ".join(f"{part:.3g}" for part in dash(width, link.verdict) or ()),
                "verdict": link.verdict,
            }
            for link in links
            for width in [stroke_width(link.weight, vmax, link.verdict)]
        ],
        "weights": [[exact(weight) for weight in row] for row in view.weights],
        "legend": [
            {
                "verdict": verdict,
                "label": VERDICTS[verdict],
                "dash": " ".join(f"{part:g}" for part in DASHES[verdict] or ()),
            }
            for verdict in used
        ],
        "colors": {name or "plain": color for name, color in verdict_colors(theme).items()}
        | {"muted": theme.muted},
        "note": f"Lines under {short(FAINTEST * vmax)} are not drawn: {percent(faint)} of the attention "
        "shown."
        if faint > 0
        else "",
        "description": description(view),
        "clickable": clickable,
    }


def overlay_data(views: Sequence[MatrixView], theme: Theme, vmax: float = 1.0) -> dict:
    """JSON-ready data for `explorer.components.alignment_lines`: the lines of several heads in one picture.

    views: one per head over the same tokens, each with a name of its own. A head has the colour and dashes of
    its place in `views` (`theme.line_style`) and runs beside the others, so that lines between the same two
    words are all seen. Faint lines are left out, and beyond `MAX_LINES` the fainter ones. Raises ValueError
    when tokens differ.
    """
    first = views[0]
    if any((view.rows.tokens, view.cols.tokens) != (first.rows.tokens, first.cols.tokens) for view in views):
        raise ValueError("Heads can be laid over each other only if all have the same rows and columns.")
    overlay = _Overlay.of(views, vmax)
    styles = [line_style(theme, number) for number in range(len(views))]
    return {
        "left": _tokens(first.cols),
        "right": _tokens(first.rows),
        "titles": _titles(first),
        "bend": BEND,
        "links": [
            _head_line(line, len(views), vmax, styles[line[0]][1])
            for line in zip(*overlay.places.T.tolist(), overlay.weights.tolist(), strict=True)
        ],
        "weights": [
            [f"{short(overlay.stack[head, row, col])} {views[head].name}" for col, head in enumerate(heads)]
            for row, heads in enumerate(overlay.stack.argmax(0).tolist())
        ],
        "legend": [
            {
                "verdict": f"head-{head}",
                "label": view.name,
                "dash": " ".join(f"{part:g}" for part in styles[head][1]),
            }
            for head, view in enumerate(views)
        ],
        "colors": {f"head-{head}": color for head, (color, _) in enumerate(styles)}
        | {"plain": theme.accent, "muted": theme.muted},
        "note": _overlay_note(overlay, views, vmax),
        "description": f"The lines of {len(views)} heads over each other: "
        f"{', '.join(view.name for view in views)}",
        "clickable": False,
    }


@dataclass(frozen=True)
class _Overlay:
    """Which lines of several heads are drawn, the faintest first, so that the strong ones lie on top.

    stack: [heads, rows, cols];  places: [n_lines, 3], head, row and column;  weights: [n_lines];  n_strong:
    the lines that are strong enough, also those beyond `MAX_LINES`.
    """

    stack: np.ndarray
    places: np.ndarray
    weights: np.ndarray
    n_strong: int

    @classmethod
    def of(cls, views: Sequence[MatrixView], vmax: float) -> _Overlay:
        """The lines of `views` that are not faint, the strongest where they are too many."""
        stack = np.stack([view.weights for view in views]).astype(np.float64)
        strong = np.argwhere(stack >= FAINTEST * vmax)
        weights = stack[tuple(strong.T)]
        strongest = np.argsort(-weights, kind="stable")[:MAX_LINES][::-1]
        return cls(stack, strong[strongest], weights[strongest], len(strong))

    def hidden(self, views: Sequence[MatrixView]) -> float:
        """The share of the heads' attention that is not drawn."""
        # A view tells the share that it hides of its mass; where that is all, each row held 1.
        masses = [
            float(cells.sum()) / (1 - view.hidden_mass) if view.hidden_mass < 1 else len(cells)
            for view, cells in zip(views, self.stack, strict=True)
        ]
        return max(0.0, 1 - float(self.weights.sum()) / sum(masses)) if sum(masses) > 0 else 0.0


def _head_line(line: tuple[int, int, int, float], n_heads: int, vmax: float, dashes: Sequence[float]) -> dict:
    """One line (head, row, col, weight) beside those of the other heads, thinner where these are many."""
    head, row, col, weight = line
    width = stroke_width(weight, vmax) * max(0.25, min(1.0, 3 / n_heads))
    stretch = max(1.0, width / 3)
    return {
        "row": row,
        "col": col,
        "ends": _ends(row, col, round((head - (n_heads - 1) / 2) * 0.6 / n_heads, 4)),
        "width": round(width, 2),
        "opacity": round(_opacity(Link(row, col, weight, ""), vmax, judged=False), 3),
        "dash": " ".join(f"{part * stretch:.3g}" for part in dashes),
        "verdict": f"head-{head}",
    }


def _overlay_note(overlay: _Overlay, views: Sequence[MatrixView], vmax: float) -> str:
    """What the picture leaves out and how much attention that is; empty where it is next to nothing."""
    hidden = overlay.hidden(views)
    if hidden <= 5e-4:
        return ""
    what = f"lines under {short(FAINTEST * vmax)}"
    what += f", all but the {MAX_LINES:,} strongest" if overlay.n_strong > MAX_LINES else ""
    what += ", what the reading options hide" if any(view.hidden_mass > 0 for view in views) else ""
    return f"Not drawn: {what}. That is {percent(hidden)} of the attention of these heads."


def _ends(row: int, col: int, beside: float = 0.0) -> list[float]:
    """Where a line leaves the attended token and arrives at the attending one, in rows from the top.

    beside: the track of a head beside those of others, from the middle of the row.
    """
    return [round(place + 0.5 + beside, 4) for place in (col, row)]


def _opacity(link: Link, vmax: float, judged: bool) -> float:
    if link.verdict:
        return 1.0
    share = min(1.0, link.weight / vmax)
    return (0.15 + 0.75 * share) * (0.5 if judged else 1.0)  # beside gold links, the others step back


def _tokens(side: Side) -> list[dict]:
    return [
        {"label": visible_token(token), "full": visible_text(token), "special": dim, "continues": joined}
        for token, dim, joined in zip(side.tokens, side.special, side.continues, strict=True)
    ]


def _titles(view: MatrixView) -> list[str]:
    return ["attended to", "attending"] if view.is_self else [view.cols.title, view.rows.name]
