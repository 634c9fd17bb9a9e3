"""Where a picture or a number comes from: filled in here, and as files carry it."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from platform import python_version

from explorer.results import Provenance


def provenance(name: str, sha256: str, settings: dict[str, object], *packages: str) -> Provenance:
    """A provenance as of now, in UTC. name, sha256: of the model, or the names of runs and "";
    packages: whose versions it gives besides torch and numpy.
    """
    versions = installed_versions("torch", "numpy", *packages)
    return Provenance(name, sha256, settings, versions, datetime.now(UTC).isoformat(timespec="seconds"))


def installed_versions(*packages: str) -> dict[str, str]:
    """Versions of Python and of the named packages; "not installed" where there is none."""
    versions = {"python": python_version()}
    for package in packages:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            versions[package] = "not installed"
    return versions


def provenance_json(provenance: Provenance | None) -> str:
    """One line of ASCII, so that it fits any container."""
    return json.dumps(
        asdict(provenance) if provenance else {}, ensure_ascii=True, sort_keys=True, default=str
    )
