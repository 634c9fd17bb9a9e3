from __future__ import annotations

import gzip

import pytest

from explorer.corpora.moses import Row, read_moses, read_tsv, write_moses
from explorer.errors import InputError
from explorer.results import SentencePair


def write(path, text):
    path.write_bytes(text.encode("utf-8"))
    return path


def test_two_files_are_read_line_by_line(tmp_path):
    en, de = write(tmp_path / "a.en", "Go.\r\nRun\u2028now!\n"), tmp_path / "a.de.gz"
    de.write_bytes(gzip.compress(b"Geh.\nLauf jetzt!"))
    assert read_moses(en, de) == (Row(1, "Go.", "Geh."), Row(2, "Run\u2028now!", "Lauf jetzt!"))
    assert read_moses(en, de, drop_last_line=True) == (Row(1, "Go.", "Geh."),)


def test_unequal_numbers_of_lines_are_refused_with_both(tmp_path):
    en, de = write(tmp_path / "a.en", "1\n2\n3\n"), write(tmp_path / "a.de", "1\n2\n")
    for bad_row in ("error", "skip"):
        with pytest.raises(InputError, match=r"a\.en has 3 lines and .*a\.de has 2: .*a\.de ends at line 2"):
            read_moses(en, de, bad_row=bad_row)


def test_an_empty_side_is_refused_or_skipped(tmp_path):
    en, de = write(tmp_path / "a.en", "1\n2\n3\n"), write(tmp_path / "a.de", "1\n \n3\n")
    with pytest.raises(InputError, match=r"a\.de, line 2: the line is empty"):
        read_moses(en, de)
    assert read_moses(en, de, bad_row="skip") == (Row(1, "1", "1"), Row(3, "3", "3"))


def test_tsv_takes_the_first_two_columns(tmp_path):
    path = write(tmp_path / "a.tsv", "\ufeff1\t2\r\nGo.\tGeh.\tCC-BY 2.0 #1\r\nHi.\tHallo!\r\n")
    assert read_tsv(path, skip_header=True) == (Row(2, "Go.", "Geh."), Row(3, "Hi.", "Hallo!"))
    assert read_tsv(path)[0] == Row(1, "1", "2")
    assert read_tsv(path, drop_last_line=True)[-1] == Row(2, "Go.", "Geh.")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("no tab", "line 2: no tab"),
        ("a\t", "line 2: an empty column"),
        ("\tb", "line 2: an empty column"),
        ("", "no tab"),
    ],
)
def test_a_malformed_row_is_refused_skipped_or_dropped(tmp_path, row, message):
    path = write(tmp_path / "a.tsv", f"a\tb\n{row}\nc\td\n")
    with pytest.raises(InputError, match=rf"a\.tsv, {message}" if "line" in message else message):
        read_tsv(path)
    assert read_tsv(path, bad_row="skip") == (Row(1, "a", "b"), Row(3, "c", "d"))
    assert read_tsv(write(tmp_path / "cut.tsv", f"a\tb\n{row or 'x'}"), drop_last_line=True) == (
        Row(1, "a", "b"),
    )


def test_written_pairs_come_back(tmp_path):
    pairs = (SentencePair("Go\u00a0now!", "Geh\u2028 jetzt!"), SentencePair("a \t b", " c "))
    paths = write_moses(tmp_path / "x", pairs, ("en", "de"))
    assert [path.name for path in paths] == ["x.en", "x.de"]
    assert [(row.src, row.tgt) for row in read_moses(*paths)] == [(pair.src, pair.tgt) for pair in pairs]


@pytest.mark.parametrize(
    "pair",
    [SentencePair("", "b"), SentencePair("a", " "), SentencePair("a\nb", "c"), SentencePair("a", "b\r")],
)
def test_a_pair_that_cannot_be_read_back_is_refused(tmp_path, pair):
    with pytest.raises(InputError, match="cannot be written"):
        write_moses(tmp_path / "x", [pair], ("en", "de"))
