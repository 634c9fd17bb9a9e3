"""The choices of each family of models: one frozen dataclass for config.json, command-line flags and form.

Free of torch, so that a list of checkpoints or a ``--help`` needs no network library. Besides its fields,
each config answers what the rest of the program asks about a model before it is built:

- `can`: what it can do, and `vocab_sizes`, by stream;
- `title` and `shape`: how a table of runs names and sizes it ("rnn mlp");
- `n_parameters`: its trained weights, shared ones once; the vocabulary sizes must be filled in;
- `kept_numbers(n_tokens, longest)`: how many numbers a training step on so many tokens keeps for its backward
  pass, besides the logits: states of every layer, and attention weights over up to `longest` places;
- `cpu_share`: the share of a matrix product's rate that training reaches on a CPU. From steps, tokens and
  minutes on the cards of shipped checkpoints, 30 to 32 (transformers) and 51 to 84 (RNNs) GFLOP/s on one
  thread, where a product reached 91: an RNN has fewer and larger products.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal, NamedTuple

from models import size

Attention = Literal["none", "dot", "bilinear", "mlp"]
Positions = Literal["none", "sinusoidal", "learned", "relative", "rotary", "t5", "alibi"]
Norm = Literal["layer", "rms", "dynamic_tanh"]
Tying = Literal["none", "output", "all"]


class Shape(NamedTuple):
    """The size of a model as a table of runs has it: layers ("3+3"), heads ("–" for none to count), width."""

    layers: str
    heads: str
    width: str


def _require(condition: bool, sentence: str) -> None:
    if not condition:
        raise ValueError(sentence)


@dataclass(frozen=True)
class Attends:
    """One kind of attention of a model: the stream that asks, the stream that is asked, whether a place sees
    none after it, and the formula of its scores.
    """

    query: str
    key: str
    causal: bool = False
    scorer: Literal["scaled dot", "dot", "bilinear", "mlp"] = "scaled dot"

    @property
    def is_self(self) -> bool:
        """Whether a stream looks at itself."""
        return self.query == self.key


@dataclass(frozen=True)
class Capabilities:
    """What a model can do, which is all that a page, a command or a corpus asks about it.

    reads: the streams that it takes in at once;  writes: the stream that it writes token by token, "" for
    none;  attention: what looks at what, by kind, in the order in which a pass meets them;
    explains: whether it shows how each attention comes about (`Model.explain`).
    """

    reads: tuple[str, ...]
    writes: str = ""
    attention: Mapping[str, Attends] = field(default_factory=dict)
    explains: bool = False

    @property
    def streams(self) -> tuple[str, ...]:
        return (*self.reads, *((self.writes,) if self.writes else ()))

    def has(self, *needs: str) -> bool:
        """Whether it can do all of this: names of fields above, such as "writes" or "attention"."""
        return all(getattr(self, need) for need in needs)

    @property
    def causal(self) -> tuple[str, ...]:
        """The kinds in which no place sees one after it."""
        return tuple(kind for kind, spec in self.attention.items() if spec.causal)

    def self_attention(self, stream: str) -> str | None:
        """The kind in which a stream looks at itself, None when there is none."""
        return next((kind for kind, a in self.attention.items() if a.query == a.key == stream), None)

    @property
    def between(self) -> str | None:
        """The kind in which what is written looks at what was read, in which one finds which word translates
        which; None without one.
        """
        kinds = (k for k, a in self.attention.items() if a.query == self.writes and a.key in self.reads)
        return next(kinds, None)


@dataclass(frozen=True)
class TransformerConfig:
    """Transformer encoder-decoder (Vaswani et al. 2017).

    d_model: width, the numbers in the vector of a token; n_heads must divide it;  n_heads: heads of each
    attention, each of width d_model / n_heads;  n_encoder_layers: layers that read the source;
    n_decoder_layers: layers that write the target;
    d_ff: width inside the feed-forward part of a layer, often 4 times d_model;
    dropout: share of the numbers that are blanked at random while it trains;
    positions: how it knows where a token stands;  norm: what keeps numbers in a layer of one size;
    norm_position: before each part of a layer, or after it as in the paper, which then needs a warm-up;
    tie_embeddings: "output" shares the target embedding with the output layer, "all" also with the source
    (needs one vocabulary). max_len: longest sequence in tokens; binding for learned positions, a limit on
    input for all.
    """

    family: Literal["transformer"] = "transformer"
    src_vocab: int = 0  # 0: taken from the tokenizer
    tgt_vocab: int = 0
    d_model: int = 256
    n_heads: int = 4
    n_encoder_layers: int = 3
    n_decoder_layers: int = 3
    d_ff: int = 1024
    dropout: float = 0.1
    positions: Positions = "sinusoidal"
    norm: Norm = "layer"
    norm_position: Literal["pre", "post"] = "pre"
    tie_embeddings: Tying = "output"
    max_len: int = 512

    cpu_share: ClassVar[float] = 0.35

    def __post_init__(self):
        for name in ("d_model", "n_heads", "n_encoder_layers", "n_decoder_layers", "d_ff", "max_len"):
            _require(
                getattr(self, name) >= 1, f"model.{name} is {getattr(self, name)}; it must be at least 1."
            )
        _require(
            self.d_model % self.n_heads == 0,
            f"model.n_heads={self.n_heads} does not divide model.d_model={self.d_model}: choose heads that "
            "do, "
            f"e.g. {_divisors(self.d_model)}.",
        )
        _require(
            0 <= self.dropout < 1, f"model.dropout is {self.dropout}; it must be at least 0 and below 1."
        )
        width = self.d_model // self.n_heads
        _require(
            self.positions != "rotary" or width % 2 == 0,
            f"model.positions='rotary' turns pairs of numbers, and a head of width {width} has an odd one "
            "out: "
            "choose model.d_model / model.n_heads even.",
        )
        _require(
            self.positions != "sinusoidal" or self.d_model % 2 == 0,
            f"model.positions='sinusoidal' needs an even model.d_model, not {self.d_model}.",
        )
        _require(
            self.tie_embeddings != "all" or self.src_vocab == self.tgt_vocab,
            f"model.tie_embeddings='all' needs one shared vocabulary, but the source has {self.src_vocab} "
            "entries and the target "
            f"{self.tgt_vocab}: set tokenizer.shared, or tie 'output' only.",
        )

    @property
    def can(self) -> Capabilities:
        attention = {
            "encoder_self": Attends("source", "source"),
            "decoder_self": Attends("target", "target", causal=True),
            "cross": Attends("target", "source"),
        }
        return Capabilities(("source",), "target", attention, explains=True)

    @property
    def vocab_sizes(self) -> dict[str, int]:
        return {"source": self.src_vocab, "target": self.tgt_vocab}

    @property
    def title(self) -> str:
        return self.family

    @property
    def shape(self) -> Shape:
        return Shape(f"{self.n_encoder_layers}+{self.n_decoder_layers}", str(self.n_heads), str(self.d_model))

    @property
    def n_parameters(self) -> int:
        d, norm = self.d_model, size.norm(self.norm, self.d_model)
        attention, feed_forward = size.attention(d), size.feed_forward(d, self.d_ff)
        bias = size.position_bias(self.positions, d // self.n_heads, self.n_heads)  # of self-attention only
        encoder = self.n_encoder_layers * (attention + bias + feed_forward + 2 * norm)
        decoder = self.n_decoder_layers * (2 * attention + bias + feed_forward + 3 * norm)
        last_norms = 2 * norm if self.norm_position == "pre" else 0
        tables = 2 * self.max_len * d if self.positions == "learned" else 0
        n_words = {
            "none": self.src_vocab + 2 * self.tgt_vocab,
            "output": self.src_vocab + self.tgt_vocab,
            "all": self.tgt_vocab,
        }
        return encoder + decoder + last_norms + tables + n_words[self.tie_embeddings] * d

    def kept_numbers(self, n_tokens: int, longest: int) -> int:
        n_layers = self.n_encoder_layers + self.n_decoder_layers
        states = n_tokens * (10 * self.d_model + 3 * self.d_ff) * n_layers
        weights = n_tokens * longest * self.n_heads * (self.n_encoder_layers + 2 * self.n_decoder_layers)
        return states + weights


@dataclass(frozen=True)
class RNNConfig:
    """Recurrent encoder-decoder with a bidirectional encoder (Bahdanau et al. 2015; Luong et al. 2015).

    cell: what carries the state from step to step;
    attention: "none" leaves the decoder only the last encoder state, the bottleneck.
    d_embedding: width of the vector of a token;
    d_hidden: width of the decoder; each direction of the encoder has half of it.
    n_layers: of the encoder, and of the decoder;
    dropout: share of the numbers that are blanked at random while it trains;
    input_feeding: feed the attentional state back into the next step (Luong et al. 2015, section 3.3);
    slower, as steps run one by one. tie_embeddings: "output" shares the target embedding with the output
    layer;  max_len: longest sequence in tokens.
    """

    family: Literal["rnn"] = "rnn"
    src_vocab: int = 0
    tgt_vocab: int = 0
    cell: Literal["lstm", "gru"] = "lstm"
    attention: Attention = "mlp"
    d_embedding: int = 128
    d_hidden: int = 256
    n_layers: int = 1
    dropout: float = 0.1
    input_feeding: bool = False
    tie_embeddings: Literal["none", "output"] = "none"
    max_len: int = 512

    cpu_share: ClassVar[float] = 0.65

    def __post_init__(self):
        for name in ("d_embedding", "d_hidden", "n_layers", "max_len"):
            _require(
                getattr(self, name) >= 1, f"model.{name} is {getattr(self, name)}; it must be at least 1."
            )
        _require(
            self.d_hidden % 2 == 0,
            f"model.d_hidden is {self.d_hidden}; it must be even, as each direction of the encoder has half.",
        )
        _require(
            0 <= self.dropout < 1, f"model.dropout is {self.dropout}; it must be at least 0 and below 1."
        )
        _require(
            self.attention != "none" or not self.input_feeding,
            "model.input_feeding feeds attention back, and model.attention is 'none': switch one of them.",
        )

    @property
    def can(self) -> Capabilities:
        scorer = self.attention
        attention = {} if scorer == "none" else {"cross": Attends("target", "source", scorer=scorer)}
        return Capabilities(("source",), "target", attention, explains=True)

    @property
    def vocab_sizes(self) -> dict[str, int]:
        return {"source": self.src_vocab, "target": self.tgt_vocab}

    @property
    def title(self) -> str:
        return f"{self.family} {self.attention}"

    @property
    def shape(self) -> Shape:
        return Shape(str(self.n_layers), "–", str(self.d_hidden))

    @property
    def n_parameters(self) -> int:
        d, d_embedding, cell = self.d_hidden, self.d_embedding, self.cell
        layers = range(self.n_layers)
        encoder = sum(2 * size.cell(cell, d if layer else d_embedding, d // 2) for layer in layers)
        bridge = (2 if cell == "lstm" else 1) * (d * d + d)
        d_in = d_embedding + (d if self.input_feeding else 0)
        decoder = sum(size.cell(cell, d if layer else d_in, d) for layer in layers)
        attention = size.recurrent_scorer(self.attention, d)
        attentional = (d if self.attention == "none" else 2 * d) * d + d
        tied = self.tie_embeddings == "output"
        d_out = d_embedding if tied else d
        narrow = d * d_out if d_out != d else 0
        words = (self.src_vocab + self.tgt_vocab) * d_embedding + (0 if tied else self.tgt_vocab * d_out)
        return encoder + bridge + decoder + attention + attentional + narrow + words

    def kept_numbers(self, n_tokens: int, longest: int) -> int:
        states = n_tokens * self.d_hidden * (12 * self.n_layers + 8)
        weights = n_tokens * longest * (self.d_hidden if self.attention == "mlp" else 2)
        return states + weights


ModelConfig = TransformerConfig | RNNConfig


def _divisors(n: int) -> str:
    return ", ".join(str(k) for k in range(1, min(n, 64) + 1) if n % k == 0)
