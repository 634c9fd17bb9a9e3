"""The evidence about one head: its strongest links in a sentence, its offsets, and its scores."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.errors import InputError
from explorer.pages import screen
from explorer.pages.attention import meanings
from explorer.pages.attention.options import Options, kind_titles
from explorer.pages.attention.picture import draw, picture
from explorer.pages.heads.role_table import open_head
from explorer.pages.heads.tree import Sentence, pick_sentence

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from explorer.pages.sidebar import Choice
    from explorer.results import HeadReport, HeadRow, SentenceArcs

GAP = 32  # pixels between two figures
RELATION, DIRECTION = "roles_relation", "roles_direction"  # session keys
ALL = "all relations"


def one_head(choice: Choice, report: HeadReport, row: HeadRow, width: int) -> SentenceArcs | None:
    """The evidence about one head: its maxima on a sentence, its offsets, and what it was asked; returns the
    arcs, if any are drawn.
    """
    from explorer.views.heads.role_figures import evidence_figure, offsets_figure
    from explorer.views.heads.roles import head_line

    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.subheader(
            f"{row.name}, {kind_titles(choice.info)[row.kind].lower()}", anchor=False, width="content"
        )
        st.button(
            "See its attention",
            key="roles_open",
            on_click=open_head,
            args=(choice, report, list(row.id)),
        )
    line = head_line(row)
    st.text(line[0].upper() + line[1:] + ".")
    judged = on_sentence(choice, row, width)
    left, right = st.columns(2, gap="medium")
    half = (width - GAP) // 2
    theme = screen.theme()
    for side, key, figure in (
        (left, "roles-offsets", offsets_figure(report, row, theme, half)),
        (right, "roles-evidence", evidence_figure(report, row, theme, half)),
    ):
        with side:
            screen.figure(figure, key)
    return judged


def on_sentence(choice: Choice, row: HeadRow, width: int) -> SentenceArcs | None:
    """This head compared with the truth about a sentence: its dependencies, which are returned, or links."""
    controls = st.container(horizontal=True, vertical_alignment="bottom")
    try:
        relation = next(
            (e.relation for e in row.evidence if e.holds and e.relation not in (None, "all")),
            "",
        )
        sentence = pick_sentence(choice, row.kind, controls, relation)
        if sentence is not None and choice.info.can.attention[row.kind].is_self:
            return arcs(sentence, row, controls, width)
        if sentence is not None:
            links(sentence, row, width)
    except InputError as error:
        screen.notice(str(error))
    return None


def arcs(sentence: Sentence, row: HeadRow, controls: DeltaGenerator, width: int) -> SentenceArcs:
    """The tree of the sentence above the words, what the head looks at most below."""
    from explorer.components.drawing import drawing
    from explorer.heads.roles.arcs import head_looks, judge_arcs
    from explorer.results import DIRECTIONS
    from explorer.views.heads.dependency_arcs import arcs_scene, arcs_sentence
    from explorer.views.scene.svg import scene_data

    options = [ALL, *dict.fromkeys(relation for *_, relation in sentence.arcs)]
    best = next((e for e in row.evidence if e.holds and e.relation in options), None)
    head = f"{row.kind}-{row.name}"
    with controls:
        wanted = st.selectbox(
            "Relation",
            options,
            index=options.index(best.relation) if best else 0,
            key=f"{RELATION}-{head}-{sentence.key}",
            width=200,
        )
        direction = st.segmented_control(
            "Who is asked",
            list(DIRECTIONS),
            default=best.direction if best else "to_head",
            key=f"{DIRECTION}-{head}",
            required=True,
            format_func=DIRECTIONS.get,
            help="Does the dependent look at its head, or the head at its dependent?",
        )
    looks = head_looks(sentence.record.map(row.kind), row.layer, row.head)
    causal = sentence.record.map(row.kind).causal
    judged = judge_arcs(
        sentence.words, sentence.arcs, looks, causal, None if wanted == ALL else wanted, direction
    )
    st.text(arcs_sentence(judged, row.name))
    drawing(scene_data(arcs_scene(judged, row.name, screen.theme(), width)), key="roles-arcs")
    if sentence.note:
        st.caption(sentence.note)
    return judged


def links(sentence: Sentence, row: HeadRow, width: int) -> None:
    """The links that this head finds between the words of a sentence pair, compared with the gold links."""
    record = sentence.record
    best = next((e for e in row.evidence if e.reading is not None), None)
    options = Options(
        heads=((row.layer, row.head),),
        reading=best.reading if best else "output",
        merge=True,
        hide=True,
        picture="lines",
    )
    linked = picture(record, record.between.kind, options, sentence.links)
    draw(linked, key="roles-links", max_width=width)
    st.caption(" ".join(filter(None, (linked.report, sentence.note))), help=meanings.OUTPUT_OR_INPUT)
