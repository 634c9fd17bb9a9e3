"""What forms are made of: every field of a config with its value, the choices that go with what is chosen,
and the one that is at fault.
"""

from __future__ import annotations

import dataclasses
import typing

import pytest

from explorer.config.fields import config_fields, field_at_fault, flat, form_fields, nested, overlay
from explorer.config.run import RunConfig, TrainingConfig
from explorer.corpora import CORPORA
from explorer.errors import InputError
from models import MODELS
from models.config import RNNConfig, TransformerConfig


def by_path(fields):
    return {field.path: field for field in fields}


@pytest.mark.parametrize("family", MODELS)
@pytest.mark.parametrize("kind", CORPORA)
def test_a_form_has_every_chosen_field_with_its_value(family, kind):
    config = RunConfig.from_dict({"model": {"family": family}, "corpus": {"kind": kind}})
    fields = by_path(form_fields(config))
    assert {path: field.default for path, field in fields.items()} == flat(dataclasses.asdict(config))
    assert fields["model.family"].choices == tuple(MODELS) and fields["corpus.kind"].choices == tuple(CORPORA)
    assert RunConfig.from_dict(nested({path: field.default for path, field in fields.items()})) == config


def test_choices_are_those_of_the_family():
    transformer, rnn = (
        by_path(form_fields(RunConfig(model=model))) for model in (TransformerConfig(), RNNConfig())
    )
    assert transformer["model.tie_embeddings"].choices == ("none", "output", "all")
    assert rnn["model.tie_embeddings"].choices == ("none", "output")
    assert "model.n_heads" not in rnn and "model.cell" not in transformer


def test_a_field_knows_its_type_and_docstring():
    fields = by_path(form_fields(RunConfig()))
    kinds = {
        "training.max_steps": "whole", "training.learning_rate": "number", "training.schedule": "choice",
        "tokenizer.shared": "switch",
        "name": "text", "training.teacher_forcing": "pairs", "corpus.phenomenon": "text",
    }  # fmt: skip
    assert {path: fields[path].kind for path in kinds} == kinds
    assert fields["training.teacher_forcing"].items == (int, float) and fields["corpus.phenomenon"].optional
    assert (
        fields["training.warmup_steps"].explanation
        == "steps over which the learning rate rises to its highest"
    )
    assert (fields["training.seed"].group, fields["training.seed"].name, fields["name"].group) == (
        "training",
        "seed",
        "",
    )
    assert by_path(config_fields([RunConfig]))["corpus.paths"].items == (str,)


def test_every_field_of_training_is_there():
    names = {field.name for field in config_fields([TrainingConfig])}
    assert names == set(typing.get_type_hints(TrainingConfig))


def test_fields_not_for_users_are_left_out():
    assert not {"model.src_vocab", "model.tgt_vocab"} & set(
        by_path(form_fields(RunConfig(), skip=("src_vocab", "tgt_vocab")))
    )


@pytest.mark.parametrize(
    "values, path",
    [
        ({"model.d_model": 10, "model.n_heads": 3}, "model.n_heads"),
        ({"training.learning_rate": -1.0}, "training.learning_rate"),
        ({"corpus.kind": "task", "corpus.vocabulary": 0}, "corpus.vocabulary"),
        ({"corpus.kind": "task", "corpus.length": 0}, "corpus.length"),
        ({"corpus.kind": "files", "corpus.valid_share": 2.0}, "corpus.valid_share"),
        ({"corpus.n_train": -1}, "corpus.n_train"),
        ({"tokenizer.min_count": -1}, "tokenizer.min_count"),
        ({"model.positions": "spiral"}, "model.positions"),
        ({"training.max_steps": 1.5}, "training.max_steps"),
    ],
)
def test_an_impossible_value_is_refused_with_its_field(values, path):
    with pytest.raises(InputError) as refused:
        RunConfig.from_dict(overlay(RunConfig().to_dict(), nested(values)))
    at_fault = field_at_fault(str(refused.value), config_fields([RunConfig]))
    assert at_fault is not None and at_fault.path == path


def test_a_sentence_without_a_field_blames_none():
    assert field_at_fault("The disk is full.", config_fields([RunConfig])) is None
