"""The section that saves what is shown: the picture and its numbers, each with its provenance."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from explorer.pages import saving, screen

if TYPE_CHECKING:
    from collections.abc import Callable

    from explorer.pages.attention.shown import Shown
    from explorer.results import MatrixView, Provenance

File = tuple[str, "Callable[[], str | bytes]", str]  # (label, what makes it, its suffix)


def export(shown: Shown) -> None:
    """What is shown large and its numbers, as files; folded."""
    screen.section("Save the picture or the numbers", "export_box", _export, shown)


def _export(shown: Shown) -> None:
    files = _overlay_files(shown) if shown.options.picture == "overlay" else _picture_files(shown)
    with st.container(horizontal=True):
        for label, make, suffix in files:
            saving.save(label, make, f"attention-{shown.info.name}.{suffix}", f"save-{suffix}")
    saving.origin(shown.info.name, shown.info.sha256)


def _picture_files(shown: Shown) -> tuple[File, ...]:
    """One matrix, as it is drawn and as numbers."""
    from explorer.views import export as files
    from explorer.views.attention.lines_svg import lines_png, lines_svg

    picture, theme = shown.picture, screen.theme()
    view = picture.view
    source = _provenance(shown, view, view.name)
    matrix = {
        "view": view,
        "theme": theme,
        "provenance": source,
        "gold": picture.gold,
        "errors": picture.errors,
        "vmax": picture.scale,
        "colormap": picture.options.colormap,
    }
    if picture.options.picture == "lines":
        lines = view, theme, picture.gold, picture.errors, picture.scale, source
        drawn = partial(lines_png, *lines), partial(lines_svg, *lines)
        html = "Matrix as HTML"
    else:
        drawn = partial(files.heatmap_png, **matrix), partial(files.heatmap_svg, **matrix)
        html = "HTML"
    png, svg = drawn
    return (
        ("PNG", png, "png"),
        ("SVG", svg, "svg"),
        (html, partial(files.heatmap_html, **matrix), "html"),
        ("CSV", partial(files.matrix_csv, view, source), "csv"),
        ("JSON", partial(files.matrix_json, view, source), "json"),
    )


def _overlay_files(shown: Shown) -> tuple[File, ...]:
    """Several heads over each other as they are drawn, and the numbers of each of them."""
    from explorer.views import export as files
    from explorer.views.attention.lines_svg import overlay_png, overlay_svg

    pictures = shown.apart
    views = [each.view for each in pictures]
    source = _provenance(shown, views[0], [view.name for view in views])
    drawn = views, screen.theme(), max(each.scale for each in pictures), source
    return (
        ("PNG", partial(overlay_png, *drawn), "png"),
        ("SVG", partial(overlay_svg, *drawn), "svg"),
        ("CSV", partial(files.heads_csv, views, source), "csv"),
        ("JSON", partial(files.heads_json, views, source), "json"),
    )


def _provenance(shown: Shown, view: MatrixView, heads: str | list[str]) -> Provenance:
    """The model, and all that the numbers of these heads depend on."""
    record, options = shown.record, shown.options
    settings: dict[str, object] = {"sentence": shown.sentence}
    if record.writes:
        settings |= {
            record.written.name: " ".join(record.written.tokens),
            "forced": shown.target.forced,
            "log_probs": [float(f"{value:.6g}") for value in record.log_probs.tolist()],
        }
    settings |= {
        "kind": view.kind,
        "heads": heads,
        "reading": view.reading,
        "merge_subwords": options.merge,
        "hide_special": options.hide,
        "renormalised": options.renormalise,
        "threshold": options.minimum,
        "strongest_share": options.top,
    }
    return saving.provenance(shown.info.name, shown.info.sha256, settings)
