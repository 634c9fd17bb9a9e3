"""What is searched: a trained model on a sentence, or a table of probabilities that the reader writes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import streamlit as st

from explorer.errors import InputError
from explorer.pages import passes, screen
from explorer.pages.search import searches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.decoding.tables import TableScorer
    from explorer.pages.sidebar import Choice
    from explorer.results import (
        Continuation,
        PassRecord,
        Sampling,
        SearchSettings,
        SearchTrace,
        StrategyComparison,
    )

TABLE, CONDITION, ROWS = (
    "beam_table",
    "beam_condition",
    "beam_rows",
)  # session keys: the preset table, and the editor's two widgets
MAX_TABLE = 20_000  # characters
TABLE_LEN = 10  # tokens of a table's target unless the reader says otherwise


class Source(Protocol):
    """key: tells sources apart, so that what belongs to one is not taken for another's;  is_table: there is
    no model, so no attention;  eos_id: the token that ends a target.
    """

    key: str
    is_table: bool
    eos_id: int | None

    def search(self, settings: SearchSettings) -> SearchTrace: ...

    def token(self, token_id: int) -> str: ...

    def text(self, token_ids: Sequence[int]) -> str: ...

    def ids(self, typed: str) -> tuple[int, ...]: ...

    def next_tokens(self, prefix: tuple[int, ...]) -> tuple[Continuation, ...]: ...

    def strategies(
        self, reference: str | None, samplings: tuple[Sampling, ...], settings: SearchSettings
    ) -> StrategyComparison: ...

    def record(self, prefix: tuple[int, ...]) -> PassRecord | None: ...


class ModelSource:
    """The checkpoint and the sentence of the sidebar."""

    is_table = False

    def __init__(self, choice: Choice):
        self.info, self.sentence = choice.info, choice.sentence
        self.key = f"{self.info.name}/{self.sentence}"
        self._tokenizer = passes.target_tokenizer(self.info)
        self.eos_id = self._tokenizer.eos_id
        self._of = (self.info, self.sentence)

    def search(self, settings: SearchSettings) -> SearchTrace:
        from explorer.decoding.rerank import rescored

        # a search that does not ask for the penalty is made once for all of them, as the slider moves
        asked = settings if settings.stop == "best" else replace(settings, length_penalty=0.0)
        trace = searches.search(*self._of, asked)
        return rescored(trace, settings.length_penalty)

    def token(self, token_id: int) -> str:
        return self._tokenizer.token(token_id)

    def text(self, token_ids: Sequence[int]) -> str:
        return self._tokenizer.decode(token_ids)

    def ids(self, typed: str) -> tuple[int, ...]:
        """The token ids of words that the reader typed. Raises InputError for one that the model cannot
        write.
        """
        from explorer.corpora.words import plain_spaces

        passes.check_length(typed, "beginning")
        encoding = self._tokenizer.encode(plain_spaces(typed))
        for token_id, token in zip(encoding.ids, encoding.tokens, strict=True):
            if token_id == self._tokenizer.unk_id:
                raise InputError(
                    f"The model cannot write {token!r}: it is not in its vocabulary. Use another word."
                )
        return tuple(encoding.ids)

    def next_tokens(self, prefix: tuple[int, ...]) -> tuple[Continuation, ...]:
        return searches.next_tokens(*self._of, prefix)

    def strategies(
        self, reference: str | None, samplings: tuple[Sampling, ...], settings: SearchSettings
    ) -> StrategyComparison:
        return searches.strategies(*self._of, reference, samplings, settings.length_penalty, settings.max_len)

    def record(self, prefix: tuple[int, ...]) -> PassRecord | None:
        return passes.record(*self._of, prefix)


class TableSource:
    """Next-token probabilities by hand. Raises InputError for rows that are none."""

    is_table = True

    def __init__(self, text: str, condition: str):
        from explorer.decoding.tables import TableScorer, parse_table

        if len(text) > MAX_TABLE:
            raise InputError(
                f"The table has {len(text):,} characters, and there is room for {MAX_TABLE:,}: shorten it."
            )
        self.rows, self.condition = parse_table(text), condition
        self.key = f"table/{condition}/{text}"
        self._scorer: TableScorer = TableScorer(self.rows, condition)
        self.eos_id = self._scorer.eos_id

    def search(self, settings: SearchSettings) -> SearchTrace:
        from explorer.decoding.strategies import beam_search

        return beam_search(self._fresh(), replace(settings, max_len=settings.max_len or TABLE_LEN))

    def token(self, token_id: int) -> str:
        return self._scorer.token(token_id)

    def text(self, token_ids: Sequence[int]) -> str:
        return self._scorer.text(token_ids)

    def ids(self, typed: str) -> tuple[int, ...]:
        return self._scorer.ids(typed.split())

    def next_tokens(self, prefix: tuple[int, ...]) -> tuple[Continuation, ...]:
        from explorer.decoding.tree import continuations

        return continuations(self._fresh(), prefix, self.token)

    def strategies(
        self, reference: str | None, samplings: tuple[Sampling, ...], settings: SearchSettings
    ) -> StrategyComparison:
        from explorer.decoding.compare import Strategies, Words, compare_on

        return compare_on(
            self._fresh,
            Words(self.text, self.token),
            Strategies(samplings=samplings, length_penalty=settings.length_penalty),
            max_len=settings.max_len or TABLE_LEN,
            reference=reference,
        )

    def record(self, prefix: tuple[int, ...]) -> None:
        """A table attends to nothing."""

    def _fresh(self) -> TableScorer:
        from explorer.decoding.tables import TableScorer

        return TableScorer(self.rows, self.condition)


def table_editor() -> TableSource | None:
    """A table to begin with and a box to change it in; None when what stands there is no table, which the
    reader was told.
    """
    from explorer.decoding.tables import CONDITIONS, TABLES, table_text

    first_condition, first_rows = next(iter(TABLES.values()))
    left, right = st.columns([1, 2], gap="medium")
    with left:
        st.selectbox(
            "Table",
            list(TABLES),
            index=0,
            key=TABLE,
            on_change=_take_table,
            persist_state="session",
            help="Each can be changed beside it.",
        )
        condition = st.selectbox(
            "A row depends on",
            list(CONDITIONS),
            index=list(CONDITIONS).index(first_condition),
            format_func=CONDITIONS.get,
            key=CONDITION,
            persist_state="session",
        )
    text = right.text_area(
        "Next-word probabilities",
        value=table_text(first_rows),
        height=128,
        key=ROWS,
        persist_state="session",
        help="A line for each row: what stands before, a colon, then words with their probabilities, "
        "which sum to 1. Where there is no row the target ends.",
    )
    try:
        return TableSource(text, condition)
    except InputError as error:
        screen.notice(str(error))
        return None


def _take_table() -> None:
    from explorer.decoding.tables import TABLES, table_text

    condition, rows = TABLES[st.session_state[TABLE]]
    st.session_state[CONDITION], st.session_state[ROWS] = condition, table_text(rows)
