"""The number of weights from a config is that of the network, for every choice a config has."""

from __future__ import annotations

import dataclasses
import itertools
import typing

import pytest

from models import MODELS, RNNConfig, TransformerConfig, build_model

TRANSFORMER = TransformerConfig(
    src_vocab=11,
    tgt_vocab=13,
    d_model=12,
    n_heads=2,
    n_encoder_layers=1,
    n_decoder_layers=2,
    d_ff=20,
    max_len=9,
)
RNN = RNNConfig(src_vocab=11, tgt_vocab=13, d_embedding=6, d_hidden=10, max_len=9)


def choices(cls, name):
    hint = typing.get_type_hints(cls)[name]
    return (False, True) if hint is bool else typing.get_args(hint)


def every(base, *names):
    for values in itertools.product(*(choices(type(base), name) for name in names)):
        options = dict(zip(names, values, strict=True))
        if options.get("tie_embeddings") == "all":
            options["src_vocab"] = base.tgt_vocab
        if options.get("attention") == "none" and options.get("input_feeding"):
            continue
        yield dataclasses.replace(base, **options)


CONFIGS = [
    *every(TRANSFORMER, "positions", "norm", "norm_position", "tie_embeddings"),
    *every(RNN, "cell", "attention", "input_feeding", "tie_embeddings"),
    *(dataclasses.replace(RNN, n_layers=3, cell=cell) for cell in ("lstm", "gru")),
    dataclasses.replace(RNN, d_embedding=10, tie_embeddings="output"),
    dataclasses.replace(TRANSFORMER, n_encoder_layers=4, n_decoder_layers=1, n_heads=4),
]


@pytest.mark.parametrize(
    "config",
    CONFIGS,
    ids=lambda c: "-".join(str(v) for v in dataclasses.asdict(c).values() if isinstance(v, str)),
)
def test_the_count_is_that_of_the_network(config):
    assert config.n_parameters == build_model(config).n_parameters


def test_every_family_and_every_choice_is_counted():
    assert {config.family for config in CONFIGS} == set(MODELS)
    for config_class, _ in MODELS.values():
        for name in typing.get_type_hints(config_class):
            if name != "family" and len(choices(config_class, name)) > 1:
                seen = {getattr(config, name) for config in CONFIGS if isinstance(config, config_class)}
                assert seen == set(choices(config_class, name)), f"{config_class.__name__}.{name}"
