"""How does a reader take a picture home? It and its numbers as files, each with its provenance."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from explorer.pages import screen
from explorer.pages.attention.options import Options
from explorer.pages.attention.picture import vmax

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from explorer.checkpoints.catalogue import CheckpointInfo
    from explorer.pages.attention.target import Target
    from explorer.pages.sidebar import Choice
    from explorer.results import Alignment, LinkErrors, MatrixView, PassRecord, Provenance

MIME = {
    "png": "image/png",
    "svg": "image/svg+xml",
    "html": "text/html",
    "csv": "text/csv",
    "json": "application/json",
}


def export(
    choice: Choice,
    target: Target,
    record: PassRecord,
    view: MatrixView,
    gold: Alignment | None,
    errors: LinkErrors | None,
    options: Options,
) -> None:
    """The picture that is shown and its numbers as files, each with its provenance."""
    from explorer.views.attention.lines_scene import lines_png, lines_svg
    from explorer.views.attention.matrix_numbers import matrix_csv, matrix_json
    from explorer.views.attention.matrix_page import heatmap_html
    from explorer.views.attention.matrix_picture import MatrixPicture
    from explorer.views.attention.matrix_scene import heatmap_png, heatmap_svg

    box = st.expander("Save the picture or the numbers", key="export_box", on_change="rerun")
    if not box.open:
        return
    source = _provenance(choice, target, record, view, view.name, options)
    drawn = MatrixPicture(view, gold, errors, vmax(view, options), options.colormap), screen.theme(), source
    lines = options.picture == "lines"
    with box:
        _buttons(
            choice,
            ("PNG", partial(lines_png if lines else heatmap_png, *drawn), "png"),
            ("SVG", partial(lines_svg if lines else heatmap_svg, *drawn), "svg"),
            ("Matrix as HTML" if lines else "HTML", partial(heatmap_html, *drawn), "html"),
            ("CSV", partial(matrix_csv, view, source), "csv"),
            ("JSON", partial(matrix_json, view, source), "json"),
        )


def export_overlay(
    choice: Choice, target: Target, record: PassRecord, views: Sequence[MatrixView], options: Options
) -> None:
    """Several heads over each other as they are shown, and the numbers of each of them."""
    from explorer.views.attention.lines_scene import overlay_png, overlay_svg
    from explorer.views.attention.matrix_numbers import heads_csv, heads_json

    box = st.expander("Save the picture or the numbers", key="export_box", on_change="rerun")
    if not box.open:
        return
    source = _provenance(choice, target, record, views[0], [view.name for view in views], options)
    drawn = views, screen.theme(), max(vmax(view, options) for view in views), source
    with box:
        _buttons(
            choice,
            ("PNG", partial(overlay_png, *drawn), "png"),
            ("SVG", partial(overlay_svg, *drawn), "svg"),
            ("CSV", partial(heads_csv, views, source), "csv"),
            ("JSON", partial(heads_json, views, source), "json"),
        )


def _provenance(
    choice: Choice,
    target: Target,
    record: PassRecord,
    view: MatrixView,
    heads: str | list[str],
    options: Options,
) -> Provenance:
    settings: dict[str, object] = {"sentence": choice.sentence}
    if record.writes:
        settings |= {
            record.written.name: " ".join(record.written.tokens),
            "forced": target.forced,
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
    return provenance(choice.info, settings)


def _buttons(choice: Choice, *files: tuple[str, Callable[[], str | bytes], str]) -> None:
    """A button for each (label, what makes the file, its suffix), and where the files say they come from."""
    row = st.container(horizontal=True)
    for label, make, suffix in files:
        name = f"attention-{choice.info.name}.{suffix}"
        row.download_button(label, make, name, MIME[suffix], key=f"save-{suffix}", on_click="ignore")
    st.caption(
        f"Each file says where it comes from: {choice.info.name}, sha256 {choice.info.sha256[:12]}…, "
        "settings, versions, date."
    )


def provenance(info: CheckpointInfo, settings: dict[str, object]) -> Provenance:
    """Where an export comes from."""
    from datetime import datetime

    from explorer.results import Provenance
    from explorer.views.provenance import installed_versions

    now = datetime.now().astimezone().isoformat(timespec="seconds")
    return Provenance(
        info.name, info.sha256, settings, installed_versions("torch", "numpy", "streamlit", "plotly"), now
    )
