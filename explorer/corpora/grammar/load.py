"""Draw sentence pairs from the grammar, one by one or as a corpus.

A sentence belongs to a split by its own text: ``zlib.crc32`` of the English sentence modulo 10 puts it into
valid (0), test (1) or train (2–9). So no sentence is ever in two splits, whatever the seed, the sizes and the
target language.
"""

from __future__ import annotations

import random
import zlib
from dataclasses import dataclass, replace
from typing import ClassVar, Literal, NamedTuple

from explorer.corpora.grammar.pairs import (
    ENGLISH,
    ONLY_IN,
    PHENOMENA,
    TARGETS,
    close_question,
    pair_of,
    particle_distance,
    text_of,
)
from explorer.corpora.grammar.sentences import draw_sentence
from explorer.corpora.grammar.syntax import Clause, Token
from explorer.errors import InputError
from explorer.results import ParallelCorpus, SentencePair, Split

LANGUAGE_NAMES = {"de": "German", "fr": "French"}
ATTEMPTS = 4000  # sentences drawn to find one that satisfies the request


@dataclass(frozen=True)
class GrammarConfig:
    """What to draw from the grammar.

    src_lang: always en;
    tgt_lang: de or fr;
    n_train: sentence pairs to train on;
    n_valid: sentence pairs to validate on;
    n_test: sentence pairs for the final scores;
    seed: random seed of the data;
    min_words: fewest words in a source sentence;
    max_words: most words in a source sentence;
    phenomenon: what every sentence must show, such as separable_verb;
    distance: words between a separable verb and its particle.
    """

    side_names: ClassVar[dict[str, str]] = {"source": "source", "target": "translation"}
    has_lengths: ClassVar[bool] = False  # whether one can ask for sequences of any length

    kind: Literal["grammar"] = "grammar"
    src_lang: str = "en"
    tgt_lang: str = "de"
    n_train: int = 10_000
    n_valid: int = 500
    n_test: int = 500
    seed: int = 0
    min_words: int = 3
    max_words: int = 40
    phenomenon: str | None = None
    distance: int | None = None

    def __post_init__(self):
        if self.src_lang != "en":
            raise InputError(
                f"The grammar translates from English, not from '{self.src_lang}': set src_lang to 'en'."
            )
        for name in ("n_train", "n_valid", "n_test"):
            if getattr(self, name) < 0:
                raise InputError(f"{name} is {getattr(self, name)}: it must be 0 or more sentence pairs.")
        check_request(self.request)

    @property
    def title(self) -> str:
        """The name of this corpus in a table of runs."""
        return self.kind

    def unseen(self, n: int) -> GrammarConfig:
        """The config of `n` validation and `n` test sentences that no model of this corpus has seen."""
        return replace(self, n_train=0, n_valid=n, n_test=n)

    @property
    def request(self) -> Request:
        """What every pair of the corpus must satisfy."""
        return Request(self.tgt_lang, self.phenomenon, self.min_words, self.max_words, self.distance)


class Request(NamedTuple):
    """Which pairs are asked for; the words of a side count punctuation."""

    tgt_lang: str
    phenomenon: str | None
    min_words: int
    max_words: int
    distance: int | None


def check_request(request: Request) -> None:
    """Raise InputError for a request that the grammar cannot answer."""
    tgt_lang, phenomenon, min_words, max_words, distance = request
    if tgt_lang not in TARGETS:
        raise InputError(
            f"The grammar has no target language '{tgt_lang}': pick 'de' (German) or 'fr' (French)."
        )
    if not 3 <= min_words <= max_words <= 40:
        raise InputError(
            f"A length of {min_words} to {max_words} words is out of range: pick two numbers from 3 to 40, "
            "the smaller first."
        )
    if phenomenon is not None:
        if phenomenon not in PHENOMENA:
            raise InputError(
                f"The grammar has no phenomenon '{phenomenon}': pick one of {', '.join(PHENOMENA)}."
            )
        if ONLY_IN.get(phenomenon, tgt_lang) != tgt_lang:
            raise InputError(
                f"'{phenomenon}' exists only in {LANGUAGE_NAMES[ONLY_IN[phenomenon]]}, not in "
                f"{LANGUAGE_NAMES[tgt_lang]}: "
                "pick another phenomenon or another target language."
            )
    if distance is not None:
        if phenomenon != "separable_verb":
            raise InputError(
                "A distance can only be asked for with the phenomenon 'separable_verb': pick it, or leave "
                "the distance open."
            )
        if distance < 0 or distance > 25:
            raise InputError(f"The distance {distance} is out of range: pick a number of words from 0 to 25.")


def wished_length(rng: random.Random, min_words: int, max_words: int) -> int:
    """The number of English words to aim for: about 9 or 10 on average if the limits allow it, with a tail up
    to the upper limit.
    """
    if max_words - min_words < 6:
        return min_words + int(rng.random() * (max_words - min_words + 1))
    low = max(min_words, 4 if rng.random() < 0.9 else 3)
    length = low + int(rng.gammavariate(2.0, 2.7))
    if rng.random() < 0.02:
        length = low + int(rng.random() * (max_words - low + 1))
    if length > max_words:
        length = low + int(rng.random() * (max_words - low + 1))
    return length


def draw_clause(rng: random.Random, request: Request) -> tuple[Clause, list[Token]]:
    """An abstract sentence with its English tokens, whose number is within the requested limits."""
    _, phenomenon, min_words, max_words, distance = request
    while True:
        wanted = wished_length(rng, min_words, max_words)
        if phenomenon is not None and max_words >= 7:
            wanted = max(wanted, 6)
        if distance is not None:
            wanted = min(max_words, max(min_words, distance + 3 + int(rng.random() * 4)))
        clause = draw_sentence(rng, wanted, phenomenon)
        source = ENGLISH.sentence(clause)
        if min_words <= len(source) <= max_words:
            return clause, source


def generate_pair(
    rng: random.Random,
    tgt_lang: str,
    phenomenon: str | None = None,
    min_words: int = 3,
    max_words: int = 40,
    distance: int | None = None,
) -> SentencePair:
    """One sentence pair; both sides have `min_words` to `max_words` words, punctuation included. Raises
    InputError.
    """
    request = Request(tgt_lang, phenomenon, min_words, max_words, distance)
    check_request(request)
    for _ in range(ATTEMPTS):
        pair = translated(*draw_clause(rng, request), request)
        if pair is not None:
            return pair
    raise InputError(
        f"No sentence of {min_words} to {max_words} words shows '{phenomenon}'"
        f"{f' at distance {distance}' if distance is not None else ''}: allow more words or another distance."
    )


def translated(clause: Clause, source: list[Token], request: Request) -> SentencePair | None:
    """The pair of `clause`, whose English tokens are `source`, or None when its target does not satisfy the
    request.
    """
    target = TARGETS[request.tgt_lang].sentence(clause)
    if not request.min_words <= len(target) <= request.max_words:
        return None
    if request.distance is not None and particle_distance(target) != request.distance:
        return None
    pair = pair_of(clause, source, target, request.tgt_lang)
    return pair if request.phenomenon is None or request.phenomenon in pair.phenomena else None


def split_of(src: str) -> Split:
    """The split to which an English sentence belongs, whatever corpus it is drawn for."""
    bucket = zlib.crc32(src.encode("utf-8")) % 10
    return "valid" if bucket == 0 else "test" if bucket == 1 else "train"


def load_grammar(config: GrammarConfig) -> ParallelCorpus:
    """A corpus of distinct English sentences with their translations; the same config gives the same corpus.
    Raises InputError.
    """
    request = config.request
    rng = random.Random(config.seed)
    splits: dict[Split, list[SentencePair]] = {"train": [], "valid": [], "test": []}
    room: dict[Split, int] = {"train": config.n_train, "valid": config.n_valid, "test": config.n_test}
    seen, in_vain = set(), 0
    while any(room.values()):
        clause, source = draw_clause(rng, request)
        close_question(source, "en")
        src = text_of(source)
        split = split_of(src)
        in_vain += 1
        if room[split] and src not in seen:
            pair = translated(clause, source, request)
            if pair is not None:
                seen.add(src)
                splits[split].append(pair)
                room[split] -= 1
                in_vain = 0
        if in_vain > 20 * ATTEMPTS:
            raise InputError(
                f"The grammar has no more new sentences of {config.min_words} to {config.max_words} words"
                f"{f' with {config.phenomenon}' if config.phenomenon else ''} after {len(seen)} pairs: "
                "ask for fewer, or allow more words."
            )
    return ParallelCorpus(
        f"grammar-en-{config.tgt_lang}",
        "en",
        config.tgt_lang,
        *(tuple(splits[name]) for name in ("train", "valid", "test")),
    )
