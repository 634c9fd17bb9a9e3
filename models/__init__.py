"""The networks by family, `MODELS`: a new one is a file, a config and a line here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.config import ModelConfig, RNNConfig, TransformerConfig
from models.ids import DEFAULT_IDS, SpecialIds

if TYPE_CHECKING:
    from collections.abc import Callable

    from models.base import Model


def _transformer(config: TransformerConfig, special: SpecialIds):
    from models.transformer import Transformer  # torch only when a network is built

    return Transformer(config, special)


def _rnn(config: RNNConfig, special: SpecialIds):
    from models.rnn import RNN

    return RNN(config, special)


MODELS: dict[str, tuple[type[ModelConfig], Callable[..., Model]]] = {
    "transformer": (TransformerConfig, _transformer),
    "rnn": (RNNConfig, _rnn),
}


def build_model(config: ModelConfig, special: SpecialIds = DEFAULT_IDS) -> Model:
    """A `Model` with fresh weights, for tokenizers with these special tokens. Raises ValueError when the
    vocabulary sizes have not been filled in.
    """
    if min(config.vocab_sizes.values()) < 5:
        sizes = " and ".join(f"{n} for the {stream}" for stream, n in config.vocab_sizes.items())
        raise ValueError(
            f"The vocabulary has {sizes}: it must hold the 4 special tokens and at least one more. Train the "
            "tokenizers first."
        )
    return MODELS[config.family][1](config, special)
