"""`python -m explorer experiment`: list the experiments, show one, run it again or ship its runs."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.checkpoints.catalogue import RUNS
from explorer.commands.shared import print_json, printable, say
from explorer.errors import InputError

if TYPE_CHECKING:
    from explorer.experiments import Experiment
    from explorer.results import Curve, FinishedRun

ACTIONS = ("list", "show", "run", "write")
VALUES = ("valid_loss", "bleu", "exact_match")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `experiment`."""
    parser.add_argument(
        "action", nargs="?", choices=ACTIONS, default="list", help="what to do (default list)"
    )
    parser.add_argument("name", nargs="?", metavar="NAME", help="name of an experiment")
    parser.add_argument(
        "--seed",
        type=int,
        default=1,
        metavar="N",
        help="run: seed of weights, batches and dropout (default 1, as shipped)",
    )
    parser.add_argument(
        "--root", type=Path, metavar="FOLDER", default=RUNS, help="where the runs are (default runs/)"
    )
    parser.add_argument(
        "--to",
        type=Path,
        metavar="FOLDER",
        help="write: where the files go (default: beside the shipped ones)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> None:
    """Carry out the action. Raises InputError for an unknown experiment."""
    from explorer.experiments import EXPERIMENTS, find_experiment

    if args.action == "list":
        _list(list(EXPERIMENTS.values()), args)
        return
    if args.name is None:
        raise InputError(f"`experiment {args.action}` needs a name: one of {', '.join(EXPERIMENTS)}.")
    {"show": _show, "run": _run, "write": _write}[args.action](find_experiment(args.name), args)


def _list(experiments: list[Experiment], args: argparse.Namespace) -> None:
    from explorer.experiments.files import read_shipped

    if args.json:
        rows = [
            {
                "name": one.name,
                "question": one.question,
                "runs": list(one.labels),
                "shipped": list(read_shipped(one)),
            }
            for one in experiments
        ]
        print_json(rows, indent=1)
        return
    for one in experiments:
        print(f"{one.name:<18}{one.question} ({len(one.labels)} runs)")


def _show(experiment: Experiment, args: argparse.Namespace) -> None:
    from explorer.experiments.files import read_shipped

    runs = read_shipped(experiment)
    answer = experiment.answer(runs) if runs.keys() == experiment.labels.keys() else None
    if args.json:
        print_json(
            {
                "name": experiment.name,
                "question": experiment.question,
                "options": experiment.options,
                "answer": answer,
                "runs": runs,
            },
            1,
        )
        return
    print(f"{experiment.question}\n{experiment.measured}\n")
    for key, one in runs.items():
        print("\n".join(_lines(experiment.labels[key], one)))
    if answer is not None:
        print(f"\nAnswer: {experiment.options[answer.option]}. {answer.text}")


def _lines(label: str, run: FinishedRun) -> list[str]:
    from explorer.experiments.experiment import kept

    values = {name: kept(run, name) for name in VALUES}
    scores = "  ".join(f"{name} {value:.4g}" for name, value in values.items() if not math.isnan(value))
    return [
        f"{label}: {scores}",
        f"  {run.n_parameters:,} parameters, {run.minutes:.1f} minutes on {printable(run.device)}, "
        f"{run.date}",
        *(f"  {name}: {_points(curve)}" for name, curve in run.curves.items()),
    ]


def _points(curve: Curve) -> str:
    places = curve.labels or tuple(f"{x:g}" for x in curve.x)
    return "  ".join(f"{place}: {y:.3g}" for place, y in zip(places, curve.y, strict=True))


def _run(experiment: Experiment, args: argparse.Namespace) -> None:
    from explorer.experiments.own import run_again

    folders = run_again(experiment, args.seed, args.root)
    if args.json:
        print_json([str(folder) for folder in folders])
        return
    for folder in folders:
        print(f"{folder.name} is queued.")
    print(
        "`python -m explorer runs` shows how far they are; the page “Experiments” shows them beside the "
        "shipped runs."
    )


def _write(experiment: Experiment, args: argparse.Namespace) -> None:
    from explorer.experiments.files import RESULTS, write_shipped
    from explorer.experiments.measure import runs_to_ship
    from explorer.experiments.weights import ship_model

    runs = runs_to_ship(experiment, args.root, say)
    paths = write_shipped(runs, args.to or RESULTS)
    if experiment.models and args.to is None:
        paths += [ship_model(args.root / runs[key].name) for key in experiment.models]
    if args.json:
        print_json([str(path) for path in paths])
        return
    for path in paths:
        print(path)
