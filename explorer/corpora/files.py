"""A corpus made from your own parallel text: read whole, without duplicates, no source in two splits."""

from __future__ import annotations

import glob
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from explorer.corpora.augment import robust_copies
from explorer.corpora.parallel_text import read_parallel
from explorer.corpora.words import plain_spaces, split_words
from explorer.errors import InputError
from explorer.results import ParallelCorpus, SentencePair, Split

if TYPE_CHECKING:
    from explorer.corpora import CorpusConfig
    from explorer.corpora.grammar import GrammarConfig


@dataclass(frozen=True)
class FilesConfig:
    """Parallel text in files.

    paths: TSV files (source, target, further columns ignored) or pairs of parallel files as
    ``src.en|tgt.fr``, plain or gzipped;
    src_lang: language of the source, such as en;
    tgt_lang: language of the target, such as de;
    valid_share: share of the distinct source sentences to validate on;
    test_share: share of the distinct source sentences for the final scores;
    seed: random seed that decides which sentence goes to which split;
    max_words: pairs with a longer side are left out;
    n_grammar: sentences of the grammar to add to the train split;
    robust: add copies of training pairs with the slips that people make when typing;
    skip_header: skip the first line of each TSV file;
    drop_last_line: skip the last line of each file, which was cut off;
    bad_row: what to do with rows that lack a side.
    """

    side_names: ClassVar[dict[str, str]] = {"source": "source", "target": "translation"}
    has_lengths: ClassVar[bool] = False  # whether one can ask for sequences of any length

    kind: Literal["files"] = "files"
    paths: tuple[str, ...] = ()
    src_lang: str = "en"
    tgt_lang: str = "de"
    valid_share: float = 0.02
    test_share: float = 0.02
    seed: int = 1
    max_words: int = 40
    n_grammar: int = 0
    robust: bool = False
    skip_header: bool = False
    drop_last_line: bool = False
    bad_row: Literal["error", "skip"] = "error"

    def __post_init__(self):
        if isinstance(self.paths, str):
            raise InputError(f"paths is a single string, {self.paths[:80]!r}: give a list of paths.")
        if not (0 <= self.valid_share and 0 <= self.test_share and self.valid_share + self.test_share < 1):
            raise InputError(
                f"valid_share {self.valid_share} and test_share {self.test_share} leave nothing to train "
                "on: their sum must be below 1."
            )
        if self.max_words < 1 or self.n_grammar < 0:
            raise InputError(
                f"max_words is {self.max_words} and n_grammar is {self.n_grammar}: expected at least 1 and "
                "at least 0."
            )
        if self.bad_row not in ("error", "skip"):
            raise InputError(f"bad_row is {self.bad_row!r}: use 'error' or 'skip'.")

    @property
    def title(self) -> str:
        """The name of this corpus in a table of runs."""
        return self.kind

    def unseen(self, n: int) -> GrammarConfig:
        """The grammar, which can draw sentences that no model has seen, for when the files are missing."""
        from explorer.corpora.grammar import GrammarConfig

        return GrammarConfig(src_lang=self.src_lang, tgt_lang=self.tgt_lang, n_train=0, n_valid=n, n_test=n)


def load_files(config: FilesConfig) -> ParallelCorpus:
    """Read, clean and split all files. Raises InputError, naming file and line, when any of them cannot be
    read whole.

    White space is made plain first: the no-break (U+00A0) and narrow (U+202F) spaces of French become the
    space that people type. Repeated pairs count once. Valid and test are shuffled, so that any part of them
    is a fair sample.
    """
    if not config.paths:
        raise InputError(
            "paths is empty: give at least one TSV file, or two parallel files as src.en|tgt.de."
        )
    pairs = tuple(
        dict.fromkeys(
            SentencePair(plain_spaces(row.src), plain_spaces(row.tgt))
            for path in config.paths
            for row in read_parallel(
                path,
                skip_header=config.skip_header,
                drop_last_line=config.drop_last_line,
                bad_row=config.bad_row,
            )
        )
    )
    pairs = tuple(pair for pair in pairs if 0 < n_words(pair) <= config.max_words)
    splits: dict[Split, list[SentencePair]] = {"train": [], "valid": [], "test": []}
    for pair in pairs:
        splits[split_of(pair.src, config)].append(pair)
    for name, share in (("train", 1), ("valid", config.valid_share), ("test", config.test_share)):
        if share and not splits[name]:
            raise InputError(
                f"The {name} split got no sentences out of {len(pairs)} pairs of at most {config.max_words} "
                "words: give more text, or change the shares or max_words."
            )
    held_out = {source_key(pair.src) for name in ("valid", "test") for pair in splits[name]}
    extra = [*robust_copies(splits["train"], config.seed)] if config.robust else []
    extra += _grammar_pairs(config)
    seen = set(splits["train"])
    for pair in extra:
        if pair not in seen and source_key(pair.src) not in held_out:
            seen.add(pair)
            splits["train"].append(pair)
    for name in ("valid", "test"):
        splits[name].sort(key=lambda pair: (_hash(pair.src, config.seed), pair.tgt))
    names = ", ".join(Path(part).name for path in config.paths for part in path.split("|"))
    return ParallelCorpus(
        names, config.src_lang, config.tgt_lang, *(tuple(splits[name]) for name in ("train", "valid", "test"))
    )


def find_files(config: CorpusConfig, folder: Path | None) -> CorpusConfig:
    """`config` with the paths of its files as found: where they are named, or in `folder` under their path or
    bare name.

    The config of a corpus without files is returned as it is. Raises InputError when a file is missing.
    """
    if config.kind != "files":
        return config
    if folder is not None and not folder.is_dir():
        raise InputError(f"--data {folder} is not a folder: give the one with the files of the corpus.")
    paths = []
    for path in config.paths:
        parts = []
        for part in map(str.strip, path.split("|")):
            name = Path(part).name
            places = (
                [Path(part)]
                if folder is None
                else [folder / part, folder / name, *sorted(folder.rglob(glob.escape(name) or "-"))]
            )
            place = next((place for place in places if place.is_file()), None)
            if place is None:
                where = f"not in {folder}" if folder else "not here"
                raise InputError(
                    f"The file {part} is {where}: name the folder that holds {name} with --data."
                )
            parts.append(str(place))
        paths.append("|".join(parts))
    return replace(config, paths=tuple(paths))


def n_words(pair: SentencePair) -> int:
    """Words of the longer side; 0 if a side has none."""
    lengths = len(split_words(pair.src)), len(split_words(pair.tgt))
    return max(lengths) if min(lengths) else 0


def split_of(src: str, config: FilesConfig) -> Split:
    """The split of a source sentence, by a hash of its words: the same in every run, whatever else the files
    contain.
    """
    place = _hash(src, config.seed)
    if place < config.test_share:
        return "test"
    return "valid" if place < config.test_share + config.valid_share else "train"


def source_key(src: str) -> str:
    """What makes two source sentences the same: their words without case and punctuation, or all they have if
    that is nothing.

    >>> source_key("Really?  No!") == source_key("really no")
    True
    """
    words = [word.text.casefold() for word in split_words(src)]
    return " ".join([word for word in words if word[0].isalnum()] or words)


def _hash(src: str, seed: int) -> float:
    """A number in [0, 1) that depends on the key of `src` and the seed alone."""
    digest = hashlib.blake2b(f"{seed}\t{source_key(src)}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def _grammar_pairs(config: FilesConfig) -> Iterable[SentencePair]:
    if not config.n_grammar:
        return ()
    if config.src_lang != "en" or config.tgt_lang not in ("de", "fr"):
        raise InputError(
            f"The grammar has no sentences for {config.src_lang}→{config.tgt_lang}: set n_grammar to 0, or "
            "the languages to en "
            "and de or fr."
        )
    from explorer.corpora.grammar import GrammarConfig, load_grammar

    grammar = GrammarConfig(
        src_lang="en",
        tgt_lang=config.tgt_lang,
        n_train=config.n_grammar,
        n_valid=0,
        n_test=0,
        seed=config.seed,
    )
    return load_grammar(grammar).train
