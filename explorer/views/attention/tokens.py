"""How sure was the model of each token? A sentence as chips: data for the component `token_chips`."""

from __future__ import annotations

import math
from collections.abc import Sequence

from explorer.results import PassRecord, Side
from explorer.views.numbers import exact, short
from explorer.views.text import is_rtl, visible_text, visible_token
from explorer.views.theme import Colormap, Theme, chip_color, ink


def target_chips(
    record: PassRecord,
    theme: Theme,
    selected: int | None = None,
    clickable: bool = True,
    colormap: Colormap = "cividis",
) -> dict:
    """JSON-ready data for `explorer.components.token_chips`: target tokens shaded by probability; `selected`
    marks one (a step).
    """
    side = record.written
    chips = []
    for i, (token, log_prob) in enumerate(zip(side.tokens, record.log_probs, strict=True)):
        prob = math.exp(float(log_prob))
        color = chip_color(theme, prob, colormap)
        about = f"{visible_text(token)}: probability {short(prob)}, log-probability {exact(log_prob)}"
        unknown = i in side.unknown
        about += ", not in the vocabulary" if unknown else ""
        look = {"color": color, "ink": ink(color), "prob": short(prob), "log_prob": exact(log_prob)}
        chips.append(side_chip(side, i, about) | look)
    stops = [chip_color(theme, k / 20, colormap) for k in range(21)]
    legend = {"label": "probability of each token", "low": "0", "high": "1", "stops": stops}
    row = chip_row(chips, side.tokens, theme, f"The {side.name}, token by token", selected, clickable)
    return row | {"legend": legend, "hint": "Point at a token to read its exact probability."}


def source_chips(
    record: PassRecord, theme: Theme, selected: int | None = None, clickable: bool = False
) -> dict:
    """JSON-ready data for `explorer.components.token_chips`: source tokens, those outside the vocabulary
    marked.
    """
    side = record.read
    chips = []
    for i, token in enumerate(side.tokens):
        about = (
            f"{visible_text(token)}: not in the vocabulary, the model sees <unk>"
            if i in side.unknown
            else visible_text(token)
        )
        look = {"color": theme.surface, "ink": theme.muted if side.special[i] else theme.text}
        chips.append(side_chip(side, i, about) | look)
    row = chip_row(chips, side.tokens, theme, f"The {side.name}, token by token", selected, clickable)
    return row | {"legend": None, "hint": ""}


def side_chip(side: Side, place: int, about: str) -> dict:
    """The token at a place of a side as a chip without its colours; about: what is said when it is pointed
    at.
    """
    return chip(side.tokens[place], side.special[place], side.continues[place], place in side.unknown, about)


def chip(token: str, special: bool, continues: bool, unknown: bool, about: str) -> dict:
    """Any text as a chip without its colours."""
    return {
        "label": visible_token(token),
        "about": about,
        "special": special,
        "continues": continues,
        "unknown": unknown,
    }


def chip_row(
    chips: list[dict],
    tokens: Sequence[str],
    theme: Theme,
    description: str,
    selected: int | None = None,
    clickable: bool = False,
) -> dict:
    """Chips with what the component needs besides; `legend` and `hint` are the caller's."""
    return {
        "chips": chips,
        "direction": "rtl" if is_rtl("".join(tokens[:1])) else "ltr",
        "description": description,
        "selected": selected,
        "clickable": clickable,
        "unknown_label": "not in the vocabulary" if any(each["unknown"] for each in chips) else "",
        "colors": {"accent": theme.accent, "unknown": theme.missed},
    }
