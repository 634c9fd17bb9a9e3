"""The cost of learning byte-pair encoding with every step kept: time against three peers, memory, and time
per jump.

The corpus is English text of at most --megabytes, made of the files in --data (tinyshakespeare, WikiText-2,
TED talks, captions, treebank sentences, in this order, as far as they are there) and cut at that length;
nothing is repeated. Without --data it is sentences of the grammar, which have few distinct words: say so when
you quote it.

Ours counts words and learns 8,000 merges over bytes, and keeps what shows any step. The peers, in the same
run:
- `tokenizers` (Rust), its ByteLevel splitting and BpeTrainer, which keeps merges alone; it uses all cores,
  ours one, so both CPU time (of all threads together) and time on the clock are given; on a busy machine only
  CPU times compare;
- subword-nmt: its published algorithm (pair statistics and indices kept up to date, the winner by `max` over
  the pairs of a pruned table), written again here from the paper and its description, as it is not installed;
  over the same words in characters;
- minbpe: its published algorithm (every merge goes over all pieces of the text and counts all pairs again),
  written again here. It takes too long for all: it is timed on a part of the text and a few merges, and the
  rest is that time × merges × share of the text. Its cost per merge falls as the text gets shorter (by about
  half over 8,000 merges), so the figure is an upper bound by at most that.

python benchmarks/bpe_learning.py [--data FOLDER] [--megabytes 5] [--merges 8000]
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from explorer.corpora.grammar import GrammarConfig, load_grammar  # noqa: E402
from explorer.corpora.words import word_pattern  # noqa: E402
from explorer.tokenization.bpe import APP_CONFIG, BPEConfig, count_words, learn, state_at  # noqa: E402
from explorer.tokenization.pieces import split_pieces  # noqa: E402

FILES = (
    "tinyshakespeare.txt.gz",
    "wikitext2.valid.unk.txt.gz",
    "ted-en-fr/train.en.gz",
    "multi30k/train.en.gz",
    "en_ewt-ud-train.conllu.gz",
)
N_MINBPE_MERGES, MINBPE_SHARE = 5, 0.05
N_JUMPS = 120


def corpus(folder: Path | None, megabytes: float) -> tuple[str, str]:
    """(text, what it is)."""
    size = int(megabytes * 1e6)
    if folder is None:
        pairs = load_grammar(GrammarConfig(n_train=8000, n_valid=0, n_test=0)).train
        return "\n".join(pair.src for pair in pairs)[
            :size
        ], "8,000 sentences of the grammar (few distinct words)"
    parts, used = [], []
    for name in FILES:
        found = sorted(folder.rglob(name))
        if found and sum(map(len, parts)) < size:
            lines = gzip.open(found[0], "rt", encoding="utf-8").read().split("\n")
            if name.endswith(".conllu.gz"):
                lines = [line.removeprefix("# text = ") for line in lines if line.startswith("# text = ")]
            parts.append("\n".join(lines))
            used.append(name)
    if not parts:
        sys.exit(f"None of {', '.join(FILES)} is in {folder}.")
    return "\n".join(parts).encode()[:size].decode("utf-8", "ignore"), ", ".join(used)


def spent(work) -> tuple[float, float, object]:
    """(CPU seconds of this process, seconds on the clock, result)."""
    cpu, wall = time.process_time(), time.perf_counter()
    result = work()
    return time.process_time() - cpu, time.perf_counter() - wall, result


# ------------------------------------------------------------------------------------------------------ peers


def library(text: str, n_merges: int) -> int:
    """`tokenizers` as it comes, line by line; returns the merges made."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=256 + n_merges, min_frequency=2, show_progress=False, initial_alphabet=alphabet
    )
    tokenizer.train_from_iterator(text.split("\n"), trainer)
    return tokenizer.get_vocab_size() - 256


def subword_nmt(words: dict[str, int], n_merges: int) -> int:
    """The learner of subword-nmt 0.3 as its authors describe it: statistics of pairs with the words that have
    each, changed by each merge, and a table pruned of rare pairs that is made again when the winner falls
    below the threshold."""
    vocab = [
        (tuple(word[:-1]) + (word[-1] + "</w>",), count)
        for word, count in sorted(words.items(), key=lambda x: -x[1])
    ]
    stats: dict[tuple[str, str], int] = defaultdict(int)
    indices: dict[tuple[str, str], Counter] = defaultdict(Counter)
    for i, (word, count) in enumerate(vocab):
        for pair in zip(word, word[1:], strict=False):
            stats[pair] += count
            indices[pair][i] += 1
    big = dict(stats)
    threshold = max(stats.values()) / 10
    made = 0
    for step in range(n_merges):
        best = max(stats, key=lambda pair: (stats[pair], pair)) if stats else None
        if best is None or (step and stats[best] < threshold):
            for pair, count in stats.items():
                big[pair] = big.get(pair, 0) + count if count < 0 else count
            stats = defaultdict(int, big)
            best = max(stats, key=lambda pair: (stats[pair], pair))
            threshold = stats[best] * step / (step + 10000.0)
            for pair in [pair for pair, count in stats.items() if count < threshold]:
                del stats[pair]
        if stats[best] < 2:
            break
        left, right = best
        for i, n in list(indices[best].items()):
            if n < 1:
                continue
            word, count = vocab[i]
            new, j = [], 0
            while j < len(word):
                if j + 1 < len(word) and word[j] == left and word[j + 1] == right:
                    new.append(left + right)
                    j += 2
                else:
                    new.append(word[j])
                    j += 1
            vocab[i] = (tuple(new), count)
            for pair in zip(word, word[1:], strict=False):
                stats[pair] -= count
                indices[pair][i] -= 1
            for pair in zip(new, new[1:], strict=False):
                stats[pair] += count
                indices[pair][i] += 1
        stats[best] = big[best] = 0
        if not step % 100:
            for pair in [pair for pair, count in stats.items() if count < threshold]:
                big[pair] = big.get(pair, 0) + stats[pair] if stats[pair] < 0 else stats[pair]
                del stats[pair]
        made += 1
    return made


def minbpe(text: str, n_merges: int) -> int:
    """The regex tokenizer of minbpe as its author wrote it down: all pieces of the text, all pairs counted
    again for each merge.
    """
    pieces = [list(piece.surface.encode()) for piece in split_pieces(text)]
    for step in range(n_merges):
        counts: dict[tuple[int, int], int] = {}
        for ids in pieces:
            for pair in zip(ids, ids[1:], strict=False):
                counts[pair] = counts.get(pair, 0) + 1
        best = max(counts, key=counts.get)
        for n, ids in enumerate(pieces):
            new, i = [], 0
            while i < len(ids):
                if i + 1 < len(ids) and ids[i] == best[0] and ids[i + 1] == best[1]:
                    new.append(256 + step)
                    i += 2
                else:
                    new.append(ids[i])
                    i += 1
            pieces[n] = new
    return n_merges


# ----------------------------------------------------------------------------------------------------- memory


def high_water() -> float:
    """Peak resident megabytes of this process. (`ru_maxrss` would count what its parent had when it was
    started.)
    """
    lines = Path("/proc/self/status").read_text().split("\n")
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def peak_memory(text: str, n_merges: int, what: str) -> float:
    """Peak resident megabytes of a process that has only read the text ("load"), or that learns from it
    too.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "text"
        path.write_text(text, encoding="utf-8", newline="")
        command = [sys.executable, __file__, "--only", what, "--data", str(path), "--merges", str(n_merges)]
        return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, metavar="FOLDER")
    parser.add_argument("--megabytes", type=float, default=5.0)
    parser.add_argument("--merges", type=int, default=8000)
    parser.add_argument(
        "--rounds", type=int, default=3, help="of ours and the library, the fastest counts (default 3)"
    )
    parser.add_argument("--only", choices=("load", "learn", "library"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    text, source = (
        (args.data.read_text(encoding="utf-8"), "") if args.only else corpus(args.data, args.megabytes)
    )
    config = BPEConfig(args.merges, alphabet="bytes", space_before=True, ties=APP_CONFIG.ties)
    if args.only:
        if args.only == "learn":
            kept = learn(count_words(text, config), config)
            state_at(kept, kept.n_steps // 2)
        elif args.only == "library":
            library(text, args.merges)
        print(high_water())
        return
    word_pattern()

    ours, theirs = [], []
    for _ in range(args.rounds):  # in turns, so that what else the machine does meets both
        theirs.append(spent(lambda: library(text, args.merges))[:2])
        counting = spent(lambda: count_words(text, config))
        learning = spent(lambda words=counting[2]: learn(words, config))
        ours.append((counting[0] + learning[0], counting[1] + learning[1]))
    learned = learning[2]
    (cpu, clock), (their_cpu, their_clock) = (
        [min(column) for column in zip(*rows, strict=True)] for rows in (ours, theirs)
    )

    rng = random.Random(1)
    steps = [
        0,
        1,
        learned.n_steps - 1,
        learned.n_steps,
        *(rng.randrange(learned.n_steps + 1) for _ in range(N_JUMPS)),
    ]
    jumps = [
        (*spent(lambda step=step: state_at(learned, step, n_pairs=50, n_words=50))[:2], step)
        for step in steps
    ]

    plain = count_words(text, BPEConfig(split="spaces"))
    nmt = spent(lambda: subword_nmt(dict(zip(plain.words, plain.counts, strict=True)), args.merges))[0]
    part = text[: int(len(text) * MINBPE_SHARE)]
    few, more = (spent(lambda n=n: minbpe(part, n))[0] for n in (1, 1 + N_MINBPE_MERGES))
    minbpe_s = (more - few) / N_MINBPE_MERGES * args.merges / MINBPE_SHARE

    load, with_ours, with_theirs = (
        peak_memory(text, args.merges, what) for what in ("load", "learn", "library")
    )
    milliseconds = {
        name: {
            "median": round(1000 * statistics.median(jump[column] for jump in jumps), 1),
            "worst": round(1000 * max(jump[column] for jump in jumps), 1),
            "at_step": max(jumps, key=lambda jump: jump[column])[2],
        }
        for column, name in enumerate(("cpu_ms", "clock_ms"))
    }
    figures = {
        "corpus": {
            "source": source, "bytes": len(text.encode()), "distinct_words": len(learned.words.words),
            "symbols": len(learned.gone),
            "merges": learned.n_steps, "last_count": learned.steps[-1].count,
        },
        "load_average": os.getloadavg()[0],
        "ours": {"cpu_s": round(cpu, 2), "clock_s": round(clock, 2)},
        "tokenizers": {"cpu_s_all_threads": round(their_cpu, 2), "clock_s": round(their_clock, 2)},
        "ours_to_tokenizers": {"cpu": round(cpu / their_cpu, 2), "clock": round(clock / their_clock, 2)},
        "subword_nmt_algorithm": {"cpu_s": round(nmt, 2), "times_ours": round(nmt / cpu, 1)},
        "minbpe_algorithm_extrapolated": {"cpu_s": round(minbpe_s), "times_ours": round(minbpe_s / cpu)},
        "jump_to_a_step": {"jumps": len(jumps), **milliseconds},
        "peak_memory_mb": {
            "text_read": round(load), "ours_above_that": round(with_ours - load),
            "tokenizers_above_that": round(with_theirs - load),
            "arrays_kept_to_show_any_step": round(
                (learned.gone.nbytes + learned.row.ids.nbytes + learned.row.freq.nbytes) / 2**20, 1),
        },
    }  # fmt: skip
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
