"""Every number inside an attention against plain loops over the raw weights, for all models and positions."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import torch

from explorer.attention.capture import replay
from explorer.attention.inside import inside
from explorer.errors import InputError
from models.ids import DEFAULT_IDS
from models.probe import recording
from tests.attention.inside_reference import Reference
from tests.conftest import TINY_PAIRS, make_tiny_checkpoint

SRC, TGT = TINY_PAIRS[1]
TRANSFORMERS = [
    {"positions": "none", "norm": "rms"},
    {"positions": "sinusoidal"},
    {"positions": "sinusoidal", "tie_embeddings": "none", "norm_position": "post"},
    {"positions": "learned", "norm": "dynamic_tanh"},
    {"positions": "relative", "norm_position": "post"},
    {"positions": "rotary"},
    {"positions": "t5"},
    {"positions": "alibi"},
]
RNNS = [
    {"attention": "dot"},
    {"attention": "bilinear", "cell": "gru", "n_layers": 2},
    {"attention": "mlp"},
    {"attention": "mlp", "input_feeding": True},
]
KINDS = ("encoder_self", "decoder_self", "cross")
CASES = [
    ("transformer", options, kind, layer) for options in TRANSFORMERS for kind in KINDS for layer in (0, 1)
]
CASES += [("rnn", options, "cross", 0) for options in RNNS]


def random_checkpoint(family, options):
    """Every weight random, biases too (they begin at 0, which would hide a lost one), in double precision."""
    checkpoint = make_tiny_checkpoint(family, **options)
    torch.manual_seed(1)
    for parameter in checkpoint.model.parameters():
        parameter.normal_(std=0.2)
    checkpoint.model.double()
    return checkpoint


def ids(checkpoint):
    return [*checkpoint.src_tokenizer.encode(SRC).ids, DEFAULT_IDS.eos], [
        DEFAULT_IDS.bos,
        *checkpoint.tgt_tokenizer.encode(TGT).ids,
    ]


@pytest.fixture(
    scope="module",
    params=CASES,
    ids=lambda case: f"{case[0]} {' '.join(map(str, case[1].values()))} {case[2]} L{case[3]}",
)
def case(request):
    family, options, kind, layer = request.param
    checkpoint = random_checkpoint(family, options)
    reference = Reference(checkpoint.model, *ids(checkpoint))
    return inside(checkpoint, SRC, TGT, kind, layer), reference, reference.seen[kind, layer]


def close(found, expected):
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)


def by_head(expected, found):
    """The reference keeps no axis of heads for a model that has one."""
    return expected if expected.ndim == found.ndim else expected[None]


def test_the_words_that_go_in(case):
    found, reference, expected = case
    for stream, (embedding, position) in (
        (found.query_stream, reference.src_side if found.kind == "encoder_self" else reference.tgt_side),
        (found.key_stream, reference.tgt_side if found.kind == "decoder_self" else reference.src_side),
    ):
        close(stream.embedding, embedding)
        assert (stream.position is None) == (position is None)
        if position is not None:
            close(stream.position, position)
        assert len(stream.tokens) == len(stream.embedding) == len(stream.states) == len(stream.inputs)
    close(found.query_stream.states, expected["states"])
    close(found.query_stream.inputs, expected.get("inputs", expected["states"]))
    close(found.key_stream.inputs, expected["memory"])


def test_queries_keys_and_values(case):
    found, reference, expected = case
    close(found.queries, by_head(expected["queries"], found.queries))
    close(found.keys, by_head(expected["keys"], found.keys))
    close(found.values, by_head(expected.get("values", expected["memory"]), found.values))
    rotary = (
        reference.config.family == "transformer"
        and reference.config.positions == "rotary"
        and found.kind != "cross"
    )
    assert (found.plain_queries is not None) == (found.plain_keys is not None) == rotary
    if rotary:
        close(found.plain_queries, expected["plain_queries"])
        close(found.plain_keys, expected["plain_keys"])


def test_maps_make_queries_keys_and_values_from_streams(case):
    found, _, _ = case
    queries = found.queries if found.plain_queries is None else found.plain_queries
    keys = found.keys if found.plain_keys is None else found.plain_keys
    for stream, projection, result in (
        (found.query_stream, found.query_map, queries),
        (found.key_stream, found.key_map, keys),
        (found.key_stream, found.value_map, found.values),
    ):
        for head in range(found.n_heads):
            made = stream.inputs.astype(np.float64)
            if projection is not None:
                made = made @ projection.weight[head] + (
                    0 if projection.bias is None else projection.bias[head]
                )
            close(made, result[head])


def test_from_products_to_weights(case):
    found, _, expected = case
    products, scores, weights = (
        by_head(np.asarray(expected[name]), found.weights) for name in ("products", "scores", "weights")
    )
    bias = expected.get("bias", np.zeros_like(products))
    for head in range(found.n_heads):
        close(found.products(head), products[head])
        for row in range(len(found.query.tokens)):
            close(found.terms(head, row).sum(-1), products[head, row])
        close(found.unmasked(head), products[head] * found.scale + bias[head])
    if found.position_bias is None:
        assert not bias.any()
    else:
        close(found.position_bias, bias)
    close(found.scores, scores)
    close(found.weights, weights)
    assert np.array_equal(found.mask, np.isfinite(scores[0]))
    assert found.mask.all() == (found.kind != "decoder_self")


def test_from_the_context_to_the_output(case):
    """The parts of the heads and the bias add up to what the layer puts out."""
    found, _, expected = case
    context, parts = (by_head(expected[name], found.weights) for name in ("context", "parts"))
    for head in range(found.n_heads):
        close(found.context(head), context[head])
        close(found.part(head), parts[head])
    close(found.rest, np.broadcast_to(expected["rest"], found.rest.shape))
    close(np.tanh(found.total()) if found.recurrent else found.total(), expected["output"])
    close(found.output, expected["output"])


def test_units_of_an_mlp_are_multiplied_with_v():
    found = inside(random_checkpoint("rnn", {"attention": "mlp"}), SRC, TGT, "cross", 0)
    units = np.tanh(found.queries[0, 2].astype(np.float64) + found.keys[0].astype(np.float64))
    close(found.units(0, 2), units)
    close(found.terms(0, 2), units * found.vector)
    plain = inside(random_checkpoint("rnn", {"attention": "dot"}), SRC, TGT, "cross", 0)
    close(plain.units(0, 2), plain.keys[0])


@pytest.mark.parametrize("family", ["transformer", "rnn"])
def test_tokens_and_weights_are_those_of_the_record(family):
    checkpoint = make_tiny_checkpoint(family)
    record = replay(checkpoint, SRC, TGT)
    for attention_map in record.attention:
        found = inside(checkpoint, SRC, TGT, attention_map.kind, 0)
        np.testing.assert_allclose(found.weights, attention_map.weights[0], atol=1e-6)
        assert (found.query.tokens, found.key.tokens) == (
            attention_map.query.tokens,
            attention_map.key.tokens,
        )
        went_in = (
            record.read.tokens
            if attention_map.kind == "encoder_self"
            else ("<s>", *record.written.tokens[:-1])
        )
        assert found.query_stream.tokens == went_in and found.key_stream.tokens == attention_map.key.tokens
        for array in (
            found.weights,
            found.queries,
            found.output,
            found.query_stream.states,
            found.projections,
        ):
            assert array.dtype == np.float32 and not array.flags.writeable


@pytest.mark.parametrize(
    "family, options, kind, formula",
    [
        ("transformer", {}, "cross", "q·k / √d"),
        ("transformer", {"positions": "alibi"}, "decoder_self", "q·k / √d + position bias"),
        ("transformer", {"positions": "relative"}, "cross", "q·k / √d"),
        ("rnn", {"attention": "bilinear"}, "cross", "hᵀ W s"),
    ],
)
def test_the_formula_names_any_position_bias(family, options, kind, formula):
    assert inside(make_tiny_checkpoint(family, **options), SRC, TGT, kind, 0).formula == formula


def test_the_model_itself_is_left_alone():
    """Nothing is attached to the modules that other threads use: neither after the call nor while it runs."""
    checkpoint = make_tiny_checkpoint("transformer")
    hooks = []

    def watch():
        while not done.is_set():
            hooks.append(sum(len(module._forward_hooks) for module in checkpoint.model.modules()))

    done = threading.Event()
    watcher = threading.Thread(target=watch)
    watcher.start()
    with recording(checkpoint.model) as seen:
        for _ in range(5):
            inside(checkpoint, SRC, TGT, "cross", 1)
    done.set()
    watcher.join()
    assert len(hooks) > 5 and not any(hooks)
    assert not seen.calls  # a recording of the model is not disturbed by the pass of its copy


@pytest.mark.parametrize("options", [{"cell": "lstm"}, {"cell": "gru", "n_layers": 2}])
def test_a_recurrent_model_is_left_alone_too(options):
    checkpoint = make_tiny_checkpoint("rnn", **options)
    before = replay(checkpoint, SRC, TGT)
    inside(checkpoint, SRC, TGT, "cross", 0)
    after = replay(checkpoint, SRC, TGT)
    assert np.array_equal(before.log_probs, after.log_probs)


@pytest.mark.parametrize(
    "family, options, kind, layer, sentence",
    [
        ("transformer", {}, "cross", 7, "There is no cross head L7 H0: tiny-transformer has layers 0–1"),
        ("rnn", {}, "encoder_self", 0, "tiny-rnn has no 'encoder_self' attention"),
        (
            "rnn",
            {"attention": "none"},
            "cross",
            0,
            "tiny-rnn has no 'cross' attention.*Pick a checkpoint with attention",
        ),
    ],
)
def test_an_attention_that_does_not_exist_is_named(family, options, kind, layer, sentence):
    with pytest.raises(InputError, match=sentence):
        inside(make_tiny_checkpoint(family, **options), SRC, TGT, kind, layer)


def test_an_empty_source_is_refused():
    with pytest.raises(InputError, match="source is empty"):
        inside(make_tiny_checkpoint("rnn"), " ", TGT, "cross", 0)


@pytest.mark.parametrize("tgt", ["", ()])
def test_an_empty_target_has_one_row(tgt):
    found = inside(make_tiny_checkpoint("transformer"), SRC, tgt, "decoder_self", 0)
    assert found.query.tokens == ("</s>",) and found.key.tokens == ("<s>",)
    close(found.weights, np.ones((2, 1, 1)))
