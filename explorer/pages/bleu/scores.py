"""Scores of whole files, computed once for all readers of the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.pages import passes

if TYPE_CHECKING:
    from explorer.checkpoints.folder import Checkpoint
    from explorer.results import CorpusReport, PairedTest


@passes.cached_pass(8)
def held_out_translations(checkpoint: Checkpoint, n_sentences: int) -> tuple[tuple[str, str, str], ...]:
    """(source, reference, greedy translation) of sentences that the model has not seen."""
    from explorer.corpora.held_out import at_hand
    from explorer.decoding.decode import translate_all

    _, pairs = at_hand(checkpoint.config.corpus, n_sentences)
    texts = translate_all(checkpoint, [pair.src for pair in pairs])
    return tuple((pair.src, pair.tgt, text) for pair, text in zip(pairs, texts, strict=True))


@st.cache_resource(max_entries=8, show_spinner=False)
def corpus_report(
    hypotheses: tuple[str, ...], references: tuple[tuple[str, ...], ...], with_ter: bool
) -> CorpusReport:
    """Every score of a file of translations."""
    from explorer.evaluation import corpus_scores

    return corpus_scores.corpus_report(hypotheses, references, with_ter=with_ter)


@st.cache_resource(max_entries=8, show_spinner=False)
def paired_test(
    first: tuple[str, ...], second: tuple[str, ...], references: tuple[tuple[str, ...], ...]
) -> PairedTest:
    """Whether the second system is better than the first."""
    from explorer.evaluation import corpus_scores

    return corpus_scores.paired_test(first, second, references)
