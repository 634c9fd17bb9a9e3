"""Start, watch and stop runs from outside: each is a process of its own, known by its folder alone.

`python -m explorer train --resume FOLDER --queue` in its own session: it outlives a closed tab and a
restarted server, and waits in the queue when others were first. There is no supervisor: the kernel knows who
is alive (see `process`). Free of torch.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from explorer.checkpoints import catalogue
from explorer.config.run import RunConfig, check_size
from explorer.corpora.files import find_files
from explorer.durable import disk_problem, sync_folder
from explorer.errors import InputError
from explorer.results import ALIVE, RESUMABLE, RunStatus
from explorer.tokenization.tokenizers import MAX_VOCAB, N_SPECIAL
from explorer.training.runs.process import HANDED_DOWN, is_alive, note_process, process_id, take_lock
from explorer.training.runs.records import RunRecords
from explorer.training.runs.request import (
    LOG,
    create_run_folder,
    holds_run,
    read_config,
    read_request,
    write_request,
)
from explorer.training.runs.tickets import queue, take_ticket

PROJECT = Path(__file__).resolve().parents[3]
LOG_LINES, LOG_BYTES = 12, 8192
MAX_PAIRS, MAX_NUMBERS = (
    1_000_000,
    50_000_000,
)  # that are drawn: more is a slip of the finger, and fills the memory
LEAST_VOCABULARY = N_SPECIAL + 1
MOVED = ".deleted-"  # folders under this name are being deleted
_children: list[
    subprocess.Popen
] = []  # asked from time to time, so that the kernel forgets those that have ended


def launch(
    config: RunConfig, root: Path | None = None, name: str | None = None, data: Path | None = None
) -> Path:
    """Start a run in a process of its own; returns its folder at once. Raises InputError when the config
    cannot work.

    root: the folder of the runs (`catalogue.RUNS`);  name: of the run's folder (the config's, with a number
    when it is taken);
    data: the folder in which the files of the corpus lie.
    """
    check_config(config, data)
    root = catalogue.RUNS if root is None else Path(root)
    path = root / (folder_name(name) if name is not None else free_name(config.name, root))
    create_run_folder(path)
    lock = take_lock(path)  # before there is a request: nobody sees a run without a process
    try:
        write_request(path, config, data)
        _start(path, lock)
    except Exception as error:
        shutil.rmtree(path, ignore_errors=True)
        _explain(error, path)
    finally:
        os.close(lock)
    return path


def resume(folder: Path) -> None:
    """Go on with the run in `folder`, from its last whole state. Raises InputError when it is alive,
    finished, or no run.
    """
    status = run_status(folder)
    if status.state not in RESUMABLE:
        raise InputError(
            f"The run {status.name} is {status.state}: only one that was stopped, failed or died can go on."
        )
    lock = take_lock(folder)
    try:
        _start(folder, lock)
    except Exception as error:
        _explain(error, folder)
    finally:
        os.close(lock)


def _start(folder: Path, lock: int) -> None:
    """Start the process of the run in `folder` and hand it the lock, so that it is never seen without one."""
    request = read_request(folder)
    RunRecords(folder).set_status(state="waiting", phase="", reason="", stop_asked="")
    take_ticket(folder)
    working_folder = request.working_folder if request.working_folder.is_dir() else Path.cwd()
    python_path = os.pathsep.join(filter(None, (str(PROJECT), os.environ.get("PYTHONPATH"))))
    command = [sys.executable, "-m", "explorer", "train", "--resume", str(folder.resolve()), "--queue"]
    with open(folder / LOG, "ab") as log:
        child = subprocess.Popen(
            command,
            cwd=working_folder,
            env=os.environ | {"PYTHONPATH": python_path, "PYTHONUNBUFFERED": "1", HANDED_DOWN: str(lock)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=(lock,),
        )
    note_process(lock, child.pid)
    _children[:] = [*(other for other in _children if other.poll() is None), child]


def _explain(error: Exception, folder: Path) -> None:
    """Raise `error`, as an InputError where the disk is to blame."""
    problem = disk_problem(error) or (
        f"{error.strerror or error}: check permissions and free space."
        if isinstance(error, OSError)
        else None
    )
    if problem is None:
        raise error
    raise InputError(f"The run in {folder} cannot be started. {problem}") from error


def stop(folder: Path) -> None:
    """Ask the run in `folder` to stop: at the next step it saves its state and ends. Raises InputError when
    it is not alive.
    """
    status = run_status(folder)
    if status.state not in ALIVE:
        raise InputError(f"The run {status.name} is {status.state}: there is nothing to stop.")
    RunRecords(folder).set_status(
        stop_asked="yes"
    )  # also for a process that is too young to listen: it ends at once
    number = process_id(folder)
    if number is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, signal.SIGTERM)


def delete(folder: Path) -> None:
    """Remove the run in `folder` with everything in it. Raises InputError while it is alive, or when it is no
    run.
    """
    if not holds_run(folder):
        raise InputError(f"{folder} holds no run: nothing was deleted.")
    if is_alive(folder):
        raise InputError(f"The run {folder.name} is alive: stop it first.")
    lock = take_lock(folder)
    try:
        moved = folder.with_name(f"{MOVED}{folder.name}-{time.time_ns()}")
        folder.rename(moved)  # at once and as a whole; what follows may be interrupted
        sync_folder(folder.parent)
    except OSError as error:
        raise InputError(
            f"{folder} cannot be deleted ({error.strerror or error}): check its permissions."
        ) from error
    finally:
        os.close(lock)
    for rest in folder.parent.glob(f"{MOVED}*"):
        shutil.rmtree(rest, ignore_errors=True)


def run_status(folder: Path) -> RunStatus:
    """Where the run in `folder` stands. Raises InputError when it is no run."""
    if not holds_run(folder):
        raise InputError(
            f"{folder} holds no run: give the folder of one, such as {catalogue.RUNS.name}/NAME."
        )
    return _status(folder, queue(folder.parent))


def list_runs(root: Path | None = None) -> tuple[RunStatus, ...]:
    """Every run in `root` (`catalogue.RUNS`), the newest first. A folder whose request cannot be read is
    "failed", and says why.
    """
    root = catalogue.RUNS if root is None else Path(root)
    folders = (
        [path for path in root.iterdir() if not path.name.startswith(".") and holds_run(path)]
        if root.is_dir()
        else []
    )
    waiting = queue(root)
    statuses = []
    for path in folders:
        try:
            statuses.append(_status(path, waiting))
        except InputError as error:
            statuses.append(RunStatus(path.name, path, "failed", str(error)))
    return tuple(sorted(statuses, key=lambda status: (-status.created_at, status.name)))


def _status(folder: Path, waiting: tuple[str, ...]) -> RunStatus:
    alive = is_alive(folder)  # first: what a process that is gone by now has noted does not change any more
    records = RunRecords(folder)
    noted, row, config = records.status(), records.last_row(), read_config(folder)
    state, reason, log = noted.get("state", "waiting"), noted.get("reason", ""), _log_tail(folder)
    if state in ALIVE and not alive:
        asked = bool(noted.get("stop_asked"))
        state = "stopped" if asked else "died"
        reason = "stopped on request" if asked else log[-1] if log else "its process ended without a word"
    started_at = float(noted.get("started_at", 0.0))
    pace = records.seconds_per_step(started_at) if state == "running" and row else None
    max_steps = config.training.max_steps
    checkpoint = folder / catalogue.RUN_CHECKPOINT
    return RunStatus(
        name=folder.name,
        folder=folder,
        state=state,
        reason=reason,
        phase=noted.get("phase", "") if state == "running" else "",
        step=row.step if row else 0,
        max_steps=max_steps,
        epoch=row.epoch if row else 0.0,
        values=row.values if row else {},
        device=noted.get("device", ""),
        created_at=float(noted.get("created_at", 0.0)) or _made_at(folder),
        started_at=started_at,
        updated_at=records.times()[1],
        seconds_left=None if pace is None else pace * (max_steps - row.step),
        n_ahead=waiting.index(folder.name) if state == "waiting" and folder.name in waiting else 0,
        log_tail=log,
        checkpoint=checkpoint if (checkpoint / catalogue.MANIFEST).is_file() else None,
    )


def _log_tail(folder: Path) -> tuple[str, ...]:
    try:
        with open(folder / LOG, "rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - LOG_BYTES))
            text = file.read().decode(errors="replace")
    except OSError:
        return ()
    return tuple(text_line.rstrip() for text_line in text.splitlines() if text_line.strip())[-LOG_LINES:]


def _made_at(folder: Path) -> float:
    try:
        return folder.stat().st_mtime
    except OSError:
        return 0.0


def check_config(config: RunConfig, data: Path | None = None) -> None:
    """What can be known about `config` before its data are read. Raises InputError that names the field at
    fault.
    """
    check_size(config.model)
    corpus, tokenizer = config.corpus, config.tokenizer
    if not tokenizer.files and not LEAST_VOCABULARY <= tokenizer.vocab_size <= MAX_VOCAB:
        raise InputError(
            f"tokenizer.vocab_size is {tokenizer.vocab_size:,}; it must be from {LEAST_VOCABULARY} to "
            f"{MAX_VOCAB:,}."
        )
    for name in ("n_train", "n_valid", "n_test", "n_grammar"):
        if getattr(corpus, name, 0) > MAX_PAIRS:
            raise InputError(
                f"corpus.{name} is {getattr(corpus, name):,}, and at most {MAX_PAIRS:,} pairs are drawn: "
                "ask for fewer."
            )
    if corpus.kind != "files" and corpus.n_train < 1:
        raise InputError(f"corpus.n_train is {corpus.n_train}; it must be at least 1.")
    if (
        corpus.kind == "task"
        and (corpus.n_train + corpus.n_valid + corpus.n_test) * corpus.length > MAX_NUMBERS
    ):
        raise InputError(
            f"corpus.length is {corpus.length}: all sequences together have more than {MAX_NUMBERS:,} "
            "numbers. Ask for fewer."
        )
    try:
        find_files(config.corpus, data)
    except InputError as error:
        raise InputError(f"corpus.paths: {error}") from error
    if config.corpus.kind == "files" and not config.corpus.paths:
        raise InputError(
            "corpus.paths is empty: give at least one TSV file, or two parallel files as src.en|tgt.de."
        )


def folder_name(name: str) -> str:
    """`name` where it can be that of a run's folder. Raises InputError elsewhere."""
    if (
        name in ("", ".", "..")
        or name.startswith(".")
        or "/" in name
        or "\\" in name
        or not name.isprintable()
        or len(name) > 120
    ):
        raise InputError(
            f"The name {name[:80]!r} cannot be that of a folder: use letters, digits, '-' and '_'."
        )
    return name


def free_name(name: str, root: Path | None = None) -> str:
    """`name`, or with the first number that makes it new in `root`: "shift", "shift-2"."""
    root = catalogue.RUNS if root is None else Path(root)
    folder_name(name)
    candidates = (name if number == 1 else f"{name}-{number}" for number in range(1, 10**6))
    return next(candidate for candidate in candidates if not (root / candidate).exists())
