"""Does a run killed at 1,000 random moments end like one that was never killed? Every difference is an error.

python benchmarks/kill_runs.py [--kills 1000] [--seed 0]
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.training.kill_harness import main  # noqa: E402

if __name__ == "__main__":
    main(default_kills=1000)
