"""How many weights will a model have? Counted from its config alone, before anything is built and without
torch.

`tests/models/test_size.py` holds every choice of a config equal to the network that `build_model` makes.
"""

from __future__ import annotations

from collections.abc import Callable

from models.config import ModelConfig, RNNConfig, TransformerConfig

RELATIVE_DISTANCES = (
    2 * 16 + 1
)  # rows of the table of a relative position bias: as far as models.positions looks to either side
NORM_VECTORS = {
    "layer": (2, 0),
    "rms": (1, 0),
    "dynamic_tanh": (2, 1),
}  # vectors of the width, and single numbers
GATES = {"lstm": 4, "gru": 3}


def count_parameters(config: ModelConfig) -> int:
    """The number of trained weights, shared ones once. The vocabulary sizes must be filled in."""
    return _COUNTS[config.family](config)


def _transformer(config: TransformerConfig) -> int:
    d, vectors, single = config.d_model, *NORM_VECTORS[config.norm]
    norm = vectors * d + single
    attention = 4 * (d * d + d)
    numbers = {"relative": d // config.n_heads, "t5": config.n_heads}.get(
        config.positions, 0
    )  # for each distance
    bias = RELATIVE_DISTANCES * numbers  # of self-attention only
    feed_forward = 2 * d * config.d_ff + config.d_ff + d
    encoder = config.n_encoder_layers * (attention + bias + feed_forward + 2 * norm)
    decoder = config.n_decoder_layers * (2 * attention + bias + feed_forward + 3 * norm)
    last_norms = 2 * norm if config.norm_position == "pre" else 0
    tables = 2 * config.max_len * d if config.positions == "learned" else 0
    n_words = {
        "none": config.src_vocab + 2 * config.tgt_vocab,
        "output": config.src_vocab + config.tgt_vocab,
        "all": config.tgt_vocab,
    }
    return encoder + decoder + last_norms + tables + n_words[config.tie_embeddings] * d


def _rnn(config: RNNConfig) -> int:
    d, half, d_embedding = config.d_hidden, config.d_hidden // 2, config.d_embedding
    layers = range(config.n_layers)
    encoder = sum(2 * _cell(config.cell, d if layer else d_embedding, half) for layer in layers)
    bridge = (2 if config.cell == "lstm" else 1) * (d * d + d)
    d_in = d_embedding + (d if config.input_feeding else 0)
    decoder = sum(_cell(config.cell, d if layer else d_in, d) for layer in layers)
    attention = {"none": 0, "dot": 0, "bilinear": d * d, "mlp": 2 * d * d + d + d}[config.attention]
    attentional = (d if config.attention == "none" else 2 * d) * d + d
    tied = config.tie_embeddings == "output"
    d_out = d_embedding if tied else d
    narrow = d * d_out if d_out != d else 0
    words = (config.src_vocab + config.tgt_vocab) * d_embedding + (0 if tied else config.tgt_vocab * d_out)
    return encoder + bridge + decoder + attention + attentional + narrow + words


def _cell(cell: str, d_in: int, d_out: int) -> int:
    """One layer of a recurrent network: as torch keeps it, with two biases for each gate."""
    return GATES[cell] * (d_in * d_out + d_out * d_out + 2 * d_out)


_COUNTS: dict[str, Callable[..., int]] = {"transformer": _transformer, "rnn": _rnn}
