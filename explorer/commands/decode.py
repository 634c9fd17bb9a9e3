"""`python -m explorer decode`: show the search for a translation as a tree, or compare search strategies.

`translate` gives the result of a search, for any number of lines; `decode` gives the search itself, for one
sentence or for a table of probabilities.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.commands.shared import add_checkpoint, add_data, open_checkpoint, print_json, printable, say
from explorer.errors import InputError

if TYPE_CHECKING:
    from explorer.results import SearchCases, SearchTrace, StrategyComparison, StrategyRun

MARKS = {"kept": " ", "finished": "*", "pruned": "-"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `decode`."""
    parser.add_argument("text", nargs="?", help="the source sentence")
    add_checkpoint(parser)
    _add_beam_search(parser)
    _add_sampling(parser)
    _add_other_questions(parser)


def _add_beam_search(parser: argparse.ArgumentParser) -> None:
    from explorer.results import STOP_RULES

    search = parser.add_argument_group("beam search")
    search.add_argument(
        "--beam",
        type=int,
        default=4,
        metavar="N",
        help="hypotheses kept at each step; 1 is greedy search (default 4)",
    )
    search.add_argument(
        "--length-penalty",
        type=float,
        default=0.0,
        metavar="X",
        help="α of Wu et al. 2016, eq. 14 (default 0: none)",
    )
    search.add_argument(
        "--max-len",
        type=int,
        metavar="N",
        help="longest translation in tokens (default: twice the source, plus 20; of a table 20)",
    )
    rules = "; ".join(f"{name}: {meaning}" for name, meaning in STOP_RULES.items())
    search.add_argument(
        "--stop", choices=tuple(STOP_RULES), default="enough", help=f"when to stop (default enough); {rules}"
    )
    search.add_argument(
        "--pruned",
        type=int,
        default=3,
        metavar="N",
        help="pruned candidates to show at each step (default 3)",
    )
    search.add_argument("--prefix", default="", metavar="TEXT", help="how the translation must begin")


def _add_sampling(parser: argparse.ArgumentParser) -> None:
    draw = parser.add_argument_group("sampling instead of beam search")
    draw.add_argument(
        "--seed", type=int, metavar="N", help="draw the translation; the same seed draws the same one"
    )
    draw.add_argument(
        "--temperature",
        type=float,
        default=1.0,
        metavar="X",
        help="below 1 makes the distribution sharper, above 1 flatter (default 1)",
    )
    draw.add_argument("--top-k", type=int, metavar="N", help="draw from the N likeliest tokens")
    draw.add_argument(
        "--top-p",
        type=float,
        metavar="X",
        help="draw from the likeliest tokens that together have probability X",
    )


def _add_other_questions(parser: argparse.ArgumentParser) -> None:
    from explorer.decoding.tables import CONDITIONS, TABLES

    other = parser.add_argument_group("other questions")
    other.add_argument(
        "--compare",
        action="store_true",
        help="show greedy, beam, sampling and exhaustive search side by side",
    )
    other.add_argument("--reference", metavar="TEXT", help="with --compare: a reference for BLEU")
    other.add_argument(
        "--find",
        type=int,
        metavar="N",
        help="among N held-out sentences, find where greedy search loses and where a wider beam is worse",
    )
    add_data(other)
    names = ", ".join(repr(name) for name in TABLES)
    other.add_argument(
        "--table",
        metavar="FILE",
        help=f"search a table of probabilities instead of a model: a file, or {names}",
    )
    other.add_argument(
        "--condition",
        choices=tuple(CONDITIONS),
        default="prefix",
        help="what a row of the table depends on (default prefix)",
    )


def run(args: argparse.Namespace) -> None:
    """Print what was asked for. Raises InputError for arguments that do not go together."""
    if args.pruned < 0:
        raise InputError(f"--pruned is {args.pruned}: give 0 or more.")
    if args.find is not None:
        _find(args)
    elif args.table is not None:
        _on_table(args)
    elif args.text is None:
        raise InputError("There is nothing to translate: give a sentence, --table or --find.")
    elif args.compare:
        from explorer.decoding.cases import compare_strategies

        checkpoint = open_checkpoint(args.checkpoint)
        found = compare_strategies(
            checkpoint, args.text, args.reference, length_penalty=args.length_penalty, max_len=args.max_len
        )
        _show_comparison(found, args.json, {"checkpoint": checkpoint.name, "sha256": checkpoint.sha256})
    else:
        _on_model(args)


def _on_model(args: argparse.Namespace) -> None:
    from explorer.decoding.decode import encode_text, longest, sample_translation, translate

    checkpoint = open_checkpoint(args.checkpoint)
    tokenizer = checkpoint.tgt_tokenizer
    prefix = (
        encode_text(args.prefix, tokenizer, longest(checkpoint.model), "prefix").ids
        if args.prefix.strip()
        else ()
    )
    if args.seed is None:
        translation = translate(
            checkpoint,
            args.text,
            beam_size=args.beam,
            max_len=args.max_len,
            length_penalty=args.length_penalty,
            stop=args.stop,
            n_pruned=args.pruned,
            prefix=prefix,
        )
    else:
        translation = sample_translation(
            checkpoint,
            args.text,
            seed=args.seed,
            temperature=args.temperature,
            top_k=args.top_k,
            top_p=args.top_p,
            max_len=args.max_len,
            prefix=prefix,
        )
    where = {"checkpoint": checkpoint.name, "sha256": checkpoint.sha256, "source": args.text}
    _show_trace(translation.trace, tokenizer.token, tokenizer.decode, args, len(prefix), where)


def _on_table(args: argparse.Namespace) -> None:
    from explorer.decoding.compare import compare_on
    from explorer.decoding.sampling import sample
    from explorer.decoding.strategies import beam_search, check_settings
    from explorer.decoding.tables import TABLES, TableScorer, parse_table

    if args.text is not None:
        raise InputError("--table replaces the model: leave out the sentence.")
    if args.table in TABLES:
        condition, rows = TABLES[args.table]
    else:
        condition, rows = args.condition, parse_table(_read(Path(args.table)))
    scorer = TableScorer(rows, condition)
    max_len = 20 if args.max_len is None else args.max_len
    check_settings(args.beam, max_len, args.length_penalty)
    if args.compare:
        found = compare_on(
            lambda: TableScorer(rows, condition),
            scorer.text,
            scorer.token,
            max_len=max_len,
            src=args.table,
            reference=args.reference,
            length_penalty=args.length_penalty,
        )
        return _show_comparison(found, args.json, {"table": args.table})
    prefix = scorer.ids(args.prefix.split())
    if args.seed is None:
        trace = beam_search(
            scorer,
            beam_size=args.beam,
            max_len=max_len,
            length_penalty=args.length_penalty,
            stop=args.stop,
            n_pruned=args.pruned,
            prefix=prefix,
        )
    else:
        trace = sample(
            scorer,
            max_len=max_len,
            seed=args.seed,
            temperature=args.temperature,
            top_k=args.top_k,
            top_p=args.top_p,
            prefix=prefix,
        )
    _show_trace(trace, scorer.token, scorer.text, args, len(prefix), {"table": args.table})


def _find(args: argparse.Namespace) -> None:
    from explorer.corpora import load_corpus
    from explorer.corpora.files import find_files
    from explorer.decoding.cases import find_cases

    if args.find < 1:
        raise InputError(f"--find {args.find} leaves nothing to search: give at least 1.")
    checkpoint = open_checkpoint(args.checkpoint)
    corpus = load_corpus(find_files(checkpoint.config.corpus, args.data))
    pairs = corpus.test[: args.find]
    found = find_cases(
        checkpoint,
        pairs,
        length_penalty=args.length_penalty,
        progress=lambda n: say(f"{n:,} of {len(pairs):,} sentences"),
    )
    if args.json:
        return print_json(
            {"checkpoint": checkpoint.name, "sha256": checkpoint.sha256} | vars(found), indent=1
        )
    _show_cases(found)


def _show_trace(
    trace: SearchTrace, token_of, text_of, args: argparse.Namespace, n_forced: int, where: dict
) -> None:
    from explorer.decoding.rerank import rerank
    from explorer.decoding.tree import search_tree

    tree = search_tree(trace, token_of, n_forced=n_forced)
    ranking = rerank(trace, trace.length_penalty)
    hypotheses = [
        {
            "text": text_of(hypothesis.token_ids),
            "log_prob": hypothesis.log_prob,
            "score": score,
            "n_tokens": hypothesis.length,
            "finished": hypothesis.finished,
            "node": node,
        }
        for hypothesis, score, node in zip(trace.hypotheses, trace.scores, tree.hypotheses, strict=True)
    ]
    if args.json:
        return print_json(
            where | {"tree": tree, "hypotheses": hypotheses, "crossovers": ranking.crossovers}, indent=1
        )
    for node in tree.nodes:
        if node.rank == 0:
            print(f"step {node.step + 1}")
        before = " ".join(map(token_of, node.token_ids[:-1]))
        print(
            printable(
                f"  {MARKS[node.fate]} {node.score:9.4f}  {node.token_log_prob:9.4f}  {before} [{node.token}]"
            )
        )
    print("\nscore, log-probability, tokens, text" + (" (not finished)" if not trace.best.finished else ""))
    for found in hypotheses:
        print(
            printable(
                f"{found['score']:9.4f}  {found['log_prob']:9.4f}  {found['n_tokens']:3}  {found['text']}"
            )
        )
    for crossover in ranking.crossovers:
        names = [text_of(trace.hypotheses[i].token_ids) for i in (crossover.before, crossover.after)]
        print(
            printable(
                f"above a length penalty of {crossover.length_penalty:.4f}, {names[1]!r} beats {names[0]!r}"
            )
        )


def _show_comparison(found: StrategyComparison, as_json: bool, where: dict) -> None:
    if as_json:
        return print_json(where | vars(found), indent=1)
    for number, found_run in enumerate(found.runs):
        print(printable(f"{'*' if number == found.best else ' '} {_line(found_run)}"))


def _show_cases(found: SearchCases) -> None:
    print(f"{found.n_sources:,} sentences")
    for title, case, n, unit in (
        ("greedy search loses to a beam", found.greedy_loses, found.n_greedy_loses, "nats"),
        ("a wider beam is worse", found.wider_is_worse, found.n_wider_is_worse, "points of BLEU"),
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


def _line(found: StrategyRun) -> str:
    bleu = "" if found.bleu is None else f"  BLEU {found.bleu:6.2f}"
    ending = "" if found.finished else " (not finished)"
    return f"{found.strategy:<36}{found.log_prob:9.4f}  {found.n_tokens:3} tokens{bleu}  {found.text}{ending}"


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 text ({error.reason}): convert it first.") from error
    except OSError as error:
        raise InputError(
            f"{path} cannot be read ({error.strerror}): give a text file with one row of the table per line."
        ) from error
