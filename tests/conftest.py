"""What many tests share: one thread per process, and tiny models with random weights and tokenizers of their
own.
"""

from __future__ import annotations

import os
import tempfile

os.environ.setdefault(
    "OMP_NUM_THREADS", "1"
)  # before torch is imported: tests run beside each other, and tiny models gain nothing
# the developer's own runs are no part of any list: nothing is ever there
os.environ.setdefault("EXPLORER_RUNS", os.path.join(tempfile.gettempdir(), "attention-explorer-no-runs"))

import pytest
from hypothesis import HealthCheck, settings

# a busy machine is no failure: examples have no deadline, and may be drawn as slowly as it is
settings.register_profile("busy machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy machine")


def pytest_collection_modifyitems(items):
    """Mark what needs a browser by what it asks for, pages and what starts processes by their folders; single
    tests elsewhere say so themselves.
    """
    for item in items:
        if {"chromium", "app_url"} & set(item.fixturenames):
            item.add_marker("browser")
        for folder, marker in (("parallel", "process"), ("pages", "page")):
            if item.nodeid.startswith(f"tests/{folder}/"):
                item.add_marker(marker)


# A few pairs with every kind of thing a tokenizer meets; random weights are all these models will ever have.
TINY_PAIRS = (
    ("The old man sleeps.", "Der alte Mann schläft."),
    ("We call the old man tomorrow.", "Wir rufen den alten Mann morgen an."),
    ("Does the cat see the dog?", "Sieht die Katze den Hund?"),
    ("The dog sees the cat, and the man sleeps.", "Der Hund sieht die Katze, und der Mann schläft."),
)


def make_tiny_checkpoint(family: str = "transformer", tokenizer_kind: str = "bpe", seed: int = 0, **options):
    """A `Checkpoint` in memory: width 16, random weights, tokenizers trained on TINY_PAIRS. options: fields
    of the model's config.
    """
    import torch

    from explorer.checkpoints.folder import Checkpoint
    from explorer.config.run import RunConfig
    from explorer.corpora.grammar import GrammarConfig
    from explorer.tokenization import TokenizerConfig, train_tokenizer
    from models import MODELS, build_model

    tokenizer = TokenizerConfig(kind=tokenizer_kind, vocab_size=300)
    src_tokenizer, tgt_tokenizer = (
        train_tokenizer(tokenizer, [pair[side] for pair in TINY_PAIRS]) for side in (0, 1)
    )
    small = {
        "transformer": {
            "d_model": 16,
            "n_heads": 2,
            "n_encoder_layers": 2,
            "n_decoder_layers": 2,
            "d_ff": 32,
        },
        "rnn": {"d_embedding": 8, "d_hidden": 16},
    }[family]
    model_config = MODELS[family][0](
        src_vocab=src_tokenizer.vocab_size, tgt_vocab=tgt_tokenizer.vocab_size, **small | options
    )
    corpus = GrammarConfig(tgt_lang="de", n_train=50, n_valid=10, n_test=20, seed=3, max_words=8)
    config = RunConfig(
        f"tiny-{family}", f"A tiny {family} with random weights.", corpus, tokenizer, model_config
    )
    torch.manual_seed(seed)
    model = build_model(model_config).eval().requires_grad_(False)
    if family == "rnn":
        for parameter in model.parameters():
            parameter.mul_(3.0)  # else every input has nearly the same, flat output
    return Checkpoint.in_memory(config, model, src_tokenizer, tgt_tokenizer)


@pytest.fixture(scope="session", params=["transformer", "rnn"])
def tiny_checkpoint(request):
    """A tiny `Checkpoint` in memory, once as a transformer and once as an RNN with MLP attention."""
    return make_tiny_checkpoint(request.param)


@pytest.fixture(scope="session")
def chromium():
    """Call it with a function of a `tests.chromium_page.Visit`; what the function returns comes back. Options
    go to Playwright's ``new_page``, and a visit with options has a page of its own.
    """
    from tests.chromium_page import running_chromium

    with running_chromium() as look:
        yield look
