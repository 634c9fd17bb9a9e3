"""The controls that say which attention is shown, and how."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from explorer.pages.attention import meanings

if TYPE_CHECKING:
    from explorer.checkpoints.catalogue import CheckpointInfo
    from explorer.pages.attention.shown import Shown
    from explorer.results import AttentionKind, AttentionMap, PassRecord


@dataclass(frozen=True)
class Options:
    """How the map is read and drawn: heads, the `MapReading` of `explorer.attention.reading`, look."""

    heads: tuple[tuple[int, int], ...] | None = None
    reduce: str = "mean"
    reading: str = "output"
    merge: bool = False
    hide: bool = False
    renormalise: bool = False
    minimum: float = 0.0
    top: float = 1.0
    full_scale: bool = True
    colormap: str = "cividis"
    gold: bool = True
    picture: str = "matrix"


def kind_titles(info: CheckpointInfo) -> dict[AttentionKind, str]:
    """What each kind of attention of a model is called: "Translation looks at source"."""
    from explorer.results import names_of

    names = info.side_names
    return {
        kind: names_of(kind).title_of(names[spec.query], names[spec.key])
        for kind, spec in info.can.attention.items()
    }


def pick_options(shown: Shown) -> Shown:
    """The two or three controls that matter, and the rest behind a button; the pass with what they say."""
    shown = replace(shown, kind=pick_kind(shown.record))
    heads, reduce = pick_heads(shown.map)
    picture = pick_picture(["matrix", "lines"])
    options = pick_reading(shown.map, shown.choice.pair is not None)
    return replace(shown, options=replace(options, heads=heads, reduce=reduce, picture=picture))


def pick_kind(record: PassRecord, horizontal: bool = False) -> AttentionKind:
    """Which attention of the record, if it has several."""
    from explorer.results import KINDS, in_order, names_of

    kinds = in_order(record.kinds, KINDS)
    if len(kinds) == 1:
        return kinds[0]
    titles = {kind: record.map(kind).title for kind in kinds}
    terms = ". ".join(f"{titles[kind]}: {names_of(kind).technical}" for kind in kinds)
    return st.radio(
        "Attention",
        kinds,
        format_func=titles.get,
        key="kind",
        persist_state="session",
        horizontal=horizontal,
        help=f"{terms}.",
    )


def pick_picture(pictures: list[str], key: str = "shape", disabled: bool = False) -> str:
    """How the matrix is drawn."""
    return st.segmented_control(
        "Picture",
        pictures,
        default=pictures[0],
        key=key,
        required=True,
        persist_state="session",
        disabled=disabled,
    )


def pick_reading(attention_map: AttentionMap, gold_known: bool, width: str = "stretch") -> Options:
    """What is done to the numbers and colours, behind a button."""
    with st.popover("Reading options", width=width):
        rows = _pick_rows(attention_map)
        cells = _pick_cells()
        colours = _pick_colours(gold_known)
    return Options(**rows, **cells, **colours)


def _pick_rows(attention_map: AttentionMap) -> dict[str, Any]:
    """What a row and a column stand for: `reading`, `merge`, `hide` and `renormalise` of the options."""
    reading = "output"
    if attention_map.query.role == "written":
        reading = st.segmented_control(
            "A row belongs to the token that",
            ["output", "input"],
            default="output",
            format_func={"output": "comes out", "input": "goes in"}.get,
            key="reading",
            required=True,
            persist_state="session",
            help=meanings.OUTPUT_OR_INPUT,
        )
    merge = st.toggle("Merge subwords into words", key="merge", persist_state="session", help=meanings.MERGED)
    hide = st.toggle(
        "Hide special tokens",
        key="hide",
        persist_state="session",
        help="`<s>` and `</s>`, which mark where a sentence begins and ends.",
    )
    renormalise = st.toggle(
        "… and scale rows back to 1",
        key="renormalise",
        persist_state="session",
        disabled=not hide,
        help="Off: the rows keep their numbers and sum to less than 1. On: what is left of a row is "
        "scaled up.",
    )
    return {"reading": reading, "merge": merge, "hide": hide, "renormalise": hide and renormalise}


def _pick_cells() -> dict[str, Any]:
    """Which cells are shown: `minimum` and `top` of the options."""
    minimum = st.slider("Hide weights below", 0.0, 0.5, 0.0, 0.01, key="minimum", persist_state="session")
    top = st.slider(
        "Show the strongest",
        1,
        100,
        100,
        1,
        format="%d %%",
        key="top",
        persist_state="session",
        help="The strongest cells, in per cent of those that are not zero. The line under the picture "
        "says how much attention is hidden.",
    )
    return {"minimum": minimum, "top": top / 100}


def _pick_colours(gold_known: bool) -> dict[str, Any]:
    """How a cell is coloured and marked: `full_scale`, `colormap` and `gold` of the options."""
    full_scale = st.toggle(
        "Colours from 0 to 1",
        value=True,
        key="full_scale",
        persist_state="session",
        help="Off: from 0 to the largest weight in this picture, which the scale then shows.",
    )
    colormap = st.segmented_control(
        "Colours",
        ["cividis", "viridis"],
        default="cividis",
        key="colormap",
        required=True,
        persist_state="session",
    )
    gold = (
        st.toggle("Mark gold links and errors", value=True, key="gold", persist_state="session")
        if gold_known
        else True
    )
    return {"full_scale": full_scale, "colormap": colormap, "gold": gold}


def pick_heads(
    attention_map: AttentionMap, prefix: str = ""
) -> tuple[tuple[tuple[int, int], ...] | None, str]:
    """Any set of heads (None for all) and how it becomes one matrix."""
    n_layers, n_heads = attention_map.n_layers, attention_map.n_heads
    if n_layers * n_heads == 1:
        return None, "mean"
    mode = st.segmented_control(
        "Heads",
        ["mean", "max", "one", "some"],
        default="mean",
        key=f"{prefix}heads",
        required=True,
        wrap=True,
        persist_state="session",
        help=f"{n_layers} layers (L0 is the first) of {n_heads} heads each: show the mean or the maximum "
        "of all, one head, or any set.",
    )
    if mode in ("mean", "max"):
        return None, mode
    keys = [f"{prefix}{mode}-{n_layers}x{n_heads}-L{layer}" for layer in range(n_layers)]
    if mode == "one" and not any(st.session_state.get(key) is not None for key in keys):
        st.session_state[keys[-1]] = 0
    chosen = []
    for layer, key in enumerate(keys):
        picked = st.pills(
            f"Layer L{layer}",
            list(range(n_heads)),
            format_func="H{}".format,
            key=key,
            wrap=True,
            persist_state="session",
            selection_mode="single" if mode == "one" else "multi",
            on_change=_only_this if mode == "one" else None,
            args=(key, keys) if mode == "one" else None,
        )
        chosen += [(layer, head) for head in ([picked] if mode == "one" else picked) if head is not None]
    if mode == "one":
        return tuple(chosen), "mean"
    if not chosen:
        st.caption("No head is picked, so all are shown.")
    return tuple(chosen) or None, st.segmented_control(
        "Combined by",
        ["mean", "max"],
        default="mean",
        key=f"{prefix}reduce",
        required=True,
        persist_state="session",
    )


def _only_this(key: str, keys: list[str]) -> None:
    """One head in all layers: what is picked in a layer is dropped in the others."""
    for other in keys:
        if other != key:
            st.session_state[other] = None
