"""`decode --compare` and `--find`: search strategies side by side, and sentences on which they differ."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from explorer.commands.decode.table import max_len, scorer_maker
from explorer.commands.shared import open_checkpoint, print_json, printable, say
from explorer.errors import InputError

if TYPE_CHECKING:
    from explorer.results import SearchCases, StrategyComparison, StrategyRun


def on_model(args: argparse.Namespace) -> None:
    """Compare strategies on a model."""
    from explorer.decoding.cases import compare_strategies
    from explorer.decoding.compare import Strategies

    checkpoint = open_checkpoint(args.checkpoint)
    strategies = Strategies(length_penalty=args.length_penalty)
    comparison = compare_strategies(checkpoint, args.text, args.reference, strategies, max_len=args.max_len)
    _show_comparison(comparison, args.json, {"checkpoint": checkpoint.name, "sha256": checkpoint.sha256})


def on_table(args: argparse.Namespace) -> None:
    """Compare strategies on a table."""
    from explorer.decoding.compare import Strategies, Words, compare_on

    make_scorer = scorer_maker(args)
    scorer = make_scorer()
    comparison = compare_on(
        make_scorer,
        Words(scorer.text, scorer.token),
        Strategies(length_penalty=args.length_penalty),
        max_len=max_len(args),
        src=args.table,
        reference=args.reference,
    )
    _show_comparison(comparison, args.json, {"table": args.table})


def find(args: argparse.Namespace) -> None:
    """Print held-out sentences on which greedy search loses, or a wider beam is worse."""
    from explorer.corpora import load_corpus
    from explorer.corpora.files import find_files
    from explorer.decoding.cases import find_cases

    if args.find < 1:
        raise InputError(f"--find {args.find} leaves nothing to search: give at least 1.")
    checkpoint = open_checkpoint(args.checkpoint)
    corpus = load_corpus(find_files(checkpoint.config.corpus, args.data))
    pairs = corpus.test[: args.find]
    cases = find_cases(
        checkpoint,
        pairs,
        length_penalty=args.length_penalty,
        progress=lambda n: say(f"{n:,} of {len(pairs):,} sentences"),
    )
    if args.json:
        return print_json(
            {"checkpoint": checkpoint.name, "sha256": checkpoint.sha256} | vars(cases), indent=1
        )
    _show_cases(cases)


def _show_comparison(comparison: StrategyComparison, as_json: bool, where: dict) -> None:
    if as_json:
        return print_json(where | vars(comparison), indent=1)
    for number, run in enumerate(comparison.runs):
        print(printable(f"{'*' if number == comparison.best else ' '} {_line(run)}"))


def _show_cases(cases: SearchCases) -> None:
    print(f"{cases.n_sources:,} sentences")
    for title, case, n, unit in (
        ("greedy search loses to a beam", cases.greedy_loses, cases.n_greedy_loses, "nats"),
        ("a wider beam is worse", cases.wider_is_worse, cases.n_wider_is_worse, "points of BLEU"),
    ):
        print(f"\n{title}: {n:,}" + (f", by at most {case.gain:.2f} {unit}" if case else ""))
        if case:
            lines = (
                f"source     {case.src}",
                f"reference  {case.reference}",
                _line(case.narrow),
                _line(case.wide),
            )
            print("\n".join(map(printable, lines)))


def _line(run: StrategyRun) -> str:
    bleu = "" if run.bleu is None else f"  BLEU {run.bleu:6.2f}"
    ending = "" if run.finished else " (not finished)"
    return f"{run.strategy:<36}{run.log_prob:9.4f}  {run.n_tokens:3} tokens{bleu}  {run.text}{ending}"
