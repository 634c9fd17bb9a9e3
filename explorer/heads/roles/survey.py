"""One pass over a corpus in batches, which counts what all heads of a model do: only sums are kept."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np
import torch

from explorer.attention.capture import join_calls
from explorer.checkpoints.folder import Checkpoint
from explorer.decoding.decode import longest, translate_all
from explorer.errors import InputError
from explorer.heads.roles.batch import AttentionBatch, Frequencies, Tokens, arcs_of, links_of, tokens_of
from explorer.heads.roles.corpus import NOTHING, HeadCorpus, Known, Prepared
from explorer.heads.roles.distance import divergences
from explorer.heads.roles.metrics.registry import HEAD_METRICS, count_all
from explorer.heads.roles.sums import Survey, from_bytes, to_bytes
from explorer.parallel.team import ALONE, Team
from explorer.results import AttentionKind, Encoding, HeadCounts, LeftOut, in_order
from models import build_model
from models.base import Model
from models.batch import collate
from models.probe import Recording, probes, recording

BATCH_TOKENS = 2048  # of the longer side, padding included: what one pass keeps in memory
BATCH_WEIGHTS = (
    1 << 22
)  # of all heads of a kind: larger arrays come from the system anew each time and leave the cache
N_BLOCKS = 64  # of batches, the same for any number of processes
MAP_SENTENCES = 200  # for the distances between heads, which cost the square of the number of heads
N_RANDOM, N_REPEATS, N_EXAMPLES = 25, 4, 10  # Olsson et al. 2022: 25 random tokens, four times, ten examples
RARE_OR_COMMON = 0.1  # share of the vocabulary at either end that random tokens are not taken from


def attention_kinds(checkpoint: Checkpoint) -> tuple[AttentionKind, ...]:
    """The kinds of attention that a model has. Raises InputError when it has none."""
    has = {kind for kind, _ in probes(checkpoint.model)}
    if not has:
        raise InputError(
            f"{checkpoint.name} has no attention, so it has no heads: pick a checkpoint with attention."
        )
    return tuple(in_order(has))


def with_random_weights(checkpoint: Checkpoint, seed: int) -> Checkpoint:
    """The same model before any training, its weights drawn anew."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = build_model(checkpoint.config.model, checkpoint.model.special)
    return replace(checkpoint, model=model.eval().requires_grad_(False).to(checkpoint.model.device))


def with_own_translations(checkpoint: Checkpoint, corpus: HeadCorpus, team: Team = ALONE) -> HeadCorpus:
    """The corpus with the model's own greedy translations as targets, which have no links and no trees; the
    work is shared by `team`.
    """

    def translated(part: tuple[Known, ...]) -> tuple[Known, ...]:
        own = translate_all(checkpoint, [known.pair.src for known in part], part=team.part)
        # every text was translated by one of them, and is empty in the others
        texts = map("".join, zip(*map(json.loads, team.all_bytes(json.dumps(own).encode())), strict=True))
        return tuple(
            replace(known, pair=replace(known.pair, tgt=text, alignment=None, tgt_tree=None), tgt_spans=None)
            for known, text in zip(part, texts, strict=True)
        )

    chosen, reported = translated(corpus.chosen), translated(corpus.reported)
    counted = corpus.counted
    if not any(tgt for _, tgt in counted):  # the analysed sentences themselves
        counted = tuple((known.pair.src, known.pair.tgt) for known in (*chosen, *reported))
    return replace(corpus, chosen=chosen, reported=reported, counted=counted, target="own translation")


def survey(
    checkpoint: Checkpoint,
    sentences: Sequence[Prepared],
    frequencies: tuple[Frequencies, Frequencies],
    relations: tuple[str, ...],
    map_sentences: int = 0,
    batch_tokens: int = BATCH_TOKENS,
    progress: Callable[[int], None] = lambda n_done: None,
    metrics: Iterable[str] = HEAD_METRICS,
    same_sentences: Survey | None = None,
    team: Team = ALONE,
) -> Survey:
    """Count `metrics` over `sentences`.

    frequencies: of source and target tokens;  relations: those asked about, which must be all that
    `sentences` have;  map_sentences: on how many of them the distances between heads are measured;
    progress: told how many are done here;  team: the processes that share the work, each getting all of it;
    same_sentences: a survey of these sentences with another model, whose rules are taken over, as they do not
    depend on the model.
    The sums are taken in blocks, and those added in their order: the result has the same bits for any number
    of processes.
    """
    on_map = _sample(sentences, map_sentences)
    groups = list(batches(sentences, batch_tokens, most_heads(checkpoint)))
    n_done = 0

    def counted(block: Sequence[list[Prepared]]) -> Survey:
        nonlocal n_done
        result = Survey()
        for group in block:
            for batch in attention_batches(checkpoint.model, group, frequencies, relations):
                _add(result.counts, batch.kind, count_all(batch, metrics))
                if same_sentences is None:
                    _add(result.rules, batch.kind, count_all(batch.rules, metrics))
                chosen = [row for row, sentence in enumerate(group) if id(sentence) in on_map]
                if chosen:
                    _add_divergences(result, batch.kind, batch.take(chosen))
            _add_sentences(result, group)
            progress(n_done := n_done + len(group))
        return result

    blocks = _blocks(groups)
    start = Survey() if same_sentences is None else Survey(rules=same_sentences.rules)
    if team.size == 1:
        return sum(map(counted, blocks), start)
    found: list[Survey | None] = [None] * len(blocks)
    for number, own in enumerate(team.all_bytes(to_bytes([counted(block) for block in team.share(blocks)]))):
        found[number :: team.size] = from_bytes(own)
    return sum(found, start)


def _blocks(groups: list[list[Prepared]]) -> list[list[list[Prepared]]]:
    """The groups in N_BLOCKS neighbourhoods of about equal size, or one each where there are fewer."""
    n = min(N_BLOCKS, len(groups))
    return [groups[len(groups) * i // n : len(groups) * (i + 1) // n] for i in range(n)]


def survey_repeats(
    checkpoint: Checkpoint, frequencies: tuple[Frequencies, Frequencies], seed: int, result: Survey
) -> tuple[LeftOut, ...]:
    """Add what heads do on random tokens that are repeated; says what could not be asked."""
    kinds = [kind for kind, spec in checkpoint.can.attention.items() if spec.is_self]
    if not kinds:
        return ()
    rng = random.Random(seed)
    limit = longest(checkpoint.model)
    sides = [_random_repeats(counted, limit, rng) for counted in frequencies]
    if not checkpoint.can.writes:
        sides[1] = [NOTHING] * N_EXAMPLES
    if None in sides:
        return (
            LeftOut(
                "random tokens that are repeated",
                "there are too few tokens in the vocabulary, or the model reads too few",
                1,
                1,
            ),
        )
    sentences = [Prepared(src, tgt) for src, tgt in zip(*sides, strict=True)]
    for group in batches(sentences, n_heads=most_heads(checkpoint)):
        for batch in attention_batches(checkpoint.model, group, frequencies, ()):
            if batch.kind in kinds:
                for kept, part in ((result.repeats, batch), (result.repeats_rules, batch.rules)):
                    counts = HEAD_METRICS["repeats"].count(part)
                    kept[batch.kind] = kept[batch.kind] + counts if batch.kind in kept else counts
    return ()


def most_heads(checkpoint: Checkpoint) -> int:
    """The heads of all layers of that kind of attention which has most."""
    heads = Counter()
    for (kind, _), probe in probes(checkpoint.model).items():
        heads[kind] += probe.n_heads
    return max(heads.values(), default=0)


def batches(
    sentences: Sequence[Prepared], batch_tokens: int = BATCH_TOKENS, n_heads: int = 0
) -> Iterator[list[Prepared]]:
    """Groups of about equal length, so that little is padded; the same sentences always give the same groups.

    n_heads: of a kind of attention, whose weights shall be at most BATCH_WEIGHTS. A sentence alone may be
    longer than is asked for.
    """
    group: list[Prepared] = []
    longest_side = 0
    for sentence in sorted(sentences, key=lambda s: (len(s.src.ids), len(s.tgt.ids))):
        length = max(len(sentence.src.ids), len(sentence.tgt.ids)) + 1
        padded, n = max(longest_side, length), len(group) + 1
        if group and (padded * n > batch_tokens or padded**2 * n * n_heads > BATCH_WEIGHTS):
            yield group
            group, longest_side = [], 0
        group.append(sentence)
        longest_side = max(longest_side, length)
    if group:
        yield group


@torch.inference_mode()
def attention_batches(
    model: Model,
    group: Sequence[Prepared],
    frequencies: tuple[Frequencies, Frequencies],
    relations: tuple[str, ...],
) -> Iterator[AttentionBatch]:
    """Each kind of attention of one recorded pass over the sentences of `group`, with the truth about
    them.
    """
    can, special = model.config.can, model.special
    with recording(model) as seen:
        pairs = collate([(s.src.ids, s.tgt.ids) for s in group], special).to(model.device)
        memory = model.encode(pairs.src)
        if can.writes:
            model.hidden(pairs.tgt_in, memory)
    src_counts, tgt_counts = frequencies
    number = {relation: index for index, relation in enumerate(relations)}

    def read() -> Tokens:
        return tokens_of([s.src for s in group], src_counts, end_id=special.eos)

    for kind in in_order(seen.kinds):
        spec = can.attention[kind]
        if not spec.is_self:
            query = tokens_of([s.tgt for s in group], tgt_counts, end_id=special.eos)
            links = links_of([s.links for s in group])
            yield AttentionBatch(
                kind, take_weights(seen, kind), query, read(), is_self=False, causal=spec.causal, links=links
            )
            continue
        if spec.query == can.writes:
            side = tokens_of([s.tgt for s in group], tgt_counts, start_id=special.bos)
            arcs = [s.tgt_arcs for s in group]
        else:
            side, arcs = read(), [s.src_arcs for s in group]
        numbered = arcs_of(
            [(dependent, head, number[relation]) for dependent, head, relation in row] for row in arcs
        )
        yield AttentionBatch(
            kind, take_weights(seen, kind), side, side, True, spec.causal, relations, numbered
        )


def take_weights(seen: Recording, kind: AttentionKind) -> np.ndarray:
    """All layers of a kind, heads last, [batch, query_len, key_len, layers, heads]; takes them out of the
    recording, which frees memory.
    """
    layers = sorted(layer for k, layer in seen.calls if k == kind)
    parts = [join_calls(seen.calls.pop((kind, layer))).weights.permute(0, 2, 3, 1) for layer in layers]
    return torch.stack(parts, dim=3).float().cpu().numpy()


def _add(
    kept: dict[AttentionKind, dict[str, HeadCounts]], kind: AttentionKind, counts: dict[str, HeadCounts]
) -> None:
    before = kept.get(kind)
    kept[kind] = {name: before[name] + part for name, part in counts.items()} if before else counts


def _add_sentences(result: Survey, group: Sequence[Prepared]) -> None:
    result.n_sentences += len(group)
    result.n_src_tokens += sum(len(sentence.src.ids) for sentence in group)
    result.n_tgt_tokens += sum(len(sentence.tgt.ids) for sentence in group)


def _add_divergences(result: Survey, kind: AttentionKind, batch: AttentionBatch) -> None:
    sums, n_rows = divergences(batch)
    before, n_before = result.divergences.get(kind, (0, 0))
    result.divergences[kind] = (before + sums, n_before + n_rows)


def _sample(sentences: Sequence[Prepared], n: int) -> set[int]:
    """id() of `n` sentences at equal distances over the corpus."""
    n = min(n, len(sentences))
    return {id(sentences[i * len(sentences) // n]) for i in range(n)}


def _random_repeats(frequencies: Frequencies, limit: int, rng: random.Random) -> list[Encoding] | None:
    """Examples of random tokens, neither the most nor the least common, repeated; None when there are too few
    tokens for that.
    """
    seen = [id for id in np.argsort(-frequencies.counts, kind="stable").tolist() if frequencies.counts[id]]
    cut = int(RARE_OR_COMMON * len(seen))
    chosen = seen[cut : len(seen) - cut]
    n = min(N_RANDOM, len(chosen), (limit - 1) // N_REPEATS)
    if n < 2:
        return None
    examples = []
    for _ in range(N_EXAMPLES):
        ids = tuple(rng.sample(chosen, n)) * N_REPEATS
        words = tuple(f"w{id}" for id in ids)
        examples.append(Encoding(ids, words, tuple(range(len(ids))), words))
    return examples
