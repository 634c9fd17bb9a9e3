"""What a sentence loses without some heads: changed words and probabilities as chips, and in sentences."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from explorer.results import Ablation, HeadId, Provenance, StateShift, names_of
from explorer.views.attention.tokens import chip, chip_row, side_chip
from explorer.views.csv_table import table_csv
from explorer.views.numbers import exact, percent, short
from explorer.views.text import visible_text
from explorer.views.theme import Theme, blend, chip_color, difference_color, diverging, ink

MASKED = {"zero": "weights set to zero", "uniform": "weights made equal"}
MARKS = {"replaced": "in place of another", "deleted": "gone", "inserted": "new"}


def word_chips(ablation: Ablation, side: Literal["old", "new"], theme: Theme) -> dict:
    """JSON-ready data for `explorer.components.token_chips`: the words of one translation, those that the
    other lacks marked.

    A mark is a colour and a kind of line: wavy under a replaced word, double under a new one, through one
    that is gone.
    """
    colors = {"replaced": theme.categories[0], "deleted": theme.missed, "inserted": theme.hit}
    words = [word for edit in ablation.edits for word in getattr(edit, side)]
    chips = []
    for edit in ablation.edits:
        other = " ".join(map(visible_text, edit.new if side == "old" else edit.old))
        about = {
            "kept": "the same in both",
            "replaced": f"{'became' if side == 'old' else 'was'} {other}",
            "deleted": "gone without these heads",
            "inserted": "new without these heads",
        }[edit.kind]
        look = {"mark": "", "color": theme.surface, "ink": theme.text}
        if edit.kind != "kept":
            look = {
                "mark": edit.kind,
                "color": blend(theme.background, colors[edit.kind], 0.16),
                "ink": theme.text,
            }
        chips += [
            chip(word, False, False, False, f"{visible_text(word)}: {about}") | look
            for word in getattr(edit, side)
        ]
    if not chips:
        chips = [
            chip("", True, False, False, "an empty translation")
            | {"mark": "", "color": theme.surface, "ink": theme.muted}
        ]
    whose = "The whole model's translation" if side == "old" else "The translation without these heads"
    row = chip_row(chips, words, theme, f"{whose}, word by word")
    row["colors"] |= colors
    shown = {edit.kind for edit in ablation.edits} if side == "new" else ()  # one legend below both rows
    samples = [{"mark": mark, "label": label} for mark, label in MARKS.items() if mark in shown]
    return row | {"legend": None, "samples": samples, "hint": ""}


def shift_chips(shift: StateShift, theme: Theme) -> dict:
    """JSON-ready data for `explorer.components.token_chips`: the tokens that were read, shaded by how far
    their states moved; the scale reaches to the largest shift, at least to 0.1 of a state.
    """
    side = shift.whole.read
    largest = max(0.1, math.ceil(10 * float(shift.shift.max(initial=0.0))) / 10)
    chips = []
    for i, moved in enumerate(shift.shift):
        color = chip_color(theme, float(moved) / largest)
        about = f"{visible_text(side.tokens[i])}: its state moves by {percent(float(moved))} of its length"
        chips.append(side_chip(side, i, about) | {"color": color, "ink": ink(color)})
    legend = {
        "label": "shift of the state, share of its length",
        "low": "0",
        "high": short(largest),
        "stops": [chip_color(theme, k / 20) for k in range(21)],
    }
    row = chip_row(chips, side.tokens, theme, "How far each state moved")
    return row | {"legend": legend, "hint": "Point at a token to read how far its state moved."}


def change_chips(ablation: Ablation, theme: Theme) -> dict:
    """JSON-ready data for `explorer.components.token_chips`: the target's tokens, coloured by how their
    log-probability changed.

    The scale is balanced at 0 and reaches to the largest change, at least to 1 nat.
    """
    deltas, record = ablation.deltas, ablation.target
    largest = max(1.0, math.ceil(10 * float(abs(deltas).max(initial=0.0))) / 10)
    chips = []
    for i, (token, delta) in enumerate(zip(record.written.tokens, deltas, strict=True)):
        color = difference_color(theme, float(delta), largest)
        before, after = record.log_probs[i], ablation.target_masked.log_probs[i]
        about = (
            f"{visible_text(token)}: log-probability {exact(before)} with all heads, {exact(after)} "
            f"without: {change(delta)}"
        )
        chips.append(side_chip(record.written, i, about) | {"color": color, "ink": ink(color)})
    stops = [color for _, color in diverging(theme)]
    legend = {
        "label": "change of log-probability",
        "low": f"−{short(largest)}",
        "high": f"+{short(largest)}",
        "stops": stops,
    }
    description = "How the log-probability of each token changed"
    row = chip_row(chips, record.written.tokens, theme, description)
    return row | {"legend": legend, "hint": "Point at a token to read its exact numbers."}


# -------------------------------------------------------------------------------------------------- sentences


def change(value: float) -> str:
    """A difference with its sign: +0.12, −3.4, 0."""
    text = short(value)
    return text if text == "0" or text.startswith(("−", ">", "–")) else f"+{text}"


def head_names(heads: Sequence[HeadId], most: int = 6) -> str:
    """Heads by kind: "Cross-attention L1 H3; Encoder self-attention L0 H0, L0 H2"."""
    kinds = dict.fromkeys(kind for kind, _, _ in heads)
    if len(heads) > most:
        return "; ".join(
            f"{sum(kind == other for other, _, _ in heads)} of {names_of(kind).name.lower()}"
            for kind in kinds
        )
    parts = (
        f"{names_of(kind).name} "
        + ", ".join(f"L{layer} H{head}" for other, layer, head in heads if other == kind)
        for kind in kinds
    )
    return "; ".join(parts)


def changed_sentence(ablation: Ablation) -> str:
    """How many words of the translation are others now."""
    n_old, n_new = (sum(len(getattr(edit, side)) for edit in ablation.edits) for side in ("old", "new"))
    n_kept = sum(len(edit.old) for edit in ablation.edits if edit.kind == "kept")
    if not ablation.changed:
        return f"The translation stays the same: {n_old} word{'' if n_old == 1 else 's'}."
    if n_kept == n_old == n_new:
        return "The words stay the same; only the spaces between them change."
    gone, new = n_old - n_kept, n_new - n_kept
    return (
        f"{gone} of {n_old} words {_are(gone)} gone or replaced; {new} of {n_new} in the new translation "
        f"{_are(new)} new."
    )


def _are(n: int) -> str:
    return "is" if n == 1 else "are"


def probability_sentence(ablation: Ablation) -> str:
    """What masking does to the log-probability of the target, and of the new translation where that is
    another.
    """
    what = "the translation that was given" if ablation.forced else "the old translation"
    text = _one_probability(
        what, ablation.target.log_probs.sum(), ablation.target_masked.log_probs.sum(), len(ablation.deltas)
    )
    if ablation.new.written.tokens != ablation.target.written.tokens:
        text += " " + _one_probability(
            "the new translation",
            ablation.new.log_probs.sum(),
            ablation.new_masked.log_probs.sum(),
            len(ablation.new_deltas),
        )
    return text


def _one_probability(what: str, before: float, after: float, n_tokens: int) -> str:
    per_token = change((float(after) - float(before)) / n_tokens)
    return (
        f"Log-probability of {what}: {short(before)} with all heads, {short(after)} without, a change of "
        f"{change(float(after) - float(before))}, or {per_token} per token."
    )


# ---------------------------------------------------------------------------------------------------- numbers


def ablation_csv(ablation: Ablation, provenance: Provenance) -> str:
    """Both translations token by token with their log-probabilities, as CSV."""
    header = ("translation", "position", "token", "log_prob", "log_prob_masked", "change")
    rows = []
    for name, whole, masked, deltas in (
        ("target", ablation.target, ablation.target_masked, ablation.deltas),
        ("new", ablation.new, ablation.new_masked, ablation.new_deltas),
    ):
        for i, token in enumerate(whole.written.tokens):
            rows.append((name, i, token, whole.log_probs[i], masked.log_probs[i], float(deltas[i])))
    facts = {
        "heads": [f"{kind}:{layer}:{head}" for kind, layer, head in ablation.heads],
        "mode": ablation.mode,
    }
    return table_csv(header, rows, provenance, facts | {"old": ablation.old_text, "new": ablation.new_text})
