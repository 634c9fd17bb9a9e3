"""Token ids as the networks read them: which are special, and both sides of a pair. Free of torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

IdPair = tuple[tuple[int, ...], tuple[int, ...]]  # source and target ids without special tokens


@dataclass(frozen=True)
class SpecialIds:
    """The ids by which a model knows the special tokens of its vocabulary; the tokenizer says which they are.

    pad: fills up the shorter texts of a batch, None where every text goes alone;  unk: stands for what is not
    in the vocabulary, None where nothing is unknown;  bos: goes in first when a text is written;  eos: ends a
    text.
    """

    pad: int | None = 0
    unk: int | None = 1
    bos: int = 2
    eos: int = 3

    def read(self, ids: Sequence[int]) -> tuple[int, ...]:
        """A source as a model reads it: ``</s>`` at its end."""
        return (*ids, self.eos)

    def fed(self, ids: Sequence[int]) -> tuple[int, ...]:
        """A target as it goes in: ``<s>`` before it."""
        return (self.bos, *ids)

    def written(self, ids: Sequence[int]) -> tuple[int, ...]:
        """A target as it comes out: ``</s>`` at its end."""
        return (*ids, self.eos)

    def without_end(self, ids: Sequence[int]) -> tuple[int, ...]:
        """The ids without the ``</s>`` that may stand at their end."""
        return tuple(ids[:-1] if ids and ids[-1] == self.eos else ids)

    @property
    def never_written(self) -> list[int]:
        """What no translation has, smallest first: a text consists of words and ends once."""
        return sorted({id for id in (self.pad, self.unk, self.bos) if id is not None} - {self.eos})


DEFAULT_IDS = SpecialIds()  # ``<pad> <unk> <s> </s>``, as the tokenizers of this app have them
