"""`python -m explorer` as a process: fast help and clean exits."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from explorer.__main__ import COMMANDS
from tests.source_files import ROOT


def process(*arguments, **options):
    line = [sys.executable, "-m", "explorer", *map(str, arguments)]
    return subprocess.Popen(
        line, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options
    )


def finished(*arguments):
    started = process(*arguments, stdin=subprocess.DEVNULL)
    out, err = started.communicate(timeout=120)
    return started.returncode, out, err


# Every help in a fork of one interpreter that has loaded nothing of ours: its exit code, the first words,
# complaints, and which libraries it has loaded.
HELPS = """
import contextlib, io, json, os, sys
LIBRARIES = {"torch", "models", "models.base", "plotly", "streamlit", "tokenizers", "numpy"}

def child(arguments, pipe):
    out, err, code = io.StringIO(), io.StringIO(), None
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        from explorer.__main__ import main
        try:
            main(arguments)
        except SystemExit as end:
            code = end.code
    told = [code, out.getvalue()[:40], err.getvalue(), sorted(LIBRARIES & set(sys.modules))]
    os.write(pipe, json.dumps(told).encode())

for line in sys.stdin:
    reading, writing = os.pipe()
    if os.fork() == 0:
        try:
            child(json.loads(line), writing)
        finally:
            os._exit(0)
    os.close(writing)
    with open(reading) as pipe:
        print(pipe.read(), flush=True)
    os.wait()
"""


@pytest.fixture(scope="module")
def helps():
    """By command: exit code, the first words, complaints, libraries."""
    lines = [[name, "--help"] for name in COMMANDS]
    done = subprocess.run(
        [sys.executable, "-c", HELPS],
        input="\n".join(map(json.dumps, lines)),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return dict(zip(COMMANDS, map(json.loads, done.stdout.splitlines()), strict=True))


@pytest.mark.parametrize("name", COMMANDS)
def test_help_loads_no_network_library(helps, name):
    """Which is what keeps it quick; benchmarks/command_help.py has the seconds."""
    code, out, err, libraries = helps[name]
    assert (code, err) == (0, "") and out.startswith(f"usage: python -m explorer {name} ")
    slow = {"torch", "models.base", "plotly", "streamlit", "tokenizers"}
    if name == "heads":
        slow |= {"models", "numpy"}
    assert not slow & set(libraries)


@pytest.mark.process
@pytest.mark.parametrize("arguments", [["--help"], ["train", "--help"]], ids=" ".join)
def test_a_process_answers_for_help(arguments):
    code, out, err = finished(*arguments)
    assert (code, err) == (0, "") and "usage: python -m explorer" in out


def test_the_overview_names_every_command(command):
    outcome = command("--help")
    assert outcome.code == 0 and all(
        f"  {name} " in outcome.out and summary in outcome.out for name, (summary, _) in COMMANDS.items()
    )
    for name in COMMANDS:
        text = command(name, "--help").out
        assert f"usage: python -m explorer {name}" in text and "--json" in text


@pytest.mark.parametrize("arguments", [[], ["dance"], ["translate", "--nonsense"]])
def test_what_is_no_command_gets_the_usage(command, arguments):
    outcome = command(*arguments)
    assert outcome.code == 2 and outcome.out == "" and outcome.err.startswith("usage: python -m explorer")


@pytest.mark.process
def test_a_mistake_is_one_line_for_a_process_too():
    code, out, err = finished("corpus", "--phenomenon", "ghosts")
    assert (
        (code, out) == (2, "")
        and err.startswith("error: The grammar has no phenomenon 'ghosts'")
        and err.count("\n") == 1
    )


@pytest.mark.process
def test_a_full_disk_is_one_line():
    with open("/dev/full", "w") as full:
        arguments = [sys.executable, "-m", "explorer", "corpus", "--list"]
        started = subprocess.run(arguments, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True)
    assert (
        started.returncode == 2
        and started.stderr.startswith("error: The output cannot be written")
        and started.stderr.count("\n") == 1
    )


@pytest.mark.process
def test_closed_streams_are_no_accident():
    closed = (
        "import os, sys; os.close(int(sys.argv[1])); os.execv(sys.executable, [sys.executable, '-m', "
        "'explorer', *sys.argv[2:]])"
    )
    quiet = subprocess.run(
        [sys.executable, "-c", closed, "1", "corpus", "--list"], cwd=ROOT, stderr=subprocess.PIPE, text=True
    )
    assert (quiet.returncode, quiet.stderr) == (0, "")
    mute = subprocess.run(
        [sys.executable, "-c", closed, "0", "translate"], cwd=ROOT, capture_output=True, text=True
    )
    assert (
        mute.returncode == 2
        and "no sentence and no standard input" in mute.stderr
        and "Traceback" not in mute.stderr
    )


@pytest.mark.process
def test_a_reader_that_goes_away_is_no_error():
    started = process("corpus", "--phenomenon", "negation", "--samples", "3000")
    assert started.stdout.readline() == "# negation\n"
    started.stdout.close()
    assert started.wait(timeout=120) == 141
    assert started.stderr.read() == ""
    started.stderr.close()


@pytest.mark.process
def test_control_c_ends_without_a_traceback(interruptible, tmp_path):
    script = (
        "import sys; from explorer.__main__ import main; print('ready', flush=True); "
        "sys.exit(main(sys.argv[1:]))"
    )
    started = subprocess.Popen(
        [sys.executable, "-c", script, "corpus", "--n_train", "1000000", "--out", tmp_path / "large"],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert started.stdout.readline() == "ready\n"
    time.sleep(0.3)
    os.kill(started.pid, signal.SIGINT)
    out, err = started.communicate(timeout=60)
    assert (started.returncode, out, err) == (130, "", "")
    assert not (tmp_path / "large").exists()


@pytest.mark.process
def test_output_fits_a_terminal_without_umlauts(monkeypatch):
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    started = process("corpus", "--phenomenon", "separable_verb", "--samples", "20", env=environment)
    out, err = started.communicate(timeout=60)
    assert (started.returncode, err) == (0, "") and "\\xfc" in out
