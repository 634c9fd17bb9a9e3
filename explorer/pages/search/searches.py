"""Searches, computed once for all readers, and the sentences on which the beam matters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.pages import passes

if TYPE_CHECKING:
    from explorer.checkpoints.catalogue import CheckpointInfo
    from explorer.checkpoints.folder import Checkpoint
    from explorer.results import Continuation, Sampling, SearchSettings, SearchTrace, StrategyComparison


@passes.cached_pass(128)
def search(checkpoint: Checkpoint, text: str, settings: SearchSettings) -> SearchTrace:
    """A beam search with every candidate that it considered."""
    from explorer.decoding.decode import translate

    passes.check_length(text)
    return translate(checkpoint, text, settings).trace


@passes.cached_pass(512)
def next_tokens(
    checkpoint: Checkpoint, text: str, prefix: tuple[int, ...], n: int = 5
) -> tuple[Continuation, ...]:
    """The likeliest tokens after a prefix of a translation."""
    from explorer.decoding import decode

    return decode.next_tokens(checkpoint, text, prefix, n)


@passes.cached_pass(64)
def strategies(
    checkpoint: Checkpoint,
    text: str,
    reference: str | None,
    samplings: tuple[Sampling, ...],
    length_penalty: float,
    max_len: int | None,
) -> StrategyComparison:
    """A sentence through greedy search, beams, draws and, where it is small enough, exhaustive search."""
    from explorer.decoding.cases import compare_strategies
    from explorer.decoding.compare import Strategies

    passes.check_length(text)
    chosen = Strategies(samplings=samplings, length_penalty=length_penalty)
    return compare_strategies(checkpoint, text, reference, chosen, max_len=max_len)


@st.cache_resource(max_entries=32, show_spinner=False, hash_funcs=passes.BY_WEIGHTS)
def cases_found(info: CheckpointInfo) -> dict[str, object]:
    """What `find_cases` has found on the pages so far, for every reader: "n" sentences looked at, and a
    `SearchCase` of each kind.
    """
    return {"n": 0}


def find_cases(info: CheckpointInfo, n_more: int) -> bool:
    """Look at `n_more` held-out sentences for those on which the beam matters; False when there are no
    more.
    """
    from explorer.corpora.held_out import at_hand
    from explorer.decoding import cases
    from explorer.serving import forward_turn

    best, checkpoint = cases_found(info), passes.checkpoint_of(info)
    _, pairs = at_hand(checkpoint.config.corpus, best["n"] + n_more)
    more = pairs[best["n"] :]
    if not more:
        return False
    with forward_turn():
        seen = cases.find_cases(checkpoint, more)
    for kind in ("greedy_loses", "wider_is_worse"):
        known, new = best.get(kind), getattr(seen, kind)
        if new is not None and (known is None or new.gain > known.gain):
            best[kind] = new
    best["n"] += len(more)
    return True
