"""Search against hand-written probability tables and against exhaustive search."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from explorer.decoding.strategies import beam_search, beam_search_steps, greedy, length_divisor
from explorer.results import SearchSettings

EOS_ID = 3
A, B = 4, 5
VOCAB = 6


class Table:
    """A scorer read from a table: prefix → {token: probability}. Counts what it was asked for."""

    eos_id = EOS_ID

    def __init__(self, rows: dict[tuple[int, ...], dict[int, float]]):
        self.rows = rows
        self.prefixes: list[tuple[int, ...]] = []
        self.asked: list[list[tuple[int, ...]]] = []

    def _log_probs(self):
        self.asked.append(list(self.prefixes))
        out = np.full((len(self.prefixes), VOCAB), -np.inf)
        for i, prefix in enumerate(self.prefixes):
            for token, p in self.rows[prefix].items():
                out[i, token] = math.log(p)
        return out

    def start(self):
        self.prefixes = [()]
        return self._log_probs()

    def advance(self, parents, token_ids):
        self.prefixes = [
            (*self.prefixes[parent], token) for parent, token in zip(parents, token_ids, strict=True)
        ]
        return self._log_probs()


def random_table(seed: int, max_len: int) -> Table:
    """A full tree over {A, B, </s>} with random probabilities."""
    rng = np.random.default_rng(seed)
    rows = {}
    for length in range(max_len):
        for prefix in itertools.product((A, B), repeat=length):
            rows[prefix] = dict(zip((EOS_ID, A, B), map(float, rng.dirichlet([1.0, 1.0, 1.0])), strict=True))
    return Table(rows)


def exhaustive(table: Table, max_len: int, length_penalty: float) -> list[tuple[tuple[int, ...], float]]:
    """Every finished sequence of at most `max_len` tokens with its score, best first: the plain definition,
    no search.
    """
    found = []
    for length in range(max_len):
        for prefix in itertools.product((A, B), repeat=length):
            sequence = (*prefix, EOS_ID)
            log_prob = sum(math.log(table.rows[sequence[:i]][token]) for i, token in enumerate(sequence))
            found.append((sequence, log_prob / ((5 + len(sequence)) / 6) ** length_penalty))
    return sorted(found, key=lambda pair: -pair[1])


# A is likelier than B at first, but what follows A is not: greedy takes A (0.6 · 0.4 = 0.24), the best is B
# </s> (0.4 · 0.9 = 0.36).
GARDEN_PATH = {
    (): {A: 0.6, B: 0.4},
    (A,): {EOS_ID: 0.4, A: 0.35, B: 0.25},
    (B,): {EOS_ID: 0.9, A: 0.1},
    (A, A): {EOS_ID: 1.0},
    (A, B): {EOS_ID: 1.0},
    (B, A): {EOS_ID: 1.0},
}


def test_a_beam_of_two_avoids_the_garden_path():
    assert greedy(Table(GARDEN_PATH), max_len=5).best.token_ids == (A, EOS_ID)
    best = beam_search(Table(GARDEN_PATH), SearchSettings(beam_size=2, max_len=5)).best
    assert best.token_ids == (B, EOS_ID)
    assert best.log_prob == pytest.approx(math.log(0.36))


def test_greedy_equals_the_plain_argmax_loop():
    for seed in range(20):
        table = random_table(seed, 6)
        prefix, log_probs = (), []
        while len(prefix) < 6 and (not prefix or prefix[-1] != EOS_ID):
            token = max(table.rows[prefix], key=table.rows[prefix].get)
            log_probs.append(math.log(table.rows[prefix][token]))
            prefix = (*prefix, token)
        for trace in (
            greedy(table, max_len=6),
            beam_search(table, SearchSettings(beam_size=1, max_len=6, length_penalty=2.0)),
        ):
            assert trace.strategy == "greedy"
            assert trace.best.token_ids == prefix
            assert trace.best.token_log_probs == tuple(log_probs)
            assert trace.best.finished == (prefix[-1] == EOS_ID)
            assert len(trace.hypotheses) == 1


@pytest.mark.parametrize("length_penalty", [0.0, 0.6, 1.0, -0.5])
@pytest.mark.parametrize("seed", range(5))
def test_a_beam_as_wide_as_the_space_is_exhaustive(seed, length_penalty):
    """With 3 tokens and length 5 a step has at most 3 · 2^4 = 48 candidates, so a beam of 48 drops none
    of the 1 + 2 + … + 16 = 31 sequences."""
    table = random_table(seed, 5)
    trace = beam_search(table, SearchSettings(beam_size=48, max_len=5, length_penalty=length_penalty))
    expected = exhaustive(table, 5, length_penalty)
    assert len(trace.hypotheses) == 31 and all(h.finished for h in trace.hypotheses)
    assert [h.token_ids for h in trace.hypotheses] == [sequence for sequence, _ in expected]
    assert trace.scores == pytest.approx([score for _, score in expected], abs=1e-12)


@pytest.mark.parametrize("beam_size", [1, 2, 3, 8])
def test_log_probs_sum_the_table_to_the_last_bit(beam_size):
    table = random_table(3, 5)
    trace = beam_search(table, SearchSettings(beam_size=beam_size, max_len=5))
    for step in trace.steps:
        for candidate in step.candidates:
            ids = candidate.hypothesis.token_ids
            terms = tuple(math.log(table.rows[ids[:i]][token]) for i, token in enumerate(ids))
            assert candidate.hypothesis.token_log_probs == terms
            assert candidate.hypothesis.log_prob == sum(terms) == candidate.score


def test_steps_fit_together():
    """Each candidate extends its parent in the beam before; the beam is the kept, unfinished candidates; at
    most 2k are considered.
    """
    table = random_table(7, 5)
    steps = list(beam_search_steps(table, SearchSettings(beam_size=3, max_len=5, length_penalty=0.6)))
    before = [()]
    for number, step in enumerate(steps):
        assert step.step == number
        assert len(step.candidates) <= 6 and len(step.beam) <= 3
        scores = [c.score for c in step.candidates]
        assert scores == sorted(scores, reverse=True)
        for candidate in step.candidates:
            assert candidate.hypothesis.token_ids[:-1] == before[candidate.parent]
            assert candidate.score == candidate.hypothesis.log_prob / length_divisor(number + 1, 0.6)
        assert step.beam == tuple(
            c.hypothesis for c in step.candidates if c.kept and not c.hypothesis.finished
        )
        before = [h.token_ids for h in step.beam]
    assert table.asked[1:] == [[h.token_ids for h in step.beam] for step in steps[:-1]], (
        "the scorer is advanced along the beam"
    )


def test_the_length_penalty_is_gnmts_and_changes_winners():
    """log 0.30 = -1.204 for one token, log(0.7 · 0.6 · 0.6) = -1.379 for three.
    With α = 1 these are divided by 6/6 and 8/6 → -1.204 and -1.034.
    (The slip `step + 1 ** α` would divide by 1 and 3 or by 5.17 and so on, whatever α is.)"""
    rows = {(): {EOS_ID: 0.30, A: 0.7}, (A,): {B: 0.6, EOS_ID: 0.1, A: 0.3}, (A, B): {EOS_ID: 0.6, A: 0.4}}
    rows |= {(A, A): {EOS_ID: 0.01, A: 0.99}}
    plain = beam_search(Table(rows), SearchSettings(beam_size=2, max_len=3))
    longer = beam_search(Table(rows), SearchSettings(beam_size=2, max_len=3, length_penalty=1.0))
    assert plain.best.token_ids == (EOS_ID,)
    assert plain.scores[0] == pytest.approx(math.log(0.30))
    assert longer.best.token_ids == (A, B, EOS_ID)
    assert longer.scores[0] == pytest.approx(math.log(0.7 * 0.6 * 0.6) / (8 / 6))
    assert longer.scores[1] == pytest.approx(math.log(0.30))
    assert length_divisor(7, 0.6) == pytest.approx(2**0.6) and length_divisor(30, 0.0) == 1.0


def test_the_search_stops_when_enough_have_finished():
    rows = {(): {EOS_ID: 0.5, A: 0.3, B: 0.2}, (A,): {EOS_ID: 0.9, A: 0.1}, (B,): {EOS_ID: 0.9, B: 0.1}}
    trace = beam_search(Table(rows), SearchSettings(beam_size=2, max_len=9))
    assert [h.token_ids for h in trace.hypotheses] == [(EOS_ID,), (A, EOS_ID), (B, EOS_ID)]
    assert len(trace.steps) == 2


def test_unfinished_hypotheses_are_marked_as_such():
    rows = {(): {A: 0.9, B: 0.1}, (A,): {A: 0.9, B: 0.1}, (B,): {A: 0.9, B: 0.1}}
    trace = beam_search(Table(rows), SearchSettings(beam_size=2, max_len=2))
    assert [h.token_ids for h in trace.hypotheses] == [(A, A), (A, B)]
    assert not any(h.finished for h in trace.hypotheses)
    assert len(trace.steps) == 2


def test_ties_go_to_better_parents_then_smaller_ids():
    rows = {(): {A: 0.5, B: 0.5}, (A,): {A: 0.5, B: 0.5}, (B,): {A: 0.5, B: 0.5}}
    trace = beam_search(Table(rows), SearchSettings(beam_size=2, max_len=2))
    assert [c.hypothesis.token_ids for c in trace.steps[1].candidates] == [(A, A), (A, B), (B, A), (B, B)]


def test_impossible_tokens_are_never_candidates():
    trace = beam_search(Table(GARDEN_PATH), SearchSettings(beam_size=4, max_len=5))
    assert all(math.isfinite(c.score) for step in trace.steps for c in step.candidates)
    with pytest.raises(ValueError, match="probability 0"):
        beam_search(Table({(): {}}), SearchSettings(beam_size=2, max_len=5))


def test_wrong_sizes_and_nan_are_refused():
    with pytest.raises(ValueError, match="at least 1"):
        beam_search(Table(GARDEN_PATH), SearchSettings(beam_size=0, max_len=5))
    with pytest.raises(ValueError, match="at least 1"):
        greedy(Table(GARDEN_PATH), max_len=0)

    class Broken(Table):
        def start(self):
            return np.full((1, VOCAB), np.nan)

    with pytest.raises(ValueError, match="NaN"):
        greedy(Broken({}), max_len=3)
