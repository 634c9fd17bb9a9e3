"""What heads answered at one step of a training run, as a safetensors blob with strings in its metadata.

No torch here: pages and lists read it without.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from explorer.errors import InputError
from explorer.results import (
    HEAD_ROLES,
    AttentionKind,
    KindAnswers,
    RoleSnapshot,
    frozen_array,
    in_order,
)

_STRINGS = ("roles", "questions", "rules")
_OF_HEADS = {
    name: np.dtype(np.float32) for name in ("chosen", "value", "low", "high")
}  # [questions, layers, heads]
_OF_QUESTIONS = {"n": np.dtype(np.int64)} | {
    name: np.dtype(np.float64) for name in ("chosen_baseline", "baseline", "control_best")
}
_COUNTS = ("step", "n_chosen", "n_reported", "n_controls")
_ADVICE = "train the model again, or do without the curves of its heads"


def role_parts(snapshot: RoleSnapshot) -> tuple[dict[str, np.ndarray], str]:
    """The arrays of `snapshot` by name, and everything else as JSON."""
    arrays, kinds = {}, {}
    for answers in snapshot.answers:
        kinds[answers.kind] = {name: list(getattr(answers, name)) for name in _STRINGS}
        for name, dtype in (_OF_HEADS | _OF_QUESTIONS).items():
            arrays[f"{answers.kind}/{name}"] = np.ascontiguousarray(getattr(answers, name), dtype)
    facts = {name: getattr(snapshot, name) for name in _COUNTS} | {"kinds": kinds}
    return arrays, json.dumps(facts, ensure_ascii=False)


def role_snapshot_from_parts(arrays: Mapping[str, np.ndarray], facts: str) -> RoleSnapshot:
    """The inverse of `role_parts`. Raises InputError when anything is missing, or not as it must be."""
    try:
        values = json.loads(facts)
        counts = [values[name] for name in _COUNTS]
        _require(
            all(type(count) is int and count >= 0 for count in counts),
            "its counts are no whole numbers from 0 on",
        )
        kinds = values["kinds"]
        _require(
            isinstance(kinds, dict) and list(kinds) == in_order(kinds),
            "its kinds of attention are in another order",
        )
        expected = {f"{kind}/{name}" for kind in kinds for name in (_OF_HEADS | _OF_QUESTIONS)}
        _require(set(arrays) == expected, "it lacks an array, or has one too many")
        return RoleSnapshot(
            *counts, tuple(_answers(kind, strings, arrays) for kind, strings in kinds.items())
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"A record of what heads do at one step is damaged ({error}): {_ADVICE}.") from error


def _answers(
    kind: AttentionKind, strings: Mapping[str, Sequence[str]], arrays: Mapping[str, np.ndarray]
) -> KindAnswers:
    words = {name: tuple(strings[name]) for name in _STRINGS}
    n_questions = len(words["questions"])
    _require(
        all(len(entries) == n_questions for entries in words.values()),
        f"the lists of {kind} have different lengths",
    )
    _require(
        all(isinstance(entry, str) for entries in words.values() for entry in entries),
        f"{kind} has a question that is no text",
    )
    _require(len(set(words["questions"])) == n_questions, f"{kind} has a question twice")
    _require(
        set(words["roles"]) <= set(HEAD_ROLES),
        f"{kind} has a role that is not one of {', '.join(HEAD_ROLES)}",
    )
    _require(
        all(
            HEAD_ROLES[role].asks(question)
            for role, question in zip(words["roles"], words["questions"], strict=True)
        ),
        f"{kind} has a question that is none of its role",
    )
    own = {
        name: frozen_array(arrays[f"{kind}/{name}"], dtype)
        for name, dtype in (_OF_HEADS | _OF_QUESTIONS).items()
    }
    shape = own["value"].shape
    _require(len(shape) == 3 and shape[0] == n_questions, f"the answers of {kind} have the shape {shape}")
    for name, dtype in (_OF_HEADS | _OF_QUESTIONS).items():
        array = arrays[f"{kind}/{name}"]
        wanted = shape if name in _OF_HEADS else (n_questions,)
        _require(
            array.dtype == dtype and array.shape == wanted,
            f"{kind}/{name} has the type {array.dtype} and the shape {array.shape}",
        )
        _require(not np.isinf(array).any(), f"{kind}/{name} has a number that is not finite")
    return KindAnswers(kind, **words, **own)


def _require(holds: bool, problem: str) -> None:
    if not holds:
        raise ValueError(problem)


def pack_roles(snapshot: RoleSnapshot) -> bytes:
    """`snapshot` as bytes; the same one always gives the same bytes."""
    arrays, facts = role_parts(snapshot)
    return save(arrays, {"roles": facts})


def unpack_roles(data: bytes) -> RoleSnapshot:
    """The inverse of `pack_roles`. Raises InputError for anything else."""
    try:
        arrays = load(data)
        facts = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])["__metadata__"]["roles"]
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"This is no record of what heads do ({error}): expected what pack_roles wrote."
        ) from error
    return role_snapshot_from_parts(arrays, facts)
