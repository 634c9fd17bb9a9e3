"""What crosses from the computation to the screen: frozen dataclasses of numpy arrays and strings, a module
per subject.

Conventions, settled here once for every module:

- One example, no batch axis, no padding, strings instead of ids, read-only arrays.
- Rows of a decoder map are labelled with the token being *predicted* (y_1 … y_T, ``</s>``); columns of a
  decoder-self map with the tokens *fed in* (``<s>``, y_1 … y_{T-1}).
- ``word_ids`` give, for each token, the index of the word it is part of, or ``None`` for ``<s>`` and
  ``</s>``.
- Token strings are what the reader should see; whether a token continues the word before it is told by
  ``word_ids``, not by a mark.
"""

from __future__ import annotations

from explorer.results.ablation import (
    ABLATION_MODES,
    Ablation,
    AblationMode,
    CorpusScores,
    Correlation,
    HeadEffect,
    ImportanceReport,
    PruningCurve,
    PruningOrder,
    PruningStep,
    ScoreChange,
    StateShift,
    WordEdit,
)
from explorer.results.arcs import Arc, Look, SentenceArcs
from explorer.results.attention import (
    AttentionDetail,
    AttentionMap,
    Label,
    LinkErrors,
    MaskedTokens,
    MatrixView,
    NextTokens,
    PassRecord,
    Prediction,
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
from explorer.results.bleu import (
    BleuParts,
    BleuSettings,
    CorpusReport,
    LengthScore,
    MetricExample,
    MetricSwitches,
    NgramFate,
    NgramMatch,
    OrderMatches,
    OtherScore,
    PairedTest,
    SentenceScore,
    Smoothing,
    SmoothingScore,
    SwitchedScore,
)
from explorer.results.bpe import (
    MAX_TIES,
    LanguageComparison,
    LanguageRow,
    MergeHistory,
    MergeNode,
    MergeState,
    MergeStep,
    PairCount,
    Segmentation,
    SegmentedWord,
    SegmentStep,
    SizeCurve,
    TokenizerComparison,
    TokenizerRow,
    Verdict,
    WorkedCheck,
    WorkedRow,
)
from explorer.results.decoding import (
    START,
    STOP_RULES,
    Candidate,
    Continuation,
    Crossover,
    Fate,
    Hypothesis,
    Reranking,
    Sampling,
    SearchCase,
    SearchCases,
    SearchNode,
    SearchSettings,
    SearchStep,
    SearchTrace,
    SearchTree,
    StopRule,
    StrategyComparison,
    StrategyRun,
    Translation,
)
from explorer.results.evaluation import AlignmentCounts, BleuScore, HeadLinks
from explorer.results.experiments import Answer, Curve, FinishedRun, ShownRun
from explorer.results.head_roles import DIRECTIONS, HEAD_ROLES, Direction, HeadRole, RoleKey
from explorer.results.heads import (
    FIGURES,
    BestHead,
    CorpusPart,
    Criterion,
    Evidence,
    HeadCounts,
    HeadMap,
    HeadReport,
    HeadRow,
    HeadScores,
    LeftOut,
    Measure,
)
from explorer.results.inside import AttentionInside, Projection, Stream
from explorer.results.kinds import (
    ATTENTION_KINDS,
    KINDS,
    AttentionKind,
    HeadId,
    KindNames,
    LayerHead,
    in_order,
    names_of,
)
from explorer.results.positions import PositionMatrix, PublishedRun, Shuffle, ShuffleScores, WordOrder
from explorer.results.provenance import Provenance
from explorer.results.role_trajectory import Film, HeadTrajectory, KindAnswers, RoleSnapshot, TrainingTimeline
from explorer.results.sides import Side, SideRole, word_groups
from explorer.results.small_example import SmallAttention, SmallExample
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
    ALIVE,
    RESUMABLE,
    RUN_STATES,
    AttentionSnapshot,
    DataSize,
    Estimate,
    HistoryRow,
    RunRow,
    RunState,
    RunStatus,
    SampleTranslation,
)
