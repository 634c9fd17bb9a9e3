"""`python -m explorer align`: print or export one attention matrix, with its error against gold links."""

from __future__ import annotations

import argparse
import random
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.commands.shared import add_checkpoint, open_checkpoint, print_json, printable, provenance
from explorer.errors import InputError
from explorer.results import KINDS

if TYPE_CHECKING:
    from explorer.checkpoints.folder import Checkpoint
    from explorer.results import Alignment, AttentionMap, MatrixView, PassRecord, SentencePair

FORMATS = (".csv", ".json", ".svg", ".png", ".html")


def _number_or_all(text: str) -> int | None:
    return None if text == "all" else int(text)


_number_or_all.__name__ = "number"  # what argparse calls it in an error


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `align`."""
    parser.add_argument("source", nargs="?", help="the sentence to translate")
    add_checkpoint(parser)
    parser.add_argument(
        "--target",
        metavar="TEXT",
        help="translation to force on the model (default: its own greedy translation)",
    )
    _add_gold(parser)
    _add_which(parser)
    _add_reading(parser)
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help=f"write to FILE, in the format of its ending: {' '.join(FORMATS)}",
    )
    parser.add_argument(
        "--theme", choices=("light", "dark"), default="light", help="colours of the picture (default light)"
    )


def _add_gold(parser: argparse.ArgumentParser) -> None:
    gold = parser.add_argument_group("a sentence with gold links, instead of one of your own")
    gold.add_argument(
        "--random",
        action="store_true",
        help="draw a sentence from the grammar, force its reference, and print the alignment error rate",
    )
    gold.add_argument(
        "--phenomenon",
        metavar="NAME",
        help="draw one that shows this (`python -m explorer corpus --list` names them)",
    )
    gold.add_argument("--seed", type=int, metavar="N", help="the same seed draws the same sentence")


def _add_which(parser: argparse.ArgumentParser) -> None:
    which = parser.add_argument_group("which attention")
    which.add_argument("--kind", metavar="KIND", default="cross", help=f"{', '.join(KINDS)} (default cross)")
    which.add_argument("--layer", type=_number_or_all, metavar="N|all", help="from 0 (default all)")
    which.add_argument("--head", type=_number_or_all, metavar="N|all", help="from 0 (default all)")
    which.add_argument(
        "--reduce",
        choices=("mean", "max"),
        default="mean",
        help="how to combine several heads into one matrix (default mean)",
    )


def _add_reading(parser: argparse.ArgumentParser) -> None:
    how = parser.add_argument_group("how to read it")
    how.add_argument(
        "--reading",
        choices=("output", "input"),
        default="output",
        help="label a row with the token written at that step, or with the one fed in (default output)",
    )
    how.add_argument(
        "--words",
        action="store_true",
        help="merge subwords into words: sum over columns, mean over rows",
    )
    how.add_argument("--hide-special", action="store_true", help="leave out </s> and <s>")
    how.add_argument(
        "--renormalise",
        action="store_true",
        help="with --hide-special: scale each row back to its old sum",
    )
    how.add_argument("--threshold", type=float, default=0.0, metavar="X", help="hide weights below X")


def run(args: argparse.Namespace) -> None:
    """Print or write the matrix. Raises InputError for a head, kind or sentence that does not exist."""
    from explorer.attention.capture import replay
    from explorer.attention.reading import MapReading, read_map
    from explorer.decoding.decode import translate

    if args.out is not None and args.out.suffix.lower() not in FORMATS:
        raise InputError(f"--out {args.out} ends in {args.out.suffix!r}: choose one of {', '.join(FORMATS)}.")
    if args.random == (args.source is not None):
        raise InputError("Give either a sentence or --random.")
    if not args.random and (args.phenomenon or args.seed is not None):
        raise InputError("--phenomenon and --seed choose a random sentence: add --random.")
    if args.renormalise and not args.hide_special:
        raise InputError("--renormalise scales what --hide-special leaves: add --hide-special.")
    checkpoint = open_checkpoint(args.checkpoint)
    pair = _draw(checkpoint, args) if args.random else None
    source = pair.src if pair else args.source
    forced = args.target if args.target is not None else pair.tgt if pair else None
    target = forced if forced is not None else translate(checkpoint, source).trace.best.token_ids
    record = replay(checkpoint, source, target)
    attention_map = _map(record, args.kind)
    heads = _heads(attention_map, args.layer, args.head)
    view = read_map(
        attention_map,
        MapReading(args.reading, args.words, args.hide_special, args.renormalise, args.threshold),
        heads=heads,
        reduce=args.reduce,
    )
    written = forced if forced is not None else checkpoint.tgt_tokenizer.decode(target)
    facts = {"checkpoint": checkpoint.name, "source": source, "target": written, "forced": forced is not None}
    facts["log_probs"] = record.log_probs
    gold = pair.alignment if pair is not None and not view.is_self and written == pair.tgt else None
    if gold is not None:
        facts["gold"] = _against_gold(attention_map, heads, args, gold)
    if args.out is not None:
        _write(args, checkpoint, view, facts, gold)
        facts["file"] = args.out
    if args.json:
        print_json(_matrix(checkpoint, view, args, facts) | facts)
    else:
        _show(record, view, facts)


def _draw(checkpoint: Checkpoint, args: argparse.Namespace) -> SentencePair:
    corpus = checkpoint.config.corpus
    rng = random.Random(args.seed)
    if corpus.kind == "task":
        if args.phenomenon:
            raise InputError(
                f"{checkpoint.name} was trained on sequences of numbers, which show no phenomena: leave "
                "out --phenomenon."
            )
        from explorer.corpora.tasks import task_pair

        return task_pair(corpus.task, tuple(rng.randrange(corpus.vocabulary) for _ in range(corpus.length)))
    from explorer.corpora.grammar import generate_pair

    return generate_pair(rng, corpus.tgt_lang, args.phenomenon, max_words=14)


def _map(record: PassRecord, kind: str) -> AttentionMap:
    try:
        return record.map(kind)
    except KeyError as error:
        raise InputError(error.args[0]) from error


def _heads(attention_map: AttentionMap, layer: int | None, head: int | None) -> list[tuple[int, int]]:
    from explorer.attention.reading import all_heads

    heads = [(n, h) for n, h in all_heads(attention_map) if layer in (None, n) and head in (None, h)]
    if not heads:
        asked = " ".join(
            f"{letter}{number}" for letter, number in (("L", layer), ("H", head)) if number is not None
        )
        has = f"layers 0–{attention_map.n_layers - 1} and heads 0–{attention_map.n_heads - 1}"
        raise InputError(f"There is no head {asked}: {attention_map.kind} attention here has {has}.")
    return heads


def _against_gold(
    attention_map: AttentionMap, heads: list[tuple[int, int]], args: argparse.Namespace, gold: Alignment
) -> dict:
    """Links and error rate of the matrix before anything is hidden, counted as `evaluate` counts them."""
    from explorer.attention.reading import link_errors, word_links
    from explorer.evaluation.alignment import count_links

    links = word_links(attention_map, heads, args.reduce, args.reading)
    counts, errors = count_links(links, gold), link_errors(links, gold)
    return {
        "aer": counts.aer,
        "precision": counts.precision,
        "recall": counts.recall,
        "links": links,
        "hits": errors.hits,
        "spurious": errors.spurious,
        "missed": errors.missed,
        "sure": gold.sure,
        "possible": gold.possible,
    }


def _settings(args: argparse.Namespace, facts: dict) -> dict[str, object]:
    names = (
        "kind",
        "layer",
        "head",
        "reduce",
        "reading",
        "words",
        "hide_special",
        "renormalise",
        "threshold",
        "seed",
        "phenomenon",
    )
    chosen = {name: getattr(args, name) for name in names}
    chosen |= {name: "all" for name in ("layer", "head") if chosen[name] is None}
    given = {name: value for name, value in chosen.items() if value not in (None, False)}
    return given | {name: facts[name] for name in ("source", "target", "forced")}


def _matrix(checkpoint: Checkpoint, view: MatrixView, args: argparse.Namespace, facts: dict) -> dict:
    import json

    from explorer.views.attention.matrix_numbers import matrix_json

    return json.loads(matrix_json(view, provenance(checkpoint, _settings(args, facts))))


def _write(
    args: argparse.Namespace, checkpoint: Checkpoint, view: MatrixView, facts: dict, gold: Alignment | None
) -> None:
    from explorer.results import LinkErrors
    from explorer.views.attention.matrix_numbers import matrix_csv, matrix_json
    from explorer.views.attention.matrix_page import heatmap_html
    from explorer.views.attention.matrix_picture import MatrixPicture
    from explorer.views.attention.matrix_scene import heatmap_png, heatmap_svg
    from explorer.views.theme import THEMES

    source = provenance(checkpoint, _settings(args, facts))
    suffix = args.out.suffix.lower()
    numbers = {".csv": matrix_csv, ".json": matrix_json}
    pictures = {".svg": heatmap_svg, ".png": heatmap_png, ".html": heatmap_html}
    if suffix in numbers:
        content = numbers[suffix](view, source)
    else:
        errors = (
            LinkErrors(*(facts["gold"][name] for name in ("hits", "spurious", "missed")))
            if gold is not None
            else None
        )
        picture = MatrixPicture(view, gold, errors)
        content = pictures[suffix](picture, THEMES[args.theme], source)
    try:
        args.out.write_bytes(content if isinstance(content, bytes) else content.encode())
    except OSError as error:
        raise InputError(f"{args.out} cannot be written ({error.strerror}): choose another --out.") from error


def _show(record: PassRecord, view: MatrixView, facts: dict) -> None:
    """Print the matrix, with weights in per cent and a row for each query token."""
    from explorer.views.text import visible_text

    print(f"{'target ' if facts['forced'] else 'output '} {printable(facts['target'])}")
    print(f"log p   {float(record.log_probs.sum()):.3f}, {len(record.log_probs)} tokens")
    print(f"shown   {view.kind}, {view.name}, in per cent")
    for note in view.notes:
        print(f"note    {note}")
    if "gold" in facts:
        gold = facts["gold"]
        counts = f"{len(gold['hits'])} right, {len(gold['spurious'])} wrong, {len(gold['missed'])} missed"
        print(f"gold    AER {100 * gold['aer']:.1f} %, {counts}")
    if "file" in facts:
        print(f"file    {facts['file']}")
        return
    rows, columns = (
        [visible_text(label) for label in labels] for labels in (view.rows.tokens, view.cols.tokens)
    )
    left = max(map(len, rows))
    widths = [max(3, len(column)) for column in columns]
    print(" " * left, *(f"{column:>{width}}" for column, width in zip(columns, widths, strict=True)))
    for label, weights in zip(rows, view.weights, strict=True):
        print(
            f"{label:>{left}}",
            *(f"{100 * float(weight):{width}.0f}" for weight, width in zip(weights, widths, strict=True)),
        )
