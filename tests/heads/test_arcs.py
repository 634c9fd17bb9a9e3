"""Are the arcs of one sentence judged as the syntactic scores count them?"""

from __future__ import annotations

import numpy as np
import pytest

from explorer.errors import InputError
from explorer.heads.roles.arcs import head_looks, judge_arcs
from explorer.results import AttentionMap, Look
from tests.heads import slow
from tests.heads.random_sentences import N_HEADS, N_LAYERS, RELATIONS, sentence
from tests.views.samples import make_map

WORDS = ("The", "cat", "sees", "a", "dog", ".")
TREE = ((0, 1, "det"), (1, 2, "nsubj"), (3, 4, "det"), (4, 2, "obj"), (5, 2, "punct"))


def map_of(s: slow.Sentence) -> AttentionMap:
    """The same heads as `explorer.attention.capture` gives them: rows of a decoder have the word ids of what
    comes out.
    """
    out = (*s.query.word_ids, None)
    return make_map(s.kind, s.weights, s.query_tokens, s.key_tokens, out, s.key_words)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("kind", ["encoder_self", "decoder_self"])
def test_one_sentence_is_counted_as_in_a_corpus(kind, seed):
    """Hits and questions of each relation and of all together, for each head, against plain loops."""
    rng = np.random.default_rng(seed)
    asked = 0
    for _ in range(8):
        s = sentence(rng, kind)
        for layer, head in np.ndindex(N_LAYERS, N_HEADS):
            expected = slow.syntactic(s, s.weights[layer, head], RELATIONS)
            looks = head_looks(map_of(s), layer, head)
            for relation in (*RELATIONS, None):
                for direction in ("to_head", "to_dependent"):
                    found = judge_arcs(
                        s.query.words, s.arcs, looks, kind == "decoder_self", relation, direction
                    )
                    hits, n = expected[f"{relation or 'all'}:{direction}"]
                    assert (found.n_right, found.n_asked) == pytest.approx((hits, n))
                    asked += n
    assert asked > 100


def test_verdicts_of_arcs_and_looks():
    looks = [Look(0, 1, 0.9), Look(1, 0, 0.6), Look(2, 4, 0.5), Look(3, 2, 0.4), Look(5, 2, 1.0)]
    found = judge_arcs(WORDS, TREE, looks)
    assert [arc.verdict for arc in found.arcs] == ["found", "missed", "missed", "missed", "not asked"]
    assert [look.verdict for look in found.looks] == ["right", "wrong", "not asked", "wrong", "not asked"]
    assert (found.n_right, found.n_asked) == (1, 4)  # "dog" looks nowhere and is asked all the same

    found = judge_arcs(WORDS, TREE, looks, False, None, "to_dependent")
    assert [arc.verdict for arc in found.arcs] == ["found", "spared", "missed", "found", "not asked"]
    assert (found.n_right, found.n_asked) == (2, 3)

    found = judge_arcs(WORDS, TREE, looks, False, "obj", "to_dependent")
    assert [arc.verdict for arc in found.arcs] == ["not asked"] * 3 + ["found", "not asked"]
    assert (found.n_right, found.n_asked) == (1, 1)

    found = judge_arcs(WORDS, TREE, looks, False, "iobj")
    assert (found.n_right, found.n_asked) == (0, 0)


def test_a_decoder_is_asked_only_about_words_before():
    looks = [Look(1, 0, 1.0), Look(2, 1, 0.5), Look(4, 2, 0.5)]
    to_head = judge_arcs(WORDS, TREE, looks, causal=True)
    assert [arc.verdict for arc in to_head.arcs] == [
        "not asked",
        "not asked",
        "not asked",
        "found",
        "not asked",
    ]
    to_dependent = judge_arcs(WORDS, TREE, looks, True, None, "to_dependent")
    assert [arc.verdict for arc in to_dependent.arcs] == [
        "found",
        "found",
        "missed",
        "not asked",
        "not asked",
    ]


def test_a_head_that_looks_at_its_own_word_only_has_no_maximum():
    tokens = ("a", "b", "</s>")
    attention = make_map("encoder_self", np.eye(3)[None, None], tokens, tokens, *[(0, 1, None)] * 2)
    assert head_looks(attention, 0, 0) == ()
    assert judge_arcs(("a", "b"), [(0, 1, "det")], ()).n_asked == 1


def test_cross_attention_has_no_dependencies():
    attention = make_map("cross", np.full((1, 1, 2, 2), 0.5), ("a", "</s>"), ("b", "</s>"), *[(0, None)] * 2)
    with pytest.raises(InputError, match="pick another kind"):
        head_looks(attention, 0, 0)
