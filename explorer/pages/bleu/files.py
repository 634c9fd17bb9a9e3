"""How good are the translations of a whole file? A section of the page "BLEU"."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zlib import crc32

import streamlit as st

from explorer.errors import InputError
from explorer.pages import screen, sidebar
from explorer.pages.bleu import scores
from explorer.pages.navigation import LEAVE, leave_fragment

if TYPE_CHECKING:
    from explorer.pages.sidebar import Choice
    from explorer.results import CorpusReport

PENDING = "bleu_pending"  # session key: what the boxes are to hold
BOXES = {  # name of a box: (label, help)
    "hypotheses": ("Translations", "One per line."),
    "references": (
        "References",
        "One per line, in the same order; several for one sentence are separated by tabs.",
    ),
    "second": (
        "A second system",
        "Its translations of the same sentences, for a paired test. Optional.",
    ),
    "sources": (
        "Sources",
        "What was translated, so that a sentence can be opened in “Translate and align”. Optional.",
    ),
}
N_HELD_OUT, PAGE = 50, 10  # sentences that a model is given; worst sentences shown at once
MAX_BYTES = 8_000_000
SHOWN, WITH_TER = "bleu_shown", "bleu_files_ter"


def take_pending() -> None:
    """Give the boxes what a model has translated, before they are drawn."""
    for key, value in st.session_state.pop(PENDING, {}).items():
        st.session_state[key] = value


def files(choice: Choice | None) -> None:
    """The section."""
    st.subheader("Whole files", anchor=False)
    screen.section("Score files, compare two systems, see the worst sentences", "bleu_files", _files, choice)


@st.fragment
def _files(choice: Choice | None) -> None:
    leave_fragment()
    if choice is not None:
        own_translations(choice)
    try:
        contents = {name: lines for name, lines in ((name, box(name)) for name in BOXES)}
        if not any(contents.values()):
            st.caption("Paste or upload translations and references.")
            return
        hypotheses, references = (
            contents["hypotheses"],
            tuple(tuple(line.split("\t")) for line in contents["references"]),
        )
        if contents["sources"] and len(contents["sources"]) != len(hypotheses):
            raise InputError(
                f"{len(hypotheses):,} translations and {len(contents['sources']):,} sources were given: "
                "give one source for each translation, or none at all."
            )
        with_ter = st.toggle(
            "TER too",
            key=WITH_TER,
            persist_state="session",
            help="Translation edit rate: slow for long files.",
        )
        with st.spinner("Counting n-grams and resampling sentences"):
            report = scores.corpus_report(hypotheses, references, with_ter)
            test = (
                scores.paired_test(hypotheses, contents["second"], references) if contents["second"] else None
            )
    except InputError as error:
        screen.notice(str(error))
        return
    show(report)
    if test is not None:
        from explorer.views.bleu.score import paired_lines

        st.text("Is the second system better?")
        with st.container(key="bleu_paired"):
            for line in paired_lines(test):
                st.text(line)
    worst(choice, report, contents["sources"])


def own_translations(choice: Choice) -> None:
    """A button that has the model of the sidebar fill the boxes."""
    info = choice.info
    if st.button(f"Translate {N_HELD_OUT} held-out sentences with the model in the sidebar", key="bleu_own"):
        with st.spinner("Translating"):
            rows = scores.held_out_translations(info, N_HELD_OUT)
        columns = zip(("sources", "references", "hypotheses"), zip(*rows, strict=True), strict=True)
        st.session_state[PENDING] = {f"bleu_typed_{name}": "\n".join(lines) for name, lines in columns}
        st.rerun(scope="app")


def box(name: str) -> tuple[str, ...]:
    """The lines of a file: those that were uploaded, else those that were typed. Raises InputError for a file
    that is no text.
    """
    label, about = BOXES[name]
    left, right = st.columns([3, 2], gap="medium")
    typed = left.text_area(label, key=f"bleu_typed_{name}", height=100, help=about, persist_state="session")
    upload = right.file_uploader(
        f"… or a file: {label.lower()}", key=f"bleu_upload_{name}", type=["txt", "tsv", "en", "de", "fr"]
    )
    if upload is None:
        return lines_of(typed)
    if upload.size > MAX_BYTES:
        raise InputError(
            f"The file {upload.name} has {upload.size:,} bytes, and at most {MAX_BYTES:,} are read: give a "
            "smaller one."
        )
    try:
        return lines_of(upload.getvalue().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InputError(f"The file {upload.name} is not UTF-8 text: save it as UTF-8.") from error


def lines_of(text: str) -> tuple[str, ...]:
    """The lines of a text; the line break at its end begins no line."""
    text = text.replace("\r\n", "\n")
    return tuple(text.removesuffix("\n").split("\n")) if text.strip() else ()


def show(report: CorpusReport) -> None:
    """The scores."""
    from explorer.views.bleu.score import lengths_table, report_lines, report_scores_table

    with st.container(key="bleu_report"):
        for line in report_lines(report):
            st.text(line)
    st.html(report_scores_table(report, screen.theme()))
    st.text("By the length of the sentence:")
    st.html(lengths_table(report, screen.theme()))


def worst(choice: Choice | None, report: CorpusReport, sources: tuple[str, ...]) -> None:
    """The worst sentences, each with a button that opens it where its attention can be seen."""
    st.text("The worst sentences first:")
    n_shown = st.session_state.get(SHOWN, PAGE)
    for sentence in report.sentences[:n_shown]:
        with st.container(border=True, gap=None, key=f"bleu_worst_{sentence.number}"):
            with st.container(
                horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
            ):
                st.text(f"Line {sentence.number + 1} · BLEU {sentence.bleu:.1f} · chrF {sentence.chrf:.1f}")
                if sources and choice is not None:
                    st.button(
                        "Open in “Translate and align”",
                        key=f"bleu_open_{sentence.number}",
                        on_click=_open,
                        args=(choice, sources[sentence.number], sentence.hypothesis),
                    )
            if sources:
                st.text(f"Source: {sources[sentence.number]}")
            st.text(f"Translation: {sentence.hypothesis}")
            for reference in sentence.references:
                st.text(f"Reference: {reference}")
    if n_shown < len(report.sentences):
        st.button("More", key="bleu_more", on_click=_more, args=(n_shown + PAGE,))


def _more(n: int) -> None:
    st.session_state[SHOWN] = n


def _open(choice: Choice, source: str, hypothesis: str) -> None:
    """Have "Translate and align" open with this sentence, and this translation forced on the model of the
    sidebar.
    """
    st.session_state[sidebar.NUMBERS if choice.info.task else sidebar.SENTENCE] = source
    st.session_state["target"] = "typed"
    st.session_state[f"typed-{crc32(f'{choice.info.name}/{source}'.encode(errors='replace'))}"] = hypothesis
    st.session_state[LEAVE] = "translate-align"
