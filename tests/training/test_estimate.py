"""What is said before a run starts: parameters and data exactly, memory within its bounds, time from what
this machine did.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import subprocess
import sys
from pathlib import Path

import pytest

from explorer.config.presets import PRESETS
from explorer.errors import InputError
from explorer.results import HistoryRow
from explorer.training import data as reading
from explorer.training.batches import TokenBatches
from explorer.training.data import measure_data, prepare, training_pairs
from explorer.training.runs import estimate as estimating
from explorer.training.runs.estimate import Rate, estimate, machine_rate
from explorer.training.runs.records import RunRecords
from explorer.training.runs.request import write_request
from models import RNNConfig, TransformerConfig, build_model
from tests.training.conftest import TINY, tiny

RATE = Rate(1e9, "Assumed.")


def test_the_size_of_the_data_is_that_of_the_run():
    size = measure_data(TINY)
    data = prepare(TINY)
    train, _ = training_pairs(data)
    groups = TokenBatches(train, TINY.training.batch_tokens, TINY.training.seed).groups(0)
    assert (size.n_train, size.n_valid, size.n_test, size.n_left_out) == (300, 20, 20, 0)
    assert (size.src_vocab, size.tgt_vocab, size.tokens_per_epoch, size.steps_per_epoch) == (
        12,
        12,
        1200,
        len(groups),
    )
    assert size.longest == 4


def test_pairs_that_are_too_long_are_counted():
    config = dataclasses.replace(
        TINY, corpus=dataclasses.replace(PRESETS["laptop-rnn"].config.corpus, n_train=200)
    )
    config = dataclasses.replace(config, model=dataclasses.replace(TINY.model, max_len=8))
    size = measure_data(config)
    assert 0 < size.n_left_out < size.n_train == 200 and size.longest <= 8


@pytest.mark.parametrize("model", [TINY.model, RNNConfig(d_embedding=8, d_hidden=16)])
def test_parameters_are_exact_and_time_is_the_arithmetic_at_the_rate(model):
    config = dataclasses.replace(tiny(max_steps=1200), model=model)
    size = measure_data(config)
    found = estimate(config, size, RATE)
    assert found.n_parameters == build_model(prepare(config).config.model).n_parameters
    n, tokens = found.n_parameters, 1200 / size.steps_per_epoch * 1200
    validation = 120 * 20 * 4 * 2 * n  # every 10 steps, 20 sentences of 4 tokens, forward only
    assert found.seconds == pytest.approx((6 * n * tokens + validation) / 1e9)
    assert (
        found.n_epochs == pytest.approx(1200 / size.steps_per_epoch)
        and found.basis == "Assumed."
        and found.data == size
    )


def test_a_vocabulary_that_does_not_fit_is_refused_with_its_field():
    model = dataclasses.replace(TINY.model, tie_embeddings="all", src_vocab=5, tgt_vocab=5)
    config = dataclasses.replace(
        TINY, model=model, tokenizer=dataclasses.replace(TINY.tokenizer, shared=False)
    )
    size = dataclasses.replace(measure_data(TINY), src_vocab=11)
    with pytest.raises(InputError, match="model.tie_embeddings='all' needs one shared vocabulary"):
        estimate(config, size, RATE)


def finished_run(folder, config, tokens_per_second, device):
    folder.mkdir()
    size = measure_data(config)
    model = dataclasses.replace(config.model, src_vocab=size.src_vocab, tgt_vocab=size.tgt_vocab)
    write_request(folder, config, None)
    (folder / "config.json").write_text(json.dumps(dataclasses.replace(config, model=model).to_dict()))
    records = RunRecords(folder)
    records.set_status(device=device)
    for step, speed in enumerate(tokens_per_second, 1):
        records.add_history(HistoryRow(step, 0.0, {"tokens_per_second": speed}))
    return 6 * model.n_parameters


def test_the_rate_is_that_of_runs_of_this_family_on_such_a_device(tmp_path, monkeypatch):
    monkeypatch.setattr(estimating, "has_gpu", lambda: False)
    cost = finished_run(tmp_path / "a", TINY, (90.0, 100.0, 1000.0), "CPU (x86_64, 2 threads)")
    finished_run(
        tmp_path / "b",
        dataclasses.replace(TINY, model=RNNConfig(d_embedding=8, d_hidden=16)),
        (7.0,),
        "CPU (x86_64, 2 threads)",
    )
    gpu_cost = finished_run(tmp_path / "c", TINY, (5e5,), "NVIDIA H200")
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "request.json").write_text("{")
    rate = machine_rate(TINY, tmp_path)
    assert (
        rate.operations_per_second == pytest.approx(100.0 * cost)
        and "the last run of a transformer" in rate.basis
    )
    monkeypatch.setattr(estimating, "has_gpu", lambda: True)
    auto = dataclasses.replace(TINY, training=dataclasses.replace(TINY.training, device="auto"))
    assert machine_rate(auto, tmp_path).operations_per_second == pytest.approx(5e5 * gpu_cost)
    nothing = machine_rate(auto, tmp_path / "empty")
    assert nothing.operations_per_second is None and "not known" in nothing.basis
    assert estimate(auto, measure_data(auto), nothing).seconds is None


def test_without_a_run_a_matrix_product_is_timed(tmp_path, monkeypatch):
    """The product's rate against one of a size of its own: they are of one order."""
    monkeypatch.setattr(estimating, "_matrix_product_rate", lambda: 1e10)
    assert machine_rate(TINY, tmp_path).operations_per_second == pytest.approx(0.35e10)
    monkeypatch.undo()
    rate = machine_rate(TINY, tmp_path)
    assert 1e7 < rate.operations_per_second < 1e14 and "matrix product" in rate.basis


PEAK = """
import sys, tempfile
from pathlib import Path
from tests.training.test_estimate import LARGE
from explorer.training.runs.run import carry_out, start_run
carry_out(start_run(LARGE[sys.argv[1]], Path(tempfile.mkdtemp()) / "run"), show_progress=False)
# the peak of this process; ru_maxrss would begin with that of its parent
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""
BATCHES = dataclasses.replace(
    tiny(max_steps=2, batch_tokens=4096, validate_every=2, bleu_sentences=1, average=0.9),
    corpus=dataclasses.replace(TINY.corpus, vocabulary=100, length=20, n_train=2000),
    model=TransformerConfig(d_model=512, n_heads=8, n_encoder_layers=4, n_decoder_layers=4, d_ff=2048),
)
LARGE = {  # what its memory is for
    "weights": dataclasses.replace(
        BATCHES,
        corpus=dataclasses.replace(BATCHES.corpus, n_train=20, n_valid=4, n_test=2),
        model=dataclasses.replace(BATCHES.model, n_encoder_layers=2, n_decoder_layers=2),
        training=dataclasses.replace(BATCHES.training, max_steps=1, batch_tokens=128),
    ),
    "weights and activations": BATCHES,
}


@pytest.mark.process
@pytest.mark.parametrize("what", ["weights", pytest.param("weights and activations", marks=pytest.mark.soak)])
def test_the_memory_of_a_large_model_is_foreseen_within_a_factor_of_two(what):
    done = subprocess.run(
        [sys.executable, "-c", PEAK, what],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    peak = int(done.stdout.split()[-1]) * 1024
    foreseen = estimate(LARGE[what], measure_data(LARGE[what]), RATE).n_bytes
    assert foreseen / 2 < peak < foreseen * 2, f"{peak / 2**20:,.0f} MB, {foreseen / 2**20:,.0f} foreseen"


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_can_be_run(name):
    preset = PRESETS[name]
    assert preset.title and preset.summary.endswith(".")
    config = type(preset.config).from_dict(preset.config.to_dict())
    assert config == preset.config
    training = config.training
    assert (
        training.max_steps % training.validate_every == 0
        and training.max_steps / training.validate_every >= 10
    ), "enough to watch"


@pytest.mark.process
@pytest.mark.parametrize("n_train", [4000, pytest.param(20_000, marks=pytest.mark.soak)])
def test_the_presets_for_a_laptop_are_small(monkeypatch, n_train):
    """At 30 billion operations a second, as one thread of the shipped checkpoints' machine had, each ends in
    the time of its title. Two of them learn from the same sentences, which are made once. A part of the
    sentences says how many tokens a step has; all of them bring a few more words, and a tenth more time.
    """
    monkeypatch.setattr(reading, "load_corpus", functools.cache(reading.load_corpus))
    minutes = {"two-minutes": 2, "laptop-translation": 15, "laptop-rnn": 8}
    for name, limit in minutes.items():
        config = PRESETS[name].config
        assert config.corpus.n_train == 20_000
        config = dataclasses.replace(config, corpus=dataclasses.replace(config.corpus, n_train=n_train))
        rate = 30e9 if config.model.family == "transformer" else 60e9
        found = estimate(config, measure_data(config), Rate(rate, ""))
        assert limit / 8 < found.seconds / 60 < limit, f"{name}: {found.seconds / 60:.1f} minutes"
