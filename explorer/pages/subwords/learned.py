"""What byte-pair encoding has learned, computed once for all readers of the page."""

from __future__ import annotations

from hashlib import sha256
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

import streamlit as st

from explorer.errors import InputError
from explorer.pages import sidebar

if TYPE_CHECKING:
    from explorer.results import LanguageComparison, SizeCurve, TokenizerComparison, WorkedCheck
    from explorer.tokenization.bpe import BPEConfig, Learning, SubwordModel


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
    from explorer.views.subwords.merge_curves import curves_data

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


class SubwordFile(NamedTuple):
    """What was learned as a file. content: None where the format cannot hold it;  problem: why."""

    name: str
    content: str | None
    problem: str = ""


@st.cache_resource(max_entries=8, show_spinner=False)
def subword_files(key: str, _learning: Learning) -> dict[str, SubwordFile]:
    """What was learned as a file of each format, by the name of the format."""
    import json

    from explorer.tokenization.bpe import model_of, to_app_tokenizer
    from explorer.tokenization.bpe.formats import write_codes, write_tokenizer_json

    def for_training(model: SubwordModel) -> str:
        return json.dumps(to_app_tokenizer(model).to_json(), ensure_ascii=False)

    model = model_of(_learning)
    files = {}
    for label, name, write in (
        ("Hugging Face", "tokenizer.json", write_tokenizer_json),
        ("subword-nmt", "codes.bpe", write_codes),
        (FOR_TRAINING, "subwords.json", for_training),
    ):
        try:
            files[label] = SubwordFile(name, write(model))
        except InputError as error:
            files[label] = SubwordFile(name, None, str(error))
    return files


@st.cache_resource(ttl=60, max_entries=64, show_spinner=False)
def tokenizer_line(name: str) -> str:
    """Which tokens the model `name` reads: "1,532 words", "6,000 subwords"."""
    from explorer.checkpoints.catalogue import CONFIG, read_json

    config = read_json(next(info.path for info in sidebar.checkpoints() if info.name == name) / CONFIG)
    kinds = {"word": "words", "char": "characters", "bpe": "subwords"}
    return f"{config['model']['src_vocab']:,} {kinds.get(config['tokenizer']['kind'], 'tokens')}"


@st.cache_resource(max_entries=4, show_spinner=False)
def grammar_text(n_sentences: int) -> str:
    """English sentences of the grammar, one a line, always the same."""
    from explorer.corpora.grammar import GrammarConfig, load_grammar

    corpus = load_grammar(GrammarConfig(n_train=n_sentences, n_valid=0, n_test=0, seed=4))
    return "\n".join(pair.src for pair in corpus.train)
