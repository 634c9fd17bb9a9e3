"""Hand-made results of byte-pair encoding: the textbook's after two merges, and one of nasty tokens."""

from __future__ import annotations

import numpy as np

from explorer.results import (
    LanguageComparison,
    LanguageRow,
    MergeHistory,
    MergeNode,
    MergeState,
    MergeStep,
    PairCount,
    Segmentation,
    SegmentedWord,
    SegmentStep,
    SizeCurve,
    TokenizerComparison,
    TokenizerRow,
    WorkedCheck,
    WorkedRow,
)
from tests.views.samples import NASTY

UG, UN, HUG = (
    MergeStep(1, "u", "g", "ug", 20, 1),
    MergeStep(2, "u", "n", "un", 16, 1),
    MergeStep(3, "h", "ug", "hug", 15, 1),
)


def textbook_state() -> MergeState:
    """(hug, 10) (pug, 5) (pun, 12) (bun, 4) (hugs, 5) after ug and un, worked out by hand.

    h ug 10, p ug 5, p un 12, b un 4, h ug s 5: h-ug 15, p-un 12, p-ug 5, ug-s 5, b-un 4; tokens 2 · (10 + 5 +
    12 + 4) + 3 · 5 = 77, at first 3 · 31 + 4 · 5 = 113.
    """
    return MergeState(
        step=2,
        n_steps=7,
        last=UN,
        next=HUG,
        pairs=(
            PairCount("h", "ug", 15),
            PairCount("p", "un", 12),
            PairCount("p", "ug", 5),
            PairCount("ug", "s", 5),
            PairCount("b", "un", 4),
        ),
        n_pairs=5,
        ties=(PairCount("h", "ug", 15),),
        n_ties=1,
        words=(
            SegmentedWord("pun", 12, ("p", "un")),
            SegmentedWord("hug", 10, ("h", "ug")),
            SegmentedWord("pug", 5, ("p", "ug")),
            SegmentedWord("hugs", 5, ("h", "ug", "s")),
            SegmentedWord("bun", 4, ("b", "un")),
        ),
        n_words=5,
        vocabulary=("b", "g", "h", "n", "p", "s", "u", "ug", "un"),
        token_counts=(4, 0, 15, 0, 17, 5, 0, 20, 16),
        n_initial=7,
        n_tokens=77,
        n_tokens_before=113,
    )


def textbook_history() -> MergeHistory:
    """All seven merges of it: ug 20, un 16, hug 15, pun 12, hugs 5, pug 5, bun 4."""
    counts = np.array([20, 16, 15, 12, 5, 5, 4])
    return MergeHistory(
        counts, np.array([1, 1, 1, 1, 2, 1, 1]), 113 - np.concatenate(([0], np.cumsum(counts)))
    )


def tied_state() -> MergeState:
    """Sleeplessness before any merge: l-e, e-s and s-s twice each, the fourth pair not allowed."""
    symbols = tuple("sleeplessness")
    follows = MergeStep(1, "e", "s", "es", 2, 3)
    ties = (PairCount("e", "s", 2), PairCount("l", "e", 2), PairCount("s", "s", 2))
    return MergeState(
        step=0,
        n_steps=1,
        last=None,
        next=follows,
        pairs=(*ties, PairCount("n", "e", 1, allowed=False)),
        n_pairs=9,
        ties=ties,
        n_ties=3,
        words=(SegmentedWord("sleeplessness", 1, symbols),),
        n_words=1,
        vocabulary=("e", "l", "n", "p", "s"),
        token_counts=(4, 2, 1, 1, 5),
        n_initial=5,
        n_tokens=13,
        n_tokens_before=13,
    )


def nasty_state() -> MergeState:
    """Every nasty token is a word of two symbols, the last step, and a merge that made nothing new."""
    last = MergeStep(1, NASTY[1], NASTY[5], NASTY[1] + NASTY[5], 3, 2, is_new=False)
    words = tuple(SegmentedWord(token, 1, (token, last.token)) for token in NASTY if token)
    return MergeState(
        step=1,
        n_steps=1,
        last=last,
        next=None,
        pairs=tuple(PairCount(token, last.token, 1) for token in NASTY if token),
        n_pairs=100,
        ties=(),
        n_ties=0,
        words=words,
        n_words=1000,
        vocabulary=(*NASTY[1:6], last.token),
        token_counts=(1, 1, 1, 1, 1, 3),
        n_initial=5,
        n_tokens=50,
        n_tokens_before=60,
        why_end="No pair is seen 2 times or more.",
    )


def leaf(token: str, place: int, unknown: bool = False) -> MergeNode:
    return MergeNode(token, place, place + 1, unknown=unknown)


def hugs_cut() -> Segmentation:
    """hugs under u g, h ug, hug s with ranks 1, 3, 5."""
    ug = MergeNode("ug", 1, 3, 1, leaf("u", 1), leaf("g", 2))
    hug = MergeNode("hug", 0, 3, 3, leaf("h", 0), ug)
    hugs = MergeNode("hugs", 0, 4, 5, hug, leaf("s", 3))
    steps = (
        SegmentStep(1, "u", "g", "ug", 1, (1,), ("h", "ug", "s")),
        SegmentStep(2, "h", "ug", "hug", 3, (0,), ("hug", "s")),
        SegmentStep(3, "hug", "s", "hugs", 5, (0,), ("hugs",)),
    )
    return Segmentation("hugs", False, ("h", "u", "g", "s"), steps, (hugs,), (11,))


def mug_cut() -> Segmentation:
    """mug, whose m nobody has seen."""
    ug = MergeNode("ug", 1, 3, 1, leaf("u", 1), leaf("g", 2))
    step = SegmentStep(1, "u", "g", "ug", 1, (1,), ("m", "ug"))
    return Segmentation("mug", True, ("m", "u", "g"), (step,), (leaf("m", 0, True), ug), (None, 7))


def worked_check() -> WorkedCheck:
    """Two right merges, one that is not the most frequent, one that is not judged."""
    hug = (PairCount("h", "ug", 15),)
    rows = (
        WorkedRow(
            1,
            "u",
            "g",
            20,
            20,
            "right",
            (PairCount("u", "g", 20),),
            1,
            "u + g occurs 20 times, more often than any other pair.",
        ),
        WorkedRow(
            2,
            "u",
            "n",
            None,
            16,
            "right",
            (PairCount("u", "n", 16),),
            1,
            "u + n occurs 16 times, more often than any other pair.",
        ),
        WorkedRow(
            3,
            "p",
            "un",
            12,
            12,
            "not the most frequent",
            hug,
            1,
            "p + un occurs 12 times; the most frequent is h + ug, 15 times.",
        ),
        WorkedRow(4, "<b>", "x", None, 0, "not judged", (), 0, "Step 3 …"),
    )
    return WorkedCheck(rows, 3, False, "Right up to step 2; step 3 departs.")


def tokenizer_row(
    name: str, vocab_size: int, n_tokens: int, n_unknown: int = 0, sample=("the", " cat")
) -> TokenizerRow:
    """Of a text of 100 words and 500 bytes, with vectors of 128 numbers."""
    return TokenizerRow(
        name, vocab_size, n_tokens, n_unknown, 100, 500, 128 * vocab_size, 512 * vocab_size, tuple(sample)
    )


def comparison() -> TokenizerComparison:
    rows = (
        tokenizer_row("characters", 40, 500),
        tokenizer_row("words, 300", 300, 100, 13),
        tokenizer_row("BPE, 300", 300, 250, 0, NASTY),
    )
    return TokenizerComparison(rows, 128, True, ("a note",))


def curves() -> tuple[SizeCurve, ...]:
    return (
        SizeCurve(
            "words", (tokenizer_row("words, 300", 300, 100, 13), tokenizer_row("words, 1,000", 1000, 100, 2))
        ),
        SizeCurve("BPE", (tokenizer_row("BPE, 300", 300, 250), tokenizer_row("BPE, 1,000", 1000, 125))),
        SizeCurve("Unigram", ()),
    )


def languages() -> LanguageComparison:
    english, arabic = (
        tokenizer_row("BPE", 300, 10, 0, ("The", " cat")),
        tokenizer_row("BPE", 300, 43, 2, ("مر", "حبا")),
    )
    rows = (
        LanguageRow("English", "en", "The <b>cat</b>", True, english, 1.0),
        LanguageRow("Arabic", "ar", "مرحبا", True, arabic, 4.3),
        LanguageRow("Thai", "th", "สวัสดี", False, tokenizer_row("other", 300, 5), 1.0),
    )
    return LanguageComparison(("BPE", "other"), rows, ())
