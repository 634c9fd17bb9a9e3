"""A sentence with some heads switched off: translated and replayed with all heads, and with these masked.

A masked head is one whose attention weights are all zero, so that its output is (Michel et al. 2019), or
uniform over what it may see (Kovaleva et al. 2019). Search runs masked too, in each of its steps.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch

from explorer.attention.capture import encode_target, read_pass, replay, to_array
from explorer.checkpoints.folder import Checkpoint
from explorer.corpora.words import split_words
from explorer.decoding.decode import translate
from explorer.errors import InputError
from explorer.evaluation.word_diff import word_diff
from explorer.results import (
    ABLATION_MODES,
    Ablation,
    AblationMode,
    HeadId,
    SearchSettings,
    StateShift,
    in_order,
)
from models.probe import ablating, probes


def ablate(
    checkpoint: Checkpoint,
    text: str,
    heads: Iterable[HeadId],
    mode: AblationMode = "zero",
    *,
    target: str | Sequence[int] | None = None,
    beam_size: int = 1,
) -> Ablation:
    """The translation of `text` without `heads` beside the one with them, and what masking does to the
    probability of each.

    target: the text, or ids of a search, whose probability and attention are compared; by default the whole
    model's own translation. Raises InputError for a head that does not exist, no head, a mode that is
    unknown, and whatever `translate` and `replay` refuse.
    """
    model, heads = checkpoint.model, check_masking(checkpoint, heads, mode)
    old = translate(checkpoint, text, SearchSettings(beam_size=beam_size))
    target = old.trace.best.token_ids if target is None else target
    whole = replay(checkpoint, text, target)
    with ablating(model, heads, mode):
        new = translate(checkpoint, text, SearchSettings(beam_size=beam_size))
        masked = replay(checkpoint, text, target)
    target_ids = encode_target(checkpoint, target).ids
    old_ids, new_ids = (
        encode_target(checkpoint, translation.trace.best.token_ids).ids for translation in (old, new)
    )
    new_whole, new_masked = whole, masked
    if new_ids != target_ids:
        new_whole = replay(checkpoint, text, new_ids)
        with ablating(model, heads, mode):
            new_masked = replay(checkpoint, text, new_ids)
    return Ablation(
        model_name=checkpoint.name,
        heads=heads,
        mode=mode,
        beam_size=beam_size,
        old_text=old.text,
        new_text=new.text,
        edits=word_diff(
            *([word.text for word in split_words(translation.text)] for translation in (old, new))
        ),
        forced=target_ids != old_ids,
        target=whole,
        target_masked=masked,
        new=new_whole,
        new_masked=new_masked,
    )


@torch.inference_mode()
def shift_states(
    checkpoint: Checkpoint, text: str, heads: Iterable[HeadId], mode: AblationMode = "zero"
) -> StateShift:
    """How far the states of a text move when `heads` are off, for a model that only reads.

    Raises InputError for a head that does not exist, no head, a mode that is unknown, and whatever `replay`
    refuses.
    """
    model, heads = checkpoint.model, check_masking(checkpoint, heads, mode)
    whole = read_pass(checkpoint, text)
    with ablating(model, heads, mode):
        masked = read_pass(checkpoint, text)
    states, moved = (taken.states.double() for taken in (whole, masked))
    shift = (states - moved).norm(dim=-1) / states.norm(dim=-1)
    return StateShift(checkpoint.name, heads, mode, whole.record(), masked.record(), to_array(shift))


def all_heads(checkpoint: Checkpoint) -> tuple[HeadId, ...]:
    """Every head of the model: by kind in the order in which a pass meets them, then layer, then head. Empty
    without attention.
    """
    found = probes(checkpoint.model)
    kinds = in_order(kind for kind, _ in found)
    places = sorted(found, key=lambda place: (kinds.index(place[0]), place[1]))
    return tuple((kind, layer, head) for kind, layer in places for head in range(found[kind, layer].n_heads))


def check_masking(checkpoint: Checkpoint, heads: Iterable[HeadId], mode: AblationMode) -> tuple[HeadId, ...]:
    """`heads` each once, in the order of `all_heads`. Raises InputError for none, one that does not exist, or
    an unknown mode.
    """
    wanted, existing = set(heads), all_heads(checkpoint)
    if not existing:
        raise InputError(
            f"{checkpoint.name} has no attention, so there is no head to switch off: pick a checkpoint with "
            "attention."
        )
    if mode not in ABLATION_MODES:
        raise InputError(
            f"A head cannot be masked by {mode!r}: use {' or '.join(map(repr, ABLATION_MODES))}."
        )
    for kind, layer, head in sorted(wanted - set(existing), key=str):
        has = "; ".join(
            f"{name} L0 to L{last_layer}, H0 to H{last_head}"
            for name, last_layer, last_head in {each[0]: each for each in existing}.values()
        )
        raise InputError(
            f"There is no head {kind} L{layer} H{head} to switch off: {checkpoint.name} has {has}."
        )
    if not wanted:
        raise InputError("No head is picked: pick at least one to switch off.")
    return tuple(head for head in existing if head in wanted)
