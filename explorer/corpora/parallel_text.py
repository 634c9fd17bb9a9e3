"""Read parallel text from whatever files a path names; the one place that chooses a reader."""

from __future__ import annotations

from explorer.corpora.moses import BadRow, Row, read_moses, read_tsv
from explorer.errors import InputError


def read_parallel(
    path: str, *, skip_header: bool = False, drop_last_line: bool = False, bad_row: BadRow = "error"
) -> tuple[Row, ...]:
    """The pairs of one TSV file, or of two parallel files as ``src.en|tgt.de``. Raises InputError when
    there are none, and for whatever the reader refuses.
    """
    src_path, bar, tgt_path = map(str.strip, path.partition("|"))
    if not src_path or bar and not tgt_path:
        raise InputError(
            f"The path {path[:80]!r} names no file: give one TSV file, or two parallel files as "
            "src.en|tgt.de."
        )
    if bar:
        rows = read_moses(src_path, tgt_path, drop_last_line=drop_last_line, bad_row=bad_row)
    else:
        rows = read_tsv(path, skip_header=skip_header, drop_last_line=drop_last_line, bad_row=bad_row)
    if not rows:
        raise InputError(f"{path} has no sentence pairs: expected one on each line.")
    return rows
