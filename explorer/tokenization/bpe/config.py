"""The settings of byte-pair encoding: each one changes what a learner would write down by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from explorer.errors import InputError

MAX_MERGES = 100_000
MAX_MARK = 16
MAX_TOKEN = 256

Ties = Literal["alphabetical", "last alphabetical", "first seen", "tokenizers"]


@dataclass(frozen=True)
class BPEConfig:
    """Settings of byte-pair encoding (Sennrich et al. 2016; over bytes as in GPT-2).

    n_merges: the most merges to learn;
    min_frequency: a pair seen less often is never merged;
    alphabet: the symbols that a word starts from: its "characters" (Unicode code points, so a letter and its
    accent may be two) or its UTF-8 "bytes", which leave nothing unknown;
    end_of_word: a mark such as </w> that closes each word, so that a token at the end of a word differs from
    the same letters inside it; empty for none;
    end_mark: whether the mark is a "symbol" of its own (as in Sennrich et al. 2016 and on most blackboards)
    or part of the "last character" from the start (as in subword-nmt 0.2 and tokenizers);
    space_before: make the space before a word its first symbol, as GPT-2 and the models of this app do (the
    first word of a text gets one too);
    case: "as is", or "lower" so that The and the are one word;
    split: what a word is: "words" follows the word rule of this app (punctuation apart, each Chinese
    character a word), "spaces" takes whatever is between white space;
    ties: which of several equally frequent pairs to merge, all equally right: the first or last in
    alphabetical order of (left, right) by code point ("alphabetical"; "last alphabetical" as in subword-nmt),
    the first one met in the corpus's distinct words in order of appearance ("first seen", as in minbpe), or
    the one with the older symbols, alphabet before merged tokens ("tokenizers", as in that library);
    max_token: longest token, in characters or bytes.
    """

    n_merges: int = 1000
    min_frequency: int = 2
    alphabet: Literal["characters", "bytes"] = "characters"
    end_of_word: str = ""
    end_mark: Literal["symbol", "last character"] = "symbol"
    space_before: bool = False
    case: Literal["as is", "lower"] = "as is"
    split: Literal["words", "spaces"] = "words"
    ties: Ties = "alphabetical"
    max_token: int = 64

    def __post_init__(self):
        if not 0 <= self.n_merges <= MAX_MERGES:
            raise InputError(f"n_merges is {self.n_merges}: choose 0 to {MAX_MERGES:,} merges.")
        if not 1 <= self.min_frequency < 2**31:
            raise InputError(
                f"min_frequency is {self.min_frequency}: a pair must be seen at least once to be merged; "
                "choose 1 or more."
            )
        if not 2 <= self.max_token <= MAX_TOKEN:
            raise InputError(
                f"max_token is {self.max_token}: a merged token has at least 2 characters; choose 2 to "
                f"{MAX_TOKEN}."
            )
        if len(self.end_of_word) > MAX_MARK or any(
            char.isspace() or "\ud800" <= char <= "\udfff" for char in self.end_of_word
        ):
            raise InputError(
                f"The end-of-word mark {self.end_of_word[:40]!r} cannot be used: give at most {MAX_MARK} "
                "characters and no white space."
            )
        for name, allowed in _CHOICES.items():
            if getattr(self, name) not in allowed:
                raise InputError(
                    f"{name} is {getattr(self, name)!r:.40}: choose one of {', '.join(allowed)}."
                )


_CHOICES = {
    "alphabet": ("characters", "bytes"),
    "end_mark": ("symbol", "last character"),
    "case": ("as is", "lower"),
    "split": ("words", "spaces"),
    "ties": ("alphabetical", "last alphabetical", "first seen", "tokenizers"),
}

APP_CONFIG = BPEConfig(n_merges=1000, alphabet="bytes", space_before=True, ties="tokenizers")
"""As the subwords of this app's models are learned: what is learned with it can train one."""
