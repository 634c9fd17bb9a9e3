"""From an attention map to the matrix that is shown: pick heads, shift rows, merge subwords, hide the small.

Each function maps a `MatrixView` to a new one and says in its `notes` what it did; `read_map` does them all
in the one order that is right: heads → output or input reading → words → special tokens → threshold → the
strongest share.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from explorer.errors import InputError
from explorer.evaluation.alignment import count_links, merge_subwords, predicted_links
from explorer.results import (
    Alignment,
    AttentionMap,
    HeadLinks,
    LinkErrors,
    MatrixView,
    Reading,
    Sanity,
    frozen_array,
)

Reduce = Literal["mean", "max"]
Head = tuple[int, int]  # (layer, head)


@dataclass(frozen=True)
class MapReading:
    """What is done to a matrix before it is shown; unless told otherwise, nothing.

    reading: whether a row belongs to the token that is written or to the one that goes in (`as_input`);
    merge: subwords into words;  hide: special tokens, and renormalise: scale up what they leave of a row;
    minimum, top: leave out what is below a weight, and all but the strongest share of the cells.
    """

    reading: Reading = "output"
    merge: bool = False
    hide: bool = False
    renormalise: bool = False
    minimum: float = 0.0
    top: float = 1.0


AS_IT_IS = MapReading()


def read_map(
    attention_map: AttentionMap,
    how: MapReading = AS_IT_IS,
    *,
    heads: Iterable[Head] | None = None,
    reduce: Reduce = "mean",
) -> MatrixView:
    """The matrix a page shows: [rows, cols] from [layers, heads, query_len, key_len], all that is asked
    done in the right order.
    """
    view = select_heads(attention_map, heads, reduce)
    if how.reading == "input":
        view = as_input(view)
    if how.merge:
        view = merge_words(view)
    if how.hide:
        view = hide_special(view, how.renormalise)
    if how.minimum != 0:
        view = threshold(view, how.minimum)
    if how.top != 1:
        view = top_share(view, how.top)
    return view


def read_heads(attention_map: AttentionMap, how: MapReading = AS_IT_IS) -> np.ndarray:
    """Every head by itself as `read_map` reads it: [layers, heads, rows, cols] float32."""
    grid = [
        [read_map(attention_map, how, heads=[(layer, head)]).weights for head in range(attention_map.n_heads)]
        for layer in range(attention_map.n_layers)
    ]
    return frozen_array(grid)


def all_heads(attention_map: AttentionMap) -> tuple[Head, ...]:
    """Every (layer, head) of a map, layer by layer."""
    return tuple(
        (layer, head) for layer in range(attention_map.n_layers) for head in range(attention_map.n_heads)
    )


def sharpest_head(attention_map: AttentionMap) -> Head:
    """The head whose rows are the most concentrated: the largest mean, over its rows, of a row's greatest
    weight (the first of equals).
    """
    confidence = attention_map.weights.max(-1).mean(-1, dtype=np.float64)  # [layers, heads]
    layer, head = np.unravel_index(int(confidence.argmax()), confidence.shape)
    return int(layer), int(head)


def select_heads(
    attention_map: AttentionMap, heads: Iterable[Head] | None = None, reduce: Reduce = "mean"
) -> MatrixView:
    """The mean or the maximum, cell by cell, over a set of heads (all of them when `heads` is None).

    Raises InputError for an empty set or a head that does not exist. A maximum over several heads is no
    distribution.
    """
    chosen = sorted(set(all_heads(attention_map) if heads is None else heads))
    n_layers, n_heads = attention_map.n_layers, attention_map.n_heads
    if not chosen:
        raise InputError("No head is picked: pick at least one layer and head.")
    for layer, head in chosen:
        if not (0 <= layer < n_layers and 0 <= head < n_heads):
            has = f"layers 0–{n_layers - 1} and heads 0–{n_heads - 1}"
            raise InputError(f"There is no head L{layer} H{head}: this map has {has}. Pick one of those.")
    if reduce not in ("mean", "max"):
        raise InputError(f"Heads cannot be reduced by {reduce!r}: use 'mean' or 'max'.")
    stack = np.stack([attention_map.weights[layer, head] for layer, head in chosen]).astype(
        np.float64
    )  # [n_chosen, rows, cols]
    weights = stack.mean(0) if reduce == "mean" else stack.max(0)
    notes: tuple[str, ...] = ()
    if reduce == "max" and len(chosen) > 1:
        notes = ("Each cell is the maximum over the heads, so rows sum to more than 1.",)
    return MatrixView(
        name=_heads_name(chosen, n_layers, n_heads, reduce),
        kind=attention_map.kind,
        weights=frozen_array(weights),
        rows=attention_map.query,
        cols=attention_map.key,
        notes=notes,
    )


def as_input(view: MatrixView) -> MatrixView:
    """Each row as that of the token which the model takes *in* at the step, not of the one it puts out
    (Chen et al. 2020, Shift-Att).

    The numbers stay; the row labels move down by one: row 0 belongs to ``<s>``, and the last token predicted
    has no row. Rows that are read all at once come back unchanged. Apply before `merge_words`.
    """
    if view.rows.role != "written":
        return view
    return replace(
        view,
        rows=view.rows.shift(),
        reading="input",
        notes=(*view.notes, "A row belongs to the token that goes into the decoder at that step."),
    )


def merge_words(view: MatrixView) -> MatrixView:
    """Subwords merged into words: summed over the attended side, averaged over the attending side (Clark et
    al. 2019).

    Rows keep their sum. Tokens that are part of no word stay as they are.
    """
    weights = merge_subwords(view.weights, view.rows.word_ids, view.cols.word_ids, special="keep")
    note = "Subwords are merged into words: summed over the attended word, averaged over the attending word."
    return replace(
        view,
        weights=frozen_array(weights),
        rows=view.rows.merge(),
        cols=view.cols.merge(),
        notes=(*view.notes, note),
    )


def hide_special(view: MatrixView, renormalise: bool = False) -> MatrixView:
    """Without the rows and columns of special tokens; what is left of a row is scaled to its old sum if
    `renormalise`.

    Raises InputError when nothing but special tokens would be left out of which to make a picture.
    """
    rows = [i for i, special in enumerate(view.rows.special) if not special]
    cols = [j for j, special in enumerate(view.cols.special) if not special]
    if not rows or not cols:
        raise InputError(
            "Every token here is a special token, so nothing would be left: show special tokens."
        )
    before = view.weights[rows].astype(np.float64)
    weights = before[:, cols]
    share = _share_lost(before, weights)
    percent = f"{100 * share:.3g} %"
    if renormalise:
        kept = weights.sum(1, keepdims=True)
        weights = np.where(
            kept > 0, weights * before.sum(1, keepdims=True) / np.where(kept > 0, kept, 1), 0.0
        )
        empty = int((kept[:, 0] <= 0).sum())
        hidden = 1 - (1 - view.hidden_mass) * (1 - _share_lost(before, weights))
        note = (
            f"Special tokens are hidden; they held {percent} of the attention, and each row is scaled up "
            "to its old sum."
        )
        if empty:
            note += (
                f" {empty} row{'s' if empty > 1 else ''} attended to special tokens only and "
                f"stay{'' if empty > 1 else 's'} empty."
            )
    else:
        hidden = 1 - (1 - view.hidden_mass) * (1 - share)
        note = f"Special tokens are hidden; they held {percent} of the attention, so rows sum to less than 1."

    return replace(
        view,
        weights=frozen_array(weights),
        rows=view.rows.take(rows),
        cols=view.cols.take(cols),
        hidden_mass=float(hidden),
        notes=(*view.notes, note),
    )


def threshold(view: MatrixView, minimum: float) -> MatrixView:
    """Without the weights below `minimum` (they become 0), and the share of the mass that this hides. Raises
    InputError outside 0 … 1.
    """
    if not 0 <= minimum <= 1:
        raise InputError(
            f"A threshold of {minimum:g} was given; a weight lies between 0 and 1. Pick a threshold in that "
            "range."
        )
    if view.signed:
        raise InputError("A difference has no mass to hide: set the threshold to 0.")
    before = view.weights.astype(np.float64)
    weights = np.where(before < minimum, 0.0, before)
    share = _share_lost(before, weights)
    note = f"Weights below {minimum:.3g} are hidden: {100 * share:.3g} % of the mass."
    hidden = 1 - (1 - view.hidden_mass) * (1 - share)
    return replace(view, weights=frozen_array(weights), hidden_mass=float(hidden), notes=(*view.notes, note))


def top_share(view: MatrixView, share: float) -> MatrixView:
    """Without all but the strongest `share` of the cells that hold anything, and the share of the mass that
    this hides.

    Of n cells above 0 the ⌈share · n⌉ largest stay, and with them every cell as large as the smallest of
    these.
    Raises InputError for a share of 0 or less, or above 1.
    """
    if not 0 < share <= 1:
        raise InputError(
            f"A share of {100 * share:g} % was given; some of the cells have to stay. Pick one above 0 % "
            "and up to 100 %."
        )
    if view.signed:
        raise InputError("A difference has no mass to hide: keep 100 % of the cells.")
    before = view.weights.astype(np.float64)
    held = np.sort(before[before > 0])  # smallest first
    if held.size == 0:
        return view
    smallest = held[-math.ceil(round(share * held.size, 9))]  # rounded: 0.07 · 100 is 7.000000000000001
    weights = np.where(before < smallest, 0.0, before)
    kept = int(np.count_nonzero(weights))
    lost = _share_lost(before, weights)
    which = f"Only the strongest {100 * share:.3g} % of the weights are shown ({kept} of {held.size})"
    note = f"{which}: {100 * lost:.3g} % of the mass is hidden."
    hidden = 1 - (1 - view.hidden_mass) * (1 - lost)
    return replace(view, weights=frozen_array(weights), hidden_mass=float(hidden), notes=(*view.notes, note))


def first_rows(view: MatrixView, n: int) -> MatrixView:
    """The first `n` rows: what was looked at until then. Raises ValueError when there are not so many."""
    if not 0 <= n <= len(view.weights):
        raise ValueError(f"{n} rows were asked for, and there are {len(view.weights)}.")
    return replace(view, weights=frozen_array(view.weights[:n]), rows=view.rows.take(range(n)))


def difference(a: MatrixView, b: MatrixView) -> MatrixView:
    """a − b, cell by cell, for two models over the same tokens. Raises InputError when rows or columns
    differ.
    """
    for what in ("rows", "cols"):
        first, second = (getattr(view, what).tokens for view in (a, b))
        if first != second:
            raise InputError(
                f"The two matrices have different {'rows' if what == 'rows' else 'columns'} "
                f"({len(first)} and {len(second)}), so they cannot be subtracted: give both models the same "
                "translation and merge subwords into words."
            )
    weights = a.weights.astype(np.float64) - b.weights.astype(np.float64)
    notes = tuple(dict.fromkeys((*a.notes, *b.notes, f"Difference: {a.name} minus {b.name}.")))
    return replace(
        a,
        name=f"{a.name} − {b.name}",
        weights=frozen_array(weights),
        hidden_mass=0.0,
        signed=True,
        notes=notes,
    )


def sanity(attention_map: AttentionMap, heads: Iterable[Head] | None = None) -> Sanity:
    """Whether every row of the chosen heads sums to 1, and the mass above the causal diagonal of a
    decoder-self map.

    Column j of a decoder-self map is the token fed in at step j, so row i may see columns 0 … i.
    """
    chosen = list(all_heads(attention_map) if heads is None else heads)
    stack = np.stack([attention_map.weights[layer, head] for layer, head in chosen]).astype(
        np.float64
    )  # [n_chosen, rows, cols]
    deviation = float(np.abs(stack.sum(-1) - 1).max(initial=0.0))
    above = float(np.triu(stack, k=1).sum()) if attention_map.causal else None
    return Sanity(n_rows=stack.shape[0] * stack.shape[1], row_deviation=deviation, above_diagonal=above)


def word_links(
    attention_map: AttentionMap,
    heads: Iterable[Head] | None = None,
    reduce: Reduce = "mean",
    reading: Reading = "output",
) -> frozenset[tuple[int, int]]:
    """The (source word, target word) links that the chosen heads predict: each target word to the source word
    with the greatest weight.

    Special tokens are left out and subwords merged, whatever the picture shows, so that a display option
    never changes the error rate.
    """
    view = select_heads(attention_map, heads, reduce)
    view = merge_words(as_input(view) if reading == "input" else view)
    rows = [(i, word) for i, word in enumerate(view.rows.word_ids) if word is not None]
    cols = [(j, word) for j, word in enumerate(view.cols.word_ids) if word is not None]
    if not rows or not cols:
        return frozenset()
    links = predicted_links(view.weights[np.ix_([i for i, _ in rows], [j for j, _ in cols])])
    return frozenset((cols[source][1], rows[target][1]) for source, target in links)


def best_aligned(attention_map: AttentionMap, gold: Alignment, reading: Reading = "output") -> HeadLinks:
    """The head whose links on this sentence pair have the smallest error rate, the first of equals."""
    heads = [
        HeadLinks(*head, count_links(word_links(attention_map, [head], reading=reading), gold))
        for head in all_heads(attention_map)
    ]
    return min(heads, key=lambda head: head.counts.aer)


def link_errors(predicted: Iterable[tuple[int, int]], gold: Alignment) -> LinkErrors:
    """Predicted (source word, target word) links sorted into hits, spurious and missed ones."""
    predicted = frozenset(predicted)
    return LinkErrors(
        hits=predicted & gold.possible, spurious=predicted - gold.possible, missed=gold.sure - predicted
    )


def _heads_name(chosen: list[Head], n_layers: int, n_heads: int, reduce: Reduce) -> str:
    if len(chosen) == 1:
        return f"L{chosen[0][0]} H{chosen[0][1]}"
    layers = sorted({layer for layer, _ in chosen})
    if len(chosen) == n_layers * n_heads:
        return f"{reduce} of all {len(chosen)} heads"
    if len(layers) == 1 and len(chosen) == n_heads:
        return f"{reduce} of the {n_heads} heads of L{layers[0]}"
    return f"{reduce} of {len(chosen)} heads"


def _share_lost(before: np.ndarray, after: np.ndarray) -> float:
    """The share of the mass of `before` that `after` lacks, 0 for an empty matrix."""
    total = before.sum()
    return float(max(0.0, 1 - after.sum() / total)) if total > 0 else 0.0
