"""Readings of a sentence compared with blanking words out, computed once for all readers of the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import streamlit as st

from explorer.pages import passes

if TYPE_CHECKING:
    from explorer.checkpoints.catalogue import CheckpointInfo
    from explorer.checkpoints.folder import Checkpoint
    from explorer.results import AttentionKind, Blanking, Comparison, FaithfulnessReport
    from explorer.views.attention.bertviz import Frame


@passes.cached_pass(128)
def comparison(
    checkpoint: Checkpoint, text: str, target: str | tuple[int, ...], kind: AttentionKind, blanking: Blanking
) -> Comparison:
    """Every way of reading a sentence beside the effect of blanking its words out."""
    from explorer.attribution.compare import compare

    return compare(checkpoint, text, target, kind, blanking)


@st.cache_resource(ttl=60, max_entries=32, show_spinner=False, hash_funcs=passes.BY_WEIGHTS)
def faithfulness(info: CheckpointInfo) -> FaithfulnessReport | None:
    """The report of `python -m explorer faithfulness` kept with a checkpoint, of whatever weights."""
    from explorer.attribution.report import read_report

    return read_report(info.path)


class BertvizLook(NamedTuple):
    """How BertViz shows an attention. view: "head" or "model";  layer, heads: what the head view begins
    with;  width: of the model view, in pixels.
    """

    view: str
    theme: str
    layer: int
    heads: tuple[int, ...]
    width: int


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs=passes.BY_WEIGHTS)
def bertviz(
    info: CheckpointInfo, text: str, target: str | tuple[int, ...], kind: AttentionKind, look: BertvizLook
) -> Frame:
    """One kind of attention as BertViz draws it."""
    from explorer.views.attention.bertviz import head_view, model_view
    from explorer.views.theme import THEMES

    attention_map, colors = passes.record(info, text, target).map(kind), THEMES[look.theme]
    if look.view == "head":
        return head_view(attention_map, colors, look.layer, look.heads)
    return model_view(attention_map, colors, look.width)
