from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.corpora.alignments import read_naacl, read_pharaoh, write_pharaoh
from explorer.errors import InputError
from explorer.results import Alignment

LINKS = st.frozensets(st.tuples(st.integers(0, 50), st.integers(0, 50)))
ALIGNMENTS = st.tuples(LINKS, LINKS).map(lambda links: Alignment(links[0], links[0] | links[1]))


def alignment(sure=(), possible=()) -> Alignment:
    return Alignment(frozenset(sure), frozenset(sure) | frozenset(possible))


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def test_pharaoh_knows_sure_and_possible_links_and_empty_lines(tmp_path):
    path = write(tmp_path / "a.links", "0-0 1p2 2-1 \n\n3p0\r\n")
    assert read_pharaoh(path) == (alignment({(0, 0), (2, 1)}, {(1, 2)}), alignment(), alignment((), {(3, 0)}))


def test_a_sure_link_beats_a_possible_one(tmp_path):
    assert read_pharaoh(write(tmp_path / "a", "1p1 1-1\n")) == (alignment({(1, 1)}),)


def test_pharaoh_with_base_one_reversed_and_with_ids(tmp_path):
    path = write(tmp_path / "a", "s1\t1-2 3p4\n")
    assert read_pharaoh(path, index_base=1, target_first=True, id_column=True) == (
        alignment({(1, 0)}, {(3, 2)}),
    )


@given(st.lists(ALIGNMENTS, min_size=1, max_size=5), st.sampled_from([0, 1]))
def test_written_links_come_back(tmp_path_factory, alignments, index_base):
    path = tmp_path_factory.mktemp("links") / "a.links"
    write_pharaoh(path, alignments, index_base=index_base)
    assert read_pharaoh(path, index_base=index_base) == tuple(alignments)


@pytest.mark.parametrize(
    "item", ["0", "a-b", "1--2", "-1-2", "1-2-3", "1:2", "1-", "٣-1", "9999999-0", "1P2", "0–0"]
)
def test_a_bad_pharaoh_link_is_refused_with_its_line(tmp_path, item):
    with pytest.raises(InputError, match=r"a\.links, line 2: .* is not a link"):
        read_pharaoh(write(tmp_path / "a.links", f"0-0\n1-1 {item}\n"))


def test_links_are_checked_against_the_sentences(tmp_path):
    path = write(tmp_path / "a.links", "0-0\n1-2\n")
    assert len(read_pharaoh(path, lengths=[(1, 1), (2, 3)])) == 2
    with pytest.raises(
        InputError, match=r"line 2: a link to source word 1 and target word 2 .* sentence 2 has 2 and 2 words"
    ):
        read_pharaoh(path, lengths=[(1, 1), (2, 2)])
    with pytest.raises(InputError, match="2 lines for 3 sentence pairs"):
        read_pharaoh(path, lengths=[(9, 9)] * 3)
    with pytest.raises(InputError, match="line 1: word 0 in a file said to count words from 1"):
        read_pharaoh(path, index_base=1)
    with pytest.raises(InputError, match="line 1: no tab"):
        read_pharaoh(path, id_column=True)


def test_naacl_gathers_the_links_of_each_sentence(tmp_path):
    path = write(tmp_path / "a.wa", "1 1 1 S\n0001 2 3 P\n3 1 2\n3 2 2 S 0.5\n\n3 0 1 S\n")
    expected = (alignment({(0, 0)}, {(1, 2)}), alignment(), alignment({(0, 1), (1, 1)}))
    assert read_naacl(path) == expected
    assert read_naacl(path, n_sentences=4) == (*expected, alignment())
    assert read_naacl(path, lengths=[(2, 3)] * 3) == expected


def test_naacl_from_zero(tmp_path):
    path = write(tmp_path / "a.wa", "1 0 0 S \n1 1 2 S \n")
    assert read_naacl(path, index_base=0) == (alignment({(0, 0), (1, 2)}),)
    assert read_naacl(path, index_base=0, target_first=True) == (alignment({(0, 0), (2, 1)}),)


@pytest.mark.parametrize(
    "line",
    [
        "1 1",
        "1 1 1 X",
        "1 1 1 S S",
        "a b c",
        "1-1",
        "1 1 1 S 0.5 9",
        "-1 1 1",
        "0 1 1 S",
        "1000001 1 1 S",
        "2 1 1 S",
    ],
)
def test_a_bad_naacl_link_is_refused_with_its_line(tmp_path, line):
    with pytest.raises(InputError, match=r"a\.wa, line 2: "):
        read_naacl(
            write(tmp_path / "a.wa", f"1 1 1 S\n{line}\n"),
            **({"n_sentences": 1} if line.startswith("2") else {}),
        )


def test_naacl_links_are_checked_against_the_sentences(tmp_path):
    with pytest.raises(InputError, match="line 1: a link to source word 12 and target word 16"):
        read_naacl(write(tmp_path / "a.wa", "1 12 16 S\n"), index_base=0, lengths=[(20, 13)])


def test_damaged_and_empty_files_are_refused(tmp_path):
    (tmp_path / "a").write_bytes(b"0-0\n\xff\n")
    (tmp_path / "b").write_bytes(b"")
    for read in (read_pharaoh, read_naacl):
        with pytest.raises(InputError, match="line 2: byte 0xFF is not UTF-8"):
            read(tmp_path / "a")
        with pytest.raises(InputError, match="is empty"):
            read(tmp_path / "b")
