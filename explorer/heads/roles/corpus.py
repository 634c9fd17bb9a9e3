"""The sentences that heads are asked about, with the truth in the words of the tokenizer.

What cannot be used is left out, counted and said.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np

from explorer.corpora import CorpusConfig, load_corpus
from explorer.corpora.alignments import read_naacl, read_pharaoh
from explorer.corpora.conllu import read_treebank, spelled
from explorer.corpora.grammar import GrammarConfig, load_grammar
from explorer.corpora.parallel_text import read_parallel
from explorer.corpora.words import plain_spaces, word_pattern
from explorer.errors import InputError
from explorer.heads.roles.batch import Frequencies
from explorer.heads.roles.metrics.syntactic import NOT_ASKED
from explorer.results import Alignment, Dependencies, Encoding, LeftOut, SentencePair
from explorer.tokenization import Tokenizer

Span = tuple[int, int]
Arc = tuple[int, int, str]  # dependent, head, relation
LinkWords = Literal["split", "spaces"]
MAX_COUNTED = 50_000  # sentences whose tokens decide what is rare


@dataclass(frozen=True)
class Known:
    """A sentence pair with its truth. src_spans, tgt_spans: where the words of a tree stand in the text, if
    not where `spelled` puts them; link_words: what gold links count, words as in `explorer.corpora.words` or
    what stands between spaces."""

    pair: SentencePair
    src_spans: tuple[Span | None, ...] | None = None
    tgt_spans: tuple[Span | None, ...] | None = None
    link_words: LinkWords = "split"


@dataclass(frozen=True)
class HeadCorpus:
    """Two parts of a corpus that share no sentence.

    counted: texts whose tokens are counted for what is rare, (source, target), and `frequencies` says which
    they are;
    target: "reference", or "own translation" where there is none.
    """

    name: str
    chosen_name: str
    reported_name: str
    chosen: tuple[Known, ...]
    reported: tuple[Known, ...]
    counted: tuple[tuple[str, str], ...]
    frequencies: str
    target: str = "reference"


@dataclass(frozen=True)
class Prepared:
    """A sentence pair as the model reads it; arcs and links over the words of the tokenizer, links None where
    they are not known.
    """

    src: Encoding
    tgt: Encoding
    src_arcs: tuple[Arc, ...] = ()
    tgt_arcs: tuple[Arc, ...] = ()
    links: Alignment | None = None


NOTHING = Encoding((), (), (), ())  # the other side, for a model that has none


@dataclass
class Ledger:
    """Counts what is left out, by what it is and why."""

    counts: Counter = field(default_factory=Counter)
    totals: Counter = field(default_factory=Counter)

    def leave_out(self, what: str, reason: str, n: int = 1) -> None:
        self.counts[what, reason] += n

    def entries(self) -> tuple[LeftOut, ...]:
        return tuple(
            LeftOut(what, reason, n, self.totals[what]) for (what, reason), n in self.counts.items() if n
        )


# ---------------------------------------------------------------------------------------------------- corpora


def grammar_corpus(tgt_lang: str, n_sentences: int, seed: int = 1) -> HeadCorpus:
    """The grammar's treebank with gold links: its valid and test splits, which no model has been trained on.
    Raises InputError.
    """
    corpus = load_grammar(
        GrammarConfig(
            tgt_lang=tgt_lang, n_train=8 * n_sentences, n_valid=n_sentences, n_test=n_sentences, seed=seed
        )
    )
    return _of_splits(corpus, n_sentences)


def configured_corpus(config: CorpusConfig, n_sentences: int) -> HeadCorpus:
    """The valid and test splits of a checkpoint's own corpus. Raises InputError when one of them is empty, or
    a file is not there.
    """
    return _of_splits(load_corpus(config), n_sentences)


def _of_splits(corpus, n_sentences: int) -> HeadCorpus:
    chosen, reported = (tuple(map(Known, split[:n_sentences])) for split in (corpus.valid, corpus.test))
    if not (chosen and reported):
        raise InputError(
            f"{corpus.name} has {len(chosen)} valid and {len(reported)} test sentences, and a role is "
            "chosen on the former and reported on "
            "the latter: set n_valid and n_test above 0."
        )
    counted = tuple((pair.src, pair.tgt) for pair in corpus.train[:MAX_COUNTED])
    if counted:
        return HeadCorpus(
            corpus.name,
            "valid split",
            "test split",
            chosen,
            reported,
            counted,
            f"{len(counted):,} training sentences",
        )
    return _counting_itself(HeadCorpus(corpus.name, "valid split", "test split", chosen, reported, (), ""))


def treebank_corpus(path: str | Path, n_sentences: int) -> HeadCorpus:
    """The sentences of a CoNLL-U file, chosen on the odd ones and reported on the even ones; targets are
    still to be translated.

    Raises InputError when the file cannot be read or holds fewer than two sentences.
    """
    sentences = read_treebank(path)
    known = tuple(Known(SentencePair(s.text, "", src_tree=s.tree), src_spans=s.spans) for s in sentences)
    return replace(_alternating(Path(path).name, known, n_sentences), target="own translation")


def parallel_corpus(
    path: str,
    n_sentences: int,
    links: str | Path | None = None,
    link_format: Literal["pharaoh", "naacl"] = "pharaoh",
    index_base: Literal[0, 1] | None = None,
    link_words: LinkWords = "split",
) -> HeadCorpus:
    """The pairs of a TSV file or of two parallel files (``src.en|tgt.de``), with gold links if there are any.

    index_base: the number of the first word in the file of links; by default 0 for Pharaoh and 1 for NAACL.
    Raises InputError when a file cannot be read, the links are not one line a pair, or there are fewer than
    two pairs.
    """
    rows = read_parallel(path)
    alignments: Sequence[Alignment | None] = [None] * len(rows)
    if links is not None:
        if link_format == "naacl":
            alignments = read_naacl(
                links, index_base=1 if index_base is None else index_base, n_sentences=len(rows)
            )
        else:
            alignments = read_pharaoh(links, index_base=index_base or 0)
        if len(alignments) != len(rows):
            raise InputError(
                f"{links} has links for {len(alignments):,} sentence pairs, and {path} has {len(rows):,} "
                "pairs: expected one line for each."
            )
    known = tuple(
        Known(SentencePair(r.src, r.tgt, alignment), link_words=link_words)
        for r, alignment in zip(rows, alignments, strict=True)
    )
    name = ", ".join(Path(part.strip()).name for part in path.split("|"))
    return _alternating(name, known, n_sentences)


def _alternating(name: str, known: tuple[Known, ...], n_sentences: int) -> HeadCorpus:
    """Neighbours are often of one document, so the two parts take turns."""
    used = known[: 2 * n_sentences]
    if len(used) < 2:
        raise InputError(
            f"{name} holds {len(known)} sentence: a role is chosen on one part and reported on the other, "
            "so give at least two."
        )
    return _counting_itself(
        HeadCorpus(name, "odd sentences", "even sentences", used[0::2], used[1::2], (), "")
    )


def _counting_itself(corpus: HeadCorpus) -> HeadCorpus:
    counted = tuple((known.pair.src, known.pair.tgt) for known in (*corpus.chosen, *corpus.reported))
    return replace(corpus, counted=counted, frequencies=f"the {len(counted):,} sentences that were analysed")


# ----------------------------------------------------------------------------------- in the tokenizer's words


def frequencies_of(texts: Iterable[str], tokenizer: Tokenizer | None) -> Frequencies:
    """How often each token of the vocabulary occurs in `texts`; without a tokenizer there is none."""
    if tokenizer is None:
        return Frequencies(np.zeros(1, np.int64))
    ids = [id for text in texts for id in tokenizer.encode(plain_spaces(text)).ids]
    return Frequencies(np.bincount(np.array(ids, np.int64), minlength=tokenizer.vocab_size))


def prepare(
    known: Iterable[Known],
    src_tokenizer: Tokenizer,
    tgt_tokenizer: Tokenizer | None,
    limit: int,
    part: str = "",
) -> tuple[list[Prepared], tuple[LeftOut, ...]]:
    """The sentences that can be asked about, and what was left out and why. limit: tokens of a side, its
    special token included;  tgt_tokenizer: None for a model that writes nothing.
    """
    ledger, prepared, writes = Ledger(), [], tgt_tokenizer is not None
    where = f" ({part})" if part else ""
    sentences, trees, arcs = f"sentences{where}", f"trees{where}", f"dependencies{where}"
    linked, links = f"sentence pairs with links{where}", f"links{where}"
    for entry in known:
        pair = entry.pair
        src_text, tgt_text = _spaced(pair.src, entry.src_spans), _spaced(pair.tgt, entry.tgt_spans)
        src = src_tokenizer.encode(src_text)
        tgt = tgt_tokenizer.encode(tgt_text) if writes else NOTHING
        ledger.totals[sentences] += 1
        if not (src.words and (tgt.words or not writes)):
            ledger.leave_out(
                sentences, "the source has no word" if not src.words else "the target has no word"
            )
            continue
        if max(len(src.ids), len(tgt.ids)) >= limit:
            ledger.leave_out(
                sentences, f"a side has more than {limit - 1:,} tokens, which this model does not read"
            )
            continue
        found = []
        for text, tree, spans in (
            (src_text, pair.src_tree, entry.src_spans),
            (tgt_text, pair.tgt_tree if writes else None, entry.tgt_spans),
        ):
            found.append(() if tree is None else _arcs(text, tree, spans, ledger, trees, arcs))
        alignment = (
            None
            if pair.alignment is None or not writes
            else _links(pair.alignment, src_text, tgt_text, entry.link_words, ledger, linked, links)
        )
        prepared.append(Prepared(src, tgt, *found, alignment))
    return prepared, ledger.entries()


def _spaced(text: str, spans=None) -> str:
    """White space as the models were trained on; where `spans` count its characters, every character stays
    where it was.
    """
    return plain_spaces(text) if spans is None else "".join(" " if char.isspace() else char for char in text)


def _word_at(text: str) -> dict[Span, int]:
    """The number of the tokenizer's word at each place."""
    return {match.span(): number for number, match in enumerate(word_pattern().finditer(text))}


def _arcs(text: str, tree: Dependencies, spans, ledger: Ledger, trees: str, arcs: str) -> tuple[Arc, ...]:
    ledger.totals[trees] += 1
    if spans is None:
        sentence = spelled(tree)
        if _spaced(sentence.text, sentence.spans) != text:
            ledger.leave_out(trees, "the words of the tree do not spell the sentence")
            return ()
        spans = sentence.spans
    word_at = _word_at(text)
    words = [None if span is None else word_at.get(span) for span in spans]
    if len(words) == 1:
        ledger.leave_out(trees, "a sentence of one word has no dependency")
        return ()
    asked = [(d, h, r) for d, (h, r) in enumerate(zip(tree.heads, tree.relations, strict=True)) if h >= 0]
    marks = sum(relation in NOT_ASKED for _, _, relation in asked)
    asked = [arc for arc in asked if arc[2] not in NOT_ASKED]
    found = tuple(
        (words[d], words[h], r) for d, h, r in asked if words[d] is not None and words[h] is not None
    )
    ledger.totals[arcs] += len(asked) + marks
    ledger.leave_out(arcs, "where a punctuation mark hangs is a convention", marks)
    ledger.leave_out(arcs, "a word of the treebank is not one word of the tokenizer", len(asked) - len(found))
    return found


def _links(
    alignment: Alignment,
    src_text: str,
    tgt_text: str,
    link_words: LinkWords,
    ledger: Ledger,
    linked: str,
    links: str,
) -> Alignment | None:
    pattern = word_pattern() if link_words == "split" else re.compile(r"\S+")
    places = [[match.span() for match in pattern.finditer(text)] for text in (src_text, tgt_text)]
    ledger.totals[linked] += 1
    outside = sum(not (i < len(places[0]) and j < len(places[1])) for i, j in alignment.possible)
    if outside:
        ledger.leave_out(
            linked, "a link points at a word that the sentence does not have: none of its links are used"
        )
        return None
    src, tgt = (
        [_word_at(text).get(span) for span in spans]
        for text, spans in zip((src_text, tgt_text), places, strict=True)
    )

    def moved(old: frozenset) -> frozenset:
        return frozenset((src[i], tgt[j]) for i, j in old if src[i] is not None and tgt[j] is not None)

    found = Alignment(moved(alignment.sure), moved(alignment.possible))
    ledger.totals[links] += len(alignment.possible)
    ledger.leave_out(
        links,
        "a word between spaces is not one word of the tokenizer",
        len(alignment.possible) - len(found.possible),
    )
    return found
