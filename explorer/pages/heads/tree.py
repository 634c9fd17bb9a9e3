"""The sentence with a known tree that a head is compared with: from the sidebar, the grammar or a paste."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from zlib import crc32

import streamlit as st

from explorer.errors import InputError
from explorer.pages import passes, sidebar
from explorer.pages.heads import reports

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamlit.delta_generator import DeltaGenerator

    from explorer.checkpoints.catalogue import CheckpointInfo
    from explorer.pages.sidebar import Choice
    from explorer.results import Alignment, AttentionKind, LeftOut, PassRecord, SentencePair

EXAMPLE = 12  # what the grammar draws with this seed has a subject, an object, an adjective and two clauses
TRIES = 80  # seeds after it, until a sentence has the relation that the head is best at
MAX_CONLLU = 40_000  # characters that can be pasted
SOURCE, PASTED, NUMBER = "tree_of", "tree_pasted", "tree_number"  # session keys
NAMES = {"sidebar": "yours", "example": "an example", "pasted": "CoNLL-U"}
PLACEHOLDER = (
    "1\tDogs\tdog\tNOUN\t_\t_\t2\tnsubj\t_\t_\n"
    "2\tbark\tbark\tVERB\t_\t_\t0\troot\t_\tSpaceAfter=No\n"
    "3\t.\t.\tPUNCT\t_\t_\t2\tpunct\t_\t_"
)


TRUTHS = ("alignment", "src_tree", "tgt_tree")  # the fields of a pair that say what is right


def truth_of(info: CheckpointInfo, kind: AttentionKind) -> str:
    """The field of a pair that says what is right about this kind of attention."""
    spec = info.can.attention[kind]
    if not spec.is_self:
        return "alignment"
    return "src_tree" if spec.query in info.can.reads else "tgt_tree"


@dataclass(frozen=True)
class Sentence:
    """A sentence pair on which a head can be judged.

    arcs: (dependent, head, relation) over the words of the side that attends to itself;  links: gold links,
    for cross-attention;
    note: where it is from, and what of its truth was left out;  key: tells sentences apart.
    """

    record: PassRecord
    words: tuple[str, ...]
    arcs: tuple[tuple[int, int, str], ...]
    links: Alignment | None
    note: str
    key: str


def pick_sentence(
    choice: Choice, kind: AttentionKind, controls: DeltaGenerator, relation: str = ""
) -> Sentence | None:
    """The sentence to judge a head of this kind on; None when there is none, which the reader was told.
    Raises InputError.

    controls: where the choice of the sentence goes;  relation: one that an example should have.
    """
    sources = possible_sources(choice, kind)
    if not sources:
        st.caption(
            "A sequence of numbers has no grammar, so there is no tree to compare this head with."
            if choice.info.task
            else (
                "A head is compared with what is known about a sentence, and only sentences of the "
                "grammar come with that."
            )
        )
        return None
    picked = sources[0]
    if len(sources) > 1:
        if st.session_state.get(SOURCE) not in sources:
            st.session_state.pop(SOURCE, None)
        picked = controls.segmented_control(
            "Sentence",
            sources,
            default=sources[0],
            format_func=NAMES.get,
            key=SOURCE,
            required=True,
            persist_state="session",
            help="Yours: the sentence in the sidebar, if the grammar drew it. CoNLL-U: paste a sentence "
            "with its tree.",
        )
    if picked == "pasted":
        return pasted_sentence(choice, kind)
    if picked == "sidebar":
        return known_sentence(choice, choice.pair, kind, "")
    example = example_pair(choice.info, kind, relation)
    return known_sentence(
        choice,
        example,
        kind,
        "The right answer for the sentence in the sidebar is not known, so this one comes from the grammar.",
    )


def example_pair(info: CheckpointInfo, kind: AttentionKind, relation: str) -> SentencePair:
    """The first sentence of the grammar with this relation; without one, or where `TRIES` have none, the
    example for all.
    """
    truth = truth_of(info, kind)
    first = sidebar.drawn_pair(f"{info.tgt_lang}.{EXAMPLE}..")
    if not relation or truth == "alignment":
        return first
    drawn = (sidebar.drawn_pair(f"{info.tgt_lang}.{EXAMPLE + n}..") for n in range(TRIES))
    return next(
        (pair for pair in drawn if pair is not None and relation in getattr(pair, truth).relations),
        first,
    )


def possible_sources(choice: Choice, kind: AttentionKind) -> list[str]:
    """Where a sentence with the truth that this kind of attention needs can come from, the best first."""
    pair, truth = choice.pair, truth_of(choice.info, kind)
    sources = ["sidebar"] if pair is not None and getattr(pair, truth) is not None else []
    if choice.info.task is None:
        sources += ["example"] * (not sources and choice.info.tgt_lang in ("de", "fr"))
        sources += ["pasted"] * (truth == "src_tree")
    return sources


def known_sentence(
    choice: Choice, pair: SentencePair, kind: AttentionKind, note: str, spans=None
) -> Sentence:
    """The attention of a pair while the model writes its target, with its truth in the words of the
    tokenizers. Raises InputError.
    """
    from explorer.heads.roles.corpus import Known

    info = choice.info
    record = passes.record(info, pair.src, pair.tgt)
    truth = truth_of(info, kind)
    source = truth == "src_tree"
    asked = replace(
        pair, **{other: None for other in TRUTHS if other != truth}
    )  # so that only what is judged is counted
    prepared, left_out = reports.prepared(info, Known(asked, spans))
    return Sentence(
        record=record,
        words=record.read.words if source else record.written.words,
        arcs=prepared.src_arcs if source else prepared.tgt_arcs,
        links=prepared.links,
        note=" ".join(filter(None, (note, left_out_line(left_out)))),
        key=f"{crc32(pair.src.encode(errors='replace')):x}",
    )


def pasted_sentence(choice: Choice, kind: AttentionKind) -> Sentence | None:
    """A sentence in CoNLL-U, translated by the model; None while nothing is pasted. Raises InputError for
    what cannot be read.
    """
    from explorer.corpora.conllu import parse_treebank
    from explorer.results import SentencePair

    text = st.text_area(
        "Sentences in CoNLL-U, ten columns with tabs",
        key=PASTED,
        height=120,
        placeholder=PLACEHOLDER,
        persist_state="session",
    )
    if not text.strip():
        return None
    if len(text) > MAX_CONLLU:
        raise InputError(
            f"This is {len(text):,} characters, and there is room for {MAX_CONLLU:,}: paste fewer sentences."
        )
    sentences = parse_treebank(text.split("\n"), "What was pasted")
    number = 0
    if len(sentences) > 1:
        number = st.selectbox(
            "Which of them",
            range(len(sentences)),
            format_func=lambda n: f"{n + 1}",
            key=f"{NUMBER}-{len(sentences)}",
            width=160,
        )
    sentence = sentences[number]
    own = passes.translation(choice.info, sentence.text)
    pair = SentencePair(sentence.text, own.text, src_tree=sentence.tree)
    return known_sentence(choice, pair, kind, "", sentence.spans)


def left_out_line(left_out: Sequence[LeftOut]) -> str:
    """What is not judged, with counts."""
    from explorer.views.text import visible_line

    said = "; ".join(f"{entry.count} of {entry.total} {entry.what}: {entry.reason}" for entry in left_out)
    return visible_line(f"Left out: {said}.") if said else ""
