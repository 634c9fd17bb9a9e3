"""How is a recorded pass kept in a file? As one safetensors blob: attention in half precision, strings in its
metadata.

Half precision keeps weights to about three digits (an error of at most 0.0005), so the rows of a snapshot sum
to 1 within some thousandths. No torch here: pages and lists read snapshots without it.
"""

from __future__ import annotations

import json

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from explorer.errors import InputError
from explorer.results import ATTENTION_KINDS, AttentionMap, AttentionRecord, frozen_array

_STRINGS = (
    "model_name",
    "src_tokens",
    "tgt_tokens",
    "src_words",
    "tgt_words",
    "top_tokens",
    "unknown_src",
    "unknown_tgt",
)
_AXES = ("query_tokens", "key_tokens", "query_word_ids", "key_word_ids")
_ADVICE = "train the model again, or do without snapshots"


def record_parts(record: AttentionRecord) -> tuple[dict[str, np.ndarray], str]:
    """The arrays of `record` by name, in half precision but for log-probabilities, and everything else as
    JSON.
    """
    arrays = {"log_probs": np.array(record.log_probs), "top_log_probs": np.array(record.top_log_probs)}
    arrays |= {
        attention_map.kind: attention_map.weights.astype(np.float16) for attention_map in record.attention
    }
    facts = {name: getattr(record, name) for name in _STRINGS}
    facts["maps"] = {m.kind: {name: getattr(m, name) for name in _AXES} for m in record.attention}
    return arrays, json.dumps(facts, ensure_ascii=False)


def record_from_parts(arrays: dict[str, np.ndarray], facts: str) -> AttentionRecord:
    """The inverse of `record_parts`. Raises InputError when they do not fit together."""
    try:
        values = json.loads(facts)
        maps = values.pop("maps")
        attention = tuple(
            AttentionMap(
                kind,
                frozen_array(arrays[kind]),
                **{name: tuple(entries) for name, entries in maps[kind].items()},
            )
            for kind in ATTENTION_KINDS
            if kind in maps
        )
        values["top_tokens"] = [tuple(tokens) for tokens in values["top_tokens"]]
        strings = {name: values[name] if name == "model_name" else tuple(values[name]) for name in _STRINGS}
        log_probs, top = frozen_array(arrays["log_probs"]), frozen_array(arrays["top_log_probs"])
        record = AttentionRecord(**strings, log_probs=log_probs, top_log_probs=top, attention=attention)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"An attention snapshot is damaged ({error!r}): {_ADVICE}.") from error
    if not len(record.tgt_tokens) == len(log_probs) == len(top) == len(record.top_tokens):
        raise InputError(f"An attention snapshot is damaged (its parts have different lengths): {_ADVICE}.")
    return record


def pack_record(record: AttentionRecord) -> bytes:
    """`record` as bytes."""
    arrays, facts = record_parts(record)
    return save(arrays, {"record": facts})


def unpack_record(data: bytes) -> AttentionRecord:
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
