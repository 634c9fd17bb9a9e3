"""What would you expect, and what happens? The page "Experiments": questions of a lecture with their runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import streamlit as st

from explorer.errors import InputError
from explorer.pages import screen
from explorer.pages.attention.meanings import Meaning, explain
from explorer.pages.experiments import bottleneck as experiment_bottleneck
from explorer.pages.experiments import depth as experiment_depth
from explorer.pages.experiments import normalisation as experiment_normalisation
from explorer.pages.experiments import positions as experiment_positions
from explorer.pages.experiments import shift as experiment_shift
from explorer.pages.experiments import shown_runs
from explorer.pages.experiments import teacher_forcing as experiment_teacher_forcing
from explorer.pages.experiments import word_order as experiment_word_order

if TYPE_CHECKING:
    from explorer.experiments import Experiment
    from explorer.experiments.own import OwnRun
    from explorer.results import ShownRun

TITLE = "What would you expect, and what happens?"
LEAD = (
    "Questions of a lecture. Say first what you expect; then the runs that answer it appear, with where "
    "and how long they ran."
)
PICKED = "experiment"  # session key and address
ALIVE_SECONDS = 3  # between two looks at runs that are under way
STATES = {
    "waiting": "queued, {n_ahead} ahead of it", "running": "step {step:,} of {max_steps:,}",
    "stopped": "stopped at step {step:,}", "failed": "failed: {reason}", "died": "died at step {step:,}",
    "finished": "finished",
}  # fmt: skip


class Section(NamedTuple):
    """show: draws the picture of these runs, shipped ones first, at a width in pixels;  meaning:
    what it means;  more: something to try, below the answer."""

    show: Callable[[Sequence[ShownRun], int], None]
    meaning: Meaning
    more: Callable[[], None] | None = None


SECTIONS = {  # by the name of the experiment, in its order
    "bottleneck": Section(
        experiment_bottleneck.show, experiment_bottleneck.MEANING, experiment_bottleneck.one_sentence
    ),
    "teacher-forcing": Section(experiment_teacher_forcing.show, experiment_teacher_forcing.MEANING),
    "word-order": Section(experiment_word_order.show, experiment_word_order.MEANING),
    "positions": Section(experiment_positions.show, experiment_positions.MEANING),
    "normalisation": Section(experiment_normalisation.show, experiment_normalisation.MEANING),
    "depth": Section(experiment_depth.show, experiment_depth.MEANING),
    "shift": Section(experiment_shift.show, experiment_shift.MEANING),
}


def run() -> None:
    """Draw the page."""
    width = screen.opening(TITLE, LEAD)
    from explorer.experiments import EXPERIMENTS

    name = st.segmented_control(
        "Experiment",
        list(EXPERIMENTS),
        default=next(iter(EXPERIMENTS)),
        required=True,
        format_func=lambda name: EXPERIMENTS[name].title,
        key=PICKED,
        bind="query-params",
        persist_state="session",
        label_visibility="collapsed",
        wrap=True,
    )
    experiment = EXPERIMENTS[name]
    st.subheader(experiment.question, anchor=False)
    prediction = ask(experiment)
    if prediction is None:
        return
    try:
        runs = shown_runs.experiment_runs(name)
    except InputError as error:
        screen.notice(str(error))
        return
    section = SECTIONS[name]
    if runs:
        section.show(runs, width)
        st.caption(experiment.measured)
    answer(experiment, prediction, runs)
    if section.more is not None:
        section.more()
    explain(section.meaning)
    if runs:
        finished(runs)
    again(experiment)


def ask(experiment: Experiment) -> str | None:
    """The reader's prediction, "" when the reader would rather look, None as long as neither is said."""
    st.text(experiment.prediction)
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        prediction = st.pills(
            "Your prediction",
            experiment.options,
            key=f"prediction-{experiment.name}",
            label_visibility="collapsed",
            persist_state="session",
            width="content",
        )
        if prediction is not None:
            return prediction
        looked = f"looked-{experiment.name}"
        st.button(
            "Show the runs",
            key=f"show-{experiment.name}",
            on_click=st.session_state.__setitem__,
            args=(looked, True),
            type="tertiary",
        )
    return "" if st.session_state.get(looked) else None


def answer(experiment: Experiment, prediction: str, runs: Sequence[ShownRun]) -> None:
    """What the shipped figures say, beside the prediction."""
    shipped = {shown.run.key: shown.run for shown in runs if not shown.own}
    missing = [experiment.labels[key] for key in experiment.labels if key not in shipped]
    if missing:
        screen.notice(
            f"There is no finished run of {', '.join(missing)}: get a complete copy of the project, or run "
            "it again below."
        )
        return
    outcome = experiment.answer(shipped)
    right = experiment.options[outcome.option]
    said = (
        ""
        if not prediction
        else "As you predicted. "
        if prediction == right
        else f"You predicted: {prediction}. "
    )
    with st.container(border=True, key="experiment_answer"):
        st.text(f"{said}What happened: {right}.")
        st.text(outcome.text)


def finished(runs: Sequence[ShownRun]) -> None:
    """Every run in the picture, with where and how long it ran."""
    screen.section("The runs: scores, time, machine", "experiment_runs", _finished, runs, opened=True)


def _finished(runs: Sequence[ShownRun]) -> None:
    from explorer.views.experiments.tables import runs_table

    st.html(runs_table(runs, screen.theme()))


# ------------------------------------------------------------------------------------------------------ again


def again(experiment: Experiment) -> None:
    """Run all of it again, on this machine and with any seed; see how far that is."""
    shipped = [shown.run for shown in shown_runs.experiment_runs(experiment.name) if not shown.own]
    st.subheader("Does it happen again?", anchor=False)
    took = (
        f"the shipped ones took {sum(run.minutes for run in shipped):.0f} minutes together"
        if shipped
        else "a few minutes each"
    )
    st.text(
        f"Run all {len(experiment.labels)} on this machine, one after the other: {took}. Another seed "
        "draws other weights and another order of the sentences; seed 1 is the shipped one. Your runs "
        "then appear beside the others in the picture, paler and with open marks."
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        seed = st.number_input(
            "Seed", 0, 10**6, 2, key=f"seed-{experiment.name}", width=140, persist_state="session"
        )
        st.button(
            "Run again",
            key=f"again-{experiment.name}",
            icon="▶️",
            on_click=_run_again,
            args=(experiment, seed),
        )
    under_way(experiment)


def _run_again(experiment: Experiment, seed: int) -> None:
    from explorer.experiments.own import run_again

    try:
        run_again(experiment, seed)
    except InputError as error:
        st.toast(str(error), icon="⚠️", duration="long")
    shown_runs.forget_own_runs()


def under_way(experiment: Experiment) -> None:
    """The reader's own runs of it, redrawn while one is live."""
    from explorer.results import ALIVE

    own = shown_runs.own_experiment_runs(experiment.name)
    every = ALIVE_SECONDS if any(one.status.state in ALIVE for one in own) else None
    st.fragment(_under_way, run_every=every)(
        experiment, tuple(one.status.name for one in own if one.status.state == "finished")
    )


def _under_way(experiment: Experiment, drawn: tuple[str, ...]) -> None:
    own = shown_runs.own_experiment_runs(experiment.name)
    if {one.status.name for one in own if one.status.state == "finished"} != set(drawn):
        st.rerun(scope="app")
    for one in own:
        st.text(f"{experiment.labels[one.key]} · {one.status.name}: {state_text(one)}")


def state_text(own: OwnRun) -> str:
    """How far a run of one's own is."""
    status = own.status
    return STATES[status.state].format(
        n_ahead=status.n_ahead, step=status.step, max_steps=status.max_steps, reason=status.reason
    )
