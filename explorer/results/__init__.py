"""What crosses from the computation to the screen: frozen dataclasses of numpy arrays and strings, a module per subject.

Conventions, settled here once for every module:

- One example, no batch axis, no padding, strings instead of ids, read-only arrays.
- Rows of a decoder map are labelled with the token being *predicted* (y_1 … y_T, ``</s>``); columns of a decoder-self map with the
  tokens *fed in* (``<s>``, y_1 … y_{T-1}).
- ``word_ids`` give, for each token, the index of the word it is part of, or ``None`` for ``<s>`` and ``</s>``.
- Token strings are what the reader should see; whether a token continues the word before it is told by ``word_ids``, not by a mark.
"""

from __future__ import annotations

from explorer.results.attention import (
    ATTENTION_KINDS,
    AttentionDetail,
    AttentionKind,
    AttentionMap,
    AttentionRecord,
    LinkErrors,
    MatrixView,
    Reading,
    Sanity,
    frozen_array,
)
from explorer.results.decoding import (
    Candidate,
    Hypothesis,
    SearchStep,
    SearchTrace,
    Translation,
)
from explorer.results.evaluation import (
    AlignmentCounts,
    BleuScore,
)
from explorer.results.provenance import (
    Provenance,
)
from explorer.results.text import (
    BOS,
    EOS,
    PAD,
    SPECIAL_TOKENS,
    UNK,
    Alignment,
    Dependencies,
    Encoding,
    ParallelCorpus,
    SentencePair,
    Split,
    Word,
)
from explorer.results.training import (
    AttentionSnapshot,
    HistoryRow,
)

__all__ = [
    "ATTENTION_KINDS",
    "Alignment",
    "AlignmentCounts",
    "AttentionDetail",
    "AttentionKind",
    "AttentionMap",
    "AttentionRecord",
    "AttentionSnapshot",
    "BOS",
    "BleuScore",
    "Candidate",
    "Dependencies",
    "EOS",
    "Encoding",
    "HistoryRow",
    "Hypothesis",
    "LinkErrors",
    "MatrixView",
    "PAD",
    "ParallelCorpus",
    "Provenance",
    "Reading",
    "SPECIAL_TOKENS",
    "Sanity",
    "SearchStep",
    "SearchTrace",
    "SentencePair",
    "Split",
    "Translation",
    "UNK",
    "Word",
    "frozen_array",
]
