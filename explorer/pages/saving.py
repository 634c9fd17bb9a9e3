"""How does a reader take a picture home? As a file, with its provenance."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from explorer.checkpoints.catalogue import CheckpointInfo
    from explorer.results import Provenance

MIME = {
    "png": "image/png",
    "svg": "image/svg+xml",
    "html": "text/html",
    "csv": "text/csv",
    "json": "application/json",
}


def provenance(info: CheckpointInfo, settings: dict[str, object]) -> Provenance:
    """Where an export comes from."""
    from datetime import datetime

    from explorer.results import Provenance
    from explorer.views.export import installed_versions

    now = datetime.now().astimezone().isoformat(timespec="seconds")
    return Provenance(
        info.name, info.sha256, settings, installed_versions("torch", "numpy", "streamlit", "plotly"), now
    )
