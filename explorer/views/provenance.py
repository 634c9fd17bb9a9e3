"""Where a picture or a number comes from, as files carry it."""

from __future__ import annotations

import json
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from platform import python_version

from explorer.results import Provenance


def provenance_json(provenance: Provenance | None) -> str:
    """One line of ASCII, so that it fits any container."""
    return json.dumps(
        asdict(provenance) if provenance else {}, ensure_ascii=True, sort_keys=True, default=str
    )


def installed_versions(*packages: str) -> dict[str, str]:
    """Versions of Python and of the named packages, for a `Provenance`; "not installed" where there is
    none.
    """
    versions = {"python": python_version()}
    for package in packages:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            versions[package] = "not installed"
    return versions
