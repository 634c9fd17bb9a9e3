"""Is the truth about a sentence told in the words of the tokenizer, and is everything that is left out
counted?
"""

from __future__ import annotations

import pytest

from explorer.corpora.folder import write_corpus
from explorer.corpora.grammar import GrammarConfig
from explorer.corpora.tasks import TaskConfig
from explorer.errors import InputError
from explorer.heads.roles.corpus import (
    Known,
    configured_corpus,
    frequencies_of,
    grammar_corpus,
    parallel_corpus,
    prepare,
    treebank_corpus,
)
from explorer.results import Alignment, Dependencies, LeftOut, SentencePair
from explorer.tokenization import WordTokenizer

LIMIT = 30
TOKENIZER = WordTokenizer([" a", " b", ".", " zum"])


def tree(words: str, heads: tuple[int, ...], relations: str) -> Dependencies:
    parts = tuple(words.split())
    return Dependencies(
        parts,
        parts,
        ("X",) * len(parts),
        heads,
        tuple(relations.split()),
        (True,) * (len(parts) - 1) + (False,),
    )


def prepared(*known: Known):
    return prepare(known, TOKENIZER, TOKENIZER, LIMIT)


def links(*pairs: tuple[int, int]) -> Alignment:
    return Alignment(frozenset(pairs[:1]), frozenset(pairs))


def test_a_tree_becomes_arcs_without_the_root_and_marks():
    known = Known(
        SentencePair("a b c .", "x y", src_tree=tree("a b c .", (1, -1, 1, 1), "nsubj root obj punct"))
    )
    (sentence,), left_out = prepared(known)
    assert (
        sentence.src_arcs == ((0, 1, "nsubj"), (2, 1, "obj"))
        and sentence.tgt_arcs == ()
        and sentence.links is None
    )
    assert left_out == (LeftOut("dependencies", "where a punctuation mark hangs is a convention", 1, 3),)


def test_words_that_are_not_the_tokenizers_are_left_out_and_counted():
    """don't is two words of many treebanks and one of ours; zum is one word that the tree cuts in two."""
    known = Known(
        SentencePair(
            "I don't go zum b",
            "x",
            src_tree=tree(
                "I do n't go zu dem b", (3, 3, 3, -1, 6, 6, 3), "nsubj aux advmod root case det obl"
            ),
        ),
        src_spans=((0, 1), (2, 4), (4, 7), (8, 10), None, None, (15, 16)),
    )
    (sentence,), left_out = prepared(known)
    assert sentence.src.words == ("I", "don't", "go", "zum", "b")
    assert sentence.src_arcs == ((0, 2, "nsubj"), (4, 2, "obl"))
    assert left_out == (
        LeftOut("dependencies", "a word of the treebank is not one word of the tokenizer", 4, 6),
    )


def test_a_tree_of_another_sentence_is_left_out():
    (sentence,), left_out = prepared(
        Known(SentencePair("a b", "x", src_tree=tree("a c", (1, -1), "nsubj root")))
    )
    assert sentence.src_arcs == ()
    assert left_out == (LeftOut("trees", "the words of the tree do not spell the sentence", 1, 1),)


def test_a_sentence_of_one_word_has_no_dependency_and_that_is_said():
    (sentence,), left_out = prepared(Known(SentencePair("a", "x", src_tree=tree("a", (-1,), "root"))))
    assert sentence.src_arcs == ()
    assert left_out == (LeftOut("trees", "a sentence of one word has no dependency", 1, 1),)


def test_links_to_words_that_are_not_there():
    good, bad = (
        Known(SentencePair("a b", "x y", links((0, 0), (1, 1)))),
        Known(SentencePair("a b", "x y", links((0, 0), (2, 1)))),
    )
    sentences, left_out = prepared(good, bad)
    assert [sentence.links for sentence in sentences] == [links((0, 0), (1, 1)), None]
    reason = "a link points at a word that the sentence does not have: none of its links are used"
    assert left_out == (LeftOut("sentence pairs with links", reason, 1, 2),)


def test_links_that_count_what_stands_between_spaces():
    """ "b." is one of those, and two of our words: its links cannot be told."""
    known = Known(SentencePair("a  b. c", "x y z", links((0, 0), (1, 1), (2, 2))), link_words="spaces")
    (sentence,), left_out = prepared(known)
    assert sentence.src.words == ("a", "b", ".", "c")
    assert sentence.links == Alignment(frozenset({(0, 0)}), frozenset({(0, 0), (3, 2)}))
    assert left_out == (LeftOut("links", "a word between spaces is not one word of the tokenizer", 1, 3),)


def test_sentences_that_the_model_cannot_read():
    pairs = ((" ", "x"), ("a", ""), ("a " * LIMIT, "x"), ("a", "b"))
    sentences, left_out = prepare(
        [Known(SentencePair(*pair)) for pair in pairs], TOKENIZER, TOKENIZER, LIMIT, "odd"
    )
    assert len(sentences) == 1
    assert left_out == (
        LeftOut("sentences (odd)", "the source has no word", 1, 4),
        LeftOut("sentences (odd)", "the target has no word", 1, 4),
        LeftOut("sentences (odd)", "a side has more than 29 tokens, which this model does not read", 1, 4),
    )


def test_frequencies_count_tokens_and_rank_them():
    found = frequencies_of(["a a b", "a zum what"], TOKENIZER)
    assert found.counts.tolist() == [0, 1, 0, 0, 3, 1, 0, 1]  # <unk> once
    assert found.ranks.tolist() == [4, 1, 4, 4, 0, 1, 4, 1]


# ---------------------------------------------------------------------------------------------------- corpora


def test_the_grammar_gives_trees_and_links_that_all_fit():
    corpus = grammar_corpus("de", 20)
    assert (len(corpus.chosen), len(corpus.reported), len(corpus.counted)) == (20, 20, 160)
    assert not {k.pair.src for k in corpus.chosen} & {k.pair.src for k in corpus.reported}
    assert corpus.frequencies == "160 training sentences" and corpus.target == "reference"
    sentences, left_out = prepare(corpus.chosen, TOKENIZER, TOKENIZER, 100)
    assert len(sentences) == 20 and all(s.links is not None and s.src_arcs and s.tgt_arcs for s in sentences)
    assert {entry.reason for entry in left_out} == {"where a punctuation mark hangs is a convention"}
    assert grammar_corpus("de", 20) == corpus


def test_a_models_own_corpus():
    corpus = configured_corpus(TaskConfig(length=5, n_train=30, n_valid=5, n_test=5), 3)
    assert (len(corpus.chosen), len(corpus.reported), corpus.frequencies) == (3, 3, "30 training sentences")
    assert all(known.pair.alignment is not None for known in corpus.chosen)
    with pytest.raises(InputError, match="has 0 valid and 2 test sentences"):
        configured_corpus(GrammarConfig(n_train=2, n_valid=0, n_test=2), 3)


CONLLU = """1-2\tZum\t_\t_\t_\t_\t_\t_\t_\t_
1\tZu\tzu\tADP\t_\t_\t3\tcase\t_\t_
2\tdem\tder\tDET\t_\t_\t3\tdet\t_\t_
3\tb\tb\tNOUN\t_\t_\t0\troot\t_\tSpaceAfter=No
4\t.\t.\tPUNCT\t_\t_\t3\tpunct\t_\t_

"""


def test_a_treebank_is_asked_by_turns_and_its_text_is_what_was_written(tmp_path):
    (tmp_path / "a.conllu").write_text(CONLLU * 5, encoding="utf-8")
    corpus = treebank_corpus(tmp_path / "a.conllu", 2)
    assert (len(corpus.chosen), len(corpus.reported), corpus.target) == (2, 2, "own translation")
    assert (
        corpus.chosen[0].pair.src == "Zum b." and corpus.frequencies == "the 4 sentences that were analysed"
    )
    with pytest.raises(
        InputError, match="holds 1 sentence: a role is chosen on one part and reported on the other"
    ):
        (tmp_path / "b.conllu").write_text(CONLLU, encoding="utf-8")
        treebank_corpus(tmp_path / "b.conllu", 2)


@pytest.mark.parametrize(
    "link_format, text",
    [("pharaoh", "0-0 1p1\n" * 4), ("naacl", "".join(f"{n} 1 1 S\n{n} 2 2 P\n" for n in range(1, 5)))],
)
def test_parallel_text_with_links(tmp_path, link_format, text):
    (tmp_path / "p.tsv").write_text("a b\tx y\n" * 4, encoding="utf-8")
    (tmp_path / "links").write_text(text, encoding="utf-8")
    corpus = parallel_corpus(str(tmp_path / "p.tsv"), 10, tmp_path / "links", link_format)
    assert len(corpus.chosen) == len(corpus.reported) == 2
    assert all(known.pair.alignment == links((0, 0), (1, 1)) for known in (*corpus.chosen, *corpus.reported))


def test_parallel_text_in_two_files_as_the_project_writes_it(tmp_path):
    pairs = [known.pair for known in grammar_corpus("de", 5).reported]
    write_corpus(tmp_path, pairs, ("en", "de"))
    corpus = parallel_corpus(f"{tmp_path / 'pairs.en'}|{tmp_path / 'pairs.de'}", 10, tmp_path / "pairs.links")
    found = [
        known
        for together in zip(corpus.chosen, (*corpus.reported, None), strict=True)
        for known in together
        if known
    ]
    assert [(known.pair.src, known.pair.tgt, known.pair.alignment) for known in found] == [
        (p.src, p.tgt, p.alignment) for p in pairs
    ]


def test_links_for_another_number_of_pairs(tmp_path):
    (tmp_path / "p.tsv").write_text("a b\tx y\n" * 4, encoding="utf-8")
    (tmp_path / "links").write_text("0-0\n", encoding="utf-8")
    with pytest.raises(InputError, match="has links for 1 sentence pairs, and .*p.tsv has 4 pairs"):
        parallel_corpus(str(tmp_path / "p.tsv"), 10, tmp_path / "links")
