"""Passes over a model, each computed once for all readers: translate, replay, look inside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from explorer.checkpoints.catalogue import CheckpointInfo
    from explorer.checkpoints.folder import Checkpoint
    from explorer.results import (
        AttentionDetail,
        AttentionInside,
        AttentionKind,
        HeadId,
        PassRecord,
        Translation,
    )
    from explorer.tokenization import Tokenizer


BY_WEIGHTS = {  # how a model is told apart in a cache: by its name and the weights that it has now
    "explorer.checkpoints.catalogue.CheckpointInfo": lambda info: (info.name, info.sha256)
}
MAX_CHARACTERS = 600  # of a sentence on a page; the command line takes longer ones


@st.cache_resource(max_entries=12, show_spinner=False, hash_funcs=BY_WEIGHTS)
def checkpoint_of(info: CheckpointInfo) -> Checkpoint:
    """The loaded model, the same object for every reader."""
    from explorer.checkpoints.folder import load_checkpoint
    from explorer.serving import forward_turn

    with forward_turn():
        return load_checkpoint(info.name)


def cached_pass(max_entries: int) -> Callable:
    """A function of a loaded `Checkpoint` as one of its `CheckpointInfo`, computed once for every reader.

    The function runs while it is its turn at the processor, so that readers do not slow each other down.
    """

    def decorate(compute: Callable) -> Callable:
        def cached(info: CheckpointInfo, *args, **options):
            from explorer.serving import forward_turn

            checkpoint = checkpoint_of(info)
            with forward_turn():
                return compute(checkpoint, *args, **options)

        # Streamlit tells cached functions apart by name, and all of these have the same code
        cached.__module__, cached.__qualname__ = compute.__module__, compute.__qualname__
        cached.__doc__ = compute.__doc__
        return st.cache_resource(max_entries=max_entries, show_spinner=False, hash_funcs=BY_WEIGHTS)(cached)

    return decorate


@cached_pass(512)
def translation(checkpoint: Checkpoint, text: str, beam_size: int = 1) -> Translation:
    """The model's own translation of `text`."""
    from explorer.decoding.decode import translate
    from explorer.results import SearchSettings

    check_length(text)
    return translate(checkpoint, text, SearchSettings(beam_size))


@cached_pass(512)
def record(checkpoint: Checkpoint, text: str, target: str | tuple[int, ...]) -> PassRecord:
    """Attention and log-probabilities while the model writes `target`, a text or the ids of a search."""
    from explorer.attention.capture import replay

    check_length(text)
    if isinstance(target, str):
        check_length(target, "translation")
    return replay(checkpoint, text, target)


@cached_pass(128)
def details(
    checkpoint: Checkpoint,
    text: str,
    target: str | tuple[int, ...],
    place: HeadId,
) -> tuple[AttentionDetail, ...]:
    """The inside of one head at every step."""
    from explorer.attention import capture

    return capture.details(checkpoint, text, target, place)


@cached_pass(48)
def inside(
    checkpoint: Checkpoint, text: str, target: str | tuple[int, ...], kind: AttentionKind, layer: int
) -> AttentionInside:
    """Every number of one attention, all heads and all rows."""
    from explorer.attention import inside as compute

    return compute.inside(checkpoint, text, target, kind, layer)


def target_tokenizer(info: CheckpointInfo) -> Tokenizer:
    """What turns token ids of a translation into strings, and back."""
    return checkpoint_of(info).tgt_tokenizer


def check_length(text: str, what: str = "sentence") -> None:
    """Raises InputError for a text that is too long for a picture."""
    if len(text) > MAX_CHARACTERS:
        raise InputError(
            f"The {what} has {len(text):,} characters, and a picture has room for {MAX_CHARACTERS}: "
            "shorten it, or use `python -m explorer align`."
        )
