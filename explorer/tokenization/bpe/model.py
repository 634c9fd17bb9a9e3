"""Cut words into learned subwords, merge by merge in the order learned, with the tree that this makes."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from explorer.corpora.words import word_pattern
from explorer.errors import InputError
from explorer.results import MergeNode, Segmentation, SegmentStep
from explorer.tokenization.bpe.config import BPEConfig
from explorer.tokenization.bpe.learn import Learning, shown_symbol, token_bytes
from explorer.tokenization.pieces import check_text
from explorer.tokenization.tokenizers import BPETokenizer, byte_alphabet

MAX_WORD = 10_000  # characters or bytes: the time for one word grows with the square
_CHUNK = re.compile(r"\S+")


@dataclass(frozen=True, eq=False)
class SubwordModel:
    """Subwords ready to be applied.

    tokens: the vocabulary as files write it, by id (bytes in the alphabet of GPT-2);  merges: pairs of
    tokens, the first learned first; config: how a text becomes words and symbols; `n_merges`, `min_frequency`
    and `ties` say nothing here;
    ranks: the rank of each merge where several share one, None for 1, 2, 3 …;
    byte_fallback: a character outside the vocabulary becomes tokens such as <0xC3>, one for each of its bytes
    (sentencepiece).
    """

    tokens: tuple[str, ...]
    merges: tuple[tuple[str, str], ...]
    config: BPEConfig
    ranks: tuple[int, ...] | None = None
    byte_fallback: bool = False

    @cached_property
    def ids(self) -> dict[str, int]:
        return {token: id for id, token in enumerate(self.tokens)}

    @cached_property
    def rank_of(self) -> dict[tuple[str, str], int]:
        """The rank of each merge; of one that stands twice, the first."""
        ranks = self.ranks or range(1, len(self.merges) + 1)
        return {pair: rank for pair, rank in zip(reversed(self.merges), reversed(ranks), strict=True)}

    @cached_property
    def _cache(self) -> dict[str, tuple[str, ...]]:
        return {}

    def pieces(self, text: str) -> list[str]:
        """The words of `text` as the model reads them, a space before a word with it if the model has that.

        Bytes leave nothing out: what other white space there is, is a piece of its own. Where symbols are
        characters, white space that is part of no word is left out.
        """
        check_text(text)
        config = self.config
        if config.case == "lower":
            text = text.lower()
        matches = (word_pattern() if config.split == "words" else _CHUNK).finditer
        exact = config.alphabet == "bytes"
        if not config.space_before:
            return _with_gaps(text, matches, 0) if exact else [match.group() for match in matches(text)]
        if exact:
            return _with_gaps(f" {text}", matches, 1) if text else []
        return [
            f" {match.group()}" if match.start() == 0 or text[match.start() - 1].isspace() else match.group()
            for match in matches(text)
        ]

    def start_symbols(self, piece: str) -> list[str]:
        """What `piece` begins with, as files write it. Raises InputError for a word of more than `MAX_WORD`
        symbols.
        """
        config, mark = self.config, self.config.end_of_word
        symbols = (
            [byte_alphabet()[byte] for byte in piece.encode()] if config.alphabet == "bytes" else list(piece)
        )
        if len(symbols) > MAX_WORD:
            raise InputError(
                f"The word that begins with {piece[:20]!r} has {len(symbols):,} {config.alphabet}: give "
                f"words of at most {MAX_WORD:,}."
            )
        if self.byte_fallback:
            known = self.ids
            symbols = [
                part
                for symbol in symbols
                for part in ([symbol] if symbol in known else [f"<0x{b:02X}>" for b in symbol.encode()])
            ]
        if mark and symbols:
            if config.end_mark == "symbol":
                symbols.append(mark)
            else:
                symbols[-1] += mark
        return symbols

    def tokens_of(self, piece: str) -> tuple[str, ...]:
        """The tokens of one word as files write them; remembered."""
        tokens = self._cache.get(piece)
        if tokens is None:
            symbols = self.start_symbols(piece)
            for *_, merged in _merges(self, symbols, 0.0, None):
                symbols = merged
            if len(self._cache) > 100_000:
                self._cache.clear()
            tokens = self._cache[piece] = tuple(symbols)
        return tokens

    def encode(self, text: str) -> list[int | None]:
        """The ids of all tokens of `text`, None for what is unknown (never, where symbols are bytes)."""
        return [self.ids.get(token) for piece in self.pieces(text) for token in self.tokens_of(piece)]

    def decode(self, ids: Iterable[int | None]) -> str:
        """The text of `ids`. Where symbols are bytes and `case` is "as is", exactly the text that was
        encoded; else single spaces stand where the model can tell a space, and U+FFFD for what is unknown.
        Raises InputError for an id outside the vocabulary."""
        ids = list(ids)
        wrong = next((id for id in ids if id is not None and not 0 <= id < len(self.tokens)), None)
        if wrong is not None:
            raise InputError(
                f"Token id {wrong} is outside the vocabulary: ids go from 0 to {len(self.tokens) - 1:,}."
            )
        mark = self.config.end_of_word
        if self.config.alphabet == "bytes":
            tokens = [
                self.tokens[id].removesuffix(mark) if mark else self.tokens[id]
                for id in ids
                if id is not None
            ]
            text = b"".join(map(token_bytes, tokens)).decode("utf-8", errors="replace")
            return text.removeprefix(" ") if self.config.space_before else text
        tokens = ["\ufffd" if id is None else self.tokens[id] for id in ids]
        if self.byte_fallback:
            return _joined(tokens).removeprefix(" ")
        if mark:
            return "".join(
                f"{token.removesuffix(mark)} " if token.endswith(mark) else token for token in tokens
            ).rstrip(" ")
        return "".join(tokens).removeprefix(" ") if self.config.space_before else "".join(tokens)

    def shown(self, token: str) -> str:
        """`token` as a reader should see it."""
        return shown_symbol(token, self.config)

    def is_known(self, token: str) -> bool:
        return token in self.ids


def model_of(learning: Learning, step: int | None = None) -> SubwordModel:
    """The subwords after `step` merges, or after all of them if None. Raises InputError for a step that was
    not reached.
    """
    step = learning.n_steps if step is None else step
    if not 0 <= step <= learning.n_steps:
        raise InputError(f"There is no step {step}: choose 0 to {learning.n_steps:,}.")
    made = dict.fromkeys(learning.tokens[id] for id in learning.products[1 : step + 1].tolist())
    tokens = tuple(dict.fromkeys((*learning.row.alphabet, *made)))
    return SubwordModel(tokens, learning.merges[:step], learning.config)


def segment_steps(
    model: SubwordModel, piece: str, dropout: float = 0.0, rng: random.Random | None = None
) -> Iterator[SegmentStep]:
    """Merge the symbols of one word, a rule at a time, the lowest rank first, until no rule applies.

    dropout: the probability of skipping a place at which a rule applies, in each step (BPE-dropout, Provilkov
    et al. 2020, algorithm 1): 0 is plain BPE, 1 leaves characters;  rng: needed if dropout is not 0.
    """
    _check_dropout(dropout)
    if dropout and rng is None:
        raise InputError("BPE-dropout needs random numbers: give a seed.")
    show = model.shown
    merges = _merges(model, model.start_symbols(piece), dropout, rng)
    for number, (left, right, rank, places, dropped, symbols) in enumerate(merges, 1):
        yield SegmentStep(
            number,
            show(left),
            show(right),
            show(left + right),
            rank,
            tuple(places),
            tuple(map(show, symbols)),
            tuple(dropped),
        )


def segment(model: SubwordModel, piece: str, dropout: float = 0.0, seed: int = 0) -> Segmentation:
    """One word, given as `model.pieces` gives it, with its steps and its tree."""
    return _segment(model, piece, dropout, random.Random(seed))


def segment_text(
    model: SubwordModel, text: str, dropout: float = 0.0, seed: int = 0
) -> tuple[Segmentation, ...]:
    """Every word of `text`. With dropout, a word that occurs twice may be cut in two ways; the same seed
    gives the same cuts.
    """
    rng = random.Random(seed)
    return tuple(_segment(model, piece, dropout, rng) for piece in model.pieces(text))


def _segment(model: SubwordModel, piece: str, dropout: float, rng: random.Random) -> Segmentation:
    start = model.start_symbols(piece)
    steps = tuple(segment_steps(model, piece, dropout, rng))
    nodes = [
        (symbol, MergeNode(model.shown(symbol), i, i + 1, unknown=not model.is_known(symbol)))
        for i, symbol in enumerate(start)
    ]  # (as files write it, node)
    for step in steps:
        for place in reversed(step.positions):
            (left, a), (right, b) = nodes[place : place + 2]
            merged = MergeNode(
                model.shown(left + right), a.start, b.end, step.rank, a, b, not model.is_known(left + right)
            )
            nodes[place : place + 2] = [(left + right, merged)]
    ids = tuple(model.ids.get(token) for token, _ in nodes)
    spaced = piece[:1].isspace() and not piece.isspace()
    return Segmentation(
        piece[1:] if spaced else piece,
        spaced,
        tuple(map(model.shown, start)),
        steps,
        tuple(node for _, node in nodes),
        ids,
    )


def _merges(model: SubwordModel, symbols: list[str], dropout: float, rng: random.Random | None):
    """(left, right, rank, places, places dropped, symbols after it) of each merge, as files write them; the
    algorithm.
    """
    rank_of = model.rank_of
    while True:
        able = [
            (rank, place)
            for place, pair in enumerate(zip(symbols, symbols[1:], strict=False))
            if (rank := rank_of.get(pair)) is not None
        ]
        kept = [entry for entry in able if rng.random() >= dropout] if dropout else able
        if not kept:
            return
        rank, first = min(kept)
        left, right = symbols[first], symbols[first + 1]
        places: list[int] = []
        for _, place in kept:
            if (
                symbols[place] == left
                and symbols[place + 1] == right
                and (not places or place > places[-1] + 1)
            ):
                places.append(place)
        symbols = symbols.copy()
        for place in reversed(places):
            symbols[place : place + 2] = [left + right]
        stayed = {place for _, place in kept}
        yield left, right, rank, places, [place for _, place in able if place not in stayed], symbols


def to_app_tokenizer(model: SubwordModel) -> BPETokenizer:
    """The tokenizer with which this app trains models, with the same merges. Raises InputError unless the
    model merges bytes of words of this app with the space before them, as `APP_CONFIG` does."""
    config = model.config
    needed = {"alphabet": "bytes", "space_before": True, "end_of_word": "", "case": "as is", "split": "words"}
    wrong = next((name for name, value in needed.items() if getattr(config, name) != value), None)
    if wrong is not None or model.ranks is not None:
        reason = (
            f"{wrong} is {getattr(config, wrong)!r}, not {needed[wrong]!r}"
            if wrong
            else "some merges share a rank"
        )
        raise InputError(
            f"These subwords cannot train a model of this app because {reason}: learn them over bytes, with "
            "the space before a word."
        )
    return BPETokenizer.from_json({"kind": "bpe", "merges": [list(pair) for pair in model.merges]})


def _check_dropout(dropout: float) -> None:
    if not 0 <= dropout <= 1:
        raise InputError(f"The dropout is {dropout}: give a probability from 0 to 1, such as 0.1.")


def _with_gaps(text: str, matches, skip: int) -> list[str]:
    """Words, with the one white space character before them if `skip` is 1, and all between them."""
    pieces, end = [], 0
    for match in matches(text):
        start = match.start()
        if skip and start > end:
            start -= 1
        if start > end:
            pieces.append(text[end:start])
        end = match.end()
        pieces.append(text[start:end])
    if end < len(text):
        pieces.append(text[end:])
    return pieces


def _joined(tokens: list[str]) -> str:
    """Text of tokens of which some are single bytes, <0xC3>."""
    parts = (
        bytes([int(token[3:5], 16)]) if re.fullmatch(r"<0x[0-9A-F]{2}>", token) else token.encode()
        for token in tokens
    )
    return b"".join(parts).decode("utf-8", errors="replace")
