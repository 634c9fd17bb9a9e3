"""A second model on the same sentence and the same translation, and the difference."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from explorer.errors import InputError
from explorer.pages import passes, screen, sidebar
from explorer.pages.attention.options import Options, pick_heads
from explorer.pages.attention.picture import draw, draw_pair, read
from explorer.pages.attention.target import Target, own_text

if TYPE_CHECKING:
    from explorer.checkpoints.catalogue import CheckpointInfo
    from explorer.pages.sidebar import Choice
    from explorer.results import AttentionKind, PassRecord


def compare(
    choice: Choice,
    target: Target,
    record: PassRecord,
    kind: AttentionKind | None,
    options: Options,
    width: int,
) -> None:
    """A second model on the same sentence and the same translation, and the difference.

    kind: of the picture above, None where the first model has none to show.
    """
    from explorer.results import KINDS, in_order

    box = st.expander("Put a second model beside it", key="compare_box", on_change="rerun")
    if not box.open:
        return
    with box:
        others = {other.name: other for other in sidebar.checkpoints() if comparable(other, choice.info)}
        if not others:
            st.caption("There is no other model for the same languages.")
            return
        left, right = st.columns(2, gap="medium")
        with left:
            name = st.selectbox(
                "Second model",
                list(others),
                format_func=lambda name: sidebar.model_label(others[name]),
                key=f"second-{choice.info.name}",
            )
        other = others[name]
        try:
            own = passes.translation(other, choice.sentence)
            text = target.value if isinstance(target.value, str) else own_text(choice)
            second = passes.record(other, choice.sentence, text)
            if kind is None:
                kind = in_order((*second.kinds, *KINDS), KINDS)[0]
            heads, reduce = None, "mean"
            if kind in second.kinds and kind in record.kinds:
                with right:
                    heads, reduce = pick_heads(second.map(kind), prefix="second-")
            st.text(f"{other.name} would translate: {own.text}")
            draw_beside(record, second, kind, options, replace(options, heads=heads, reduce=reduce), width)
        except InputError as error:
            screen.notice(str(error))


def comparable(other: CheckpointInfo, info: CheckpointInfo) -> bool:
    return other.name != info.name and (other.task, other.src_lang, other.tgt_lang) == (
        info.task,
        info.src_lang,
        info.tgt_lang,
    )


def draw_beside(
    record: PassRecord,
    second: PassRecord,
    kind: AttentionKind,
    options: Options,
    second_options: Options,
    width: int,
) -> None:
    """Both pictures with one scale, and their difference."""
    from explorer.results import names_of
    from explorer.views.numbers import short

    first_name, second_name = record.model_name, second.model_name
    st.caption(
        "Both models write the same translation here. Its log-probability is "
        f"{short(record.log_probs.sum())} with {first_name} and "
        f"{short(second.log_probs.sum())} with {second_name}. Subwords are merged into words, so that rows "
        "and columns are the same."
    )
    options, second_options = (
        replace(each, merge=True, picture="matrix", full_scale=True, minimum=0.0, top=1.0)
        for each in (options, second_options)
    )
    lacking = [each.model_name for each in (record, second) if kind not in each.kinds]
    if lacking:
        screen.notice(
            f"No {names_of(kind).technical} in {' and in '.join(lacking)}: there is no difference to draw.",
            icon="ℹ️",
        )
        if kind in second.kinds:
            draw(
                read(second, kind, second_options),
                None,
                None,
                second_options,
                key="second",
                max_width=width - 48,
            )
        return
    views = read(record, kind, options), read(second, kind, second_options)
    draw_pair(views, (first_name, second_name), ("first", "second", "difference"), options, width - 48)
