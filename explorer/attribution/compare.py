"""How faithful each reading of a sentence pair is: its rank correlation with blanking words out, row by row.

Columns are words (the tokens of a word are summed) without ``<s>`` and ``</s>``, which cannot be blanked out;
rows are tokens. A row of the translation so far has the words that were fed in before it, a row of the source
has all words but its own. Effects below 10⁻⁵ are the rounding of 32-bit numbers: they count as equal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from explorer.attention.reading import merge_words
from explorer.attribution.blanking import own_words, words_seen
from explorer.attribution.methods import METHODS, Candidates, Method, Pair, blank_out, read_pair
from explorer.checkpoints.folder import Checkpoint
from explorer.errors import InputError
from explorer.evaluation.alignment import merge_subwords, merged_word_ids
from explorer.evaluation.ranks import spearman
from explorer.results import (
    BLANKINGS,
    AttentionKind,
    Attribution,
    Blanking,
    Comparison,
    MatrixView,
    Refusal,
    frozen_array,
)

MAX_SIZE = 14_400  # words × tokens: each word costs a pass over all tokens
DECIMALS = 5  # to which effects are rounded before they are ranked
OTHER_WAY, OTHER_WAY_TITLE = "other_blanking", "Blanking out, the other way"
OTHER_WAY_WHAT = (
    "The reference itself, done the other way: how far the two agree is how far the reference can be trusted."
)


@dataclass(frozen=True)
class Readings:
    """A sentence pair read in every way, with words as columns; effects: of blanking them out in both ways.

    shown: [rows, words] which words count for which row;  hidden: by method, the share of the mass on special
    tokens, [candidates].
    """

    pair: Pair
    kind: AttentionKind
    effects: dict[Blanking, Candidates]
    candidates: dict[str, Candidates]
    hidden: dict[str, np.ndarray]
    refused: tuple[Refusal, ...]
    shown: np.ndarray


@dataclass(frozen=True)
class Ranks:
    """All candidates of one way of reading held against blanking: rho, same_top [candidates, rows] as in
    `Attribution`.
    """

    rho: np.ndarray
    same_top: np.ndarray


def compare(
    checkpoint: Checkpoint,
    src_text: str,
    tgt: str | Sequence[int],
    kind: AttentionKind = "cross",
    blanking: Blanking = "unk",
) -> Comparison:
    """Every way of reading one sentence pair beside blanking. tgt: a text, or the ids of a search.

    Where there are several heads or layers to pick from, the one that agrees best on this very sentence is
    taken, which flatters it. Raises InputError when the source is empty, a side is too long, or there is no
    word to blank out, or far too many.
    """
    readings = read_all(read_pair(checkpoint, src_text, tgt), kind)
    effect = readings.effects[_checked(blanking)]
    return Comparison(
        model_name=checkpoint.name,
        kind=kind,
        blanking=blanking,
        effect=_view(
            readings,
            effect.values[0],
            effect.signed,
            "replaced by <unk>" if blanking == "unk" else "left out",
        ),
        quantity=effect.quantity,
        n_rows=effect.values.shape[1],
        n_words=effect.values.shape[2],
        readings=tuple(
            _attribution(readings, name, ranks, blanking) for name, ranks in rank(readings, blanking).items()
        ),
        refused=readings.refused,
    )


def read_all(pair: Pair, kind: AttentionKind, methods: Mapping[str, Method] | None = None) -> Readings:
    """Read `pair` in every way (or those given), and blank out each word.

    Raises InputError when there is no word to blank out, or far too many.
    """
    asked = pair.sides(kind)[1]
    if not merged_word_ids(asked.word_ids):
        side = asked.name if asked.role == "fed" else "sentence"
        raise InputError(f"The {side} has no word that could be blanked out: type one.")
    shown = _shown(pair, kind)
    if shown.size > MAX_SIZE:
        raise InputError(
            f"Words are blanked out for up to {MAX_SIZE:,} words × tokens, and here are {shown.shape[1]} × "
            f"{shown.shape[0]}: "
            "shorten the sentence."
        )
    candidates, hidden, refused = {}, {}, []
    for name, method in (METHODS if methods is None else methods).items():
        reason = _missing(method, pair, kind)
        if reason is None:
            try:
                computed = method.compute(pair, kind)
            except InputError as error:  # too long for it
                reason = str(error)
            else:
                if method.pick and len(computed.names) == 1:
                    reason = f"There is only one {method.pick} to pick from, so this is the same as the mean."
        if reason is None:
            candidates[name], hidden[name] = _by_word(pair, kind, computed, shown)
        else:
            refused.append(Refusal(name, method.title, reason))
    effects = {blanking: blank_out(pair, kind, blanking) for blanking in BLANKINGS}
    return Readings(pair, kind, effects, candidates, hidden, tuple(refused), shown)


def rank(readings: Readings, blanking: Blanking) -> dict[str, Ranks]:
    """Every way of reading against blanking out in one way, by method; the other way of blanking comes
    last.
    """
    shown = readings.shown[None]
    effect = np.round(readings.effects[_checked(blanking)].values, DECIMALS)
    other = readings.effects[_other(blanking)]
    everything = readings.candidates | {OTHER_WAY: other._replace(values=np.round(other.values, DECIMALS))}
    by_method = {}
    for name, candidates in everything.items():
        rho = spearman(candidates.values, effect, shown)
        first = [np.where(shown, values, -np.inf).argmax(-1) for values in (candidates.values, effect)]
        by_method[name] = Ranks(rho, np.where(np.isnan(rho), np.nan, first[0] == first[1]))
    return by_method


def mean_rho(rho: np.ndarray) -> np.ndarray:
    """The mean over the rows that have a correlation: [..., rows] → [...]; nan without any."""
    defined = ~np.isnan(rho)
    return np.where(
        defined.any(-1), np.where(defined, rho, 0).sum(-1) / np.maximum(defined.sum(-1), 1), np.nan
    )


def best_candidate(means: np.ndarray) -> int:
    """The number of the greatest mean; nan counts as the least, and the first of equals is taken."""
    return int(np.where(np.isnan(means), -np.inf, means).argmax())


def _missing(method: Method, pair: Pair, kind: AttentionKind) -> str | None:
    """Why this model cannot be read in this way, in one sentence."""
    name, question, can = pair.checkpoint.name, pair.question(kind), pair.checkpoint.can
    if method.needs == "prediction" and not question.predicted:
        return "The encoder predicts no token, so there is no log-probability to differentiate."
    if method.needs in ("attention", "self-attention") and kind not in pair.kinds:
        return f"{name} has no attention of this kind."
    if method.needs == "self-attention" and not all(
        can.self_attention(stream) for stream in (question.query, question.key)
    ):
        return (
            f"{name} has no self-attention to follow down to the words: its one layer of attention is "
            "all there is."
        )
    return None


def _shown(pair: Pair, kind: AttentionKind) -> np.ndarray:
    """Which words count for which row: [rows, words]."""
    query, key = pair.sides(kind)
    if key.role == "fed":
        return words_seen(key.word_ids)
    if not pair.question(kind).joins:
        return ~own_words(key.word_ids)
    return np.ones((len(query), len(merged_word_ids(key.word_ids))), dtype=bool)


def _by_word(
    pair: Pair, kind: AttentionKind, candidates: Candidates, shown: np.ndarray
) -> tuple[Candidates, np.ndarray]:
    """The tokens of each word summed, what does not count set to 0; and the share of the mass that special
    tokens held, [candidates].
    """
    query, key = pair.sides(kind)
    values = candidates.values
    words = merge_subwords(values, range(len(query)), key.word_ids)  # rows stay one by one
    hidden = (
        np.zeros(len(values))
        if candidates.signed
        else 1 - words.sum((1, 2)) / np.maximum(values.sum((1, 2)), 1e-300)
    )
    return candidates._replace(values=np.where(shown, words, 0.0)), np.maximum(hidden, 0.0)


def _attribution(readings: Readings, name: str, ranks: Ranks, blanking: Blanking) -> Attribution:
    if name == OTHER_WAY:
        title, what, source = OTHER_WAY_TITLE, OTHER_WAY_WHAT, "Abnar & Zuidema 2020"
        candidates, hidden_masses = readings.effects[_other(blanking)], np.zeros(1)
    else:
        title, what, source = METHODS[name].title, METHODS[name].what, METHODS[name].source
        candidates, hidden_masses = readings.candidates[name], readings.hidden[name]
    best = best_candidate(mean_rho(ranks.rho))
    hidden = float(hidden_masses[best])
    notes = [candidates.note] if candidates.note else []
    if hidden > 0.0005:
        mark = "start" if readings.pair.sides(readings.kind)[1].role == "fed" else "end"
        notes.append(
            f"What is part of no word, such as the {mark} mark, has no column: it holds {100 * hidden:.3g} %."
        )
    if not readings.pair.question(readings.kind).predicted:
        notes.append("A word beside itself is left out.")
    view = _view(
        readings, candidates.values[best], candidates.signed, f"{title} {candidates.names[best]}".strip()
    )
    return Attribution(
        method=name,
        title=title,
        what=what,
        source=source,
        quantity=candidates.quantity,
        view=replace(view, notes=tuple(notes), hidden_mass=hidden),
        rho=frozen_array(ranks.rho[best], np.float64),
        same_top=frozen_array(ranks.same_top[best], np.float64),
        chosen=candidates.names[best],
        n_candidates=len(candidates.names),
    )


def _view(readings: Readings, values: np.ndarray, signed: bool, name: str) -> MatrixView:
    """Tokens × words as words × words: the rows of a word's tokens are averaged."""
    query, key = readings.pair.sides(readings.kind)
    columns = merged_word_ids(key.word_ids)
    words = replace(
        key,
        tokens=tuple(key.words[word] for word in columns),
        word_ids=columns,
        special=(False,) * len(columns),
        unknown=(),
    )
    by_token = MatrixView(
        name=name, kind=readings.kind, weights=frozen_array(values), rows=query, cols=words, signed=signed
    )
    return replace(merge_words(by_token), notes=())


def _other(blanking: Blanking) -> Blanking:
    return "drop" if blanking == "unk" else "unk"


def _checked(blanking: Blanking) -> Blanking:
    if blanking not in BLANKINGS:
        raise InputError(f"Words cannot be blanked out by {blanking!r}: use 'unk' or 'drop'.")
    return blanking
