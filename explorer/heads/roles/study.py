"""The study of all heads of a checkpoint on a corpus, with random weights as the control: a `HeadReport`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from explorer.checkpoints.folder import Checkpoint
from explorer.decoding.decode import longest
from explorer.errors import InputError
from explorer.heads.roles.batch import Frequencies
from explorer.heads.roles.corpus import HeadCorpus, Prepared, frequencies_of, prepare
from explorer.heads.roles.criteria import Asked, best_heads, head_maps, head_rows, not_asked
from explorer.heads.roles.metrics import positional
from explorer.heads.roles.sums import Survey
from explorer.heads.roles.survey import (
    MAP_SENTENCES,
    attention_kinds,
    survey,
    survey_repeats,
    with_own_translations,
    with_random_weights,
)
from explorer.parallel.team import ALONE, Team
from explorer.results import CorpusPart, HeadReport, LeftOut, Provenance
from explorer.tokenization import Tokenizer
from models.config import Capabilities

CONTROL_SEED = 0
N_CONTROLS = 4  # models with random weights that a head has to be better than


def study(
    checkpoint: Checkpoint,
    corpus: HeadCorpus,
    provenance: Provenance,
    control_seed: int = CONTROL_SEED,
    progress: Callable[[str], None] = lambda message: None,
    team: Team = ALONE,
) -> HeadReport:
    """The report on all heads of `checkpoint`, the same for each process of `team` and for any number of
    them.

    Raises InputError when it has no attention, or no sentence of a split can be used.
    """
    attention_kinds(checkpoint)  # refuses a model without heads
    if corpus.target == "own translation":
        progress("translating the sentences, as they have no reference")
        corpus = with_own_translations(checkpoint, corpus, team)
    tokenizers = checkpoint.src_tokenizer, checkpoint.tokenizers.get(checkpoint.can.writes)
    frequencies = tuple(
        frequencies_of((texts[side] for texts in corpus.counted), tokenizers[side]) for side in (0, 1)
    )
    parts, left_out = _prepared(checkpoint, corpus, tokenizers)
    relations = tuple(
        sorted({relation for part in parts for s in part for *_, relation in (*s.src_arcs, *s.tgt_arcs)})
    )

    asker = _Asker(checkpoint, corpus, parts, frequencies, relations, control_seed, progress, team)
    trained, control, others = asker.ask_all()
    controls = [control.reported, *others[:-1]]
    left_out += survey_repeats(checkpoint, frequencies, control_seed, trained.reported)
    left_out += _unknown(checkpoint.can, parts)
    return HeadReport(
        checkpoint=checkpoint.name,
        sha256=checkpoint.sha256,
        corpus=corpus.name,
        chosen_on=_part(corpus.chosen_name, trained.chosen),
        reported_on=_part(corpus.reported_name, trained.reported),
        target=corpus.target,
        frequencies=corpus.frequencies,
        control_seed=control_seed,
        offsets=positional.OFFSETS,
        n_controls=N_CONTROLS,
        rows=head_rows(trained, controls),
        control=head_rows(control, others, with_figures=False),
        best=best_heads(trained, controls),
        maps=head_maps(trained.reported),
        control_maps=head_maps(control.reported),
        left_out=(*left_out, *not_asked(trained, checkpoint.can.causal)),
        provenance=provenance,
    )


@dataclass(frozen=True)
class _Asker:
    """Asks the trained model and its untrained copies about the two parts of a corpus."""

    checkpoint: Checkpoint
    corpus: HeadCorpus
    parts: Sequence[Sequence[Prepared]]
    frequencies: tuple[Frequencies, ...]
    relations: tuple[str, ...]
    control_seed: int
    progress: Callable[[str], None]
    team: Team

    def ask_all(self) -> tuple[Asked, Asked, list[Survey]]:
        """The trained model on both parts, one with random weights on both, others on the second alone."""
        seeds = [self.control_seed + n for n in range(N_CONTROLS + 1)]
        first, *rest = [with_random_weights(self.checkpoint, seed) for seed in seeds]
        trained = Asked(*(self._ask(self.checkpoint, "trained weights", part, True) for part in (0, 1)))
        control = Asked(*(self._ask(first, "random weights", part, True) for part in (0, 1)))
        others = [
            self._ask(model, f"random weights, seed {seed}", 1, False)
            for model, seed in zip(rest, seeds[1:], strict=True)
        ]
        return trained, control, others

    def _ask(self, model: Checkpoint, label: str, part: int, on_a_map: bool) -> Survey:
        name = (self.corpus.chosen_name, self.corpus.reported_name)[part]
        self.progress(f"{label}: {len(self.parts[part]):,} sentences of the {name}")
        on_map = MAP_SENTENCES if part and on_a_map else 0
        return survey(model, self.parts[part], self.frequencies, self.relations, on_map, team=self.team)


def _prepared(
    checkpoint: Checkpoint, corpus: HeadCorpus, tokenizers: tuple[Tokenizer, Tokenizer | None]
) -> tuple[list[list[Prepared]], list[LeftOut]]:
    """The sentences on which questions are chosen, those on which they are answered, and what was left out.
    Raises InputError when one of the two is empty.
    """
    parts, left_out = [], []
    for name, known in ((corpus.chosen_name, corpus.chosen), (corpus.reported_name, corpus.reported)):
        sentences, dropped = prepare(known, *tokenizers, longest(checkpoint.model), name)
        if not sentences:
            reasons = "; ".join(entry.reason for entry in dropped)
            raise InputError(
                f"No sentence of the {name} of {corpus.name} can be used ({reasons}): give other sentences."
            )
        parts.append(sentences)
        left_out += dropped
    return parts, left_out


def _part(name: str, counted: Survey) -> CorpusPart:
    return CorpusPart(name, counted.n_sentences, counted.n_src_tokens, counted.n_tgt_tokens)


def _unknown(can: Capabilities, parts: Sequence[Sequence[Prepared]]) -> list[LeftOut]:
    """The roles that could not be asked about, because the truth is not known."""
    sentences = [sentence for part in parts for sentence in part]
    found = []
    for kind, spec in can.attention.items():
        if kind == can.between:
            n_without = sum(sentence.links is None for sentence in sentences)
            what, why = f"sentence pairs for alignment ({kind})", "no gold links are known"
        else:
            side = "src" if spec.query in can.reads else "tgt"
            n_without = sum(not getattr(sentence, f"{side}_arcs") for sentence in sentences)
            what, why = (
                f"sentences for syntactic roles ({kind})",
                f"no dependency of the {spec.query} side is known",
            )
        if n_without:
            found.append(LeftOut(what, why, n_without, len(sentences)))
    return found
