"""What does each head do? The page "Head roles": one row per head with the evidence for its role, and the
evidence about one head.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.errors import InputError
from explorer.pages import saving, screen
from explorer.pages.attention import meanings
from explorer.pages.attention.meanings import Meaning, explain
from explorer.pages.attention.picture import Options, draw, judge, kind_titles, read
from explorer.pages.attention.target import begin
from explorer.pages.heads import heads, reports
from explorer.pages.heads.tree import Sentence, pick_sentence
from explorer.pages.navigation import LEAVE, leave

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from explorer.pages.sidebar import Choice
    from explorer.results import HeadReport, HeadRow, SentenceArcs

TITLE = "What does each head do?"
LEAD = (
    "One row for each head: the role that held-out sentences speak for, beside what a simple rule and "
    "random weights would get."
)
GAP = 32
SIZES = (50, 100, 200, 400)  # sentences of each split that a page computes on

# Session keys: {checkpoint: the head whose evidence is shown}, and the widgets'.
PICKED = "roles_picked"
KIND, ROLE, FIGURE, SIZE, RELATION, DIRECTION = (
    "roles_kind",
    "roles_role",
    "roles_figure",
    "roles_size",
    "roles_relation",
    "roles_direction",
)
EVERY, NONE, ALL = "all", "none", "all relations"

MEANING = Meaning(
    "A head has a role when its greatest weights fall where the role says, clearly more often than a rule "
    "that looks at no content would "
    "hit. Each question is chosen for a head on one set of sentences and answered on another, so that luck "
    "does not look like a role, and "
    "the same model with random weights shows what the architecture gives for nothing. A role says where a "
    "head looks; whether the model "
    "needs it is another question, which switching it off answers.",
    r"\mathrm{score}_h = \frac{1}{n}\sum_{i=1}^{n} \mathbf{1}\!\left[\arg\max_j A^h_{ij} = g(i)\right], "
    r"\qquad "
    r"\text{role if } \mathrm{score}_h \ge \max(\mathrm{baseline}, \mathrm{random}) + 0.1",
    "A [n, keys], the rows of head h · g(i), where the role says that row i should look · positional: score "
    "≥ 0.9 at one offset; "
    "alignment: 1 − AER in place of the score",
    "Voita et al. 2019, section 5; words from pieces: Clark et al. 2019, section 4.1; induction: Olsson et "
    "al. 2022",
)

HeadKey = tuple[str, int, int]  # (kind, layer, head)


def run() -> None:
    """Draw the page."""
    choice, width = begin(TITLE, LEAD, translated=False)
    if choice is not None:
        explore(choice, width)


@st.fragment
def explore(choice: Choice, width: int) -> None:
    """Everything that depends on one model; a click on a row reruns this and no more."""
    if path := st.session_state.pop(LEAVE, ""):
        leave(path)
    info = choice.info
    if not info.can.attention:
        screen.notice(
            f"{info.name} has no attention, so it has no heads and no roles. Pick another model.", icon="ℹ️"
        )
        explain(meanings.BOTTLENECK)
        return
    report = find_report(choice)
    if report is None:
        compute(choice, "Compute the report")
        explain(MEANING)
        return
    from explorer.views.heads.roles import report_line

    st.text(report_line(report))
    if len(report.rows) == 1:
        screen.notice(
            "This model has one head, which looks from what it writes at the source: of the four roles it "
            "can have that of alignment, "
            "or look at rare words. There are no heads inside the encoder or the decoder to be positional "
            "or syntactic.",
            icon="ℹ️",
        )
    row = table(choice, report)
    found = one_head(choice, report, row, width)
    explain(MEANING)
    every_figure(report, row, width)
    alike(report, row, width)
    best_of_all(report)
    behind(choice, report)
    save(choice, report, row, found)


# ------------------------------------------------------------------------------------------------- the report


def find_report(choice: Choice) -> HeadReport | None:
    """The report to show: one that was computed on this page, else the one in the checkpoint's folder if it
    is about these weights.

    Without one the reader is told why.
    """
    info = choice.info
    computed = reports.head_reports(info)
    if "last" in computed:
        return computed["last"]
    try:
        report = reports.head_report(info)
    except InputError as error:
        screen.notice(str(error))
        return None
    if report is None:
        screen.notice(
            f"{info.name} has no report on its heads yet: compute one here, or with `python -m explorer "
            "heads --write`.",
            icon="ℹ️",
        )
        return None
    if report.sha256 != info.sha256:
        screen.notice(
            f"The report in the folder of {info.name} is about other weights (sha256 {report.sha256[:12]}…, "
            "and these are "
            f"{info.sha256[:12]}…): compute it again here, or with `python -m explorer heads --write`.",
            icon="ℹ️",
        )
        return None
    return report


def compute(choice: Choice, label: str) -> None:
    """A button that asks every head about a few sentences, saying what it is at; the report is kept for every
    reader.
    """
    info = choice.info
    with st.container(horizontal=True, vertical_alignment="bottom", key="compute"):
        n_sentences = st.segmented_control(
            "Sentences of each of the two sets",
            SIZES,
            default=100,
            key=SIZE,
            required=True,
            persist_state="session",
        )
        pressed = st.button(label, key="roles_compute")
    if not pressed:
        return
    with st.status("Making the sentences", expanded=True) as status:
        try:
            reports.study_heads(
                info, n_sentences, lambda message: status.update(label=message[0].upper() + message[1:])
            )
        except InputError as error:
            status.update(label="This cannot be computed.", state="error")
            screen.notice(str(error))
            return
    st.rerun()


# -------------------------------------------------------------------------------------------------- the table


def table(choice: Choice, report: HeadReport) -> HeadRow:
    """Every head as a row, filtered; returns the row whose evidence is shown."""
    from explorer.components.head_table import head_table
    from explorer.results import FIGURES
    from explorer.views.heads.role_table import table_data
    from explorer.views.heads.roles import FIGURE_NAMES
    from explorer.views.theme import ROLE_MARKS, ROLE_NAMES

    rows = list(report.rows)
    roles = [role for role in ROLE_NAMES if any(row.best(role) for row in rows)]
    if len(rows) > 1:
        controls = st.container(horizontal=True, vertical_alignment="bottom")
        with controls:
            if len(report.kinds) > 1:
                kinds = [*report.kinds, EVERY]
                if st.session_state.get(KIND) not in kinds:  # at first one with something to see
                    st.session_state[KIND] = next((row.kind for row in rows if row.roles), kinds[0])
                names = kind_titles(choice.info) | {EVERY: "All"}
                kind = st.segmented_control(
                    "Attention",
                    kinds,
                    format_func=names.get,
                    key=KIND,
                    required=True,
                    persist_state="session",
                )
                rows = [row for row in rows if kind in (EVERY, row.kind)]
            names = (
                {EVERY: "all heads"}
                | {role: f"{ROLE_MARKS[role]} {ROLE_NAMES[role]}" for role in roles}
                | {NONE: "no role"}
            )
            if st.session_state.get(ROLE) not in names:
                st.session_state[ROLE] = EVERY
            wanted = st.selectbox(
                "Only", list(names), format_func=names.get, key=ROLE, persist_state="session", width=140
            )
            rows = [row for row in rows if wanted == EVERY or wanted in (row.roles or (NONE,))]
            figure = st.selectbox(
                "Last column",
                [name for name in FIGURES if any(name in row.figures for row in report.rows)],
                format_func=FIGURE_NAMES.get,
                key=FIGURE,
                persist_state="session",
                width=150,
                help="What a head does with its weight.",
            )
    else:
        figure = "confidence"
    selected = picked_row(choice, report, rows)
    head_table(
        table_data(rows, screen.theme(), key_of(selected), figure),
        key="roles-table",
        on_pick=lambda value: pick(choice, report, value),
        on_open=lambda value: open_head(choice, report, value),
    )
    return selected


def key_of(row: HeadRow) -> HeadKey:
    return row.kind, row.layer, row.head


def picked_row(choice: Choice, report: HeadReport, rows: list[HeadRow]) -> HeadRow:
    """The head that was picked, while it is in the table; else the most telling one there: with a syntactic
    role if there is one.
    """
    picked = st.session_state.get(PICKED, {}).get(choice.info.name)
    shown = rows or list(report.rows)
    for row in shown:
        if key_of(row) == picked:
            return row

    def telling(row: HeadRow) -> tuple:
        strongest = max((e.low - e.baseline for e in row.evidence if e.holds), default=0.0)
        return "syntactic" in row.roles, bool(row.roles), strongest

    return max(shown, key=telling)


def pick(choice: Choice, report: HeadReport, value: object) -> None:
    """Take the row that the browser says was clicked, if there is such a head."""
    for row in report.rows:
        if value == list(key_of(row)):
            st.session_state.setdefault(PICKED, {})[choice.info.name] = key_of(row)


def open_head(choice: Choice, report: HeadReport, value: object) -> None:
    """The same, and go to the page "Heads" with it."""
    for row in report.rows:
        if value == list(key_of(row)):
            pick(choice, report, value)
            heads.open_with(choice.info.name, row.kind, ((row.layer, row.head),))
            st.session_state[LEAVE] = "heads"


# --------------------------------------------------------------------------------------------------- one head


def one_head(choice: Choice, report: HeadReport, row: HeadRow, width: int) -> SentenceArcs | None:
    """The evidence about one head: its maxima on a sentence, its offsets, and what it was asked; returns the
    arcs, if any are drawn.
    """
    from explorer.views.heads.role_figures import evidence_figure, offsets_figure
    from explorer.views.heads.roles import head_line
    from explorer.views.theme import PLOTLY_CONFIG

    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.subheader(
            f"{row.name}, {kind_titles(choice.info)[row.kind].lower()}", anchor=False, width="content"
        )
        st.button(
            "See its attention",
            key="roles_open",
            on_click=open_head,
            args=(choice, report, list(key_of(row))),
        )
    line = head_line(row)
    st.text(line[0].upper() + line[1:] + ".")
    found = on_sentence(choice, row, width)
    left, right = st.columns(2, gap="medium")
    half = (width - GAP) // 2
    theme = screen.theme()
    for side, key, figure in (
        (left, "roles-offsets", offsets_figure(report, row, theme, half)),
        (right, "roles-evidence", evidence_figure(report, row, theme, half)),
    ):
        with side:
            st.plotly_chart(figure, key=key, width="content", theme=None, config=PLOTLY_CONFIG)
    return found


def on_sentence(choice: Choice, row: HeadRow, width: int) -> SentenceArcs | None:
    """The truth about a sentence held against this head: dependencies, which are returned, or for
    cross-attention links.
    """
    controls = st.container(horizontal=True, vertical_alignment="bottom")
    try:
        relation = next(
            (e.relation for e in row.evidence if e.role == "syntactic" and e.holds and e.relation != "all"),
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
    from explorer.views.heads.dependency_arcs import DIRECTIONS, arcs_scene, arcs_sentence
    from explorer.views.scene import scene_data

    options = [ALL, *dict.fromkeys(relation for *_, relation in sentence.arcs)]
    best = next(
        (e for e in row.evidence if e.role == "syntactic" and e.holds and e.relation in options), None
    )
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
    found = judge_arcs(
        sentence.words, sentence.arcs, looks, causal, None if wanted == ALL else wanted, direction
    )
    st.text(arcs_sentence(found, row.name))
    drawing(scene_data(arcs_scene(found, row.name, screen.theme(), width)), key="roles-arcs")
    if sentence.note:
        st.caption(sentence.note)
    return found


def links(sentence: Sentence, row: HeadRow, width: int) -> None:
    """The links that this head finds between the words of a sentence pair, held against the gold links."""
    record = sentence.record
    best = row.best("alignment")
    options = Options(
        heads=((row.layer, row.head),),
        reading=best.reading if best else "output",
        merge=True,
        hide=True,
        picture="lines",
    )
    gold = sentence.links
    errors, said = judge(record, options, gold) if gold is not None else (None, "")
    draw(
        read(record, record.between.kind, options), gold, errors, options, key="roles-links", max_width=width
    )
    st.caption(" ".join(filter(None, (said, sentence.note))), help=meanings.OUTPUT_OR_INPUT)


# -------------------------------------------------------------------------------------------- everything else


def every_figure(report: HeadReport, row: HeadRow, width: int) -> None:
    """How a head spreads its weight, and every number of its evidence."""
    from explorer.views.heads.role_figures import all_evidence, evidence_rows, figure_line, figures_figure
    from explorer.views.heads.roles import IN_NATS
    from explorer.views.theme import PLOTLY_CONFIG

    box = st.expander(f"Every number of {row.name}", key="roles_figures_box", on_change="rerun")
    if not box.open:
        return
    with box:
        figure = figures_figure(row, screen.theme(), min(width - 48, 720))
        st.plotly_chart(figure, key="roles-figures", width="content", theme=None, config=PLOTLY_CONFIG)
        for name in IN_NATS:
            if name in row.figures:
                line = figure_line(name, row.figures[name])
                st.text(line[0].upper() + line[1:] + ".")
        st.dataframe(evidence_rows(all_evidence(report, row)), hide_index=True, key="roles-evidence-table")


def alike(report: HeadReport, row: HeadRow, width: int) -> None:
    """The heads of this kind as points of a map."""
    from explorer.views.heads.map import head_map_figure, map_sentence, nearest_sentence, reach_of
    from explorer.views.theme import PLOTLY_CONFIG

    head_map = next((each for each in report.maps if each.kind == row.kind), None)
    twin = next((each for each in report.control_maps if each.kind == row.kind), None)
    if head_map is None or head_map.n_layers * head_map.n_heads == 1:
        return
    box = st.expander("Which heads are alike? A map", key="roles_map_box", on_change="rerun")
    if not box.open:
        return
    with box:
        drawn = [("trained", "Trained", head_map, report.rows)]
        drawn += (
            [("random", "The same model with random weights", twin, report.control)]
            if twin is not None
            else []
        )
        size = min((width - 48 - GAP * (len(drawn) - 1)) // len(drawn), 620)
        reach = reach_of(*(each for _, _, each, _ in drawn))  # one scale, or distances could not be compared
        for place, (key, title, each, rows) in zip(st.columns(len(drawn), gap="medium"), drawn, strict=True):
            of_kind = {(row.layer, row.head): row for row in rows if row.kind == each.kind}
            with place:
                if len(drawn) > 1:
                    st.markdown(f"**{title}**")
                figure = head_map_figure(each, of_kind, screen.theme(), (row.layer, row.head), size, reach)
                st.plotly_chart(
                    figure, key=f"roles-map-{key}", width="content", theme=None, config=PLOTLY_CONFIG
                )
                st.caption(map_sentence(each))
        st.caption(nearest_sentence(head_map, (row.layer, row.head)))


def best_of_all(report: HeadReport) -> None:
    """For every question the head that answers it best."""
    from explorer.views.heads.role_figures import best_rows

    box = st.expander("Which head is best at each question?", key="roles_best_box", on_change="rerun")
    if box.open:
        with box:
            st.caption(
                "The head is chosen on one set of sentences and scored on the other. A high score with a "
                "small gain over its baseline is "
                "position, not grammar."
            )
            number = st.column_config.NumberColumn(format="%.1f")
            columns = dict.fromkeys(("score", "baseline", "gain", "random weights, best"), number)
            with st.container(key="roles-best-table"):
                st.dataframe(best_rows(report), hide_index=True, column_config=columns)


def behind(choice: Choice, report: HeadReport) -> None:
    """The corpus, what was left out and why, and a new computation."""
    from explorer.views.heads.roles import corpus_line, left_out_lines

    box = st.expander(
        "Where do the numbers come from, and what was left out?", key="roles_behind_box", on_change="rerun"
    )
    if not box.open:
        return
    with box:
        st.text(corpus_line(report))
        st.text("Left out:" if report.left_out else "Nothing was left out.")
        for line in left_out_lines(report.left_out):
            st.text(line)
        compute(choice, "Compute it again")


def save(choice: Choice, report: HeadReport, row: HeadRow, found: SentenceArcs | None) -> None:
    """The report and the arcs as files, each with its provenance."""
    from functools import partial

    from explorer.heads.roles.report import report_to_json
    from explorer.views.heads.dependency_arcs import arcs_svg
    from explorer.views.heads.role_files import roles_csv, roles_latex

    box = st.expander("Save the report", key="roles_save_box", on_change="rerun")
    if not box.open:
        return
    files = [
        ("CSV", partial(roles_csv, report), "csv", "text/csv"),
        ("JSON", partial(report_to_json, report), "json", "application/json"),
        ("LaTeX", partial(roles_latex, report), "tex", "application/x-tex"),
    ]
    if found is not None:
        settings = {
            "sentence": " ".join(found.words), "kind": row.kind, "head": row.name, "relation": found.relation,
            "direction": found.direction,
        }  # fmt: skip
        svg = partial(arcs_svg, found, row.name, screen.theme(), saving.provenance(choice.info, settings))
        files.append(("Arcs as SVG", svg, "svg", "image/svg+xml"))
    with box:
        line = st.container(horizontal=True)
        for label, make, suffix, mime in files:
            line.download_button(
                label,
                make,
                f"roles-{choice.info.name}.{suffix}",
                mime,
                key=f"roles-save-{suffix}",
                on_click="ignore",
            )
        st.caption(
            f"Each file says where it comes from: {report.checkpoint}, sha256 {report.sha256[:12]}…, "
            "settings, versions, date."
        )
