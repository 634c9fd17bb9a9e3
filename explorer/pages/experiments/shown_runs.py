"""The runs of an experiment and what is computed from them, once for all readers of the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from explorer.checkpoints.folder import Checkpoint
    from explorer.experiments.own import OwnRun
    from explorer.results import FinishedRun, PositionMatrix, SentencePair, ShownRun, Shuffle


def experiment_runs(name: str) -> tuple[ShownRun, ...]:
    """The shipped runs of an experiment, then the reader's own finished ones. Raises InputError when a
    shipped one is damaged.
    """
    from explorer.experiments import EXPERIMENTS
    from explorer.results import ShownRun

    experiment = EXPERIMENTS[name]
    numbers = {key: number for number, key in enumerate(experiment.labels)}
    shown = [ShownRun(experiment.labels[key], run, numbers[key]) for key, run in _shipped_runs(name).items()]
    for own in own_experiment_runs(name):
        if own.status.state == "finished":
            run = _own_run(name, own.key, own.status.name, own.status.updated_at)
            shown.append(ShownRun(experiment.labels[own.key], run, numbers[own.key], own.status.name))
    return tuple(shown)


@st.cache_resource(max_entries=16, show_spinner=False)
def _shipped_runs(name: str) -> dict[str, FinishedRun]:
    from explorer.experiments import EXPERIMENTS
    from explorer.experiments.files import read_shipped

    return read_shipped(EXPERIMENTS[name])


@st.cache_resource(ttl=2, max_entries=16, show_spinner=False)
def own_experiment_runs(name: str) -> tuple[OwnRun, ...]:
    """The reader's own runs of an experiment, in any state."""
    from explorer.experiments import EXPERIMENTS
    from explorer.experiments.own import own_runs

    return own_runs(EXPERIMENTS[name])


@st.cache_resource(max_entries=256, show_spinner="Drawing a sentence")
def held_out_sentence(length: int | None, distance: int | None, number: int) -> SentencePair:
    """Sentence `number` of the grammar's German test split with `length` words on both sides, or `distance`
    words between verb and particle.
    """
    from explorer.corpora.grammar import GrammarConfig, load_grammar

    asked = (
        {"phenomenon": "separable_verb", "distance": distance}
        if length is None
        else {"min_words": length, "max_words": length}
    )
    return load_grammar(GrammarConfig(n_train=0, n_valid=0, n_test=1, seed=1000 + number, **asked)).test[0]


def forget_own_runs() -> None:
    """Look at the folder of runs again, as something was started."""
    own_experiment_runs.clear()


@st.cache_resource(max_entries=64, show_spinner="Measuring the run")
def _own_run(name: str, key: str, run_name: str, updated_at: float) -> FinishedRun:
    """A finished run of the reader's with all its measures."""
    from explorer.experiments import EXPERIMENTS
    from explorer.experiments.measure import measured_run
    from explorer.serving import forward_turn

    own = next(own for own in own_experiment_runs(name) if (own.key, own.status.name) == (key, run_name))
    with forward_turn():
        return measured_run(EXPERIMENTS[name], own)


@st.cache_resource(max_entries=4, show_spinner=False)
def _experiment_model(run_name: str, sha256: str) -> Checkpoint:
    from explorer.experiments.weights import shipped_model

    return shipped_model(run_name)


@st.cache_resource(max_entries=16, show_spinner=False)
def position_matrix(positions: str, run_name: str, sha256: str) -> PositionMatrix:
    """One encoding of positions, read from the shipped run where it is learned. Raises InputError when that
    is missing.
    """
    from explorer.experiments.position_matrices import FIXED, fixed_matrix, trained_matrix
    from explorer.serving import forward_turn

    if positions in FIXED:
        return fixed_matrix(positions)
    with forward_turn():
        return trained_matrix(_experiment_model(run_name, sha256))


@st.cache_resource(max_entries=256, show_spinner=False)
def word_orders(run_name: str, sha256: str, text: str, seed: int) -> Shuffle:
    """What the model of a shipped run makes of `text` with its words in other orders. Raises InputError as
    translating does.
    """
    from explorer.experiments.shuffled import shuffle
    from explorer.serving import forward_turn

    with forward_turn():
        return shuffle(_experiment_model(run_name, sha256), text, seed=seed)
