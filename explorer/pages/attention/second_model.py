"""The section that shows a second model on the same sentence and translation, and the difference."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from explorer.errors import InputError
from explorer.pages import passes, screen, sidebar
from explorer.pages.attention.options import pick_heads
from explorer.pages.attention.picture import Picture, draw, draw_pair, picture
from explorer.pages.attention.target import own_text

if TYPE_CHECKING:
    from explorer.checkpoints.catalogue import CheckpointInfo
    from explorer.pages.attention.shown import Shown


def compare(shown: Shown, width: int) -> None:
    """A second model on the same sentence and the same translation, and the difference; folded.

    Where the first model has no attention, that of the second stands alone.
    """
    screen.section("Put a second model beside it", "compare_box", _compare, shown, width)


def _compare(shown: Shown, width: int) -> None:
    from explorer.results import KINDS, in_order

    others = {other.name: other for other in sidebar.checkpoints() if comparable(other, shown.info)}
    if not others:
        st.caption("No other model has the same languages.")
        return
    left, right = st.columns(2, gap="medium")
    with left:
        name = st.selectbox(
            "Second model",
            list(others),
            format_func=lambda name: sidebar.model_label(others[name]),
            key=f"second-{shown.info.name}",
        )
    other, value = others[name], shown.target.value
    try:
        own = passes.translation(other, shown.sentence)
        text = value if isinstance(value, str) else own_text(shown.choice)
        record = passes.record(other, shown.sentence, text)
        kind = shown.kind or in_order((*record.kinds, *KINDS), KINDS)[0]
        heads, reduce = None, "mean"
        if kind in record.kinds and kind in shown.record.kinds:
            with right:
                heads, reduce = pick_heads(record.map(kind), prefix="second-")
        st.text(f"{other.name} would translate: {own.text}")
        options = replace(shown.options, heads=heads, reduce=reduce)
        second = replace(shown, record=record, kind=kind, options=options)
        draw_beside(replace(shown, kind=kind), second, width - 48)
    except InputError as error:
        screen.notice(str(error))


def comparable(other: CheckpointInfo, info: CheckpointInfo) -> bool:
    return other.name != info.name and (other.task, other.src_lang, other.tgt_lang) == (
        info.task,
        info.src_lang,
        info.tgt_lang,
    )


def draw_beside(first: Shown, second: Shown, width: int) -> None:
    """Both pictures with one scale, and their difference."""
    from explorer.results import names_of
    from explorer.views.numbers import short

    both = [first, second]
    names = [each.record.model_name for each in both]
    log_probs = [short(each.record.log_probs.sum()) for each in both]
    st.caption(
        f"Both models write the same translation here. Its log-probability is {log_probs[0]} with "
        f"{names[0]} and {log_probs[1]} with {names[1]}. Subwords are merged into words, so that rows and "
        "columns are the same."
    )
    lacking = [each.record.model_name for each in both if each.kind not in each.record.kinds]
    if lacking:
        screen.notice(
            f"No {names_of(first.kind).technical} in {' and in '.join(lacking)}: there is no difference to "
            "draw.",
            icon="ℹ️",
        )
        if second.kind in second.record.kinds:
            draw(comparable_picture(second), key="second", max_width=width)
        return
    pictures = [comparable_picture(each) for each in both]
    draw_pair(pictures, names, ("first", "second", "difference"), width)


def comparable_picture(shown: Shown) -> Picture:
    """All of the matrix, in words and on the full scale, as two models need it to be compared."""
    whole = {"merge": True, "picture": "matrix", "full_scale": True, "minimum": 0.0, "top": 1.0}
    return picture(shown.record, shown.kind, replace(shown.options, **whole))
