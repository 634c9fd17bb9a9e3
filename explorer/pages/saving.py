"""Files that a reader takes home, each with its provenance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from collections.abc import Callable

    from explorer.results import Provenance

MIME = {
    "png": "image/png",
    "svg": "image/svg+xml",
    "html": "text/html",
    "csv": "text/csv",
    "json": "application/json",
    "tex": "application/x-tex",
    "bpe": "text/plain",
}


def save(
    label: str, make: str | bytes | Callable[[], str | bytes], name: str, key: str, disabled: bool = False
) -> None:
    """A button that saves the file `name`. make: what is in it, or what makes that once it is pressed."""
    mime = MIME.get(name.rpartition(".")[2], "application/octet-stream")
    st.download_button(label, make, name, mime, key=key, on_click="ignore", disabled=disabled)


def origin(name: str, sha256: str) -> None:
    """A line below the buttons: what each file says about itself."""
    st.caption(
        f"Each file says where it comes from: {name}, sha256 {sha256[:12]}…, settings, versions, date."
    )


def provenance(name: str, sha256: str, settings: dict[str, object]) -> Provenance:
    """Where an export of a page comes from. name, sha256: of the model, or the names of runs and ""."""
    from explorer.views.provenance import provenance

    return provenance(name, sha256, settings, "streamlit", "plotly")
