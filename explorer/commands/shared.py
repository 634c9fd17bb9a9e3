"""Flags and output that several commands share."""

from __future__ import annotations

import argparse
import dataclasses
import json
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.errors import InputError

if TYPE_CHECKING:
    from explorer.checkpoints.folder import Checkpoint
    from explorer.results import Provenance


def add_checkpoint(parser: argparse.ArgumentParser) -> None:
    """The flags --checkpoint and --json."""
    parser.add_argument(
        "-c",
        "--checkpoint",
        metavar="NAME",
        help="name of a shipped checkpoint, or a checkpoint folder (default: the first in the list)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def add_data(parser: argparse.ArgumentParser) -> None:
    """The flag --data."""
    parser.add_argument(
        "--data",
        type=Path,
        metavar="FOLDER",
        help="folder with the files of the corpus (default: the one named in config.json)",
    )


def add_processes(parser: argparse.ArgumentParser) -> None:
    """The flags --processes and --timeout."""
    parser.add_argument(
        "--processes",
        type=int,
        metavar="N",
        help="work in N processes on this machine; if one is lost, all are restarted",
    )
    parser.add_argument(
        "--timeout",
        type=_seconds,
        default=600.0,
        metavar="SECONDS",
        help="how long a process may stay silent before it counts as lost (default 600)",
    )


def run_in_processes(command: str, args: argparse.Namespace) -> None:
    """Run `command` with the same arguments in `args.processes` processes, of which the first prints. Raises
    SystemExit when they fail.
    """
    from explorer.parallel.launcher import run_together
    from explorer.parallel.ranks import own_rank

    if own_rank().size > 1:
        raise InputError("torchrun has already started the processes: leave out --processes.")
    given = iter(args.given)
    kept = []
    for argument in given:
        if argument == "--processes":
            next(given)
        elif not argument.startswith("--processes="):
            kept.append(argument)
    code = run_together(args.processes, lambda: [command, *kept], say=say)
    if code:
        raise SystemExit(code)  # the process that refused has said why


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value < 10**6:
        raise ValueError(text)
    return value


def open_checkpoint(name: str | None) -> Checkpoint:
    """The checkpoint called `name`, or the first in the list. Raises InputError when there is none."""
    from explorer.checkpoints.catalogue import list_checkpoints
    from explorer.checkpoints.folder import load_checkpoint

    if name is None:
        usable = [info for info in list_checkpoints() if info.problem is None]
        if not usable:
            raise InputError(
                "There is no trained model in checkpoints/: name one with --checkpoint, or train one with "
                "`python -m explorer train`."
            )
        name = usable[0].path
    return load_checkpoint(name)


def say(message: str) -> None:
    """Report progress on standard error, so that standard output holds the result alone."""
    print(message, file=sys.stderr, flush=True)


def print_json(values: Any, indent: int | None = None) -> None:
    """One JSON document on standard output; numbers that are not finite become null."""
    print(json.dumps(_plain(values), ensure_ascii=False, indent=indent), flush=True)


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    if isinstance(value, (set, frozenset)):
        return sorted(_plain(entry) for entry in value)
    if hasattr(value, "tolist"):  # numpy
        return _plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, (int, float, bool, type(None))) else str(value)


def print_table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    """A table on standard output, the first column aligned left and numbers right."""
    widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]
    for first, *others in (header, *rows):
        print(
            f"{first:<{widths[0]}}",
            *(f"{text:>{width}}" for text, width in zip(others, widths[1:], strict=True)),
            sep="  ",
        )


def printable(text: str) -> str:
    """`text` with control and invisible characters made visible, so that a terminal cannot obey them."""
    from explorer.views.text import visible_text

    return "".join(char if char.isprintable() else visible_text(char) for char in text)


def provenance(checkpoint: Checkpoint, settings: dict[str, object]) -> Provenance:
    """Where the numbers of an export come from."""
    from explorer.views.provenance import provenance

    return provenance(checkpoint.name, checkpoint.sha256, settings)
