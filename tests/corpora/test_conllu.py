from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.corpora.conllu import read_conllu, read_treebank, spelled, tree_problem, write_conllu
from explorer.errors import InputError
from explorer.results import Dependencies

SAMPLE = """# sent_id = 1
# text = Du chat, il dort.
1-2\tDu\t_\t_\t_\t_\t_\t_\t_\t_
1\tde\tde\tADP\t_\t_\t3\tcase\t_\t_
2\tle\tle\tDET\t_\t_\t3\tdet\t_\t_
3\tchat\tchat\tNOUN\t_\tGender=Masc\t5\tdislocated\t_\tSpaceAfter=No
3.1\tvide\t_\t_\t_\t_\t_\t_\t_\t_
4\t,\t,\tPUNCT\t_\t_\t3\tpunct\t_\tLang=fr|SpaceAfter=No
5\tdort\tdormir\tVERB\t_\t_\t0\troot\t5:root\t_

# text = Oui
1\tOui\toui\tINTJ\t_\t_\t0\troot\t_\t_
"""


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def test_words_are_read_and_ranges_and_empty_nodes_skipped(tmp_path):
    first, second = read_conllu(write(tmp_path / "a.conllu", SAMPLE))
    assert first == Dependencies(
        words=("de", "le", "chat", ",", "dort"),
        lemmas=("de", "le", "chat", ",", "dormir"),
        upos=("ADP", "DET", "NOUN", "PUNCT", "VERB"),
        heads=(2, 2, 4, 2, -1),
        relations=("case", "det", "dislocated", "punct", "root"),
        space_after=(False, True, False, False, True),
    )
    assert second.words == ("Oui",) and second.heads == (-1,)


def test_a_range_passes_its_missing_space_on(tmp_path):
    text = SAMPLE.replace("1-2\tDu\t_\t_\t_\t_\t_\t_\t_\t_", "1-2\tDu\t_\t_\t_\t_\t_\t_\t_\tSpaceAfter=No")
    assert read_conllu(write(tmp_path / "a", text))[0].space_after == (False, False, False, False, True)


def test_ranges_are_spelled_as_one_and_words_have_spans(tmp_path):
    first, second = read_treebank(write(tmp_path / "a", SAMPLE))
    assert first.text == "Du chat,dort" and second.text == "Oui"
    assert first.spans == (None, None, (3, 7), (7, 8), (8, 12))
    assert spelled(second.tree) == second


def test_words_written_as_one_that_are_not_all_there(tmp_path):
    text = (
        "1-3\tzum\t_\t_\t_\t_\t_\t_\t_\t_\n"
        "1\tzu\tzu\tADP\t_\t_\t2\tcase\t_\t_\n"
        "2\tdem\tder\tDET\t_\t_\t0\troot\t_\t_\n"
    )
    assert read_treebank(write(tmp_path / "a", text))[0].text == "zum"


def test_line_ends_do_not_matter(tmp_path):
    (tmp_path / "a").write_bytes(SAMPLE.rstrip("\n").replace("\n", "\r\n").encode())
    assert read_conllu(tmp_path / "a") == read_conllu(write(tmp_path / "b", SAMPLE))


@st.composite
def trees(draw):
    n = draw(st.integers(1, 8))
    order = draw(st.permutations(range(n)))
    heads = [-1] * n
    for place, word in enumerate(order[1:], 1):
        heads[word] = order[draw(st.integers(0, place - 1))]
    string = st.text(
        st.characters(blacklist_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]), min_size=1, max_size=5
    )
    columns = [tuple(draw(st.lists(string, min_size=n, max_size=n))) for _ in range(4)]
    spaces = tuple(draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    return Dependencies(columns[0], columns[1], columns[2], tuple(heads), columns[3], spaces)


@given(st.lists(trees(), min_size=1, max_size=4))
def test_written_trees_come_back(tmp_path_factory, written):
    path = tmp_path_factory.mktemp("trees") / "a.conllu"
    write_conllu(path, written)
    assert read_conllu(path) == tuple(written)


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("1\tde\tde\tADP\t_\t_\t3", "1\tde\tde\tADP\t_\t_\t9", 4),
        ("1\tde\tde\tADP\t_\t_\t3", "1\tde\tde\tADP\t_\t_\t_", 4),
        ("1\tde\tde\tADP\t_\t_\t3", "1\tde\tde\tADP\t_\t_\t²", 4),
        ("1\tde\tde\tADP\t_\t_\t3", "1\tde\tde\tADP\t_\t_\t-1", 4),
        ("1\tde\tde\tADP\t_\t_\t3", "1\tde\tde\tADP\t_\t_\t1", 4),
        ("2\tle", "3\tle", 5),
        ("2\tle", "x\tle", 5),
        ("1-2\t", "2-3\t", 3),
        ("1-2\t", "1-99\t", 3),
        ("1-2\t", "1-" + "9" * 5000 + "\t", 3),
        ("\t5:root\t_", "\t5:root", 9),
        ("5\tdort", "5\t", 9),
        ("0\troot\t5:root", "3\troot\t5:root", 4),
        ("3\tpunct", "0\troot", 4),
        ("3\tchat\tchat", "3 chat chat", 6),
    ],
)
def test_a_malformed_row_is_refused_by_name_and_line(tmp_path, old, new, line):
    assert old in SAMPLE
    with pytest.raises(InputError, match=rf"a\.conllu, line {line}: "):
        read_conllu(write(tmp_path / "a.conllu", SAMPLE.replace(old, new, 1)))


@pytest.mark.parametrize("text", ["# only a comment\n", "\n\n"])
def test_a_file_without_a_sentence_is_refused(tmp_path, text):
    with pytest.raises(InputError, match="has no sentences"):
        read_conllu(write(tmp_path / "a.conllu", text))


@pytest.mark.parametrize(
    ("heads", "problem"),
    [
        ([-1], None),
        ([1, -1, 1], None),
        ([], "0 roots"),
        ([-1, -1], "2 roots"),
        ([0, -1], "a cycle"),
        ([-1, 2, 1], "a cycle"),
        ([-1, 2, 3, 1], "a cycle"),
        ([1, 2, -1, 1], None),
    ],
)
def test_trees_are_told_from_other_graphs(heads, problem):
    assert (tree_problem(heads) or "").startswith(problem or "") and (tree_problem(heads) is None) == (
        problem is None
    )


def test_a_long_chain_is_quick_to_check():
    assert tree_problem([*range(1, 200_000), -1]) is None


def tree(**changes) -> Dependencies:
    columns = dict(
        words=("a", "b"),
        lemmas=("a", "b"),
        upos=("X", "X"),
        heads=(-1, 0),
        relations=("root", "dep"),
        space_after=(True, True),
    )
    return Dependencies(**columns | changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"words": ("a", "b\tc")},
        {"words": ("a", "")},
        {"words": ("a", "b\n")},
        {"heads": (-1, 5)},
        {"heads": (-1, -7)},
        {"heads": (-1, -1)},
        {"heads": (1, 0)},
        {"lemmas": ("a",)},
        dict.fromkeys(("words", "lemmas", "upos", "heads", "relations", "space_after"), ()),
    ],
)
def test_a_tree_that_cannot_be_read_back_is_refused(tmp_path, changes):
    with pytest.raises(InputError, match="Tree 2 cannot be written"):
        write_conllu(tmp_path / "a.conllu", [tree(), tree(**changes)])
    assert not (tmp_path / "a.conllu").exists()
