"""Kills at random moments change nothing: five of them, fifty with --soak, a thousand in a benchmark."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HARNESS = Path(__file__).with_name("kill_harness.py")


@pytest.mark.process
def test_five_kills_at_random_moments_change_nothing():
    done = subprocess.run(
        [sys.executable, HARNESS, "--kills", "5"], capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["kills"], told["differences"]) == (5, 0)
    assert told["resumed in the middle"] >= 2, "some kills are in the middle of the training"


@pytest.mark.soak
def test_fifty_kills_at_random_moments_change_nothing():
    """Two processes with half of the kills each: the harness itself uses one core."""
    command = [sys.executable, HARNESS, "--kills", "25", "--seed"]
    running = [
        subprocess.Popen([*command, seed], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for seed in "12"
    ]
    outputs = [process.communicate(timeout=1200) for process in running]
    assert [process.returncode for process in running] == [0, 0], "".join(errors for _, errors in outputs)
    told = [json.loads(output) for output, _ in outputs]
    assert [(part["kills"], part["differences"]) for part in told] == [(25, 0)] * 2
    assert sum(part["resumed in the middle"] for part in told) >= 10, (
        "many kills are in the middle of the training"
    )
