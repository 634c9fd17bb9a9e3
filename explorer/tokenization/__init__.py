"""Tokenizers that turn text into token ids and back: words, characters or subwords, with one interface."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Protocol

from explorer.errors import InputError
from explorer.results import Encoding
from explorer.tokenization.tokenizers import BPETokenizer, CharTokenizer, WordTokenizer

TOKENIZERS = {"word": WordTokenizer, "char": CharTokenizer, "bpe": BPETokenizer}


class Tokenizer(Protocol):
    """What all tokenizers offer. Typed text never becomes a special token, except the unknown one."""

    pad_id: int | None
    """``<pad>``, which fills up the shorter texts of a batch; None where the vocabulary has no such token."""
    unk_id: int | None
    """``<unk>``, which stands for a token outside the vocabulary; None where there is none."""
    bos_id: int | None
    """``<s>``, with which a text begins that is to be written; None where there is none."""
    eos_id: int | None
    """``</s>``, with which a text ends; None where there is none."""

    @property
    def special_ids(self) -> frozenset[int]:
        """The ids that stand for no text, the unknown token among them."""
        ...

    def is_special(self, id: int) -> bool:
        """Whether `id` is one of `special_ids`."""
        ...

    @property
    def vocab_size(self) -> int:
        """How many ids there are, special tokens included: ids go from 0 to `vocab_size` - 1."""
        ...

    def encode(self, text: str) -> Encoding:
        """The tokens of `text`, without special tokens; an unknown one has `unk_id` and keeps its string."""
        ...

    def surfaces(self, text: str) -> tuple[str, ...]:
        """The characters of `text` that belong to each token of `encode(text)`; joined they are `text`."""
        ...

    def decode(self, ids: Iterable[int]) -> str:
        """The text of `ids`; special tokens are left out, except the unknown one."""
        ...

    def token(self, id: int) -> str:
        """The token as a reader should see it: no space in front of a word."""
        ...

    def to_json(self) -> dict:
        """The values from which `tokenizer_from_json` makes the same tokenizer."""
        ...


@dataclass(frozen=True)
class TokenizerConfig:
    """kind: "word", "char" for characters, or "bpe" for subwords;  vocab_size: largest vocabulary, special
    tokens included;  min_count: rarer tokens are left out;  shared: one vocabulary for both languages;
    files: saved tokenizers to use instead of learning new ones, one for both languages or one for each (all
    other tokenizer settings are then ignored)."""

    kind: Literal["word", "char", "bpe"] = "bpe"
    vocab_size: int = 8000
    min_count: int = 1
    shared: bool = False
    files: tuple[str, ...] = ()

    def __post_init__(self):
        if isinstance(self.files, str) or len(self.files) > 2:
            raise InputError(
                f"tokenizer.files is {self.files!r:.80}: give one file for both languages, or one for each."
            )
        if not 0 <= self.min_count < 2**31:
            raise InputError(f"min_count is {self.min_count}: give a number from 0 to {2**31 - 1:,}.")


def train_tokenizer(config: TokenizerConfig, texts: Iterable[str]) -> Tokenizer:
    """A tokenizer with the vocabulary of `texts`; the same texts always give the same one."""
    return _kind(config.kind).train(texts, vocab_size=config.vocab_size, min_count=config.min_count)


def tokenizer_from_json(data: dict) -> Tokenizer:
    """The tokenizer whose `to_json` gave `data`. Raises InputError on anything else."""
    if not isinstance(data, dict):
        raise InputError(
            f"A tokenizer file must hold one JSON object, not a {type(data).__name__}: save the tokenizer "
            "again."
        )
    return _kind(data.get("kind")).from_json(data)


def _kind(kind: object) -> type[WordTokenizer | CharTokenizer | BPETokenizer]:
    if not isinstance(kind, str) or kind not in TOKENIZERS:
        raise InputError(f"There is no tokenizer of kind {kind!r}: choose one of {', '.join(TOKENIZERS)}.")
    return TOKENIZERS[kind]
