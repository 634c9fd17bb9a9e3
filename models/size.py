"""How many trained weights the parts of a network have, counted without building one and without torch.

The configs put these parts together. `tests/models/test_size.py` holds every choice of a config equal to the
network that `build_model` makes.
"""

from __future__ import annotations

MAX_RELATIVE_DISTANCE = 16  # to either side; Shaw et al. 2018 found no gain beyond it
NORM_VECTORS = {
    "layer": (2, 0),
    "rms": (1, 0),
    "dynamic_tanh": (2, 1),
}  # as wide as the model; single numbers
GATES = {"lstm": 4, "gru": 3}


def norm(kind: str, width: int) -> int:
    """One normalisation of a layer."""
    n_vectors, n_single = NORM_VECTORS[kind]
    return n_vectors * width + n_single


def attention(width: int) -> int:
    """Multi-head attention: four linear maps with their biases."""
    return 4 * (width * width + width)


def feed_forward(width: int, inner: int) -> int:
    """Two linear maps with their biases."""
    return 2 * width * inner + inner + width


def position_bias(positions: str, d_head: int, n_heads: int) -> int:
    """What one self-attention learns: a vector, or a number for each head, for every distance."""
    numbers = {"relative": d_head, "t5": n_heads}.get(positions, 0)
    return (2 * MAX_RELATIVE_DISTANCE + 1) * numbers


def recurrent_scorer(kind: str, width: int) -> int:
    """What scores an encoder state for a decoder state (Luong et al. 2015; Bahdanau et al. 2015)."""
    return {"none": 0, "dot": 0, "bilinear": width * width, "mlp": 2 * width * width + 2 * width}[kind]


def cell(kind: str, d_in: int, d_out: int) -> int:
    """One layer of a recurrent network as torch keeps it, with two biases for each gate."""
    return GATES[kind] * (d_in * d_out + d_out * d_out + 2 * d_out)
