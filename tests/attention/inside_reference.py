"""An attention by pencil and paper: loops over raw weights, the oracle of `explorer.attention.inside`."""

from __future__ import annotations

import math

import numpy as np


def softmax(scores) -> np.ndarray:
    powers = [math.exp(score - max(scores)) for score in scores]
    return np.array([power / sum(powers) for power in powers])


class Reference:
    """One pass of a model over a pair, [len] ids each with the ends on; `seen[kind, layer]` holds the numbers
    of each attention.
    """

    def __init__(self, model, src_ids, tgt_in):
        self.w = {name: tensor.double().numpy() for name, tensor in model.state_dict().items()}
        self.config, self.seen = model.config, {}
        if self.config.family == "transformer":
            self.transformer(src_ids, tgt_in)
        else:
            self.rnn(src_ids, tgt_in)

    def linear(self, x, name):
        return x @ self.w[f"{name}.weight"].T + self.w.get(f"{name}.bias", 0.0)

    # -------------------------------------------------------------------------------------------- transformer

    def transformer(self, src_ids, tgt_in):
        memory, self.src_side = self.embed("src", src_ids)
        for layer in range(self.config.n_encoder_layers):
            name = f"encoder.{layer}"
            memory = self.residual(
                memory,
                f"{name}.around_self",
                lambda y, x, n=name, at=layer: self.attend(n, "self", at, y, y, x),
            )
            memory = self.residual(
                memory, f"{name}.around_feed_forward", lambda y, _, n=name: self.feed_forward(n, y)
            )
        if self.config.norm_position == "pre":
            memory = self.norm(memory, "encoder_norm")
        x, self.tgt_side = self.embed("tgt", tgt_in)
        for layer in range(self.config.n_decoder_layers):
            name = f"decoder.{layer}"
            x = self.residual(
                x, f"{name}.around_self", lambda y, x, n=name, at=layer: self.attend(n, "self", at, y, y, x)
            )
            x = self.residual(
                x,
                f"{name}.around_cross",
                lambda y, x, n=name, at=layer: self.attend(n, "cross", at, y, memory, x),
            )
            x = self.residual(x, f"{name}.around_feed_forward", lambda y, _, n=name: self.feed_forward(n, y))

    def embed(self, side, ids):
        d = self.config.d_model
        embedding = np.array([self.w[f"{side}_embedding.weight"][id] * math.sqrt(d) for id in ids])
        position = None
        if self.config.positions == "learned":
            position = self.w[f"{side}_positions.table"][: len(ids)]
        if self.config.positions == "sinusoidal":
            turn = [
                [(math.sin if i % 2 == 0 else math.cos)(p / 10000 ** ((i - i % 2) / d)) for i in range(d)]
                for p in range(len(ids))
            ]
            position = np.array(turn)
        return (embedding if position is None else embedding + position), (embedding, position)

    def residual(self, x, name, sublayer):
        if self.config.norm_position == "pre":
            return x + sublayer(self.norm(x, f"{name}.norm"), x)
        return self.norm(x + sublayer(x, x), f"{name}.norm")

    def norm(self, x, name):
        weight = self.w[f"{name}.weight"]
        if self.config.norm == "layer":
            centred = x - x.mean(-1, keepdims=True)
            return (
                centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-5) * weight
                + self.w[f"{name}.bias"]
            )
        if self.config.norm == "rms":
            return x / np.sqrt((x**2).mean(-1, keepdims=True) + 1e-6) * weight
        return np.tanh(self.w[f"{name}.alpha"] * x) * weight + self.w[f"{name}.bias"]

    def feed_forward(self, name, x):
        return self.linear(
            np.maximum(self.linear(x, f"{name}.feed_forward.inner"), 0), f"{name}.feed_forward.outer"
        )

    def attend(self, block, sort, layer, queries_from, keys_from, states):
        name, heads = f"{block}.{sort}_attention", self.config.n_heads
        d = self.config.d_model // heads
        kind = (
            "cross" if sort == "cross" else "encoder_self" if block.startswith("encoder") else "decoder_self"
        )
        n_queries, n_keys = len(queries_from), len(keys_from)
        all_q = self.linear(queries_from, f"{name}.query")
        all_k, all_v = np.split(self.linear(keys_from, f"{name}.key_value"), 2, axis=-1)
        plain_q, plain_k, v = (
            np.array([x[:, h * d : (h + 1) * d] for h in range(heads)]) for x in (all_q, all_k, all_v)
        )
        q, k = plain_q, plain_k
        positions = self.config.positions if sort == "self" else "none"
        if positions == "rotary":
            q, k = (
                np.array([[self.turn(x[h][i], i) for i in range(x.shape[1])] for h in range(heads)])
                for x in (plain_q, plain_k)
            )
        products = np.array(
            [
                [[sum(q[h][i] * k[h][j]) for j in range(n_keys)] for i in range(n_queries)]
                for h in range(heads)
            ]
        )
        bias = np.array(
            [
                [
                    [self.bias(positions, name, q[h][i], i, j, h) for j in range(n_keys)]
                    for i in range(n_queries)
                ]
                for h in range(heads)
            ]
        )
        unmasked = products / math.sqrt(d) + bias
        scores = np.array(
            [
                [
                    [
                        unmasked[h][i][j] if kind != "decoder_self" or j <= i else -math.inf
                        for j in range(n_keys)
                    ]
                    for i in range(n_queries)
                ]
                for h in range(heads)
            ]
        )
        weights = np.array([[softmax(row) for row in head] for head in scores])
        context = np.array(
            [
                [sum(weights[h][i][j] * v[h][j] for j in range(n_keys)) for i in range(n_queries)]
                for h in range(heads)
            ]
        )
        joined = np.concatenate(list(context), axis=-1)  # heads side by side
        output = self.linear(joined, f"{name}.output")
        parts = np.array(
            [context[h] @ self.w[f"{name}.output.weight"].T[h * d : (h + 1) * d] for h in range(heads)]
        )
        self.seen[kind, layer] = {
            "states": states, "inputs": queries_from, "memory": keys_from, "plain_queries": plain_q,
            "plain_keys": plain_k, "queries": q,
            "keys": k, "values": v, "products": products, "bias": bias, "unmasked": unmasked,
            "scores": scores, "weights": weights,
            "context": context, "parts": parts, "rest": self.w[f"{name}.output.bias"], "output": output,
        }  # fmt: skip
        return output

    def turn(self, x, position):
        half = len(x) // 2
        turned = np.empty_like(x)
        for i in range(half):
            angle = position * 10000 ** (-i / half)
            turned[i] = x[i] * math.cos(angle) - x[i + half] * math.sin(angle)
            turned[i + half] = x[i] * math.sin(angle) + x[i + half] * math.cos(angle)
        return turned

    def bias(self, positions, name, query, i, j, head):
        if positions == "relative":
            return query @ self.w[f"{name}.bias.table"][min(max(j - i, -16), 16) + 16] / math.sqrt(len(query))
        if positions == "t5":
            return 32 * self.w[f"{name}.bias.table"][head, min(max(j - i, -16), 16) + 16]
        if positions == "alibi":  # for two heads the slopes are 2^-4 and 2^-8
            return -(2.0 ** (-8 * (head + 1) / self.config.n_heads)) * abs(i - j)
        return 0.0

    # ---------------------------------------------------------------------------------------------- recurrent

    def rnn(self, src_ids, tgt_in):
        c = self.config
        x = src = self.w["src_embedding.weight"][src_ids]
        finals = []
        for layer in range(c.n_layers):
            ahead, ahead_end = self.run(f"forwards.{layer}", 0, x, None)
            back, back_end = self.run(f"backwards.{layer}", 0, x[::-1], None)
            finals.append(np.concatenate([ahead_end[0], back_end[0]]))
            x = np.concatenate([ahead, back[::-1]], axis=-1)
        start = [
            [np.tanh(self.linear(final, f"bridge.{k}")) for k in range(2 if c.cell == "lstm" else 1)]
            for final in finals
        ]
        s, tgt = x, self.w["tgt_embedding.weight"][tgt_in]
        keys = {
            "dot": lambda: s,
            "bilinear": lambda: s @ self.w["attention.weight.weight"].T,
            "mlp": lambda: self.linear(s, "attention.key_projection"),
        }[c.attention]()
        rows, fed_back = [], np.zeros(c.d_hidden)
        for word in tgt:
            h = np.concatenate([word, fed_back]) if c.input_feeding else word
            for layer in range(c.n_layers):
                (h,), start[layer] = self.run("decoder", layer, h[None], start[layer])
            rows.append(self.look_back(h, keys, s))
            fed_back = rows[-1]["output"]
        self.seen["cross", 0] = {name: np.array([row[name] for row in rows]) for name in rows[0]} | {
            "keys": keys,
            "memory": s,
        }
        self.src_side, self.tgt_side = (src, None), (tgt, None)

    def look_back(self, h, keys, s):
        query, products = h, [h @ key for key in keys]
        if self.config.attention == "mlp":
            query = self.linear(h, "attention.query_projection")
            products = [
                sum(
                    v * math.tanh(a + b)
                    for v, a, b in zip(self.w["attention.vector.weight"][0], query, k, strict=True)
                )
                for k in keys
            ]
        weights = softmax(products)
        context = sum(weight * state for weight, state in zip(weights, s, strict=True))
        d, w = len(h), self.w["attentional.weight"]
        part, rest = w[:, :d] @ context, w[:, d:] @ h + self.w["attentional.bias"]
        return {
            "states": h,
            "queries": query,
            "products": products,
            "scores": products,
            "weights": weights,
            "context": context,
            "parts": part,
            "rest": rest,
            "output": np.tanh(part + rest),
        }

    def run(self, name, layer, x, state):
        """All steps of one layer of an LSTM or GRU: states [len, d], and the last (h,) or (h, c)."""
        w_in, w_state, b_in, b_state = (
            self.w[f"{name}.{part}_l{layer}"] for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        )
        d = w_state.shape[1]
        state = state or [np.zeros(d), np.zeros(d)]
        h, c = state[0], state[-1]
        out = []
        for step in x:
            a, b = w_in @ step + b_in, w_state @ h + b_state
            if self.config.cell == "lstm":
                i, f, g, o = np.split(a + b, 4)
                c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
                h = sigmoid(o) * np.tanh(c)
            else:
                r, z = sigmoid(a[:d] + b[:d]), sigmoid(a[d : 2 * d] + b[d : 2 * d])
                h = (1 - z) * np.tanh(a[2 * d :] + r * b[2 * d :]) + z * h
            out.append(h)
        return np.array(out), [h, c] if self.config.cell == "lstm" else [h]


def sigmoid(x):
    return 1 / (1 + np.exp(-x))
