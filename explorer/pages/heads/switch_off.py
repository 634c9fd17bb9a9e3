"""What does the model lose without a head? The section that switches heads off for one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.errors import InputError
from explorer.pages import screen
from explorer.pages.attention.options import Options, kind_titles, pick_heads
from explorer.pages.attention.picture import draw, draw_pair, picture
from explorer.pages.heads import reports
from explorer.pages.heads.every_head import every_head

if TYPE_CHECKING:
    from explorer.checkpoints.catalogue import CheckpointInfo
    from explorer.pages.attention.shown import Shown
    from explorer.results import Ablation, AttentionKind, HeadId, PassRecord, StateShift

BOX, MODE, KIND, WRITES = "off_box", "off_mode", "off_kind", "off_writes"  # session keys
NAMES = ("the whole model", "the model without these heads")
PICTURES = ("off-first", "off-second", "off-difference")  # keys of their two pictures and the difference

LEAD = (
    "A head that is off adds nothing of its own, and the rest of the model has to do without it. Search "
    "runs without it too."
)
MODE_HELP = (
    "Zero: nothing comes out of the head (Michel et al. 2019). Equal: the head looks at everything it may "
    "see alike, so that it still adds something, but no longer chooses (Kovaleva et al. 2019)."
)
ONE_HEAD = (
    "This model has a single head. Without it the decoder sees nothing of the source but the "
    "encoder’s last state, which it starts from."
)


def switch_off(shown: Shown, width: int) -> None:
    """The sentence translated and replayed with any heads off, and below it every head in turn over a corpus;
    both folded.
    """
    screen.section("Switch heads off", BOX, _switch_off, shown, width)
    if shown.info.can.writes:
        every_head(shown, width)


@st.fragment
def _switch_off(shown: Shown, width: int) -> None:
    from explorer.views.heads.ablation import head_names

    info = shown.info
    if not shown.record.kinds:
        st.text(f"{info.name} has no attention, so there is no head to switch off.")
        return
    st.text(LEAD)
    heads, mode = pick_off(info, shown.record)
    if not heads:
        st.caption(
            "Every head is on. Pick one: in many models a head of cross-attention in the last layer is "
            "missed most."
        )
        return
    try:
        if not info.can.writes:
            states(reports.state_shift(info, shown.sentence, heads, mode), width - 48)
            return
        ablation = reports.ablation(info, shown.sentence, shown.target.value, heads, mode)
    except InputError as error:
        screen.notice(str(error))
        return
    translations(ablation, head_names(heads))
    probabilities(ablation)
    attention(info, ablation, width - 48)


def pick_off(info: CheckpointInfo, record: PassRecord) -> tuple[tuple[HeadId, ...], str]:
    """The heads that are off, a toggle for each by kind and layer, and what their weights become."""
    from explorer.results import KINDS, in_order, names_of

    kinds = in_order(record.kinds, KINDS)
    keys = {
        (kind, layer): toggle_key(record, kind, layer)
        for kind in kinds
        for layer in range(record.map(kind).n_layers)
    }
    columns = st.columns(len(kinds), gap="medium") if len(kinds) > 1 else [st.container()]
    off = []
    for kind, column in zip(kinds, columns, strict=True):
        with column, st.container(key=f"off-{kind}", gap="small"):
            st.markdown(f"**{names_of(kind).name}**", help=kind_titles(info)[kind])
            for layer in range(record.map(kind).n_layers):
                row = st.container(horizontal=True, vertical_alignment="center", gap="small")
                row.text(f"L{layer}", width="content")
                picked = row.segmented_control(
                    f"Off in {names_of(kind).technical}, layer L{layer}",
                    range(record.map(kind).n_heads),
                    format_func="H{}".format,
                    key=keys[kind, layer],
                    selection_mode="multi",
                    wrap=True,
                    persist_state="session",
                    label_visibility="collapsed",
                )
                off += [(kind, layer, head) for head in sorted(picked)]
    if sum(record.map(kind).n_layers * record.map(kind).n_heads for kind in kinds) == 1:
        st.caption(ONE_HEAD)
    row = st.container(horizontal=True, vertical_alignment="bottom")
    with row:
        mode = st.segmented_control(
            "Their weights become",
            ["zero", "uniform"],
            default="zero",
            format_func={"zero": "zero", "uniform": "equal"}.get,
            key=MODE,
            required=True,
            persist_state="session",
            help=MODE_HELP,
        )
        st.button(
            "All on again", key="off_reset", on_click=_all_on, args=(tuple(keys.values()),), disabled=not off
        )
    return tuple(off), mode


def toggle_key(record: PassRecord, kind: AttentionKind, layer: int) -> str:
    """The session key of the toggles of one layer; models of the same shape share it."""
    return f"off-{kind}-{record.map(kind).n_layers}x{record.map(kind).n_heads}-L{layer}"


def _all_on(keys: tuple[str, ...]) -> None:
    for key in keys:
        st.session_state[key] = []


def states(shift: StateShift, width: int) -> None:
    """How far each token's state moved, and attention before and after."""
    from explorer.components.token_chips import token_chips
    from explorer.results import KINDS, in_order
    from explorer.views.heads.ablation import shift_chips

    st.markdown("**How far do the states move?**")
    token_chips(shift_chips(shift, screen.theme()), key="off-shift")
    kind = in_order(shift.whole.kinds, KINDS)[0]
    heads, reduce = pick_heads(shift.whole.map(kind), prefix="off-view-")
    options = Options(heads=heads, reduce=reduce)
    pictures = [picture(record, kind, options) for record in (shift.whole, shift.masked)]
    draw_pair(pictures, NAMES, PICTURES, width)


def translations(ablation: Ablation, names: str) -> None:
    """The two translations below each other, the words that changed marked."""
    from explorer.components.token_chips import token_chips
    from explorer.views.heads.ablation import MASKED, changed_sentence, word_chips

    st.markdown("**With all heads**")
    token_chips(
        word_chips(ablation, "old", screen.theme()) | {"hint": "The whole model, by greedy search."},
        key="off-old",
    )
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown("**Without**", width="content")
        st.text(f"{names}: {MASKED[ablation.mode]}", width="content")
    token_chips(
        word_chips(ablation, "new", screen.theme()) | {"hint": changed_sentence(ablation)}, key="off-new"
    )


def probabilities(ablation: Ablation) -> None:
    """What each token of the target lost or won."""
    from explorer.components.token_chips import token_chips
    from explorer.views.heads.ablation import change_chips, probability_sentence

    st.markdown(
        "**How likely is the text above now?**" if ablation.forced else "**How likely is the old text now?**"
    )
    token_chips(change_chips(ablation, screen.theme()), key="off-change")
    with st.container(key="off-log-prob"):
        st.text(probability_sentence(ablation))


def attention(info: CheckpointInfo, ablation: Ablation, width: int) -> None:
    """Attention before and after, over one translation with their difference, or each over its own."""
    from explorer.results import KINDS, in_order

    kinds = in_order(ablation.target.kinds, KINDS)
    st.markdown("**What do the heads look at now?**")
    row = st.container(horizontal=True, vertical_alignment="bottom")
    with row:
        kind = kinds[0]
        if len(kinds) > 1:
            kind = st.segmented_control(
                "Attention",
                kinds,
                default=kinds[0],
                format_func=kind_titles(info).get,
                key=KIND,
                required=True,
                wrap=True,
                persist_state="session",
            )
        same = "same"
        if ablation.new.written.tokens != ablation.target.written.tokens:
            same = st.segmented_control(
                "While the model writes",
                ["same", "own"],
                default="same",
                key=WRITES,
                required=True,
                persist_state="session",
                format_func={"same": "the same text", "own": "each its own"}.get,
                help="The same: rows can be compared, and there is a difference. Each its own: what it "
                "looked at while it wrote that.",
            )
    heads, reduce = pick_heads(ablation.target.map(kind), prefix="off-view-")
    options = Options(heads=heads, reduce=reduce)
    try:
        if same == "same":
            records = (ablation.target, ablation.target_masked)
            draw_pair([picture(record, kind, options) for record in records], NAMES, PICTURES, width)
            return
        records = (ablation.target, ablation.new_masked)
        for name, key, record in zip(NAMES, PICTURES, records, strict=False):
            matrix = picture(record, kind, options)
            st.text(f"{name}, {matrix.view.name}")
            draw(matrix, key=key, max_width=width)
    except InputError as error:
        screen.notice(str(error))
