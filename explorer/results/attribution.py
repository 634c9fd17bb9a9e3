"""What a reading of a sentence pair says, and how far it agrees with blanking words out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from explorer.results.attention import AttentionKind, MatrixView
from explorer.results.heads import LeftOut

Blanking = Literal["unk", "drop"]  # the tokens of a word become <unk>, or are left out
BLANKINGS: tuple[Blanking, ...] = ("unk", "drop")


@dataclass(frozen=True)
class Attribution:
    """One way to say how much each word counts for each row, and how it ranks the words compared with
    blanking them out.

    what: in one sentence;  source: the paper;  view: rows and columns are words, for pictures;  quantity:
    what a cell holds, for its scale; rho: [rows] Spearman's ρ with blanking for each token, nan where there
    is no order to compare;
    same_top: [rows] 1 where the word that the reading puts first is the one that costs most to lose, 0 where
    not, nan as in rho; chosen: which head or layer of `n_candidates`, "" where there is nothing to choose.
    """

    method: str
    title: str
    what: str
    source: str
    quantity: str
    view: MatrixView
    rho: np.ndarray
    same_top: np.ndarray
    chosen: str = ""
    n_candidates: int = 1

    @property
    def faithfulness(self) -> float:
        """The mean of ρ over the tokens that have one, nan without any."""
        defined = self.rho[~np.isnan(self.rho)]
        return float(defined.mean()) if defined.size else float("nan")

    @property
    def n_ranked(self) -> int:
        """Tokens whose ρ is defined."""
        return int((~np.isnan(self.rho)).sum())

    @property
    def n_same_top(self) -> int:
        """Tokens, of those ranked, for which reading and blanking put the same word first."""
        return int(np.nansum(self.same_top))


@dataclass(frozen=True)
class Refusal:
    """A way of reading that does not exist for this model or sentence, and why, in one sentence."""

    method: str
    title: str
    reason: str


@dataclass(frozen=True)
class Comparison:
    """Every reading of one sentence pair beside the effect of blanking each word out.

    kind: whose words are read: those of the source for the translation ("cross") or for the source itself
    ("encoder_self"), or those of the translation so far ("decoder_self");  effect: rows and columns are
    words;  quantity: what a cell of it holds;
    n_rows: tokens that are explained;  n_words: words that are blanked out.
    """

    model_name: str
    kind: AttentionKind
    blanking: Blanking
    effect: MatrixView
    quantity: str
    n_rows: int
    n_words: int
    readings: tuple[Attribution, ...]
    refused: tuple[Refusal, ...]

    def reading(self, method: str) -> Attribution:
        """The reading with this name. Raises KeyError with a sentence."""
        for reading in self.readings:
            if reading.method == method:
                return reading
        raise KeyError(
            f"{method!r} is not among the readings here "
            f"({', '.join(reading.method for reading in self.readings)})."
        )


@dataclass(frozen=True)
class FaithfulnessRow:
    """How faithful one way of reading is over many sentences.

    mean: of the sentences' faithfulness, with a 95 % interval by bootstrap over sentences;  n_sentences:
    those that have one;
    n_ranked of n_tokens: tokens with a rank correlation, of all in these sentences;  same_top: the share, 0
    to 1, of the ranked tokens for which reading and blanking put the same word first;  chosen: the head or
    layer, picked on other sentences, "" where there is no choice.
    """

    method: str
    title: str
    chosen: str
    mean: float
    low: float
    high: float
    same_top: float
    n_sentences: int
    n_ranked: int
    n_tokens: int


@dataclass(frozen=True)
class Faithfulness:
    """The faithfulness of every way of reading of one model, best first.

    corpus: what the sentences are;  n_sentences: reported on;  n_chosen_on: others, on which heads and layers
    were picked.
    """

    kind: AttentionKind
    blanking: Blanking
    corpus: str
    n_sentences: int
    n_chosen_on: int
    rows: tuple[FaithfulnessRow, ...]
    refused: tuple[Refusal, ...]
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True)
class FaithfulnessReport:
    """What is kept with a checkpoint: its faithfulness for each kind of words and each way of blanking out.

    sha256: of the weights that were measured.
    """

    checkpoint: str
    sha256: str
    parts: tuple[Faithfulness, ...]

    def part(self, kind: AttentionKind, blanking: Blanking) -> Faithfulness | None:
        """The part about this kind of words and this way of blanking, None when it was not measured."""
        return next((part for part in self.parts if (part.kind, part.blanking) == (kind, blanking)), None)
