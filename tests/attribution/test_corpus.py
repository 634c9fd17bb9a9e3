"""Faithfulness over many sentences against one comparison per sentence, plain means and plain resampling."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from explorer.attribution.compare import compare, mean_rho, rank, read_all
from explorer.attribution.corpus import HeldOut, held_out_sentences, measure
from explorer.attribution.methods import METHODS, read_pair
from explorer.corpora.files import FilesConfig
from explorer.corpora.grammar.load import split_of
from explorer.corpora.tasks import TaskConfig
from explorer.decoding.decode import translate
from explorer.errors import InputError
from explorer.evaluation.bootstrap import N_RESAMPLES, SEED
from tests.conftest import TINY_PAIRS, make_tiny_checkpoint

CHOOSE_ON = tuple(src for src, _ in TINY_PAIRS)
REPORT_ON = (
    "The cat sleeps.",
    "We see the old dog tomorrow.",
    "Does the man call the cat?",
    "dog",
    "The man sees the dog, and the cat sleeps.",
)


@pytest.fixture(scope="module")
def transformer():
    checkpoint = make_tiny_checkpoint(tokenizer_kind="word")
    checkpoint.model.double()  # an order must not depend on rounding
    return checkpoint


@pytest.fixture(scope="module")
def report(transformer):
    return measure(
        transformer, HeldOut("a few", CHOOSE_ON, REPORT_ON), ("cross", "decoder_self"), ("unk", "drop")
    )


@pytest.mark.parametrize("kind", ["cross", "decoder_self"])
@pytest.mark.parametrize("blanking", ["unk", "drop"])
def test_it_is_the_mean_over_sentences(transformer, report, kind, blanking):
    part = report.part(kind, blanking)
    ids = {text: translate(transformer, text).trace.best.token_ids for text in (*CHOOSE_ON, *REPORT_ON)}
    found = [compare(transformer, text, ids[text], kind, blanking) for text in REPORT_ON]
    for row in part.rows:
        in_use = [
            each for each in found if row.method not in {refusal.method for refusal in each.refused}
        ]  # flow is for short ones
        readings = [each.reading(row.method) for each in in_use]
        if row.method in METHODS and METHODS[row.method].pick:
            continue
        means = [reading.faithfulness for reading in readings if not math.isnan(reading.faithfulness)]
        assert row.mean == pytest.approx(sum(means) / len(means), abs=1e-6)
        assert (row.n_sentences, row.n_tokens) == (len(means), sum(each.n_rows for each in in_use))
        assert row.n_ranked == sum(reading.n_ranked for reading in readings)
        assert row.same_top == pytest.approx(sum(reading.n_same_top for reading in readings) / row.n_ranked)
        assert row.chosen == ""
        rng = np.random.default_rng(SEED)
        resampled = [
            sum(means[i] for i in rng.choice(len(means), len(means))) / len(means) for _ in range(N_RESAMPLES)
        ]
        low, high = np.quantile(resampled, [0.025, 0.975])
        assert (row.low, row.high) == (pytest.approx(low, abs=1e-9), pytest.approx(high, abs=1e-9))
    assert [row.mean for row in part.rows] == sorted((row.mean for row in part.rows), reverse=True)
    assert {row.method for row in part.rows} == {*METHODS, "other_blanking"}
    assert (part.n_sentences, part.n_chosen_on, part.corpus) == (5, 4, "a few, test split")


@pytest.mark.parametrize("method", [name for name, method in METHODS.items() if method.pick])
def test_heads_and_layers_are_picked_on_other_sentences(transformer, report, method):
    def means_of(texts):  # [sentences, candidates]
        found = []
        for text in texts:
            readings = read_all(
                read_pair(transformer, text, translate(transformer, text).trace.best.token_ids), "cross"
            )
            found.append(mean_rho(rank(readings, "unk")[method].rho))
        return np.stack(found), readings.candidates[method].names

    picking, names = means_of(CHOOSE_ON)
    best = int(picking.mean(0).argmax())
    reporting, _ = means_of(REPORT_ON)
    row = next(row for row in report.part("cross", "unk").rows if row.method == method)
    assert row.chosen == names[best]
    assert row.mean == pytest.approx(np.nanmean(reporting[:, best]), abs=1e-6)


def test_a_sentence_of_one_word_does_not_count(report):
    assert {row.n_sentences for row in report.part("cross", "unk").rows if row.method != "flow"} == {4}


def test_what_cannot_be_read_is_counted(transformer):
    texts = ("The cat sleeps.", "the cat " * 30, "", "the " * 600)
    report = measure(transformer, HeldOut("hard ones", CHOOSE_ON, texts))
    part = report.part("cross", "unk")
    assert part.n_sentences == 2
    left_out = {(left.what, left.count, left.total): left.reason for left in part.left_out}
    assert left_out["sentences", 1, 4].startswith("The source") and len(part.left_out) == 3
    assert left_out["Attention flow", 1, 2] == "sentences that are too long for it"
    flow, attention = (next(row for row in part.rows if row.method == name) for name in ("flow", "attention"))
    assert flow.n_sentences == 1 and attention.n_sentences == 2 and flow.n_tokens < attention.n_tokens


def test_a_recurrent_model_is_told_what_it_lacks():
    report = measure(make_tiny_checkpoint("rnn"), HeldOut("a few", CHOOSE_ON, REPORT_ON))
    part = report.part("cross", "unk")
    assert {row.method for row in part.rows} == {"attention", "norms", "gradient", "other_blanking"}
    assert {refusal.method for refusal in part.refused} == {
        "rollout",
        "flow",
        "best_head",
        "best_norm_layer",
        "best_norm_head",
    }
    assert report.part("decoder_self", "unk") is None


def test_the_sentences_were_never_trained_on(transformer):
    found = held_out_sentences(transformer, 12)
    assert len(set(found.choose_on)) == len(set(found.report_on)) == 12
    assert {split_of(text) for text in found.choose_on} == {"valid"} and {
        split_of(text) for text in found.report_on
    } == {"test"}
    assert found == held_out_sentences(transformer, 12)


def test_each_corpus_says_where_unseen_sentences_come_from():
    checkpoint = make_tiny_checkpoint()

    def with_corpus(corpus):
        return replace(checkpoint, config=replace(checkpoint.config, corpus=corpus))

    files = with_corpus(FilesConfig(paths=("x.tsv",), src_lang="en", tgt_lang="fr"))
    assert held_out_sentences(files, 3).name == "grammar-en-fr"
    numbers = held_out_sentences(with_corpus(TaskConfig(length=4)), 3)
    assert numbers.name == "shift task" and all(
        word.isdigit() for text in numbers.report_on for word in text.split()
    )
    with pytest.raises(InputError, match="The grammar has no target language 'it'"):
        held_out_sentences(with_corpus(FilesConfig(paths=("x.tsv",), src_lang="en", tgt_lang="it")), 3)
    with pytest.raises(
        InputError, match="1 sentences were asked for: an interval over sentences needs at least 2"
    ):
        held_out_sentences(checkpoint, 1)
