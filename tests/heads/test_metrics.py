"""Does each head metric count what its definition says? Against plain loops, on hand-built heads, and on
parts of a corpus.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.heads.roles.batch import RULE_OFFSETS
from explorer.heads.roles.metrics import alignment, rare_tokens, syntactic
from explorer.heads.roles.metrics.alignment import READINGS, head_links
from explorer.heads.roles.metrics.registry import HEAD_METRICS, count_all
from explorer.heads.roles.scores import rule_scores, score
from explorer.results import ATTENTION_KINDS, Alignment, AlignmentCounts, Encoding
from tests.heads import slow
from tests.heads.random_sentences import RELATIONS, frequencies, sentence
from tests.heads.slow import Counter, Sentence, batch_of

SELF = ("encoder_self", "decoder_self")
KINDS = {
    name: {"any": ATTENTION_KINDS, "self": SELF, "between": ("cross",)}[metric.of]
    for name, metric in HEAD_METRICS.items()
}
CASES = [(name, kind) for name, kinds in KINDS.items() for kind in kinds]


def slow_counts(name: str, sentences: list[Sentence], counts, layer: int, head: int) -> dict[str, np.ndarray]:
    extra = {"syntactic": (RELATIONS,), "rare_token": (counts.tolist(),)}.get(name, ())
    counter = Counter()
    for s in sentences:
        counter.add(getattr(slow, name)(s, s.weights[layer, head], *extra))
    return counter.sums


@pytest.mark.parametrize("name, kind", CASES)
@pytest.mark.parametrize("subwords", [False, True], ids=["words", "subwords"])
@pytest.mark.parametrize("seed", range(3))
def test_a_metric_equals_plain_loops(name, kind, subwords, seed):
    rng = np.random.default_rng(seed)
    frequency = frequencies(rng)
    sentences = [sentence(rng, kind, subwords) for _ in range(9)]
    found = HEAD_METRICS[name].count(batch_of(sentences, frequency, RELATIONS))
    assert found.hits.shape[1:] == (2, 3) and found.n_sentences == 9
    for layer in range(2):
        for head in range(3):
            expected = slow_counts(name, sentences, frequency.counts, layer, head)
            assert set(found.questions) == set(expected)
            for index, question in enumerate(found.questions):
                sums = (found.hits, found.n, found.hits_squared, found.hits_times_n, found.n_squared)
                np.testing.assert_allclose(
                    [s[index, layer, head] for s in sums],
                    expected[question],
                    atol=1e-6,
                    rtol=1e-6,
                    err_msg=question,
                )


@pytest.mark.parametrize("name, kind", CASES)
def test_something_is_counted_for_every_question_that_can_occur(name, kind):
    """A comparison of zeros with zeros would prove nothing."""
    rng = np.random.default_rng(0)
    found = HEAD_METRICS[name].count(
        batch_of([sentence(rng, kind) for _ in range(60)], frequencies(rng), RELATIONS)
    )
    never = {"never:to_head", "never:to_dependent"}
    never |= {f"offset:{n}" for n in range(1, 6)} if kind == "decoder_self" else set()
    assert {
        question for index, question in enumerate(found.questions) if not found.n[index].all()
    } == never & set(found.questions)


@settings(max_examples=15, deadline=None)
@given(
    st.integers(0, 10_000),
    st.sampled_from(ATTENTION_KINDS),
    st.lists(st.integers(1, 8), min_size=1, max_size=3),
)
def test_counts_of_a_corpus_are_the_sum_of_the_counts_of_its_parts(seed, kind, cuts):
    rng = np.random.default_rng(seed)
    frequency = frequencies(rng)
    sentences = [sentence(rng, kind) for _ in range(9)]
    whole = count_all(batch_of(sentences, frequency, RELATIONS))
    edges = [0, *sorted(set(cuts)), 9]
    parts = [
        count_all(batch_of(sentences[a:b], frequency, RELATIONS))
        for a, b in zip(edges, edges[1:], strict=False)
    ]
    for name, counts in whole.items():
        total = parts[0][name]
        for part in parts[1:]:
            total = total + part[name]
        assert total.n_sentences == counts.n_sentences and total.questions == counts.questions
        for field in ("hits", "n", "hits_squared", "hits_times_n", "n_squared"):
            np.testing.assert_allclose(getattr(total, field), getattr(counts, field), rtol=1e-9, atol=1e-9)


def test_counts_of_different_questions_do_not_add():
    rng = np.random.default_rng(0)
    batch = batch_of([sentence(rng, "encoder_self")], frequencies(rng), RELATIONS)
    positional, figures = (HEAD_METRICS[name].count(batch) for name in ("positional", "figures"))
    with pytest.raises(ValueError, match="cannot be added"):
        positional + figures


def test_a_batch_is_never_written_into():
    """A score that zeroes a column of what it was given spoils all that follow."""
    rng = np.random.default_rng(1)
    for kind in ATTENTION_KINDS:
        batch = batch_of([sentence(rng, kind) for _ in range(5)], frequencies(rng), RELATIONS)
        before = batch.weights.copy()
        batch.weights.setflags(write=False)
        once, again = count_all(batch), count_all(batch)
        assert np.array_equal(batch.weights, before)
        assert all(once[name] == again[name] for name in once)


@pytest.mark.parametrize("reading", READINGS)
def test_links_of_heads_are_pooled_over_sentences(reading):
    """Och & Ney 2003 with sets and loops."""
    rng = np.random.default_rng(4)
    sentences = [s for s in (sentence(rng, "cross") for _ in range(40)) if s.gold is not None]
    for head in head_links(alignment.count(batch_of(sentences, frequencies(rng))), reading):
        expected = AlignmentCounts()
        for s in sentences:
            rows = slow.word_rows(s, s.weights[head.layer, head.head], shift=int(reading == "input"))
            links = {(max(row, key=row.get), tgt) for tgt, row in rows.items() if max(row.values()) > 0}
            sure, possible = (len(links & gold) for gold in (s.gold.sure, s.gold.possible))
            expected += AlignmentCounts(len(links), len(s.gold.sure), sure, possible)
        assert head.counts == expected


def test_a_gold_link_to_a_word_that_was_cut_off_counts_as_missed():
    links = frozenset({(0, 0), (7, 9)})
    cut = Sentence("cross", looking(3, 3, lambda row: row), plain(2), plain(2), (), Alignment(links, links))
    (head,) = head_links(alignment.count(batch_of([cut], frequencies(np.random.default_rng(0)))), "output")
    assert head.counts == AlignmentCounts(2, 2, 1, 1)


def test_a_head_that_is_switched_off_links_nothing():
    links = frozenset({(0, 0)})
    off = Sentence(
        "cross", np.zeros((1, 1, 2, 2), np.float32), plain(1), plain(1), (), Alignment(links, links)
    )
    (head,) = head_links(alignment.count(batch_of([off], frequencies(np.random.default_rng(0)))), "output")
    assert head.counts == AlignmentCounts(0, 1, 0, 0) and head.counts.aer == 1


# ------------------------------------------------------------------------------------------- hand-built heads


def plain(n: int, *, marks: tuple[int, ...] = ()) -> Encoding:
    """n words of one token each, all different."""
    return Encoding(
        tuple(range(10, 10 + n)),
        tuple(f"t{i}" for i in range(n)),
        tuple(range(n)),
        tuple("." if i in marks else f"w{i}" for i in range(n)),
    )


def looking(n_rows: int, n_keys: int, target) -> np.ndarray:
    """One head [1, 1, rows, keys] whose row r puts 0.7 on key target(r) and shares the rest; equal weights
    where there is no such key.
    """
    weights = np.full((n_rows, n_keys), 1 / n_keys)
    for row in range(n_rows):
        if 0 <= target(row) < n_keys:
            weights[row] = 0.3 / (n_keys - 1)
            weights[row, target(row)] = 0.7
    return weights[None, None].astype(np.float32)


def answers(name: str, *sentences: Sentence, relations=RELATIONS) -> dict[str, float]:
    frequency = frequencies(np.random.default_rng(0))
    batch = batch_of(list(sentences), frequency, relations)
    counts = HEAD_METRICS[name].count(batch)
    rules = HEAD_METRICS[name].count(batch.rules)
    return {question: float(score(counts, question, rules).value[0, 0]) for question in counts.questions}


@pytest.mark.parametrize("offset", [-3, -1, 0, 1, 2])
def test_a_perfect_positional_head_scores_one(offset):
    sentences = [
        Sentence("encoder_self", looking(n + 1, n + 1, lambda row: row + offset), plain(n), plain(n))
        for n in (4, 7, 9)
    ]
    found = answers("positional", *sentences)
    assert found[f"offset:{offset}"] == 1.0
    assert found[f"offset:{offset - 1}"] < 0.2


def test_a_perfect_previous_token_head_scores_one_in_a_decoder_too():
    weights = looking(6, 6, lambda row: row - 1) * np.tri(6, dtype=np.float32)
    weights[0, 0, 0, 0] = 1
    found = answers("positional", Sentence("decoder_self", weights, plain(5), plain(5)))
    assert found["offset:-1"] == 1.0 and np.isnan(found["offset:1"])
    figures = answers(
        "figures", Sentence("decoder_self", weights / weights.sum(-1, keepdims=True), plain(5), plain(5))
    )
    assert figures["previous"] == pytest.approx(
        np.mean([0.7 / (0.7 + 0.06 * row) for row in range(1, 6)]), abs=1e-6
    )


def test_a_perfect_syntactic_head_scores_one_in_one_direction():
    arcs = ((0, 3, "amod"), (2, 3, "nsubj"), (4, 3, "obj"), (1, 4, "amod"))
    heads = {dependent: head for dependent, head, _ in arcs}
    s = Sentence("encoder_self", looking(6, 6, lambda row: heads.get(row, -1)), plain(5), plain(5), arcs)
    found = answers("syntactic", s)
    assert [found[f"{r}:to_head"] for r in ("amod", "nsubj", "obj", "all")] == [1.0, 1.0, 1.0, 1.0]
    assert found["nsubj:to_dependent"] < 0.5 and np.isnan(found["never:to_head"])
    to_dependent = Sentence(
        "encoder_self", looking(6, 6, lambda row: {3: 2, 4: 1}.get(row, -1)), plain(5), plain(5), arcs
    )
    found = answers("syntactic", to_dependent)
    assert (found["nsubj:to_dependent"], found["amod:to_dependent"], found["obj:to_dependent"]) == (
        1.0,
        0.5,
        0.0,
    )


def test_a_word_with_two_dependents_is_asked_once():
    arcs = ((0, 2, "amod"), (1, 2, "amod"))
    s = Sentence("encoder_self", looking(5, 5, lambda row: 1 if row == 2 else -1), plain(4), plain(4), arcs)
    batch = batch_of([s], frequencies(np.random.default_rng(0)), RELATIONS)
    counts = syntactic.count(batch)
    index = counts.questions.index("amod:to_dependent")
    assert (counts.hits[index, 0, 0], counts.n[index, 0, 0]) == (1, 1)


def test_a_perfect_rare_token_head_scores_one():
    ids = (5, 690, 6, 7, 520)  # 690 is the least frequent, 520 comes next
    query = Encoding(ids, tuple(map(str, ids)), tuple(range(5)), tuple("abcde"))
    found = answers("rare_token", Sentence("encoder_self", looking(6, 6, lambda row: 1), query, query))
    assert [found[question] for question in rare_tokens.QUESTIONS] == [1.0, 1.0, 1.0, 1.0]
    found = answers("rare_token", Sentence("encoder_self", looking(6, 6, lambda row: 4), query, query))
    assert (found["rarest:1"], found["rarest:2"]) == (0.0, 1.0)


def test_sentences_of_common_words_are_left_out_where_the_paper_does():
    found = answers("rare_token", Sentence("encoder_self", looking(6, 6, lambda row: 1), plain(5), plain(5)))
    assert np.isnan(found["rarest:1:beyond_500"]) and not np.isnan(found["rarest:1"])


def test_a_perfect_alignment_head_scores_one_in_its_reading():
    gold = Alignment(frozenset({(2, 0), (0, 1), (1, 2)}), frozenset({(2, 0), (0, 1), (1, 2)}))
    links = {0: 2, 1: 0, 2: 1}
    put_out = Sentence("cross", looking(4, 4, lambda row: links.get(row, -1)), plain(3), plain(3), (), gold)
    taken_in = Sentence(
        "cross", looking(4, 4, lambda row: links.get(row - 1, -1)), plain(3), plain(3), (), gold
    )
    found = answers("alignment", put_out)
    assert [found[f"{what}:output"] for what in ("aligned", "precision", "recall")] == [1.0, 1.0, 1.0]
    assert found["aligned:input"] < 0.5
    assert answers("alignment", taken_in)["aligned:input"] == 1.0


def test_perfect_duplicate_and_induction_heads_put_all_their_weight_there():
    ids = (10, 11, 12, 10, 11, 12)
    query = Encoding(ids, tuple(map(str, ids)), tuple(range(6)), tuple("abcabc"))
    sure = np.eye(7, dtype=np.float32)
    duplicate, induction = sure[[3, 4, 5, 0, 1, 2, 6]], sure[[0, 0, 0, 1, 2, 3, 6]]
    found = answers("repeats", Sentence("encoder_self", duplicate[None, None], query, query))
    assert (found["duplicate"], found["induction"]) == (1.0, 0.0)
    found = answers("repeats", Sentence("encoder_self", induction[None, None], query, query))
    assert (found["duplicate"], found["induction"]) == (0.0, 1.0)


@pytest.mark.parametrize("name, kind", CASES)
@pytest.mark.parametrize("subwords", [False, True], ids=["words", "subwords"])
def test_uniform_attention_scores_its_baseline(name, kind, subwords):
    """Equal weights on all that may be seen get exactly what the rule of equal weights gets, whatever the
    question.
    """
    rng = np.random.default_rng(7)
    sentences = []
    for _ in range(12):
        s = sentence(rng, kind, subwords)
        weights = np.ones_like(s.weights) * (np.tri(s.weights.shape[2]) if kind == "decoder_self" else 1)
        sentences.append(
            Sentence(
                kind,
                (weights / weights.sum(-1, keepdims=True)).astype(np.float32),
                s.query,
                s.key,
                s.arcs,
                s.gold,
            )
        )
    batch = batch_of(sentences, frequencies(rng), RELATIONS)
    counts, rules = (HEAD_METRICS[name].count(b) for b in (batch, batch.rules))
    for question in counts.questions:
        scores = score(counts, question, rules)
        np.testing.assert_allclose(scores.value, scores.baseline, rtol=1e-6, atol=1e-7, err_msg=question)


def test_the_uniform_baseline_is_known_where_one_can_count():
    """Four words and </s>: a row's maximum falls on each of five keys alike, on each of three other words
    alike.
    """
    query = plain(4, marks=(3,))
    s = Sentence("encoder_self", looking(5, 5, lambda row: -1), query, query, ((0, 1, "amod"), (1, 2, "obj")))
    assert answers("positional", s)["offset:-1"] == pytest.approx(1 / 5)
    assert answers("syntactic", s)["amod:to_head"] == pytest.approx(1 / 3)
    assert answers("rare_token", s)["rarest:2"] == pytest.approx(2 / 4)
    figures = answers("figures", s)
    assert figures["entropy"] == pytest.approx(np.log(5)) and figures["confidence"] == pytest.approx(0.2)
    assert [figures[name] for name in ("first", "last", "separator", "punctuation", "self")] == pytest.approx(
        [0.2] * 5
    )


def test_rules_look_where_they_say():
    rng = np.random.default_rng(3)
    sentences = [sentence(rng, "encoder_self", subwords=True) for _ in range(20)]
    batch = batch_of(sentences, frequencies(rng), RELATIONS)
    rules = syntactic.count(batch.rules)
    for relation in RELATIONS[:3]:
        arcs = [(d, h, len(s.query.words)) for s in sentences for d, h, r in s.arcs if r == relation]
        for index, offset in enumerate(RULE_OFFSETS):
            hits = sum(h - d == offset for d, h, _ in arcs)
            assert rule_scores(rules, f"{relation}:to_head")[index] == pytest.approx(hits / len(arcs))
