"""Training speed, against a plain loop over torch's own modules and against transformers.

Target tokens/s, the ratios, and the model FLOP utilisation: the operations that the sentences need, over what
the machine does at most.

Peers, each as a tutorial writes it: `torch.nn.Transformer` with the output layer over all positions,
`MarianMTModel` of transformers, and an LSTM decoder with MLP attention that loops over the steps. The same
sizes, sentences, optimizer settings and threads on all sides; they take turns, so that a noisy machine
disturbs all alike. With one thread of a CPU time is that of the processor, which others on the machine
disturb less than the clock. On a GPU all use bfloat16 by autocast.

    python benchmarks/training_throughput.py [--threads 1] [--rounds 5] [--device cpu] [--lengths fixed mixed]
    [--models transformer]
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import os
import random
import statistics
import sys
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from explorer.config.run import TrainingConfig  # noqa: E402
from explorer.training.memory import prepare_memory  # noqa: E402
from explorer.training.trainer import Trainer  # noqa: E402
from models import RNNConfig, TransformerConfig, build_model  # noqa: E402
from models.batch import collate  # noqa: E402
from models.ids import DEFAULT_IDS  # noqa: E402
from models.positions import sinusoidal_table  # noqa: E402

VOCAB, D_MODEL, N_HEADS, N_LAYERS, D_FF = 8000, 256, 4, 3, 1024
D_EMBEDDING, D_HIDDEN = 256, 512
SENTENCES_PER_BATCH = 64


class PlainTransformer(nn.Module):
    """`torch.nn.Transformer` between embeddings and an output layer."""

    def __init__(self):
        super().__init__()
        self.src, self.tgt = nn.Embedding(VOCAB, D_MODEL), nn.Embedding(VOCAB, D_MODEL)
        self.register_buffer("positions", sinusoidal_table(512, D_MODEL))
        self.body = nn.Transformer(D_MODEL, N_HEADS, N_LAYERS, N_LAYERS, D_FF, batch_first=True)
        self.output = nn.Linear(D_MODEL, VOCAB)

    def forward(self, batch):
        states = self.body(
            self.src(batch.src) + self.positions[: batch.src.shape[1]],
            self.tgt(batch.tgt_in) + self.positions[: batch.tgt_in.shape[1]],
            tgt_mask=nn.Transformer.generate_square_subsequent_mask(batch.tgt_in.shape[1]),
            src_key_padding_mask=batch.src == 0,
            tgt_key_padding_mask=batch.tgt_in == 0,
            memory_key_padding_mask=batch.src == 0,
            tgt_is_causal=True,
        )
        return self.output(states)


class Marian(nn.Module):
    """`MarianMTModel` with random weights, embeddings and output layer of their own as in the others."""

    def __init__(self):
        super().__init__()
        from transformers import MarianConfig, MarianMTModel

        layers = {"encoder_layers": N_LAYERS, "decoder_layers": N_LAYERS}
        heads = {"encoder_attention_heads": N_HEADS, "decoder_attention_heads": N_HEADS}
        widths = {"d_model": D_MODEL, "encoder_ffn_dim": D_FF, "decoder_ffn_dim": D_FF}
        tokens = {
            "pad_token_id": DEFAULT_IDS.pad,
            "eos_token_id": DEFAULT_IDS.eos,
            "decoder_start_token_id": DEFAULT_IDS.bos,
        }
        apart = {
            "share_encoder_decoder_embeddings": False,
            "tie_word_embeddings": False,
            "decoder_vocab_size": VOCAB,
        }
        others = {"vocab_size": VOCAB, "max_position_embeddings": 512, "dropout": 0.1, "use_cache": False}
        self.model = MarianMTModel(MarianConfig(**layers, **heads, **widths, **tokens, **apart, **others))

    def forward(self, batch):
        return self.model(
            batch.src, attention_mask=(batch.src != DEFAULT_IDS.pad).long(), decoder_input_ids=batch.tgt_in
        ).logits


class PlainRNN(nn.Module):
    """Packed bidirectional LSTM, then one decoder step at a time with MLP attention, as the usual tutorial
    does it.
    """

    def __init__(self):
        super().__init__()
        self.src, self.tgt = nn.Embedding(VOCAB, D_EMBEDDING), nn.Embedding(VOCAB, D_EMBEDDING)
        self.encoder = nn.LSTM(D_EMBEDDING, D_HIDDEN // 2, bidirectional=True, batch_first=True)
        self.decoder = nn.LSTM(D_EMBEDDING, D_HIDDEN, batch_first=True)
        self.query, self.key = nn.Linear(D_HIDDEN, D_HIDDEN), nn.Linear(D_HIDDEN, D_HIDDEN, bias=False)
        self.vector = nn.Linear(D_HIDDEN, 1, bias=False)
        self.attentional = nn.Linear(2 * D_HIDDEN, D_HIDDEN)
        self.output = nn.Linear(D_HIDDEN, VOCAB)

    def forward(self, batch):
        padding = batch.src == 0
        packed = nn.utils.rnn.pack_padded_sequence(
            self.src(batch.src), (~padding).sum(1), batch_first=True, enforce_sorted=False
        )
        states, (h, c) = self.encoder(packed)
        states, _ = nn.utils.rnn.pad_packed_sequence(states, batch_first=True)
        state = (
            h.transpose(0, 1).flatten(1).unsqueeze(0).contiguous(),
            c.transpose(0, 1).flatten(1).unsqueeze(0).contiguous(),
        )
        keys, logits = self.key(states), []
        for t in range(batch.tgt_in.shape[1]):
            step, state = self.decoder(self.tgt(batch.tgt_in[:, t : t + 1]), state)
            scores = (
                self.vector(torch.tanh(self.query(step) + keys))
                .squeeze(-1)
                .masked_fill(padding, float("-inf"))
            )
            context = scores.softmax(-1).unsqueeze(1) @ states
            logits.append(self.output(torch.tanh(self.attentional(torch.cat((context, step), -1)))))
        return torch.cat(logits, 1)


def sentences(lengths: str, n: int = SENTENCES_PER_BATCH * 48):
    """Random id pairs: all of 19 tokens and ``</s>``, or 5 to 35 with the same mean."""
    rng = random.Random(0)

    def draw(length: int) -> tuple[int, ...]:
        return tuple(rng.randrange(4, VOCAB) for _ in range(length))

    pairs = []
    for _ in range(n):
        length = 19 if lengths == "fixed" else rng.randint(4, 34)
        pairs.append((draw(length), draw(length)))
    return pairs


def transformer_flops(pairs) -> float:
    """Multiplications and additions of a training step on `pairs`, padding not counted: 6 for each weight of
    a matrix and token that it is applied to (2 forward, 4 backward: Kaplan et al. 2020, section 2.1), and 12
    × width for each query and key of an attention.

    With S source and T target tokens: encoder layers 4d² + 2·d·d_ff of S; decoder layers 6d² + 2·d·d_ff of T
    and 2d² of S (keys and values across); output d × V of T.
    """
    lengths = [(len(src) + 1, len(tgt) + 1) for src, tgt in pairs]
    n_src, n_tgt = (sum(side) for side in zip(*lengths, strict=True))
    feed_forward, square = 2 * D_MODEL * D_FF, D_MODEL**2
    weights = N_LAYERS * (
        (4 * square + feed_forward) * n_src + (6 * square + feed_forward) * n_tgt + 2 * square * n_src
    )
    attended = N_LAYERS * sum(src * src + tgt * tgt + src * tgt for src, tgt in lengths)
    return 6.0 * (weights + D_MODEL * VOCAB * n_tgt) + 12.0 * D_MODEL * attended


def check_flops(pairs) -> None:
    """`transformer_flops` is what torch counts in a training step without padding, to a hundredth."""
    peer = PlainTransformer()
    with (
        torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH),
        FlopCounterMode(display=False) as counter,
    ):
        peer(collate(pairs, DEFAULT_IDS)).sum().backward()
    counted = counter.get_total_flops()
    assert abs(counted / transformer_flops(pairs) - 1) < 0.01, (counted, transformer_flops(pairs))


def clock(device: torch.device) -> float:
    """Seconds: of this process on one thread of a CPU, else of the clock once the GPU has done all it was
    asked.
    """
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return (
        time.process_time() if device.type == "cpu" and torch.get_num_threads() == 1 else time.perf_counter()
    )


def peak(device: torch.device, dtype: torch.dtype, seconds: float = 1.5) -> float:
    """Operations per second of the best of many products of square matrices."""
    n = 8192 if device.type == "cuda" else 1024
    left, right = (torch.randn(n, n, device=device).to(dtype) for _ in range(2))
    best, end = 0.0, time.perf_counter() + seconds
    while time.perf_counter() < end:
        started = clock(device)
        for _ in range(4):
            left @ right
        best = max(best, 4 * 2.0 * n**3 / (clock(device) - started))
    return best


def plain_run(
    model, pairs, optimizer, n_batches: int, device: torch.device, bfloat16: bool
) -> tuple[float, float]:
    """Target tokens and operations per second of a plain loop over random batches of 64 sentences."""
    rng = random.Random(1)
    tokens, flops, started = 0, 0.0, clock(device)
    model.train()
    for _ in range(n_batches):
        chosen = rng.sample(pairs, SENTENCES_PER_BATCH)
        batch = collate(chosen, DEFAULT_IDS).to(device)
        with torch.autocast(device.type, torch.bfloat16) if bfloat16 else contextlib.nullcontext():
            logits = model(batch)
            loss = F.cross_entropy(
                logits.flatten(0, 1),
                batch.tgt_out.flatten(),
                ignore_index=DEFAULT_IDS.pad,
                label_smoothing=0.1,
            )
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        tokens += sum(len(tgt) + 1 for _, tgt in chosen)
        flops += transformer_flops(chosen)
    seconds = clock(device) - started
    return tokens / seconds, flops / seconds


def our_run(trainer: Trainer, n_batches: int) -> tuple[float, float]:
    """Target tokens and operations per second of the project's own loop over the same sentences."""
    progress = trainer.progress
    trainer.config = dataclasses.replace(trainer.config, max_steps=progress.step + n_batches)
    groups, first = trainer.batches.groups(progress.epoch), progress.batch_in_epoch
    assert first + n_batches <= len(groups), "a round stays within an epoch"
    tokens, started = progress.tokens, clock(trainer.device)
    trainer.run()
    seconds = clock(trainer.device) - started
    flops = sum(transformer_flops(group) for group in groups[first : first + n_batches])
    return (progress.tokens - tokens) / seconds, flops / seconds


def padded(groups) -> float:
    """The share of padding among the target tokens of batches."""
    real = sum(len(tgt) + 1 for group in groups for _, tgt in group)
    return 1 - real / sum(len(group) * (max(len(tgt) for _, tgt in group) + 1) for group in groups)


def compare(
    peers: dict[str, nn.Module],
    config,
    lengths: str,
    precision: str,
    options: argparse.Namespace,
    peaks: dict,
) -> dict:
    """Medians, and the ratios of ours to each peer's."""
    pairs, device = sentences(lengths), torch.device(options.device)
    mean_tokens = sum(len(t) + 1 for _, t in pairs) / len(pairs)
    training = TrainingConfig(
        batch_tokens=round(SENTENCES_PER_BATCH * mean_tokens),
        validate_every=10**9,
        device=options.device,
        precision=precision,
        max_steps=1,
    )
    ours = Trainer(build_model(config), training, pairs, [])
    bfloat16 = device.type == "cuda"  # on a CPU the peers stay as a tutorial has them, in float32
    runs = {"ours": lambda n: our_run(ours, n)}
    for name, peer in peers.items():
        peer.to(device)
        optimizer = torch.optim.AdamW(peer.parameters(), lr=1e-3, betas=(0.9, 0.98), weight_decay=0.01)
        runs[name] = lambda n, peer=peer, optimizer=optimizer: plain_run(
            peer, pairs, optimizer, n, device, bfloat16
        )
    for run in runs.values():
        run(1)  # warm up
    rounds = [{name: run(options.batches) for name, run in runs.items()} for _ in range(options.rounds)]
    result = {
        "padding": {
            "ours": round(padded(ours.batches.groups(0)), 3),
            "peers": round(_plain_padding(pairs), 3),
        }
    }
    for name in runs:
        used = precision if name == "ours" else "bfloat16" if bfloat16 else "float32"
        result[name] = {"tokens_per_s": round(statistics.median(found[name][0] for found in rounds))}
        if isinstance(config, TransformerConfig):
            result[name]["mfu"] = round(
                statistics.median(found[name][1] for found in rounds) / peaks[used], 3
            )
        if name != "ours":
            result[name]["ours_to_it"] = round(
                statistics.median(found["ours"][0] / found[name][0] for found in rounds), 2
            )
            result[name]["parameters"] = sum(p.numel() for p in peers[name].parameters())
    result["ours"]["parameters"] = ours.model.n_parameters
    return result


def _plain_padding(pairs) -> float:
    rng = random.Random(1)
    return padded([rng.sample(pairs, SENTENCES_PER_BATCH) for _ in range(24)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--batches", type=int, default=4, help="of a round, on each side")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--models", nargs="+", default=["transformer", "rnn mlp"])
    parser.add_argument("--lengths", nargs="+", default=["fixed", "mixed"])
    parser.add_argument("--precisions", nargs="+", default=["float32", "bfloat16"])
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    prepare_memory()
    check_flops(sentences("fixed", 8))
    transformer = TransformerConfig(
        src_vocab=VOCAB,
        tgt_vocab=VOCAB,
        d_model=D_MODEL,
        n_heads=N_HEADS,
        n_encoder_layers=N_LAYERS,
        n_decoder_layers=N_LAYERS,
        d_ff=D_FF,
        tie_embeddings="none",
        norm_position="post",
    )
    rnn = RNNConfig(
        src_vocab=VOCAB, tgt_vocab=VOCAB, d_embedding=D_EMBEDDING, d_hidden=D_HIDDEN, attention="mlp"
    )
    peaks = {
        name: peak(torch.device(options.device), getattr(torch, name)) for name in ("float32", "bfloat16")
    }
    result = {
        "device": options.device,
        "threads": options.threads,
        "rounds": options.rounds,
        "torch": torch.__version__,
    }
    result |= {
        "peak GFLOP/s": {name: round(value / 1e9) for name, value in peaks.items()},
        "load before": os.getloadavg(),
    }
    contenders = {
        "transformer": (transformer, lambda: {"plain": PlainTransformer(), "transformers": Marian()}),
        "rnn mlp": (rnn, lambda: {"plain": PlainRNN()}),
    }
    for lengths in options.lengths:
        for precision in options.precisions:
            for name in options.models:
                torch.manual_seed(0)
                config, peers = contenders[name]
                result[f"{name}, {lengths} lengths, {precision}"] = compare(
                    peers(), config, lengths, precision, options, peaks
                )
    result["load after"] = os.getloadavg()
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
