"""`python -m explorer sweep`: train a model for every combination of some settings and tabulate the runs."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.checkpoints.catalogue import RUNS
from explorer.commands.flags import add_flags, given_values
from explorer.commands.runs import add_table_output, print_runs
from explorer.commands.shared import add_data, say
from explorer.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

POLL_SECONDS = 1.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `sweep`."""
    from explorer.commands.train import add_base
    from explorer.config.run import RunConfig

    add_base(parser)
    parser.add_argument(
        "--grid",
        action="append",
        default=[],
        metavar="FIELD=A,B",
        help="values to try for a field; repeat it for more fields, in every combination",
    )
    parser.add_argument(
        "--root", type=Path, metavar="FOLDER", default=RUNS, help="where the runs go (default runs/)"
    )
    parser.add_argument("--no-wait", action="store_true", help="queue the runs and return at once")
    add_data(parser)
    add_table_output(parser)
    add_flags(parser, [RunConfig], skip=("src_vocab", "tgt_vocab"))


def run(args: argparse.Namespace) -> None:
    """Queue a run for every combination, wait for all and print one table. Ctrl-C stops the waiting, not the
    runs; the same command then waits again.
    """
    from explorer.commands.train import run_config
    from explorer.training.runs.sweep import grid_points, grid_values, launch_sweep

    config = run_config(given_values(args), args.config, args.preset)
    grid = {}
    for entry in args.grid:
        path, _, texts = entry.partition("=")
        if path in grid or not texts:
            raise InputError(
                f"--grid {entry[:80]!r}: expected a field with its values, such as model.n_heads=2,4,8, and "
                "each field only once."
            )
        grid[path] = grid_values(config, path, texts.split(","))
    points = grid_points(config.name, config, grid)
    folders = launch_sweep(points, args.root, args.data)
    if not args.no_wait:
        try:
            _wait(folders)
        except KeyboardInterrupt:
            say(
                "The runs continue. The same command waits for them again; `python -m explorer runs stop` "
                "stops them."
            )
            raise
    print_runs(folders, args)


def _wait(folders: Sequence[Path]) -> None:
    """Wait until every run has ended, and report each one that does."""
    from explorer.results import ALIVE
    from explorer.training.runs.launch import run_status

    alive = list(folders)
    while alive:
        for folder in list(alive):
            status = run_status(folder)
            if status.state not in ALIVE:
                alive.remove(folder)
                say(
                    f"{status.name}: {status.state} at step {status.step}, {len(alive)} of {len(folders)} "
                    "to go"
                )
        if alive:
            time.sleep(POLL_SECONDS)
