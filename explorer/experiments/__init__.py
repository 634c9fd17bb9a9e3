"""The experiments in the order of the page: each a lecture's question with the runs that answer it.

Definitions are free of torch; `measure` is not.
"""

from explorer.errors import InputError
from explorer.experiments.bottleneck import BOTTLENECK
from explorer.experiments.depth import DEPTH
from explorer.experiments.experiment import Experiment
from explorer.experiments.normalisation import NORMALISATION
from explorer.experiments.positions import POSITIONS
from explorer.experiments.shift import SHIFT
from explorer.experiments.teacher_forcing import TEACHER_FORCING
from explorer.experiments.word_order import WORD_ORDER

EXPERIMENTS: dict[str, Experiment] = {
    one.name: one for one in (BOTTLENECK, TEACHER_FORCING, WORD_ORDER, POSITIONS, NORMALISATION, DEPTH, SHIFT)
}


def find_experiment(name: str) -> Experiment:
    """The experiment of this name. Raises InputError when there is none."""
    if name not in EXPERIMENTS:
        raise InputError(f"There is no experiment {name!r:.80}: choose one of {', '.join(EXPERIMENTS)}.")
    return EXPERIMENTS[name]
