"""`python -m explorer train`: flags become a run, a run becomes a checkpoint, and Ctrl-C can be resumed."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import threading
import time

import pytest

from explorer.checkpoints.catalogue import describe, list_checkpoints, read_history
from explorer.checkpoints.folder import load_checkpoint
from explorer.config.presets import PRESETS
from explorer.config.run import RunConfig
from explorer.training.runs.process import is_alive
from explorer.training.runs.records import RunRecords

TINY = (
    "--corpus.n_train 40 --corpus.n_valid 6 --corpus.n_test 8 --corpus.max_words 8 --tokenizer.kind word "
    "--tokenizer.vocab_size 200 "
    "--model.d_model 16 --model.n_heads 2 --model.n_encoder_layers 1 --model.n_decoder_layers 1 "
    "--model.d_ff 32 "
    "--training.batch_tokens 200 --training.warmup_steps 2 --training.bleu_sentences 2 "
    "--training.snapshot_sentences 1 "
    "--training.device cpu"
).split()


def test_flags_override_the_defaults_and_a_file(command, tmp_path):
    first = command(
        "train",
        "--dry-run",
        "--name",
        "a",
        "--model.family",
        "rnn",
        "--model.attention",
        "dot",
        "--corpus.tgt_lang",
        "fr",
    )
    config = RunConfig.from_dict(first.json)
    assert (config.name, config.model.attention, config.corpus.tgt_lang) == ("a", "dot", "fr")
    assert config.training == RunConfig().training
    (tmp_path / "config.json").write_text(first.out)
    second = RunConfig.from_dict(
        command("train", "--dry-run", "--config", tmp_path / "config.json", "--training.max_steps", 7).json
    )
    assert second.training.max_steps == 7 and (second.name, second.model, second.corpus) == (
        config.name,
        config.model,
        config.corpus,
    )
    preset = RunConfig.from_dict(
        command("train", "--dry-run", "--preset", "two-minutes", "--training.seed", 5).json
    )
    expected = PRESETS["two-minutes"].config
    assert preset == dataclasses.replace(expected, training=dataclasses.replace(expected.training, seed=5))
    third = RunConfig.from_dict(
        command(
            "train", "--dry-run", "--config", tmp_path / "config.json", "--model.family", "transformer"
        ).json
    )
    assert third.model.family == "transformer" and third.corpus == config.corpus


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A run of six steps, and what the command printed."""
    import contextlib
    import io

    from explorer.__main__ import main

    folder = tmp_path_factory.mktemp("runs") / "tiny"
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        steps = ["--training.max_steps", "6", "--training.validate_every", "3"]
        code = main(["train", *TINY, "--name", "tiny", *steps, "--out", str(folder), "--json"])
    assert code == 0, err.getvalue()
    return folder, json.loads(out.getvalue()), err.getvalue()


def test_a_run_becomes_a_checkpoint_with_its_scores(trained, command):
    folder, printed, err = trained
    assert (
        printed["step"] == 6
        and printed["checkpoint"] == str(folder / "checkpoint")
        and printed["config"]["name"] == "tiny"
    )
    assert "40 sentence pairs" in err and "step/s" not in err, "no progress bar with --json"
    checkpoint = load_checkpoint(folder / "checkpoint")
    assert checkpoint.name == "tiny" and checkpoint.config.training.max_steps == 6
    assert [row.step for row in read_history(checkpoint.path)] == [3, 6]
    assert (
        "sacreBLEU" in checkpoint.card
        and checkpoint.sha256[:12] in checkpoint.card
        and "Alignment error rate" in checkpoint.card
    )
    assert describe(checkpoint.path).problem is None
    scores = command("evaluate", "-c", folder / "checkpoint")
    assert scores.code == 0 and scores.out.rstrip() in checkpoint.card, (
        "the scores of the card come out again"
    )


def test_its_config_trains_the_same_again(trained, command):
    folder, _, _ = trained
    outcome = command("train", "--config", folder / "config.json", "--out", folder.parent / "again")
    assert (
        outcome.code == 0 and f"The checkpoint is in {folder.parent / 'again' / 'checkpoint'}" in outcome.out
    )
    assert "step/s" in outcome.err, "a progress bar"
    assert (
        load_checkpoint(folder.parent / "again" / "checkpoint").sha256
        == load_checkpoint(folder / "checkpoint").sha256
    )


def send_when_saved(folder, number):
    """Send the signal `number` to this process once the run in `folder` has saved a state that is not there
    yet.
    """
    before = set(folder.glob("state-*.safetensors"))

    def wait():
        while not set(folder.glob("state-*.safetensors")) - before:
            time.sleep(0.02)
        os.kill(os.getpid(), number)

    threading.Thread(target=wait, daemon=True).start()


@pytest.mark.process
def test_control_c_stops_a_run_that_can_resume(command, interruptible, tmp_path):
    folder = tmp_path / "long"
    send_when_saved(folder, signal.SIGINT)
    outcome = command(
        "train", *TINY, "--training.max_steps", 1_000_000, "--training.validate_every", 5, "--out", folder
    )
    assert outcome.code == 0 and "Traceback" not in outcome.err
    assert f"Resume with: python -m explorer train --resume {folder}" in outcome.out
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    send_when_saved(folder, signal.SIGTERM)
    resumed = command("train", "--resume", folder, "--json")
    assert (
        resumed.code == 0
        and resumed.json["checkpoint"] is None
        and resumed.json["reason"] == "stopped on request"
    )
    assert resumed.json["step"] > 5 and resumed.json["config"]["training"]["max_steps"] == 1_000_000


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        (["--model.d_model", 10, "--model.n_heads", 3], "n_heads=3 does not divide model.d_model=10"),
        (["--model.d_hidden", 10], "model has no field 'd_hidden'"),
        (["--model.d_ff", 10**15], "model.d_ff is 1,000,000,000,000,000, and at most 16,384"),
        (["--training.learning_rate", -1], "training.learning_rate is -1.0"),
        (["--training.learning_rate", "nan"], "training.learning_rate is nan"),
        (["--training.beta2", 2], "training.beta2 is 2.0"),
        (["--training.weight_decay", "nan"], "training.weight_decay is nan"),
        (["--training.clip_norm", -1], "training.clip_norm is -1.0"),
        (["--training.snapshot_sentences", -1], "training.snapshot_sentences is -1"),
        (["--training.seed", 10**30], "must fit into 64 bits"),
        (["--tokenizer.min_count", 10**30], "min_count is 1000000000000000000000000000000"),
        (["--description", "\udcff"], "run.description is '\\udcff'"),
        ([*TINY, "--name", "../elsewhere"], "'../elsewhere' cannot be the name of a folder"),
        ([*TINY, "--out", "file"], "'file' cannot become the folder of a run"),
        ([*TINY, "--out", "full"], "full is not empty"),
        ([*TINY, "--out", "unseen", "--corpus.n_valid", 0], "without one no weights are kept"),
        ([*TINY, "--out", "rare", "--tokenizer.min_count", 10**6], "a smaller one keeps more tokens"),
        (["--config", "list.json"], "corpus.kind is ['x']"),
        (["--corpus.kind", "files"], "paths is empty"),
        (["--corpus.phenomenon", "ghosts"], "no phenomenon 'ghosts'"),
        (["--config", "nothing.json"], "nothing.json cannot be read"),
        (["--resume", "nothing"], "nothing holds no run"),
        (["--resume", "nothing", "--name", "x"], "leave out all other settings"),
    ],
)
def test_a_mistake_is_one_line(command, tmp_path, monkeypatch, arguments, sentence):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").write_text("")
    (tmp_path / "list.json").write_text('{"corpus": {"kind": ["x"]}}')
    outcome = command("train", *arguments)
    assert outcome.code == 2 and outcome.out == ""
    assert outcome.err.startswith("error: ") and outcome.err.count("\n") == 1 and sentence in outcome.err


def test_a_run_that_cannot_start_leaves_its_folder_free(command, tmp_path, monkeypatch):
    niceness = []
    monkeypatch.setattr(os, "nice", niceness.append)  # what is set here is for all tests after this one
    monkeypatch.setenv("OMP_WAIT_POLICY", "PASSIVE")
    refused = command("train", *TINY, "--out", tmp_path / "a", "--corpus.n_valid", 0)
    assert refused.code == 2
    outcome = command(
        "train",
        *TINY,
        "--out",
        tmp_path / "a",
        "--training.max_steps",
        2,
        "--training.validate_every",
        2,
        "--queue",
    )
    assert outcome.code == 0, outcome.err
    assert RunRecords(tmp_path / "a").status()["state"] == "finished" and not is_alive(tmp_path / "a")
    assert niceness == [10] and os.environ["OMP_WAIT_POLICY"] == "PASSIVE"


def test_without_out_a_run_goes_to_the_runs_folder(command, tmp_path, monkeypatch):
    monkeypatch.setattr("explorer.commands.train.RUNS", tmp_path / "runs")
    monkeypatch.setattr("explorer.checkpoints.catalogue.RUNS", tmp_path / "runs")
    monkeypatch.chdir(tmp_path)
    outcome = command(
        "train", *TINY, "--name", "mine", "--training.max_steps", 2, "--training.validate_every", 2
    )
    assert outcome.code == 0 and "The checkpoint is in runs/mine/checkpoint" in outcome.out
    assert (
        list_checkpoints()[-1].name == "runs/mine"
        and command("translate", "-c", "runs/mine", "a", "--json").code == 0
    )


def test_a_folder_with_a_run_is_not_overwritten(trained, command):
    folder, _, _ = trained
    outcome = command("train", *TINY, "--out", folder)
    assert (
        outcome.code == 2
        and "already holds a run" in outcome.err
        and load_checkpoint(folder / "checkpoint").name == "tiny"
    )


@pytest.mark.parametrize(
    "arguments", [["--model.norm", "batch"], ["--training.max_steps", "many"], ["--model.width", "3"]]
)
def test_an_unknown_flag_is_refused_with_the_usage(command, arguments):
    outcome = command("train", *arguments)
    assert outcome.code == 2 and outcome.err.startswith("usage: ") and arguments[0] in outcome.err
