"""A recorded pass as a safetensors blob: attention in half precision, strings in its metadata.

Half precision keeps weights to about three digits (an error of at most 0.0005), so the rows of a snapshot sum
to 1 within some thousandths. No torch here: pages and lists read snapshots without it.
"""

from __future__ import annotations

import json

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from explorer.errors import InputError
from explorer.results import BOS, AttentionMap, NextTokens, PassRecord, Side, frozen_array, in_order

_ADVICE = "train the model again, or do without snapshots"


def record_parts(record: PassRecord) -> tuple[dict[str, np.ndarray], str]:
    """The arrays of `record` by name, in half precision but for log-probabilities, and everything else as
    JSON.
    """
    arrays = {m.kind: m.weights.astype(np.float16) for m in record.attention}
    facts = {
        "model_name": record.model_name,
        "sides": [_side_facts(side) for side in record.sides],
        "maps": {
            m.kind: {"query": _side_facts(m.query), "key": _side_facts(m.key), "causal": m.causal}
            for m in record.attention
        },
    }
    if record.writes:
        arrays["log_probs"] = np.array(record.prediction.log_probs)
        arrays["top_log_probs"] = np.array(record.prediction.top_log_probs)
        facts |= {"written": _side_facts(record.written), "top_tokens": record.prediction.top_tokens}
    return arrays, json.dumps(facts, ensure_ascii=False)


def _side_facts(side: Side) -> dict[str, object]:
    names = ("name", "tokens", "word_ids", "words", "special", "unknown", "role", "start")
    return {name: getattr(side, name) for name in names}


def record_from_parts(arrays: dict[str, np.ndarray], facts: str) -> PassRecord:
    """The inverse of `record_parts`. Raises InputError when they do not fit together."""
    try:
        values = json.loads(facts)
        if "sides" not in values:
            values = _of_older_format(values)
        attention = tuple(
            AttentionMap(
                kind,
                frozen_array(arrays[kind]),
                _side(values["maps"][kind]["query"]),
                _side(values["maps"][kind]["key"]),
                bool(values["maps"][kind]["causal"]),
            )
            for kind in in_order(values["maps"])
        )
        prediction = None
        if "written" in values:
            prediction = NextTokens(
                side=_side(values["written"]),
                log_probs=frozen_array(arrays["log_probs"]),
                top_tokens=tuple(map(tuple, values["top_tokens"])),
                top_log_probs=frozen_array(arrays["top_log_probs"]),
            )
        sides = tuple(map(_side, values["sides"]))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"An attention snapshot is damaged ({error!r}): {_ADVICE}.") from error
    if prediction is not None:
        parts = (prediction.side, prediction.log_probs, prediction.top_tokens, prediction.top_log_probs)
        if len(set(map(len, parts))) > 1:
            raise InputError(
                f"An attention snapshot is damaged (its parts have different lengths): {_ADVICE}."
            )
    return PassRecord(values["model_name"], sides, attention, prediction)


def _side(facts: dict[str, object]) -> Side:
    lists = {name: tuple(facts[name]) for name in ("tokens", "word_ids", "words", "unknown")}
    newer = {"special": tuple(facts["special"]), "start": facts["start"]} if "special" in facts else {}
    return Side(name=str(facts["name"]), role=facts["role"], **lists, **newer)


def _of_older_format(values: dict) -> dict:
    """What was written before passes had sides: a source, a target, and the tokens of each map's axes."""
    axes = values["maps"]
    src_ids, tgt_ids = _older_word_ids(axes, values["src_tokens"], values["tgt_tokens"])
    read = {
        "name": "source", "role": "read", "tokens": values["src_tokens"], "word_ids": src_ids,
        "words": values["src_words"], "unknown": values["unknown_src"],
    }  # fmt: skip
    written = {
        "name": "target", "role": "written", "tokens": values["tgt_tokens"], "word_ids": tgt_ids,
        "words": values["tgt_words"], "unknown": values["unknown_tgt"],
    }  # fmt: skip
    fed = written | {
        "role": "fed", "tokens": [BOS, *written["tokens"][:-1]], "word_ids": [None, *tgt_ids[:-1]],
        "unknown": [i + 1 for i in written["unknown"]],
    }  # fmt: skip
    sides = {"encoder_self": (read, read), "decoder_self": (written, fed), "cross": (written, read)}
    return {
        "model_name": values["model_name"],
        "sides": [read],
        "written": written,
        "top_tokens": values["top_tokens"],
        "maps": {
            kind: {"query": sides[kind][0], "key": sides[kind][1], "causal": sides[kind][1] is fed}
            for kind in axes
        },
    }


def _older_word_ids(axes: dict, src: list, tgt: list) -> tuple[list, list]:
    """The word ids of source and target, from the axes of any map; without one, all but the end is a word."""
    word_ids = {"src": [*range(len(src) - 1), None], "tgt": [*range(len(tgt) - 1), None]}
    for kind, (query, key) in {
        "encoder_self": ("src", ""), "decoder_self": ("tgt", ""), "cross": ("tgt", "src"),
    }.items():  # fmt: skip
        if kind in axes:
            word_ids |= {query: axes[kind]["query_word_ids"], key: axes[kind]["key_word_ids"]}
    return word_ids["src"], word_ids["tgt"]


def pack_record(record: PassRecord) -> bytes:
    """`record` as bytes."""
    arrays, facts = record_parts(record)
    return save(arrays, {"record": facts})


def unpack_record(data: bytes) -> PassRecord:
    """The inverse of `pack_record`, up to half precision. Raises InputError for anything else."""
    try:
        arrays = load(data)
        header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
        facts = header["__metadata__"]["record"]
    except (SafetensorError, ValueError, KeyError) as error:
        raise InputError(
            f"This is no attention snapshot ({error}): expected what pack_record wrote."
        ) from error
    return record_from_parts(arrays, facts)
