"""What changes when heads are switched off: one sentence, and a whole corpus."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from explorer.results.attention import PassRecord
from explorer.results.kinds import AttentionKind, HeadId

AblationMode = Literal["zero", "uniform"]
ABLATION_MODES: tuple[AblationMode, ...] = ("zero", "uniform")
EditKind = Literal["kept", "replaced", "deleted", "inserted"]
PruningOrder = Literal["loss", "gradient"]


@dataclass(frozen=True)
class WordEdit:
    """A run of words that are the same in two translations, or that one has in place of the other's; `old` or
    `new` may be empty.
    """

    kind: EditKind
    old: tuple[str, ...]
    new: tuple[str, ...]


@dataclass(frozen=True)
class Ablation:
    """One sentence before and after some heads are switched off.

    old_text, new_text: what the whole and the masked model translate by the same search;  edits: from the old
    words to the new;
    forced: whether the target is another text than the old translation.
    target, target_masked: passes of the whole and of the masked model over the *target* (by default the old
    translation), token by token the same, so their attention and log-probabilities can be subtracted.
    new, new_masked: the same two passes over the new translation.
    """

    model_name: str
    heads: tuple[HeadId, ...]
    mode: AblationMode
    beam_size: int
    old_text: str
    new_text: str
    edits: tuple[WordEdit, ...]
    forced: bool
    target: PassRecord
    target_masked: PassRecord
    new: PassRecord
    new_masked: PassRecord

    @property
    def changed(self) -> bool:
        """Whether the translation is another one."""
        return self.old_text != self.new_text

    @property
    def deltas(self) -> np.ndarray:
        """What masking does to the log-probability of each token of the target, [tgt_len] nats: below 0 the
        token became less likely.
        """
        return self.target_masked.log_probs.astype(np.float64) - self.target.log_probs

    @property
    def new_deltas(self) -> np.ndarray:
        """The same for the tokens of the new translation."""
        return self.new_masked.log_probs.astype(np.float64) - self.new.log_probs


@dataclass(frozen=True)
class StateShift:
    """One text read with and without some heads, by a model that writes nothing.

    whole, masked: the two passes;  shift: [len] of each token's last state, ‖h − h′‖ / ‖h‖.
    """

    model_name: str
    heads: tuple[HeadId, ...]
    mode: AblationMode
    whole: PassRecord
    masked: PassRecord
    shift: np.ndarray


@dataclass(frozen=True)
class ScoreChange:
    """A score of one system minus that of another on the same sentences.

    low, high: 95 % percentile interval of a paired bootstrap;  p_value: two-sided, 0 to 1.
    """

    value: float
    low: float
    high: float
    p_value: float

    @property
    def sure(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True)
class HeadEffect:
    """What one head is worth: what switching it off does to a corpus, and what its gradient says.

    loss: change in nats per token;  bleu, chrf: in points;  n_changed: sentences that are translated
    otherwise.
    gradient: I_h = E_x |Att_h(x)ᵀ ∂L(x)/∂Att_h(x)| over sentences x, L the loss of a sentence in nats (Michel
    et al. 2019, eq. 2); gradient_normalised: divided by the ℓ2 norm over the heads of its layer, as it is
    published;
    gradient_tokens: the same expectation over attending tokens, as the authors' program takes it.
    """

    kind: AttentionKind
    layer: int
    head: int
    loss: ScoreChange
    bleu: ScoreChange
    chrf: ScoreChange
    n_changed: int
    gradient: float
    gradient_normalised: float
    gradient_tokens: float

    @property
    def id(self) -> HeadId:
        return self.kind, self.layer, self.head


@dataclass(frozen=True)
class CorpusScores:
    """loss: nats per target token;  bleu, chrf: 0 to 100, of greedy translations."""

    loss: float
    bleu: float
    chrf: float


@dataclass(frozen=True)
class PruningStep:
    """The scores with all heads off that were removed so far; `removed` are those of this very step, none at
    the start.
    """

    removed: tuple[HeadId, ...]
    n_removed: int
    scores: CorpusScores


@dataclass(frozen=True)
class PruningCurve:
    """Heads switched off one after the other, the least important first, by measured change of the loss or by
    gradient.
    """

    order: PruningOrder
    steps: tuple[PruningStep, ...]


@dataclass(frozen=True)
class Correlation:
    """Spearman's ρ with its 95 % bootstrap interval over sentences; nan where there is nothing to rank."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class ImportanceReport:
    """Every head of a checkpoint switched off in turn over a corpus.

    n_left_out: sentences that are empty or too long for the model.
    correlation: over heads, of the change of the loss and the gradient as it is published, normalised within
    each layer; correlation_raw: the same before that, since normalising makes the heads of different layers
    hard to compare.
    The order of pruning is chosen on `n_chosen_on` of the sentences and the curves are scored on the
    `n_scored_on` others.
    """

    checkpoint: str
    sha256: str
    corpus: str
    mode: AblationMode
    n_sentences: int
    n_tokens: int
    n_left_out: int
    n_resamples: int
    seed: int
    whole: CorpusScores
    heads: tuple[HeadEffect, ...]
    correlation: Correlation
    correlation_raw: Correlation
    n_chosen_on: int
    n_scored_on: int
    curves: tuple[PruningCurve, ...]
