"""The words of a translation as chips: wrong ones marked, missing ones struck through."""

from __future__ import annotations

from collections.abc import Sequence

from explorer.results import WordEdit
from explorer.views.attention.tokens import chip, chip_row
from explorer.views.text import visible_text
from explorer.views.theme import Theme, blend

MARKS = {"replaced": "in place of another", "inserted": "not in the reference", "deleted": "missing"}


def error_chips(edits: Sequence[WordEdit], theme: Theme, description: str) -> dict:
    """JSON-ready data for `explorer.components.token_chips`. edits: from the reference to the translation, by
    `word_diff`.

    A word in place of another has a wavy line below it, one that the reference has not a double line; what is
    missing stands struck through where it should be.
    """
    colors = {"replaced": theme.categories[0], "deleted": theme.missed, "inserted": theme.spurious}
    chips, words = [], []
    for edit in edits:
        about = {
            "kept": "as in the reference",
            "replaced": f"the reference has {' '.join(map(visible_text, edit.old))}",
            "deleted": "missing: the reference has it here",
            "inserted": "not in the reference",
        }[edit.kind]
        shown = edit.old if edit.kind == "deleted" else edit.new
        look = {"mark": "", "color": theme.surface, "ink": theme.text}
        if edit.kind != "kept":
            look = {
                "mark": edit.kind,
                "color": blend(theme.background, colors[edit.kind], 0.16),
                "ink": theme.text,
            }
        chips += [chip(word, False, False, False, f"{visible_text(word)}: {about}") | look for word in shown]
        words += shown
    if not chips:
        chips = [
            chip("", True, False, False, "an empty translation")
            | {"mark": "", "color": theme.surface, "ink": theme.muted}
        ]
    row = chip_row(chips, words, theme, description)
    row["colors"] |= colors
    return row | {"legend": None, "samples": [], "hint": errors_sentence(edits)}


def errors_sentence(edits: Sequence[WordEdit]) -> str:
    """How many words of the reference are there, in order, and how many are not in it."""
    n_kept = sum(len(edit.old) for edit in edits if edit.kind == "kept")
    n_reference, n_words = (sum(len(getattr(edit, side)) for edit in edits) for side in ("old", "new"))
    if n_kept == n_reference == n_words:
        return f"All {n_reference} words as in the reference."
    return f"{n_kept} of {n_reference} words as in the reference; {n_words - n_kept} of {n_words} are others."
