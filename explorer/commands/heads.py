"""`python -m explorer heads`: find the role of each head of a checkpoint over a corpus, with the evidence."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.commands.shared import (
    add_checkpoint,
    add_data,
    add_processes,
    open_checkpoint,
    print_json,
    printable,
    provenance,
    run_in_processes,
    say,
)
from explorer.errors import InputError

if TYPE_CHECKING:
    from explorer.checkpoints.folder import Checkpoint
    from explorer.heads.roles.corpus import HeadCorpus
    from explorer.results import Evidence, HeadReport, HeadRow

N_SENTENCES = 1000
GRAMMAR_SEED = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `heads`."""
    add_checkpoint(parser)
    _add_sentences(parser)
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="seed of random weights and tokens (default 0)"
    )
    add_processes(parser)
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write every number as CSV")
    parser.add_argument("--latex", type=Path, metavar="FILE", help="write a table for a paper")
    parser.add_argument(
        "--write", action="store_true", help="save the report as roles.json in the checkpoint's folder"
    )


def _add_sentences(parser: argparse.ArgumentParser) -> None:
    which = parser.add_argument_group(
        "which sentences (default: the grammar's, whose trees and links are known)"
    )
    which.add_argument(
        "--corpus",
        choices=("grammar", "own"),
        help="the grammar's treebank, or the held-out part of the model's own data",
    )
    which.add_argument(
        "--conllu",
        type=Path,
        metavar="FILE",
        help="a treebank of the source language; the model translates it",
    )
    which.add_argument(
        "--parallel",
        metavar="FILE",
        help="a TSV file of source and target, or two parallel files as src.en|tgt.de",
    )
    _add_links(which)
    which.add_argument(
        "--sentences",
        type=int,
        metavar="N",
        help=f"sentences in each of two splits (default {N_SENTENCES:,})",
    )
    add_data(which)


def _add_links(which: argparse.ArgumentParser) -> None:
    which.add_argument(
        "--links",
        type=Path,
        metavar="FILE",
        help="with --parallel: gold word links, one line per sentence pair",
    )
    which.add_argument(
        "--link-format",
        choices=("pharaoh", "naacl"),
        default="pharaoh",
        help="0-0 1p2, or 1 1 2 S (default pharaoh)",
    )
    which.add_argument(
        "--index-base",
        type=int,
        choices=(0, 1),
        help="number of the first word (default 0 for pharaoh, 1 for naacl)",
    )
    which.add_argument(
        "--link-words",
        choices=("split", "spaces"),
        default="split",
        help="whether links count words and punctuation marks, or whatever is between spaces (default split)",
    )


def run(args: argparse.Namespace) -> None:
    """Print the report and write the files asked for. Raises InputError for missing data and for flags that
    do not go together.
    """
    _check(args)
    if args.processes is not None:
        run_in_processes("heads", args)
        return

    from explorer.heads.roles.study import study
    from explorer.heads.roles.survey import attention_kinds
    from explorer.parallel.ranks import end_with_the_launcher, own_rank
    from explorer.parallel.team import joined

    end_with_the_launcher()

    def read() -> tuple[Checkpoint, HeadCorpus]:
        checkpoint = open_checkpoint(args.checkpoint)
        attention_kinds(checkpoint)
        return checkpoint, _corpus(args, checkpoint)

    with joined(own_rank(), args.timeout) as team:
        checkpoint, corpus = team.leader_first(read, read)  # what is wrong with the input is said once
        report = study(
            checkpoint,
            corpus,
            provenance(checkpoint, _settings(args, corpus)),
            control_seed=args.seed,
            progress=lambda message: say(f"{checkpoint.name}: {message}") if team.leads else None,
            team=team,
        )
    if not team.leads:
        return
    if args.write:
        from explorer.heads.roles.report import REPORT, report_to_json

        _save(checkpoint.path / REPORT, report_to_json(report), "copy the checkpoint to a folder of your own")
    if args.csv or args.latex:
        from explorer.views.heads.role_files import roles_csv, roles_latex

        for path, table in ((args.csv, roles_csv), (args.latex, roles_latex)):
            if path is not None:
                _save(path, table(report), "choose another file")
    if args.json:
        print_json(report, indent=1)
    else:
        _show(report)


def _check(args: argparse.Namespace) -> None:
    given = [name for name in ("corpus", "conllu", "parallel") if getattr(args, name) is not None]
    if len(given) > 1:
        raise InputError(f"--{given[0]} and --{given[1]} were given: choose one of them.")
    if args.links is not None and args.parallel is None:
        raise InputError("--links belong to parallel text: add --parallel.")
    if args.sentences is not None and args.sentences < 1:
        raise InputError(f"--sentences {args.sentences} leaves nothing to measure: give at least 1.")
    if not 0 <= args.seed < 2**63 - 1:
        raise InputError(f"--seed {args.seed} is out of range: give a number from 0 to 2^63 − 2.")
    if args.write and (given or args.sentences is not None or args.seed):
        raise InputError(
            "--write saves the report of the default settings: leave out --seed, --sentences and the choice "
            "of sentences."
        )
    if args.data is not None and args.corpus != "own":
        raise InputError("--data is the folder of the model's own data: add --corpus own.")


def _corpus(args: argparse.Namespace, checkpoint: Checkpoint) -> HeadCorpus:
    from explorer.corpora.files import find_files
    from explorer.corpora.grammar.load import LANGUAGE_NAMES
    from explorer.heads.roles.corpus import (
        configured_corpus,
        grammar_corpus,
        parallel_corpus,
        treebank_corpus,
    )

    n = N_SENTENCES if args.sentences is None else args.sentences
    if args.conllu is not None:
        return treebank_corpus(args.conllu, n)
    if args.parallel is not None:
        return parallel_corpus(
            args.parallel, n, args.links, args.link_format, args.index_base, args.link_words
        )
    config = checkpoint.config.corpus
    languages = getattr(config, "src_lang", ""), getattr(config, "tgt_lang", "")
    has_grammar = languages[0] == "en" and languages[1] in LANGUAGE_NAMES
    if args.corpus == "grammar" and not has_grammar:
        raise InputError(
            f"The grammar has no sentences for {checkpoint.name} ({config.kind}): leave --corpus grammar out."
        )
    if args.corpus == "own" or not has_grammar:
        return configured_corpus(find_files(config, args.data), n)
    return grammar_corpus(languages[1], n, config.seed if config.kind == "grammar" else GRAMMAR_SEED)


def _settings(args: argparse.Namespace, corpus: HeadCorpus) -> dict[str, object]:
    names = (
        ("conllu", "parallel", "links", "link_format", "index_base", "link_words")
        if args.conllu or args.parallel
        else ()
    )
    given = {name: getattr(args, name) for name in names if getattr(args, name) is not None}
    sentences = N_SENTENCES if args.sentences is None else args.sentences
    return {name: str(value) for name, value in given.items()} | {
        "corpus": corpus.name,
        "sentences": sentences,
        "seed": args.seed,
    }


def _save(path: Path, text: str, advice: str) -> None:
    from explorer.durable import write_text_durably

    try:
        write_text_durably(path, text)
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error.strerror}): {advice}.") from error


# ------------------------------------------------------------------------------------------------------- text


def _show(report: HeadReport) -> None:
    print(
        f"{report.checkpoint} on {printable(report.corpus)}: questions chosen on the {report.chosen_on.name} "
        f"({report.chosen_on.n_sentences:,} "
        f"sentences), answered on the {report.reported_on.name} ({report.reported_on.n_sentences:,}); "
        f"target: {report.target}; "
        f"rare tokens by the counts of {report.frequencies}."
    )
    for kind in report.kinds:
        print(f"\n{kind}")
        for row in report.rows:
            if row.kind == kind:
                for n, line in enumerate(_lines(row)):
                    print(f"  {row.name if n == 0 else '':<7}{line}")
    print("\nThe same model with random weights: " + (_control(report) or "no head has a role."))
    if report.left_out:
        print("\nLeft out")
        for entry in report.left_out:
            print(f"  {entry.count:,} of {entry.total:,} {entry.what}: {printable(entry.reason)}")


def _lines(row: HeadRow) -> list[str]:
    """The strongest evidence for each role that the head has or is disputed."""
    lines = []
    for role in dict.fromkeys((*row.roles, *row.disputed)):
        evidence = [e for e in row.evidence if e.role == role]
        best = next((e for e in evidence if e.holds), None) or next(e for e in evidence if e.disputed)
        lines.append(f"{role}{'' if role in row.roles else ' (disputed)'}: {evidence_sentence(best)}")
    best = row.position
    return lines or [
        f"no role; its maximum is most often at {best.label}: {_percent(best.value)}" if best else "no role"
    ]


def evidence_sentence(evidence: Evidence) -> str:
    """The score beside everything it has to beat."""
    said = (
        ""
        if not evidence.disputed
        else "; " + ", ".join(f"{'' if c.holds else 'not '}{c.text}" for c in evidence.criteria)
    )
    return (
        f"{printable(evidence.label)} {_percent(evidence.value)} [{_percent(evidence.low)}, "
        f"{_percent(evidence.high)}], n {evidence.n:,}, "
        f"{evidence.baseline_rule} {_percent(evidence.baseline)}, random weights "
        f"{_percent(evidence.control)} "
        f"(best {_percent(evidence.control_best)}){said}"
    )


def _control(report: HeadReport) -> str:
    rows = [row for row in report.control if row.roles]
    return "; ".join(f"{row.kind} {row.name} {', '.join(row.roles)}" for row in rows)


def _percent(share: float) -> str:
    return "–" if share != share else f"{100 * share:.1f} %"
