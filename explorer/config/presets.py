"""Ready-made training runs, from two minutes on a laptop to ten on a GPU.

The times are for a laptop with two idle cores, or for one current GPU; `estimate` says how long the machine
at hand will take.
"""

from __future__ import annotations

from dataclasses import dataclass

from explorer.config.run import RunConfig, TrainingConfig
from explorer.corpora.files import FilesConfig
from explorer.corpora.grammar import GrammarConfig
from explorer.corpora.tasks import TaskConfig
from explorer.tokenization import TokenizerConfig
from models.config import RNNConfig, TransformerConfig


@dataclass(frozen=True)
class Preset:
    """title: what it takes;  summary: what you get, in one sentence."""

    title: str
    summary: str
    config: RunConfig


_WORDS = TokenizerConfig(kind="word", shared=False)
_NUMBERS = TokenizerConfig(kind="word", shared=True)
_SHIFT = TaskConfig(task="shift", vocabulary=100, length=20, n_train=20_000, n_valid=300, n_test=300)
_GRAMMAR = GrammarConfig(tgt_lang="de", n_train=20_000, n_valid=500, n_test=500, seed=1)
_SMALL = TransformerConfig(
    d_model=128, n_heads=4, n_encoder_layers=2, n_decoder_layers=2, d_ff=512, dropout=0.1
)

PRESETS: dict[str, Preset] = {
    "two-minutes": Preset(
        "Two minutes on a laptop",
        "The shift task, 20 numbers below 100 moved one place to the left: watch cross-attention become a "
        "diagonal.",
        RunConfig(
            name="shift",
            description="Shift: 20 numbers below 100 move one place to the left and 0 is appended.",
            corpus=_SHIFT,
            tokenizer=_NUMBERS,
            model=TransformerConfig(
                d_model=64, n_heads=4, n_encoder_layers=1, n_decoder_layers=1, d_ff=128, dropout=0.0
            ),
            training=TrainingConfig(
                max_steps=600,
                batch_tokens=1344,
                learning_rate=3e-3,
                warmup_steps=100,
                schedule="cosine",
                label_smoothing=0.0,
                validate_every=50,
                validate_sentences=100,
                bleu_sentences=100,
                role_sentences=50,
                precision="float32",
            ),
        ),
    ),
    "laptop-translation": Preset(
        "Fifteen minutes on a laptop",
        "A small transformer on English and German sentences of the grammar, whose word links are known, so "
        "attention can be held against them.",
        RunConfig(
            name="grammar-transformer",
            description="English to German sentences of the project's bilingual grammar: a small "
            "transformer.",
            corpus=_GRAMMAR,
            tokenizer=_WORDS,
            model=_SMALL,
            training=TrainingConfig(
                max_steps=2000,
                batch_tokens=1500,
                warmup_steps=200,
                schedule="cosine",
                average=0.99,
                validate_every=200,
            ),
        ),
    ),
    "laptop-rnn": Preset(
        "Eight minutes on a laptop",
        "The same sentences with a recurrent network and the MLP attention of Bahdanau et al.",
        RunConfig(
            name="grammar-rnn",
            description="English to German sentences of the project's bilingual grammar: an LSTM with MLP "
            "attention.",
            corpus=_GRAMMAR,
            tokenizer=_WORDS,
            model=RNNConfig(attention="mlp", d_embedding=128, d_hidden=256, dropout=0.1),
            training=TrainingConfig(
                max_steps=2000,
                batch_tokens=1500,
                warmup_steps=200,
                schedule="cosine",
                average=0.99,
                validate_every=200,
            ),
        ),
    ),
    "own-text": Preset(
        "An hour on a laptop, with your own text",
        "A transformer with subwords on your own parallel text; name the file under corpus.paths.",
        RunConfig(
            name="own-text",
            description="A transformer with subwords, trained on parallel text from files.",
            corpus=FilesConfig(bad_row="skip"),
            tokenizer=TokenizerConfig(kind="bpe", vocab_size=8000),
            model=TransformerConfig(d_model=192, n_heads=6, n_encoder_layers=3, n_decoder_layers=3, d_ff=768),
            training=TrainingConfig(max_steps=4000, schedule="cosine", average=0.99, validate_every=250),
        ),
    ),
    "gpu-ten-minutes": Preset(
        "Ten minutes on a GPU",
        "A transformer of 4 + 4 layers and width 512 on English and German sentences of the grammar, in "
        "bfloat16.",
        RunConfig(
            name="grammar-large",
            description="English to German sentences of the project's bilingual grammar: a large "
            "transformer.",
            corpus=GrammarConfig(tgt_lang="de", n_train=100_000, n_valid=1000, n_test=1000, seed=1),
            tokenizer=_WORDS,
            model=TransformerConfig(
                d_model=512, n_heads=8, n_encoder_layers=4, n_decoder_layers=4, d_ff=2048
            ),
            training=TrainingConfig(
                max_steps=8000,
                batch_tokens=8192,
                learning_rate=5e-4,
                warmup_steps=800,
                schedule="cosine",
                average=0.995,
                validate_every=400,
            ),
        ),
    ),
}
