"""The speed of beam search with its whole trace recorded, against transformers `generate` and CTranslate2 (if
installed).

A random MarianMTModel of transformers (3+3 layers, width 256, feed-forward 1024, 8,000 words) and our
transformer share every weight, so both must find the same hypotheses; `</s>` has a logit far below the best,
so that both searches run to the same length. Length penalty: transformers divides by length^λ, we by ((5 +
length) / 6)^α; λ = α = 0 makes both the log-probability itself. CTranslate2 gets the weights through its own
converter and runs in fp32 on one thread. All take turns; what is printed are medians over the rounds, of the
times and of the ratios within a round. Run: python benchmarks/beam_search.py
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import torch  # noqa: E402
import transformers  # noqa: E402

try:  # no dependency of ours: a peer to measure against
    import ctranslate2
except ImportError:
    ctranslate2 = None

from explorer.decoding.decode import ModelScorer, search_all  # noqa: E402
from explorer.decoding.strategies import Beam, search_together  # noqa: E402
from explorer.results import SPECIAL_TOKENS, SearchSettings  # noqa: E402
from models.ids import DEFAULT_IDS  # noqa: E402
from tests.models.marian import marian_and_ours, marian_generate, marian_scores  # noqa: E402

VOCAB, LENGTH = 8000, 20
ASKED = {
    1: {"generate": 1.8, "ctranslate2": 1 / 3},
    32: {"generate": 1.0, "ctranslate2": 1 / 1.2},
}  # their time by ours, at least


def timed(work) -> tuple[float, float]:
    """(seconds on the clock, CPU seconds)."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def ctranslate2_search(
    marian, folder: str
) -> Callable[[Sequence[Sequence[int]], int], list[tuple[int, ...]]]:
    """CTranslate2's search with the weights of `marian`: (sources, beam size) → the best targets. folder:
    where its files may lie.
    """
    from ctranslate2.converters.transformers import (
        BartLoader,  # Marian's would start a target with a zero vector
    )

    marian.config.normalize_before, marian.config.normalize_embedding = False, False
    tokens = [*SPECIAL_TOKENS, *map(str, range(len(SPECIAL_TOKENS), VOCAB))]
    spec = BartLoader().get_model_spec(marian)
    spec.register_source_vocabulary(tokens)
    spec.register_target_vocabulary(tokens)
    spec.validate()
    spec.optimize()
    spec.save(folder)
    translator = ctranslate2.Translator(folder, compute_type="float32", inter_threads=1, intra_threads=1)
    ids = {token: i for i, token in enumerate(tokens)}

    def search(sources: Sequence[Sequence[int]], beam: int) -> list[tuple[int, ...]]:
        found = translator.translate_batch(
            [[tokens[i] for i in source] for source in sources],
            beam_size=beam,
            length_penalty=0.0,
            disable_unk=True,
            suppress_sequences=[[tokens[DEFAULT_IDS.pad]], [tokens[DEFAULT_IDS.bos]]],
            min_decoding_length=LENGTH,
            max_decoding_length=LENGTH,
        )
        return [tuple(ids[token] for token in result.hypotheses[0]) for result in found]

    return search


def compare(marian, ours, compiled, batch: int, beam: int, rounds: int) -> dict:
    """All searches on the same sources, in turns. compiled: CTranslate2's, or None."""
    torch.manual_seed(batch * 100 + beam)
    sources = [(*torch.randint(4, VOCAB, (LENGTH - 1,)).tolist(), DEFAULT_IDS.eos) for _ in range(batch)]
    searches = {
        "generate": lambda: marian_generate(marian, sources, beam, LENGTH),
        "ctranslate2": lambda: compiled(sources, beam),
        "ours": lambda: search_all(ours, sources, SearchSettings(beam_size=beam, max_len=LENGTH)),
    }
    if compiled is None:
        del searches["ctranslate2"]
    runs = {name: [] for name in searches}
    for _ in range(rounds + 1):  # the first warms up
        for name, search in searches.items():
            runs[name].append(timed(search))
    found = marian_scores(marian, sources, beam, LENGTH)
    traces = search_all(ours, sources, SearchSettings(beam_size=beam, max_len=LENGTH))
    best = [trace.best.token_ids for trace in traces]
    row = {
        "batch": batch,
        "beam": beam,
        "same_best_as_generate": f"{sum(ids == own for (ids, _), own in zip(found, best, strict=True))} of "
        f"{batch}",
        "largest_gap_of_scores": max(
            abs(trace.scores[0] - score) for trace, (_, score) in zip(traces, found, strict=True)
        ),
        "candidates_recorded": sum(len(step.candidates) for trace in traces for step in trace.steps),
    }
    if compiled is not None:
        row["same_best_as_ctranslate2"] = (
            f"{sum(a == b for a, b in zip(compiled(sources, beam), best, strict=True))} of {batch}"
        )
    for i, clock in enumerate(("cpu", "wall")):
        times = {name: [run[1 - i] for run in found[1:]] for name, found in runs.items()}
        for name in searches:
            row[f"{name}_{clock}_s"] = round(statistics.median(times[name]), 4)
        for name in searches.keys() - {"ours"}:
            ratios = [their / own for their, own in zip(times[name], times["ours"], strict=True)]
            row[f"{name}_by_ours_{clock}"] = round(statistics.median(ratios), 2)
    return row


def per_step(model, middle: int, beam: int, rounds: int) -> dict:
    """Milliseconds of CPU for a step around the step `middle` (ten of them): all, and the search and its
    trace without the model.
    """
    length = middle + 5
    source = (*range(4, 4 + LENGTH - 1), DEFAULT_IDS.eos)
    best_all = best_search = float("inf")
    for _ in range(rounds):
        scorer, inside = ModelScorer(model, source), [0.0]
        advance = scorer.advance

        def timed_advance(parents, token_ids, advance=advance, inside=inside):
            started = time.process_time()
            rows = advance(parents, token_ids)
            inside[0] += time.process_time() - started
            return rows

        scorer.advance = timed_advance
        steps = search_together(scorer, [Beam(SearchSettings(beam, stop="length"), length, scorer.eos_id)])
        for _ in range(length - 10):
            next(steps)
        inside[0], started = 0.0, time.process_time()
        trace = list(steps)
        spent = time.process_time() - started
        assert len(trace) == 10
        best_all, best_search = min(best_all, spent), min(best_search, spent - inside[0])
    return {
        "step": middle,
        "step_ms": round(100 * best_all, 3),
        "step_without_the_model_ms": round(100 * best_search, 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 32])
    parser.add_argument("--beams", type=int, nargs="+", default=[1, 4, 8])
    args = parser.parse_args()
    torch.set_num_threads(1)
    marian, ours = marian_and_ours(vocab=VOCAB, d_model=256, n_heads=4, d_ff=1024, n_layers=3, may_end=False)
    with tempfile.TemporaryDirectory() as folder:
        compiled = None if ctranslate2 is None else ctranslate2_search(marian, folder)
        rows = [
            compare(marian, ours, compiled, batch, beam, args.rounds)
            for batch in args.batches
            for beam in args.beams
        ]
    found = {
        "machine": f"{platform.machine()}, {os.cpu_count()} processors, one thread used",
        "versions": {"python": platform.python_version(), "torch": torch.__version__,
                     "transformers": transformers.__version__},
        "work": f"3+3 layers, width 256, ff 1024, {VOCAB} words, {LENGTH} source and "
        f"{LENGTH} target tokens, trace recorded",
        "ctranslate2": "not installed, not measured" if ctranslate2 is None else ctranslate2.__version__,
        "load": os.getloadavg(),
        "asked_at_least": ASKED,
        "against_peers": rows,
        "steps_of_beam_8": [per_step(ours, middle, 8, args.rounds) for middle in (10, 100)],
    }  # fmt: skip
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
