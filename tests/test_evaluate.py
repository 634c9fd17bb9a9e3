"""Batched scores of a checkpoint must be those of one sentence at a time: translations, token loss, alignment
of every head.
"""

from __future__ import annotations

import math
from collections import defaultdict
from itertools import pairwise

import numpy as np
import pytest

from explorer.attention.capture import replay
from explorer.attention.reading import all_heads, word_links
from explorer.corpora import load_corpus
from explorer.corpora.files import FilesConfig, find_files
from explorer.decoding.decode import translate
from explorer.errors import InputError
from explorer.evaluate import BUCKETS, evaluate, scores_markdown
from explorer.evaluation.alignment import count_links
from explorer.evaluation.bleu import corpus_bleu
from explorer.results import AlignmentCounts, HeadLinks, SearchSettings, SentencePair
from tests.conftest import TINY_PAIRS, make_tiny_checkpoint


@pytest.fixture(scope="module")
def pairs(tiny_checkpoint):
    return load_corpus(tiny_checkpoint.config.corpus).test


@pytest.fixture(scope="module")
def result(tiny_checkpoint, pairs):
    return evaluate(tiny_checkpoint, pairs, "a corpus")


def test_translation_scores_are_those_of_single_translations(tiny_checkpoint, pairs, result):
    translations = [translate(tiny_checkpoint, pair.src).text for pair in pairs]
    assert result.bleu == corpus_bleu(translations, [pair.tgt for pair in pairs])
    assert (result.n_sentences, result.beam_size, result.n_too_long) == (len(pairs), 1, 0)
    few = pairs[:3]
    with_beam = evaluate(tiny_checkpoint, few, beam_size=3)
    beams = [translate(tiny_checkpoint, pair.src, SearchSettings(beam_size=3)).text for pair in few]
    assert with_beam.bleu == corpus_bleu(beams, [pair.tgt for pair in few])


def test_loss_and_accuracy_are_those_of_single_passes(tiny_checkpoint, pairs, result):
    records = [replay(tiny_checkpoint, pair.src, pair.tgt) for pair in pairs]
    log_probs = np.concatenate([record.log_probs for record in records])
    assert result.n_tokens == len(log_probs)
    assert result.loss == pytest.approx(-log_probs.mean(), abs=1e-4)
    right = np.concatenate(
        [np.abs(record.log_probs - record.prediction.top_log_probs[:, 0]) < 1e-5 for record in records]
    )
    assert result.token_accuracy == pytest.approx(right.mean(), abs=1e-9)


@pytest.mark.parametrize("reading", ["output", "input"])
def test_alignment_of_every_head_is_that_of_single_records(tiny_checkpoint, pairs, result, reading):
    expected = defaultdict(AlignmentCounts)
    for pair in pairs:
        cross = replay(tiny_checkpoint, pair.src, pair.tgt).map("cross")
        for place in all_heads(cross):
            expected[place] += count_links(word_links(cross, [place], reading=reading), pair.alignment)
    heads = result.alignment[reading]
    assert result.n_aligned == len(pairs)
    assert {(head.layer, head.head): head.counts for head in heads} == dict(expected)
    best = min(expected, key=lambda place: expected[place].aer)
    assert result.best_head(reading) == HeadLinks(*best, expected[best])


def test_the_best_head_may_be_chosen_on_other_pairs(tiny_checkpoint, pairs, result):
    here, other = pairs[:10], pairs[10:]
    found = evaluate(tiny_checkpoint, here, choose_on=other)
    expected = evaluate(tiny_checkpoint, other)
    assert found.chosen == expected.chosen and found.n_chosen_on == len(other) and result.n_chosen_on == 0
    assert found.alignment == evaluate(tiny_checkpoint, here).alignment
    for reading, place in found.chosen.items():
        best = found.best_head(reading)
        assert (best.layer, best.head) == place and best in found.alignment[reading]
    said = "chosen on 10 other pairs, L" in scores_markdown(found)
    assert said == (tiny_checkpoint.config.model.family == "transformer"), (
        "with one head there is nothing to choose"
    )


def test_lengths_divide_the_sentences(pairs, result):
    assert sum(bucket.n_sentences for bucket in result.buckets) == len(pairs)
    assert {(bucket.shortest, bucket.longest) for bucket in result.buckets} <= set(BUCKETS)
    assert (
        all(a[1] + 1 == b[0] for a, b in pairwise(BUCKETS)) and BUCKETS[0][0] == 1 and BUCKETS[-1][1] is None
    )


def test_without_gold_links_or_attention_there_is_no_alignment(tiny_checkpoint):
    plain = [SentencePair(src, tgt) for src, tgt in TINY_PAIRS]
    result = evaluate(tiny_checkpoint, plain)
    assert result.alignment == {} and result.n_aligned == 0
    blind = make_tiny_checkpoint("rnn", attention="none")
    result = evaluate(blind, load_corpus(blind.config.corpus).test[:3])
    assert result.alignment == {} and "Alignment" not in scores_markdown(result)


def test_what_is_too_long_is_counted_and_left_out(tiny_checkpoint):
    plain = [SentencePair(src, tgt) for src, tgt in TINY_PAIRS]
    result = evaluate(
        tiny_checkpoint,
        [*plain, SentencePair("Zebra " * 500, "Zebra"), SentencePair("Zebra", "Zebra " * 500)],
    )
    whole = evaluate(tiny_checkpoint, plain)
    assert (result.n_too_long, result.n_sentences, result.n_tokens) == (2, 6, whole.n_tokens)
    assert result.loss == pytest.approx(whole.loss)
    assert "2 pairs were too long" in scores_markdown(result)


def test_nothing_to_measure_is_said(tiny_checkpoint):
    with pytest.raises(InputError, match="The grammar has no held-out sentences"):
        evaluate(tiny_checkpoint, (), "The grammar")
    hopeless = evaluate(tiny_checkpoint, [SentencePair("Zebra " * 500, "Zebra")])
    assert math.isnan(hopeless.loss) and hopeless.n_too_long == 1


def test_the_card_says_what_was_measured(tiny_checkpoint, result):
    text = scores_markdown(result)
    assert f"BLEU {result.bleu.score:.2f} (sacreBLEU {result.bleu.signature})" in text
    assert f"exact match {100 * result.bleu.exact_match:.1f} %" in text
    for reading in ("output", "input"):
        best = result.best_head(reading)
        assert (
            f"{reading} reading" in text
            and f"L{best.layer} H{best.head} {100 * best.counts.aer:.1f} %" in text
        )
    n_tables = text.count("| H0 |")
    assert n_tables == (2 if tiny_checkpoint.config.model.family == "transformer" else 0), (
        "a table of heads where there is more than one"
    )


# ------------------------------------------------------------------------------------------ files of a corpus


@pytest.fixture
def data(tmp_path):
    (tmp_path / "deep" / "er").mkdir(parents=True)
    for name in ("one.tsv", "deep/a.en", "deep/er/a.de"):
        (tmp_path / name).write_text("x\ty\n")
    return tmp_path


def test_a_name_that_means_nothing_finds_nothing(data):
    for path in ("", "*", "[ab].en", "."):
        with pytest.raises(InputError, match="is not in"):
            find_files(FilesConfig(paths=(path,)), data)


def test_files_are_found_by_path_by_name_and_below(data, monkeypatch):
    config = FilesConfig(paths=("one.tsv", "elsewhere/a.en|a.de"))
    found = find_files(config, data)
    assert found.paths == (str(data / "one.tsv"), f"{data / 'deep/a.en'}|{data / 'deep/er/a.de'}")
    monkeypatch.chdir(data)
    assert find_files(FilesConfig(paths=("one.tsv", "deep/a.en|deep/er/a.de")), None).paths == (
        "one.tsv",
        "deep/a.en|deep/er/a.de",
    )


@pytest.mark.parametrize("folder", [None, "here"])
def test_a_file_that_is_not_there_is_named(data, folder):
    with pytest.raises(
        InputError, match="nothing.tsv is not .*name the folder that holds nothing.tsv with --data"
    ):
        find_files(FilesConfig(paths=("far/nothing.tsv",)), data if folder else None)
