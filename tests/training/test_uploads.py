"""What somebody uploads is kept as text, under a name that is no path, and goes when nobody reads it any
more.
"""

from __future__ import annotations

import dataclasses
import gzip
import os

import pytest

from explorer.corpora.files import FilesConfig
from explorer.errors import InputError
from explorer.training.data import measure_data
from explorer.training.runs.request import create_run_folder, write_request
from explorer.training.runs.uploads import KEPT_SECONDS, UPLOADS, forget_uploads, keep_uploads, safe_name
from tests.training.conftest import TINY

PAIRS = "".join(f"number {n}\tNummer {n}\n" for n in range(200)).encode()


@pytest.mark.parametrize(
    "name, safe",
    [
        ("mine.tsv", "mine.tsv"), ("../../etc/passwd", "passwd"), ("..\\..\\x.txt", "x.txt"),
        ("a|b.tsv", "a_b.tsv"), ("", "text"),
        ("...", "text"), (".hidden", "hidden"), ("-rf", "rf"), ("été 1.tsv", "_t_1.tsv"), ("\x00\n", "_"),
        ("x" * 300 + ".tsv", "x" * 76 + ".tsv"),
        ("nul\u202egpj.exe", "nul_gpj.exe"),
    ],
)  # fmt: skip
def test_a_name_is_never_a_path(name, safe):
    assert safe_name(name) == safe


def test_a_table_can_be_trained_on(tmp_path):
    folder, paths = keep_uploads([("../mine.tsv", PAIRS)], tmp_path)
    assert (
        folder.parent == tmp_path / UPLOADS and paths == "mine.tsv" and (folder / paths).read_bytes() == PAIRS
    )
    config = dataclasses.replace(TINY, corpus=FilesConfig(paths=(paths,), valid_share=0.1, test_share=0.1))
    size = measure_data(config, folder)
    assert size.n_train + size.n_valid + size.n_test == 200


def test_two_files_of_one_name_stay_two(tmp_path):
    sides = [
        b"".join(line.split(b"\t")[side].strip() + b"\n" for line in PAIRS.splitlines()) for side in (0, 1)
    ]
    folder, paths = keep_uploads([("text.txt", sides[0]), ("text.txt", sides[1])], tmp_path)
    assert paths == "source-text.txt|target-text.txt"
    config = dataclasses.replace(TINY, corpus=FilesConfig(paths=(paths,), valid_share=0.1, test_share=0.1))
    assert measure_data(config, folder).n_train > 100


def test_the_same_file_is_kept_once(tmp_path):
    assert keep_uploads([("a.tsv", PAIRS)], tmp_path) == keep_uploads([("a.tsv", PAIRS)], tmp_path)
    assert (
        keep_uploads([("a.tsv", PAIRS + b"x\ty\n")], tmp_path)[0]
        != keep_uploads([("a.tsv", PAIRS)], tmp_path)[0]
    )
    assert len(list((tmp_path / UPLOADS).iterdir())) == 2


@pytest.mark.parametrize(
    "content, said",
    [
        (b"", "is empty"), (b" \n\n", "is empty"), (b"\x89PNG\r\n\x1a\n\0\0", "is not text"),
        (b"a\tb\n\xff\xfe", "not UTF-8 text (byte 5)"),
        ("é\tü".encode("latin-1"), "not UTF-8"),
    ],
)  # fmt: skip
def test_what_is_no_text_is_refused_and_leaves_nothing(tmp_path, content, said):
    with pytest.raises(InputError, match=said.replace("(", r"\(").replace(")", r"\)")):
        keep_uploads([("mine.tsv", content)], tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_gzip_file_is_read(tmp_path):
    folder, paths = keep_uploads([("mine.tsv.gz", gzip.compress(PAIRS))], tmp_path)
    config = dataclasses.replace(TINY, corpus=FilesConfig(paths=(paths,), valid_share=0.1, test_share=0.1))
    assert measure_data(config, folder).n_train > 100


def test_a_disk_that_cannot_be_written_is_a_sentence(tmp_path):
    (tmp_path / UPLOADS).write_text("no folder")
    with pytest.raises(InputError, match="cannot be kept"):
        keep_uploads([("mine.tsv", PAIRS)], tmp_path)


def test_files_go_with_the_last_run_that_reads_them(tmp_path):
    read, _ = keep_uploads([("read.tsv", PAIRS)], tmp_path)
    old, _ = keep_uploads([("old.tsv", PAIRS)], tmp_path)
    fresh, _ = keep_uploads([("fresh.tsv", PAIRS)], tmp_path)
    create_run_folder(tmp_path / "run")
    write_request(tmp_path / "run", TINY, read)
    for folder in (read, old):
        os.utime(folder, (0, folder.stat().st_mtime - KEPT_SECONDS - 60))
    forget_uploads(tmp_path)
    assert read.is_dir() and fresh.is_dir() and not old.exists()
    (tmp_path / "run" / "request.json").write_text("{")  # it may have read any of them
    os.utime(fresh, (0, 0))
    forget_uploads(tmp_path)
    assert fresh.is_dir()
    forget_uploads(tmp_path / "nowhere")
