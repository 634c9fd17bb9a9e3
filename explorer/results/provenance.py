"""Where a picture or a table of numbers comes from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Provenance:
    """Where a picture or a table of numbers comes from; every export carries it."""

    checkpoint: str
    sha256: str
    settings: dict[str, object]
    versions: dict[str, str]
    date: str  # ISO 8601, passed in so that an export can be made again byte for byte
