"""Sequence tasks whose answer and alignment are known: shift, copy, reverse and sort numbers."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from explorer.errors import InputError
from explorer.results import Alignment, ParallelCorpus, SentencePair

MAX_VOCABULARY, MAX_LENGTH = 1_000_000, 1000
TaskName = Literal["shift", "copy", "reverse", "sort"]
TASKS: dict[str, str] = {
    "shift": "each number moves one place to the left, and 0 is appended",
    "copy": "the same numbers in the same order",
    "reverse": "the last number first",
    "sort": "the smallest number first; equal numbers keep their order",
}


@dataclass(frozen=True)
class TaskConfig:
    """A sequence task, whose data are drawn.

    task: what to do with the numbers;
    vocabulary: numbers run from 0 to vocabulary − 1;
    length: numbers in each sequence;
    shortest: if not 0, each sequence has a random length from this to `length`;
    n_train: sequences to train on;
    n_valid: sequences to validate on;
    n_test: sequences for the final scores;
    seed: random seed of the sequences.
    """

    side_names: ClassVar[dict[str, str]] = {"source": "source", "target": "output"}
    has_lengths: ClassVar[bool] = True  # whether one can ask for sequences of any length

    kind: Literal["task"] = "task"
    task: TaskName = "shift"
    vocabulary: int = 100
    length: int = 20
    n_train: int = 20_000
    n_valid: int = 500
    n_test: int = 1000
    seed: int = 1
    shortest: int = 0

    @property
    def title(self) -> str:
        """The name of this corpus in a table of runs."""
        return self.task

    def unseen(self, n: int) -> TaskConfig:
        """The config of `n` validation and `n` test sequences that no model of this corpus has seen."""
        return replace(self, n_train=0, n_valid=n, n_test=n)

    def of_length(self, length: int, n: int, seed: int) -> TaskConfig:
        """`n` test sequences of one length."""
        return replace(self, length=length, shortest=0, n_train=0, n_valid=0, n_test=n, seed=seed)

    def __post_init__(self):
        if self.task not in TASKS:
            raise InputError(f"There is no task {self.task!r}: choose one of {', '.join(TASKS)}.")
        for name, least, most in (("vocabulary", 2, MAX_VOCABULARY), ("length", 1, MAX_LENGTH)):
            if not least <= getattr(self, name) <= most:
                raise InputError(f"{name} is {getattr(self, name):,}: a task needs {least} to {most:,}.")
        if not 0 <= self.shortest <= self.length:
            raise InputError(
                f"shortest is {self.shortest:,}: give 1 to length, which is {self.length:,}, or 0 for one "
                "length only."
            )
        if min(self.n_train, self.n_valid, self.n_test) < 0 or self.n_train + self.n_valid + self.n_test < 1:
            raise InputError(
                "A task needs at least one sequence, and no split can be negative: set n_train, n_valid and "
                "n_test."
            )
        n_there = sum(self.vocabulary**n for n in range(self.shortest or self.length, self.length + 1))
        if self.n_train + self.n_valid + self.n_test > n_there:
            raise InputError(
                f"n_train, n_valid and n_test ask for more than the {n_there:,} different sequences that "
                "there are: ask for fewer, or for "
                "a greater length."
            )


def load_task(config: TaskConfig) -> ParallelCorpus:
    """Random sequences, all different, so that no source is in two splits; numbers are words with a space
    between them.
    """
    rng = random.Random(config.seed)
    n_total = config.n_train + config.n_valid + config.n_test
    sequences: dict[tuple[int, ...], None] = {}  # in the order drawn
    while len(sequences) < n_total:
        length = rng.randint(config.shortest, config.length) if config.shortest else config.length
        sequences[tuple(rng.randrange(config.vocabulary) for _ in range(length))] = None
    pairs = tuple(task_pair(config.task, sequence) for sequence in sequences)
    ends = config.n_train, config.n_train + config.n_valid
    return ParallelCorpus(
        f"{config.task} task",
        "numbers",
        "numbers",
        pairs[: ends[0]],
        pairs[ends[0] : ends[1]],
        pairs[ends[1] :],
    )


def task_pair(task: TaskName, numbers: tuple[int, ...]) -> SentencePair:
    """A sequence with its answer and links.

    >>> task_pair("shift", (5, 7, 9)).tgt
    '7 9 0'
    """
    sources = source_positions(task, numbers)
    answer = [0 if source is None else numbers[source] for source in sources]
    sure = frozenset((source, n) for n, source in enumerate(sources) if source is not None)
    possible = sure
    if task == "sort":  # an equal number elsewhere is as good a place to look
        possible = frozenset(
            (i, n) for n, value in enumerate(answer) for i, number in enumerate(numbers) if number == value
        )
    return SentencePair(" ".join(map(str, numbers)), " ".join(map(str, answer)), Alignment(sure, possible))


def source_positions(task: TaskName, numbers: tuple[int, ...]) -> list[int | None]:
    """For each number of the answer, its position in the source; None for the 0 that shift appends."""
    places = range(len(numbers))
    match task:
        case "shift":
            return [*places[1:], None]
        case "copy":
            return [*places]
        case "reverse":
            return [*reversed(places)]
        case "sort":
            return sorted(places, key=lambda place: numbers[place])
    raise InputError(f"There is no task {task!r}: choose one of {', '.join(TASKS)}.")
