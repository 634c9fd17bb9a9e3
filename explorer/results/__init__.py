"""What crosses from the computation to the screen: frozen dataclasses of numpy arrays and strings, a module per subject.

Conventions, settled here once for every module:

- One example, no batch axis, no padding, strings instead of ids, read-only arrays.
- Rows of a decoder map are labelled with the token being *predicted* (y_1 … y_T, ``</s>``); columns of a decoder-self map with the
  tokens *fed in* (``<s>``, y_1 … y_{T-1}).
- ``word_ids`` give, for each token, the index of the word it is part of, or ``None`` for ``<s>`` and ``</s>``.
- Token strings are what the reader should see; whether a token continues the word before it is told by ``word_ids``, not by a mark.
"""

from __future__ import annotations

from explorer.results.ablation import (
    ABLATION_MODES,
    Ablation,
    AblationMode,
    CorpusScores,
    Correlation,
    HeadEffect,
    HeadId,
    ImportanceReport,
    PruningCurve,
    PruningOrder,
    PruningStep,
    ScoreChange,
    WordEdit,
)
from explorer.results.arcs import (
    Arc,
    Look,
    SentenceArcs,
)
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
from explorer.results.attribution import (
    BLANKINGS,
    Attribution,
    Blanking,
    Comparison,
    Faithfulness,
    FaithfulnessReport,
    FaithfulnessRow,
    Refusal,
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
from explorer.results.heads import (
    FIGURES,
    HEAD_ROLES,
    BestHead,
    CorpusPart,
    Criterion,
    Direction,
    Evidence,
    HeadCounts,
    HeadMap,
    HeadReport,
    HeadRole,
    HeadRow,
    HeadScores,
    LeftOut,
    Measure,
)
from explorer.results.inside import (
    AttentionInside,
    Projection,
    Stream,
)
from explorer.results.provenance import (
    Provenance,
)
from explorer.results.scoring import (
    SmallAttention,
    SmallExample,
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
    "ABLATION_MODES",
    "ATTENTION_KINDS",
    "Ablation",
    "AblationMode",
    "Alignment",
    "AlignmentCounts",
    "Arc",
    "AttentionDetail",
    "AttentionInside",
    "AttentionKind",
    "AttentionMap",
    "AttentionRecord",
    "AttentionSnapshot",
    "Attribution",
    "BLANKINGS",
    "BOS",
    "BestHead",
    "Blanking",
    "BleuScore",
    "Candidate",
    "Comparison",
    "CorpusPart",
    "CorpusScores",
    "Correlation",
    "Criterion",
    "Dependencies",
    "Direction",
    "EOS",
    "Encoding",
    "Evidence",
    "FIGURES",
    "Faithfulness",
    "FaithfulnessReport",
    "FaithfulnessRow",
    "HEAD_ROLES",
    "HeadCounts",
    "HeadEffect",
    "HeadId",
    "HeadMap",
    "HeadReport",
    "HeadRole",
    "HeadRow",
    "HeadScores",
    "HistoryRow",
    "Hypothesis",
    "ImportanceReport",
    "LeftOut",
    "LinkErrors",
    "Look",
    "MatrixView",
    "Measure",
    "PAD",
    "ParallelCorpus",
    "Projection",
    "Provenance",
    "PruningCurve",
    "PruningOrder",
    "PruningStep",
    "Reading",
    "Refusal",
    "SPECIAL_TOKENS",
    "Sanity",
    "ScoreChange",
    "SearchStep",
    "SearchTrace",
    "SentenceArcs",
    "SentencePair",
    "SmallAttention",
    "SmallExample",
    "Split",
    "Stream",
    "Translation",
    "UNK",
    "Word",
    "WordEdit",
    "frozen_array",
]
