"""Word, character and byte-level BPE tokenizers; every token knows which word it belongs to.

All three have the four special tokens first (`SpecialIds`) and know the rest of their vocabulary only as a
list of strings, saved as JSON.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from functools import cache

from explorer.corpora.words import split_words, word_pattern
from explorer.errors import InputError
from explorer.results import BOS, EOS, PAD, SPECIAL_TOKENS, UNK, Encoding
from explorer.tokenization.pieces import Piece, check_text, shown, shown_bytes, split_pieces

N_SPECIAL = len(SPECIAL_TOKENS)
PAD_ID, UNK_ID, BOS_ID, EOS_ID = (SPECIAL_TOKENS.index(token) for token in (PAD, UNK, BOS, EOS))
MAX_VOCAB = 1_000_000
MAX_TOKEN_BYTES = 64  # of a BPE token: bounds what a repeated web address, or a damaged file, can do
_MAX_CACHED = 100_000  # pieces whose tokens are remembered


class SpecialIds:
    """The ids of the special tokens, which come first in every vocabulary of this app."""

    pad_id: int | None = PAD_ID
    unk_id: int | None = UNK_ID
    bos_id: int | None = BOS_ID
    eos_id: int | None = EOS_ID

    @property
    def special_ids(self) -> frozenset[int]:
        """The ids that stand for no text: all of those above that there are."""
        ids = (self.pad_id, self.unk_id, self.bos_id, self.eos_id)
        return frozenset(id for id in ids if id is not None)

    def is_special(self, id: int) -> bool:
        """Whether `id` stands for no text of its own; the unknown token counts, too."""
        return id in (self.pad_id, self.unk_id, self.bos_id, self.eos_id)


class WordTokenizer(SpecialIds):
    """Words of `explorer.corpora.words`, with or without a space before them.

    An entry of the vocabulary is ``" word"`` or ``"word"``. The first word of a text counts as having a space
    before it, so ``Tom`` is one entry wherever it stands, and `decode` takes that space away again. White
    space of any kind and length counts as one space. A word known only with a space is used where it has
    none, and the other way round, before it counts as unknown.
    """

    kind = "word"

    def __init__(self, entries: Iterable[str]):
        self.entries = tuple(entries)
        self._ids = {entry: id for id, entry in enumerate(self.entries, N_SPECIAL)}

    @classmethod
    def train(cls, texts: Iterable[str], *, vocab_size: int, min_count: int = 1) -> WordTokenizer:
        """The most frequent words; ties in alphabetical order."""
        counts = Counter(piece for text in texts for piece in _word_entries(check_text(text)))
        return cls(_most_frequent(counts, vocab_size, min_count))

    @property
    def vocab_size(self) -> int:
        return N_SPECIAL + len(self.entries)

    def encode(self, text: str) -> Encoding:
        """One token for each word. Text of white space alone is one unknown token without a word."""
        entries = _word_entries(check_text(text))
        if not entries:
            return Encoding((UNK_ID,), (text,), (None,), ()) if text else Encoding((), (), (), ())
        words = tuple(entry.removeprefix(" ") for entry in entries)
        return Encoding(tuple(map(self._id, entries)), words, tuple(range(len(words))), words)

    def _id(self, entry: str) -> int:
        ids = self._ids
        return ids.get(entry) or ids.get(entry[1:] if entry[0] == " " else f" {entry}", UNK_ID)

    def surfaces(self, text: str) -> tuple[str, ...]:
        """Each word with all white space before it; the last one also with what follows it."""
        ends = [match.end() for match in word_pattern().finditer(check_text(text))]
        if not ends:
            return (text,) if text else ()
        ends[-1] = len(text)
        return tuple(text[start:end] for start, end in zip([0, *ends[:-1]], ends, strict=True))

    def decode(self, ids: Iterable[int]) -> str:
        """The text; exact where all words are known and white space is single spaces. Unknown words are
        ``<unk>``.
        """
        return "".join(self._entry(id) for id in ids).removeprefix(" ")

    def _entry(self, id: int) -> str:
        if _check_id(id, self.vocab_size) < N_SPECIAL:
            return f" {UNK}" if id == UNK_ID else ""
        return self.entries[id - N_SPECIAL]

    def token(self, id: int) -> str:
        return (
            SPECIAL_TOKENS[id]
            if _check_id(id, self.vocab_size) < N_SPECIAL
            else shown(self.entries[id - N_SPECIAL])
        )

    def to_json(self) -> dict:
        return {"kind": self.kind, "entries": list(self.entries)}

    @classmethod
    def from_json(cls, data: dict) -> WordTokenizer:
        def is_entry(entry: str) -> bool:
            word = entry.removeprefix(" ")
            return word != "" and not any(char.isspace() for char in word)

        return cls(_checked_strings(data, cls.kind, "entries", is_entry))


class CharTokenizer(SpecialIds):
    """One token for each character (Unicode code point), spaces too; white space is part of no word."""

    kind = "char"

    def __init__(self, chars: Iterable[str]):
        self.chars = tuple(chars)
        self._ids = {char: id for id, char in enumerate(self.chars, N_SPECIAL)}

    @classmethod
    def train(cls, texts: Iterable[str], *, vocab_size: int, min_count: int = 1) -> CharTokenizer:
        """The most frequent characters; ties in the order of their code points."""
        counts = Counter()
        for text in texts:
            counts.update(check_text(text))
        return cls(_most_frequent(counts, vocab_size, min_count))

    @property
    def vocab_size(self) -> int:
        return N_SPECIAL + len(self.chars)

    def encode(self, text: str) -> Encoding:
        word_ids: list[int | None] = []
        words = []
        for match in word_pattern().finditer(check_text(text)):
            word_ids += [None] * (match.start() - len(word_ids))
            word_ids += [len(words)] * len(match.group())
            words.append(match.group())
        word_ids += [None] * (len(text) - len(word_ids))
        return Encoding(
            tuple(self._ids.get(char, UNK_ID) for char in text), tuple(text), tuple(word_ids), tuple(words)
        )

    def surfaces(self, text: str) -> tuple[str, ...]:
        return tuple(check_text(text))

    def decode(self, ids: Iterable[int]) -> str:
        """The text; exact where all characters are known. Unknown ones are U+FFFD."""
        return "".join(self._char(id) for id in ids)

    def _char(self, id: int) -> str:
        if _check_id(id, self.vocab_size) < N_SPECIAL:
            return "\ufffd" if id == UNK_ID else ""
        return self.chars[id - N_SPECIAL]

    def token(self, id: int) -> str:
        return (
            SPECIAL_TOKENS[id] if _check_id(id, self.vocab_size) < N_SPECIAL else self.chars[id - N_SPECIAL]
        )

    def to_json(self) -> dict:
        return {"kind": self.kind, "chars": list(self.chars)}

    @classmethod
    def from_json(cls, data: dict) -> CharTokenizer:
        return cls(_checked_strings(data, cls.kind, "chars", lambda char: len(char) == 1))


class BPETokenizer(SpecialIds):
    """Byte-pair encoding of UTF-8 bytes within words (Sennrich et al. 2016; byte level as in GPT-2), merged
    by the `tokenizers` library.

    A word is merged together with the space before it; the first word of a text is read as if a space stood
    before it, and `decode` takes that space away again. Every byte is in the vocabulary, so nothing is
    unknown and any text comes back exactly.
    """

    kind = "bpe"

    def __init__(self, merges: Iterable[tuple[str, str]]):
        """merges: pairs of tokens in the order of their priority, in the byte alphabet of `byte_alphabet`."""
        self.merges = tuple(merges)
        vocab = {char: id for id, char in enumerate(sorted(byte_alphabet().values()))}
        for left, right in self.merges:
            vocab.setdefault(left + right, len(vocab))  # two merges may make one token
        bytes_of = {char: byte for byte, char in byte_alphabet().items()}
        self._bytes = tuple(bytes(bytes_of[char] for char in token) for token in vocab)
        self._library = _library_tokenizer(vocab, self.merges)
        self._cache: dict[str, tuple[int, ...]] = {}

    @classmethod
    def train(cls, texts: Iterable[str], *, vocab_size: int, min_count: int = 1) -> BPETokenizer:
        """Merges the most frequent pair until the vocabulary is full or no pair is seen `min_count` times."""
        from tokenizers import trainers

        n_merges = vocab_size - N_SPECIAL - 256
        if n_merges < 0 or vocab_size > MAX_VOCAB:
            raise InputError(
                f"A BPE vocabulary cannot have {vocab_size} tokens: choose 260 (4 special tokens and 256 "
                f"bytes) to {MAX_VOCAB}."
            )
        if n_merges == 0:
            return cls(())
        library = _library_tokenizer({}, ())
        trainer = trainers.BpeTrainer(
            vocab_size=256 + n_merges,
            min_frequency=max(min_count, 1),
            show_progress=False,
            special_tokens=[],
            initial_alphabet=sorted(byte_alphabet().values()),
            max_token_length=MAX_TOKEN_BYTES,
        )
        pieces = (piece.surface for text in texts for piece in split_pieces(f" {check_text(text)}"))
        library.train_from_iterator(pieces, trainer)
        return cls(tuple(pair) for pair in json.loads(library.to_str())["model"]["merges"])

    @property
    def vocab_size(self) -> int:
        return N_SPECIAL + len(self._bytes)

    def encode(self, text: str) -> Encoding:
        """Tokens never reach over the edge of a word."""
        pieces, ids_of_pieces = self._pieces(text)
        ids = tuple(id for piece_ids in ids_of_pieces for id in piece_ids)
        word_ids = tuple(
            piece.word_id for piece, piece_ids in zip(pieces, ids_of_pieces, strict=True) for _ in piece_ids
        )
        return Encoding(
            ids,
            tuple(self._shown(id) for id in ids),
            word_ids,
            tuple(word.text for word in split_words(text)),
        )

    def _pieces(self, text: str) -> tuple[list[Piece], list[tuple[int, ...]]]:
        """The pieces of the text with a space before it, and their ids.

        The space before the text vanishes where it would be a token alone, as before an emoji, if `decode`
        can do without it.
        """
        pieces = split_pieces(f" {check_text(text)}") if text else []
        ids = [self._piece_ids(piece.surface) for piece in pieces]
        if (
            ids
            and len(ids[0]) > 1
            and self._bytes[ids[0][0] - N_SPECIAL] == b" "
            and self._bytes[ids[0][1] - N_SPECIAL][:1] != b" "
        ):
            ids[0] = ids[0][1:]
            pieces[0] = Piece(pieces[0].surface[1:], pieces[0].word_id)
        return pieces, ids

    def _piece_ids(self, piece: str) -> tuple[int, ...]:
        ids = self._cache.get(piece)
        if ids is None:
            ids = tuple(id + N_SPECIAL for id in self._library.encode(piece, add_special_tokens=False).ids)
            if len(self._cache) >= _MAX_CACHED:
                self._cache.clear()
            if len(piece) <= MAX_TOKEN_BYTES:
                self._cache[piece] = ids
        return ids

    def surfaces(self, text: str) -> tuple[str, ...]:
        """The characters of each token; a character split over several tokens belongs to the first of them,
        the others get ``""``.
        """
        pieces, ids_of_pieces = self._pieces(text)
        joined = "".join(piece.surface for piece in pieces)
        lengths = [
            sum(byte & 0xC0 != 0x80 for byte in self._bytes[id - N_SPECIAL])
            for ids in ids_of_pieces
            for id in ids
        ]
        surfaces, start = [], 0
        for length in lengths:
            surfaces.append(joined[start : start + length])
            start += length
        if len(joined) > len(text):
            surfaces[0] = surfaces[0][1:]  # the space that is not in the text
        return tuple(surfaces)

    def decode(self, ids: Iterable[int]) -> str:
        """The text, always exact for ids of `encode`; bytes that a model put together wrongly become
        U+FFFD.
        """
        return (
            b"".join(self._token_bytes(id) for id in ids).decode("utf-8", errors="replace").removeprefix(" ")
        )

    def _token_bytes(self, id: int) -> bytes:
        if _check_id(id, self.vocab_size) < N_SPECIAL:
            return b"\xef\xbf\xbd" if id == UNK_ID else b""
        return self._bytes[id - N_SPECIAL]

    def token(self, id: int) -> str:
        return self._shown(_check_id(id, self.vocab_size))

    def _shown(self, id: int) -> str:
        return SPECIAL_TOKENS[id] if id < N_SPECIAL else _shown_bytes_cached(self._bytes[id - N_SPECIAL])

    def to_json(self) -> dict:
        return {"kind": self.kind, "merges": [list(pair) for pair in self.merges]}

    @classmethod
    def from_json(cls, data: dict) -> BPETokenizer:
        known = set(byte_alphabet().values())
        merges = data.get("merges")
        if not isinstance(merges, list) or len(merges) > MAX_VOCAB:
            raise InputError(
                "The bpe tokenizer is damaged: 'merges' must be a list of pairs. Save the tokenizer again."
            )
        for number, pair in enumerate(merges):
            if not (
                isinstance(pair, list)
                and len(pair) == 2
                and all(isinstance(part, str) and part in known for part in pair)
                and len(pair[0] + pair[1]) <= MAX_TOKEN_BYTES
            ):
                raise InputError(
                    f"The bpe tokenizer is damaged: merge {number} is not a pair of tokens made before it. "
                    "Save the tokenizer again."
                )
            known.add(pair[0] + pair[1])
        if len({tuple(pair) for pair in merges}) < len(merges):
            raise InputError("The bpe tokenizer is damaged: it has a merge twice. Save the tokenizer again.")
        return cls(tuple(pair) for pair in merges)


def _library_tokenizer(vocab: dict[str, int], merges: tuple[tuple[str, str], ...]):
    """The library's BPE: one piece in, its merged bytes out, no special tokens and no splitting of its
    own.
    """
    from tokenizers import Tokenizer, models, pre_tokenizers

    try:
        tokenizer = Tokenizer(models.BPE(vocab=vocab, merges=list(merges)) if vocab else models.BPE())
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a panic of the library's Rust code is no Exception
        raise InputError(
            f"The tokenizers library refuses this bpe tokenizer ({error}): save the tokenizer again."
        ) from None
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    return tokenizer


@cache
def byte_alphabet() -> dict[int, str]:
    """A visible character for each byte, as the library's ByteLevel has them: itself where printable, else
    the next from U+0100 on.
    """
    own = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in own]
    return {byte: chr(byte) for byte in own} | {byte: chr(0x100 + n) for n, byte in enumerate(others)}


@cache
def _shown_bytes_cached(token: bytes) -> str:
    return shown_bytes(token)


def _word_entries(text: str) -> list[str]:
    """``" word"`` where white space or the start of the text is before the word, else ``"word"``."""
    entries = []
    for match in word_pattern().finditer(
        text
    ):  # as split_words cuts, without its objects: a corpus comes through here twice
        start = match.start()
        entries.append(f" {match.group()}" if not entries or text[start - 1].isspace() else match.group())
    return entries


def _most_frequent(counts: Counter[str], vocab_size: int, min_count: int) -> list[str]:
    if not N_SPECIAL < vocab_size <= MAX_VOCAB:
        raise InputError(
            f"A vocabulary cannot have {vocab_size} tokens: choose {N_SPECIAL + 1} (4 special tokens and one "
            f"more) to {MAX_VOCAB}."
        )
    kept = sorted((-count, entry) for entry, count in counts.items() if count >= min_count)
    return [entry for _, entry in kept[: vocab_size - N_SPECIAL]]


def _checked_strings(data: dict, kind: str, key: str, valid) -> list[str]:
    """The list of strings data[key]. Raises InputError unless all are different, `valid` and UTF-8."""
    strings = data.get(key)
    if not isinstance(strings, list) or len(strings) > MAX_VOCAB:
        raise InputError(
            f"The {kind} tokenizer is damaged: {key!r} must be a list of strings. Save the tokenizer again."
        )
    for number, string in enumerate(strings):
        if (
            not isinstance(string, str)
            or not valid(string)
            or any("\ud800" <= char <= "\udfff" for char in string)
        ):
            raise InputError(
                f"The {kind} tokenizer is damaged: entry {number} of {key!r} cannot be a token. Save the "
                "tokenizer again."
            )
    if len(set(strings)) < len(strings):
        raise InputError(
            f"The {kind} tokenizer is damaged: {key!r} has a token twice. Save the tokenizer again."
        )
    return strings


def _check_id(id: int, vocab_size: int) -> int:
    if not 0 <= id < vocab_size:
        raise InputError(f"Token id {id} is outside the vocabulary: ids go from 0 to {vocab_size - 1}.")
    return id
