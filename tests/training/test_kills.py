"""Fifty kills at random moments change nothing; `benchmarks/kill_runs.py` does a thousand."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def test_fifty_kills_at_random_moments_change_nothing():
    harness = Path(__file__).with_name("kill_harness.py")
    done = subprocess.run([sys.executable, harness, "--kills", "50", "--seed", "1"], capture_output=True, text=True, timeout=1200)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["kills"] == 50 and told["differences"] == 0
    assert told["resumed in the middle"] >= 10, "most kills are in the middle of the training"
