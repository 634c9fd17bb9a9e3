"""Training runs that can be watched again: shipped checkpoints with snapshots, and runs, finished or not.

Free of torch: a run is watched while it trains.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from explorer.attention.reading import MapReading, read_heads, read_map
from explorer.checkpoints import catalogue
from explorer.checkpoints.catalogue import (
    CONFIG,
    ROLE_CURVES,
    RUN_PREFIX,
    SNAPSHOTS,
    find_checkpoint,
    list_checkpoints,
    read_history,
    read_json,
    read_role_curves,
    read_snapshots,
)
from explorer.errors import InputError
from explorer.results import AttentionKind, AttentionSnapshot, Film, RunState, TrainingTimeline, frozen_array
from explorer.training.runs.launch import list_runs, run_status
from explorer.training.runs.records import RunRecords


class TimelineInfo(NamedTuple):
    """A training in the list. name: as in `TrainingTimeline`;  has_roles: whether heads were asked for their
    roles.
    """

    name: str
    path: Path
    state: RunState | None
    has_roles: bool


def list_timelines() -> tuple[TimelineInfo, ...]:
    """Those with snapshots: shipped ones, first those with curves of roles, then runs, the newest first."""
    shipped = [
        TimelineInfo(info.name, info.path, None, (info.path / ROLE_CURVES).is_file())
        for info in list_checkpoints(catalogue.CHECKPOINTS)
        if info.problem is None and (info.path / SNAPSHOTS).is_file()
    ]
    runs = []
    for status in list_runs():
        records = RunRecords(status.folder)
        try:
            if records.has_snapshots():
                runs.append(
                    TimelineInfo(
                        f"{RUN_PREFIX}{status.folder.name}", status.folder, status.state, records.has_roles()
                    )
                )
        except InputError:  # its database is damaged
            continue
    return (*sorted(shipped, key=lambda info: not info.has_roles), *runs)


def read_timeline(name: str) -> TrainingTimeline:
    """What was kept of the training `name`: of a run by its records, of a checkpoint by its files. Raises
    InputError.
    """
    folder = catalogue.RUNS / name.removeprefix(RUN_PREFIX)
    if name.startswith(RUN_PREFIX) and folder.parent == catalogue.RUNS and RunRecords(folder).has_snapshots():
        status, records = run_status(folder), RunRecords(folder)
        return TrainingTimeline(
            name,
            status.state,
            status.max_steps,
            tuple(records.history()),
            records.attention(),
            records.roles(),
        )
    path = find_checkpoint(name)
    history = read_history(path)
    try:
        max_steps = int(read_json(path / CONFIG)["training"]["max_steps"])
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"{path / CONFIG} is not the config of a run ({error!r}): copy the checkpoint again."
        ) from error
    return TrainingTimeline(name, None, max_steps, history, read_snapshots(path), read_role_curves(path))


def stamp(name: str) -> str:
    """Another text when there is more to read, or something else under the same name."""
    folder = catalogue.RUNS / name.removeprefix(RUN_PREFIX)
    if name.startswith(RUN_PREFIX) and folder.parent == catalogue.RUNS:
        return f"{RunRecords(folder).times()} {run_status(folder).state}"
    file = find_checkpoint(name) / SNAPSHOTS
    return str(file.stat().st_mtime_ns) if file.is_file() else ""


def film(timeline: TrainingTimeline, sentence: int, kind: AttentionKind) -> Film:
    """A sentence's attention of one kind at every step, subwords merged into words. Raises InputError when
    there is none.
    """
    taken = _alike(
        snapshot
        for snapshot in timeline.snapshots
        if snapshot.sentence == sentence and kind in snapshot.record.kinds
    )
    if not taken:
        raise InputError(
            f"{timeline.name} has no snapshot of sentence {sentence + 1} with {kind} attention: pick another "
            "one."
        )
    last, words = taken[-1].record, MapReading(merge=True)
    return Film(
        kind,
        tuple(snapshot.step for snapshot in taken),
        read_map(last.map(kind), words, heads=[(0, 0)]),
        frozen_array([read_heads(snapshot.record.map(kind), words) for snapshot in taken]),
        frozen_array([snapshot.record.log_probs for snapshot in taken]),
    )


def _alike(snapshots: Iterable[AttentionSnapshot]) -> list[AttentionSnapshot]:
    """Those of the very same tokens as the last one."""
    taken = list(snapshots)
    return [
        s
        for s in taken
        if (s.record.read.tokens, s.record.written.tokens)
        == (taken[-1].record.read.tokens, taken[-1].record.written.tokens)
    ]
