"""Are the statistics of heads the same for any number of processes? Bit by bit, also from the command line
under torchrun.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import subprocess
import sys
from functools import partial

import numpy as np
import pytest

from explorer.checkpoints.folder import save_checkpoint
from explorer.decoding.decode import longest, translate_all
from explorer.heads.roles.corpus import Known, frequencies_of, grammar_corpus, prepare
from explorer.heads.roles.sums import COUNTED, from_bytes, to_bytes
from explorer.heads.roles.survey import Inquiry, survey, with_own_translations
from explorer.results import SentencePair
from tests.conftest import make_tiny_checkpoint
from tests.parallel.forks import together
from tests.source_files import ROOT


def test_the_sums_have_the_same_bits_for_any_number_of_processes():
    checkpoint = make_tiny_checkpoint()
    corpus = grammar_corpus("de", 30)
    tokenizers = (checkpoint.src_tokenizer, checkpoint.tgt_tokenizer)
    sentences, _ = prepare(corpus.reported, *tokenizers, longest(checkpoint.model))
    frequencies = tuple(
        frequencies_of((texts[side] for texts in corpus.counted), tokenizers[side]) for side in (0, 1)
    )
    relations = tuple(sorted({relation for s in sentences for *_, relation in (*s.src_arcs, *s.tgt_arcs)}))

    def work(team):
        found = survey(
            checkpoint, sentences, Inquiry(frequencies, relations, 10), batch_tokens=120, team=team
        )
        return [found.n_sentences, hashlib.sha256(to_bytes([found])).hexdigest()]

    (expected,) = together(1, work)
    assert expected[0] == len(sentences) == 30
    assert together(2, work) == [expected] * 2 and together(3, work) == [expected] * 3

    alone = survey(checkpoint, sentences, Inquiry(frequencies, relations, 10), batch_tokens=120)
    parts = [
        survey(checkpoint, part, Inquiry(frequencies, relations, len(part)), batch_tokens=120)
        for part in (sentences[:7], sentences[7:])
    ]
    (read,) = from_bytes(to_bytes([alone]))
    assert (read.counts, read.rules) == (alone.counts, alone.rules), "what is sent is what comes, bit by bit"
    assert all(getattr(read, name) == getattr(alone, name) for name in COUNTED)
    added = parts[0] + parts[1]
    for kind, by_metric in alone.counts.items():
        np.testing.assert_array_equal(read.divergences[kind][0], alone.divergences[kind][0])
        assert (
            added.n_sentences == alone.n_sentences and added.divergences[kind][1] > alone.divergences[kind][1]
        )
        for name, counts in by_metric.items():
            np.testing.assert_allclose(
                added.counts[kind][name].hits, counts.hits, rtol=1e-5, err_msg=name
            )  # other batches, in float32


def test_own_translations_are_shared_out_and_come_together(monkeypatch):
    """Batches of three are the same for any number of processes, so the translations are too; a text without
    words stays empty.
    """
    monkeypatch.setattr("explorer.heads.roles.survey.translate_all", partial(translate_all, batch_size=3))
    checkpoint = make_tiny_checkpoint("rnn")
    whole = grammar_corpus("de", 8)
    empty = (Known(SentencePair(" ", "")),)
    corpus = dataclasses.replace(whole, chosen=whole.chosen[:4] + empty, reported=whole.reported[:7])

    def work(team):
        found = with_own_translations(checkpoint, corpus, team)
        return [[known.pair.tgt for known in part] for part in (found.chosen, found.reported)]

    (expected,) = together(1, work)
    assert expected[0][-1] == "" and all(expected[0][:-1]) and len(set(expected[1])) > 1
    assert together(2, work) == [expected] * 2 and together(3, work) == [expected] * 3


def test_the_command_under_torchrun_prints_once_what_it_prints_alone(command, tmp_path):
    folder = save_checkpoint(tmp_path / "tiny", make_tiny_checkpoint("rnn"), card="# Card\n")
    arguments = ["heads", "-c", folder, "--sentences", "5", "--json"]
    torchrun = [
        sys.executable,
        "-m",
        "torch.distributed.run",
        "--nproc-per-node",
        "2",
        "-m",
        "explorer",
        *arguments,
    ]
    env = os.environ | {"GLOO_SOCKET_IFNAME": "lo"}
    done = subprocess.run(torchrun, cwd=ROOT, capture_output=True, text=True, timeout=300, env=env)
    assert done.returncode == 0, done.stderr
    found, expected = json.loads(done.stdout), command(*arguments).json
    assert found["provenance"].pop("date") and expected["provenance"].pop("date")
    assert found == expected


@pytest.mark.parametrize("given", [["--processes", "3", "--json"], ["--json", "--processes=3"]])
def test_the_processes_get_the_same_arguments_but_their_number(command, monkeypatch, given):
    started = []
    monkeypatch.setattr(
        "explorer.parallel.launcher.run_together",
        lambda n, arguments, say: started.append((n, arguments())) or 0,
    )
    assert command("heads", "-c", "nothing", *given).code == 0
    assert started == [(3, ["heads", "-c", "nothing", "--json"])]
    monkeypatch.setattr("explorer.parallel.launcher.run_together", lambda n, arguments, say: 2)
    assert command("heads", *given).code == 2
