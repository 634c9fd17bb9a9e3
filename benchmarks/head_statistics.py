"""The cost of the statistics of 12 × 12 heads over 2,000 sentences: time against three peers, and peak
memory.

The peers: plain loops over heads and tokens; numpy for one sentence and one head at a time, as Clark et al.
2019 do it; the bare forward passes. Memory is that of processes which survey 500 and 2,000 sentences. All
statistics that a role needs are counted (positional, syntactic, rare token, alignment, figures, repeats),
ours together with those of the rules they are held against, which the peers are not charged for. Times are
CPU times of one thread, as the machine may be busy. The first two peers run on part of the sentences, and
what they count is compared with ours before it is timed.

    python benchmarks/head_statistics.py [--sentences 2000] [--d-model 384]
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy and torch

import numpy as np  # noqa: E402
import torch  # noqa: E402

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from explorer.checkpoints.folder import Checkpoint  # noqa: E402
from explorer.config.run import RunConfig  # noqa: E402
from explorer.corpora.grammar import GrammarConfig  # noqa: E402
from explorer.heads.roles.corpus import frequencies_of, grammar_corpus, prepare  # noqa: E402
from explorer.heads.roles.distance import divergences  # noqa: E402
from explorer.heads.roles.metrics.rare_tokens import COMMON, MIN_KEYS  # noqa: E402
from explorer.heads.roles.metrics.registry import count_all  # noqa: E402
from explorer.heads.roles.survey import Inquiry, attention_batches, batches, survey  # noqa: E402
from explorer.tokenization import TokenizerConfig, train_tokenizer  # noqa: E402
from models import TransformerConfig, build_model  # noqa: E402
from models.batch import collate  # noqa: E402
from tests.heads import slow  # noqa: E402
from tests.heads.slow import Sentence  # noqa: E402

LAYERS = HEADS = 12
N_PLAIN, N_CLARK = 2, 24  # sentences of a batch that the peers are timed on
OFFSETS = range(-5, 6)


def set_up(n_sentences: int, d_model: int):
    """(checkpoint with random weights, sentences, frequencies, relations): the grammar's test split in
    subwords.
    """
    corpus = grammar_corpus("de", n_sentences)
    tokenizer = TokenizerConfig(kind="bpe", vocab_size=600)
    tokenizers = [train_tokenizer(tokenizer, [texts[side] for texts in corpus.counted]) for side in (0, 1)]
    config = TransformerConfig(
        src_vocab=tokenizers[0].vocab_size,
        tgt_vocab=tokenizers[1].vocab_size,
        d_model=d_model,
        d_ff=4 * d_model,
        n_heads=HEADS,
        n_encoder_layers=LAYERS,
        n_decoder_layers=LAYERS,
    )
    torch.manual_seed(0)
    model = build_model(config).eval().requires_grad_(False)
    run = RunConfig("twelve", "", GrammarConfig(), tokenizer, config)
    sentences, _ = prepare(corpus.reported, *tokenizers, 512)
    frequencies = tuple(
        frequencies_of((texts[side] for texts in corpus.counted), tokenizers[side]) for side in (0, 1)
    )
    relations = tuple(sorted({relation for s in sentences for *_, relation in (*s.src_arcs, *s.tgt_arcs)}))
    return Checkpoint.in_memory(run, model, *tokenizers), sentences, frequencies, relations


def spent(work) -> tuple[float, float, object]:
    """(CPU seconds, seconds on the clock, result)."""
    cpu, wall = time.process_time(), time.perf_counter()
    result = work()
    return time.process_time() - cpu, time.perf_counter() - wall, result


# ----------------------------------------------------------------------------------------- the forward passes


@torch.inference_mode()
def bare_pass(model, group):
    """Encoder and decoder of a batch, without the output layer, as nobody watches."""
    pairs = collate([(s.src.ids, s.tgt.ids) for s in group], model.special)
    return model.hidden(pairs.tgt_in, model.encode(pairs.src))


def watched_pass(model, group, frequencies, relations) -> None:
    """The same with everything recorded and counted."""
    for batch in attention_batches(model, group, frequencies, relations):
        count_all(batch)
        count_all(batch.rules)


def passes(checkpoint, sentences, frequencies, relations, rounds: int) -> dict:
    """Bare and watched passes take turns, batch by batch."""
    groups = list(batches(sentences, n_heads=LAYERS * HEADS))
    chosen = groups[:: max(1, len(groups) // rounds)]
    bare_pass(checkpoint.model, chosen[0]), watched_pass(checkpoint.model, chosen[0], frequencies, relations)
    bare, watched = np.zeros(2), np.zeros(2)
    for group in chosen:
        bare += spent(lambda group=group: bare_pass(checkpoint.model, group))[:2]
        watched += spent(lambda group=group: watched_pass(checkpoint.model, group, frequencies, relations))[
            :2
        ]
    return {
        "sentences": sum(map(len, chosen)),
        "bare_cpu_s": round(bare[0], 2),
        "recorded_and_counted_cpu_s": round(watched[0], 2),
        "ratio": round(watched[0] / bare[0], 3),
        "ratio_on_the_clock": round(watched[1] / bare[1], 3),
    }


# -------------------------------------------------------------------------------------------------- the peers


def sentence_of(prepared, batch, row: int) -> Sentence:
    """One sentence of a batch without its padding."""
    kind = batch.kind
    query = prepared.src if kind == "encoder_self" else prepared.tgt
    key = prepared.tgt if kind == "decoder_self" else prepared.src
    weights = batch.weights[row, : len(query.ids) + 1, : len(key.ids) + 1].transpose(2, 3, 0, 1)
    arcs = {"encoder_self": prepared.src_arcs, "decoder_self": prepared.tgt_arcs}.get(kind, ())
    return Sentence(
        kind, np.ascontiguousarray(weights), query, key, arcs, prepared.links if kind == "cross" else None
    )


def plain_counts(sentence: Sentence, frequencies, relations) -> dict[tuple[int, int], dict]:
    """By head {question: (hits, n)}: one head, one token, one key at a time, in Python."""
    counts = frequencies.counts.tolist()
    found = {}
    for layer in range(LAYERS):
        for head in range(HEADS):
            weights = sentence.weights[layer, head].tolist()
            answers = slow.positional(sentence, weights, OFFSETS) | slow.rare_token(sentence, weights, counts)
            answers |= slow.figures(sentence, weights)
            if sentence.kind == "cross":
                answers |= slow.alignment(sentence, weights)
            else:
                answers |= slow.syntactic(sentence, weights, relations) | slow.repeats(sentence, weights)
            found[layer, head] = answers
    return found


def clark_words(weights: np.ndarray, query: list[list[int]], key: list[list[int]]) -> np.ndarray:
    """Sum to, mean from, as the authors' program does it for each head."""
    weights = np.stack([weights[:, tokens].sum(-1) for tokens in key], axis=-1)
    return np.stack([weights[tokens].mean(0) for tokens in query])


def clark_counts(sentence: Sentence, frequencies, relations) -> dict[tuple[int, int], dict]:
    """By head {question: (hits, n)}: numpy for one sentence and head at a time; what does not depend on the
    head is computed once.
    """
    kind = sentence.kind
    rows, keys = np.array(sentence.real_rows()), np.array(sentence.real_keys())
    n_keys = len(sentence.key.tokens)
    query_tokens = [
        np.flatnonzero([w == n for w in sentence.query_words]) for n in range(len(sentence.query.words))
    ]
    key_tokens = [
        np.flatnonzero([w == n for w in sentence.key_words]) for n in range(len(sentence.key.words))
    ]
    marks = [
        k
        for k, w in enumerate(sentence.key_words)
        if w is not None and not any(map(str.isalnum, sentence.key.words[w]))
    ]
    special = [k for k in range(n_keys) if k not in set(keys.tolist())]
    counts = frequencies.counts[[sentence.key_ids[k] for k in keys]]
    ranks = frequencies.ranks[[sentence.key_ids[k] for k in keys]]
    seen = np.array([[sentence.sees(row, key) for key in keys] for row in rows])
    rare = {}
    for n in (1, 2):
        limit = np.sort(np.where(seen, counts, np.inf), axis=1)[:, min(n, len(keys)) - 1]
        rare[n] = (counts <= limit[:, None]) & seen
    enough = seen.sum(1) >= MIN_KEYS
    beyond = enough & (np.where(seen, ranks, -1).max(1) >= COMMON)
    partners = {"to_head": {}, "to_dependent": {}}
    for dependent, head, relation in sentence.arcs:
        for direction, word, partner in (("to_head", dependent, head), ("to_dependent", head, dependent)):
            if kind != "decoder_self" or partner < word:
                for name in (relation, "all"):
                    partners[direction].setdefault((name, word), set()).add(partner)
    same = {
        row: [
            k
            for k in rows
            if k != row and sentence.query_ids[k] == sentence.query_ids[row] and sentence.sees(row, k)
        ]
        for row in rows
    }
    after = {
        row: [
            k + 1
            for k in same[row]
            if k < row and k + 1 != row and k + 1 in same and sentence.sees(row, k + 1)
        ]
        for row in rows
    }
    same, after = ({row: ks for row, ks in places.items() if ks} for places in (same, after))
    found = {}
    for layer in range(LAYERS):
        for head in range(HEADS):
            weights = sentence.weights[layer, head]
            answers = {}
            best = weights[rows].argmax(-1) - rows
            for offset in OFFSETS:
                hits = int((best == offset).sum())
                possible = sum(sentence.sees(row, row + offset) for row in rows.tolist())
                answers[f"offset:{offset}"], answers[f"offset:{offset}:of_all"] = (
                    (hits, possible),
                    (hits, len(rows)),
                )
            real = weights[np.ix_(rows, keys)]
            at = real.argmax(-1)
            for n, rarest in rare.items():
                hit = rarest[np.arange(len(rows)), at]
                answers[f"rarest:{n}"] = (int(hit[enough].sum()), int(enough.sum()))
                answers[f"rarest:{n}:beyond_{COMMON}"] = (int(hit[beyond].sum()), int(beyond.sum()))
            own = weights[rows]
            positive = own[own > 0]
            answers |= {
                "confidence": (real.max(-1).sum(), len(rows)),
                "entropy": (-(positive * np.log(positive)).sum(), len(rows)),
                "first": (own[:, keys[0]].sum(), len(rows)),
                "last": (own[:, keys[-1]].sum(), len(rows)),
                "separator": (own[:, special].sum(), len(rows)),
                "punctuation": (own[:, marks].sum(), len(rows)),
            }
            if kind == "cross":
                for reading, shift in (("output", 0), ("input", 1)):
                    words = clark_words(weights[shift:], query_tokens, key_tokens)
                    sure = possible = predicted = 0
                    if sentence.gold is not None:
                        predicted = len(words)
                        for tgt, src in enumerate(words.argmax(-1).tolist()):
                            sure += (src, tgt) in sentence.gold.sure
                            possible += (src, tgt) in sentence.gold.possible
                    n_sure = len(sentence.gold.sure) if sentence.gold else 0
                    answers[f"aligned:{reading}"] = (sure + possible, predicted + n_sure)
                    answers[f"precision:{reading}"], answers[f"recall:{reading}"] = (
                        (possible, predicted),
                        (sure, n_sure),
                    )
            else:
                words = clark_words(weights, query_tokens, key_tokens)
                np.fill_diagonal(words, 0)
                links = words.argmax(-1).tolist()
                nothing = words.max(-1) <= 0
                hits, n = Counter(), Counter()
                for direction, asked in partners.items():
                    for (relation, word), right in asked.items():
                        n[f"{relation}:{direction}"] += 1
                        hits[f"{relation}:{direction}"] += links[word] in right and not nothing[word]
                for relation in (*relations, "all"):
                    for direction in partners:
                        answers[f"{relation}:{direction}"] = (
                            hits[f"{relation}:{direction}"],
                            n[f"{relation}:{direction}"],
                        )
                for name, offset in (("self", 0), ("previous", -1), ("next", 1)):
                    if name != "next" or kind != "decoder_self":
                        inside = rows[(rows + offset >= 0) & (rows + offset < n_keys)]
                        answers[name] = (weights[inside, inside + offset].sum(), len(inside))
                for name, places in (("duplicate", same), ("induction", after)):
                    answers[name] = (sum(weights[row, ks].sum() for row, ks in places.items()), len(places))
            found[layer, head] = answers
    return found


def check(theirs: list[dict], ours: dict) -> int:
    """Compare summed (hits, n) of a peer with our counts of the same sentences; returns how many agree.

    A weight within a millionth of the maximum shares it here and not there, so one in a thousand may differ.
    Raises AssertionError.
    """
    n_same = n_all = 0
    for counts in ours.values():
        for index, question in enumerate(counts.questions):
            for layer in range(LAYERS):
                for head in range(HEADS):
                    hits, n = np.sum([sentence[layer, head][question] for sentence in theirs], axis=0)
                    mine = counts.hits[index, layer, head], counts.n[index, layer, head]
                    n_same += np.allclose((hits, n), mine, rtol=1e-4, atol=1e-4)
                    n_all += 1
    assert n_same > 0.999 * n_all, f"{n_all - n_same} of {n_all} numbers differ"
    return n_same


def statistics(checkpoint, sentences, frequencies, relations) -> dict:
    """Ours on a batch of the middle length, the peers on some sentences of it; per sentence, all three kinds
    of attention together.
    """
    groups = list(batches(sentences, n_heads=LAYERS * HEADS))
    group = groups[len(groups) // 2]
    figures, n_same = Counter(), 0
    prepared = list(attention_batches(checkpoint.model, group, frequencies, relations))
    for batch in prepared:  # warm up, and see that all agree
        counted = frequencies[1 if batch.kind == "decoder_self" else 0]
        some = group[:N_PLAIN]
        part = next(
            b
            for b in attention_batches(checkpoint.model, some, frequencies, relations)
            if b.kind == batch.kind
        )
        alone = [sentence_of(s, part, row) for row, s in enumerate(some)]
        cpu, _, plain = spent(
            lambda alone=alone, counted=counted: [plain_counts(s, counted, relations) for s in alone]
        )
        figures["plain"] += cpu / len(alone)
        n_same += check(plain, count_all(part))
        n_same += check([clark_counts(s, counted, relations) for s in alone], count_all(part))
        alone = [sentence_of(s, batch, row) for row, s in enumerate(group[:N_CLARK])]
        figures["clark"] += spent(
            lambda alone=alone, counted=counted: [clark_counts(s, counted, relations) for s in alone]
        )[0] / len(alone)
    for _ in range(3):
        for batch in attention_batches(checkpoint.model, group, frequencies, relations):
            figures["ours"] += (
                spent(lambda batch=batch: (count_all(batch), count_all(batch.rules)))[0] / len(group) / 3
            )
    distance = sum(spent(lambda batch=batch: divergences(batch))[0] for batch in prepared) / len(group)
    return {
        "sentences_in_the_batch": len(group),
        "numbers_that_agree": n_same,
        "ours_ms_per_sentence": round(1000 * figures["ours"], 2),
        "clark_style_ms_per_sentence": round(1000 * figures["clark"], 1),
        "plain_loops_ms_per_sentence": round(1000 * figures["plain"], 1),
        "times_faster_than_clark_style": round(figures["clark"] / figures["ours"], 1),
        "times_faster_than_plain_loops": round(figures["plain"] / figures["ours"], 1),
        "distances_between_heads_ms_per_sentence": round(1000 * distance, 1),
    }


# ----------------------------------------------------------------------------------------------------- memory


def peak_memory(n_sentences: int, d_model: int, n_all: int) -> int:
    """MB at the peak of a process that holds `n_all` sentences and surveys `n_sentences` of them, of all
    lengths.
    """
    command = [
        sys.executable,
        __file__,
        "--memory",
        str(n_sentences),
        "--d-model",
        str(d_model),
        "--sentences",
        str(n_all),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)["peak_mb"]


def survey_and_tell(n_sentences: int, d_model: int, n_all: int) -> None:
    """What the child process does."""
    checkpoint, sentences, frequencies, relations = set_up(n_all, d_model)
    by_length = sorted(sentences, key=lambda s: (len(s.src.ids), len(s.tgt.ids)))
    survey(checkpoint, by_length[:: n_all // n_sentences], Inquiry(frequencies, relations))
    print(json.dumps({"peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sentences", type=int, default=2000)
    parser.add_argument("--d-model", type=int, default=384)
    parser.add_argument("--rounds", type=int, default=8, help="batches on which passes are timed")
    parser.add_argument("--memory", type=int, help=argparse.SUPPRESS)
    args = parser.parse_args()
    torch.set_num_threads(1)
    if args.memory:
        survey_and_tell(args.memory, args.d_model, args.sentences)
        return
    asked = set_up(args.sentences, args.d_model)
    found = {
        "heads": f"{LAYERS} × {HEADS}, three kinds of attention",
        "d_model": args.d_model,
        "parameters": asked[0].model.n_parameters,
        "sentences": len(asked[1]),
        "all_roles": statistics(*asked),
        "passes": passes(*asked, args.rounds),
        "peak_mb": {
            str(n): peak_memory(n, args.d_model, args.sentences)
            for n in (args.sentences // 4, args.sentences)
        },
        "torch": torch.__version__,
        "load": [round(load, 1) for load in os.getloadavg()],
    }
    print(json.dumps(found, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
