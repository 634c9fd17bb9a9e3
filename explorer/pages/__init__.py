"""Which pages are there? `PAGES` in the order of the menu; a new page is one module and one line here."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from explorer.pages import (
    beam_search,
    bleu,
    experiments,
    heads,
    over_training,
    roles,
    subwords,
    train,
    translate_align,
)


class PageEntry(NamedTuple):
    """A page of the menu. icon: an emoji, as a Material icon would be fetched from a public host; path: its
    part of the address.
    """

    title: str
    icon: str
    path: str
    run: Callable[[], None]


PAGES = (
    PageEntry("Translate and align", "🔎", "translate-align", translate_align.run),
    PageEntry("Heads", "🧩", "heads", heads.run),
    PageEntry("Head roles", "🏷️", "head-roles", roles.run),
    PageEntry("Subwords", "✂️", "subwords", subwords.run),
    PageEntry("Beam search", "🌳", "beam-search", beam_search.run),
    PageEntry("BLEU", "📏", "bleu", bleu.run),
    PageEntry("Train", "🏋️", "train", train.run),
    PageEntry("Over training", "🎞️", "over-training", over_training.run),
    PageEntry("Experiments", "🧪", "experiments", experiments.run),
)
