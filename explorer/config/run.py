"""The settings of a training run: one frozen `RunConfig` with the data, the tokenizers, the model and its
training.

config.json, the flags of `train` and the form in the app are all made from it. It needs no torch, so that
runs can be listed and `--help` printed without loading it.
"""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from dataclasses import dataclass, field
from typing import Any, Literal

from explorer.corpora import CORPORA, CorpusConfig
from explorer.corpora.grammar import GrammarConfig
from explorer.errors import InputError
from explorer.tokenization import TokenizerConfig
from models import MODELS
from models.config import ModelConfig, TransformerConfig

MAX_WIDTH = 4096
LIMITS = {
    "n_encoder_layers": 64,
    "n_decoder_layers": 64,
    "n_layers": 64,
    "src_vocab": 1_000_000,
    "tgt_vocab": 1_000_000,
}
LIMITS |= {"d_ff": 16_384, "max_len": 8192}  # the table of positions is built for real: at most 128 MB


@dataclass(frozen=True)
class TrainingConfig:
    """How the model is trained.

    max_steps: optimiser steps, one batch each;
    batch_tokens: target tokens in a batch, padding included;
    learning_rate: the highest learning rate;
    warmup_steps: steps over which the learning rate rises to its highest;
    schedule: how the learning rate falls afterwards, to 0 at `max_steps` with "cosine" ("inverse_sqrt" is
    that of Vaswani et al. 2017, section 5.3);
    weight_decay: how strongly each step pulls the weights towards 0;
    beta2: AdamW's decay rate for the average of squared gradients;
    label_smoothing: probability that the training target spreads over all other tokens;
    clip_norm: longer gradients are scaled down to this norm;
    teacher_forcing: pairs (epoch, share): up to that epoch, this share of the decoder's inputs are true
    tokens and the rest its own predictions, and after the last pair all are its own (empty: always true
    tokens);
    average: decay of the moving average of the weights that is validated and saved, 0 for none (Polyak &
    Juditsky 1992);
    validate_every: steps between validations;
    also_validate_at: further steps to validate at, where things change fast: (25, 50, 100);
    validate_sentences: sentences used for the validation loss;
    bleu_sentences: how many of these are translated for BLEU;
    patience: validations without a better loss before the run stops, 0 for never;
    snapshot_sentences: sentences whose attention is saved at each validation;
    role_sentences: validation sentences on which every head is asked for its role at each validation, half to
    choose the question and half to answer it, 0 for none;
    seed: random seed of the run, and on a CPU the same seed gives the same weights;
    device: "auto" uses a GPU if there is one;
    precision: "auto" is bfloat16 on a GPU and float32 on a CPU, and float64 is for exact comparisons.
    """

    max_steps: int = 3000
    batch_tokens: int = 2048
    learning_rate: float = 1e-3
    warmup_steps: int = 300
    schedule: Literal["inverse_sqrt", "cosine", "constant"] = "inverse_sqrt"
    weight_decay: float = 0.01
    beta2: float = 0.98
    label_smoothing: float = 0.1
    clip_norm: float = 1.0
    teacher_forcing: tuple[tuple[int, float], ...] = ()
    average: float = 0.0
    validate_every: int = 250
    also_validate_at: tuple[int, ...] = ()
    validate_sentences: int = 500
    bleu_sentences: int = 200
    patience: int = 0
    snapshot_sentences: int = 2
    role_sentences: int = 200
    seed: int = 1
    device: Literal["auto", "cpu", "cuda"] = "auto"
    precision: Literal["auto", "float32", "bfloat16", "float64"] = "auto"

    def __post_init__(self):
        for name in ("max_steps", "batch_tokens", "validate_every", "validate_sentences"):
            if getattr(self, name) < 1:
                raise InputError(f"training.{name} is {getattr(self, name)}; it must be at least 1.")
        for name in (
            "warmup_steps",
            "weight_decay",
            "bleu_sentences",
            "patience",
            "snapshot_sentences",
            "role_sentences",
        ):
            if not 0 <= getattr(self, name) < math.inf:
                raise InputError(f"training.{name} is {getattr(self, name)}; it must be at least 0.")
        for name in ("learning_rate", "clip_norm"):
            if not 0 < getattr(self, name) < math.inf:
                raise InputError(f"training.{name} is {getattr(self, name)}; it must be above 0.")
        for name in ("label_smoothing", "average", "beta2"):
            if not 0 <= getattr(self, name) < 1:
                raise InputError(
                    f"training.{name} is {getattr(self, name)}; it must be at least 0 and below 1."
                )
        if not -(2**63) <= self.seed < 2**63:
            raise InputError(f"training.seed is {self.seed}; it must fit into 64 bits.")
        for step in self.also_validate_at:
            if step < 1:
                raise InputError(f"training.also_validate_at has {step}; steps are counted from 1.")
        for epoch, share in self.teacher_forcing:
            if not (epoch >= 0 and 0 <= share <= 1):
                pair = f"({epoch}, {share})"
                raise InputError(
                    f"training.teacher_forcing has {pair}; expected an epoch and a share from 0 to 1, such "
                    "as (10, 1.0)."
                )

    def validates_at(self, step: int) -> bool:
        """Whether there is a validation after the update `step`."""
        return step % self.validate_every == 0 or step == self.max_steps or step in self.also_validate_at

    @property
    def n_validations(self) -> int:
        """The number of validations up to `max_steps`."""
        regular = -(-self.max_steps // self.validate_every)
        return regular + sum(
            step % self.validate_every > 0 for step in set(self.also_validate_at) if step < self.max_steps
        )


@dataclass(frozen=True)
class RunConfig:
    """Everything that determines a run.

    name: name of the run and its folder;  description: one sentence for its card.
    """

    name: str = "run"
    description: str = ""
    corpus: CorpusConfig = field(default_factory=GrammarConfig)
    tokenizer: TokenizerConfig = field(default_factory=TokenizerConfig)
    model: ModelConfig = field(default_factory=TransformerConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)

    def to_dict(self) -> dict[str, Any]:
        """Plain dicts, lists and scalars, for JSON."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> RunConfig:
        """The inverse of `to_dict`. Raises InputError that names the field at fault."""
        if not isinstance(values, dict):
            raise InputError(f"A run's config is a JSON object, not {type(values).__name__}.")
        values = dict(values)
        parts = {
            "corpus": _choose(
                values.get("corpus", {}),
                "corpus",
                "kind",
                {name: entry[0] for name, entry in CORPORA.items()},
                "grammar",
            ),
            "model": _choose(
                values.get("model", {}),
                "model",
                "family",
                {name: entry[0] for name, entry in MODELS.items()},
                "transformer",
            ),
            "tokenizer": TokenizerConfig,
            "training": TrainingConfig,
        }
        for name, part in parts.items():
            values[name] = dataclass_from_dict(part, values.get(name, {}), name)
        return dataclass_from_dict(cls, values, "run")


def _choose(values: Any, where: str, key: str, classes: dict[str, type], default: str) -> type:
    chosen = values.get(key, default) if isinstance(values, dict) else default
    if not isinstance(chosen, str) or chosen not in classes:
        raise InputError(f"{where}.{key} is {chosen!r}; expected one of {', '.join(classes)}.")
    return classes[chosen]


def size_problem(config: ModelConfig) -> str | None:
    """Which number of `config` is beyond what is ever loaded, or None."""
    for name, value in vars(config).items():
        limit = LIMITS.get(name, MAX_WIDTH)
        if isinstance(value, int) and value > limit:
            return f"model.{name} is {value:,}, and at most {limit:,} is loaded"
    return None


def check_size(config: ModelConfig) -> None:
    """Raises InputError when the model would be larger than any that is loaded."""
    excess = size_problem(config)
    if excess:
        raise InputError(f"{excess}: choose a smaller model.")


def dataclass_from_dict(cls: type, values: Any, where: str) -> Any:
    """Build the frozen dataclass `cls`, checking names and types. Raises InputError that names the field at
    fault.
    """
    if not isinstance(values, dict):
        raise InputError(
            f"{where} is {values!r}; expected an object with the fields "
            f"{', '.join(f.name for f in dataclasses.fields(cls))}."
        )
    hints = typing.get_type_hints(cls)
    unknown = sorted(set(values) - set(hints))
    if unknown:
        raise InputError(f"{where} has no field {unknown[0]!r}; it has {', '.join(hints)}.")
    converted = {name: _convert(hints[name], value, f"{where}.{name}") for name, value in values.items()}
    try:
        return cls(**converted)
    except InputError:
        raise
    except ValueError as error:  # of a model's config, which names the field
        raise InputError(str(error)) from error
    except TypeError as error:
        raise InputError(f"{where}: {error}") from error


def _convert(hint: Any, value: Any, where: str):
    """`value` as JSON gives it, as the type `hint` wants it."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is Literal:
        if value not in arguments:
            raise InputError(f"{where} is {value!r}; expected one of {', '.join(map(str, arguments))}.")
        return value
    if origin in (typing.Union, types.UnionType):
        if value is None and type(None) in arguments:
            return None
        if dataclasses.is_dataclass(value):
            return value
        return _convert(next(a for a in arguments if a is not type(None)), value, where)
    if origin is tuple:
        if not isinstance(value, (list, tuple)):
            raise InputError(f"{where} is {value!r}; expected a list.")
        inner = arguments[:1] * len(value) if arguments[-1] is Ellipsis else arguments
        if len(inner) != len(value):
            raise InputError(f"{where} is {value!r}; expected {len(inner)} values.")
        return tuple(_convert(h, v, where) for h, v in zip(inner, value, strict=True))
    if dataclasses.is_dataclass(hint):
        return value
    if hint is float and type(value) is int and abs(value) < 2**1023:
        return float(value)
    if hint in (int, float, str, bool) and type(value) is not hint:
        raise InputError(f"{where} is {value!r:.80}; expected {hint.__name__}.")
    if hint is str and any("\ud800" <= char <= "\udfff" for char in value):
        raise InputError(
            f"{where} is {value!r:.80}; expected text, but half a surrogate pair is not a character."
        )
    return value
