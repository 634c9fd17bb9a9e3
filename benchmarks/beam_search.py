"""How fast is beam search with its whole trace recorded? Prints JSON with times against transformers `generate` on the same weights.

A random MarianMTModel of transformers (3+3 layers, width 256, feed-forward 1024, 8,000 words) and our transformer share every weight, so
both must find the same hypotheses; `</s>` has a logit far below the best, so that both searches run to the same length. Length
penalty: transformers divides by length^λ, we by ((5 + length) / 6)^α; λ = α = 0 makes both the log-probability
itself. Both runs take turns; what counts is the least time of each. Run: python benchmarks/beam_search.py
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import torch  # noqa: E402
import transformers  # noqa: E402

from explorer.decoding.decode import ModelScorer, search_all  # noqa: E402
from explorer.decoding.strategies import Beam, search_together  # noqa: E402
from models.base import EOS_ID  # noqa: E402
from tests.models.marian import marian_and_ours, marian_generate, marian_scores  # noqa: E402

VOCAB, LENGTH = 8000, 20
CTRANSLATE2_QUOTED = {  # seconds, one thread, fp32, measured on another run of the same kind of machine: design notes, table "Peers"
    "batch 1": {"1": 0.016, "4": 0.024, "8": 0.041},
    "batch 32": {"1": 0.155, "4": 0.39, "8": 0.68},
}


def timed(work) -> tuple[float, float]:
    """(seconds on the clock, CPU seconds)."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def compare(marian, ours, batch: int, beam: int, rounds: int) -> dict:
    """Both searches on the same sources, in turns."""
    torch.manual_seed(batch * 100 + beam)
    sources = [(*torch.randint(4, VOCAB, (LENGTH - 1,)).tolist(), EOS_ID) for _ in range(batch)]
    theirs, own = [], []
    for _ in range(rounds + 1):  # the first warms up
        theirs.append(timed(lambda: marian_generate(marian, sources, beam, LENGTH)))
        own.append(timed(lambda: search_all(ours, sources, beam_size=beam, max_len=LENGTH)))
    found = marian_scores(marian, sources, beam, LENGTH)
    traces = search_all(ours, sources, beam_size=beam, max_len=LENGTH)
    same = sum(trace.best.token_ids == ids for trace, (ids, _) in zip(traces, found, strict=True))
    gap = max(abs(trace.scores[0] - score) for trace, (_, score) in zip(traces, found, strict=True))
    (their_wall, their_cpu), (own_wall, own_cpu) = ([min(column) for column in zip(*runs[1:], strict=True)] for runs in (theirs, own))
    return {
        "batch": batch,
        "beam": beam,
        "same_best_hypothesis": f"{same} of {batch}",
        "largest_gap_of_scores": gap,
        "candidates_recorded": sum(len(step.candidates) for trace in traces for step in trace.steps),
        "generate_s": round(their_wall, 4),
        "ours_s": round(own_wall, 4),
        "ratio": round(their_wall / own_wall, 2),
        "generate_cpu_s": round(their_cpu, 4),
        "ours_cpu_s": round(own_cpu, 4),
        "ratio_cpu": round(their_cpu / own_cpu, 2),
    }


def per_step(model, length: int, beam: int, rounds: int) -> dict:
    """Milliseconds of CPU for the last ten steps of a search of `length` tokens: all, and the search without the model's step."""
    source = (*range(4, 4 + LENGTH - 1), EOS_ID)
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
        steps = search_together(scorer, [Beam(beam_size=beam, max_len=length, stop="length")])
        for _ in range(length - 10):
            next(steps)
        inside[0], started = 0.0, time.process_time()
        trace = list(steps)
        spent = time.process_time() - started
        assert len(trace) == 10
        best_all, best_search = min(best_all, spent), min(best_search, spent - inside[0])
    return {"tokens": length, "step_ms": round(100 * best_all, 3), "step_without_the_model_ms": round(100 * best_search, 3)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 32])
    parser.add_argument("--beams", type=int, nargs="+", default=[1, 4, 8])
    args = parser.parse_args()
    torch.set_num_threads(1)
    marian, ours = marian_and_ours(vocab=VOCAB, d_model=256, n_heads=4, d_ff=1024, n_layers=3, may_end=False)
    rows = [compare(marian, ours, batch, beam, args.rounds) for batch in args.batches for beam in args.beams]
    found = {
        "machine": f"{platform.machine()}, {os.cpu_count()} processors, one thread used",
        "versions": {"python": platform.python_version(), "torch": torch.__version__, "transformers": transformers.__version__},
        "work": f"3+3 layers, width 256, ff 1024, {VOCAB} words, {LENGTH} source and {LENGTH} target tokens, trace recorded",
        "against_generate": rows,
        "per_step_beam_8": [per_step(ours, length, 8, args.rounds) for length in (20, 200)],
        "ctranslate2": {"not_measured": "no package of ours; seconds of an earlier run, see the source", "quoted_s": CTRANSLATE2_QUOTED},
    }  # fmt: skip
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
