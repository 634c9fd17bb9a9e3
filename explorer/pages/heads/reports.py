"""What is known about the heads of a model: the reports stored with it, and those computed on a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.errors import InputError
from explorer.pages import passes, saving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from explorer.checkpoints.catalogue import CheckpointInfo
    from explorer.checkpoints.folder import Checkpoint
    from explorer.heads.roles.corpus import Known, Prepared
    from explorer.results import (
        Ablation,
        AblationMode,
        HeadId,
        HeadReport,
        ImportanceReport,
        LeftOut,
        StateShift,
    )


@st.cache_resource(ttl=60, max_entries=32, show_spinner=False, hash_funcs=passes.BY_WEIGHTS)
def head_report(info: CheckpointInfo) -> HeadReport | None:
    """The report of `python -m explorer heads --write` kept with a checkpoint, of whatever weights."""
    from explorer.heads.roles.report import read_report

    return read_report(info.path)


@st.cache_resource(max_entries=32, show_spinner=False, hash_funcs=passes.BY_WEIGHTS)
def head_reports(info: CheckpointInfo) -> dict[str, HeadReport]:
    """What was computed on the page, for every reader: empty, or the last report under "last"."""
    return {}


def study_heads(info: CheckpointInfo, n_sentences: int, say: Callable[[str], None]) -> None:
    """Study every head on two sets of `n_sentences` held-out sentences, telling `say` what is being done; the
    report is then in `head_reports`.
    """
    from explorer.heads.roles.corpus import configured_corpus, grammar_corpus
    from explorer.heads.roles.study import study
    from explorer.serving import forward_turn

    checkpoint = passes.checkpoint_of(info)
    corpus = (
        configured_corpus(checkpoint.config.corpus, n_sentences)
        if info.task
        else grammar_corpus(info.tgt_lang, n_sentences)
    )
    source = saving.provenance(info.name, info.sha256, {"n_sentences": n_sentences, "corpus": corpus.name})
    with forward_turn():
        head_reports(info)["last"] = study(checkpoint, corpus, source, progress=say)


def prepared(info: CheckpointInfo, known: Known) -> tuple[Prepared, tuple[LeftOut, ...]]:
    """A sentence pair with its trees and links in the words of the tokenizers, and what was left out. Raises
    InputError.
    """
    from explorer.decoding.decode import longest
    from explorer.heads.roles.corpus import prepare

    checkpoint = passes.checkpoint_of(info)
    usable, left_out = prepare(
        [known],
        checkpoint.src_tokenizer,
        checkpoint.tokenizers.get(checkpoint.can.writes),
        longest(checkpoint.model),
    )
    if not usable:
        raise InputError(f"This sentence cannot be used: {'; '.join(entry.reason for entry in left_out)}.")
    return usable[0], left_out


@passes.cached_pass(256)
def ablation(
    checkpoint: Checkpoint,
    text: str,
    target: str | tuple[int, ...],
    heads: tuple[HeadId, ...],
    mode: AblationMode,
) -> Ablation:
    """The sentence translated and replayed with some heads off."""
    from explorer.heads.importance.ablation import ablate

    passes.check_length(text)
    if isinstance(target, str):
        passes.check_length(target, "translation")
    return ablate(checkpoint, text, heads, mode, target=target)


@passes.cached_pass(256)
def state_shift(
    checkpoint: Checkpoint, text: str, heads: tuple[HeadId, ...], mode: AblationMode
) -> StateShift:
    """How far the states of a text move with some heads off."""
    from explorer.heads.importance.ablation import shift_states

    passes.check_length(text)
    return shift_states(checkpoint, text, heads, mode)


@st.cache_resource(ttl=60, max_entries=32, show_spinner=False, hash_funcs=passes.BY_WEIGHTS)
def importance(info: CheckpointInfo) -> ImportanceReport | None:
    """The report of `python -m explorer ablate --corpus --write` kept with a checkpoint."""
    from explorer.heads.importance.report import read_importance

    return read_importance(info.path)


@st.cache_resource(max_entries=32, show_spinner=False, hash_funcs=passes.BY_WEIGHTS)
def importance_results(info: CheckpointInfo) -> dict[str, ImportanceReport]:
    """What was measured on the page, for every reader: empty, or the last report under "last"."""
    return {}


def measure_importance(
    info: CheckpointInfo, n_sentences: int, mode: AblationMode
) -> Iterator[tuple[float, str]]:
    """Yields (share done, what is being done); the report is then in `importance_results`. Others get their
    turns in between.
    """
    from explorer.corpora.held_out import at_hand
    from explorer.heads.importance.measure import importance_steps
    from explorer.serving import forward_turn

    checkpoint = passes.checkpoint_of(info)
    corpus_name, pairs = at_hand(checkpoint.config.corpus, n_sentences)
    steps = importance_steps(checkpoint, pairs, corpus_name, mode)
    while True:
        try:
            with forward_turn():
                progress = next(steps)
        except StopIteration as end:
            importance_results(info)["last"] = end.value
            return
        yield progress
