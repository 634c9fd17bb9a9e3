"""The pages of the app in the order of the menu; a new page is one module and one line here."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from explorer.pages.attention import translate_align
from explorer.pages.bleu import bleu
from explorer.pages.experiments import experiments
from explorer.pages.heads import heads, roles
from explorer.pages.search import beam_search
from explorer.pages.subwords import subwords
from explorer.pages.training import over_training, train


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
