"""Where a picture or a number comes from, as files carry it."""

from __future__ import annotations

import json
from dataclasses import asdict

from explorer.results import Provenance


def provenance_json(provenance: Provenance | None) -> str:
    """One line of ASCII, so that it fits any container."""
    return json.dumps(
        asdict(provenance) if provenance else {}, ensure_ascii=True, sort_keys=True, default=str
    )
