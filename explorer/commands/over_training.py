"""`python -m explorer over-training`: find the step of a training run at which each head took on its role."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.commands.shared import add_checkpoint, print_json, printable
from explorer.errors import InputError

if TYPE_CHECKING:
    from explorer.results import HeadTrajectory, TrainingTimeline
    from explorer.training.runs.timelines import TimelineInfo


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `over-training`."""
    add_checkpoint(parser)
    parser.add_argument("--all", action="store_true", help="also show heads that end without a role")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write every point of every curve as CSV")


def run(args: argparse.Namespace) -> None:
    """Print a line for each head and role, earliest first. Raises InputError for a run whose heads were not
    asked for their roles.
    """
    from explorer.heads.roles.trajectory import head_trajectories
    from explorer.training.runs.timelines import read_timeline

    timeline = read_timeline(args.checkpoint or _first())
    trajectories = head_trajectories(timeline.roles)
    if not trajectories:
        raise InputError(
            f"{timeline.name} kept its attention at {len({s.step for s in timeline.snapshots})} steps, but "
            "not the roles of its heads: train it again with training.role_sentences above 0."
        )
    if args.csv is not None:
        _write(args.csv, timeline, trajectories)
    if args.json:
        values = [dataclasses.asdict(each) | {"taken_at": each.taken_at} for each in trajectories]
        print_json(
            {"name": timeline.name, "steps": [snapshot.step for snapshot in timeline.roles], "heads": values},
            indent=1,
        )
    else:
        _show(timeline, trajectories, args.all)


def _first() -> str:
    from explorer.training.runs.timelines import list_timelines

    with_roles: list[TimelineInfo] = [info for info in list_timelines() if info.has_roles]
    if not with_roles:
        raise InputError(
            "No training run has kept the roles of its heads: name one with --checkpoint, or start one with "
            "`python -m explorer train`."
        )
    return with_roles[0].name


def _write(path: Path, timeline: TrainingTimeline, trajectories: tuple[HeadTrajectory, ...]) -> None:
    from explorer.durable import write_text_durably
    from explorer.views.provenance import provenance
    from explorer.views.training.trajectories import trajectories_csv

    source = provenance(timeline.name, "", {"steps": len(timeline.roles)})
    try:
        write_text_durably(path, trajectories_csv(trajectories, source))
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error.strerror}): choose another file.") from error


def _show(timeline: TrainingTimeline, trajectories: tuple[HeadTrajectory, ...], everything: bool) -> None:
    from explorer.views.heads.roles import interval, share
    from explorer.views.training.trajectories import discipline, summary, trajectory_rows

    print(f"{printable(timeline.name)}: {summary(trajectories, timeline.roles)}")
    print(discipline(timeline.roles))
    print(
        f"\n{'from step':>9}  {'kind':<13} {'head':<7} {'role':<11} {'at the end':<22} {'rule':>7} "
        f"{'random':>7}  question"
    )
    for row in trajectory_rows(trajectories):
        if row["taken_at"] is None and not everything:
            continue
        since = "–" if row["taken_at"] is None else f"{row['taken_at']:,}"
        end = f"{share(row['value'])} [{interval(row['low'], row['high'])}]"
        head = f"L{row['layer']} H{row['head']}"
        print(
            f"{since:>9}  {row['kind']:<13} {head:<7} {row['role']:<11} {end:<22} "
            f"{share(row['baseline']):>7} "
            f"{share(row['control_best']):>7}  {printable(row['question'])}, n {row['n']:,}"
        )
    print("\nAlignment is shown as 1 − AER, so that higher is better in every row.")
