"""What is known about a text: its words, the truth about it, its tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

PAD, UNK, BOS, EOS = "<pad>", "<unk>", "<s>", "</s>"
SPECIAL_TOKENS = (PAD, UNK, BOS, EOS)  # in the order of their ids in the vocabularies that this app makes


@dataclass(frozen=True)
class Word:
    """One word or punctuation mark of a sentence as `explorer.corpora.words.split_words` finds it."""

    text: str
    space_before: bool


@dataclass(frozen=True)
class Alignment:
    """Gold word links between a source and a target sentence (Och & Ney 2003).

    `sure` ⊆ `possible`; a link is (source word, target word), both from 0.
    """

    sure: frozenset[tuple[int, int]]
    possible: frozenset[tuple[int, int]]

    def __post_init__(self):
        if not self.sure <= self.possible:
            raise ValueError(
                f"{len(self.sure - self.possible)} sure links are not among the possible links: add them to "
                "`possible`."
            )


@dataclass(frozen=True)
class Dependencies:
    """A Universal Dependencies tree over the words of one sentence.

    `heads[i]` is the index of the head of word i, or -1 for the root.
    """

    words: tuple[str, ...]
    lemmas: tuple[str, ...]
    upos: tuple[str, ...]
    heads: tuple[int, ...]
    relations: tuple[str, ...]
    space_after: tuple[bool, ...]


@dataclass(frozen=True)
class SentencePair:
    """A sentence and its translation, with the truth about them where it is known."""

    src: str
    tgt: str
    alignment: Alignment | None = None
    src_tree: Dependencies | None = None
    tgt_tree: Dependencies | None = None
    phenomena: tuple[str, ...] = ()


Split = Literal["train", "valid", "test"]


@dataclass(frozen=True)
class ParallelCorpus:
    """Three splits that share no source sentence."""

    name: str
    src_lang: str
    tgt_lang: str
    train: tuple[SentencePair, ...]
    valid: tuple[SentencePair, ...]
    test: tuple[SentencePair, ...]


@dataclass(frozen=True)
class Encoding:
    """A text as a tokenizer sees it: parallel tuples, without special tokens."""

    ids: tuple[int, ...]
    tokens: tuple[str, ...]
    word_ids: tuple[int | None, ...]
    words: tuple[str, ...]
