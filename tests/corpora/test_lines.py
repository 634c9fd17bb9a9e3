from __future__ import annotations

import gzip
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.corpora import lines as lines_module
from explorer.corpora.lines import read_lines, write_lines
from explorer.errors import InputError


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"a\nb\n", ["a", "b"]),
        (b"a\r\nb", ["a", "b"]),
        (b"\xef\xbb\xbfa\n", ["a"]),
        ("a\u2028b\u0085c\x0bd\n".encode(), ["a\u2028b\u0085c\x0bd"]),
        (b"\n\n", ["", ""]),
        ("Ça va\u202f?\n".encode(), ["Ça va\u202f?"]),
    ],
)
def test_plain_and_gzip_give_the_same_lines(tmp_path, data, expected):
    (tmp_path / "a.txt").write_bytes(data)
    (tmp_path / "a.gz").write_bytes(gzip.compress(data))
    (tmp_path / "unnamed").write_bytes(gzip.compress(data))
    for name in ("a.txt", "a.gz", "unnamed"):
        assert read_lines(tmp_path / name) == expected


@given(st.lists(st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\n\r\0\ufeff"))))
def test_written_lines_come_back(tmp_path_factory, lines):
    path = tmp_path_factory.mktemp("lines") / "file"
    write_lines(path, [*lines, "end"])
    assert read_lines(path) == [*lines, "end"]


@pytest.mark.parametrize("line", ["a\nb", "a\r", "\0", "\ufeffa", "\ud800"])
def test_what_would_not_come_back_is_not_written(tmp_path, line):
    with pytest.raises(InputError, match="file.* cannot be written"):
        write_lines(tmp_path / "file", [line])
    assert not (tmp_path / "file").exists()


GZIP = gzip.compress(
    b"one\ntwo\n" * 1000, mtime=0
)  # a time in it would give the tests another name in each process


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (gzip.compress(b"", mtime=0), "is empty"),
        (b"ok\nok\ncaf\xe9\n", r"line 3: byte 0xE9 is not UTF-8"),
        (b"ok\n\xed\xa0\x80\n", r"line 2: byte 0xED is not UTF-8"),
        ("ok".encode("utf-16"), "UTF-16"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", r"line 3: a zero byte"),
        (GZIP[:-20], "truncated"),
        (GZIP[:12], "truncated"),
        (GZIP[:2], "truncated"),
        (GZIP[:30] + bytes(10) + GZIP[40:], "damaged gzip"),
        (GZIP[:-6] + b"\1\2" + GZIP[-4:], "damaged gzip"),
    ],
)
def test_a_bad_file_gets_one_sentence_with_its_name(tmp_path, data, message):
    path = tmp_path / "bad.en"
    path.write_bytes(data)
    with pytest.raises(InputError, match=message) as error:
        read_lines(path)
    assert "bad.en" in str(error.value) and "\n" not in str(error.value)


def test_what_is_no_readable_file(tmp_path):
    (tmp_path / "plain.gz").write_bytes(b"plain")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for path, message in [
        (tmp_path, "is a folder"),
        (tmp_path / "none", "There is no file"),
        (tmp_path / "plain.gz", "not gzip"),
        (tmp_path / "pipe", "There is no file"),
        (tmp_path / "loop", "There is no file|cannot be read"),
        (f"{tmp_path}/a\0b", "There is no file|cannot be read"),
        (tmp_path / ("x" * 5000), "There is no file|cannot be read"),
    ]:
        with pytest.raises(InputError, match=message):
            read_lines(path)


def test_a_gzip_bomb_is_refused_before_it_fills_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(lines_module, "MAX_BYTES", 3 * 2**20)
    (tmp_path / "bomb.gz").write_bytes(gzip.compress(b"a" * (4 * 2**20)))
    (tmp_path / "fits.gz").write_bytes(gzip.compress(b"a" * (3 * 2**20)))
    with pytest.raises(InputError, match="bomb.gz has more than 3 MB"):
        read_lines(tmp_path / "bomb.gz")
    assert len(read_lines(tmp_path / "fits.gz")[0]) == 3 * 2**20
