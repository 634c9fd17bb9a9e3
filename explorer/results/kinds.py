"""What each kind of attention is called: the one table of their names.

Which sides a kind joins, and whether it may look ahead, is known by the maps themselves (`AttentionMap`) and
by the model (`models.config.Capabilities`); a kind that is not in the table still has names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated

ATTENTION_KINDS = ("encoder_self", "decoder_self", "cross")  # as a pass meets them
# any name that a model gives; in files that are read back, one of those that are known
AttentionKind = Annotated[str, ATTENTION_KINDS]
HeadId = tuple[AttentionKind, int, int]  # (kind, layer, head): one head of a model
LayerHead = tuple[int, int]  # (layer, head): one head among those of a kind


@dataclass(frozen=True)
class KindNames:
    """technical: the field's term;  short: the same where there is little room;  title: a sentence in which
    {query} and {key} stand for the names of the sides;  meaning: what such an attention is for.
    """

    technical: str
    short: str
    title: str
    meaning: str

    @property
    def name(self) -> str:
        """The technical term at the beginning of a line."""
        return self.technical[0].upper() + self.technical[1:]

    def title_of(self, query: str, key: str) -> str:
        """The title for sides of these names: "Translation looks at source"."""
        title = self.title.format(query=query, key=key)
        return title[0].upper() + title[1:]


KINDS: Mapping[AttentionKind, KindNames] = {
    "cross": KindNames(
        "cross-attention",
        "cross",
        "{query} looks at {key}",
        "Before it writes a token, the decoder looks at everything that the encoder has read.",
    ),
    "encoder_self": KindNames(
        "encoder self-attention",
        "encoder self",
        "{query} looks at {key}",
        "Every token that is read looks at all others, those after it too.",
    ),
    "decoder_self": KindNames(
        "decoder self-attention",
        "decoder self",
        "{query} looks at itself",
        "While it predicts a token, the decoder looks at what it has written so far.",
    ),
}


def names_of(kind: AttentionKind) -> KindNames:
    """The names of a kind, also of one that is not in the table."""
    words = kind.replace("_", " ")
    plain = KindNames(
        f"{words} attention", words, "{query} looks at {key}", "Each row looks at the columns of its picture."
    )
    return KINDS.get(kind, plain)


def in_order(kinds: Iterable[AttentionKind], order: Iterable[AttentionKind] = ATTENTION_KINDS) -> list[str]:
    """Each kind once: first those of `order` in its order, then the others as they come."""
    given = list(dict.fromkeys(kinds))
    known = [kind for kind in order if kind in given]
    return known + [kind for kind in given if kind not in known]
