"""Which attention is shown, and how? Controls, reading, judging and drawing of one matrix, for every page
that shows one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import streamlit as st

from explorer.errors import InputError
from explorer.pages import screen
from explorer.pages.attention import meanings

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from explorer.checkpoints.catalogue import CheckpointInfo
    from explorer.pages.sidebar import Choice
    from explorer.results import (
        Alignment,
        AttentionKind,
        AttentionMap,
        LinkErrors,
        MatrixView,
        PassRecord,
    )

BESIDE_CELL = 24  # pixels: where a cell would have less, two pictures stand below each other
MAX_CELLS = 14_400  # 120 × 120 tokens; beyond that nothing can be read


@dataclass(frozen=True)
class Options:
    """How the map is read and drawn: arguments of `explorer.attention.reading.read_map` and of the views."""

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


def pick_options(choice: Choice, record: PassRecord) -> tuple[AttentionKind, Options]:
    """The two or three controls that matter, and the rest behind a button."""
    kind = pick_kind(record)
    heads, reduce = pick_heads(record.map(kind))
    picture = pick_picture(["matrix", "lines"])
    return kind, replace(
        pick_reading(record.map(kind), choice.pair is not None), heads=heads, reduce=reduce, picture=picture
    )


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
        merge = st.toggle(
            "Merge subwords into words", key="merge", persist_state="session", help=meanings.MERGED
        )
        hide = st.toggle(
            "Hide special tokens",
            key="hide",
            persist_state="session",
            help="`<s>` and `</s>`, the ends of a sentence.",
        )
        renormalise = st.toggle(
            "… and scale rows back to 1",
            key="renormalise",
            persist_state="session",
            disabled=not hide,
            help="Off: the rows keep their numbers and sum to less than 1. On: what is left of a row is "
            "scaled up.",
        )
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
            help="So many per cent of the cells that hold anything. The line under the picture says how "
            "much of the attention is hidden.",
        )
        full_scale = st.toggle(
            "Colours from 0 to 1",
            value=True,
            key="full_scale",
            persist_state="session",
            help="Off: from 0 to the largest weight of this picture, which the scale then names.",
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
    return Options(
        reading=reading,
        merge=merge,
        hide=hide,
        renormalise=hide and renormalise,
        minimum=minimum,
        top=top / 100,
        full_scale=full_scale,
        colormap=colormap,
        gold=gold,
    )


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
        help=f"There are {n_layers} layers (L0 is the first) of {n_heads} heads: see the mean or the "
        "maximum of all, one, or any set.",
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
        st.caption("None is picked yet, so all are shown.")
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


def read(record: PassRecord, kind: AttentionKind, options: Options) -> MatrixView:
    """The matrix to draw."""
    from explorer.attention.reading import read_map

    view = read_map(record.map(kind), heads=options.heads, reduce=options.reduce, **_reading(options))
    n_rows, n_cols = view.weights.shape
    if n_rows * n_cols > MAX_CELLS:
        raise InputError(
            f"This picture would have {n_rows} × {n_cols} cells, too many to read: merge subwords into "
            "words, or shorten the sentence."
        )
    return view


def read_each(record: PassRecord, kind: AttentionKind, options: Options) -> np.ndarray:
    """Every head by itself, read in the same way: [layers, heads, rows, cols]."""
    from explorer.attention.reading import read_heads

    return read_heads(record.map(kind), **_reading(options))


def _reading(options: Options) -> dict[str, object]:
    """The arguments of `read_map` that are the same for every head."""
    names = ("reading", "merge", "hide", "renormalise", "minimum", "top")
    return {name: getattr(options, name) for name in names}


def judge(record: PassRecord, options: Options, gold: Alignment) -> tuple[LinkErrors, str]:
    """The links of the chosen heads held against the gold links, and a line about them.

    Links are read from words, without special tokens, whatever the picture shows: each word of the
    translation is linked to the one it looks at most.
    """
    from explorer.attention.reading import link_errors, word_links
    from explorer.evaluation.alignment import Example, best_head, count_links
    from explorer.views.theme import percent

    between = record.between
    links = word_links(between, options.heads, options.reduce, options.reading)
    counts = count_links(links, gold)
    line = (
        f"Alignment error rate {percent(counts.aer)} on this sentence: of {counts.n_predicted} links found "
        f"{counts.n_predicted_possible} "
        f"are right, and of {counts.n_sure} sure links {counts.n_predicted_sure} are found."
    )
    if between.n_layers * between.n_heads > 1:
        best = best_head(
            [Example(between.weights, between.query.word_ids, between.key.word_ids, gold)], options.reading
        )
        line += f" The best single head here is L{best.layer} H{best.head}: {percent(best.best.aer)}."
    return link_errors(links, gold), line


def draw(
    view: MatrixView,
    gold: Alignment | None,
    errors: LinkErrors | None,
    options: Options,
    key: str,
    max_width: int,
    scale: float | None = None,
) -> None:
    """One picture, as a matrix, as lines or as a table of numbers."""
    from explorer.components.alignment_lines import alignment_lines
    from explorer.views.attention.alignment_lines import lines_data
    from explorer.views.attention.captions import description
    from explorer.views.attention.heatmap import heatmap
    from explorer.views.attention.number_table import number_table
    from explorer.views.theme import PLOTLY_CONFIG

    theme = screen.theme()
    scale = vmax(view, options) if scale is None else scale
    if options.picture == "lines":
        alignment_lines(lines_data(view, theme, gold, errors, scale), key=f"{key}-lines")
    elif options.picture == "numbers":
        st.html(number_table(view, theme, scale, options.colormap))
    else:
        figure = heatmap(view, theme, gold, errors, scale, options.colormap, max_width)
        st.plotly_chart(
            figure,
            key=f"{key}-matrix",
            width="content",
            theme=None,
            config=PLOTLY_CONFIG,
            alt=description(view),
        )


def draw_pair(
    views: Sequence[MatrixView], names: Sequence[str], keys: Sequence[str], options: Options, width: int
) -> None:
    """Two pictures of the same rows and columns with one scale, and their difference. keys: of the first, the
    second, the difference.
    """
    from explorer.attention.reading import difference
    from explorer.views.attention.heatmap import difference_heatmap
    from explorer.views.theme import PLOTLY_CONFIG

    scale = max(vmax(view, options) for view in views)  # one scale, or the colours could not be compared
    room = (width - 48) // 2
    if (room - 190) / views[0].weights.shape[1] >= BESIDE_CELL:
        places = st.columns(2, gap="medium")
    else:  # one above the other, the same columns below each other
        room, places = width, (st.container(), st.container())
    for place, key, name, view in zip(places, keys, names, views, strict=False):
        with place:
            st.text(f"{name}, {view.name}")
            draw(view, None, None, options, key=key, max_width=room, scale=scale)
    figure = difference_heatmap(difference(*views), screen.theme(), scale, width)
    st.text(f"The difference: orange where {names[0]} looks more, blue where {names[1]} does.")
    st.plotly_chart(figure, key=keys[2], width="content", theme=None, config=PLOTLY_CONFIG)


def vmax(view: MatrixView, options: Options) -> float:
    """The weight that has the strongest colour: 1, or the largest of the picture, rounded up to
    hundredths.
    """
    return scale_of(view.weights, options)


def scale_of(weights: np.ndarray, options: Options) -> float:
    """The same for any weights."""
    largest = float(weights.max(initial=0.0))
    if options.full_scale and largest <= 1.0001:
        return 1.0
    return max(0.01, math.ceil(100 * largest) / 100)
