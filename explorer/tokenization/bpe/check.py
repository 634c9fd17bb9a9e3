"""Check merges worked out by hand, each on the corpus that the merges before it produced."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from explorer.errors import InputError
from explorer.results import MAX_TIES, PairCount, Verdict, WorkedCheck, WorkedRow
from explorer.tokenization.bpe.config import BPEConfig
from explorer.tokenization.bpe.learn import MASK, SHIFT, Learner
from explorer.tokenization.bpe.words import WordCounts

MAX_WORKED = 200
_NUMBER = re.compile(r"^\s*\d+[.)]\s+")
_COUNT = re.compile(r"[\s:=(,]+(\d{1,12})\s*\)?\s*$")
_ARROW = re.compile(r"→|->|=>")
_SPACES = str.maketrans({"␣": " ", "▁": " ", "Ġ": " "})
_MARKS = ("</w>", "⟨w⟩", "<w>", "⟨/w⟩", "_", "·")


class Worked(NamedTuple):
    """One merge as a learner wrote it; count: None if not given."""

    left: str
    right: str
    count: int | None = None


def read_worked(text: str) -> tuple[Worked, ...]:
    """A learner's merges, one per line: ``u g 20``, ``u + g → ug (20)``, ``(u, g) 20``, ``u-g: 20``; the
    count is optional, and a space that belongs to a symbol is written ␣. Raises InputError for a line that is
    not a merge.

    >>> read_worked("1. u + g → ug (20)\\nh ug")
    (Worked(left='u', right='g', count=20), Worked(left='h', right='ug', count=None))
    """
    rows = []
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            rows.append(_read_line(line, number))
        if len(rows) > MAX_WORKED:
            raise InputError(f"More than {MAX_WORKED} merges were given: give the first {MAX_WORKED}.")
    if not rows:
        raise InputError("There are no merges: write one per line, such as u g 20.")
    return tuple(rows)


def _read_line(line: str, number: int) -> Worked:
    for body in dict.fromkeys((_NUMBER.sub("", line), line)):
        match = _COUNT.search(body)
        for rest, count in ((body[: match.start()], int(match[1])) if match else (None, None), (body, None)):
            if rest is None:
                continue
            before, *after = _ARROW.split(rest, maxsplit=1)
            pair = _pair(before)
            if pair is None or not all(pair):
                continue
            if after and after[0].strip(" ()") != "".join(pair):
                raise InputError(
                    f"Line {number} merges {pair[0]!r} and {pair[1]!r} into {after[0].strip()[:40]!r}, but "
                    f"together they are {''.join(pair)!r}: correct the line."
                )
            return Worked(*pair, count)
    raise InputError(
        f"Line {number} is {line.strip()[:60]!r}: expected two symbols and how often they occur together, "
        "such as u g 20."
    )


def _pair(text: str) -> tuple[str, str] | None:
    parts = text.strip().strip("()").split()
    if len(parts) == 3 and parts[1] in ("+", "-", ",", "·", "|"):
        return parts[0], parts[2]
    if len(parts) == 2:
        return (parts[0].removesuffix(",") or parts[0], parts[1])
    if len(parts) == 1:
        for mark in ("+", ",", "-"):
            left, found, right = parts[0].partition(mark)
            if found and left and right:
                return left, right
    return None


def check_worked(words: WordCounts, config: BPEConfig, worked: Sequence[Worked]) -> WorkedCheck:
    """Each merge of `worked` against byte-pair encoding of `words`.

    A pair as frequent as the winner is equally right, whatever the tie rule of `config` says, and later steps
    are judged from the learner's choice; so are those after a wrong merge, if its pair exists at all. A count
    is compared with the corpus at that step.
    """
    learner = Learner(words, config)
    rows: list[WorkedRow] = []
    missing = None
    for step, entry in enumerate(worked, 1):
        if missing is not None:
            why = f"Step {missing} merges a pair that is not in the corpus, so this step cannot be judged."
            rows.append(WorkedRow(step, entry.left, entry.right, entry.count, 0, "not judged", (), 0, why))
            continue
        row, pair = _judge(learner, step, entry)
        rows.append(row)
        if pair is None:
            missing = step
        else:
            learner.merge(pair)
    departs_at = next((row.step for row in rows if not row.accepted), None)
    is_complete = missing is None and (len(rows) >= config.n_merges or learner.queue.best() is None)
    return WorkedCheck(tuple(rows), departs_at, is_complete, _summary(rows, departs_at, is_complete))


def _judge(learner: Learner, step: int, entry: Worked) -> tuple[WorkedRow, int | None]:
    """The verdict, and the pair to continue with."""
    best = learner.queue.winners()
    named = tuple(_count_of(learner, pair) for pair in best[:MAX_TIES])
    left, right = (_symbol(learner, text) for text in (entry.left, entry.right))
    pair = None if left is None or right is None else left << SHIFT | right
    count = 0 if pair is None else learner.count.get(pair, 0)
    verdict, why = _verdict(learner, entry, pair, count, best, named)
    row = WorkedRow(step, entry.left, entry.right, entry.count, count, verdict, named, len(best), why)
    return row, pair if count else None


def _verdict(
    learner: Learner, entry: Worked, pair: int | None, count: int, best: list[int], named: Sequence[PairCount]
) -> tuple[Verdict, str]:
    merge = f"{entry.left} + {entry.right}"
    most = f"{_listed(named, len(best))}, {_times(named[0].count)}" if named else "none is frequent enough"
    if not count:
        return (
            "no such pair",
            f"{merge} does not occur anywhere in the corpus at this step; the most frequent pair is {most}.",
        )
    wrong = "" if entry.count in (None, count) else f" It occurs {_times(count)}, not {entry.count:,}."
    if pair in best:
        if wrong:
            return "wrong count", f"{merge} is the right pair.{wrong}"
        if len(best) == 1:
            return "right", f"{merge} occurs {_times(count)}, more often than any other pair."
        others = f"{len(best):,} pairs occur {_times(count)}"
        if pair == best[0]:
            return "right", f"{others}, and {merge} is the one that the rule for ties takes."
        return (
            "tie",
            f"{others}: {merge} is as right as {named[0].left} + {named[0].right}, which the rule for ties "
            "takes.",
        )
    config = learner.config
    if count < config.min_frequency:
        return (
            "too rare",
            f"{merge} occurs {_times(count)}, and a pair must occur at least {config.min_frequency:,} times "
            f"to be merged: {_stop_or(most, best)}.{wrong}",
        )
    if best and count > named[0].count or not best:
        return (
            "too long",
            f"The token would have more than {config.max_token} {config.alphabet}: "
            f"{_stop_or(most, best)}.{wrong}",
        )
    return (
        "not the most frequent",
        f"{merge} occurs {_times(count)}; the most frequent is "
        f"{most}.{wrong if entry.count is not None else ''}",
    )


def _stop_or(most: str, best: list[int]) -> str:
    return f"the most frequent pair is {most}" if best else "learning has ended"


def _listed(named: Sequence[PairCount], n: int) -> str:
    shown = [f"{pair.left} + {pair.right}" for pair in named[:3]]
    rest = n - len(shown)
    return ", ".join(shown) + (f" and {rest:,} more" if rest else "")


def _count_of(learner: Learner, pair: int) -> PairCount:
    return PairCount(learner.shown[pair >> SHIFT], learner.shown[pair & MASK], learner.count[pair])


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def _symbol(learner: Learner, text: str) -> int | None:
    """The id of a symbol as a learner may write it: as it is shown, with ␣ for a space, in any case if case
    does not count, with or without the mark.
    """
    mark = learner.config.end_of_word
    ways = [text, text.translate(_SPACES)]
    if mark:
        ways += [way.removesuffix(other) + mark for way in ways for other in _MARKS if way.endswith(other)]
    if learner.config.case == "lower":
        ways += [
            (way.removesuffix(mark).lower() + mark) if mark and way.endswith(mark) else way.lower()
            for way in ways
        ]
    ids = {shown: id for id, shown in reversed(list(enumerate(learner.shown)))}
    return next((ids[way] for way in ways if way in ids), None)


def _summary(rows: Sequence[WorkedRow], departs_at: int | None, is_complete: bool) -> str:
    n = len(rows)
    merges = "The one merge is" if n == 1 else f"All {n} merges are"
    if departs_at is None:
        ties = [row.step for row in rows if row.verdict == "tie"]
        taken = f", with a tie broken differently at step {', '.join(map(str, ties))}" if ties else ""
        return f"{merges} right{taken}" + ("." if is_complete else "; more merges could follow.")
    row = rows[departs_at - 1]
    start = (
        "The first merge departs from the algorithm"
        if departs_at == 1
        else f"Right up to step {departs_at - 1}; step {departs_at} departs"
    )
    return f"{start}: {row.why}"
