"""The one table of head roles: what each is called and looks like, and when a head has it.

A role is counted by the metric of the same key in `explorer.heads.roles.metrics.registry`. All else that
tells one role from another stands here, so that nothing outside this file compares a role with its key.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np

Direction = Literal["to_head", "to_dependent"]
DIRECTIONS: dict[str, str] = {"to_head": "dependent → head", "to_dependent": "head → dependent"}
ALL_RELATIONS = "all"  # in a question: every dependency relation together
COMMON = 500  # the most frequent tokens; a rare one is not among them
BEYOND = f":beyond_{COMMON}"

POSITIONAL_SHARE = 0.9
POINTS = RELATIVE = 0.1  # by how much a score exceeds another: ten points, or a tenth of it


# -------------------------------------------------------------------------------------------- what a role is


@dataclass(frozen=True)
class Score:
    """The score of a head on one question beside what it is held against, all from 0 to 1.

    Numbers, or arrays that are read element by element. low: the lower end of the 95 % interval;  baseline:
    of a rule that looks at no weights;  control_best: of the best head with random weights;  of_all: the
    score with all rows in the denominator, None where the metric has one denominator only.
    """

    value: Any
    low: Any
    baseline: Any
    control_best: Any
    of_all: Any = None

    def above(self, line: Any) -> Any:
        """At least ten points above a line, the interval too: with few rows ten points are soon luck."""
        return (np.asarray(self.value) >= np.asarray(line) + POINTS) & (np.asarray(self.low) > line)


@dataclass(frozen=True)
class Condition:
    """One reading of what makes a role, in words and as a test of a `Score`."""

    text: str
    holds: Callable[[Score], Any]


@dataclass(frozen=True)
class RoleCurve:
    """How a role is drawn over a training run.

    unit: the score itself, its gain over the baseline, or 1 − score, which `error` names;  title, note: of
    the panel;  line: where a head takes the role in this unit, None for the place of the baseline.
    """

    unit: Literal["share", "gain", "error"]
    title: str
    note: str
    line: float | None = POINTS
    error: str = "error"


@dataclass(frozen=True)
class TooFew:
    """How a report names the questions of a role that too few rows could answer.

    what: the questions;  never: why there is no row at all;  causal: what to add where no row sees a later
    key.
    """

    what: str
    never: str
    causal: str = ""


@dataclass(frozen=True)
class HeadRole:
    """One thing that a head may be said to do.

    key: in files and addresses, and of its metric;  name: on the screen;  rule: what makes the role, with its
    source.
    mark: in text;  symbol: the same mark in Plotly;  hue: number of its colour among a theme's `line_colors`.
    questions: a pattern of those of its metric that give the role;  label, short_label: such a question in
    words, in full and for a small cell.
    conditions: the first decides who has the role, the others show whether one could see it otherwise;
    beats_rules: a head is held against the best rule that looks at no weights, and its questions are chosen
    by the gain over it. Otherwise such a rule is the role itself: a head is held against equal weights and
    its questions are chosen by the score.
    max_evidence: questions that a report keeps for a head, strongest first;  in_training: also asked while a
    model trains;  too_few: None where it need not be said.
    """

    key: str
    name: str
    rule: str
    mark: str
    symbol: str
    hue: int
    questions: str
    label: Callable[[str], str]
    short_label: Callable[[str], str]
    conditions: tuple[Condition, ...]
    curve: RoleCurve
    beats_rules: bool = True
    max_evidence: int = 2
    in_training: bool = True
    too_few: TooFew | None = None

    def asks(self, question: str) -> bool:
        """Whether the answer to this question can give the role."""
        return re.fullmatch(self.questions, question) is not None

    def holds(self, score: Score) -> Any:
        """Whether the deciding condition is met, element by element."""
        return self.conditions[0].holds(score)

    def strength(self, value: Any, baseline: Any) -> Any:
        """How strongly a score speaks for the role, which chooses among its questions."""
        return value - baseline if self.beats_rules else value


ABOVE_RANDOM = Condition(
    "at least 10 points above the baseline and above every head with random weights",
    lambda score: score.above(score.baseline) & score.above(score.control_best),
)
POINTS_ABOVE = Condition("at least 10 points above the baseline", lambda score: score.above(score.baseline))
RELATIVE_ABOVE = Condition(
    "at least 10 % above the baseline",
    lambda score: (score.value >= score.baseline * (1 + RELATIVE)) & (score.low > score.baseline),
)


# ----------------------------------------------------------------------------------------------- the roles


def offset_label(offset: int) -> str:
    """A relative position in words: "offset −1"."""
    return f"offset {'−' if offset < 0 else '+' if offset else ''}{abs(offset)}"


def offset_of(question: str) -> int | None:
    """The relative position that a question asks about, None for another kind of question."""
    return int(question.removeprefix("offset:")) if POSITIONAL.asks(question) else None


def _position(question: str) -> str:
    return offset_label(int(question.removeprefix("offset:")))


POSITIONAL = HeadRole(
    key="positional",
    name="positional",
    rule="At least 90 % of the maxima fall on one relative position: of the tokens that have this position, "
    "or of all tokens (Voita et al. 2019, section 5.1).",
    mark="◆",
    symbol="diamond",
    hue=0,
    questions=r"offset:-?[0-9]{1,4}",
    label=_position,
    short_label=_position,
    conditions=(
        Condition(
            "at least 90 % of the tokens that have this position",
            lambda score: np.asarray(score.value) >= POSITIONAL_SHARE,
        ),
        Condition("at least 90 % of all tokens", lambda score: np.asarray(score.of_all) >= POSITIONAL_SHARE),
    ),
    curve=RoleCurve("share", "Positional", "share of maxima at the head's own offset", POSITIONAL_SHARE),
    beats_rules=False,
    max_evidence=1,
)


def _relation_and_direction(question: str) -> tuple[str, str]:
    relation, _, direction = question.rpartition(":")
    return "all relations" if relation == ALL_RELATIONS else relation, direction


def _relation(question: str) -> str:
    name, direction = _relation_and_direction(question)
    return f"{name}, {DIRECTIONS[direction]}"


def _short_relation(question: str) -> str:
    name, direction = _relation_and_direction(question)
    return f"{name} → {'head' if direction == 'to_head' else 'dependent'}"


# That a rule is beaten would alone make syntacticians of heads that never learned anything: random weights
# happen to prefer some frequent word, say *und*, and find all that depends on it well above a low baseline.
# Hence the comparison with random weights too.
SYNTACTIC = HeadRole(
    key="syntactic",
    name="syntactic",
    rule="For one dependency relation and direction, the maximum falls on the partner more often than the "
    "best rule that looks at no content, such as always one word to the left. Voita et al. 2019, section "
    "5.2, ask for 10 % more, which can mean ten points or a tenth; here the deciding reading asks for ten "
    "points, and as many above the best head with random weights. Pieces are joined to words as in Clark et "
    "al. 2019, section 4.1.",
    mark="●",
    symbol="circle",
    hue=1,
    questions=r"(?s).+:(to_head|to_dependent)",
    label=_relation,
    short_label=_short_relation,
    conditions=(ABOVE_RANDOM, POINTS_ABOVE, RELATIVE_ABOVE),
    curve=RoleCurve("gain", "Syntactic", "accuracy at its best relation minus a fixed offset's, points"),
    max_evidence=4,
    too_few=TooFew("relations, by direction", "never occur", " with the partner before the word"),
)


def _rarest(question: str) -> str:
    one = question.startswith("rarest:1")
    which = "the least frequent token" if one else "one of the two least frequent tokens"
    beyond = f", in sentences with a token beyond the {COMMON} most frequent"
    return which + (beyond if question.endswith(BEYOND) else "")


def _short_rarest(question: str) -> str:
    which = "the rarest" if question.startswith("rarest:1") else "two rarest"
    return which + (f", {COMMON}+" if question.endswith(BEYOND) else "")


RARE_TOKEN = HeadRole(
    key="rare_token",
    name="rare token",
    rule="The maximum falls on the least frequent token of the sentence, or on one of the two least "
    "frequent, ten points more often than the best rule that looks at no content and than every head with "
    "random weights (Voita et al. 2019, section 5.3, draw no line).",
    mark="▲",
    symbol="triangle-up",
    hue=3,
    questions=rf"rarest:[12]({BEYOND})?",
    label=_rarest,
    short_label=_short_rarest,
    conditions=(ABOVE_RANDOM, Condition("more than half of the maxima", lambda score: score.value > 0.5)),
    curve=RoleCurve("gain", "Rare tokens", "share of maxima on rare tokens minus a fixed offset's, points"),
    in_training=False,  # it needs the counts of a corpus, which a run does not take
    too_few=TooFew("questions about rare tokens", "no sentence has such a token"),
)
ALIGNMENT = HeadRole(
    key="alignment",
    name="alignment",
    rule="1 − AER against gold links: the alignment error rate, pooled over the corpus (Och & Ney 2003), by "
    "the same readings as for syntactic heads. A row is read as the word that comes out or as the word that "
    "goes in (Kobayashi et al. 2020; Chen et al. 2020).",
    mark="■",
    symbol="square",
    hue=2,
    questions=r"aligned:(output|input)",
    label=lambda question: f"linked word, row read as {question.removeprefix('aligned:')}",
    short_label=lambda question: f"read as {question.removeprefix('aligned:')}",
    conditions=(ABOVE_RANDOM, POINTS_ABOVE, RELATIVE_ABOVE),
    curve=RoleCurve(
        "error", "Alignment error", "AER of the head's maxima, lower is better", line=None, error="AER"
    ),
)

HEAD_ROLES: dict[str, HeadRole] = {  # in the order in which they are shown
    role.key: role for role in (POSITIONAL, SYNTACTIC, RARE_TOKEN, ALIGNMENT)
}
RoleKey = Annotated[str, HEAD_ROLES]  # in files that are read back, one of those that are known
