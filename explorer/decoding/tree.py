"""A search as a tree: its candidates as nodes, and what may follow any of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from explorer.decoding.strategies import Scorer, best_tokens
from explorer.errors import InputError
from explorer.results import Continuation, Hypothesis, SearchNode, SearchTrace, SearchTree


def search_tree(
    trace: SearchTrace, token_of: Callable[[int], str], *, n_pruned: int | None = None, n_forced: int = 0
) -> SearchTree:
    """The nodes of a trace, step by step, best first within a step.

    token_of: the string of a token id;  n_pruned: the most pruned candidates to show at a step (None: all
    that were recorded); n_forced: the length of the prefix that the search was given.
    """
    best = {id(node) for node in trace.best.path()}
    numbers: dict[int, int] = {}  # of a hypothesis, by identity: prefixes are shared, never copied
    beam: tuple[Hypothesis, ...] = ()
    nodes: list[SearchNode] = []
    n_hidden = 0
    for step in trace.steps:
        n_shown = 0
        for rank, candidate in enumerate(step.candidates):
            hypothesis = candidate.hypothesis
            if not candidate.kept:
                n_shown += 1
                if n_pruned is not None and n_shown > n_pruned:
                    n_hidden += 1
                    continue
            numbers[id(hypothesis)] = len(nodes)
            node = SearchNode(
                number=len(nodes),
                parent=numbers[id(beam[candidate.parent])] if beam else -1,
                step=step.step,
                rank=rank,
                token=token_of(hypothesis.token_id),
                token_ids=hypothesis.token_ids,
                token_log_prob=hypothesis.token_log_prob,
                log_prob=hypothesis.log_prob,
                score=candidate.score,
                fate=candidate.fate,
                forced=step.step < n_forced,
                best=id(hypothesis) in best,
            )
            nodes.append(node)
        beam = step.beam
    hypotheses = tuple(numbers[id(hypothesis)] for hypothesis in trace.hypotheses)
    return SearchTree(trace.strategy, tuple(nodes), hypotheses, len(trace.steps), n_hidden)


def continuations(
    scorer: Scorer, prefix: Sequence[int], token_of: Callable[[int], str], n: int = 5
) -> tuple[Continuation, ...]:
    """The `n` likeliest tokens after `prefix`, best first. Raises InputError for a prefix that cannot be."""
    rows = scorer.start()
    for position, token_id in enumerate(prefix, 1):
        log_probs = np.asarray(rows)[0]
        if not 0 <= token_id < len(log_probs) or log_probs[token_id] == -np.inf:
            raise InputError(
                f"Token {position} of the prefix cannot stand where it does: its probability is 0. Choose "
                "another."
            )
        rows = scorer.advance([0], [token_id])
    token_ids, log_probs = (row[0].tolist() for row in best_tokens(rows, n))
    possible = [
        (token_id, log_prob)
        for token_id, log_prob in zip(token_ids, log_probs, strict=True)
        if log_prob > -np.inf
    ]
    return tuple(
        Continuation(rank, token_of(token_id), token_id, log_prob)
        for rank, (token_id, log_prob) in enumerate(possible, 1)
    )


def replaced(token_ids: Sequence[int], position: int, token_id: int) -> tuple[int, ...]:
    """The prefix that has `token_id` at `position` (from 0) and goes no further: force it, and the search
    goes on from there.

    Raises InputError when there is no such position.
    """
    if not 0 <= position < len(token_ids):
        raise InputError(
            f"There is no token {position} to replace: the prefix has {len(token_ids)}, counted from 0."
        )
    return (*token_ids[:position], token_id)
