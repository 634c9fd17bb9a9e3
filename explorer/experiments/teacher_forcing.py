"""Should a decoder in training be fed the true words or its own? Only true ones, fewer and fewer, or none."""

from __future__ import annotations

from collections.abc import Mapping

from explorer.config.run import RunConfig, TrainingConfig
from explorer.corpora.grammar import GrammarConfig
from explorer.experiments.experiment import Experiment, best_key, kept
from explorer.results import Answer, FinishedRun
from explorer.tokenization import TokenizerConfig
from models.config import RNNConfig

LABELS = {"always": "Always", "scheduled": "Scheduled: 100, 50, 0 %", "never": "Never"}
FORCING = {"always": (), "scheduled": ((2, 1.0), (4, 0.5)), "never": ((1, 0.0),)}
STEPS_PER_EPOCH = 148  # batches of about 800 target tokens
FORCED, FREE = "accuracy_forced", "accuracy_free"  # the measures of a run


def configs() -> dict[str, RunConfig]:
    """The settings of the three runs, alike but for the share of true words."""
    return {
        key: RunConfig(
            name=f"experiment-teacher-forcing-{key}",
            description="English to German sentences of the project's bilingual grammar, 6 epochs of 12,000 "
            "pairs: an LSTM with dot "
            "attention.",
            corpus=GrammarConfig(
                tgt_lang="de", n_train=12_000, n_valid=500, n_test=1000, seed=1, max_words=10
            ),
            tokenizer=TokenizerConfig(kind="word", shared=False),
            model=RNNConfig(
                attention="dot", d_embedding=128, d_hidden=192, dropout=0.1, tie_embeddings="output"
            ),
            training=TrainingConfig(
                max_steps=6 * STEPS_PER_EPOCH,
                batch_tokens=800,
                learning_rate=3e-3,
                warmup_steps=100,
                schedule="cosine",
                average=0.98,
                label_smoothing=0.0,
                teacher_forcing=forcing,
                validate_every=STEPS_PER_EPOCH // 2,
                validate_sentences=300,
                bleu_sentences=300,
                precision="float32",
            ),
        )
        for key, forcing in FORCING.items()
    }


def falls(run: FinishedRun) -> tuple[float, ...]:
    """How many points of token accuracy it costs at each place that the decoder reads its own words."""
    forced, free = (run.curves[name].y for name in (FORCED, FREE))
    return tuple(100 * (a - b) for a, b in zip(forced, free, strict=True))


def answer(runs: Mapping[str, FinishedRun]) -> Answer:
    """Which run translates best, and what each loses at the last place when it reads its own words."""
    best = best_key(runs, lambda run: kept(run, "bleu"))
    scores = ", ".join(f"{key} {kept(run, 'bleu'):.1f}" for key, run in runs.items())
    costs = ", ".join(f"{key} {falls(run)[0]:.1f} and {falls(run)[-1]:.1f}" for key, run in runs.items())
    place = runs[best].curves[FREE].x[-1]
    return Answer(
        f"BLEU of their own translations: {scores}. Points of accuracy that reading their own words costs "
        "at the first and at the "
        f"{place:.0f}th word: {costs}.",
        list(LABELS).index(best),
    )


TEACHER_FORCING = Experiment(
    name="teacher-forcing",
    title="Teacher forcing",
    question="Should the decoder read the true words while it learns?",
    prediction="Three runs are alike but for what the decoder reads while it learns: always the true words; "
    "100 %, then 50 %, then 0 % "
    "of them; or never, only its own. Which one translates best in the end?",
    options=("Always", "Scheduled", "Never"),
    measured="Loss while it trains and on held-out sentences, BLEU of its own translations, and how often "
    "the t-th word is right when the "
    "decoder reads the true words before it, and when it reads its own.",
    labels=LABELS,
    configs=configs,
    answer=answer,
    measures=("accuracy_by_position",),
)
