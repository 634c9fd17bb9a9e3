"""How does a reader take a picture home? It and its numbers as files, each with its provenance."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from explorer.pages import shared
from explorer.pages.attention_picture import Options, vmax

if TYPE_CHECKING:
    from explorer.pages.shared import Choice
    from explorer.pages.target import Target
    from explorer.results import Alignment, AttentionRecord, LinkErrors, MatrixView


def export(
    choice: Choice,
    target: Target,
    record: AttentionRecord,
    view: MatrixView,
    gold: Alignment | None,
    errors: LinkErrors | None,
    options: Options,
) -> None:
    """The picture and its numbers as files, each with its provenance."""
    from explorer.views import export as files
    from explorer.views.lines_svg import lines_svg

    box = st.expander("Save the picture or the numbers", key="export_box", on_change="rerun")
    if not box.open:
        return
    settings = {
        "sentence": choice.sentence,
        "translation": " ".join(record.tgt_tokens),
        "forced": target.forced,
        "log_probs": [float(f"{value:.6g}") for value in record.log_probs.tolist()],
        "kind": view.kind,
        "heads": view.name,
        "reading": view.reading,
        "merge_subwords": options.merge,
        "hide_special": options.hide,
        "renormalised": options.renormalise,
        "threshold": options.minimum,
        "strongest_share": options.top,
    }
    source = shared.provenance(choice.info, settings)
    theme = shared.theme()
    drawn = {
        "view": view,
        "theme": theme,
        "provenance": source,
        "gold": gold,
        "errors": errors,
        "vmax": vmax(view, options),
        "colormap": options.colormap,
    }
    svg = (
        partial(lines_svg, view, theme, gold, errors, vmax(view, options), source)
        if options.picture == "lines"
        else partial(files.heatmap_svg, **drawn)
    )
    name = f"attention-{choice.info.name}"
    with box:
        row = st.container(horizontal=True)
        for label, make, suffix, mime in (
            ("PNG", partial(files.heatmap_png, **drawn), "png", "image/png"),
            ("SVG", svg, "svg", "image/svg+xml"),
            ("HTML", partial(files.heatmap_html, **drawn), "html", "text/html"),
            ("CSV", partial(files.matrix_csv, view, source), "csv", "text/csv"),
            ("JSON", partial(files.matrix_json, view, source), "json", "application/json"),
        ):
            row.download_button(label, make, f"{name}.{suffix}", mime, key=f"save-{suffix}", on_click="ignore")
        st.caption(f"Each file says where it comes from: {choice.info.name}, sha256 {choice.info.sha256[:12]}…, settings, versions, date.")
