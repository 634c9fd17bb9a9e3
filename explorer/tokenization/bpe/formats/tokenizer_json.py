"""The tokenizer.json of Hugging Face: read and write byte-pair encoding over bytes or characters."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from explorer.errors import InputError
from explorer.tokenization.bpe.config import MAX_MARK, BPEConfig
from explorer.tokenization.bpe.formats.imported import MAX_VOCAB, SPACE, Imported, check_token
from explorer.tokenization.bpe.formats.word_rules import (
    CHUNK,
    CHUNK_PIECE,
    WHITE,
    word_piece_regex,
    word_regex,
)
from explorer.tokenization.bpe.model import SubwordModel
from explorer.tokenization.tokenizers import byte_alphabet

_BYTE_CHARACTERS = frozenset(byte_alphabet().values())


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
        tokens = [token for token in tokens if set(token) <= _BYTE_CHARACTERS]
        missing = [char for char in byte_alphabet().values() if char not in known]
        if missing:
            tokens += missing
            notes.append(
                f"{len(missing)} of the 256 bytes were missing from its vocabulary and added at its end."
            )
    added = values.get("added_tokens")
    if isinstance(added, list) and added:
        notes.append(f"Its {len(added)} special tokens are not used.")
    if model.get("ignore_merges"):
        notes.append(
            "It keeps a word whole if the vocabulary has it; here every word is merged step by step."
        )
    spaced = (
        [token.replace(SPACE, " ") for token in tokens]
        if config.alphabet == "characters" and config.space_before
        else tokens
    )
    if spaced is not tokens:
        merges = [(left.replace(SPACE, " "), right.replace(SPACE, " ")) for left, right in merges]
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
        raise InputError(f"{name} has no 'model': expected a Hugging Face tokenizer.json.")
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


def _vocabulary(vocab: Any, name: str) -> list[str]:
    """The tokens in the order of their ids."""
    if not isinstance(vocab, dict) or not vocab:
        raise InputError(f"{name}: 'vocab' must be an object that maps tokens to ids.")
    if len(vocab) > MAX_VOCAB:
        raise InputError(f"{name}: the vocabulary has {len(vocab):,} tokens, more than {MAX_VOCAB:,}.")
    for token, id in vocab.items():
        if type(id) is not int or id < 0:
            raise InputError(
                f"{name}: the id of token {token[:40]!r} is {id!r:.40}; expected a whole number from 0."
            )
        check_token(token, name)
    if len(set(vocab.values())) < len(vocab):
        raise InputError(f"{name}: two tokens of 'vocab' have the same id.")
    return sorted(vocab, key=vocab.__getitem__)


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
        if not set("".join(pair)) <= _BYTE_CHARACTERS:
            raise InputError(
                f"{name}: merge {number:,} has {''.join(pair)[:40]!r}, which is not written in the "
                "byte-level alphabet."
            )


def _config_of(
    values: dict, model: dict, merges: list[tuple[str, str]], name: str
) -> tuple[BPEConfig, list[str]]:
    """How a text becomes words and symbols, as closely as this app can follow, and notes on what differs."""
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
        if _splits_at(steps, CHUNK_PIECE):
            config = replace(config, split="spaces")
        elif not _splits_at(steps, word_piece_regex()) and any(
            kind in ("ByteLevel", "Split", "Digits", "Punctuation") for kind in kinds
        ):
            notes.append(
                "It cuts text into words by a pattern of its own; here the word rule of this app is used, "
                "so some words differ."
            )
    elif "Metaspace" in kinds or any(
        left.startswith(SPACE) or right.startswith(SPACE) for left, right in merges
    ):
        config = replace(config, space_before=True, split="spaces")
    elif "WhitespaceSplit" in kinds or _splits_at(steps, CHUNK):
        config = replace(config, split="spaces")
    elif kinds and not _splits_at(steps, word_regex()):
        notes.append(
            "It cuts text into words by rules of its own; here the word rule of this app is used, so some "
            "words differ."
        )
    names = [step.get("type") for step in normalizers]
    if "Lowercase" in names or any(step.get("lowercase") is True for step in normalizers):
        config = replace(config, case="lower")
    others = [str(kind)[:40] for kind in names if kind not in ("Lowercase", "Prepend", "Replace", "Strip")]
    if others:
        notes.append(
            f"Its normalisation ({', '.join(others)}) is not applied: give text that is normalised already."
        )
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

    Raises InputError for what the format cannot express: a mark that is a symbol of its own, or merges that
    share a rank.
    """
    config, mark = model.config, model.config.end_of_word
    if mark and config.end_mark == "symbol":
        raise InputError(
            "A tokenizer.json cannot have an end-of-word mark that is a symbol of its own: learn with the "
            "mark on the last character."
        )
    if model.ranks is not None or model.byte_fallback:
        raise InputError(
            "Subwords from sentencepiece cannot be written as a tokenizer.json here: keep the .model file."
        )
    if config.alphabet == "bytes" and not config.space_before or mark and config.alphabet == "bytes":
        raise InputError(
            "A tokenizer.json over bytes needs the space before a word and no end-of-word mark: learn with "
            "space_before."
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
    pattern = word_piece_regex() if model.config.split == "words" else CHUNK_PIECE
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
        rule = word_regex() if config.split == "words" else CHUNK
        steps = [_split_step(rule, "Isolated"), _split_step(f"[{WHITE}]+", "Removed")]
        return _Written(
            (),
            {"type": "Sequence", "pretokenizers": steps},
            {"type": "BPEDecoder", "suffix": mark} if mark else None,
        )
    if config.split != "spaces":
        raise InputError(
            "A tokenizer.json over characters can have the space before a word only if words are split at "
            "spaces: learn with split=spaces."
        )
    metaspace = {"type": "Metaspace", "replacement": SPACE, "prepend_scheme": "always", "split": True}
    normalizers = (
        {"type": "Replace", "pattern": {"Regex": f"[{WHITE}]+"}, "content": " "},
        {"type": "Strip", "strip_left": True, "strip_right": True},
    )
    return _Written(normalizers, metaspace, metaspace, SPACE)


def _json(text: str, name: str) -> dict:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"{name} is not JSON ({str(error)[:80]}): expected a Hugging Face tokenizer.json."
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
