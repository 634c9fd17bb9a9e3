"""A command as a user sees it: its exit code, its output and its errors."""

from __future__ import annotations

import io
import json
import signal
import sys
from typing import NamedTuple

import pytest

from explorer.__main__ import main
from explorer.checkpoints.folder import save_checkpoint
from tests.conftest import make_tiny_checkpoint


class Outcome(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def jsons(self):
        return [json.loads(line) for line in self.out.split("\n") if line]


@pytest.fixture
def command(capsys, monkeypatch):
    """Runs ``python -m explorer <arguments>`` in this process; stdin: what is piped into it."""

    def run(*arguments, stdin: str | bytes = b"") -> Outcome:
        data = stdin.encode() if isinstance(stdin, str) else stdin
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), encoding="utf-8"))
        capsys.readouterr()
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as error:  # argparse
            code = error.code
        return Outcome(code, *capsys.readouterr())

    return run


@pytest.fixture
def interruptible():
    """Ctrl-C ends Python, and what is started from here, as it does in the foreground of a terminal.

    Whatever a shell script has put into the background inherits that SIGINT is ignored, and Python leaves it
    so: the Ctrl-C was meant for the script. Tests that were started in such a way would see that, too.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session")
def folders(tmp_path_factory):
    """Checkpoint folders by name: a transformer, an RNN with attention and one without."""
    root = tmp_path_factory.mktemp("checkpoints")
    made = {"transformer": {}, "rnn": {}, "none": {"attention": "none"}}
    found = {}
    for name, options in made.items():
        checkpoint = make_tiny_checkpoint("transformer" if name == "transformer" else "rnn", **options)
        found[name] = save_checkpoint(root / name, checkpoint, card="# Card\n")
    return found
