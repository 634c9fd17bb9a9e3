"""`python -m explorer train`: train a model, with a flag for every setting of the run, or resume a run."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.checkpoints.catalogue import RUNS
from explorer.commands.flags import add_flags, given_values, read_base
from explorer.commands.shared import add_data, add_processes, print_json, say
from explorer.config.fields import overlay
from explorer.errors import InputError

if TYPE_CHECKING:
    from explorer.config.run import RunConfig
    from explorer.parallel.ranks import Rank
    from explorer.results import ParallelCorpus
    from explorer.training.runs.run import Run

NICENESS = 10  # of a queued run: whoever uses the app in the meantime comes first


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `train`."""
    from explorer.config.run import RunConfig

    add_base(parser)
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="folder of the run (default runs/<name>)")
    add_data(parser)
    parser.add_argument(
        "--resume", type=Path, metavar="FOLDER", help="resume the run in this folder; takes no settings"
    )
    parser.add_argument(
        "--queue",
        action="store_true",
        help="wait for the runs that were queued earlier in the same folder; train with low priority",
    )
    add_processes(parser)
    parser.add_argument(
        "--json",
        action="store_true",
        help="print the settings and the result as JSON, with no progress bar",
    )
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="print the settings as a config.json and stop",
    )
    add_flags(parser, [RunConfig], skip=("src_vocab", "tgt_vocab"))


def add_base(parser: argparse.ArgumentParser) -> None:
    """The flags --config and --preset, of which one can be given."""
    from explorer.config.presets import PRESETS

    base = parser.add_mutually_exclusive_group()
    base.add_argument("--config", metavar="FILE", help="start from this config.json; other flags override it")
    titles = "; ".join(f"{name}: {preset.title}" for name, preset in PRESETS.items())
    base.add_argument(
        "--preset", choices=PRESETS, help=f"start from one of these; other flags override it ({titles})"
    )


def run(args: argparse.Namespace) -> None:
    """Train to the end, score the result on held-out data and print where the checkpoint is. Ctrl-C stops the
    run at its next step.
    """
    values = given_values(args)
    if args.resume is not None and (values or args.config or args.preset or args.out or args.dry_run):
        raise InputError("--resume keeps the settings of the run: leave out all other settings.")
    config = None if args.resume is not None else run_config(values, args.config, args.preset)
    if args.dry_run:
        print_json(config.to_dict(), indent=1)
        return

    from explorer.parallel.ranks import end_with_the_launcher, own_rank
    from explorer.training.runs.process import holding, noting_the_end
    from explorer.training.runs.records import RunRecords
    from explorer.training.runs.request import create_run_folder, holds_run, read_request, write_request

    rank, launched = own_rank(), end_with_the_launcher()
    if rank.size > 1 and (args.queue or args.processes is not None):
        raise InputError("torchrun has already started the processes: leave out --queue and --processes.")
    folder = args.resume or args.out or _shown(RUNS / _folder_name(config.name))
    if not rank.leads:
        _train(args, config, folder, rank)
        return
    if config is None:
        read_request(folder)
    else:
        create_run_folder(folder)
    with contextlib.nullcontext() if launched else holding(folder) as lock:
        if (args.queue or args.processes is not None) and config is not None:
            write_request(folder, config, args.data)  # from now on it is a run, listed and queued
            config = None
        # a run that cannot start leaves nothing but its message: the folder stays free for the next try
        with noting_the_end(RunRecords(folder)) if holds_run(folder) else contextlib.nullcontext():
            if args.queue and not _wait_in_queue(folder):
                print(f"Stopped while queued. Resume with: python -m explorer train --resume {folder}")
            elif args.processes is not None:
                _launch(args, folder, lock)
            else:
                _train(args, config, folder, rank)


def _launch(args: argparse.Namespace, folder: Path, lock: int) -> None:
    """Train in several processes, which are restarted together when one is lost. lock: the file descriptor by
    which this process holds the run.
    """
    from explorer.parallel.launcher import run_together
    from explorer.results import ALIVE
    from explorer.training.runs.records import DATABASE, RunRecords
    from explorer.training.runs.request import REQUEST, is_prepared

    records = RunRecords(folder)
    given = [
        *(["--data", str(args.data)] if args.data else []),
        *(["--json"] if args.json else []),
        "--timeout",
        str(args.timeout),
    ]

    def reached() -> int:
        row = records.last_row()
        return row.step if row else 0

    with _stop_signals() as stop_asked:
        arguments = ["train", "--resume", str(folder), *given]
        code = run_together(args.processes, lambda: arguments, reached, stop_asked, say, inherited=[lock])
        stopped = stop_asked()
    if code == 2 and args.resume is None and not args.queue and not is_prepared(folder):
        (folder / REQUEST).unlink(missing_ok=True)
        for file in folder.glob(f"{DATABASE}*"):
            file.unlink()
    elif records.status().get("state") in ALIVE:
        reason = "stopped on request" if stopped else "one of its processes failed and said why"
        records.set_status(state="stopped" if stopped else "failed", reason=reason, phase="")
    if code:
        raise SystemExit(code)  # the process that refused has said why


def _shown(path: Path) -> Path:
    """`path` relative to the working folder if it lies in it: shorter to read and to type."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _wait_in_queue(folder: Path) -> bool:
    """Wait for the run's turn; False when it was asked to stop before that."""
    from explorer.training.runs.records import RunRecords
    from explorer.training.runs.tickets import wait_for_turn

    os.nice(NICENESS)
    # set before torch is loaded, so that threads that wait for one another sleep: beside other processes, two
    # that spin took 1.1 s for a step of 0.05 s
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    with _stop_signals() as stop_asked:
        RunRecords(folder).set_status(state="waiting", phase="", reason="")
        if wait_for_turn(folder, stop_asked):
            return True
    RunRecords(folder).set_status(state="stopped", reason="stopped on request")
    return False


@contextlib.contextmanager
def _stop_signals() -> Iterator[Callable[[], bool]]:
    """Treat Ctrl-C and SIGTERM as a request to stop; yields a function that says whether there was one."""
    stop = threading.Event()
    before = {
        number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield stop.is_set
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _train(args: argparse.Namespace, config: RunConfig | None, folder: Path, rank: Rank) -> None:
    """Train in this process, alone or as one of several, of which the first alone writes and prints."""
    from explorer.parallel.team import joined
    from explorer.training.runs.process import noting_the_end
    from explorer.training.runs.records import RunRecords
    from explorer.training.runs.run import carry_out, resume_run, start_run

    with joined(rank, args.timeout) as team:

        def begin() -> Run:
            if config is not None:
                return start_run(config, folder, args.data, team)
            RunRecords(folder).set_status(state="running", phase="preparing", reason="")
            return resume_run(folder, args.data, team)

        run_ = team.leader_first(begin, lambda: resume_run(folder, args.data, team))
        if not team.leads:
            with _stop_signals() as stop_asked:
                carry_out(run_, stop_asked=stop_asked)
            return
        size = f"{run_.checkpoint.model.n_parameters:,} parameters, {len(run_.corpus.train):,} sentence pairs"
        say(f"{folder}: {size}{f', {team.size} processes' if team.size > 1 else ''}")
        show_progress = not args.json and (not args.queue or sys.stderr.isatty())
        with noting_the_end(run_.folder.records), _stop_signals() as stop_asked:
            path = carry_out(
                run_, show_progress, stop_asked, evaluate=lambda path: _scores(path, run_.corpus)
            )
    step, history = run_.trainer.progress.step, run_.folder.records.history()
    if args.json:
        print_json(
            {
                "run": folder,
                "checkpoint": path,
                "step": step,
                "reason": run_.trainer.stop_reason,
                "config": run_.config.to_dict(),
                "last": history[-1].values if history else {},
            },
            indent=1,
        )
    elif path is None:
        print(f"Stopped after step {step}. Resume with: python -m explorer train --resume {folder}")
    else:
        print(f'The checkpoint is in {path}. Try: python -m explorer translate --checkpoint {path} "…"')


def _folder_name(name: str) -> str:
    """`name`, if a folder in runs/ can have it. Raises InputError otherwise."""
    if name in ("", ".", "..") or "/" in name or "\\" in name or not name.isprintable():
        raise InputError(
            f"{name[:80]!r} cannot be the name of a folder: give the run a folder with --out, or change "
            "--name."
        )
    return name


def run_config(values: dict, base: str | None, preset: str | None = None) -> RunConfig:
    """The `RunConfig` of a base file or preset, overridden by the flags. Raises InputError that names the
    field at fault.
    """
    from explorer.config.presets import PRESETS
    from explorer.config.run import RunConfig

    start = PRESETS[preset].config if preset else RunConfig.from_dict(read_base(base))
    return RunConfig.from_dict(overlay(start.to_dict(), values))


def _scores(path: Path, corpus: ParallelCorpus) -> str:
    """The scores of a new checkpoint on held-out data, as its card shows them; "" when there are none."""
    from explorer.checkpoints.folder import load_checkpoint
    from explorer.evaluate import evaluate, scores_markdown

    if not corpus.test:
        return ""
    return scores_markdown(
        evaluate(load_checkpoint(path), corpus.test, f"{corpus.name}, test split", choose_on=corpus.valid)
    )
