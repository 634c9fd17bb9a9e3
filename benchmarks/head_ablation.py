"""The speed of switching off every head in turn over a corpus, against translating and scoring from scratch
each time.

Both sides run in this process on one thread, take turns, and must find the same losses and translations. The
peer is what one would write first: for each head a batched forced pass over the references, batched greedy
search, and sacreBLEU on the result. Prints JSON; processor seconds, medians with the lowest and highest. The
whole measurement (bootstrap, gradients and both pruning curves with it) is timed too.

    python benchmarks/head_ablation.py [--checkpoint NAME] [--sentences 200] [--rounds 3]
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import torch  # noqa: E402

from explorer.checkpoints.folder import Checkpoint, load_checkpoint  # noqa: E402
from explorer.corpora.held_out import at_hand  # noqa: E402
from explorer.decoding.decode import translate_all  # noqa: E402
from explorer.evaluation.bleu import corpus_bleu  # noqa: E402
from explorer.heads.importance.ablation import all_heads  # noqa: E402
from explorer.heads.importance.masking import EncodedCorpus, Masking, encode_corpus, masked_scores_steps  # noqa: E402
from explorer.heads.importance.measure import measure_importance  # noqa: E402
from explorer.results import SentencePair  # noqa: E402
from models.losses import token_losses  # noqa: E402
from models.probe import ablating  # noqa: E402


def shared_work(
    checkpoint: Checkpoint, corpus: EncodedCorpus, maskings: list[Masking]
) -> list[tuple[float, list[str]]]:
    """(loss, translations) of each masking, as the app computes them."""
    steps = masked_scores_steps(checkpoint, corpus, maskings)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return [(scored.scores.loss, list(scored.translations)) for scored in end.value]


@torch.inference_mode()
def everything_anew(
    checkpoint: Checkpoint, pairs: tuple[SentencePair, ...], corpus: EncodedCorpus, maskings: list[Masking]
) -> list[tuple[float, list[str]]]:
    """The same, one masking after the other."""
    found = []
    for masking in maskings:
        with ablating(checkpoint.model, masking):
            losses = [
                token_losses(checkpoint.model, corpus.collate(rows, checkpoint.model.special))[0].double()
                for rows in corpus.batches()
            ]
            translations = translate_all(checkpoint, [pair.src for pair in pairs])
        corpus_bleu(translations, [pair.tgt for pair in pairs])
        found.append((float(torch.cat(losses).mean()), translations))
    return found


def spread(seconds: list[float]) -> dict[str, float]:
    return {
        "median": round(statistics.median(seconds), 2),
        "low": round(min(seconds), 2),
        "high": round(max(seconds), 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--checkpoint", default="grammar-en-de-transformer")
    parser.add_argument("--sentences", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    torch.set_num_threads(1)
    checkpoint = load_checkpoint(args.checkpoint)
    name, pairs = at_hand(checkpoint.config.corpus, args.sentences)
    corpus, heads = encode_corpus(checkpoint, pairs), all_heads(checkpoint)
    maskings = [frozenset(), *(frozenset([head]) for head in heads)]
    times: dict[str, list[float]] = {"ours": [], "everything anew": [], "whole measurement": []}
    for _ in range(args.rounds):
        results = []
        for label, run in (
            ("ours", lambda: shared_work(checkpoint, corpus, maskings)),
            ("everything anew", lambda: everything_anew(checkpoint, pairs, corpus, maskings)),
            ("whole measurement", lambda: measure_importance(checkpoint, pairs, name)),
        ):
            started = time.process_time()
            results.append(run())
            times[label].append(time.process_time() - started)
        for (loss, translations), (other_loss, other_translations) in zip(*results[:2], strict=True):
            if abs(loss - other_loss) > 1e-4 or translations != other_translations:
                raise SystemExit("The two sides do not agree: nothing is measured.")
    ratio = statistics.median(times["everything anew"]) / statistics.median(times["ours"])
    report = {
        "checkpoint": checkpoint.name, "sha256": checkpoint.sha256, "corpus": name, "sentences": len(corpus),
        "heads": len(heads),
        "processor_seconds": {label: spread(seconds) for label, seconds in times.items()},
        "ratio": round(ratio, 2),
        "machine": platform.processor() or platform.machine(), "torch": torch.__version__,
        "rounds": args.rounds,
    }  # fmt: skip
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
