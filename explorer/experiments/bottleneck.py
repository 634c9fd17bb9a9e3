"""What does one fixed vector cost? Five shipped models, by sentence length and particle distance."""

from __future__ import annotations

from collections.abc import Mapping

from explorer.checkpoints.catalogue import CHECKPOINTS, CONFIG, read_json
from explorer.config.run import RunConfig
from explorer.experiments.experiment import Experiment
from explorer.results import Answer, FinishedRun

LABELS = {
    "none": "LSTM without attention",
    "dot": "LSTM, dot attention",
    "bilinear": "LSTM, bilinear attention",
    "mlp": "LSTM, MLP attention",
    "transformer": "Transformer",
}
NAMES = {
    key: "grammar-en-de-transformer" if key == "transformer" else f"grammar-en-de-rnn-{key}" for key in LABELS
}
LENGTHS = (
    (3, 5),
    (6, 8),
    (9, 11),
    (12, 14),
    (15, 17),
    (18, 20),
    (21, 25),
    (26, 30),
    (31, 40),
)  # source words, punctuation counted
DISTANCES = tuple(range(0, 13, 2))  # words between a verb and its particle
BLEU, EXACT, PARTICLE = "bleu_by_length", "exact_by_length", "particle_by_distance"
KEEPS = 0.5  # of the score on the shortest sentences, that a model must have on the longest


def configs() -> dict[str, RunConfig]:
    """The settings of the shipped checkpoints, as they stand in their folders."""
    return {key: RunConfig.from_dict(read_json(CHECKPOINTS / name / CONFIG)) for key, name in NAMES.items()}


def keeps(run: FinishedRun) -> bool:
    """Whether the model still has half of its BLEU on the longest sentences."""
    bleu = run.curves[BLEU].y
    return bleu[-1] >= KEEPS * bleu[0]


def answer(runs: Mapping[str, FinishedRun]) -> Answer:
    """BLEU from the shortest to the longest sentences, with and without attention."""
    without = runs["none"].curves[BLEU]
    others = {key: run.curves[BLEU].y for key, run in runs.items() if key != "none"}
    best = max(others, key=lambda key: others[key][-1])
    far = {key: 100 * run.curves[PARTICLE].y[-1] for key, run in runs.items()}
    with_it = [far[key] for key in others]
    text = (
        f"From {without.labels[0]} to {without.labels[-1]} words BLEU falls from {without.y[0]:.1f} to "
        f"{without.y[-1]:.1f} without "
        f"attention, and from {others[best][0]:.1f} to {others[best][-1]:.1f} in the best of the others "
        f"({LABELS[best]}). "
        f"With {DISTANCES[-1]} words between verb and particle, the particle is right in {far['none']:.0f} "
        "% without attention and in "
        f"{min(with_it):.0f} to {max(with_it):.0f} % with it."
    )
    broken = not keeps(runs["none"]), not all(keeps(runs[key]) for key in others)
    return Answer(text, {(True, False): 0, (True, True): 1, (False, False): 2, (False, True): 3}[broken])


BOTTLENECK = Experiment(
    name="bottleneck",
    title="The bottleneck",
    question="How long a sentence fits into one vector?",
    prediction="Without attention the decoder sees one vector, whatever the length of the sentence. Which "
    "of five models of about equal "
    "size lose more than half of their BLEU from the shortest to the longest sentences?",
    options=("Only the one without attention", "All, or all but a few", "None", "Only some with attention"),
    measured="BLEU and exact match of held-out sentences by the number of their words, and how often the "
    "particle of a separable verb is "
    "right by the number of words between the two; bars are 95 % intervals.",
    labels=LABELS,
    configs=configs,
    answer=answer,
    measures=("scores_by_length", "particle_by_distance"),
    from_checkpoints=True,
)
