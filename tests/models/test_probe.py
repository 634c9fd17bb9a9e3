"""Probes: what one thread records or ablates is its own affair, and leaving the block always undoes it."""

from __future__ import annotations

import threading

import pytest
import torch

from models import RNNConfig, TransformerConfig, build_model
from models.batch import Batch
from models.ids import DEFAULT_IDS
from models.probe import ablating, probes, recording

TRANSFORMER = TransformerConfig(
    src_vocab=20, tgt_vocab=22, d_model=16, n_heads=4, n_encoder_layers=2, n_decoder_layers=2, d_ff=32
)
RNN = RNNConfig(src_vocab=20, tgt_vocab=22, d_embedding=8, d_hidden=16, attention="mlp")
FED_BACK = RNNConfig(
    src_vocab=20, tgt_vocab=22, d_embedding=8, d_hidden=16, attention="bilinear", input_feeding=True
)


@pytest.fixture(params=[TRANSFORMER, RNN, FED_BACK], ids=["transformer", "rnn", "rnn fed back"])
def model(request):
    torch.manual_seed(1)
    return build_model(request.param).eval()


def batch(seed: int, src_len: int = 6, tgt_len: int = 5) -> Batch:
    generator = torch.Generator().manual_seed(seed)
    src = torch.randint(4, 20, (2, src_len), generator=generator)
    tgt = torch.randint(4, 22, (2, tgt_len), generator=generator)
    return Batch(src, torch.cat((torch.full((2, 1), DEFAULT_IDS.bos), tgt[:, :-1]), dim=1), tgt)


@torch.inference_mode()
def test_a_model_without_attention_has_nothing_to_record():
    model = build_model(
        RNNConfig(src_vocab=20, tgt_vocab=22, d_embedding=8, d_hidden=16, attention="none")
    ).eval()
    assert probes(model) == {}
    with recording(model) as seen:
        model(batch(0))
    assert seen.kinds == ()
    with pytest.raises(KeyError, match="no 'cross' attention was recorded"):
        seen.weights("cross")


def test_probes_know_their_place():
    model = build_model(TRANSFORMER)
    assert set(probes(model)) == {
        (kind, layer) for kind in ("encoder_self", "decoder_self", "cross") for layer in (0, 1)
    }
    assert all(
        (probe.kind, probe.layer) == place and probe.n_heads == 4 for place, probe in probes(model).items()
    )


@torch.inference_mode()
def test_nothing_is_watched_outside_the_block(model):
    with recording(model) as seen:
        assert all(probe.watched for probe in probes(model).values())
    assert not any(probe.watched for probe in probes(model).values())
    model(batch(0))
    assert seen.calls == {}


@torch.inference_mode()
def test_an_exception_inside_the_block_undoes_it(model):
    before = model(batch(0))
    with pytest.raises(RuntimeError, match="on purpose"):
        with recording(model), ablating(model, [("cross", 0, 0)]):
            model(batch(0))
            raise RuntimeError("on purpose")
    assert not any(probe.watched for probe in probes(model).values())
    assert torch.equal(model(batch(0)), before)


@torch.inference_mode()
def test_recording_one_model_leaves_another_alone():
    torch.manual_seed(1)
    one, other = build_model(TRANSFORMER).eval(), build_model(TRANSFORMER).eval()
    with recording(one) as seen:
        other(batch(0))
        assert not any(probe.watched for probe in probes(other).values())
    assert seen.calls == {}


@torch.inference_mode()
def test_blocks_can_be_nested(model):
    with recording(model) as outer:
        model(batch(0))
        with recording(model) as inner:
            model(batch(1))
    calls = {place: len(calls) for place, calls in inner.calls.items()}
    assert {place: len(calls) for place, calls in outer.calls.items()} == {
        place: 2 * n for place, n in calls.items()
    }
    for place, parts in inner.calls.items():
        assert all(
            torch.equal(a.weights, b.weights)
            for a, b in zip(parts, outer.calls[place][len(parts) :], strict=True)
        )


@torch.inference_mode()
def test_the_parts_fit_together(model):
    """weights = softmax(scores), and for every part the shapes that AttentionParts promises."""
    with recording(model) as seen:
        model(batch(0))
    for calls in seen.calls.values():
        for parts in calls:
            torch.testing.assert_close(parts.weights, parts.scores.softmax(-1))
            n_batch, heads, tgt_len, src_len = parts.weights.shape
            assert parts.query.shape[:3] == (n_batch, heads, tgt_len)
            assert parts.key.shape[:3] == parts.value.shape[:3] == (n_batch, heads, src_len)
    if model.config.family == "transformer":
        for (kind, _), calls in seen.calls.items():
            parts = calls[0]
            scores = parts.query @ parts.key.transpose(-2, -1) / parts.query.shape[-1] ** 0.5
            seen_scores = parts.scores if kind != "decoder_self" else parts.scores.tril()
            torch.testing.assert_close(
                scores if kind != "decoder_self" else scores.tril(), seen_scores.nan_to_num(neginf=0.0)
            )


# --------------------------------------------------------------------------------------------------- ablation


@torch.inference_mode()
@pytest.mark.parametrize("mode", ["zero", "uniform"])
def test_ablation_touches_only_the_chosen_head(mode):
    torch.manual_seed(1)
    model = build_model(TRANSFORMER).eval()
    padded = batch(0)
    padded.src[1, 4:] = 0
    before = model(padded)
    with ablating(model, [("cross", 1, 2), ("decoder_self", 0, 0)], mode), recording(model) as seen:
        after = model(padded)
    assert not torch.allclose(before, after)
    cross, own = (
        seen.weights("cross")[1],
        seen.weights("decoder_self")[0],
    )  # each [batch, heads, tgt_len, src_len]
    if mode == "zero":
        assert cross[:, 2].eq(0).all() and own[:, 0].eq(0).all()
    else:
        torch.testing.assert_close(cross[0, 2], torch.full((5, 6), 1 / 6))
        torch.testing.assert_close(cross[1, 2], torch.tensor([0.25, 0.25, 0.25, 0.25, 0.0, 0.0]).expand(5, 6))
        torch.testing.assert_close(own[0, 0], torch.ones(5, 5).tril() / torch.arange(1, 6).unsqueeze(1))
    kept = [0, 1, 3]
    torch.testing.assert_close(cross[:, kept].sum(-1), torch.ones(2, 3, 5))


@torch.inference_mode()
def test_ablation_removes_a_heads_part_of_the_output(model):
    """Zeroing all heads of cross-attention everywhere leaves only what the output projection adds: the source
    no longer matters.
    """
    everything = [
        (kind, layer, head)
        for (kind, layer), probe in probes(model).items()
        if kind == "cross"
        for head in range(probe.n_heads)
    ]
    one, other = batch(0), batch(1)
    other = Batch(other.src, one.tgt_in, one.tgt_out)
    memory, other_memory = model.encode(one.src), model.encode(other.src)
    if (
        model.config.family == "rnn"
    ):  # the decoder still starts from the last encoder state: give both the same
        other_memory = type(memory)(other_memory.states, other_memory.padding, memory.final)
    assert not torch.allclose(model.decode(one.tgt_in, memory), model.decode(one.tgt_in, other_memory))
    with ablating(model, everything):
        torch.testing.assert_close(model.decode(one.tgt_in, memory), model.decode(one.tgt_in, other_memory))


@pytest.mark.parametrize("head", [("cross", 2, 0), ("cross", 0, 4), ("cross", 0, -1), ("self", 0, 0)])
def test_a_head_that_does_not_exist_is_named(head):
    model = build_model(TRANSFORMER)
    with pytest.raises(
        ValueError, match=f"There is no head {head[0]} L{head[1]} H{head[2]}.*this model has encoder_self L0"
    ):
        with ablating(model, [head]):
            pass
    with pytest.raises(ValueError, match="'loud' is unknown"):
        with ablating(model, [("cross", 0, 0)], mode="loud"):
            pass


# ---------------------------------------------------------------------------------------------------- threads


def in_threads(*functions):
    """Run the functions at the same time; the exception of any is raised here."""
    errors = []

    def guarded(function):
        try:
            function()
        except BaseException as error:  # noqa: BLE001
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(function,)) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads)
    if errors:
        raise errors[0]


def test_two_recording_threads_never_see_each_others_pass(model):
    """Both are inside their block before either runs a pass, and the passes take turns in every order."""
    n_passes = 25
    barrier = threading.Barrier(2, timeout=30)
    lengths = {0: (4, 3), 1: (7, 6)}
    with torch.inference_mode():
        expected, n_calls = {}, {}
        for number, (src_len, tgt_len) in lengths.items():
            with recording(model) as seen:
                model(batch(number, src_len, tgt_len))
            expected[number] = seen.weights("cross")
            n_calls[number] = {place: len(calls) for place, calls in seen.calls.items()}
    found = {}

    @torch.inference_mode()
    def record(number: int):
        src_len, tgt_len = lengths[number]
        with recording(model) as seen:
            for _ in range(n_passes):
                barrier.wait()
                model(batch(number, src_len, tgt_len))
        found[number] = seen

    in_threads(lambda: record(0), lambda: record(1))
    for number, seen in found.items():
        assert {place: len(calls) for place, calls in seen.calls.items()} == {
            place: n_passes * n for place, n in n_calls[number].items()
        }
        torch.testing.assert_close(seen.weights("cross"), expected[number])
        assert all(parts.weights.shape[-1] == lengths[number][0] for parts in seen.calls["cross", 0])


def test_what_one_thread_switches_off_stays_on_in_another(model):
    with torch.inference_mode():
        before = model(batch(0))
        with ablating(model, [("cross", 0, 0)], "uniform"):
            ablated = model(batch(0))
    assert not torch.allclose(before, ablated, atol=1e-6)
    barrier = threading.Barrier(2, timeout=30)
    seen_by = {"ablating": [], "plain": []}

    @torch.inference_mode()
    def switch_off():
        with ablating(model, [("cross", 0, 0)], "uniform"):
            for _ in range(20):
                barrier.wait()
                seen_by["ablating"].append(model(batch(0)))

    @torch.inference_mode()
    def run_plainly():
        for _ in range(20):
            barrier.wait()
            assert not any(probe.watched for probe in probes(model).values())
            seen_by["plain"].append(model(batch(0)))

    in_threads(switch_off, run_plainly)
    assert len(seen_by["plain"]) == len(seen_by["ablating"]) == 20
    for logits in seen_by["plain"]:
        torch.testing.assert_close(logits, before)
    for logits in seen_by["ablating"]:
        torch.testing.assert_close(logits, ablated)


@torch.inference_mode()
def test_a_thread_started_inside_a_block_is_not_watched(model):
    """A session that records must not drag the workers it starts along."""
    with recording(model) as seen:

        @torch.inference_mode()
        def work():
            model(batch(0))

        in_threads(work)
    assert seen.calls == {}
