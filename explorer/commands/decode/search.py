"""`decode`: run one search on a model or a table and print every step of it."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from explorer.commands.decode.table import max_len, scorer_maker
from explorer.commands.shared import open_checkpoint, print_json, printable

if TYPE_CHECKING:
    from explorer.results import Sampling, SearchSettings, SearchTrace

MARKS = {"kept": " ", "finished": "*", "pruned": "-"}


def on_model(args: argparse.Namespace) -> None:
    """Search with a model, or draw from it, and print the steps."""
    from explorer.decoding.decode import encode_text, longest, sample_translation, translate

    checkpoint = open_checkpoint(args.checkpoint)
    tokenizer = checkpoint.tgt_tokenizer
    prefix = (
        encode_text(args.prefix, tokenizer, longest(checkpoint.model), "prefix").ids
        if args.prefix.strip()
        else ()
    )
    if args.seed is None:
        translation = translate(checkpoint, args.text, _search(args, args.max_len, prefix))
    else:
        translation = sample_translation(
            checkpoint,
            args.text,
            _sampling(args),
            max_len=args.max_len,
            prefix=prefix,
        )
    where = {"checkpoint": checkpoint.name, "sha256": checkpoint.sha256, "source": args.text}
    _show_trace(translation.trace, tokenizer.token, tokenizer.decode, args, len(prefix), where)


def on_table(args: argparse.Namespace) -> None:
    """Search a table, or draw from it, and print the steps."""
    from explorer.decoding.sampling import sample
    from explorer.decoding.strategies import beam_search

    scorer, longest = scorer_maker(args)(), max_len(args)
    prefix = scorer.ids(args.prefix.split())
    if args.seed is None:
        trace = beam_search(scorer, _search(args, longest, prefix))
    else:
        trace = sample(scorer, _sampling(args), max_len=longest, prefix=prefix)
    _show_trace(trace, scorer.token, scorer.text, args, len(prefix), {"table": args.table})


def _search(args: argparse.Namespace, max_len: int | None, prefix: tuple[int, ...]) -> SearchSettings:
    """How it is searched, from the flags."""
    from explorer.results import SearchSettings

    return SearchSettings(args.beam, max_len, args.length_penalty, args.stop, args.pruned, prefix)


def _sampling(args: argparse.Namespace) -> Sampling:
    """How tokens are drawn, from the flags."""
    from explorer.results import Sampling

    return Sampling(args.seed, args.temperature, args.top_k, args.top_p)


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
    for one in hypotheses:
        print(printable(f"{one['score']:9.4f}  {one['log_prob']:9.4f}  {one['n_tokens']:3}  {one['text']}"))
    for crossover in ranking.crossovers:
        names = [text_of(trace.hypotheses[i].token_ids) for i in (crossover.before, crossover.after)]
        print(
            printable(
                f"above a length penalty of {crossover.length_penalty:.4f}, {names[1]!r} beats {names[0]!r}"
            )
        )
