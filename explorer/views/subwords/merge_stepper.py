"""What does the corpus look like between two merges? Words, pairs, the rule in words, the vocabulary."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from explorer.results import MergeState, MergeStep, SegmentedWord
from explorer.views.text import is_rtl, visible_text, visible_token
from explorer.views.theme import Theme

MADE, NEXT = "made", "next"  # marks of what was just merged, and of what is about to be
MAX_SYMBOLS = 60  # of one word that are drawn
MAX_INITIAL, MAX_MADE = 60, 60  # tokens of the vocabulary that are drawn

TIE_RULES = {
    "alphabetical": "the rule for ties takes the first in alphabetical order",
    "last alphabetical": "the rule for ties takes the last in alphabetical order",
    "first seen": "the rule for ties takes the one that the corpus has first",
    "tokenizers": "the rule for ties takes the one whose symbols are older",
}


class Merges(NamedTuple):
    """All merges of one corpus. key: names what was learned and how, another one begins anew;  curves: of
    `curves_data`.
    """

    key: str
    n_steps: int
    curves: list[dict]


def stepper_data(
    merges: Merges,
    states: Sequence[dict],
    step: int,
    theme: Theme,
    asked: int = 0,
    hint: str = "",
) -> dict:
    """JSON-ready data for `explorer.components.merge_stepper`.

    states: of `state_data`, some of them, that of `step` included;
    asked: a new number has the picture go to `step`, the same number leaves it where its reader is.
    """
    return {
        "key": f"{merges.key} {theme.name}",
        "step": step,
        "asked": asked,
        "n_steps": merges.n_steps,
        "states": list(states),
        "curves": merges.curves,
        "hint": hint,
        "colors": {
            "accent": theme.accent,
            "next": theme.missed,
            "surface": theme.surface,
            "muted": theme.muted,
            "grid": theme.grid,
        },
    }


def state_data(
    state: MergeState, ties: str, alphabet: str = "characters", changed: Sequence[SegmentedWord] = ()
) -> dict:
    """One step of the stepper, JSON-ready, the same in every theme.

    ties, alphabet: as in the settings;  changed: words that hold the token just made, shown before the most
    frequent ones, for a corpus with more words than are shown.
    """
    changed = [word for word in changed if state.last is not None and state.last.token in word.symbols]
    frequent = [word for word in state.words if word not in changed]
    groups = [
        ("words that this merge changed", changed),
        ("the most frequent words" if state.n_words > len(state.words) else "", frequent),
    ]
    made = state.vocabulary[state.n_initial :]
    first_made = max(0, len(made) - MAX_MADE)
    return {
        "step": state.step,
        "done": _done(state, alphabet),
        "next": _next(state, ties),
        "ends": state.next is None,
        "groups": [
            {"title": title, "words": [_word(word, state) for word in words]}
            for title, words in groups
            if words
        ],
        "corpus": f"{_n(state.n_words, 'distinct word')}, {_n(state.n_tokens, 'token')}"
        + (f" (at the start {state.n_tokens_before:,})" if state.step else ""),
        "pairs": [_pair(state, n) for n in range(len(state.pairs))],
        "pairs_note": _pairs_note(state),
        "vocabulary": {
            "title": f"{len(state.vocabulary):,} tokens: {state.n_initial:,} to begin with, {len(made):,} "
            "made",
            "made": [
                _token(state, id)
                for id in range(len(state.vocabulary) - 1, state.n_initial + first_made - 1, -1)
            ],
            "made_more": f"and {first_made:,} made earlier" if first_made else "",
            "initial": [_token(state, id) for id in range(min(state.n_initial, MAX_INITIAL))],
            "initial_more": f"and {state.n_initial - MAX_INITIAL:,} more"
            if state.n_initial > MAX_INITIAL
            else "",
        },
    }


def _done(state: MergeState, alphabet: str) -> dict:
    """What the last merge did: a line of strings and tokens, and a sentence below it."""
    last = state.last
    if last is None:
        return {"line": ["Start"], "words": f"No merge yet: every word is split into its {alphabet}."}
    line = [
        f"Merge {state.step:,}",
        _piece(last.left),
        "+",
        _piece(last.right),
        "→",
        _piece(last.token, MADE),
    ]
    words = f"They stood side by side {_times(last.count)}, {_more_often(last)}."
    return {
        "line": line,
        "words": words if last.is_new else f"{words} The vocabulary had this token already.",
    }


def _more_often(step: MergeStep) -> str:
    if step.n_ties == 1:
        return "more often than any other pair"
    if step.n_ties == 2:
        return "and one other pair just as often"
    return f"and {step.n_ties - 1:,} other pairs just as often"


def _next(state: MergeState, ties: str) -> dict:
    """What will be merged next, and which pairs would be as good; or why nothing will."""
    follows = state.next
    if follows is None:
        return {"line": ["The end"], "words": state.why_end}
    line = ["Next", _piece(follows.left, NEXT), "+", _piece(follows.right, NEXT)]
    words = f"Side by side {_times(follows.count)}, "
    if state.n_ties < 2:
        return {"line": line, "words": f"{words}more than any other pair."}
    return {
        "line": line,
        "words": f"{words}as often as {_n(state.n_ties - 1, 'other pair')}: "
        f"{TIE_RULES.get(ties, 'any is right')}.",
    }


def _piece(token: str, mark: str = "") -> dict:
    return {"label": visible_token(token), "title": visible_text(token), "mark": mark}


def _times(n: int) -> str:
    return {1: "once", 2: "twice"}.get(n, f"{n:,} times")


def _n(n: int, noun: str) -> str:
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def _word(word: SegmentedWord, state: MergeState) -> dict:
    symbols = word.symbols[:MAX_SYMBOLS]
    places = pair_places(word.symbols, state.next)
    chips = []
    for place, symbol in enumerate(symbols):
        marks = [MADE] if state.last is not None and symbol == state.last.token else []
        marks += ["next-left"] if place in places else ["next-right"] if place - 1 in places else []
        chips.append(
            {"label": visible_token(symbol, 24), "title": visible_text(symbol), "mark": " ".join(marks)}
        )
    return {
        "count": f"{word.count:,}",
        "about": f"{visible_text(word.word)}: {_times(word.count)}, {_n(len(word.symbols), 'token')}",
        "direction": "rtl" if is_rtl(word.word) else "ltr",
        "chips": chips,
        "more": f"… {len(word.symbols) - MAX_SYMBOLS:,} more" if len(word.symbols) > MAX_SYMBOLS else "",
    }


def pair_places(symbols: Sequence[str], step: MergeStep | None) -> set[int]:
    """Where the merge `step` will take a symbol and the one after it: from the left, no symbol twice.

    >>> sorted(pair_places(("a", "a", "a", "b"), MergeStep(1, "a", "a", "aa", 2, 1)))
    [0]
    """
    places: set[int] = set()
    if step is not None:
        for place in range(len(symbols) - 1):
            if place - 1 not in places and (symbols[place], symbols[place + 1]) == (step.left, step.right):
                places.add(place)
    return places


def _pair(state: MergeState, n: int) -> dict:
    pair, follows = state.pairs[n], state.next
    best = follows.count if follows is not None else max((other.count for other in state.pairs), default=1)
    mark = ""
    if not pair.allowed:
        mark = "barred"
    elif follows is not None and pair.count == follows.count:
        mark = "winner" if (pair.left, pair.right) == (follows.left, follows.right) else "tie"
    said = {
        "barred": ", but the token would be longer than allowed",
        "winner": ", the next to be merged",
        "tie": ", as good as the winner",
        "": "",
    }[mark]
    return {
        "left": _piece(pair.left),
        "right": _piece(pair.right),
        "count": f"{pair.count:,}",
        "share": round(min(1.0, pair.count / max(1, best)), 4),
        "mark": mark,
        "about": f"{visible_text(pair.left)} and {visible_text(pair.right)}: {_times(pair.count)}{said}",
    }


def _pairs_note(state: MergeState) -> str:
    if not state.n_pairs:
        return "No two symbols stand side by side."
    shown = _n(state.n_pairs, "pair")
    if state.n_pairs > len(state.pairs):
        shown = f"{len(state.pairs):,} of {shown}"
    return f"{shown}; {state.n_ties:,} tied for the win" if state.n_ties > 1 else shown


def _token(state: MergeState, id: int) -> dict:
    token, count = state.vocabulary[id], state.token_counts[id]
    is_new = state.last is not None and token == state.last.token
    mark = " ".join([*([MADE] if is_new else []), *(["gone"] if count == 0 else [])])
    about = (
        f"{visible_text(token)}: {_times(count)} in the corpus now"
        if count
        else f"{visible_text(token)}: nowhere in the corpus now"
    )
    return {"label": visible_token(token), "title": about, "mark": mark}
