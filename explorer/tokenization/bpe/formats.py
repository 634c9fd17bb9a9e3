"""Read and write files of subwords: tokenizer.json, codes of subword-nmt and, to read only, sentencepiece.

A file is data from elsewhere: it is parsed here, strictly, and never handed to a library that might not
survive it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from explorer.corpora.words import word_pattern
from explorer.errors import InputError
from explorer.tokenization.bpe.config import MAX_MARK, MAX_TOKEN, BPEConfig
from explorer.tokenization.bpe.model import SubwordModel
from explorer.tokenization.bpe.protobuf import ProtobufError, fields
from explorer.tokenization.tokenizers import byte_alphabet

MAX_FILE_BYTES = 64 * 2**20
MAX_VOCAB = 500_000
_SPACE = "▁"
_CODES = "#version:"


@dataclass(frozen=True, eq=False)
class Imported:
    """Subwords from a file. kind: what the file is;  notes: what of it this app does otherwise, one sentence
    each.
    """

    model: SubwordModel
    kind: str
    notes: tuple[str, ...] = ()


def read_subwords(data: bytes, name: str = "The file") -> Imported:
    """The subwords of a file, whichever of the three kinds it is. Raises InputError with one sentence for
    anything else.
    """
    if not data:
        raise InputError(
            f"{name} is empty: give a tokenizer.json, codes of subword-nmt or a sentencepiece .model."
        )
    if len(data) > MAX_FILE_BYTES:
        raise InputError(
            f"{name} has {len(data):,} bytes; files of subwords up to {MAX_FILE_BYTES // 2**20} MB are read."
        )
    if data[:1] == b"\x0a" and not _is_text(data):
        return read_sentencepiece(data, name)
    try:
        text = data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError:
        if data[:1] == b"\x0a":
            return read_sentencepiece(data, name)
        raise InputError(
            f"{name} is neither text nor a sentencepiece model: give a tokenizer.json, codes or a .model."
        ) from None
    return read_tokenizer_json(text, name) if text.lstrip()[:1] in ("{", "[") else read_codes(text, name)


def _is_text(data: bytes) -> bool:
    """Whether a file that begins with a line end is text: a sentencepiece model, which does too, has bytes
    that no text has.
    """
    try:
        return not re.search(r"[\x00-\x08\x0e-\x1f]", data.decode("utf-8"))
    except UnicodeDecodeError:
        return False


# ----------------------------------------------------------------------------------------------- Hugging Face


def read_tokenizer_json(text: str, name: str = "The file") -> Imported:
    """The BPE of a Hugging Face tokenizer.json, byte-level or over characters. Raises InputError that names
    the entry at fault.
    """
    values = _json(text, name)
    model = _bpe_part(values, name)
    tokens = _vocabulary(model.get("vocab"), name)
    known = set(tokens)
    merges = [
        _merge(entry, number, known, name)
        for number, entry in enumerate(_list(model.get("merges"), f"{name}: 'merges'"), 1)
    ]
    config, notes = _config_of(values, model, merges, name)
    if config.alphabet == "bytes":
        _check_bytes(merges, name)
        tokens = [token for token in tokens if set(token) <= _BYTE_CHARS]
        missing = [char for char in byte_alphabet().values() if char not in known]
        if missing:
            tokens += missing
            notes.append(
                f"{len(missing)} of the 256 bytes are not in its vocabulary; they were added at its end."
            )
    added = values.get("added_tokens")
    if isinstance(added, list) and added:
        notes.append(f"Its {len(added)} special tokens are not used.")
    if model.get("ignore_merges"):
        notes.append(
            "It takes a whole word that is in its vocabulary as it is; here every word is merged step by "
            "step."
        )
    spaced = (
        [token.replace(_SPACE, " ") for token in tokens]
        if config.alphabet == "characters" and config.space_before
        else tokens
    )
    if spaced is not tokens:
        merges = [(left.replace(_SPACE, " "), right.replace(_SPACE, " ")) for left, right in merges]
    fallback = bool(model.get("byte_fallback"))
    return Imported(
        SubwordModel(
            tuple(dict.fromkeys(spaced)), tuple(dict.fromkeys(merges)), config, byte_fallback=fallback
        ),
        "tokenizer.json",
        tuple(notes),
    )


def _bpe_part(values: dict, name: str) -> dict:
    """The 'model' of a tokenizer.json, which must be BPE without a prefix inside words."""
    model = values.get("model")
    if not isinstance(model, dict):
        raise InputError(f"{name} has no 'model': expected a tokenizer.json of Hugging Face.")
    if model.get("type", "BPE" if "merges" in model else None) != "BPE":
        raise InputError(
            f"{name} holds a {str(model.get('type'))[:40]} model: only BPE is learned merge by merge; give "
            "a BPE tokenizer.json."
        )
    if model.get("continuing_subword_prefix"):
        raise InputError(
            f"{name} marks continuing subwords with {str(model['continuing_subword_prefix'])[:20]!r}, which "
            "this app cannot show."
        )
    return model


_BYTE_CHARS = frozenset(byte_alphabet().values())


def _vocabulary(vocab: Any, name: str) -> list[str]:
    """The tokens in the order of their ids."""
    if not isinstance(vocab, dict) or not vocab:
        raise InputError(f"{name}: 'vocab' must be an object of tokens and their ids.")
    if len(vocab) > MAX_VOCAB:
        raise InputError(f"{name}: the vocabulary has {len(vocab):,} tokens, more than {MAX_VOCAB:,}.")
    for token, id in vocab.items():
        if type(id) is not int or id < 0:
            raise InputError(
                f"{name}: the id of token {token[:40]!r} is {id!r:.40}; expected a whole number from 0."
            )
        _check_token(token, name)
    if len(set(vocab.values())) < len(vocab):
        raise InputError(f"{name}: two tokens of 'vocab' have the same id.")
    return sorted(vocab, key=vocab.__getitem__)


def _check_token(token: str, name: str) -> None:
    if not token or len(token) > MAX_TOKEN or any("\ud800" <= char <= "\udfff" for char in token):
        raise InputError(
            f"{name}: {token[:40]!r} cannot be a token: expected 1 to {MAX_TOKEN} characters of UTF-8 text."
        )


def _merge(entry: Any, number: int, known: set[str], name: str) -> tuple[str, str]:
    parts = entry.split(" ") if isinstance(entry, str) else entry
    if not (
        isinstance(parts, list) and len(parts) == 2 and all(isinstance(part, str) and part for part in parts)
    ):
        raise InputError(f"{name}: merge {number:,} is {entry!r:.60}; expected two tokens.")
    for token in (*parts, "".join(parts)):
        if token not in known:
            raise InputError(f"{name}: merge {number:,} has {token[:40]!r}, which is not in its vocabulary.")
    return parts[0], parts[1]


def _check_bytes(merges: Iterable[tuple[str, str]], name: str) -> None:
    for number, pair in enumerate(merges, 1):
        if not set("".join(pair)) <= _BYTE_CHARS:
            raise InputError(
                f"{name}: merge {number:,} has {''.join(pair)[:40]!r}, which are not bytes of the "
                "byte-level alphabet."
            )


def _config_of(
    values: dict, model: dict, merges: list[tuple[str, str]], name: str
) -> tuple[BPEConfig, list[str]]:
    """How a text becomes words and symbols, as far as this app has it, and what it does otherwise."""
    steps = _parts(values.get("pre_tokenizer"), "pretokenizers")
    normalizers = _parts(values.get("normalizer"), "normalizers")
    notes = []
    kinds = [step.get("type") for step in steps]
    suffix = model.get("end_of_word_suffix") or ""
    if not isinstance(suffix, str) or len(suffix) > MAX_MARK:
        raise InputError(
            f"{name}: the end-of-word mark is {suffix!r:.40}; expected at most {MAX_MARK} characters."
        )
    config = BPEConfig(end_of_word=suffix, end_mark="last character" if suffix else "symbol")
    byte_level = next((step for step in steps if step.get("type") == "ByteLevel"), None)
    if byte_level is not None:
        config = replace(config, alphabet="bytes", space_before=not suffix)
        if _splits_at(steps, _chunk_pattern()):
            config = replace(config, split="spaces")
        elif not _splits_at(steps, _split_pattern()) and any(
            kind in ("ByteLevel", "Split", "Digits", "Punctuation") for kind in kinds
        ):
            notes.append(
                "It cuts text into words by a pattern of its own; here the word rule of this app cuts, so "
                "some words differ."
            )
    elif "Metaspace" in kinds or any(
        left.startswith(_SPACE) or right.startswith(_SPACE) for left, right in merges
    ):
        config = replace(config, space_before=True, split="spaces")
    elif "WhitespaceSplit" in kinds or _splits_at(steps, f"[^{_white()}]+"):
        config = replace(config, split="spaces")
    elif kinds and not _splits_at(steps, _word_regex()):
        notes.append(
            "It cuts text into words by rules of its own; here the word rule of this app cuts, so some "
            "words differ."
        )
    names = [step.get("type") for step in normalizers]
    if "Lowercase" in names or any(step.get("lowercase") is True for step in normalizers):
        config = replace(config, case="lower")
    others = [str(kind)[:40] for kind in names if kind not in ("Lowercase", "Prepend", "Replace", "Strip")]
    if others:
        notes.append(f"Its normalisation ({', '.join(others)}) is not done: give text that is already so.")
    return config, notes


def _splits_at(steps: list[dict], pattern: str) -> bool:
    """Whether text is cut by a rule of this app, as `write_tokenizer_json` writes it."""
    return any(step.get("type") == "Split" and step.get("pattern") == {"Regex": pattern} for step in steps)


def _parts(step: Any, key: str) -> list[dict]:
    """A pre-tokenizer or normalizer as the list of its steps."""
    if not isinstance(step, dict):
        return []
    inner = step.get(key)
    return [part for part in inner if isinstance(part, dict)] if isinstance(inner, list) else [step]


def write_tokenizer_json(model: SubwordModel) -> str:
    """A tokenizer.json that the `tokenizers` library reads and that gives the same tokens.

    Raises InputError for what that format cannot say: a mark that is a symbol of its own, merges that share a
    rank.
    """
    config, mark = model.config, model.config.end_of_word
    if mark and config.end_mark == "symbol":
        raise InputError(
            "A tokenizer.json has no end-of-word mark that is a symbol of its own: learn with the mark on "
            "the last character."
        )
    if model.ranks is not None or model.byte_fallback:
        raise InputError(
            "Subwords of sentencepiece cannot be written as a tokenizer.json here: keep the .model file."
        )
    if config.alphabet == "bytes" and not config.space_before or mark and config.alphabet == "bytes":
        raise InputError(
            "Over bytes, a tokenizer.json is written with the space before a word and without a mark: learn "
            "with space_before."
        )
    written = _written_bytes(model) if config.alphabet == "bytes" else _written_characters(model)
    unknown = "<unk>"
    tokens = [*map(written.spelled, model.tokens)]
    if config.alphabet == "characters" and unknown not in model.ids:
        tokens.append(unknown)
    body = {
        "type": "BPE", "dropout": None, "unk_token": unknown if config.alphabet == "characters" else None,
        "continuing_subword_prefix": None,
        "end_of_word_suffix": mark or None, "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
        "vocab": {token: id for id, token in enumerate(tokens)},
        "merges": [[*map(written.spelled, pair)] for pair in model.merges],
    }  # fmt: skip
    values = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [],
        "normalizer": written.normalizer(config),
        "pre_tokenizer": written.pre_tokenizer,
        "post_processor": None,
        "decoder": written.decoder,
        "model": body,
    }
    return json.dumps(values, ensure_ascii=False) + "\n"


@dataclass(frozen=True, eq=False)
class _Written:
    """How a tokenizer.json cuts a text into words and puts it together again. normalizers: the steps after
    lower case;  space: how a token writes a space.
    """

    normalizers: tuple[dict, ...]
    pre_tokenizer: dict
    decoder: dict | None
    space: str = " "

    def spelled(self, token: str) -> str:
        """`token` as the file has it."""
        return token.replace(" ", self.space)

    def normalizer(self, config: BPEConfig) -> dict | None:
        """All steps as one."""
        lower = ({"type": "Lowercase"},) if config.case == "lower" else ()
        steps = [*lower, *self.normalizers]
        if len(steps) > 1:
            return {"type": "Sequence", "normalizers": steps}
        return steps[0] if steps else None


def _split_step(pattern: str, behavior: str) -> dict:
    return {"type": "Split", "pattern": {"Regex": pattern}, "behavior": behavior, "invert": False}


def _written_bytes(model: SubwordModel) -> _Written:
    """Words with the space before them, as bytes; no white space is lost."""
    pattern = _split_pattern() if model.config.split == "words" else _chunk_pattern()
    level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}
    strip = {"type": "Strip", "content": " ", "start": 1, "stop": 0}
    return _Written(
        ({"type": "Prepend", "prepend": " "},),
        {"type": "Sequence", "pretokenizers": [_split_step(pattern, "Isolated"), level]},
        {"type": "Sequence", "decoders": [level, strip]},
    )


def _written_characters(model: SubwordModel) -> _Written:
    """Words without white space, or with "▁" for the space before them, which only words between spaces can
    have: else raises InputError.
    """
    config, mark = model.config, model.config.end_of_word
    if not config.space_before:
        rule = _word_regex() if config.split == "words" else f"[^{_white()}]+"
        steps = [_split_step(rule, "Isolated"), _split_step(f"[{_white()}]+", "Removed")]
        return _Written(
            (),
            {"type": "Sequence", "pretokenizers": steps},
            {"type": "BPEDecoder", "suffix": mark} if mark else None,
        )
    if config.split != "spaces":
        raise InputError(
            "Over characters, a tokenizer.json has the space before a word only where words stand "
            "between spaces."
        )
    metaspace = {"type": "Metaspace", "replacement": _SPACE, "prepend_scheme": "always", "split": True}
    normalizers = (
        {"type": "Replace", "pattern": {"Regex": f"[{_white()}]+"}, "content": " "},
        {"type": "Strip", "strip_left": True, "strip_right": True},
    )
    return _Written(normalizers, metaspace, metaspace, _SPACE)


def _white() -> str:
    """White space as `str.isspace` has it, for a character class; the library's own ``\\s`` knows a few
    less.
    """
    return r"\x{9}-\x{d}\x{1c}-\x{20}\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}"  # noqa: E501


def _word_regex() -> str:
    """The word rule of this app as the library's regular expressions write it: letters and digits as Python
    knows them, spelled out.
    """
    global _WORD_REGEX
    if not _WORD_REGEX:
        alnum = _ranges(str.isalnum)
        letters = _ranges(lambda char: char.isalnum() and not char.isdecimal())
        rule = re.sub(
            r"\\U0*([0-9A-Fa-f]+)|\\u([0-9A-Fa-f]{4})",
            lambda code: rf"\x{{{code[1] or code[2]}}}",
            word_pattern().pattern,
        )
        unspaced = re.search(r"\[\^\\W_([^\]]+)\]", rule)[1]
        rule = rule.replace(rf"[^\W_{unspaced}]", f"[{alnum}&&[^{unspaced}]]").replace(
            r"[^\W\d_]", f"[{letters}]"
        )
        _WORD_REGEX = rule.replace(r"[^\w\s]", f"[^_{alnum}{_white()}]").replace(r"\S", f"[^{_white()}]")
    return _WORD_REGEX


_WORD_REGEX = ""


def _split_pattern() -> str:
    """`split_pieces` as one expression: a word with the one white space character before it, or the white
    space that is left.
    """
    white = _white()
    return f"[{white}]?(?:{_word_regex()})|[{white}]+(?=[{white}][^{white}])|[{white}]+"


def _chunk_pattern() -> str:
    """The same where a word is whatever stands between white space."""
    white = _white()
    return f"[{white}]?[^{white}]+|[{white}]+(?=[{white}][^{white}])|[{white}]+"


def _ranges(test) -> str:
    """All characters that pass `test`, as ranges of a character class."""
    parts, start = [], None
    for code in range(0x110001):
        good = code < 0x110000 and not 0xD800 <= code < 0xE000 and test(chr(code))
        if good and start is None:
            start = code
        elif not good and start is not None:
            parts.append(rf"\x{{{start:x}}}-\x{{{code - 1:x}}}" if code - 1 > start else rf"\x{{{start:x}}}")
            start = None
    return "".join(parts)


# ------------------------------------------------------------------------------------------------ subword-nmt


def read_codes(text: str, name: str = "The file") -> Imported:
    """Codes of subword-nmt: a header ``#version: 0.2`` (none: 0.1), then a merge on each line. Raises
    InputError that names the line.

    In 0.2 the mark </w> is on the last character of a word from the start, in 0.1 it is a symbol of its own.
    The characters are those of the merges; what is not among them is unknown.
    """
    version, merges = _code_merges(text, name)
    config = BPEConfig(
        end_of_word="</w>",
        end_mark="last character" if version == "0.2" else "symbol",
        split="spaces",
        ties="last alphabetical",
    )
    made = {left + right for left, right in merges}
    basic = dict.fromkeys(sorted(part for pair in merges for part in pair if part not in made))
    alphabet = {
        **basic,
        **dict.fromkeys(sorted({char for part in basic for char in part.removesuffix("</w>")} - set(basic))),
    }
    order = dict.fromkeys((*alphabet, *(left + right for left, right in merges)))
    return Imported(
        SubwordModel(tuple(order), tuple(dict.fromkeys(merges)), config), f"subword-nmt codes {version}"
    )


def _code_merges(text: str, name: str) -> tuple[str, list[tuple[str, str]]]:
    """(the version, the merges line by line)."""
    lines = text.split("\n")
    version, first = "0.1", 1
    if lines[0].startswith(_CODES):
        version, first = lines[0].removeprefix(_CODES).strip(), 2
        if version not in ("0.1", "0.2"):
            raise InputError(
                f"{name} has version {version[:20]!r} of subword-nmt's codes: 0.1 and 0.2 are read."
            )
        lines = lines[1:]
    while lines and not lines[-1].strip():
        lines.pop()
    if len(lines) > MAX_VOCAB:
        raise InputError(f"{name} has {len(lines):,} merges, more than {MAX_VOCAB:,}.")
    merges = []
    for number, line in enumerate(lines, first):
        parts = line.rstrip("\r").split(" ")
        if len(parts) == 3 and parts[2].isdecimal():  # a frequency, as some versions write it
            parts.pop()
        if len(parts) != 2 or not all(parts):
            raise InputError(
                f"{name}, line {number:,} is {line.strip()[:60]!r}: expected two symbols with a space "
                "between them."
            )
        _check_token("".join(parts), f"{name}, line {number:,}")
        merges.append((parts[0], parts[1]))
    if not merges:
        raise InputError(f"{name} has no merge: expected two symbols on each line.")
    return version, merges


def write_codes(model: SubwordModel) -> str:
    """The merges as subword-nmt reads them. Raises InputError unless they are of characters with the mark
    </w>.
    """
    config = model.config
    if config.alphabet != "characters" or config.end_of_word != "</w>" or config.space_before:
        raise InputError(
            "Codes of subword-nmt merge characters, with the end-of-word mark </w> and no space: learn with "
            "those settings."
        )
    version = "0.2" if config.end_mark == "last character" else "0.1"
    return "".join(
        f"{line}\n" for line in (f"{_CODES} {version}", *(f"{left} {right}" for left, right in model.merges))
    )


# ---------------------------------------------------------------------------------------------- sentencepiece


def read_sentencepiece(data: bytes, name: str = "The file") -> Imported:
    """The pieces of a sentencepiece .model (`sentencepiece_model.proto`) that was trained as BPE.

    Such a file has no merges: two symbols are merged if together they are a piece, the piece with the best
    score first. All ways to make one piece out of two share its rank. Raises InputError for a damaged file
    and for a unigram, word or character model.
    """
    file = _SentencePieceFile(name)
    try:
        for number, value in fields(data):
            file.take(number, value)
    except ProtobufError as error:
        raise InputError(
            f"{name} is no sentencepiece model, or a damaged one ({error}): give it as sentencepiece wrote "
            "it."
        ) from None
    if not file.pieces:
        raise InputError(f"{name} has no pieces: it is no sentencepiece model.")
    if file.kind != 2:
        kind = {1: "a unigram", 3: "a word", 4: "a character"}.get(file.kind, "no BPE")
        raise InputError(
            f"{name} is {kind} model of sentencepiece: only one trained with --model_type=bpe has merges "
            "to show."
        )
    merges, ranks = file.merges()
    n_others = sum(type in (2, 3, 4) for *_, type in file.pieces)
    if n_others:
        file.notes.append(f"Its {n_others} control, unknown and user-defined pieces are not used.")
    tokens = tuple(dict.fromkeys(piece for piece, *_ in file.pieces))
    config = BPEConfig(space_before=file.space_before, split="spaces")
    model = SubwordModel(tokens, merges, config, ranks, file.byte_fallback)
    return Imported(model, "sentencepiece model", tuple(file.notes))


class _SentencePieceFile:
    """A sentencepiece model while its fields are read.

    pieces: (piece with its spaces, score, type);  kind: 1 for a unigram model, 2 for BPE.
    """

    def __init__(self, name: str):
        self.name = name
        self.pieces: list[tuple[str, float, int]] = []
        self.kind, self.byte_fallback, self.space_before = 1, False, True
        self.notes: list[str] = []

    def take(self, number: int, value: Any) -> None:
        """Read one field of the file: 1 a piece, 2 how it was trained, 3 how text is normalised."""
        if number == 1:
            piece, score, type = _piece(value, len(self.pieces), self.name)
            self.pieces.append((piece.replace(_SPACE, " "), score, type))
            if len(self.pieces) > MAX_VOCAB:
                raise InputError(f"{self.name} has more than {MAX_VOCAB:,} pieces.")
        elif number == 2:
            trainer = dict(fields(_bytes(value)))
            self.kind, self.byte_fallback = trainer.get(3, 1), bool(trainer.get(35, 0))
        elif number == 3:
            normalizer = dict(fields(_bytes(value)))
            self.space_before = bool(normalizer.get(3, 1))
            rule = normalizer.get(1, b"")
            if normalizer.get(2):
                title = _bytes(rule).decode("utf-8", "replace")[:40]
                self.notes.append(f"Its normalisation ({title}) is not done: give text that is already so.")

    def merges(self) -> tuple[tuple[tuple[str, str], ...], tuple[int, ...]]:
        """(all ways to make a piece out of two, the rank of each), the piece with the best score first."""
        score_of = {piece: score for piece, score, type in self.pieces if type == 1}
        order = sorted(score_of, key=lambda piece: -score_of[piece])
        merges, ranks = [], []
        for rank, piece in enumerate((piece for piece in order if len(piece) > 1), 1):
            for cut in range(1, len(piece)):
                if piece[:cut] in score_of and piece[cut:] in score_of:
                    merges.append((piece[:cut], piece[cut:]))
                    ranks.append(rank)
        return tuple(merges), tuple(ranks)


def _piece(value: Any, number: int, name: str) -> tuple[str, float, int]:
    parts = dict(fields(_bytes(value)))
    try:
        piece = _bytes(parts.get(1, b"")).decode("utf-8")
    except UnicodeDecodeError:
        raise ProtobufError(f"piece {number:,} is not UTF-8") from None
    _check_token(piece, f"{name}, piece {number:,}")
    score, type = parts.get(2, 0.0), parts.get(3, 1)
    if not isinstance(score, float) or not isinstance(type, int):
        raise ProtobufError(f"piece {number:,} has no score")
    return piece, score, type


def _bytes(value: Any) -> bytes:
    if not isinstance(value, bytes):
        raise ProtobufError("a number stands where text should")
    return value


# ------------------------------------------------------------------------------------------------------- JSON


def _json(text: str, name: str) -> dict:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"{name} is no JSON ({str(error)[:80]}): expected a tokenizer.json of Hugging Face."
        ) from None
    if not isinstance(values, dict):
        raise InputError(
            f"{name} holds a JSON {type(values).__name__}: expected the object of a tokenizer.json."
        )
    return values


def _list(value: Any, where: str) -> list:
    if not isinstance(value, list) or len(value) > MAX_VOCAB:
        raise InputError(f"{where} must be a list of at most {MAX_VOCAB:,} pairs.")
    return value
