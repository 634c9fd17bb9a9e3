"""When did each head take its role? `python -m explorer over-training` reads what a training kept: a
checkpoint's, or a run's.
"""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.commands.shared import add_checkpoint, print_json, printable
from explorer.errors import InputError

if TYPE_CHECKING:
    from explorer.results import HeadCourse, TrainingCourse
    from explorer.training.runs.timelines import CourseInfo


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `over-training`."""
    add_checkpoint(parser)
    parser.add_argument("--all", action="store_true", help="also heads that have no role at the end")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write every point of every curve as CSV")


def run(args: argparse.Namespace) -> None:
    """Print a line for each head and role, in the order in which they were taken. Raises InputError where
    heads were not asked.
    """
    from explorer.heads.roles.trajectory import head_courses
    from explorer.training.runs.timelines import read_course

    course = read_course(args.checkpoint or _first())
    courses = head_courses(course.roles)
    if not courses:
        raise InputError(
            f"{course.name} kept its attention at {len({s.step for s in course.snapshots})} steps, but its "
            "heads were not asked for their "
            "roles while it trained: train it again with training.role_sentences above 0."
        )
    if args.csv is not None:
        _write(args.csv, course, courses)
    if args.json:
        values = [dataclasses.asdict(each) | {"taken_at": each.taken_at} for each in courses]
        print_json(
            {"name": course.name, "steps": [snapshot.step for snapshot in course.roles], "heads": values},
            indent=1,
        )
    else:
        _show(course, courses, args.all)


def _first() -> str:
    from explorer.training.runs.timelines import list_courses

    found: list[CourseInfo] = [info for info in list_courses() if info.has_roles]
    if not found:
        raise InputError(
            "No training has kept what its heads do: give --checkpoint, or train one: `python -m explorer "
            "train`."
        )
    return found[0].name


def _write(path: Path, course: TrainingCourse, courses: tuple[HeadCourse, ...]) -> None:
    from datetime import UTC, datetime

    from explorer.durable import write_text_durably
    from explorer.results import Provenance
    from explorer.views.export import installed_versions
    from explorer.views.training.over_training import courses_csv

    now = datetime.now(UTC).isoformat(timespec="seconds")
    source = Provenance(
        course.name, "", {"steps": len(course.roles)}, installed_versions("torch", "numpy"), now
    )
    try:
        write_text_durably(path, courses_csv(courses, source))
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error.strerror}): choose another file.") from error


def _show(course: TrainingCourse, courses: tuple[HeadCourse, ...], everything: bool) -> None:
    from explorer.views.heads.roles import interval, share
    from explorer.views.training.over_training import course_rows, discipline, summary

    print(f"{printable(course.name)}: {summary(courses, course.roles)}")
    print(discipline(course.roles))
    print(
        f"\n{'from step':>9}  {'kind':<13} {'head':<7} {'role':<11} {'at the end':<22} {'rule':>7} "
        f"{'random':>7}  question"
    )
    for row in course_rows(courses):
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
    print("\nalignment is 1 − AER here, so that more is better in every line.")
