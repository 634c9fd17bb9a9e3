"""The .model file of sentencepiece: read the merges of one that was trained as BPE."""

from __future__ import annotations

from typing import Any

from explorer.errors import InputError
from explorer.tokenization.bpe.config import BPEConfig
from explorer.tokenization.bpe.formats.imported import MAX_VOCAB, SPACE, Imported, check_token
from explorer.tokenization.bpe.formats.protobuf import ProtobufError, fields
from explorer.tokenization.bpe.model import SubwordModel


def read_sentencepiece(data: bytes, name: str = "The file") -> Imported:
    """The pieces of a sentencepiece .model (`sentencepiece_model.proto`) that was trained as BPE.

    Such a file has no merges: two symbols are merged if together they are a piece, the piece with the best
    score first. All ways to make one piece out of two share its rank. Raises InputError for a damaged file
    and for a unigram, word or character model.
    """
    file = _SentencePieceFile(name)
    try:
        for number, value in fields(data):
            file.take(number, value)
    except ProtobufError as error:
        raise InputError(
            f"{name} is not a sentencepiece model, or is damaged ({error}): give the file that sentencepiece "
            "wrote."
        ) from None
    if not file.pieces:
        raise InputError(f"{name} has no pieces: it is not a sentencepiece model.")
    if file.kind != 2:
        kind = {1: "a unigram", 3: "a word", 4: "a character"}.get(file.kind, "not a BPE")
        raise InputError(
            f"{name} is {kind} model of sentencepiece: only one trained with --model_type=bpe has merges "
            "to show."
        )
    merges, ranks = file.merges()
    n_others = sum(type in (2, 3, 4) for *_, type in file.pieces)
    if n_others:
        file.notes.append(f"Its {n_others} control, unknown and user-defined pieces are not used.")
    tokens = tuple(dict.fromkeys(piece for piece, *_ in file.pieces))
    config = BPEConfig(space_before=file.space_before, split="spaces")
    model = SubwordModel(tokens, merges, config, ranks, file.byte_fallback)
    return Imported(model, "sentencepiece model", tuple(file.notes))


class _SentencePieceFile:
    """A sentencepiece model while its fields are read.

    pieces: (piece with its spaces, score, type);  kind: 1 for a unigram model, 2 for BPE.
    """

    def __init__(self, name: str):
        self.name = name
        self.pieces: list[tuple[str, float, int]] = []
        self.kind, self.byte_fallback, self.space_before = 1, False, True
        self.notes: list[str] = []

    def take(self, number: int, value: Any) -> None:
        """Read one field of the file: 1 a piece, 2 how it was trained, 3 how text is normalised."""
        if number == 1:
            piece, score, type = _piece(value, len(self.pieces), self.name)
            self.pieces.append((piece.replace(SPACE, " "), score, type))
            if len(self.pieces) > MAX_VOCAB:
                raise InputError(f"{self.name} has more than {MAX_VOCAB:,} pieces.")
        elif number == 2:
            trainer = dict(fields(_bytes(value)))
            self.kind, self.byte_fallback = trainer.get(3, 1), bool(trainer.get(35, 0))
        elif number == 3:
            normalizer = dict(fields(_bytes(value)))
            self.space_before = bool(normalizer.get(3, 1))
            rule = normalizer.get(1, b"")
            if normalizer.get(2):
                title = _bytes(rule).decode("utf-8", "replace")[:40]
                self.notes.append(
                    f"Its normalisation ({title}) is not applied: give text that is normalised already."
                )

    def merges(self) -> tuple[tuple[tuple[str, str], ...], tuple[int, ...]]:
        """(all ways to make a piece out of two, the rank of each), the piece with the best score first."""
        score_of = {piece: score for piece, score, type in self.pieces if type == 1}
        order = sorted(score_of, key=lambda piece: -score_of[piece])
        merges, ranks = [], []
        for rank, piece in enumerate((piece for piece in order if len(piece) > 1), 1):
            for cut in range(1, len(piece)):
                if piece[:cut] in score_of and piece[cut:] in score_of:
                    merges.append((piece[:cut], piece[cut:]))
                    ranks.append(rank)
        return tuple(merges), tuple(ranks)


def _piece(value: Any, number: int, name: str) -> tuple[str, float, int]:
    parts = dict(fields(_bytes(value)))
    try:
        piece = _bytes(parts.get(1, b"")).decode("utf-8")
    except UnicodeDecodeError:
        raise ProtobufError(f"piece {number:,} is not UTF-8") from None
    check_token(piece, f"{name}, piece {number:,}")
    score, type = parts.get(2, 0.0), parts.get(3, 1)
    if not isinstance(score, float) or not isinstance(type, int):
        raise ProtobufError(f"piece {number:,} has no score")
    return piece, score, type


def _bytes(value: Any) -> bytes:
    if not isinstance(value, bytes):
        raise ProtobufError("a number stands where text should")
    return value
