"""`python -m explorer runs`: list training runs, or show, stop, resume, delete or export some."""

from __future__ import annotations

import argparse
import dataclasses
import itertools
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.checkpoints.catalogue import RUNS
from explorer.commands.shared import print_json, printable
from explorer.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.results import RunStatus

ACTIONS = ("list", "show", "stop", "resume", "delete", "events")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `runs`."""
    parser.add_argument(
        "action", nargs="?", choices=ACTIONS, default="list", help="what to do (default list)"
    )
    parser.add_argument(
        "runs", nargs="*", metavar="RUN", help="names or folders of runs (list: all by default)"
    )
    parser.add_argument(
        "--root", type=Path, metavar="FOLDER", default=RUNS, help="where the runs are (default runs/)"
    )
    parser.add_argument("--yes", action="store_true", help="delete without asking")
    parser.add_argument(
        "--to",
        type=Path,
        metavar="FOLDER",
        default=Path("exports"),
        help="events: TensorBoard's log folder (default exports/)",
    )
    add_table_output(parser)


def add_table_output(parser: argparse.ArgumentParser) -> None:
    """The flags --json, --csv and --latex, of which one can be given."""
    output = parser.add_mutually_exclusive_group()
    output.add_argument("--json", action="store_true", help="print JSON")
    output.add_argument("--csv", action="store_true", help="print the table as CSV")
    output.add_argument("--latex", action="store_true", help="print the table as LaTeX")


def run(args: argparse.Namespace) -> None:
    """Carry out the action on the runs that were named. Raises InputError for one that does not exist."""
    if args.action == "list":
        from explorer.training.runs.launch import list_runs

        folders = [_folder(name, args.root) for name in args.runs] or [
            status.folder for status in list_runs(args.root)
        ]
        print_runs(folders, args)
        return
    if not args.runs:
        raise InputError(
            f"`runs {args.action}` needs the name of a run: `python -m explorer runs` lists all."
        )
    for name in args.runs:
        _ACTIONS[args.action](_folder(name, args.root), args)


def _folder(name: str, root: Path) -> Path:
    """The folder of a run given by its name or path. Raises InputError when there is none."""
    from explorer.training.runs.request import holds_run

    given = [Path(name)] if "/" in name else [root / name, Path(name)]
    folder = next((path for path in given if name not in ("", ".", "..") and holds_run(path)), None)
    if folder is None:
        raise InputError(f"There is no run {name[:80]!r} in {root}: `python -m explorer runs` lists all.")
    return folder


def print_runs(folders: Sequence[Path], args: argparse.Namespace) -> None:
    """Print a table of runs as text, CSV, LaTeX or JSON."""
    from explorer.training.runs.table import run_rows
    from explorer.views.provenance import provenance
    from explorer.views.training.run_table import COLUMNS, runs_csv, runs_latex, table_cells

    rows = run_rows(folders)
    if args.json:
        print_json([dataclasses.asdict(row) for row in rows], indent=1)
    elif args.csv:
        print(runs_csv(rows, provenance(", ".join(row.name for row in rows), "", {})), end="")
    elif args.latex:
        print(runs_latex(rows), end="")
    elif not rows:
        print("There are no runs yet: `python -m explorer train --queue` starts one.")
    else:
        header, cells = table_cells(rows)
        table = [header, *([printable(text) for text in line] for line in cells)]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        ends = itertools.accumulate(widths, lambda end, width: end + 2 + width)
        room = shutil.get_terminal_size((sys.maxsize, 0)).columns  # a pipe or a file gets every column
        n_shown = max(len(COLUMNS), sum(end <= room for end in ends))
        for line in table:
            print(
                "  ".join(
                    text.ljust(width) for text, width in zip(line[:n_shown], widths, strict=False)
                ).rstrip()
            )
        if n_left := len(header) - n_shown:
            print(f"Settings that differ but do not fit here: {n_left}. --csv and --json show them.")


def _show(folder: Path, args: argparse.Namespace) -> None:
    from explorer.training.runs.launch import run_status

    status = run_status(folder)
    if args.json:
        print_json(dataclasses.asdict(status), indent=1)
        return
    print("\n".join(_lines(status)))


def _lines(status: RunStatus) -> list[str]:
    lines = [f"{printable(status.name)}: {status.state}, step {status.step:,} of {status.max_steps:,}"]
    if status.n_ahead:
        lines.append(f"ahead of it in the queue: {status.n_ahead}")
    if status.seconds_left is not None:
        lines.append(f"time left: about {status.seconds_left / 60:.1f} minutes")
    details = {
        "reason": status.reason,
        "phase": status.phase,
        "device": status.device,
        "checkpoint": status.checkpoint or "",
    }
    lines += [f"{name}: {printable(str(value))}" for name, value in details.items() if value]
    lines += [f"{name}: {value:.4g}" for name, value in status.values.items()]
    if status.state in ("failed", "died"):
        lines += ["", *map(printable, status.log_tail)]
    return lines


def _stop(folder: Path, args: argparse.Namespace) -> None:
    from explorer.training.runs.launch import stop

    stop(folder)
    print(f"{folder.name} will stop at its next step.")


def _resume(folder: Path, args: argparse.Namespace) -> None:
    from explorer.training.runs.launch import resume

    resume(folder)
    print(f"{folder.name} is queued.")


def _delete(folder: Path, args: argparse.Namespace) -> None:
    from explorer.training.runs.launch import delete

    if not args.yes:
        print(f"Delete {folder} with its checkpoint? Type yes: ", end="", file=sys.stderr, flush=True)
        if sys.stdin.readline().strip() != "yes":
            raise InputError(f"{folder.name} was not deleted: the answer was not yes.")
    delete(folder)
    print(f"{folder.name} is deleted.")


def _events(folder: Path, args: argparse.Namespace) -> None:
    from explorer.training.runs.event_files import write_event_file

    print(write_event_file(folder, args.to))


_ACTIONS = {"show": _show, "stop": _stop, "resume": _resume, "delete": _delete, "events": _events}
