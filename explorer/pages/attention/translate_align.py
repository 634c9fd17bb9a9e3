"""Which words does each word look at? The page "Translate and align"."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from explorer.errors import InputError
from explorer.pages import passes, screen, sidebar
from explorer.pages.attention import meanings
from explorer.pages.attention.faithfulness import faithfulness
from explorer.pages.attention.meanings import explain, meaning
from explorer.pages.attention.options import Options, pick_heads, pick_options
from explorer.pages.attention.picture import draw, draw_pair, judge, read
from explorer.pages.attention.target import Target, begin, own_text, pick_target, sentence
from explorer.pages.heads.switch_off import switch_off
from explorer.pages.saving import export

if TYPE_CHECKING:
    from explorer.checkpoints.catalogue import CheckpointInfo
    from explorer.pages.sidebar import Choice
    from explorer.results import AttentionKind, PassRecord

TITLE = "Which words does each word look at?"
LEAD = (
    "A row for each word the model writes, a column for each word it can look at: the stronger the "
    "colour, the more it looks."
)
BESIDE = 280  # pixels for what chooses the picture, beside it
GAP = 32


def run() -> None:
    """Draw the page."""
    choice, width = begin(TITLE, LEAD, needs=("writes",))
    if choice is not None:
        explore(choice, width)


@st.fragment
def explore(choice: Choice, width: int) -> None:
    """Everything that depends on one sentence; a change of a display option reruns this and no more."""
    from explorer.attention.reading import sanity
    from explorer.views.attention.captions import sanity_sentence

    info = choice.info
    top = st.container()
    room = width - BESIDE - GAP
    left, right = st.columns([room, BESIDE], gap="medium")
    try:
        with right:
            target = pick_target(choice)
        record = passes.record(info, choice.sentence, target.value)
    except InputError as error:
        with left:
            screen.notice(str(error))
        return
    with top:
        sentence(choice, record, target)
    if not record.kinds:
        with left:
            screen.notice(
                f"{info.name} has no attention to show. Put a model with attention beside it, below, or "
                "pick another one.",
                icon="ℹ️",
            )
        explain(meanings.BOTTLENECK)
        step_through(choice, target, record, width)
        switch_off(choice, target, record, width)
        faithfulness(choice, target, record, width)
        compare(choice, target, record, None, Options(), width)
        return
    with right:
        kind, options = pick_options(choice, record)
    try:
        view = read(record, kind, options)
    except InputError as error:
        with left:
            screen.notice(str(error))
        return
    gold = target.gold if options.gold and not view.is_self else None
    errors, report = judge(record, options, gold) if gold is not None else (None, "")
    with left:
        draw(view, gold, errors, options, key="picture", max_width=room)
        if report:
            st.caption(report, help=meanings.ERROR_RATE)
        st.caption(" ".join((sanity_sentence(sanity(record.map(kind), options.heads)), *view.notes)))
    explain(meaning(info, kind))
    step_through(choice, target, record, width)
    switch_off(choice, target, record, width)
    faithfulness(choice, target, record, width)
    compare(choice, target, record, kind, options, width)
    export(choice, target, record, view, gold, errors, options)


# -------------------------------------------------------------------------------------------- everything else


def step_through(choice: Choice, target: Target, record: PassRecord, width: int) -> None:
    """One decoding step from the inside."""
    box = st.expander("Step through decoding", key="step_box", on_change="rerun")
    if box.open:
        with box:
            _steps(choice, target, record, width)


@st.fragment
def _steps(choice: Choice, target: Target, record: PassRecord, width: int) -> None:
    from explorer.views.attention.steps import step_figure
    from explorer.views.theme import PLOTLY_CONFIG

    info = choice.info
    n_steps = len(record.written.tokens)
    if st.session_state.get("step", 0) >= n_steps:
        st.session_state["step"] = 0
    left, middle, right = st.columns([1, 6, 1], vertical_alignment="bottom")
    left.button(
        "Back",
        key="step_back",
        on_click=_move,
        args=(-1, n_steps),
        disabled=st.session_state.get("step", 0) == 0,
        width="stretch",
    )
    right.button(
        "Next",
        key="step_next",
        on_click=_move,
        args=(1, n_steps),
        disabled=st.session_state.get("step", 0) == n_steps - 1,
        width="stretch",
    )
    with middle:
        step = (
            st.select_slider(
                "Step", range(n_steps), format_func=lambda step: f"{step + 1} of {n_steps}", key="step"
            )
            if n_steps > 1
            else 0
        )
    between = record.between
    if between is None:
        likeliest(record, step)
        return
    layer = head = 0
    if between.n_layers * between.n_heads > 1:
        a, b = st.columns(2)
        layer = a.segmented_control(
            "Layer",
            list(range(between.n_layers)),
            default=between.n_layers - 1,
            format_func="L{}".format,
            key=f"step-layer-{between.n_layers}",
            required=True,
        )
        head = b.segmented_control(
            "Head",
            list(range(between.n_heads)),
            default=0,
            format_func="H{}".format,
            key=f"step-head-{between.n_heads}",
            required=True,
        )
    try:
        steps = passes.details(info, choice.sentence, target.value, between.kind, layer, head)
    except InputError as error:
        screen.notice(str(error))
        return
    scores = [float(value) for detail in steps for value in (detail.scores.min(), detail.scores.max())]
    context_max = max(float(abs(detail.context).max()) for detail in steps)
    figure = step_figure(
        record, steps[step], screen.theme(), (min(scores), max(scores)), context_max, width - 48
    )
    st.plotly_chart(figure, key="step-figure", width="content", theme=None, config=PLOTLY_CONFIG)


def _move(by: int, n_steps: int) -> None:
    st.session_state["step"] = min(max(st.session_state.get("step", 0) + by, 0), n_steps - 1)


def likeliest(record: PassRecord, step: int) -> None:
    """The five likeliest next tokens as a table, for a model that has nothing else to show."""
    from explorer.views.theme import short, visible_text

    st.caption(
        "This model has no attention, so a step has no scores and no context: only what it finds likely next."
    )
    rows = [
        {
            "next token": visible_text(token),
            "probability": short(math.exp(float(log_prob))),
            "log-probability": short(log_prob),
        }
        for token, log_prob in zip(
            record.prediction.top_tokens[step], record.prediction.top_log_probs[step], strict=True
        )
    ]
    st.dataframe(rows, hide_index=True)


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
    from explorer.views.theme import short

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
