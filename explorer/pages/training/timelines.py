"""The timelines of training runs, and what a run to come will need."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.pages import saving, sidebar

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.config.run import RunConfig
    from explorer.results import DataSize, HeadTrajectory, Provenance, TrainingTimeline
    from explorer.training.runs.estimate import Rate
    from explorer.training.runs.timelines import TimelineInfo


@st.cache_resource(ttl=5, show_spinner=False)
def timelines() -> tuple[TimelineInfo, ...]:
    """Every training run whose timeline was kept, the one to begin with first."""
    from explorer.training.runs.timelines import list_timelines

    return list_timelines()


def timeline_stamp(name: str) -> str:
    """Changes when a training run goes on, or when another one takes its name."""
    from explorer.training.runs.timelines import stamp

    return stamp(name)


@st.cache_resource(max_entries=12, show_spinner=False)
def timeline(name: str, stamp: str) -> TrainingTimeline:
    """All that was kept of a training run. Raises InputError."""
    from explorer.training.runs.timelines import read_timeline

    return read_timeline(name)


@st.cache_resource(max_entries=12, show_spinner=False)
def head_trajectories(name: str, stamp: str) -> tuple[HeadTrajectory, ...]:
    """When each head took its role; empty where heads were not asked."""
    from explorer.heads.roles import trajectory

    return trajectory.head_trajectories(timeline(name, stamp).roles)


def timeline_provenance(info: TimelineInfo, timeline: TrainingTimeline) -> Provenance:
    """Where the numbers of a training run come from."""
    weights = next((other.sha256 for other in sidebar.checkpoints() if other.name == info.name), "")
    settings = {"steps": len(timeline.roles), "max_steps": timeline.max_steps}
    return saving.provenance(info.name, weights, settings)


@st.cache_resource(max_entries=32, show_spinner=False)
def data_size(key: str, _config: RunConfig, _data: Path | None) -> DataSize:
    """How much there is to train on; takes seconds. key: names all that it depends on. Raises InputError."""
    from explorer.training.data import measure_data

    return measure_data(_config, _data)


@st.cache_resource(ttl=60, max_entries=8, show_spinner=False)
def machine_rate(family: str, device: str, _config: RunConfig) -> Rate:
    """How fast a run of this family is on this device of this machine."""
    from explorer.training.runs.estimate import machine_rate

    return machine_rate(_config)
