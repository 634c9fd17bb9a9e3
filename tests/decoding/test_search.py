"""Stop rules, forced prefixes, exhaustive search, sampling, tables, re-ranking and the tree, against plain
definitions.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.decoding.compare import Strategies, Words, compare_on
from explorer.decoding.exhaustive import exhaustive_search
from explorer.decoding.rerank import rerank
from explorer.decoding.sampling import drawn_from, sample
from explorer.decoding.strategies import beam_search, greedy, length_divisor
from explorer.decoding.tables import (
    GARDEN_PATH_ROWS,
    TABLES,
    TEXTBOOK_ROWS,
    TableScorer,
    parse_table,
    table_text,
)
from explorer.decoding.tree import continuations, replaced, search_tree
from explorer.errors import InputError
from explorer.results import START, Sampling, SearchSettings, SearchTrace

WORDS = ("a", "b")


def random_rows(seed: int, max_len: int) -> dict[str, dict[str, float]]:
    """A full tree over two words and an ending."""
    rng = np.random.default_rng(seed)
    rows = {}
    for length in range(max_len):
        for prefix in itertools.product(WORDS, repeat=length):
            rows[" ".join(prefix)] = dict(
                zip((*WORDS, "</s>"), map(float, rng.dirichlet([1.0, 1.0, 1.0])), strict=True)
            )
    return rows


def every_target(rows: dict[str, dict[str, float]], max_len: int) -> dict[tuple[str, ...], float]:
    """The log-probability of every finished target: the plain definition."""
    found = {}
    for length in range(max_len):
        for words in itertools.product(WORDS, repeat=length):
            target = (*words, "</s>")
            found[target] = sum(math.log(rows[" ".join(target[:i])][word]) for i, word in enumerate(target))
    return found


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    max_len=st.integers(1, 4),
    length_penalty=st.sampled_from([0.0, 0.6, 1.0, 2.5, -0.7]),
)
def test_exhaustive_search_and_the_widest_beam_find_everything(seed, max_len, length_penalty):
    rows = random_rows(seed, max_len)
    scorer = TableScorer(rows)
    expected = every_target(rows, max_len)
    ranked = sorted(
        expected, key=lambda target: -expected[target] / length_divisor(len(target), length_penalty)
    )
    wide = beam_search(
        scorer, SearchSettings(beam_size=3**max_len, max_len=max_len, length_penalty=length_penalty)
    )
    for trace in (exhaustive_search(scorer, max_len=max_len, length_penalty=length_penalty), wide):
        assert [tuple(map(scorer.token, h.token_ids)) for h in trace.hypotheses] == ranked
        assert [h.log_prob for h in trace.hypotheses] == pytest.approx(
            [expected[target] for target in ranked], abs=1e-12
        )


def test_exhaustive_search_refuses_what_is_large_before_it_asks():
    asked = []

    class Wide:
        eos_id = 3

        def start(self):
            return np.full((1, 5000), -math.log(5000))

        def advance(self, parents, token_ids):
            asked.append(len(parents))
            return np.full((len(parents), 5000), -math.log(5000))

    with pytest.raises(InputError, match="20,000 prefixes at most: 4,999 of 1 tokens"):
        exhaustive_search(Wide(), max_len=3)
    assert not asked


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    beam_size=st.integers(1, 4),
    length_penalty=st.sampled_from([0.0, 0.6, 2.0, -1.0]),
)
def test_stop_rules_end_where_they_say(seed, beam_size, length_penalty):
    scorer = TableScorer(random_rows(seed, 5))
    traces = {
        stop: beam_search(
            scorer, SearchSettings(beam_size=beam_size, max_len=5, length_penalty=length_penalty, stop=stop)
        )
        for stop in ("enough", "first", "best", "length")
    }
    to_the_end = traces["length"]
    finished_after = [0]
    for step in to_the_end.steps:
        finished_after.append(finished_after[-1] + sum(c.fate == "finished" for c in step.candidates))
    for stop, wanted in (("first", 1), ("enough", beam_size)):
        expected = next(
            (n for n, count in enumerate(finished_after) if count >= wanted), len(to_the_end.steps)
        )
        assert len(traces[stop].steps) == expected
        assert traces[stop].steps == to_the_end.steps[:expected]
    assert len(to_the_end.steps) == 5
    assert traces["best"].best.finished == to_the_end.best.finished
    assert traces["best"].scores[0] == to_the_end.scores[0], "what would be cut off cannot win"


def test_a_search_goes_on_from_a_forced_prefix():
    rows = random_rows(4, 5)
    scorer = TableScorer(rows)
    prefix = scorer.ids(["b", "a"])
    trace = beam_search(scorer, SearchSettings(beam_size=50, max_len=5, prefix=prefix))
    expected = {target: value for target, value in every_target(rows, 5).items() if target[:2] == ("b", "a")}
    assert {tuple(map(scorer.token, h.token_ids)): h.log_prob for h in trace.hypotheses} == pytest.approx(
        expected
    )
    assert [len(step.candidates) for step in trace.steps[:2]] == [1, 1]
    tree = search_tree(trace, scorer.token, n_forced=2)
    assert [node.token for node in tree.nodes if node.forced] == ["b", "a"]
    taken = beam_search(scorer, SearchSettings(beam_size=1, max_len=5)).best.token_ids
    other = replaced(
        taken, 0, scorer.ids(["b"])[0] if scorer.token(taken[0]) != "b" else scorer.ids(["a"])[0]
    )
    assert (
        beam_search(scorer, SearchSettings(beam_size=2, max_len=5, prefix=other)).best.token_ids[:1]
        == other
        != taken[:1]
    )


@pytest.mark.parametrize(
    ("prefix", "message"),
    [
        ([3], "nothing follows"),
        ([99], "probability is 0"),
        ([0], "probability is 0"),
        ([4] * 5, "shorten it"),
    ],
)
def test_a_prefix_that_cannot_be_is_explained(prefix, message):
    with pytest.raises(InputError, match=message):
        beam_search(TableScorer(random_rows(0, 5)), SearchSettings(beam_size=2, max_len=5, prefix=prefix))
    with pytest.raises(InputError, match="no token 7"):
        replaced((4, 5), 7, 4)


@pytest.mark.parametrize("n_pruned", [0, 1, 3])
def test_recording_pruned_candidates_changes_nothing(n_pruned):
    scorer = TableScorer(random_rows(9, 5))
    plain, shown = (
        beam_search(scorer, SearchSettings(beam_size=2, max_len=5, n_pruned=n)) for n in (None, n_pruned)
    )
    assert [h.token_ids for h in plain.hypotheses] == [
        h.token_ids for h in shown.hypotheses
    ] and plain.scores == shown.scores
    for step in shown.steps:
        n_possible = 3 * (len(shown.steps[step.step - 1].beam) if step.step else 1)
        n_kept = sum(c.kept for c in step.candidates)
        assert len(step.candidates) - n_kept == min(n_pruned, n_possible - n_kept)


def test_the_textbook_tree_with_a_beam_of_two():
    """{Le .7, La .2, Un .1}, then {chat .8, chien .2}: "Le chat" 0.56, "La chat" 0.16; "Un" is pruned at
    once, "Le chien" (0.14) after.
    """
    scorer = TableScorer(TEXTBOOK_ROWS, "position")
    trace = beam_search(scorer, SearchSettings(beam_size=2, max_len=5))
    assert [(scorer.text(h.token_ids), round(math.exp(h.log_prob), 12)) for h in trace.hypotheses] == [
        ("Le chat", 0.56),
        ("La chat", 0.16),
    ]
    tree = search_tree(trace, scorer.token)
    drawn = [(node.token, node.fate, node.parent) for node in tree.nodes]
    assert drawn[:3] == [("Le", "kept", -1), ("La", "kept", -1), ("Un", "pruned", -1)]
    assert drawn[3:7] == [
        ("chat", "kept", 0),
        ("chat", "kept", 1),
        ("chien", "pruned", 0),
        ("chien", "pruned", 1),
    ]
    assert drawn[7:] == [("</s>", "finished", 3), ("</s>", "finished", 4)] and tree.hypotheses == (7, 8)
    assert [node.number for node in tree.nodes if node.best] == [0, 3, 7]
    assert search_tree(trace, scorer.token, n_pruned=0).n_hidden == 3


def test_every_node_of_a_tree_adds_up():
    scorer = TableScorer(random_rows(2, 5))
    tree = search_tree(
        beam_search(scorer, SearchSettings(beam_size=3, max_len=5, length_penalty=0.8)), scorer.token
    )
    for node in tree.nodes:
        before = tree.nodes[node.parent].log_prob if node.parent >= 0 else 0.0
        assert node.log_prob == before + node.token_log_prob
        assert node.score == node.log_prob / ((5 + node.step + 1) / 6) ** 0.8
        assert node.token_ids[:-1] == (tree.nodes[node.parent].token_ids if node.parent >= 0 else ())


def test_strategies_stand_side_by_side_on_the_garden_path():
    """Greedy: "Le chat", 0.6 · 0.4 = 0.24. The likeliest: "Un chat", 0.4 · 0.9 = 0.36, found by a beam of
    two.
    """
    scorer = TableScorer(GARDEN_PATH_ROWS)
    found = compare_on(
        lambda: TableScorer(GARDEN_PATH_ROWS),
        Words(scorer.text, scorer.token),
        Strategies((1, 2), (Sampling(3),)),
        max_len=4,
        reference="Un chat",
    )
    by_name = {run.strategy: run for run in found.runs}
    assert [run.strategy for run in found.runs] == [
        "greedy",
        "beam 2",
        "sampling, seed 3",
        "exhaustive",
    ] and found.best == 1
    assert (by_name["greedy"].text, by_name["beam 2"].text, by_name["exhaustive"].text) == (
        "Le chat",
        "Un chat",
        "Un chat",
    )
    assert math.exp(by_name["greedy"].log_prob) == pytest.approx(0.24) and math.exp(
        by_name["beam 2"].log_prob
    ) == pytest.approx(0.36)
    assert by_name["beam 2"].bleu == pytest.approx(100) and by_name["greedy"].bleu < 100
    assert by_name["exhaustive"].n_scored == 1 + 2 + 5


# ------------------------------------------------------------------------------------------------- re-ranking


def trace_of(*pairs: tuple[float, int]) -> SearchTrace:
    """Finished hypotheses with these log-probabilities and lengths."""
    hypotheses = []
    for log_prob, length in pairs:
        node = START
        for i in range(length):
            node = node.extended(4 if i < length - 1 else 3, log_prob / length, i == length - 1)
        hypotheses.append(node)
    return SearchTrace("beam", (), tuple(hypotheses), tuple(h.log_prob for h in hypotheses))


def test_the_winner_changes_where_two_scores_are_equal():
    """−2 over 2 tokens against −3 over 5: equal where ((10/6) / (7/6))^α = 3/2, so α = ln 1.5 / ln (10/7) =
    1.13680…
    """
    ranking = rerank(trace_of((-2.0, 2), (-3.0, 5)), 0.0)
    (crossover,) = ranking.crossovers
    assert (crossover.before, crossover.after) == (0, 1) and ranking.winner == 0
    assert crossover.length_penalty == pytest.approx(math.log(1.5) / math.log(10 / 7))
    assert rerank(trace_of((-2.0, 2), (-3.0, 5)), crossover.length_penalty + 1e-9).winner == 1


@settings(max_examples=150, deadline=None)
@given(
    pairs=st.lists(st.tuples(st.floats(-40, -0.05), st.integers(1, 30)), min_size=1, max_size=8),
    length_penalties=st.lists(st.floats(-10, 10), min_size=1, max_size=12),
)
def test_between_two_crossovers_one_hypothesis_wins(pairs, length_penalties):
    trace = trace_of(*pairs)
    log_probs = [h.log_prob for h in trace.hypotheses]
    crossovers = rerank(trace, 0.0).crossovers
    assert list(crossovers) == sorted(crossovers, key=lambda c: c.length_penalty)
    for one, other in itertools.pairwise(crossovers):
        assert one.after == other.before
    for length_penalty in length_penalties:
        ranking = rerank(trace, length_penalty)
        scores = [
            log_prob / ((5 + h.length) / 6) ** length_penalty
            for log_prob, h in zip(log_probs, trace.hypotheses, strict=True)
        ]
        assert (
            list(ranking.scores) == sorted(scores, reverse=True)
            and ranking.scores[0] == scores[ranking.winner]
        )
        if crossovers:
            passed = [c for c in crossovers if c.length_penalty <= length_penalty]
            leader = passed[-1].after if passed else crossovers[0].before
            assert scores[leader] == pytest.approx(max(scores), rel=1e-9)


def test_reranking_is_searching_again_with_that_penalty():
    scorer = TableScorer(random_rows(11, 4))
    plain = beam_search(scorer, SearchSettings(beam_size=81, max_len=4))
    for length_penalty in (0.3, 1.0, 4.0, -1.0):
        other = beam_search(scorer, SearchSettings(beam_size=81, max_len=4, length_penalty=length_penalty))
        order = rerank(plain, length_penalty).order
        assert [plain.hypotheses[i].token_ids for i in order] == [h.token_ids for h in other.hypotheses]


# --------------------------------------------------------------------------------------------------- sampling


def test_draws_follow_the_distribution_and_the_seed():
    scorer = TableScorer(TEXTBOOK_ROWS, "position")
    n = 3000
    seen = Counter(scorer.text(sample(scorer, Sampling(seed), max_len=4).best.token_ids) for seed in range(n))
    for text, p in {
        "Le chat": 0.56,
        "La chat": 0.16,
        "Le chien": 0.14,
        "Un chat": 0.08,
        "La chien": 0.04,
        "Un chien": 0.02,
    }.items():
        assert abs(seen[text] / n - p) < 5 * math.sqrt(p * (1 - p) / n)  # five standard deviations
    assert sample(scorer, Sampling(5), max_len=4) == sample(scorer, Sampling(5), max_len=4)


def test_temperature_top_k_and_nucleus_by_hand():
    """p = .5 .3 .15 .05. T = ½ squares them: .25 .09 .0225 .0025 over .365. The nucleus of .7 is .5 .3, as .5
    alone does not reach it.
    """
    log_probs = np.log([0.05, 0.5, 0.15, 0.3])
    assert drawn_from(log_probs) == pytest.approx([0.05, 0.5, 0.15, 0.3])
    assert drawn_from(log_probs, 0.5) == pytest.approx(np.array([0.0025, 0.25, 0.0225, 0.09]) / 0.365)
    assert drawn_from(log_probs, top_k=2) == pytest.approx([0, 0.5 / 0.8, 0, 0.3 / 0.8])
    assert drawn_from(log_probs, top_p=0.7) == pytest.approx([0, 0.5 / 0.8, 0, 0.3 / 0.8])
    assert drawn_from(log_probs, top_p=0.01) == pytest.approx([0, 1, 0, 0])
    assert drawn_from(log_probs, top_k=3, top_p=0.6) == pytest.approx([0, 0.5 / 0.8, 0, 0.3 / 0.8])


def test_a_draw_from_one_token_is_greedy():
    for seed in range(10):
        scorer = TableScorer(random_rows(seed, 6))
        drawn = sample(scorer, Sampling(seed, temperature=3.0, top_k=1), max_len=6)
        assert drawn.best.token_ids == greedy(scorer, max_len=6).best.token_ids
        assert drawn.best.token_log_probs == greedy(scorer, max_len=6).best.token_log_probs
        for step in drawn.steps:
            assert sum(c.kept for c in step.candidates) == 1 and len(step.candidates) == 3
    forced = sample(scorer, Sampling(1), max_len=6, prefix=scorer.ids(["b", "b"]))
    assert forced.best.token_ids[:2] == scorer.ids(["b", "b"])


@pytest.mark.parametrize(
    "options", [{"temperature": 0.0}, {"temperature": math.nan}, {"top_k": 0}, {"top_p": 0.0}, {"top_p": 1.5}]
)
def test_sampling_settings_out_of_range_are_named(options):
    with pytest.raises(InputError, match="asked for: choose"):
        sample(TableScorer(TEXTBOOK_ROWS, "position"), Sampling(0, **options), max_len=3)


# ----------------------------------------------------------------------------------------------------- tables


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ({"": {"Le": 0.7, "La": 0.2}}, "first row of the table sums to 0.9, and probabilities sum to 1"),
        ({"": {"Le": 1.0}, "Le": {}}, "'Le' of the table sums to 0"),
        ({"": {"Le": 1.5, "La": -0.5}}, "probability 1.5: choose 0 to 1"),
        ({"": {"Le": math.nan}}, "probability nan"),
        ({"Le": {"chat": 1.0}}, "no row for the first word"),
        ({"": {"Le chat": 1.0}}, "no spaces"),
        ({"": {"<unk>": 1.0}}, "none of <pad>"),
        ({"": {f"w{i}": 1 / 501 for i in range(501)}}, "too large"),
    ],
)
def test_a_table_that_is_none_is_refused(rows, message):
    with pytest.raises(InputError, match=message):
        TableScorer(rows)


def test_a_row_depends_on_what_the_table_says():
    rows = {"": {"x": 0.5, "y": 0.5}, "x": {"y": 1.0}, "y": {"x": 0.25, "</s>": 0.75}}
    by_previous, by_prefix = (TableScorer(rows, condition) for condition in ("previous", "prefix"))
    for scorer, after in ((by_previous, [("</s>", 0.75), ("x", 0.25)]), (by_prefix, [("</s>", 1.0)])):
        found = continuations(scorer, scorer.ids(["x", "y"]), scorer.token)
        assert [(c.token, round(math.exp(c.log_prob), 12)) for c in found] == after and [
            c.rank for c in found
        ] == list(range(1, len(after) + 1))
    with pytest.raises(InputError, match="no word 'z'"):
        by_prefix.ids(["z"])
    with pytest.raises(InputError, match="cannot depend on"):
        TableScorer(rows, "weather")


def test_a_table_is_read_from_text_and_written_back():
    for _, rows in TABLES.values():
        assert parse_table(table_text(rows)) == rows
    for text, message in (
        ("Le .7", "no colon"),
        (": Le x", "no number"),
        (": Le .5, Le .5", "no new word"),
        (": Le 1\n: La 1", "second row"),
    ):
        with pytest.raises(InputError, match=message):
            parse_table(text)
