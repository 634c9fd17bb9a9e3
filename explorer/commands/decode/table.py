"""The table of probabilities that `decode --table` searches instead of a model."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.errors import InputError

if TYPE_CHECKING:
    from explorer.decoding.tables import TableScorer

MAX_LEN = 20


def scorer_maker(args: argparse.Namespace) -> Callable[[], TableScorer]:
    """What makes scorers of the table that --table names, which is read once. Raises InputError for a table
    that cannot be used.
    """
    from explorer.decoding.tables import TABLES, TableScorer, parse_table

    if args.table in TABLES:
        condition, rows = TABLES[args.table]
    else:
        condition, rows = args.condition, parse_table(_read(Path(args.table)))
    return lambda: TableScorer(rows, condition)


def max_len(args: argparse.Namespace) -> int:
    """The most tokens of a target; a table has no source to take it from. Raises InputError for settings that
    no search can have.
    """
    from explorer.decoding.strategies import check_settings

    longest = MAX_LEN if args.max_len is None else args.max_len
    check_settings(args.beam, longest, args.length_penalty)
    return longest


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 text ({error.reason}): convert it first.") from error
    except OSError as error:
        raise InputError(
            f"{path} cannot be read ({error.strerror}): give a text file with one row of the table per line."
        ) from error
