"""Byte-pair encoding, step by step: how subwords are learned, and how words are cut into them.

Read `plain` first: the whole algorithm in twenty lines. Then `learn` (the same merges, fast, with all that a
reader may ask of a step), `replay` (the corpus after any step), `model` (words cut, with their trees),
`check` (a table of merges written by hand), `compare` and `formats` (files of other programs).
"""

from __future__ import annotations

from explorer.tokenization.bpe.check import Worked, check_worked, read_worked
from explorer.tokenization.bpe.config import APP_CONFIG, BPEConfig
from explorer.tokenization.bpe.learn import Learning, learn, merge_steps
from explorer.tokenization.bpe.model import (
    SubwordModel,
    model_of,
    segment,
    segment_steps,
    segment_text,
    to_app_tokenizer,
)
from explorer.tokenization.bpe.replay import history, state_at
from explorer.tokenization.bpe.words import (
    PRESETS,
    Preset,
    WordCounts,
    count_words,
    decode_text,
    read_word_table,
)

__all__ = [
    "APP_CONFIG",
    "BPEConfig",
    "Learning",
    "PRESETS",
    "Preset",
    "SubwordModel",
    "WordCounts",
    "Worked",
    "check_worked",
    "count_words",
    "decode_text",
    "history",
    "learn",
    "merge_steps",
    "model_of",
    "read_word_table",
    "read_worked",
    "segment",
    "segment_steps",
    "segment_text",
    "state_at",
    "to_app_tokenizer",
]
