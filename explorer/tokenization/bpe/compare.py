"""Compare characters, words, bytes, BPE, WordPiece and Unigram, learned from the same text.

All of them see the same text: white space is single spaces, and words are those of the shared word rule, so
no token of any of them reaches over the edge of a word. WordPiece and Unigram come from the `tokenizers`
library, the rest is this app's own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from explorer.corpora.words import plain_spaces
from explorer.errors import InputError
from explorer.results import LanguageComparison, LanguageRow, SizeCurve, TokenizerComparison, TokenizerRow
from explorer.tokenization.bpe.config import APP_CONFIG, MAX_MERGES, BPEConfig
from explorer.tokenization.bpe.learn import Learning, learn
from explorer.tokenization.bpe.model import SubwordModel, model_of
from explorer.tokenization.bpe.parallel import PARALLEL, Parallel
from explorer.tokenization.bpe.words import count_words
from explorer.tokenization.pieces import check_text, split_pieces
from explorer.tokenization.tokenizers import MAX_VOCAB, N_SPECIAL, CharTokenizer, WordTokenizer

Kind = Literal["words", "BPE", "WordPiece", "Unigram"]
KINDS: tuple[Kind, ...] = ("words", "BPE", "WordPiece", "Unigram")
MAX_COMPARED = 8 * 2**20  # characters of a text
N_SAMPLE = 24  # tokens that are shown
_UNKNOWN = "[UNK]"
NO_SPACES = (
    "Chinese, Japanese and Thai put no spaces between words: the word rule counts each Chinese character or "
    "kana as a word, and a run of Thai letters up to a mark or space as one, so their tokens per word cannot "
    "be compared with other languages. Tokens and bytes per token can."
)
ROUGHLY = (
    "Emoji say the sentences only roughly; what looks like a single picture may be five code points and "
    "fifteen bytes."
)


@dataclass(frozen=True, eq=False)
class Applied:
    """A tokenizer as comparisons see it. vocab_size: entries, the four special tokens included;  cut: a word,
    with the space before it if there is one → (its tokens as a reader should see them, how many are unknown);
     space_first: the text is read as if a space began it."""

    name: str
    vocab_size: int
    cut: Callable[[str], tuple[tuple[str, ...], int]]
    space_first: bool = True

    def row(self, text: str, d_model: int) -> TokenizerRow:
        """The figures of this tokenizer on `text`."""
        return self._row(_Text(text), d_model)

    def _row(self, text: _Text, d_model: int) -> TokenizerRow:
        n_tokens = n_unknown = 0
        first = text.first
        pieces = text.pieces
        if not self.space_first:
            first = [first[0][1:], *first[1:]]
            pieces = pieces + Counter([first[0]])
            pieces[text.first[0]] -= 1
        for piece, count in pieces.items():
            tokens, unknown = self.cut(piece)
            n_tokens += len(tokens) * count
            n_unknown += unknown * count
        sample = tuple(token for piece in first for token in self.cut(piece)[0])[:N_SAMPLE]
        n_parameters = self.vocab_size * d_model
        return TokenizerRow(
            self.name,
            self.vocab_size,
            n_tokens,
            n_unknown,
            text.n_words,
            text.n_bytes,
            n_parameters,
            4 * n_parameters,
            sample,
        )


class _Text:
    """A text that several tokenizers are applied to: its distinct words with their counts, and its first
    words in order.
    """

    def __init__(self, text: str):
        if len(text) > MAX_COMPARED:
            raise InputError(
                f"The text has {len(text):,} characters, more than the {MAX_COMPARED:,} that are compared at "
                "once: give a part of it."
            )
        self.text = plain_spaces(check_text(text))
        if not self.text:
            raise InputError("The text has no words to compare on: give some text.")
        self.pieces = _pieces_with_counts(self.text)
        start = " ".join(self.text.split(" ", N_SAMPLE)[:N_SAMPLE])
        self.first = [piece.surface for piece in split_pieces(f" {start}")][:N_SAMPLE]
        self.n_bytes = len(self.text.encode())

    @cached_property
    def n_words(self) -> int:
        return sum(self.pieces.values())


def _pieces_with_counts(text: str) -> Counter[str]:
    """The pieces of plain text, the first word as if a space stood before it; every chunk between spaces is
    cut but once.
    """
    counts: Counter[str] = Counter()
    for chunk, count in Counter(text.split(" ")).items():
        for piece in split_pieces(f" {chunk}"):
            counts[piece.surface] += count
    return counts


# --------------------------------------------------------------------------------------------- the tokenizers


def characters(text: str) -> Applied:
    """One token for each character of the text it was made from; spaces count."""
    tokenizer = CharTokenizer.train([plain_spaces(text)], vocab_size=MAX_VOCAB)
    known = set(tokenizer.chars)
    return Applied(
        "characters",
        tokenizer.vocab_size,
        lambda piece: (tuple(piece), sum(char not in known for char in piece)),
        False,
    )


def utf8_bytes() -> Applied:
    """One token for each byte: 256 and the special tokens, whatever the text."""
    return Applied(
        "bytes", N_SPECIAL + 256, lambda piece: (tuple(f"{byte:02X}" for byte in piece.encode()), 0), False
    )


def words(text: str, size: int | None = None) -> Applied:
    """The most frequent words of a text, all of them if size is None."""
    tokenizer = WordTokenizer.train([plain_spaces(text)], vocab_size=MAX_VOCAB if size is None else size)
    known = {entry.removeprefix(" ") for entry in tokenizer.entries}
    name = "words" if size is None else f"words, {size:,}"
    return Applied(
        name, tokenizer.vocab_size, lambda piece: ((piece.strip(" "),), int(piece.strip(" ") not in known))
    )


def subwords(model: SubwordModel, name: str = "BPE") -> Applied:
    """Byte-pair encoding, learned here or read from a file."""
    spaced = model.config.space_before
    lower = model.config.case == "lower"

    def cut(piece: str) -> tuple[tuple[str, ...], int]:
        tokens = model.tokens_of((piece.lower() if lower else piece) if spaced else piece.strip(" "))
        return tuple(map(model.shown, tokens)), sum(token not in model.ids for token in tokens)

    return Applied(name, len(model.tokens) + N_SPECIAL, cut)


def wordpiece(text: str, size: int) -> Applied:
    """WordPiece as the `tokenizers` library trains it (by pair counts, as BPE) and applies it: the longest
    piece from the left (BERT).
    """
    from tokenizers import Tokenizer, models, trainers

    tokenizer = Tokenizer(models.WordPiece(unk_token=_UNKNOWN, max_input_chars_per_word=1000))
    trainer = trainers.WordPieceTrainer(
        vocab_size=size - N_SPECIAL + 1, show_progress=False, special_tokens=[_UNKNOWN]
    )
    return _library(f"WordPiece, {size:,}", tokenizer, trainer, text, " ")


def unigram(text: str, size: int) -> Applied:
    """A unigram language model over pieces (Kudo 2018), as the `tokenizers` library trains and applies it."""
    from tokenizers import Tokenizer, models, trainers

    tokenizer = Tokenizer(models.Unigram())
    trainer = trainers.UnigramTrainer(
        vocab_size=size - N_SPECIAL + 1, show_progress=False, special_tokens=[_UNKNOWN], unk_token=_UNKNOWN
    )
    return _library(f"Unigram, {size:,}", tokenizer, trainer, text, "")


def _library(name: str, tokenizer, trainer, text: str, strip: str) -> Applied:
    """Trained on the pieces of `text`, each as often as it occurs. Raises InputError when the library
    cannot.
    """
    counts = _pieces_with_counts(plain_spaces(check_text(text)))
    pieces = (piece.strip(strip) if strip else piece for piece, count in counts.items() for _ in range(count))
    try:
        tokenizer.train_from_iterator(pieces, trainer)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a panic of the library's Rust code is no Exception
        raise InputError(
            f"{name} cannot be learned from this text ({str(error)[:80]}): give more text or another size."
        ) from None

    unknown_id = tokenizer.token_to_id(_UNKNOWN)

    def cut(piece: str) -> tuple[tuple[str, ...], int]:
        encoding = tokenizer.encode(piece.strip(strip) if strip else piece, add_special_tokens=False)
        return tuple(encoding.tokens), encoding.ids.count(unknown_id)

    return Applied(name, tokenizer.get_vocab_size() + N_SPECIAL - 1, cut)


# ------------------------------------------------------------------------------------------------ comparisons


def compare(
    text: str,
    sizes: Sequence[int] = (300, 500, 1000),
    d_model: int = 128,
    train_text: str | None = None,
    config: BPEConfig = APP_CONFIG,
) -> TokenizerComparison:
    """Characters, bytes, words, and words, BPE, WordPiece and Unigram at each of the vocabulary `sizes` on
    the same text.

    train_text: what they are learned from, `text` itself if None;  config: how BPE is learned; `n_merges`
    follows from the sizes. Raises InputError for an empty or too large text and for sizes that are not
    possible.
    """
    _check(sizes, d_model)
    source = text if train_text is None else train_text
    applied_to, learned_from = _Text(text), _Text(source)
    made: list[Applied] = [characters(source), utf8_bytes(), words(source)]
    notes = [
        "No token crosses a word boundary, and white space is reduced to single spaces. Words and WordPiece "
        "lose the spaces; the others keep them.",
        f"Every vocabulary has {N_SPECIAL} special tokens; the embedding table has d_model = {d_model:,} "
        "numbers of 4 bytes for each entry.",
    ]
    learning = _learning(learned_from.text, sizes, config)
    for size in sizes:
        made.append(words(source, size))
        made += _bpe_of_size(learning, size, notes)
        made += _made(wordpiece, source, size, notes) + _made(unigram, source, size, notes)
    rows = tuple(tokenizer._row(applied_to, d_model) for tokenizer in made)
    return TokenizerComparison(rows, d_model, train_text is None, tuple(dict.fromkeys(notes)))


def size_curves(
    text: str,
    sizes: Sequence[int],
    kinds: Sequence[Kind] = KINDS,
    d_model: int = 128,
    train_text: str | None = None,
    config: BPEConfig = APP_CONFIG,
) -> tuple[SizeCurve, ...]:
    """One curve for each of `kinds` over the vocabulary `sizes`; a size that a kind cannot reach on this text
    is left out.
    """
    _check(sizes, d_model)
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown:
        raise InputError(f"There is no tokenizer of kind {unknown[0]!r}: choose among {', '.join(KINDS)}.")
    source = text if train_text is None else train_text
    applied_to = _Text(text)
    learning = _learning(_Text(source).text, sizes, config) if "BPE" in kinds else None
    curves = []
    for kind in kinds:
        made: list[Applied] = []
        for size in sorted(set(sizes)):
            if kind == "words":
                made.append(words(source, size))
            elif kind == "BPE":
                made += _bpe_of_size(learning, size, [])
            else:
                made += _made(wordpiece if kind == "WordPiece" else unigram, source, size, [])
        curves.append(SizeCurve(kind, tuple(tokenizer._row(applied_to, d_model) for tokenizer in made)))
    return tuple(curves)


def compare_languages(
    tokenizers: Sequence[Applied], d_model: int = 128, languages: Sequence[Parallel] = PARALLEL
) -> LanguageComparison:
    """The sentences of `languages`, which say the same, under each of `tokenizers`, relative to the first
    language.
    """
    if not tokenizers or not languages:
        raise InputError("There is nothing to compare: give at least one tokenizer and one language.")
    rows, first = [], {}
    for language in languages:
        text = " ".join(language.sentences)
        for tokenizer in tokenizers:
            row = tokenizer.row(text, d_model)
            base = first.setdefault(tokenizer.name, row.n_tokens)
            rows.append(
                LanguageRow(language.language, language.code, text, language.spaces, row, row.n_tokens / base)
            )
    codes = {language.code for language in languages}
    notes = ((NO_SPACES,) if codes & {"zh", "ja", "th"} else ()) + ((ROUGHLY,) if "emoji" in codes else ())
    return LanguageComparison(tuple(tokenizer.name for tokenizer in tokenizers), tuple(rows), notes)


def _check(sizes: Sequence[int], d_model: int) -> None:
    wrong = next((size for size in sizes if not N_SPECIAL < size <= MAX_MERGES), None)
    if not sizes or wrong is not None:
        raise InputError(
            f"A vocabulary cannot have {wrong if sizes else 'no size'}: choose {N_SPECIAL + 1} to "
            f"{MAX_MERGES:,} tokens."
        )
    if not 1 <= d_model <= 100_000:
        raise InputError(f"d_model is {d_model}: choose 1 to 100,000.")


def _learning(text: str, sizes: Sequence[int], config: BPEConfig) -> Learning:
    """BPE with enough merges for the largest of `sizes`."""
    return learn(count_words(text, config), replace(config, n_merges=min(max(sizes), MAX_MERGES)))


def _bpe_of_size(learning: Learning, size: int, notes: list[str]) -> list[Applied]:
    """BPE with as many merges as fit into `size`, [] and a note where it has fewer entries than symbols or
    the text has no more merges.
    """
    room = size - N_SPECIAL - len(learning.row.alphabet)
    if room < 0:
        notes.append(
            f"BPE begins with {len(learning.row.alphabet):,} symbols, so it has no vocabulary of {size:,}."
        )
        return []
    if room > learning.n_steps:
        notes.append(
            f"BPE ends after {learning.n_steps:,} merges on this text, below a vocabulary of {size:,}: "
            f"{learning.why_end}"
        )
        room = learning.n_steps
    return [subwords(model_of(learning, room), f"BPE, {size:,}")]


def _made(make: Callable[[str, int], Applied], text: str, size: int, notes: list[str]) -> list[Applied]:
    try:
        made = make(text, size)
    except InputError as error:
        notes.append(str(error))
        return []
    if made.vocab_size != size:
        notes.append(
            f"{made.name} has {made.vocab_size:,} entries: the text gives no other vocabulary near the size "
            "asked for."
        )
    return [made]
