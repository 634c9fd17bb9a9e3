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
    from explorer.views.attention.lines_scene import lines_png, lines_svg
    from explorer.views.attention.matrix_numbers import matrix_csv, matrix_json
    from explorer.views.attention.matrix_page import heatmap_html
    from explorer.views.attention.matrix_scene import heatmap_png, heatmap_svg

    picture = shown.picture
    view = picture.view
    source = _provenance(shown, view, view.name)
    drawn = picture.matrix, screen.theme(), source
    lines = shown.options.picture == "lines"
    return (
        ("PNG", partial(lines_png if lines else heatmap_png, *drawn), "png"),
        ("SVG", partial(lines_svg if lines else heatmap_svg, *drawn), "svg"),
        ("Matrix as HTML" if lines else "HTML", partial(heatmap_html, *drawn), "html"),
        ("CSV", partial(matrix_csv, view, source), "csv"),
        ("JSON", partial(matrix_json, view, source), "json"),
    )


def _overlay_files(shown: Shown) -> tuple[File, ...]:
    """Several heads over each other as they are drawn, and the numbers of each of them."""
    from explorer.views.attention.lines_scene import overlay_png, overlay_svg
    from explorer.views.attention.matrix_numbers import heads_csv, heads_json

    pictures = shown.apart
    views = [each.view for each in pictures]
    source = _provenance(shown, views[0], [view.name for view in views])
    drawn = views, screen.theme(), max(each.matrix.vmax for each in pictures), source
    return (
        ("PNG", partial(overlay_png, *drawn), "png"),
        ("SVG", partial(overlay_svg, *drawn), "svg"),
        ("CSV", partial(heads_csv, views, source), "csv"),
        ("JSON", partial(heads_json, views, source), "json"),
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
