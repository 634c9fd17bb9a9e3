"""Attention as files: the picture that is shown and its numbers, each with its provenance."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from explorer.pages import saving, screen

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from explorer.pages.attention.picture import Picture
    from explorer.pages.attention.shown import Shown
    from explorer.results import MatrixView, Provenance

File = tuple[str, "Callable[[], str | bytes]", str]  # (label, what makes it, its suffix)


def export(shown: Shown, picture: Picture) -> None:
    """The picture that is shown and its numbers."""
    from explorer.views import export as files
    from explorer.views.attention.lines_svg import lines_png, lines_svg

    box = st.expander("Save the picture or the numbers", key="export_box", on_change="rerun")
    if not box.open:
        return
    view, theme = picture.view, screen.theme()
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
    drawn_lines = view, theme, picture.gold, picture.errors, picture.scale, source
    lines = picture.options.picture == "lines"
    with box:
        _buttons(
            shown,
            (
                "PNG",
                partial(lines_png, *drawn_lines) if lines else partial(files.heatmap_png, **matrix),
                "png",
            ),
            (
                "SVG",
                partial(lines_svg, *drawn_lines) if lines else partial(files.heatmap_svg, **matrix),
                "svg",
            ),
            ("Matrix as HTML" if lines else "HTML", partial(files.heatmap_html, **matrix), "html"),
            ("CSV", partial(files.matrix_csv, view, source), "csv"),
            ("JSON", partial(files.matrix_json, view, source), "json"),
        )


def export_overlay(shown: Shown, pictures: Sequence[Picture]) -> None:
    """Several heads over each other as they are shown, and the numbers of each of them."""
    from explorer.views import export as files
    from explorer.views.attention.lines_svg import overlay_png, overlay_svg

    box = st.expander("Save the picture or the numbers", key="export_box", on_change="rerun")
    if not box.open:
        return
    views = [each.view for each in pictures]
    source = _provenance(shown, views[0], [view.name for view in views])
    drawn = views, screen.theme(), max(each.scale for each in pictures), source
    with box:
        _buttons(
            shown,
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
    return saving.provenance(shown.info, settings)


def _buttons(shown: Shown, *files: File) -> None:
    """A button for each file, and where the files say they come from."""
    row = st.container(horizontal=True)
    for label, make, suffix in files:
        name = f"attention-{shown.info.name}.{suffix}"
        row.download_button(label, make, name, saving.MIME[suffix], key=f"save-{suffix}", on_click="ignore")
    st.caption(
        f"Each file says where it comes from: {shown.info.name}, sha256 {shown.info.sha256[:12]}…, "
        "settings, versions, date."
    )
