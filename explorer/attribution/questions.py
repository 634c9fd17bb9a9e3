"""What can be asked of a reading: whose words explain what, given what a model can do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from explorer.errors import InputError
from explorer.results import AttentionKind, in_order
from models.config import Attends, Capabilities


@dataclass(frozen=True)
class Question:
    """Whose words (of the stream `key`) explain the rows of the stream `query`.

    predicted: the rows are tokens that the model predicts, each from what stands before it;  else they are
    states of what it reads.
    """

    kind: AttentionKind
    query: str
    key: str
    predicted: bool

    @property
    def joins(self) -> bool:
        """Whether it goes from one stream to another."""
        return self.query != self.key

    def named(self, side_names: Mapping[str, str]) -> Question:
        """The same with the names that the streams have in a sentence."""
        return replace(self, query=side_names[self.query], key=side_names[self.key])

    @property
    def words(self) -> str:
        """Whose words are read: "of the source"."""
        if self.joins:
            return f"of the {self.key}"
        return f"of the {self.key} so far" if self.predicted else f"of the {self.key}, for itself"

    @property
    def line(self) -> str:
        """Whose words are read for what, for the head of a table."""
        if self.predicted and not self.joins:
            return f"words of the {self.key} so far, for its next token"
        return f"{self.key} words, for the tokens of the {self.query}"

    @property
    def measured(self) -> str:
        """What a word's effect is, after "how much"."""
        if not self.predicted:
            return "the encoder’s state of the token moves when another word is blanked out"
        word = f"a {self.key} word" if self.joins else f"an earlier word of the {self.key}"
        return f"log-probability of the token is lost when {word} is blanked out"

    @property
    def asked(self) -> str:
        """How the reference comes about."""
        if not self.predicted:
            return (
                "The sentence is read again without each word: how far does the encoder’s state of each "
                "other token move?"
            )
        what = "each word" if self.joins else "each word it wrote"
        return f"The model is asked again without {what}: how much less likely is each token?"


def questions(can: Capabilities) -> dict[AttentionKind, Question]:
    """By the kind of attention that goes the same way; a model that writes is asked for what it read and for
    what it has written, also without any attention, as gradients say something about both.
    """
    asked = dict(can.attention)
    if can.writes:
        asked = {
            "cross": Attends(can.writes, can.reads[0]),
            "decoder_self": Attends(can.writes, can.writes, causal=True),
        } | asked
    return {
        kind: Question(kind, asked[kind].query, asked[kind].key, asked[kind].query == can.writes)
        for kind in in_order(asked)
    }


def question_of(can: Capabilities, kind: AttentionKind) -> Question:
    """The question of that kind. Raises InputError with those that there are."""
    by_kind = questions(can)
    if kind not in by_kind:
        raise InputError(f"{kind!r} was given: pick one of {', '.join(by_kind)}.")
    return by_kind[kind]
