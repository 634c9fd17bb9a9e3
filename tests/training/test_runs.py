"""A run from its config to its checkpoint: what is on disk, what comes back, and what is refused."""

import dataclasses
import json

import pytest

from explorer.checkpoints.folder import load_checkpoint
from explorer.config.run import RunConfig, TrainingConfig
from explorer.corpora.tasks import TaskConfig
from explorer.decoding.decode import translate_all
from explorer.errors import InputError
from explorer.tokenization import TokenizerConfig
from explorer.training.runs import callbacks
from explorer.training.runs.records import RunRecords
from explorer.training.runs.request import create_run_folder, write_request
from explorer.training.runs.run import carry_out, resume_run, start_run
from models import RNNConfig, TransformerConfig

CONFIG = RunConfig(
    name="tiny-copy",
    description="Copies three numbers.",
    corpus=TaskConfig(task="copy", vocabulary=8, length=3, n_train=300, n_valid=20, n_test=20),
    tokenizer=TokenizerConfig(kind="word", shared=True),
    model=TransformerConfig(
        d_model=16, n_heads=2, n_encoder_layers=1, n_decoder_layers=1, d_ff=16, dropout=0.0
    ),
    training=TrainingConfig(
        max_steps=30,
        batch_tokens=200,
        warmup_steps=5,
        validate_every=10,
        bleu_sentences=20,
        learning_rate=0.01,
        device="cpu",
        average=0.5,
    ),
)


def stopping_after(n_steps):
    """A request to stop that comes after `n_steps` steps."""
    seen = iter(range(n_steps - 1))
    return lambda: next(seen, None) is None


def test_rows_are_written_together_and_none_is_lost_when_a_run_stops(tmp_path, monkeypatch):
    """A fast model does not sync every tenth step: the first row at once, the others when the time has come,
    the run stops or validates.
    """
    monkeypatch.setattr(callbacks, "WRITE_EVERY", 3600.0)
    add_history, written = RunRecords.add_history, []

    def noting(records, row, *rest, **options):
        add_history(records, row, *rest, **options)
        written.append([r.step for r in records.history()])

    monkeypatch.setattr(RunRecords, "add_history", noting)
    training = dataclasses.replace(CONFIG.training, max_steps=90, validate_every=60)
    run = start_run(dataclasses.replace(CONFIG, training=training), tmp_path / "run")
    assert carry_out(run, show_progress=False, stop_asked=stopping_after(45)) is None
    assert written == [[10], [10, 20, 30, 40]]
    carry_out(resume_run(tmp_path / "run"), show_progress=False)
    steps = [10, 20, 30, 40, 50, 60, 70, 80, 90]
    assert written[2:] == [steps[:5], steps[:6], steps]
    times, rows = zip(*RunRecords(tmp_path / "run").timed_history(), strict=True)
    assert [row.step for row in rows] == steps and list(times) == sorted(times)


@pytest.mark.parametrize(
    "model", [CONFIG.model, RNNConfig(d_embedding=8, d_hidden=16, attention="none", dropout=0.0)]
)
def test_a_run_ends_in_a_checkpoint_that_translates_as_the_model_in_training_did(tmp_path, model):
    run = start_run(dataclasses.replace(CONFIG, model=model), tmp_path / "run")
    path = carry_out(run, show_progress=False, evaluate=lambda folder: "- BLEU 12.3")
    loaded = load_checkpoint(path)
    sources = [pair.src for pair in run.corpus.test]
    assert translate_all(loaded, sources) == translate_all(run.checkpoint, sources)
    assert (
        "- BLEU 12.3" in loaded.card and "Copies three numbers." in loaded.card and "seed: 1" in loaded.card
    )
    assert loaded.config.model.src_vocab == 12  # 8 numbers and 4 special tokens
    history = RunRecords(tmp_path / "run").history()
    assert [row.step for row in history] == [10, 20, 30]
    assert {"loss", "valid_loss", "valid_accuracy", "bleu", "exact_match", "tokens_per_second"} <= set(
        history[-1].values
    )
    taken = [(step, sentence) for step, sentence, _ in RunRecords(tmp_path / "run").snapshots()]
    assert taken == [(s, n) for s in (10, 20, 30) for n in (0, 1)]
    assert RunRecords(tmp_path / "run").status()["state"] == "finished"
    samples = RunRecords(tmp_path / "run").samples(after=20)
    assert [(s.step, s.sentence, s.src, s.reference) for s in samples] == [
        (30, n, pair.src, pair.tgt) for n, pair in enumerate(run.corpus.valid[: callbacks.N_SAMPLES])
    ]
    kept = load_checkpoint(path)
    if history[-1].values["valid_loss"] == min(
        row.values["valid_loss"] for row in history
    ):  # the weights that are kept
        assert [s.translation for s in samples] == translate_all(kept, [s.src for s in samples])


def test_a_stopped_and_resumed_run_ends_with_the_same_weights(tmp_path):
    unbroken = load_checkpoint(carry_out(start_run(CONFIG, tmp_path / "unbroken"), show_progress=False))
    assert (
        carry_out(start_run(CONFIG, tmp_path / "broken"), show_progress=False, stop_asked=stopping_after(15))
        is None
    )
    assert RunRecords(tmp_path / "broken").status()["state"] == "stopped"
    resumed = resume_run(tmp_path / "broken")
    assert resumed.trainer.progress.step == 15
    again = load_checkpoint(carry_out(resumed, show_progress=False))
    assert again.sha256 == unbroken.sha256
    steps = [row.step for row in RunRecords(tmp_path / "broken").history()]
    assert steps == [10, 20, 30]


def test_early_stop_ends_a_run_that_gets_no_better(tmp_path):
    training = dataclasses.replace(
        CONFIG.training, patience=2, learning_rate=1e-12, average=0.0, max_steps=500, validate_every=2
    )
    run = start_run(dataclasses.replace(CONFIG, training=training), tmp_path / "run")
    carry_out(run, show_progress=False)
    assert run.trainer.progress.step < 500 and "no better validation loss for 2" in run.trainer.stop_reason


def test_a_run_that_was_killed_after_its_last_validation_does_not_train_past_an_early_stop(tmp_path):
    training = dataclasses.replace(
        CONFIG.training, patience=2, learning_rate=1e-12, average=0.0, max_steps=500, validate_every=2
    )
    run = start_run(dataclasses.replace(CONFIG, training=training), tmp_path / "run")
    carry_out(run, show_progress=False)
    resumed = resume_run(tmp_path / "run")
    carry_out(resumed, show_progress=False)
    assert (
        resumed.trainer.progress.step == run.trainer.progress.step
        and "no better" in RunRecords(tmp_path / "run").status()["reason"]
    )


def test_a_run_that_was_killed_before_it_read_its_data_begins_when_it_is_resumed(tmp_path):
    create_run_folder(tmp_path / "run")
    write_request(tmp_path / "run", CONFIG, None)
    begun = load_checkpoint(carry_out(resume_run(tmp_path / "run"), show_progress=False))
    straight = load_checkpoint(carry_out(start_run(CONFIG, tmp_path / "straight"), show_progress=False))
    assert begun.sha256 == straight.sha256


def test_a_config_comes_back_from_json():
    assert RunConfig.from_dict(json.loads(json.dumps(CONFIG.to_dict()))) == CONFIG


@pytest.mark.parametrize(
    "change, sentence",
    [
        ({"model": {"family": "transformer", "n_head": 3}}, "model has no field 'n_head'"),
        ({"model": {"family": "perceptron"}}, "model.family is 'perceptron'"),
        ({"model": {"n_heads": "four"}}, "model.n_heads is 'four'; expected int"),
        ({"model": {"n_heads": 3, "d_model": 16}}, "does not divide"),
        ({"model": {"positions": "spiral"}}, "model.positions is 'spiral'; expected one of none, sinusoidal"),
        ({"corpus": {"kind": "corpus"}}, "corpus.kind is 'corpus'; expected one of grammar, files, task"),
        ({"training": {"max_steps": 1.5}}, "training.max_steps is 1.5; expected int"),
        ({"training": []}, "training is"),
        ({"colour": 1}, "no field 'colour'"),
    ],
)
def test_a_bad_config_names_the_field(change, sentence):
    with pytest.raises(InputError, match=sentence):
        RunConfig.from_dict(change)


def test_a_folder_without_a_run_cannot_be_resumed(tmp_path):
    with pytest.raises(InputError, match="no run that could be resumed"):
        resume_run(tmp_path)


def test_sentences_longer_than_the_model_are_said_plainly(tmp_path):
    model = dataclasses.replace(CONFIG.model, max_len=3)
    with pytest.raises(InputError, match="more than 3 tokens"):
        start_run(dataclasses.replace(CONFIG, model=model), tmp_path / "run")
