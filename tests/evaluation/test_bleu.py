from __future__ import annotations

import math

import pytest
import sacrebleu

from explorer.errors import InputError
from explorer.evaluation.bleu import corpus_bleu, exact_match

HYPOTHESES = ["the cat sat on the mat .", "Der alte Mann schläft.", "a b c d"]
REFERENCES = ["The cat sat on the mat.", "Der alte Mann schläft.", "a b c e f"]


def test_the_score_is_sacrebleus_with_its_signature():
    score = corpus_bleu(HYPOTHESES, REFERENCES)
    assert score.score == sacrebleu.corpus_bleu(HYPOTHESES, [REFERENCES]).score
    assert score.chrf == sacrebleu.corpus_chrf(HYPOTHESES, [REFERENCES]).score
    assert (
        score.signature.startswith("nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:")
        and "version:" in score.chrf_signature
    )
    assert score.n_sentences == 3 and score.exact_match == pytest.approx(1 / 3)


def test_a_score_worked_out_by_hand():
    """Hypothesis "a b c d e", reference "a b c d f g": precisions 4/5, 3/4, 2/3, 1/2, brevity penalty exp(1 −
    6/5).
    """
    score = corpus_bleu(["a b c d e"], ["a b c d f g"])
    assert score.precisions == pytest.approx((80, 75, 200 / 3, 50))
    assert (score.hypothesis_len, score.reference_len) == (5, 6)
    assert score.brevity_penalty == pytest.approx(math.exp(-1 / 5))
    assert score.score == pytest.approx(100 * math.exp(-1 / 5) * (4 / 5 * 3 / 4 * 2 / 3 * 1 / 2) ** 0.25)


def test_perfect_and_empty_translations():
    assert corpus_bleu(REFERENCES, REFERENCES).score == pytest.approx(100)
    assert corpus_bleu(REFERENCES, REFERENCES).exact_match == 1
    assert corpus_bleu(["", "", ""], REFERENCES).score == 0


def test_several_references_count_by_the_best_match():
    several = [("x y z", "the cat sat on the mat ."), ("Der alte Mann schläft.",), ("a b c d", "q", "r")]
    score = corpus_bleu(HYPOTHESES, several)
    assert score.score == pytest.approx(100) and score.exact_match == 1
    assert score.signature.startswith("nrefs:var|")
    assert corpus_bleu(HYPOTHESES, [(reference,) for reference in REFERENCES]) == corpus_bleu(
        HYPOTHESES, REFERENCES
    )


@pytest.mark.parametrize(
    ("hypotheses", "references", "message"),
    [
        ([], [], "no translation"),
        (["a"], [], "1 translations and 0 references"),
        (["a"], ["b", "c"], "1 translations and 2"),
        (["a"], [()], "no reference"),
    ],
)
def test_wrong_numbers_are_refused(hypotheses, references, message):
    for function in (corpus_bleu, exact_match):
        with pytest.raises(InputError, match=message):
            function(hypotheses, references)
