"""Does a provenance say which model, which settings, which versions and when?"""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from explorer.views.provenance import installed_versions, provenance


def test_versions_name_python_and_what_is_asked_for():
    versions = installed_versions("numpy", "no-such-package")
    assert (
        versions["numpy"] == np.__version__
        and versions["no-such-package"] == "not installed"
        and versions["python"].startswith("3.")
    )


def test_a_provenance_names_its_packages_and_the_time_in_utc():
    before = datetime.now(UTC).replace(microsecond=0)
    source = provenance("a-model", "ab" * 32, {"heads": "all"}, "plotly")
    assert (source.checkpoint, source.sha256, source.settings) == ("a-model", "ab" * 32, {"heads": "all"})
    assert list(source.versions) == ["python", "torch", "numpy", "plotly"]
    made = datetime.fromisoformat(source.date)
    assert before <= made <= datetime.now(UTC) and made.utcoffset().total_seconds() == 0
