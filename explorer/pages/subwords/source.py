"""The sidebar of the page "Subwords": a corpus, and the settings of what is learned from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from explorer.components.long_paste import long_paste
from explorer.errors import InputError
from explorer.pages import screen
from explorer.pages.subwords import learned

if TYPE_CHECKING:
    from explorer.tokenization.bpe import BPEConfig

SOURCE, N_SENTENCES = "subwords_source", "subwords_sentences"  # session keys
PASTED = "subwords_pasted"  # {widget: a text too long to travel with every click}
LARGE = 50_000  # characters: what is longer is kept on this side
OWN = {
    "grammar": "Sentences of the grammar",
    "text": "My own text",
    "table": "A table of words",
    "file": "A file",
}
TABLE_EXAMPLE = "low 5\nlower 2\nnewest 6\nwidest 3"
TEXT_EXAMPLE = (
    "The cat sat on the mat. The cats that sat there were fat, and the rat that ran was the fattest.\n"
    "Nobody had ever seen a naïve café owner feed so many cats."
)
SIZES = (500, 2000, 5000)

SETTINGS_HELP = {
    "n_merges": "The most merges to learn: the vocabulary has the symbols it begins with and one token "
    "for each merge.",
    "min_frequency": "A pair that occurs less often than this is never merged. With 1, rare words become "
    "tokens of their own.",
    "alphabet": (
        "Characters: one that the text never had stays unknown later. Bytes: every character is one to "
        "four of 256 bytes, so nothing is ever unknown, and a rare letter such as ï is two symbols until "
        "a merge joins them."
    ),
    "end_of_word": (
        "A mark such as `</w>` that closes each word, so that `est` at the end of a word is a different "
        "token from `est` inside one. Empty: no mark."
    ),
    "end_mark": "Is the mark a symbol of its own from the start, or part of the last character? It changes "
    "which pairs there are.",
    "space_before": "The space before a word is its first symbol, as in GPT-2 and in the models of this app.",
    "case": "Lower: The and the are one word, so their counts add.",
    "split": (
        "No merge crosses the border of a word. By words: punctuation stands apart, each Chinese "
        "character is a word. By spaces: whatever stands between white space."
    ),
    "ties": (
        "Which of several equally frequent pairs is merged. Each choice is correct and can give a "
        "different vocabulary; the page shows all pairs that tie."
    ),
    "max_token": "A pair whose token would be longer is skipped: bounds what a repeated web address can do.",
}
TIES = {
    "alphabetical": "first in the alphabet",
    "last alphabetical": "last in the alphabet",
    "first seen": "first in the corpus",
    "tokenizers": "oldest symbols first",
}


@dataclass(frozen=True)
class Source:
    """What the sidebar says. text: a text, or with `is_table` words and their counts;  real: a text of
    sentences to compare tokenizers on, "" where there is none;  key: names all of it."""

    name: str
    text: str
    is_table: bool
    config: BPEConfig
    key: str

    @property
    def real(self) -> str:
        return "" if self.is_table else self.text


def pick_source() -> Source | None:
    """The corpus and its settings; None when there is nothing to learn from yet, which the reader is told."""
    from explorer.tokenization.bpe import PRESETS, BPEConfig

    names = {name: preset.title for name, preset in PRESETS.items()} | OWN
    with st.sidebar:
        name = st.selectbox(
            "Learn from", list(names), format_func=names.get, key=SOURCE, persist_state="session"
        )
        preset = PRESETS.get(name)
        try:
            text, is_table = _text(name)
            problem = None
        except InputError as error:
            text, is_table, problem = None, False, error
        begin_with = preset.config if preset else BPEConfig(n_merges=1000 if name == "file" else 500)
        try:
            config = _settings(name, begin_with)
        except InputError as error:
            config, problem = begin_with, problem or error
    if problem is not None:
        screen.notice(str(problem))
        return None
    if text is None:
        screen.notice(
            "Upload a file of UTF-8 text in the sidebar: its merges are learned here, and nothing leaves "
            "this machine.",
            icon="ℹ️",
        )
        return None
    return Source(name, text, is_table, config, learned.learning_key(text, is_table, config))


def _text(name: str) -> tuple[str | None, bool]:
    """(the text, whether it is a table of words); None while nothing is uploaded. Raises InputError for a
    file that is no text.
    """
    from explorer.tokenization.bpe import PRESETS, decode_text

    if name == "grammar":
        n_sentences = st.segmented_control(
            "Sentences", SIZES, default=SIZES[1], key=N_SENTENCES, required=True, persist_state="session"
        )
        return learned.grammar_text(n_sentences), False
    if name == "file":
        file = st.file_uploader(
            "Text file", key="subwords_file", help="UTF-8 text, up to 8 MB, or a table of words and counts."
        )
        if file is None:
            return None, False
        is_table = st.toggle(
            "It is a table of words and counts", key="subwords_file_table", persist_state="session"
        )
        return decode_text(file.getvalue(), file.name), is_table
    preset = PRESETS.get(name)
    is_table = preset.is_table if preset else name == "table"
    value = preset.text if preset else TABLE_EXAMPLE if is_table else TEXT_EXAMPLE
    return _typed(name, "Words and how often each occurs" if is_table else "Text", value), is_table


def _typed(name: str, label: str, value: str) -> str:
    """What stands in the box. A long text is taken out of it, as a browser would send it along with every
    click.
    """
    key = f"subwords_text_{name}"
    kept = st.session_state.setdefault(PASTED, {})
    if key in kept:
        text = kept[key]
        with st.container(border=True):
            st.text(f"{len(text):,} characters, beginning with")
            st.text(f"{text[:120]}…")
        st.button(
            "Use another text", key=f"{key}_clear", on_click=kept.pop, args=(key, None), width="stretch"
        )
        return text
    text = st.text_area(
        label,
        value=value,
        height=120,
        key=key,
        persist_state="session",
        on_change=_put_away,
        args=(key,),
        help="Change anything, then press Ctrl+Enter or click elsewhere. A book can be pasted too.",
    )
    long_paste(label, LARGE, key=f"{key}_paste", on_paste=lambda value: _keep(key, value))
    if name not in OWN:
        from explorer.tokenization.bpe import PRESETS

        st.caption(PRESETS[name].about)
    return text


def _put_away(key: str) -> None:
    if len(st.session_state[key]) > LARGE:
        _keep(key, st.session_state[key])
        st.session_state[key] = ""


def _keep(key: str, value: object) -> None:
    if isinstance(value, str):
        st.session_state[PASTED][key] = value


def _settings(name: str, begin_with: BPEConfig) -> BPEConfig:
    """The settings, folded away, those of each source kept apart. Raises InputError for a mark that cannot be
    one.
    """
    from explorer.tokenization.bpe import BPEConfig
    from explorer.tokenization.bpe.config import MAX_MERGES

    ask = _Widgets(name, begin_with)
    with st.expander("Settings"):
        n_merges = ask.number("Merges", "n_merges", 0, MAX_MERGES)
        min_frequency = ask.number("Minimum count of a pair", "min_frequency", 1, 10**6)
        ties = st.selectbox(
            "Of tied pairs, merge the",
            list(TIES),
            index=list(TIES).index(begin_with.ties),
            format_func=TIES.get,
            **ask.common("ties"),
        )
        alphabet = ask.choice("A word begins as", "alphabet", {"characters": "characters", "bytes": "bytes"})
        end_of_word = st.text_input(
            "End-of-word mark", begin_with.end_of_word, placeholder="none", **ask.common("end_of_word")
        ).strip()
        end_mark = begin_with.end_mark
        if end_of_word:
            end_mark = ask.choice(
                "The mark is", "end_mark", {"symbol": "a symbol", "last character": "in a letter"}
            )
        case = ask.choice("Case", "case", {"as is": "as it is", "lower": "lower"})
        split = ask.choice("Words are split by", "split", {"words": "word rule", "spaces": "spaces"})
        space_before = st.toggle(
            "The space before a word belongs to it", begin_with.space_before, **ask.common("space_before")
        )
        max_token = ask.number("Longest token", "max_token", 2, 10_000)
    return BPEConfig(
        n_merges, min_frequency, alphabet, end_of_word, end_mark, space_before, case, split, ties, max_token
    )


@dataclass(frozen=True)
class _Widgets:
    """The widgets of the settings of one source. begin_with: what they show at first."""

    name: str
    begin_with: BPEConfig

    def common(self, field: str) -> dict[str, str]:
        """What the widget of every field has."""
        return {
            "key": f"subwords_{field}_{self.name}",
            "help": SETTINGS_HELP[field],
            "persist_state": "session",
        }

    def number(self, label: str, field: str, least: int, most: int) -> int:
        value = getattr(self.begin_with, field)
        return st.number_input(label, least, most, value, 1, **self.common(field))

    def choice(self, label: str, field: str, options: dict[str, str]) -> str:
        return st.segmented_control(
            label,
            list(options),
            default=getattr(self.begin_with, field),
            format_func=options.get,
            required=True,
            wrap=True,
            **self.common(field),
        )
