"""Which networks are there? `MODELS`, by family; adding one is a file, a config and a line here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.config import ModelConfig, RNNConfig, TransformerConfig

if TYPE_CHECKING:
    from models.base import Seq2SeqModel


def _transformer(config: TransformerConfig):
    from models.transformer import Transformer  # torch only when a network is built

    return Transformer(config)


def _rnn(config: RNNConfig):
    from models.rnn import RNN

    return RNN(config)


MODELS = {"transformer": (TransformerConfig, _transformer), "rnn": (RNNConfig, _rnn)}


def build_model(config: ModelConfig) -> Seq2SeqModel:
    """A `Seq2SeqModel` with fresh weights. Raises ValueError when the vocabulary sizes have not been filled
    in.
    """
    if min(config.src_vocab, config.tgt_vocab) < 5:
        raise ValueError(
            f"model.src_vocab={config.src_vocab} and model.tgt_vocab={config.tgt_vocab}: a vocabulary holds "
            "the 4 special tokens and "
            "at least one more. Train the tokenizers first."
        )
    return MODELS[config.family][1](config)
