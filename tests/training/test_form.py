"""Does a form say what is wrong, and where? Every impossible value is refused with its field named; every
preset is possible.
"""

from __future__ import annotations

import dataclasses

import pytest

from explorer.config.fields import as_text, from_text
from explorer.config.presets import PRESETS
from explorer.corpora.files import FilesConfig
from explorer.training.runs.form import at_fault, chosen_base, fields_of, fill

SHIFT, OWN = PRESETS["two-minutes"].config, PRESETS["own-text"].config


def values_of(base) -> dict:
    return {field.path: field.default for field in fields_of(base)}


@pytest.mark.parametrize("name", [name for name in PRESETS if name != "own-text"])
def test_a_preset_that_nobody_changed_comes_back_as_it_is(name):
    base = PRESETS[name].config
    filled = fill(base, values_of(base))
    assert (filled.config, filled.problem, filled.fault) == (base, "", None)


@pytest.mark.parametrize("preset", ["two-minutes", "laptop-rnn"])
@pytest.mark.parametrize("family", ["transformer", "rnn"])
@pytest.mark.parametrize("kind", ["grammar", "task"])
def test_any_data_go_with_any_model(preset, family, kind):
    base = chosen_base(PRESETS[preset].config, {"model.family": family, "corpus.kind": kind})
    filled = fill(base, values_of(base))
    assert filled.config == base and (base.model.family, base.corpus.kind) == (family, kind)
    assert {field.path for field in fields_of(base)} >= {"model.dropout", "corpus.n_train", "training.seed"}
    assert not any(field.name in ("src_vocab", "tgt_vocab") for field in fields_of(base))


@pytest.mark.parametrize(
    "path, value",
    [
        ("model.n_heads", 5), ("model.n_heads", 0), ("model.d_model", -64), ("model.d_model", 100_000),
        ("model.d_ff", 0),
        ("model.n_encoder_layers", 0), ("model.n_decoder_layers", 1000), ("model.dropout", 1.0),
        ("model.dropout", -0.1),
        ("model.max_len", 0), ("corpus.vocabulary", 0), ("corpus.vocabulary", 1), ("corpus.length", 0),
        ("corpus.length", 100_000),
        ("corpus.n_train", 0),
        ("corpus.n_train", 99_999_999_999), ("corpus.n_valid", 10**9), ("tokenizer.vocab_size", 0),
        ("tokenizer.vocab_size", 10**9),
        ("tokenizer.min_count", -1), ("training.max_steps", 0), ("training.batch_tokens", 0),
        ("training.learning_rate", 0.0),
        ("training.learning_rate", float("nan")), ("training.learning_rate", float("inf")),
        ("training.warmup_steps", -1),
        ("training.label_smoothing", 1.0), ("training.clip_norm", 0.0), ("training.average", 1.0),
        ("training.beta2", -1.0),
        ("training.validate_every", 0), ("training.validate_sentences", 0), ("training.bleu_sentences", -1),
        ("training.seed", 2**70),
        ("training.teacher_forcing", "ten to one"), ("training.teacher_forcing", [[-1, 0.5]]),
        ("training.schedule", "never"),
        ("training.max_steps", None), ("name", "../x"), ("name", ""), ("name", "a/b"), ("name", ".hidden"),
    ],
)  # fmt: skip
def test_an_impossible_value_is_refused_and_its_field_named(path, value):
    filled = fill(SHIFT, values_of(SHIFT) | {path: value})
    assert filled.config is None and filled.fault is not None
    assert filled.fault.path == path, filled.problem
    assert filled.problem.rstrip().endswith("."), "a sentence"


def test_more_numbers_than_memory_holds_are_refused_before_they_are_drawn():
    filled = fill(SHIFT, values_of(SHIFT) | {"corpus.n_train": 1_000_000, "corpus.length": 1000})
    assert filled.fault.path == "corpus.length" and "50,000,000 numbers" in filled.problem


def test_heads_that_do_not_divide_the_width_come_with_those_that_do():
    assert "1, 2, 4, 8, 16, 32, 64" in fill(SHIFT, {"model.n_heads": 5}).problem


def test_a_file_that_vanished_is_named_beside_its_field(tmp_path):
    file = tmp_path / "mine.tsv"
    file.write_text("a\tb\n", encoding="utf-8")
    assert fill(OWN, {"corpus.paths": [str(file)]}).problem == ""
    file.unlink()
    filled = fill(OWN, {"corpus.paths": [str(file)]})
    assert filled.fault.path == "corpus.paths" and "mine.tsv" in filled.problem
    assert fill(OWN, {"corpus.paths": []}).fault.path == "corpus.paths"
    assert fill(OWN, {"corpus.paths": ["mine.tsv"]}, tmp_path / "gone").fault.path == "corpus.paths"


def test_what_names_no_field_is_about_the_files_where_there_are_any():
    assert at_fault("Line 3 has one column.", OWN).path == "corpus.paths"
    assert at_fault("Something else.", SHIFT) is None


def test_lists_and_pairs_can_be_typed():
    fields = {
        field.path: field
        for field in fields_of(dataclasses.replace(OWN, corpus=FilesConfig(paths=("a.tsv", "b.en|b.de"))))
    }
    paths, forcing = fields["corpus.paths"], fields["training.teacher_forcing"]
    assert (
        from_text(paths, as_text(paths, paths.default)) == list(paths.default)
        and from_text(paths, " \n") == []
    )
    assert (
        from_text(forcing, "10:1 20:0.5") == [[10, 1.0], [20, 0.5]]
        and as_text(forcing, ((10, 1.0), (20, 0.5))) == "10:1 20:0.5"
    )
    assert (
        from_text(forcing, "ten") == "ten"
        and from_text(forcing, "1:2:3") == "1:2:3"
        and from_text(forcing, "") == []
    )
    assert fill(SHIFT, {"training.teacher_forcing": [[10, 1.0]]}).config.training.teacher_forcing == (
        (10, 1.0),
    )
