"""What do all pages share? The sidebar with model and sentence, every cache, and every session key that
outlives a page.

Importing this module imports neither torch nor numpy: what computes is imported inside the function that
needs it.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import streamlit as st

from explorer.components.page_width import page_width
from explorer.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from explorer.checkpoints.catalogue import CheckpointInfo
    from explorer.checkpoints.folder import Checkpoint
    from explorer.config.run import RunConfig
    from explorer.experiments.own import OwnRun
    from explorer.heads.roles.corpus import Known, Prepared
    from explorer.results import (
        Ablation,
        AblationMode,
        AttentionDetail,
        AttentionInside,
        AttentionKind,
        AttentionRecord,
        Blanking,
        Comparison,
        Continuation,
        CorpusReport,
        DataSize,
        FaithfulnessReport,
        FinishedRun,
        HeadCourse,
        HeadId,
        HeadReport,
        ImportanceReport,
        LanguageComparison,
        LeftOut,
        PairedTest,
        PositionMatrix,
        Provenance,
        Sampling,
        SearchTrace,
        SentencePair,
        ShownRun,
        Shuffle,
        SizeCurve,
        StopRule,
        StrategyComparison,
        TokenizerComparison,
        TrainingCourse,
        Translation,
        WorkedCheck,
    )
    from explorer.tokenization import Tokenizer
    from explorer.tokenization.bpe import BPEConfig, Learning, SubwordModel
    from explorer.training.runs.estimate import Rate
    from explorer.training.runs.timelines import CourseInfo
    from explorer.views.attention.bertviz import Frame
    from explorer.views.theme import Theme

MAX_CHARACTERS = 600  # of a sentence on a page; the command line takes longer ones
LANGUAGES = {"en": "English", "de": "German", "fr": "French"}
CORPORA = {"files": "real text", "grammar": "grammar", "task": "sequence task"}

PRESETS = {  # what it shows: the sentence
    "A first sentence": "The old man is reading a book.",
    "A verb that splits in German": "She gets up early.",
    "A verb that waits for the end": "I know that she bought the red car.",
    "A participle at the end": "I have lost my key.",
    "Negation": "Tom does not speak French.",
    "An adjective that moves in French": "I see a black cat.",
    "A question without capitals": "where is the station",
    "Capitals only": "I AM TIRED.",
    "A word it has never seen": "Did you see Zorbax?",
    "Which bank?": "I arrived at the bank after crossing the river.",
}
ANY = "any phenomenon"
SEQUENCE = "7 42 3 99 15 8 61 27 50 4 88 13 36 72 9 21 64 5 47 30"

# Session keys. Those of the sidebar are widgets' own, bound to the address, so that a link brings back model
# and sentence.
MODEL, SENTENCE, NUMBERS = "model", "sentence", "numbers"
PRESET, PHENOMENON, DISTANCE = "preset", "phenomenon", "distance"
# how the grammar drew the sentence, such as "de.20417.separable_verb.3": in the address too, so that gold
# links come back
DRAWN = "drawn"


@dataclass(frozen=True)
class Choice:
    """What the sidebar says. pair: the sentence with the truth about it, when it comes from the grammar or is
    a task's.
    """

    info: CheckpointInfo
    sentence: str
    pair: SentencePair | None


def opening(title: str, lead: str) -> int:
    """The first words of a page, which need nothing that is slow; returns the width of the page in pixels."""
    st.html(Path(__file__).parent / "page.css")
    st.title(title, anchor=False)
    st.text(lead)
    return page_width()


# ---------------------------------------------------------------------------------------------------- sidebar


def sidebar() -> Choice | None:
    """Model and sentence, the same on every page and kept from page to page; None when there is no model."""
    infos = {info.name: info for info in checkpoints()}
    if not infos:
        tell(
            "There is no trained model in checkpoints/: train one with `python -m explorer train`, or get a "
            "complete copy of the project."
        )
        return None
    if st.query_params.get(MODEL, "") not in ("", *map(model_label, infos.values())):
        st.toast(
            "The address asks for a model that is not here, so another one is shown.",
            icon="ℹ️",
            duration="long",
        )
    with st.sidebar:
        name = st.selectbox(
            "Model",
            list(infos),
            format_func=lambda name: model_label(infos[name]),
            key=MODEL,
            bind="query-params",
            persist_state="session",
        )
        info = infos[name]
        if info.corpus_kind == "task":
            return _numbers(info)
        return _sentence(info)


def _sentence(info: CheckpointInfo) -> Choice:
    language = LANGUAGES.get(info.src_lang, info.src_lang)
    sentence = st.text_area(
        f"Sentence in {language}",
        value=next(iter(PRESETS.values())),
        height=96,
        key=SENTENCE,
        bind="query-params",
        persist_state="session",
        help="Type anything, then press Ctrl+Enter or click elsewhere.",
    )
    st.selectbox(
        "Or an example",
        list(PRESETS),
        index=None,
        placeholder="Pick one",
        key=PRESET,
        on_change=_take_preset,
        help="Each shows one thing that attention has to deal with.",
    )
    if info.tgt_lang in ("de", "fr"):
        _grammar_draw(info.tgt_lang)
    return Choice(info, sentence, _truth(info.tgt_lang, sentence))


def _truth(tgt_lang: str, sentence: str) -> SentencePair | None:
    """The pair that the grammar drew, while its sentence is still the one in the box."""
    drawn = st.session_state.get(DRAWN) or st.query_params.get(DRAWN, "")
    pair = drawn_pair(drawn) if drawn.startswith(f"{tgt_lang}.") else None
    if pair is None or pair.src != sentence:
        st.query_params.pop(DRAWN, None)
        return None
    st.session_state[DRAWN] = st.query_params[DRAWN] = drawn
    return pair


def _take_preset() -> None:
    if st.session_state[PRESET] is not None:
        st.session_state[SENTENCE] = PRESETS[st.session_state[PRESET]]


def _grammar_draw(tgt_lang: str) -> None:
    phenomena = _phenomena(tgt_lang)
    picked = st.selectbox(
        "Or one from the grammar",
        [ANY, *phenomena],
        format_func=lambda name: name.replace("_", " "),
        key=PHENOMENON,
        persist_state="session",
        help="A grammar writes the sentence and its translation, so it knows which word belongs to which.",
    )
    distance = None
    if picked != ANY:
        st.caption(phenomena[picked])
    if picked == "separable_verb":
        distance = st.slider(
            "Words between verb and particle", 0, 10, 3, key=DISTANCE, persist_state="session"
        )
    st.button(
        "Draw a sentence",
        key="draw",
        on_click=_draw,
        args=(tgt_lang, None if picked == ANY else picked, distance),
        width="stretch",
    )


def _draw(tgt_lang: str, phenomenon: str | None, distance: int | None) -> None:
    drawn = f"{tgt_lang}.{random.randrange(10**6)}.{phenomenon or ''}.{'' if distance is None else distance}"
    pair = drawn_pair(drawn)
    if pair is None:
        st.toast("The grammar found no such sentence: take another distance.")
        return
    st.session_state[DRAWN] = drawn
    st.session_state[SENTENCE] = pair.src
    st.session_state[PRESET] = None


@st.cache_resource(max_entries=512, show_spinner=False)
def drawn_pair(drawn: str) -> SentencePair | None:
    """The sentence pair that "language.seed.phenomenon.distance" draws; None for anything else, as somebody
    may have edited the address.
    """
    from explorer.corpora.grammar import generate_pair

    found = re.fullmatch(r"(de|fr)\.([0-9]{1,6})\.([a-z_]*)\.([0-9]{0,2})", drawn)
    if found is None:
        return None
    tgt_lang, seed, phenomenon, distance = found.groups()
    n_between = int(distance) if distance else None
    try:
        return generate_pair(
            random.Random(int(seed)),
            tgt_lang,
            phenomenon or None,
            max_words=14 + (n_between or 0),
            distance=n_between,
        )
    except InputError:
        return None


@st.cache_resource(show_spinner=False)
def _phenomena(tgt_lang: str) -> dict[str, str]:
    from explorer.corpora.grammar.pairs import ONLY_IN, PHENOMENA

    return {name: line for name, line in PHENOMENA.items() if ONLY_IN.get(name, tgt_lang) == tgt_lang}


def _numbers(info: CheckpointInfo) -> Choice:
    from explorer.corpora.tasks import task_pair

    st.button("Draw a sequence", key="draw_numbers", on_click=_draw_numbers, width="stretch")
    sequence = st.text_area(
        "Sequence",
        value=SEQUENCE,
        height=96,
        key=NUMBERS,
        bind="query-params",
        persist_state="session",
        help="Numbers below 100 with spaces between.",
    )
    words = sequence.split()
    known = all(word.isascii() and word.isdigit() and len(word) <= 6 for word in words)
    return Choice(info, sequence, task_pair(info.task, tuple(map(int, words))) if known and words else None)


def _draw_numbers() -> None:
    st.session_state[NUMBERS] = " ".join(str(random.randrange(100)) for _ in range(20))


def model_label(info: CheckpointInfo) -> str:
    """One line that tells checkpoints apart: "en → de transformer, real text"; of one's own runs with their
    name.

    Of several that are alike the first in the list has the short line, the others say what is different about
    them.
    """
    short = _short_label(info)
    first, *others = [other for other in checkpoints() if _short_label(other) == short] or [info]
    if info.name == first.name:
        return short
    for detail in ("tokens", "positions"):
        value = getattr(info, detail)
        if value != getattr(first, detail) and [
            other.name for other in others if getattr(other, detail) == value
        ] == [info.name]:
            return f"{short}, {value}"
    return f"{short}, {info.name}"


def _short_label(info: CheckpointInfo) -> str:
    own = f"{info.run}: " if info.run else ""
    if info.corpus_kind == "task":
        return f"{own}{info.task} task, {info.model}"
    return f"{own}{info.src_lang} → {info.tgt_lang} {info.model}, {CORPORA[info.corpus_kind]}"


# ----------------------------------------------------------------------------------------------------- caches


@st.cache_resource(ttl=10, show_spinner=False)
def checkpoints() -> tuple[CheckpointInfo, ...]:
    """Every checkpoint that can be used, the one to begin with first."""
    from explorer.checkpoints.catalogue import list_checkpoints

    return tuple(info for info in list_checkpoints() if info.problem is None)


@st.cache_resource(max_entries=12, show_spinner=False)
def _checkpoint(name: str, sha256: str) -> Checkpoint:
    from explorer.checkpoints.folder import load_checkpoint
    from explorer.serving import forward_turn

    with forward_turn():
        return load_checkpoint(name)


@st.cache_resource(max_entries=512, show_spinner=False)
def translation(name: str, sha256: str, text: str, beam_size: int = 1) -> Translation:
    """The model's own translation of `text`."""
    from explorer.decoding.decode import translate
    from explorer.serving import forward_turn

    check_length(text)
    checkpoint = _checkpoint(name, sha256)
    with forward_turn():
        return translate(checkpoint, text, beam_size=beam_size)


@st.cache_resource(max_entries=512, show_spinner=False)
def record(name: str, sha256: str, text: str, target: str | tuple[int, ...]) -> AttentionRecord:
    """Attention and log-probabilities while the model writes `target`, a text or the ids of a search."""
    from explorer.attention.capture import replay
    from explorer.serving import forward_turn

    check_length(text)
    if isinstance(target, str):
        check_length(target, "translation")
    checkpoint = _checkpoint(name, sha256)
    with forward_turn():
        return replay(checkpoint, text, target)


@st.cache_resource(max_entries=128, show_spinner=False)
def details(
    name: str,
    sha256: str,
    text: str,
    target: str | tuple[int, ...],
    kind: AttentionKind,
    layer: int,
    head: int,
) -> tuple[AttentionDetail, ...]:
    """The inside of one head at every step."""
    from explorer.attention import capture
    from explorer.serving import forward_turn

    checkpoint = _checkpoint(name, sha256)
    with forward_turn():
        return capture.details(checkpoint, text, target, kind, layer, head)


@st.cache_resource(max_entries=48, show_spinner=False)
def inside(
    name: str, sha256: str, text: str, target: str | tuple[int, ...], kind: AttentionKind, layer: int
) -> AttentionInside:
    """Every number of one attention, all heads and all rows."""
    from explorer.attention import inside as compute
    from explorer.serving import forward_turn

    checkpoint = _checkpoint(name, sha256)
    with forward_turn():
        return compute.inside(checkpoint, text, target, kind, layer)


@st.cache_resource(max_entries=128, show_spinner=False)
def comparison(
    name: str, sha256: str, text: str, target: str | tuple[int, ...], kind: AttentionKind, blanking: Blanking
) -> Comparison:
    """Every way of reading a sentence beside the effect of blanking its words out."""
    from explorer.attribution.compare import compare
    from explorer.serving import forward_turn

    checkpoint = _checkpoint(name, sha256)
    with forward_turn():
        return compare(checkpoint, text, target, kind, blanking)


@st.cache_resource(ttl=60, max_entries=32, show_spinner=False)
def faithfulness(name: str, sha256: str) -> FaithfulnessReport | None:
    """What `python -m explorer faithfulness` has written into the folder of a checkpoint; of whatever
    weights.
    """
    from explorer.attribution.report import read_report

    return read_report(next(info.path for info in checkpoints() if info.name == name))


@st.cache_resource(ttl=60, max_entries=32, show_spinner=False)
def head_report(name: str, sha256: str) -> HeadReport | None:
    """What `python -m explorer heads --write` has written into the folder of a checkpoint; of whatever
    weights.
    """
    from explorer.heads.roles.report import read_report

    return read_report(next(info.path for info in checkpoints() if info.name == name))


@st.cache_resource(max_entries=32, show_spinner=False)
def head_reports(name: str, sha256: str) -> dict[str, HeadReport]:
    """What was computed on the page, for every reader: empty, or the last report under "last"."""
    return {}


def study_heads(info: CheckpointInfo, n_sentences: int, say: Callable[[str], None]) -> None:
    """Ask every head about so many held-out sentences twice, with `say` told what is being done; the report
    is then in `head_reports`.
    """
    from explorer.heads.roles.corpus import configured_corpus, grammar_corpus
    from explorer.heads.roles.study import study
    from explorer.serving import forward_turn

    checkpoint = _checkpoint(info.name, info.sha256)
    corpus = (
        configured_corpus(checkpoint.config.corpus, n_sentences)
        if info.task
        else grammar_corpus(info.tgt_lang, n_sentences)
    )
    source = provenance(info, {"n_sentences": n_sentences, "corpus": corpus.name})
    with forward_turn():
        head_reports(info.name, info.sha256)["last"] = study(checkpoint, corpus, source, progress=say)


def prepared(name: str, sha256: str, known: Known) -> tuple[Prepared, tuple[LeftOut, ...]]:
    """A sentence pair with its trees and links in the words of the tokenizers, and what was left out. Raises
    InputError.
    """
    from explorer.decoding.decode import longest
    from explorer.heads.roles.corpus import prepare

    checkpoint = _checkpoint(name, sha256)
    found, left_out = prepare(
        [known], checkpoint.src_tokenizer, checkpoint.tgt_tokenizer, longest(checkpoint.model)
    )
    if not found:
        raise InputError(f"This sentence cannot be used: {'; '.join(entry.reason for entry in left_out)}.")
    return found[0], left_out


@st.cache_resource(max_entries=16, show_spinner=False)
def bertviz(
    name: str,
    sha256: str,
    text: str,
    target: str | tuple[int, ...],
    kind: AttentionKind,
    view: str,
    theme_name: str,
    layer: int,
    heads: tuple[int, ...],
    width: int,
) -> Frame:
    """BertViz's "head" or "model" view of one kind of attention; `layer` and `heads` are what the head view
    begins with.
    """
    from explorer.views.attention.bertviz import head_view, model_view
    from explorer.views.theme import THEMES

    attention_map, colors = record(name, sha256, text, target).map(kind), THEMES[theme_name]
    return (
        head_view(attention_map, colors, layer, heads)
        if view == "head"
        else model_view(attention_map, colors, width)
    )


@st.cache_resource(max_entries=256, show_spinner=False)
def ablation(
    name: str,
    sha256: str,
    text: str,
    target: str | tuple[int, ...],
    heads: tuple[HeadId, ...],
    mode: AblationMode,
) -> Ablation:
    """The sentence translated and replayed with some heads off."""
    from explorer.heads.importance.ablation import ablate
    from explorer.serving import forward_turn

    check_length(text)
    if isinstance(target, str):
        check_length(target, "translation")
    checkpoint = _checkpoint(name, sha256)
    with forward_turn():
        return ablate(checkpoint, text, heads, mode, target=target)


@st.cache_resource(ttl=60, max_entries=32, show_spinner=False)
def importance(name: str, sha256: str) -> ImportanceReport | None:
    """What `python -m explorer ablate --corpus --write` has written into the folder of a checkpoint; of
    whatever weights.
    """
    from explorer.heads.importance.report import read_importance

    return read_importance(next(info.path for info in checkpoints() if info.name == name))


@st.cache_resource(max_entries=32, show_spinner=False)
def importance_results(name: str, sha256: str) -> dict[str, ImportanceReport]:
    """What was measured on the page, for every reader: empty, or the last report under "last"."""
    return {}


def measure_importance(
    name: str, sha256: str, n_sentences: int, mode: AblationMode
) -> Iterator[tuple[float, str]]:
    """Yields (share done, what is being done); the report is then in `importance_results`. Others get their
    turns in between.
    """
    from explorer.corpora.held_out import at_hand
    from explorer.heads.importance.measure import importance_steps
    from explorer.serving import forward_turn

    checkpoint = _checkpoint(name, sha256)
    corpus_name, pairs = at_hand(checkpoint.config.corpus, n_sentences)
    steps = importance_steps(checkpoint, pairs, corpus_name, mode)
    while True:
        try:
            with forward_turn():
                progress = next(steps)
        except StopIteration as end:
            importance_results(name, sha256)["last"] = end.value
            return
        yield progress


# --------------------------------------------------------------------------------------------------- subwords

_LEARNING = Lock()  # a corpus of 5 MB takes seconds and much memory: one at a time


def learning_key(text: str, is_table: bool, config: BPEConfig) -> str:
    """Names what is learned and how; a corpus with the same key has the same merges."""
    return sha256(f"{is_table} {config}\n{text}".encode("utf-8", "surrogatepass")).hexdigest()


def learned(key: str) -> bool:
    """Whether the merges with this key are at hand."""
    return "learning" in _learnings(key)


@st.cache_resource(max_entries=8, show_spinner=False)
def _learnings(key: str) -> dict[str, Learning]:
    """Empty, or what was learned under "learning"."""
    return {}


def learning(key: str, text: str, is_table: bool, config: BPEConfig) -> Learning:
    """The merges that byte-pair encoding learns from a text or a table of words, the same object for every
    reader. Raises InputError.
    """
    from explorer.tokenization.bpe.learn import learn
    from explorer.tokenization.bpe.words import count_words, read_word_table

    kept = _learnings(key)
    if "learning" not in kept:
        with _LEARNING:
            if "learning" not in kept:
                kept["learning"] = learn((read_word_table if is_table else count_words)(text, config), config)
    return kept["learning"]


@st.cache_resource(max_entries=300, show_spinner=False)
def merge_state(key: str, step: int, _learning: Learning) -> dict:
    """One step of the stepper, as its component draws it."""
    from explorer.tokenization.bpe.replay import state_at
    from explorer.views.subwords.merge_stepper import state_data

    state = state_at(_learning, step)
    changed = ()
    if state.last is not None and state.n_words > len(state.words):
        letters = state.last.token.removesuffix(_learning.config.end_of_word)
        changed = state_at(_learning, step, n_pairs=0, n_words=8, search=letters).words
    return state_data(state, _learning.config.ties, _learning.config.alphabet, changed)


@st.cache_resource(max_entries=16, show_spinner=False)
def merge_curves(key: str, _learning: Learning) -> list[dict]:
    """All steps at a glance, as the component of the stepper draws them."""
    from explorer.tokenization.bpe import history
    from explorer.views.subwords.merge_stepper import curves_data

    return curves_data(history(_learning))


@st.cache_resource(max_entries=64, show_spinner=False)
def worked_check(key: str, worked: str, _learning: Learning) -> WorkedCheck:
    """A learner's merges against the algorithm on what was learned from. Raises InputError."""
    from explorer.tokenization.bpe import check_worked, read_worked

    return check_worked(_learning.words, _learning.config, read_worked(worked))


@st.cache_resource(max_entries=16, show_spinner=False)
def tokenizer_comparison(
    key: str, sizes: tuple[int, ...], d_model: int, applied: str | None, _text: str
) -> TokenizerComparison:
    """Tokenizers learned from a text and applied to it, or to another. Raises InputError."""
    from explorer.tokenization.bpe.compare import compare

    with _LEARNING:
        return compare(
            _text if applied is None else applied, sizes, d_model, None if applied is None else _text
        )


@st.cache_resource(max_entries=16, show_spinner=False)
def tokenizer_curves(
    key: str, sizes: tuple[int, ...], applied: str | None, _text: str
) -> tuple[SizeCurve, ...]:
    """The same over the size of the vocabulary. Raises InputError."""
    from explorer.tokenization.bpe.compare import size_curves

    with _LEARNING:
        return size_curves(
            _text if applied is None else applied, sizes, train_text=None if applied is None else _text
        )


@st.cache_resource(max_entries=16, show_spinner=False)
def language_comparison(
    name: str, key: str, _subwords: Learning | SubwordModel, _text: str
) -> LanguageComparison:
    """The tokenizer `name` on the same sentences in many languages: subwords, or what the text gives."""
    from explorer.tokenization.bpe import APP_CONFIG, SubwordModel, count_words, learn, model_of
    from explorer.tokenization.bpe.compare import characters, compare_languages, subwords, utf8_bytes, words

    english = grammar_text(2000)
    text = _text if len(_text) > 2000 else english
    makers = {"bytes": utf8_bytes, "characters": lambda: characters(text), "words": lambda: words(text)}
    if name in makers:
        return compare_languages([makers[name]()])
    if name.startswith("byte BPE"):
        model = model_of(learn(count_words(english, APP_CONFIG), APP_CONFIG))
    else:
        model = _subwords if isinstance(_subwords, SubwordModel) else model_of(_subwords)
    return compare_languages([subwords(model, name)])


FOR_TRAINING = "For training here"


@st.cache_resource(max_entries=8, show_spinner=False)
def subword_files(key: str, _learning: Learning) -> dict[str, tuple[str, str, str | None, str]]:
    """{format: (file name, media type, the file or None, why there is none)} of what was learned."""
    import json

    from explorer.tokenization.bpe import model_of, to_app_tokenizer
    from explorer.tokenization.bpe.formats import write_codes, write_tokenizer_json

    def for_training(model: SubwordModel) -> str:
        return json.dumps(to_app_tokenizer(model).to_json(), ensure_ascii=False)

    model = model_of(_learning)
    files: dict[str, tuple[str, str, str | None, str]] = {}
    for label, name, mime, write in (
        ("Hugging Face", "tokenizer.json", "application/json", write_tokenizer_json),
        ("subword-nmt", "codes.bpe", "text/plain", write_codes),
        (
            FOR_TRAINING,
            "subwords.json",
            "application/json",
            lambda model: json.dumps(to_app_tokenizer(model).to_json(), ensure_ascii=False),
        ),
    ):
        try:
            files[label] = name, mime, write(model), ""
        except InputError as error:
            files[label] = name, mime, None, str(error)
    return files


@st.cache_resource(ttl=60, max_entries=64, show_spinner=False)
def tokenizer_line(name: str) -> str:
    """Which tokens the model `name` reads: "1,532 words", "6,000 subwords"."""
    from explorer.checkpoints.catalogue import CONFIG, read_json

    config = read_json(next(info.path for info in checkpoints() if info.name == name) / CONFIG)
    kinds = {"word": "words", "char": "characters", "bpe": "subwords"}
    return f"{config['model']['src_vocab']:,} {kinds.get(config['tokenizer']['kind'], 'tokens')}"


@st.cache_resource(max_entries=4, show_spinner=False)
def grammar_text(n_sentences: int) -> str:
    """English sentences of the grammar, one a line, always the same."""
    from explorer.corpora.grammar import GrammarConfig, load_grammar

    corpus = load_grammar(GrammarConfig(n_train=n_sentences, n_valid=0, n_test=0, seed=4))
    return "\n".join(pair.src for pair in corpus.train)


# ------------------------------------------------------------------------------------------------ experiments


def experiment_runs(name: str) -> tuple[ShownRun, ...]:
    """The shipped runs of an experiment, then the reader's own finished ones. Raises InputError when a
    shipped one is damaged.
    """
    from explorer.experiments import EXPERIMENTS
    from explorer.results import ShownRun

    experiment = EXPERIMENTS[name]
    numbers = {key: number for number, key in enumerate(experiment.labels)}
    shown = [ShownRun(experiment.labels[key], run, numbers[key]) for key, run in _shipped_runs(name).items()]
    for own in own_experiment_runs(name):
        if own.status.state == "finished":
            run = _own_run(name, own.key, own.status.name, own.status.updated_at)
            shown.append(ShownRun(experiment.labels[own.key], run, numbers[own.key], own.status.name))
    return tuple(shown)


@st.cache_resource(max_entries=16, show_spinner=False)
def _shipped_runs(name: str) -> dict[str, FinishedRun]:
    from explorer.experiments import EXPERIMENTS
    from explorer.experiments.files import read_shipped

    return read_shipped(EXPERIMENTS[name])


@st.cache_resource(ttl=2, max_entries=16, show_spinner=False)
def own_experiment_runs(name: str) -> tuple[OwnRun, ...]:
    """The reader's own runs of an experiment, in any state."""
    from explorer.experiments import EXPERIMENTS
    from explorer.experiments.own import own_runs

    return own_runs(EXPERIMENTS[name])


@st.cache_resource(max_entries=256, show_spinner="Drawing a sentence")
def held_out_sentence(length: int | None, distance: int | None, number: int) -> SentencePair:
    """Sentence `number` of the grammar's German test split with so many words on both sides, or between verb
    and particle.
    """
    from explorer.corpora.grammar import GrammarConfig, load_grammar

    asked = (
        {"phenomenon": "separable_verb", "distance": distance}
        if length is None
        else {"min_words": length, "max_words": length}
    )
    return load_grammar(GrammarConfig(n_train=0, n_valid=0, n_test=1, seed=1000 + number, **asked)).test[0]


def forget_own_runs() -> None:
    """Look at the folder of runs again, as something was started."""
    own_experiment_runs.clear()


@st.cache_resource(max_entries=64, show_spinner="Measuring the run")
def _own_run(name: str, key: str, run_name: str, updated_at: float) -> FinishedRun:
    """A finished run of the reader's with all its measures."""
    from explorer.experiments import EXPERIMENTS
    from explorer.experiments.measure import measured_run
    from explorer.serving import forward_turn

    own = next(own for own in own_experiment_runs(name) if (own.key, own.status.name) == (key, run_name))
    with forward_turn():
        return measured_run(EXPERIMENTS[name], own)


@st.cache_resource(max_entries=4, show_spinner=False)
def _experiment_model(run_name: str, sha256: str) -> Checkpoint:
    from explorer.experiments.weights import shipped_model

    return shipped_model(run_name)


@st.cache_resource(max_entries=16, show_spinner=False)
def position_matrix(positions: str, run_name: str, sha256: str) -> PositionMatrix:
    """One encoding of positions, read from the shipped run where it is learned. Raises InputError when that
    is missing.
    """
    from explorer.experiments.position_matrices import FIXED, fixed_matrix, trained_matrix
    from explorer.serving import forward_turn

    if positions in FIXED:
        return fixed_matrix(positions)
    with forward_turn():
        return trained_matrix(_experiment_model(run_name, sha256))


@st.cache_resource(max_entries=256, show_spinner=False)
def word_orders(run_name: str, sha256: str, text: str, seed: int) -> Shuffle:
    """What the model of a shipped run makes of `text` with its words in other orders. Raises InputError as
    translating does.
    """
    from explorer.experiments.shuffled import shuffle
    from explorer.serving import forward_turn

    with forward_turn():
        return shuffle(_experiment_model(run_name, sha256), text, seed=seed)


# --------------------------------------------------------------------------------------------- small services


def check_length(text: str, what: str = "sentence") -> None:
    """Raises InputError for a text that is too long for a picture."""
    if len(text) > MAX_CHARACTERS:
        raise InputError(
            f"The {what} has {len(text):,} characters, and a picture has room for {MAX_CHARACTERS}: "
            "shorten it, or use `python -m explorer align`."
        )


# ------------------------------------------------------------------------------------------ search and scores


@st.cache_resource(max_entries=128, show_spinner=False)
def search(
    name: str,
    sha256: str,
    text: str,
    beam_size: int,
    max_len: int | None,
    length_penalty: float,
    stop: StopRule,
    prefix: tuple[int, ...],
) -> SearchTrace:
    """A beam search with every candidate that it considered."""
    from explorer.decoding.decode import translate
    from explorer.serving import forward_turn

    check_length(text)
    checkpoint = _checkpoint(name, sha256)
    with forward_turn():
        return translate(
            checkpoint,
            text,
            beam_size=beam_size,
            max_len=max_len,
            length_penalty=length_penalty,
            stop=stop,
            prefix=prefix,
        ).trace


@st.cache_resource(max_entries=512, show_spinner=False)
def next_tokens(
    name: str, sha256: str, text: str, prefix: tuple[int, ...], n: int = 5
) -> tuple[Continuation, ...]:
    """The likeliest tokens after a prefix of a translation."""
    from explorer.decoding import decode
    from explorer.serving import forward_turn

    checkpoint = _checkpoint(name, sha256)
    with forward_turn():
        return decode.next_tokens(checkpoint, text, prefix, n)


@st.cache_resource(max_entries=64, show_spinner=False)
def strategies(
    name: str,
    sha256: str,
    text: str,
    reference: str | None,
    samplings: tuple[Sampling, ...],
    length_penalty: float,
    max_len: int | None,
) -> StrategyComparison:
    """A sentence through greedy search, beams, draws and, where it is small enough, exhaustive search."""
    from explorer.decoding.cases import compare_strategies
    from explorer.serving import forward_turn

    check_length(text)
    checkpoint = _checkpoint(name, sha256)
    with forward_turn():
        return compare_strategies(
            checkpoint, text, reference, samplings=samplings, length_penalty=length_penalty, max_len=max_len
        )


def target_tokenizer(name: str, sha256: str) -> Tokenizer:
    """What turns token ids of a translation into strings, and back."""
    return _checkpoint(name, sha256).tgt_tokenizer


@st.cache_resource(max_entries=32, show_spinner=False)
def cases_found(name: str, sha256: str) -> dict[str, object]:
    """What `find_cases` has found on the pages so far, for every reader: "n" sentences looked at, and a
    `SearchCase` of each kind.
    """
    return {"n": 0}


def find_cases(name: str, sha256: str, n_more: int) -> bool:
    """Look at `n_more` held-out sentences for those on which the beam matters; False when there are no
    more.
    """
    from explorer.corpora.held_out import at_hand
    from explorer.decoding import cases
    from explorer.serving import forward_turn

    found, checkpoint = cases_found(name, sha256), _checkpoint(name, sha256)
    _, pairs = at_hand(checkpoint.config.corpus, found["n"] + n_more)
    more = pairs[found["n"] :]
    if not more:
        return False
    with forward_turn():
        seen = cases.find_cases(checkpoint, more)
    for kind in ("greedy_loses", "wider_is_worse"):
        known, new = found.get(kind), getattr(seen, kind)
        if new is not None and (known is None or new.gain > known.gain):
            found[kind] = new
    found["n"] += len(more)
    return True


@st.cache_resource(max_entries=8, show_spinner=False)
def held_out_translations(name: str, sha256: str, n_sentences: int) -> tuple[tuple[str, str, str], ...]:
    """(source, reference, greedy translation) of sentences that the model has not seen."""
    from explorer.corpora.held_out import at_hand
    from explorer.decoding.decode import translate_all
    from explorer.serving import forward_turn

    checkpoint = _checkpoint(name, sha256)
    _, pairs = at_hand(checkpoint.config.corpus, n_sentences)
    with forward_turn():
        found = translate_all(checkpoint, [pair.src for pair in pairs])
    return tuple((pair.src, pair.tgt, text) for pair, text in zip(pairs, found, strict=True))


@st.cache_resource(max_entries=8, show_spinner=False)
def corpus_report(
    hypotheses: tuple[str, ...], references: tuple[tuple[str, ...], ...], with_ter: bool
) -> CorpusReport:
    """Every score of a file of translations."""
    from explorer.evaluation import corpus_scores

    return corpus_scores.corpus_report(hypotheses, references, with_ter=with_ter)


@st.cache_resource(max_entries=8, show_spinner=False)
def paired_test(
    first: tuple[str, ...], second: tuple[str, ...], references: tuple[tuple[str, ...], ...]
) -> PairedTest:
    """Whether the second system is better than the first."""
    from explorer.evaluation import corpus_scores

    return corpus_scores.paired_test(first, second, references)


# -------------------------------------------------------------------------------------------------- trainings


@st.cache_resource(ttl=5, show_spinner=False)
def courses() -> tuple[CourseInfo, ...]:
    """Every training that can be watched again, the one to begin with first."""
    from explorer.training.runs.timelines import list_courses

    return list_courses()


def course_stamp(name: str) -> str:
    """Changes when a training goes on, or another one has its name."""
    from explorer.training.runs.timelines import stamp

    return stamp(name)


@st.cache_resource(max_entries=12, show_spinner=False)
def training_course(name: str, stamp: str) -> TrainingCourse:
    """All that was kept of a training. Raises InputError."""
    from explorer.training.runs.timelines import read_course

    return read_course(name)


@st.cache_resource(max_entries=12, show_spinner=False)
def head_courses(name: str, stamp: str) -> tuple[HeadCourse, ...]:
    """When each head took its role; empty where heads were not asked."""
    from explorer.heads.roles import trajectory as course

    return course.head_courses(training_course(name, stamp).roles)


def course_provenance(info: CourseInfo, course: TrainingCourse) -> Provenance:
    """Where the numbers of a training come from."""
    from datetime import datetime

    from explorer.results import Provenance
    from explorer.views.export import installed_versions

    weights = next((other.sha256 for other in checkpoints() if other.name == info.name), "")
    now = datetime.now().astimezone().isoformat(timespec="seconds")
    settings = {"steps": len(course.roles), "max_steps": course.max_steps}
    return Provenance(info.name, weights, settings, installed_versions("torch", "numpy", "streamlit"), now)


# --------------------------------------------------------------------------------------------- small services


def tell(message: str, icon: str = "⚠️") -> None:
    """One sentence to the reader, as text: what somebody typed may be part of it, and must never be read as
    markup.
    """
    with st.container(border=True, horizontal=True, wrap=False, gap="small"):
        st.text(icon)
        st.text(str(message), width="stretch")


def theme() -> Theme:
    """The colours of the theme that this reader has on."""
    from explorer.views.theme import THEMES

    return THEMES["dark" if st.context.theme.type == "dark" else "light"]


def provenance(info: CheckpointInfo, settings: dict[str, object]) -> Provenance:
    """Where an export comes from."""
    from datetime import datetime

    from explorer.results import Provenance
    from explorer.views.export import installed_versions

    now = datetime.now().astimezone().isoformat(timespec="seconds")
    return Provenance(
        info.name, info.sha256, settings, installed_versions("torch", "numpy", "streamlit", "plotly"), now
    )


# --------------------------------------------------------------------------------------------------- training


@st.cache_resource(max_entries=32, show_spinner=False)
def data_size(key: str, _config: RunConfig, _data: Path | None) -> DataSize:
    """How much there is to train on; takes seconds. key: names all that it depends on. Raises InputError."""
    from explorer.training.data import measure_data

    return measure_data(_config, _data)


@st.cache_resource(ttl=60, max_entries=8, show_spinner=False)
def machine_rate(family: str, device: str, _config: RunConfig) -> Rate:
    """How fast a run of this family is on this device of this machine."""
    from explorer.training.runs.estimate import machine_rate

    return machine_rate(_config)
