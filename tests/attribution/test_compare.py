"""Every reading beside blanking: each figure against plain loops over recorded attention and single passes,
and what has no figure.
"""

import statistics

import numpy as np
import pytest
import torch

from explorer.attention.capture import encode_target, replay
from explorer.attribution import compare as module
from explorer.attribution.compare import compare
from explorer.attribution.methods import METHODS, Candidates, Method, read_pair
from explorer.decoding.decode import encode_source, translate
from explorer.errors import InputError
from explorer.results import Comparison
from models.ids import DEFAULT_IDS
from tests.conftest import TINY_PAIRS, make_tiny_checkpoint

SRC, TGT = TINY_PAIRS[1]
KINDS = ("cross", "encoder_self", "decoder_self")
VARIANTS = {
    "pre": {},
    "post": {"norm_position": "post"},
    **{positions: {"positions": positions} for positions in ("rotary", "relative", "t5", "alibi")},
    "words": {"tokenizer_kind": "word"},
    "characters": {"tokenizer_kind": "char"},
}


@pytest.fixture(scope="module")
def transformer():
    return make_tiny_checkpoint()


@pytest.fixture(scope="module", params=["dot", "bilinear", "mlp"])
def rnn(request):
    return make_tiny_checkpoint("rnn", attention=request.param)


def drops_by_passes(checkpoint, src_text, tgt_text, kind, blanking):
    """One pass per word over the text's tokens: tokens of the target × words."""
    model = checkpoint.model
    src, tgt = encode_source(checkpoint, src_text), encode_target(checkpoint, tgt_text)

    def log_prob(src_ids, fed_ids, out_id):
        with torch.no_grad():
            return model.decode(torch.tensor([[2, *fed_ids]]), model.encode(torch.tensor([[*src_ids, 3]])))[
                0, -1
            ].log_softmax(-1)[out_id]

    def without(ids, word_ids, word):
        if blanking == "drop":
            return [id for id, word_id in zip(ids, word_ids, strict=True) if word_id != word]
        return [DEFAULT_IDS.unk if word_id == word else id for id, word_id in zip(ids, word_ids, strict=True)]

    n_words = len(src.words if kind == "cross" else tgt.words)
    found = np.zeros((len(tgt.ids) + 1, n_words))
    for t, out in enumerate((*tgt.ids, 3)):
        whole = log_prob(src.ids, tgt.ids[:t], out)
        for word in range(n_words):
            if kind == "cross":
                found[t, word] = whole - log_prob(without(src.ids, src.word_ids, word), tgt.ids[:t], out)
            else:
                found[t, word] = whole - log_prob(src.ids, without(tgt.ids[:t], tgt.word_ids[:t], word), out)
    return found


def by_words(weights, key_word_ids, n_words):
    """Rows × tokens → rows × words, in loops."""
    return [
        [sum(row[j] for j, word_id in enumerate(key_word_ids) if word_id == word) for word in range(n_words)]
        for row in weights.tolist()
    ]


def slow_rho(a, b):
    """Pearson's correlation of ranks, ties averaged; None without an order."""

    def ranks(values):
        order = sorted(values)
        return [(2 * order.index(value) + 1 + order.count(value)) / 2 for value in values]

    if len(a) < 2 or len(set(a)) == 1 or len(set(b)) == 1:
        return None
    return statistics.correlation(ranks(a), ranks(b))


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("kind", ["cross", "decoder_self"])
@pytest.mark.parametrize("blanking", ["unk", "drop"])
def test_mean_attention_and_every_head_against_loops(variant, kind, blanking):
    checkpoint = make_tiny_checkpoint(**VARIANTS[variant])
    checkpoint.model.double()  # an order must not depend on rounding
    found = compare(checkpoint, SRC, TGT, kind, blanking)
    record = replay(checkpoint, SRC, TGT)
    attention = record.map(kind)
    words = record.read.words if kind == "cross" else record.written.words
    drops = drops_by_passes(checkpoint, SRC, TGT, kind, blanking)
    first = [attention.key.word_ids.index(word) for word in range(len(words))]

    def rhos(weights):
        rows = by_words(weights.astype(np.float64), attention.key.word_ids, len(words))
        found = []
        for t, row in enumerate(rows):
            shown = [word for word in range(len(words)) if kind == "cross" or first[word] <= t]
            found.append(
                slow_rho([row[word] for word in shown], [round(drops[t, word], 5) for word in shown])
            )
        return found

    def close(mine, slow):
        expected = [np.nan if rho is None else rho for rho in slow]
        np.testing.assert_allclose(mine, expected, atol=1e-6)
        defined = [rho for rho in slow if rho is not None]
        return sum(defined) / len(defined)

    mean = found.reading("attention")
    expected = close(mean.rho, rhos(attention.weights.mean((0, 1), dtype=np.float64)))
    assert mean.faithfulness == pytest.approx(expected, abs=1e-6)
    assert (mean.n_candidates, mean.chosen) == (1, "")

    heads = {(layer, head): rhos(attention.weights[layer, head]) for layer in range(2) for head in range(2)}
    means = {name: np.mean([rho for rho in rho_rows if rho is not None]) for name, rho_rows in heads.items()}
    best = found.reading("best_head")
    layer, head = max(means, key=means.get)
    assert (best.chosen, best.n_candidates) == (f"L{layer} H{head}", 4)
    assert best.faithfulness == pytest.approx(means[layer, head], abs=1e-6)
    close(best.rho, heads[layer, head])

    assert (found.n_rows, found.n_words) == drops.shape
    assert found.effect.cols.tokens == words
    rows_of = [
        [t for t, id in enumerate(attention.query.word_ids) if id == word]
        for word in range(len(record.written.words))
    ]
    for word, rows in enumerate(rows_of):
        at = found.effect.rows.word_ids.index(word)
        assert found.effect.rows.tokens[at] == record.written.words[word]
        np.testing.assert_allclose(found.effect.weights[at], drops[rows].mean(0), atol=2e-6)
        np.testing.assert_allclose(
            mean.view.weights[at],
            np.mean(
                [
                    by_words(attention.weights.mean((0, 1)), attention.key.word_ids, len(words))[t]
                    for t in rows
                ],
                axis=0,
            ),
            atol=1e-6,
        )


def test_rows_put_the_same_word_first_or_not():
    checkpoint = make_tiny_checkpoint()
    checkpoint.model.double()
    found = compare(checkpoint, SRC, TGT)
    attention = replay(checkpoint, SRC, TGT).map("cross")
    drops = drops_by_passes(checkpoint, SRC, TGT, "cross", "unk")
    rows = by_words(attention.weights.mean((0, 1), dtype=np.float64), attention.key.word_ids, found.n_words)
    expected = [float(np.argmax(row) == np.argmax(drop)) for row, drop in zip(rows, drops, strict=True)]
    reading = found.reading("attention")
    assert reading.same_top.tolist() == expected
    assert reading.n_same_top == sum(expected) and reading.n_ranked == found.n_rows


@pytest.mark.parametrize("kind", KINDS)
def test_a_transformer_can_be_read_in_every_way(transformer, kind):
    found = compare(transformer, SRC, TGT, kind)
    expected = [name for name in METHODS if not (name == "gradient" and kind == "encoder_self")]
    assert [reading.method for reading in found.readings] == [*expected, "other_blanking"]
    assert [refusal.method for refusal in found.refused] == (["gradient"] if kind == "encoder_self" else [])
    for reading in found.readings:
        assert reading.title and reading.quantity and np.isfinite(reading.view.weights).all()
        assert reading.view.signed == (
            reading.method == "gradient" or (reading.method == "other_blanking" and kind != "encoder_self")
        )
        assert (reading.view.rows.tokens, reading.view.cols.tokens) == (
            found.effect.rows.tokens,
            found.effect.cols.tokens,
        )
        if not reading.view.signed and kind == "cross":
            np.testing.assert_allclose(
                reading.view.weights.sum() / len(reading.view.weights),
                1 - reading.view.hidden_mass,
                atol=0.05,
            )


def test_norms_rollout_and_flow_are_those_of_their_modules(transformer):
    """The parts come from the right passes: each reading rebuilt from recorded weights and the model's own
    matrices.
    """
    from explorer.attribution.flow import decoder_flow
    from explorer.attribution.norms import layer_norms
    from explorer.attribution.rollout import decoder_rollout

    record = replay(transformer, SRC, TGT)
    own, cross, encoder = (
        record.map(kind).weights.astype(np.float64) for kind in ("decoder_self", "cross", "encoder_self")
    )
    model = transformer.model
    src = encode_source(transformer, SRC)
    states = model.encode(torch.tensor([[*src.ids, 3]])).states[0]  # the memory that cross-attention reads
    shares = []
    for layer, block in enumerate(model.decoder):
        attention = block.cross_attention
        values = (
            (states @ attention.key_value.weight[16:].T + attention.key_value.bias[16:])
            .unflatten(-1, (2, 8))
            .transpose(0, 1)
        )
        output = torch.stack([attention.output.weight[:, 8 * head : 8 * head + 8].T for head in range(2)])
        norms = layer_norms(cross[layer], values.double().numpy(), output.double().numpy())
        shares.append(norms / norms.sum(-1, keepdims=True))
    rolled = decoder_rollout(own, cross, encoder)[0][-1]
    expected = {
        "norms": np.mean(shares, axis=0),
        "rollout": rolled / rolled.sum(-1, keepdims=True),
        "flow": decoder_flow(own, cross, encoder),
    }
    pair = read_pair(transformer, SRC, TGT)
    for name, values in expected.items():
        np.testing.assert_allclose(METHODS[name].compute(pair, "cross").values[0], values, atol=1e-6)
    layers = METHODS["best_norm_layer"].compute(pair, "cross")
    np.testing.assert_allclose(layers.values, shares, atol=1e-6)
    assert layers.names == ("L0", "L1")
    heads = METHODS["best_norm_head"].compute(pair, "cross")
    assert heads.names == ("L0 H0", "L0 H1", "L1 H0", "L1 H1")


def test_a_recurrent_model_says_what_it_does_not_have(rnn):
    found = compare(rnn, SRC, TGT)
    assert [reading.method for reading in found.readings] == [
        "attention",
        "norms",
        "gradient",
        "other_blanking",
    ]
    reasons = {refusal.method: refusal.reason for refusal in found.refused}
    assert "no self-attention to follow" in reasons["rollout"] and reasons["rollout"] == reasons["flow"]
    assert reasons["best_head"] == "There is only one head to pick from, so this is the same as the mean."
    so_far = compare(rnn, SRC, TGT, "decoder_self")
    assert [reading.method for reading in so_far.readings] == ["gradient", "other_blanking"]


def test_norms_of_a_recurrent_model_read_the_context_alone(rnn):
    """α ‖s_j W_context‖ of each encoder state, with the part of W that reads the context."""
    pair = read_pair(rnn, SRC, TGT)
    weights = replay(rnn, SRC, TGT).map("cross").weights[0, 0].astype(np.float64)
    with torch.no_grad():
        states = rnn.model.encode(torch.tensor([pair.src_ids])).states[0]
        lengths = (states @ rnn.model.attentional.weight[:, :16].T).norm(dim=-1).double().numpy()
    expected = weights * lengths
    found = METHODS["norms"].compute(pair, "cross").values[0]
    np.testing.assert_allclose(found, expected / expected.sum(-1, keepdims=True), atol=1e-6)


def test_a_model_without_attention_is_left_with_gradients():
    found = compare(make_tiny_checkpoint("rnn", attention="none"), SRC, TGT)
    assert [reading.method for reading in found.readings] == ["gradient", "other_blanking"]
    assert "has no attention of this kind" in found.refused[0].reason


def fixed(monkeypatch, values_of) -> None:
    """METHODS is one reading, made by `values_of(pair, kind)` for the tokens."""
    method = Method(
        "Fixed",
        "",
        "",
        "prediction",
        lambda pair, kind: Candidates(("",), values_of(pair, kind)[None], "a share"),
    )
    monkeypatch.setattr(module, "METHODS", {"fixed": method})


def read_fixed(checkpoint, kind="cross") -> Comparison:
    return compare(checkpoint, SRC, TGT, kind)


@pytest.mark.parametrize("kind", ["cross", "decoder_self"])
@pytest.mark.parametrize("sign", [1, -1])
def test_the_order_of_blanking_has_a_correlation_of_one(monkeypatch, kind, sign):
    checkpoint = make_tiny_checkpoint(tokenizer_kind="word")
    drops = drops_by_passes(checkpoint, SRC, TGT, kind, "unk")

    def as_blanking(pair, kind):
        values = np.zeros((len(pair.out_ids), len(pair.sides(kind)[1])))
        ids = pair.sides(kind)[1].word_ids
        for word in range(drops.shape[1]):
            values[:, ids.index(word)] = sign * drops[:, word]
        return np.round(values, 5)

    fixed(monkeypatch, as_blanking)
    reading = read_fixed(checkpoint, kind).reading("fixed")
    assert reading.rho[~np.isnan(reading.rho)] == pytest.approx(sign)
    assert reading.faithfulness == pytest.approx(sign) and reading.n_ranked > 1
    if sign == 1:
        assert reading.n_same_top == reading.n_ranked


def test_uniform_attention_has_no_order_and_so_no_figure(monkeypatch):
    checkpoint = make_tiny_checkpoint(tokenizer_kind="word")
    fixed(
        monkeypatch, lambda pair, kind: np.full((len(pair.out_ids), len(pair.src_ids)), 1 / len(pair.src_ids))
    )
    reading = read_fixed(checkpoint).reading("fixed")
    assert (
        np.isnan(reading.rho).all()
        and np.isnan(reading.faithfulness)
        and (reading.n_ranked, reading.n_same_top) == (0, 0)
    )


def test_a_source_of_one_word_has_no_order():
    checkpoint = make_tiny_checkpoint(tokenizer_kind="word")
    found = compare(checkpoint, "cat", TGT)
    assert found.n_words == 1 and found.effect.cols.tokens == ("cat",)
    assert all(reading.n_ranked == 0 and np.isnan(reading.faithfulness) for reading in found.readings)


def test_first_words_of_a_translation_rank_nothing(transformer):
    """No word before the first, one before the second: no order for either."""
    checkpoint = make_tiny_checkpoint(tokenizer_kind="word")
    found = compare(checkpoint, SRC, TGT, "decoder_self")
    rho = found.reading("other_blanking").rho
    assert np.isnan(rho[:2]).all() and not np.isnan(rho[2:]).any()


def test_a_source_word_is_not_held_against_itself(transformer):
    found = compare(transformer, SRC, TGT, "encoder_self")
    for view in (found.effect, found.reading("attention").view):
        for i, word in enumerate(view.rows.word_ids):
            if word is not None:
                assert view.weights[i, view.cols.word_ids.index(word)] == 0


@pytest.mark.parametrize(
    "text", ["\x00\x07 a", "</script><img src=x>", "ﷺ ﷺ", "a\u202eb c", "👩‍👩‍👧 x", "<s> </s> <unk>"]
)
@pytest.mark.parametrize("kind", KINDS)
def test_hostile_tokens_are_words_like_others(transformer, text, kind):
    found = compare(transformer, text, text, kind)
    assert found.effect.cols.tokens == replay(transformer, text, text).read.words
    assert all(np.isfinite(reading.view.weights).all() for reading in found.readings)


@pytest.mark.parametrize(
    "src, tgt, kind, blanking, sentence",
    [
        ("", TGT, "cross", "unk", "The source is empty: type a sentence."),
        (" \n", TGT, "cross", "unk", "The source is empty: type a sentence."),
        (SRC, "", "decoder_self", "unk", "The translation has no word that could be blanked out: type one."),
        (SRC, TGT, "self", "unk", "'self' was given: pick one of encoder_self, decoder_self, cross."),
        (SRC, TGT, "cross", "mask", "Words cannot be blanked out by 'mask': use 'unk' or 'drop'."),
        ("x " * 600, TGT, "cross", "unk", "this model reads at most 511"),
        (
            "x " * 250,
            "x " * 30,
            "cross",
            "unk",
            "words × tokens, and here are 250 × 60: shorten the sentence.",
        ),
    ],
)
def test_bad_input_gives_one_sentence(transformer, src, tgt, kind, blanking, sentence):
    with pytest.raises(InputError) as caught:
        compare(transformer, src, tgt, kind, blanking)
    assert sentence in str(caught.value)


def test_a_long_sentence_goes_without_flow(transformer):
    found = compare(transformer, "the cat " * 30, TGT)
    assert [refusal.method for refusal in found.refused] == ["flow"]
    assert "shorten the sentence" in found.refused[0].reason
    assert "rollout" in {reading.method for reading in found.readings}


def test_an_empty_translation_can_be_explained(transformer):
    found = compare(transformer, SRC, "")
    assert found.effect.rows.tokens == ("</s>",) and found.n_rows == 1


def test_ids_of_a_search_are_read_unchanged(transformer):
    own = translate(transformer, SRC)
    found = compare(transformer, SRC, own.trace.best.token_ids)
    record = replay(transformer, SRC, own.trace.best.token_ids)
    assert found.n_rows == len(record.written.tokens)
