"""How fast does a model train here, against a plain loop over torch's own modules? Prints JSON with target tokens/s and the ratios.

Peers, each as a tutorial writes it: `torch.nn.Transformer` with the output layer over all positions, and an LSTM decoder with MLP attention
that loops over the steps. The same sizes, sentences, optimizer settings and threads on both sides; ours and the peer take turns, so that a
noisy machine disturbs both alike.

    python benchmarks/training_throughput.py [--threads 2] [--rounds 5]
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from explorer.training.batches import collate  # noqa: E402
from explorer.training.config import TrainingConfig  # noqa: E402
from explorer.training.trainer import Trainer  # noqa: E402
from models import RNNConfig, TransformerConfig, build_model  # noqa: E402
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


class PlainRNN(nn.Module):
    """Packed bidirectional LSTM, then one decoder step at a time with MLP attention, as the usual tutorial does it."""

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
        packed = nn.utils.rnn.pack_padded_sequence(self.src(batch.src), (~padding).sum(1), batch_first=True, enforce_sorted=False)
        states, (h, c) = self.encoder(packed)
        states, _ = nn.utils.rnn.pad_packed_sequence(states, batch_first=True)
        state = (h.transpose(0, 1).flatten(1).unsqueeze(0).contiguous(), c.transpose(0, 1).flatten(1).unsqueeze(0).contiguous())
        keys, logits = self.key(states), []
        for t in range(batch.tgt_in.shape[1]):
            step, state = self.decoder(self.tgt(batch.tgt_in[:, t : t + 1]), state)
            scores = self.vector(torch.tanh(self.query(step) + keys)).squeeze(-1).masked_fill(padding, float("-inf"))
            context = scores.softmax(-1).unsqueeze(1) @ states
            logits.append(self.output(torch.tanh(self.attentional(torch.cat((context, step), -1)))))
        return torch.cat(logits, 1)


def sentences(lengths: str, n: int = SENTENCES_PER_BATCH * 24):
    """Random id pairs: all of 19 tokens and ``</s>``, or 5 to 35 with the same mean."""
    rng = random.Random(0)

    def draw(length: int) -> tuple[int, ...]:
        return tuple(rng.randrange(4, VOCAB) for _ in range(length))

    pairs = []
    for _ in range(n):
        length = 19 if lengths == "fixed" else rng.randint(4, 34)
        pairs.append((draw(length), draw(length)))
    return pairs


def plain_run(model, pairs, optimizer, n_batches: int) -> float:
    """Target tokens/s of a plain loop over random batches of 64 sentences."""
    rng = random.Random(1)
    tokens, started = 0, time.perf_counter()
    model.train()
    for _ in range(n_batches):
        batch = collate(rng.sample(pairs, SENTENCES_PER_BATCH))
        logits = model(batch)
        loss = F.cross_entropy(logits.flatten(0, 1), batch.tgt_out.flatten(), ignore_index=0, label_smoothing=0.1)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        tokens += batch.n_tokens
    return tokens / (time.perf_counter() - started)


def our_run(trainer: Trainer, n_batches: int) -> float:
    """Target tokens/s of the project's own loop over the same sentences."""
    trainer.config = TrainingConfig(**{**trainer.config.__dict__, "max_steps": trainer.progress.step + n_batches})
    before, started = trainer.progress.tokens, time.perf_counter()
    trainer.run()
    return (trainer.progress.tokens - before) / (time.perf_counter() - started)


def compare(peer: nn.Module, config, lengths: str, precision: str, rounds: int) -> dict:
    """Medians and the ratio of ours to the peer's."""
    pairs = sentences(lengths)
    mean_tokens = sum(len(t) + 1 for _, t in pairs) / len(pairs)
    training = TrainingConfig(
        batch_tokens=round(SENTENCES_PER_BATCH * mean_tokens), validate_every=10**9, device="cpu", precision=precision, max_steps=1
    )
    ours = Trainer(build_model(config), training, pairs, [])
    optimizer = torch.optim.AdamW(peer.parameters(), lr=1e-3, betas=(0.9, 0.98), weight_decay=0.01)
    plain_run(peer, pairs, optimizer, 1), our_run(ours, 1)  # warm up
    figures = [(our_run(ours, 4), plain_run(peer, pairs, optimizer, 4)) for _ in range(rounds)]
    mine, theirs = (statistics.median(column) for column in zip(*figures, strict=True))
    return {
        "ours_tokens_per_s": round(mine),
        "plain_tokens_per_s": round(theirs),
        "ratio": round(statistics.median(a / b for a, b in figures), 2),
        "parameters": [build_model(config).n_parameters, sum(p.numel() for p in peer.parameters())],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    transformer = TransformerConfig(
        src_vocab=VOCAB, tgt_vocab=VOCAB, d_model=D_MODEL, n_heads=N_HEADS, n_encoder_layers=N_LAYERS, n_decoder_layers=N_LAYERS, d_ff=D_FF,
        tie_embeddings="none", norm_position="post",
    )
    rnn = RNNConfig(src_vocab=VOCAB, tgt_vocab=VOCAB, d_embedding=D_EMBEDDING, d_hidden=D_HIDDEN, attention="mlp")
    result = {"threads": options.threads, "rounds": options.rounds, "torch": torch.__version__}
    for lengths in ("fixed", "mixed"):
        for precision in ("float32", "bfloat16"):
            torch.manual_seed(0)
            for name, peer, config in (("transformer", PlainTransformer(), transformer), ("rnn mlp", PlainRNN(), rnn)):
                result[f"{name}, {lengths} lengths, {precision}"] = compare(peer, config, lengths, precision, options.rounds)
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
