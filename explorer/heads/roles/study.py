"""What comes out when the heads of a checkpoint are asked about a corpus? A `HeadReport`, of the trained
model and its random twin.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from explorer.checkpoints.folder import Checkpoint
from explorer.decoding.decode import longest
from explorer.errors import InputError
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
    relations = tuple(
        sorted({relation for part in parts for s in part for *_, relation in (*s.src_arcs, *s.tgt_arcs)})
    )

    untrained = [with_random_weights(checkpoint, control_seed + n) for n in range(N_CONTROLS + 1)]

    def ask(model: Checkpoint, label: str, index: int) -> Survey:
        name = (corpus.chosen_name, corpus.reported_name)[index]
        progress(f"{label}: {len(parts[index]):,} sentences of the {name}")
        on_map = MAP_SENTENCES if index and model in (checkpoint, untrained[0]) else 0
        return survey(model, parts[index], frequencies, relations, on_map, team=team)

    trained = Asked(*(ask(checkpoint, "trained weights", index) for index in (0, 1)))
    control = Asked(*(ask(untrained[0], "random weights", index) for index in (0, 1)))
    others = [
        ask(model, f"random weights, seed {control_seed + n}", 1) for n, model in enumerate(untrained[1:], 1)
    ]
    controls = [control.reported, *others[:-1]]
    left_out += survey_repeats(checkpoint, frequencies, control_seed, trained.reported)
    left_out += _unknown(checkpoint.can, parts)
    causal = [kind for kind, spec in checkpoint.can.attention.items() if spec.causal]
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
        left_out=(*left_out, *not_asked(trained, causal)),
        provenance=provenance,
    )


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
