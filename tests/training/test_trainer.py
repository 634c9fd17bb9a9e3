"""The loop: its loss, schedules and batches against plain references; a resumed run is bit-equal to one that
never stopped.
"""

import dataclasses
import math

import pytest
import torch
import torch.nn.functional as F

from explorer.config.run import TrainingConfig
from explorer.errors import InputError
from explorer.training.batches import TokenBatches
from explorer.training.runs.store import RunFolder
from explorer.training.trainer import (
    Trainer,
    draw_true_tokens,
    free_running_losses,
    learning_rate,
    teacher_forcing_share,
)
from models import RNNConfig, TransformerConfig, build_model
from models.batch import collate
from models.ids import DEFAULT_IDS
from models.losses import token_losses

TRANSFORMER = TransformerConfig(
    src_vocab=14,
    tgt_vocab=14,
    d_model=16,
    n_heads=2,
    n_encoder_layers=1,
    n_decoder_layers=1,
    d_ff=32,
    dropout=0.2,
)
RNN = RNNConfig(src_vocab=14, tgt_vocab=14, d_embedding=8, d_hidden=16, dropout=0.2)


def copy_pairs(n=120):
    """Sequences of 2 to 6 ids whose target is the source."""
    generator = torch.Generator().manual_seed(0)
    pairs = []
    for _ in range(n):
        length = int(torch.randint(2, 7, (1,), generator=generator))
        ids = tuple(torch.randint(4, 14, (length,), generator=generator).tolist())
        pairs.append((ids, ids))
    return pairs


def trainer(model_config=TRANSFORMER, n_pairs=120, **options):
    torch.manual_seed(7)
    config = TrainingConfig(
        **{"max_steps": 12, "batch_tokens": 60, "warmup_steps": 4, "validate_every": 4, "device": "cpu"}
        | options
    )
    pairs = copy_pairs(n_pairs)
    return Trainer(build_model(model_config), config, pairs[20:], pairs[:20])


def same(a, b):
    left, right = a.tensors(), b.tensors()
    return left.keys() == right.keys() and all(torch.equal(left[name], right[name]) for name in left)


@pytest.mark.parametrize("model_config", [TRANSFORMER, RNN])
def test_loss_counts_every_real_token_once(model_config):
    model = trainer(model_config).model.eval()
    batch = collate(copy_pairs(20), DEFAULT_IDS)
    losses, right = token_losses(model, batch, label_smoothing=0.1)
    logits = model(batch)
    expected = F.cross_entropy(logits.transpose(1, 2), batch.tgt_out, ignore_index=0, label_smoothing=0.1)
    assert losses.numel() == right.numel() == sum(len(t) + 1 for _, t in copy_pairs(20))
    torch.testing.assert_close(losses.mean(), expected)
    real = batch.tgt_out != 0
    assert right.sum() == (logits.argmax(-1) == batch.tgt_out)[real].sum()


@pytest.mark.parametrize("model_config", [TRANSFORMER, RNN])
def test_with_a_full_share_of_true_tokens_free_running_is_teacher_forcing(model_config):
    model = trainer(model_config).model.eval()
    batch = collate(copy_pairs(10), DEFAULT_IDS)
    free, _ = free_running_losses(model, batch, draw_true_tokens(1.0, 10, 6, torch.Generator()), 0.0)
    forced, _ = token_losses(model, batch)
    torch.testing.assert_close(free, forced, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("model_config", [TRANSFORMER, RNN])
def test_with_no_true_tokens_the_model_reads_its_own_greedy_output(model_config):
    model = trainer(model_config).model.eval()
    (src, tgt), *_ = copy_pairs(1)
    batch = collate([(src, tgt)], DEFAULT_IDS)
    losses, _ = free_running_losses(model, batch, draw_true_tokens(0.0, 1, 6, torch.Generator()), 0.0)
    prefix, expected = [2], []
    for target in (*tgt, 3):
        log_probs = model.decode(torch.tensor([prefix]), model.encode(batch.src))[0, -1].log_softmax(-1)
        expected.append(-log_probs[target].item())
        prefix.append(int(log_probs.argmax()))
    assert losses.tolist() == pytest.approx(expected, abs=1e-5)


def test_learning_rate_warms_up_and_then_falls():
    config = TrainingConfig(learning_rate=1.0, warmup_steps=100, max_steps=1100)
    assert [learning_rate(config, step) for step in (1, 50, 100, 400)] == pytest.approx([0.01, 0.5, 1.0, 0.5])
    cosine = TrainingConfig(learning_rate=1.0, warmup_steps=100, max_steps=1100, schedule="cosine")
    assert [learning_rate(cosine, step) for step in (100, 350, 600, 1100)] == pytest.approx(
        [1.0, (1 + math.sqrt(0.5)) / 2, 0.5, 0.0]
    )


def test_teacher_forcing_follows_the_lecture_schedule():
    """100 % in epochs 1–10, 50 % in 11–20, 0 % from 21."""
    config = TrainingConfig(teacher_forcing=((10, 1.0), (20, 0.5)))
    assert [teacher_forcing_share(config, epoch) for epoch in (1, 10, 11, 20, 21, 99)] == [
        1.0,
        1.0,
        0.5,
        0.5,
        0.0,
        0.0,
    ]
    assert teacher_forcing_share(TrainingConfig(), 99) == 1.0


def test_an_epoch_holds_every_pair_once_in_batches_of_bounded_size():
    pairs = [(tuple(range(4, 4 + n % 9 + 1)), tuple(range(4, 4 + n % 5 + 1))) for n in range(200)]
    batches = TokenBatches(pairs, batch_tokens=80, seed=3)
    groups = batches.groups(0)
    assert sorted(pair for group in groups for pair in group) == sorted(pairs)
    for group in groups:
        batch = collate(group, DEFAULT_IDS)
        assert max(batch.src.numel(), batch.tgt_out.numel()) <= 80
    assert groups == TokenBatches(pairs, 80, seed=3).groups(0)
    assert groups != batches.groups(1) and groups != TokenBatches(pairs, 80, seed=4).groups(0)


def test_collate_shifts_by_one():
    batch = collate([((5, 6), (7, 8, 9)), ((5,), (7,))], DEFAULT_IDS)
    assert batch.src.tolist() == [[5, 6, 3], [5, 3, 0]]
    assert batch.tgt_in.tolist() == [[2, 7, 8, 9], [2, 7, 0, 0]]
    assert batch.tgt_out.tolist() == [[7, 8, 9, 3], [7, 3, 0, 0]]


@pytest.mark.process
@pytest.mark.parametrize("model_config", [TRANSFORMER, RNN])
def test_it_learns_to_copy(model_config):
    options = {
        "max_steps": 400,
        "batch_tokens": 400,
        "learning_rate": 0.01,
        "schedule": "cosine",
        "validate_every": 400,
        "average": 0.9,
    }
    learner = trainer(
        dataclasses.replace(model_config, dropout=0.0), n_pairs=1000, label_smoothing=0.0, **options
    )
    rows = []

    class Keep:
        def on_step(self, trainer, row):
            pass

        def on_validation(self, trainer, row):
            rows.append(row)

    learner.run([Keep()])
    assert rows[-1].values["valid_accuracy"] > 0.9


def test_a_seed_gives_one_run():
    def run(**options):
        learner = trainer(**options)
        learner.run()
        return learner

    first, second, other = run(), run(), run(seed=2)
    assert same(first, second) and not same(first, other)


@pytest.mark.parametrize("model_config", [TRANSFORMER, RNN])
@pytest.mark.parametrize("options", [{}, {"average": 0.9, "teacher_forcing": ((1, 1.0), (9, 0.5))}])
def test_a_resumed_run_is_bit_equal_to_one_that_never_stopped(tmp_path, model_config, options):
    unbroken = trainer(model_config, **options)
    unbroken.run()

    class StopAt:
        def __init__(self, step):
            self.step = step

        def on_step(self, trainer, row):
            if row.step == self.step:
                trainer.stop_reason = "asked"

        def on_validation(self, trainer, row):
            pass

    broken = trainer(model_config, **options)
    broken.run([StopAt(5)])
    RunFolder(tmp_path).save_state(broken, None)
    torch.manual_seed(99)  # a new process knows nothing of the old one's random state
    resumed = trainer(model_config, **options)
    resumed.model.apply(lambda module: [p.data.zero_() for p in module.parameters(recurse=False)])
    assert RunFolder(tmp_path).load_state(resumed)
    assert resumed.progress.step == 5
    resumed.run()
    assert resumed.progress.step == unbroken.progress.step == 12
    assert same(resumed, unbroken)


def test_best_weights_are_the_average_inside_the_block_alone():
    learner = trainer(average=0.99)
    learner.run()
    name, parameter = next(iter(learner.model.named_parameters()))
    own, averaged = parameter.detach().clone(), learner.averaged[name]
    assert not torch.equal(own, averaged)
    with learner.best_weights():
        assert torch.equal(parameter, averaged) and not learner.model.training
    assert torch.equal(parameter, own)


def test_a_loss_that_is_not_a_number_stops_the_run_with_a_reason():
    learner = trainer(learning_rate=1e30, warmup_steps=0, max_steps=500, clip_norm=1e30)
    learner.run()
    assert "lower the learning rate" in learner.stop_reason and learner.progress.step < 500


@pytest.mark.parametrize(
    "options, field",
    [
        ({"max_steps": 0}, "max_steps"),
        ({"learning_rate": 0.0}, "learning_rate"),
        ({"label_smoothing": 1.0}, "label_smoothing"),
        ({"teacher_forcing": ((3, 1.5),)}, "teacher_forcing"),
    ],
)
def test_impossible_settings_name_the_field(options, field):
    with pytest.raises(InputError, match=f"training.{field}"):
        TrainingConfig(**options)
