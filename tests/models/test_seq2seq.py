"""What every model must do, whatever its family and options: same numbers step by step, padded or not,
watched or not; and it learns.
"""

import pytest
import torch

from models import MODELS, RNNConfig, TransformerConfig, build_model
from models.batch import Batch
from models.ids import DEFAULT_IDS
from models.probe import probes, recording

TRANSFORMERS = [
    TransformerConfig(
        src_vocab=20,
        tgt_vocab=22,
        d_model=16,
        n_heads=2,
        n_encoder_layers=2,
        n_decoder_layers=2,
        d_ff=32,
        **options,
    )
    for options in (
        *({"positions": p} for p in ("none", "sinusoidal", "learned", "relative", "rotary", "t5", "alibi")),
        *({"norm": n, "norm_position": p} for n in ("layer", "rms", "dynamic_tanh") for p in ("pre", "post")),
        {"tie_embeddings": "none"},
    )
]
RNNS = [
    RNNConfig(
        src_vocab=20,
        tgt_vocab=22,
        d_embedding=8,
        d_hidden=16,
        cell=cell,
        attention=attention,
        n_layers=n_layers,
        **options,
    )
    for cell in ("lstm", "gru")
    for attention in ("none", "dot", "bilinear", "mlp")
    for n_layers, options in (
        (1, {}),
        (2, {"tie_embeddings": "output"}),
        (1, {"input_feeding": attention != "none"}),
    )
]


def name(config):
    options = (
        "positions",
        "norm",
        "norm_position",
        "cell",
        "attention",
        "n_layers",
        "input_feeding",
        "tie_embeddings",
    )
    return "-".join(str(getattr(config, option)) for option in options if hasattr(config, option))


every_model = pytest.mark.parametrize("config", TRANSFORMERS + RNNS, ids=name)


def built(config):
    torch.manual_seed(3)
    return build_model(config).eval()


@pytest.fixture
def batch():
    generator = torch.Generator().manual_seed(5)
    src = torch.randint(4, 20, (3, 7), generator=generator)
    src[1, 5:] = src[2, 3:] = 0
    tgt = torch.randint(4, 22, (3, 6), generator=generator)
    return Batch(src, torch.cat((torch.full((3, 1), DEFAULT_IDS.bos), tgt[:, :-1]), dim=1), tgt)


def test_both_families_are_here():
    assert {c.family for c in TRANSFORMERS + RNNS} == set(MODELS)


@every_model
@torch.inference_mode()
def test_step_by_step_equals_all_at_once(config, batch):
    model = built(config)
    memory = model.encode(batch.src)
    expected = model.decode(batch.tgt_in, memory)
    cache = model.start(memory)
    for t in range(batch.tgt_in.shape[1]):
        logits, cache = model.step(batch.tgt_in[:, t], cache)
        torch.testing.assert_close(logits, expected[:, t], atol=1e-5, rtol=1e-4)


@every_model
@torch.inference_mode()
def test_padding_changes_nothing(config, batch):
    model = built(config)
    together = model(batch)
    alone = model(Batch(batch.src[2:, :3], batch.tgt_in[2:], batch.tgt_out[2:]))
    torch.testing.assert_close(together[2:], alone, atol=1e-5, rtol=1e-4)


@every_model
@torch.inference_mode()
def test_watching_changes_nothing_and_rows_are_distributions(config, batch):
    model = built(config)
    unwatched = model(batch)
    with recording(model) as seen:
        watched = model(batch)
    torch.testing.assert_close(watched, unwatched, atol=1e-5, rtol=1e-4)
    assert {kind for kind, _ in probes(model)} == set(seen.kinds)
    for kind in seen.kinds:
        weights = seen.weights(kind)  # [layers, batch, heads, query_len, key_len]
        torch.testing.assert_close(weights.sum(-1), torch.ones(weights.shape[:-1]), atol=1e-6, rtol=0)
        if kind == "decoder_self":
            assert weights.triu(1).eq(0).all()
        else:
            assert weights[:, 2, ..., 3:].eq(0).all()  # padding


@every_model
@torch.inference_mode()
def test_head_projections_rebuild_what_attention_adds(config, batch):
    """A transformer's whole attention output from its heads; an RNN's state before the tanh from its context
    and h.
    """
    model = built(config)
    for parameter in model.parameters():  # biases start at zero, which would hide a lost one
        torch.nn.init.normal_(parameter, std=0.3)
    attentions = {module.probe: module for module in model.modules() if hasattr(module, "probe")}
    found = probes(model)
    linears = {
        key: attentions[probe].output if config.family == "transformer" else model.attentional
        for key, probe in found.items()
    }
    passed = {key: [] for key in found}
    for key, linear in linears.items():
        linear.register_forward_hook(
            lambda _, inputs, output, key=key: passed[key].append((inputs[0], output))
        )
    with recording(model) as seen:
        model(batch)
    for key, linear in linears.items():
        projections = model.head_projections(*key)
        assert len(seen.calls[key]) == len(passed[key]) > 0
        for parts, (read, output) in zip(seen.calls[key], passed[key], strict=True):
            rebuilt = linear.bias.expand_as(output)
            for head, projection in enumerate(projections):
                rebuilt = rebuilt + parts.weights[:, head] @ parts.value[:, head] @ projection
            if config.family == "rnn":
                h = read[..., config.d_hidden :]
                rebuilt = rebuilt + h @ linear.weight[:, config.d_hidden :].T
            torch.testing.assert_close(rebuilt, output, atol=1e-5, rtol=1e-4)
        assert len(projections) == found[key].n_heads


@every_model
def test_projections_of_a_missing_attention_are_refused(config):
    model = built(config)
    with pytest.raises(KeyError, match="no cross attention in layer 7"):
        model.head_projections("cross", 7)


@every_model
@torch.inference_mode()
def test_a_cache_can_be_reordered_and_repeated(config, batch):
    model = built(config)
    _, cache = model.step(batch.tgt_in[:, 0], model.start(model.encode(batch.src)))
    rows = torch.tensor([2, 0, 0, 1])
    straight, _ = model.step(batch.tgt_in[:, 1], cache)
    picked, _ = model.step(batch.tgt_in[rows, 1], cache.select(rows))
    torch.testing.assert_close(picked, straight[rows], atol=1e-6, rtol=1e-5)
    selected, _ = model.step(batch.tgt_in[rows, 0], model.start(model.encode(batch.src).select(rows)))
    fresh, _ = model.step(batch.tgt_in[:, 0], model.start(model.encode(batch.src)))
    torch.testing.assert_close(selected, fresh[rows], atol=1e-6, rtol=1e-5)


@every_model
@pytest.mark.parametrize("first", [[0, 0, 1, 1, 2, 2], [0, 0, 0, 1, 2, 2], [2, 0, 2], [1, 1]])
@pytest.mark.parametrize("second", [[0, 1], [1, 0], [1, 1, 0], [0]])
@torch.inference_mode()
def test_sources_may_have_many_rows_and_may_leave(config, batch, first, second):
    """Against a cache that starts with a copy of the source for every row."""
    model = built(config)
    memory = model.encode(batch.src)
    rows, then = torch.tensor(first), torch.tensor(second)
    _, cache = model.step(batch.tgt_in[:, 0], model.start(memory))
    _, apart = model.step(batch.tgt_in[rows, 0], model.start(memory.select(rows)))
    token_ids = torch.arange(len(rows)) + 4
    found, cache = model.step(token_ids, cache.select(rows))
    expected, apart = model.step(token_ids, apart)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)
    found, _ = model.step(token_ids[then], cache.select(then))
    expected, _ = model.step(token_ids[then], apart.select(then))
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)


@every_model
def test_every_weight_learns(config, batch):
    model = built(config).train()
    loss = torch.nn.functional.cross_entropy(model(batch).flatten(0, 1), batch.tgt_out.flatten())
    loss.backward()
    idle = [n for n, p in model.named_parameters() if p.grad is None]
    assert idle == []
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    optimizer.step()
    after = torch.nn.functional.cross_entropy(model.eval()(batch).flatten(0, 1), batch.tgt_out.flatten())
    before = torch.nn.functional.cross_entropy(built(config)(batch).flatten(0, 1), batch.tgt_out.flatten())
    assert after < before


@torch.inference_mode()
def test_without_attention_only_the_last_state_is_seen(batch):
    model = built(next(c for c in RNNS if c.attention == "none"))
    memory = model.encode(batch.src)
    blinded = type(memory)(torch.randn_like(memory.states), memory.padding, memory.final)
    assert torch.equal(model.decode(batch.tgt_in, memory), model.decode(batch.tgt_in, blinded))


def test_a_sequence_beyond_max_len_is_refused():
    small = {"d_model": 4, "n_heads": 1, "n_encoder_layers": 1, "n_decoder_layers": 1, "d_ff": 4}
    model = built(TransformerConfig(src_vocab=9, tgt_vocab=9, max_len=5, **small))
    with pytest.raises(ValueError, match="6 tokens and this model takes at most 5"):
        model.encode(torch.full((1, 6), 4))


@pytest.mark.parametrize(
    "options, sentence",
    [
        ({"n_heads": 3}, "n_heads=3 does not divide model.d_model=256"),
        ({"dropout": 1.0}, "dropout"),
        ({"d_ff": 0}, "d_ff is 0"),
        ({"d_model": 6, "n_heads": 2, "positions": "rotary"}, "rotary"),
        ({"tie_embeddings": "all", "src_vocab": 10, "tgt_vocab": 11}, "one shared vocabulary"),
    ],
)
def test_impossible_configs_name_the_field(options, sentence):
    with pytest.raises(ValueError, match=sentence):
        TransformerConfig(**options)


@pytest.mark.parametrize(
    "options, sentence",
    [({"d_hidden": 7}, "even"), ({"attention": "none", "input_feeding": True}, "input_feeding")],
)
def test_impossible_rnn_configs_name_the_field(options, sentence):
    with pytest.raises(ValueError, match=sentence):
        RNNConfig(**options)


def test_a_model_needs_its_vocabularies():
    with pytest.raises(ValueError, match="Train the tokenizers first"):
        build_model(TransformerConfig())
