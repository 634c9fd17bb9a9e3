"""`python -m explorer corpus`: show samples of a corpus, or write its pairs with their links and trees."""

from __future__ import annotations

import argparse
import random
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.commands.flags import add_flags, given_values
from explorer.commands.shared import print_json
from explorer.errors import InputError

if TYPE_CHECKING:
    from explorer.corpora import CorpusConfig
    from explorer.results import SentencePair

SPLITS = ("train", "valid", "test")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `corpus`."""
    from explorer.corpora import CORPORA

    parser.add_argument(
        "--list", action="store_true", help="list the phenomena of the grammar and the sequence tasks"
    )
    parser.add_argument(
        "--samples",
        type=int,
        metavar="N",
        help="show N sentence pairs (default 5); of the grammar, N for each phenomenon (default 1)",
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FOLDER",
        help="write the splits: text, links (Pharaoh) and trees (CoNLL-U)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    add_flags(parser, [config for config, _ in CORPORA.values()], title="which corpus")


def run(args: argparse.Namespace) -> None:
    """Show samples, or write the corpus with --out. Raises InputError for settings that make no corpus."""
    if args.list:
        _list(args.json)
        return
    if args.samples is not None and args.samples < 1:
        raise InputError(f"--samples {args.samples} shows nothing: give at least 1.")
    config = corpus_config(given_values(args))
    if args.out is not None:
        _write(config, args)
    else:
        _show(_samples(config, args.samples), args.json)


def corpus_config(values: dict) -> CorpusConfig:
    """The corpus config with the values of the flags. Raises InputError that names the field at fault."""
    from explorer.config.run import dataclass_from_dict
    from explorer.corpora import CORPORA

    return dataclass_from_dict(CORPORA[values.get("kind", "grammar")][0], values, "corpus")


def _list(as_json: bool) -> None:
    from explorer.corpora.grammar import PHENOMENA
    from explorer.corpora.tasks import TASKS

    if as_json:
        print_json({"phenomena": PHENOMENA, "tasks": TASKS}, indent=1)
        return
    for title, entries in (
        ("phenomena of the grammar (--phenomenon)", PHENOMENA),
        ("sequence tasks (--kind task --task)", TASKS),
    ):
        print(f"{title}:")
        for name, description in entries.items():
            print(f"  {name:<20} {description}")


def _samples(config: CorpusConfig, n: int | None) -> list[tuple[str, SentencePair]]:
    """(why it is shown, pair): for the grammar `n` of each phenomenon of the language, otherwise the first
    held-out pairs.
    """
    from explorer.corpora import load_corpus

    if config.kind == "grammar":
        from explorer.corpora.grammar import PHENOMENA, generate_pair
        from explorer.corpora.grammar.pairs import ONLY_IN

        names = (
            [config.phenomenon]
            if config.phenomenon
            else [p for p in PHENOMENA if ONLY_IN.get(p, config.tgt_lang) == config.tgt_lang]
        )
        rng = random.Random(config.seed)
        count = n if n is not None else 5 if config.phenomenon else 1
        return [
            (
                name,
                generate_pair(
                    rng, config.tgt_lang, name, config.min_words, config.max_words, config.distance
                ),
            )
            for name in names
            for _ in range(count)
        ]
    corpus = load_corpus(config)
    pairs = (*corpus.test, *corpus.valid, *corpus.train)
    return [(corpus.name, pair) for pair in pairs[: 5 if n is None else n]]


def _show(samples: list[tuple[str, SentencePair]], as_json: bool) -> None:
    if as_json:
        print_json([{"shown_for": why, **_plain(pair)} for why, pair in samples], indent=1)
        return
    from explorer.corpora.alignments import pharaoh_line

    for why, group in groupby(samples, key=lambda sample: sample[0]):
        print(f"# {why}")
        for _, pair in group:
            print(pair.src)
            print(pair.tgt)
            if pair.alignment is not None:
                print(pharaoh_line(pair.alignment))
            print()


def _plain(pair: SentencePair) -> dict:
    links = (
        None if pair.alignment is None else {"sure": pair.alignment.sure, "possible": pair.alignment.possible}
    )
    trees = {
        side: None
        if tree is None
        else {name: getattr(tree, name) for name in ("words", "lemmas", "upos", "heads", "relations")}
        for side, tree in (("src", pair.src_tree), ("tgt", pair.tgt_tree))
    }
    return {"src": pair.src, "tgt": pair.tgt, "links": links, "trees": trees, "phenomena": pair.phenomena}


def _write(config: CorpusConfig, args: argparse.Namespace) -> None:
    """Every split that has sentences, as `<split>.<language>` and so on. Raises InputError when the folder
    cannot be written.
    """
    from explorer.corpora import load_corpus
    from explorer.corpora.folder import write_corpus

    corpus = load_corpus(config)
    if not any(getattr(corpus, split) for split in SPLITS):
        raise InputError("The corpus has no sentence pairs to write: ask for at least one in some split.")
    langs = (corpus.src_lang, corpus.tgt_lang) if corpus.src_lang != corpus.tgt_lang else ("src", "tgt")
    files = {}
    try:
        for split in SPLITS:
            pairs = getattr(corpus, split)
            if pairs:
                files[split] = [str(path) for path in write_corpus(args.out, pairs, langs, split)]
    except OSError as error:
        raise InputError(f"{args.out} cannot be written ({error.strerror}): choose another --out.") from error
    counts = {split: len(getattr(corpus, split)) for split in SPLITS}
    if args.json:
        print_json({"corpus": corpus.name, "sentence_pairs": counts, "files": files}, indent=1)
        return
    for split, paths in files.items():
        print(f"{split}: {counts[split]:,} pairs in {', '.join(paths)}")
