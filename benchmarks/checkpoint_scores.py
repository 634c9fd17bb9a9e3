"""Score every shipped checkpoint again on its held-out split, beside what was asked for.

    python benchmarks/checkpoint_scores.py [--data FOLDER] [--write] [NAME …]

FOLDER holds the files of the real text; without it only the checkpoints of the grammar and of the sequence
tasks are measured.
--write puts the scores into the cards.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from explorer.checkpoints.catalogue import list_checkpoints  # noqa: E402
from explorer.checkpoints.folder import load_checkpoint  # noqa: E402
from explorer.commands.evaluate import write_card  # noqa: E402
from explorer.corpora import load_corpus  # noqa: E402
from explorer.corpora.files import find_files  # noqa: E402
from explorer.errors import InputError  # noqa: E402
from explorer.evaluate import Evaluation, evaluate, scores_markdown  # noqa: E402

ASKED = {
    "grammar-en-de-transformer": "≥ 95, AER ≤ 10 %",
    "grammar-en-de-rnn-mlp": "≥ 95, AER ≤ 10 %",
    "grammar-en-fr-transformer": "≥ 95",
    "tatoeba-en-de-transformer": "≥ 30",
    "tatoeba-en-fr-transformer": "≥ 30",
    "shift-rnn": "100 % exact",
    "shift-transformer": "100 % exact",
}
HEADER = (
    "| checkpoint | parameters | asked | BLEU | 1–5 words | 21–30 words | exact match | best head's "
    "AER, output reading |"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="of a shipped checkpoint (default: all)")
    parser.add_argument("--data", type=Path, metavar="FOLDER", help="where the files of the real text are")
    parser.add_argument("--write", action="store_true", help="put the scores into the cards")
    args = parser.parse_args()
    print(f"{HEADER}\n|---|---:|---|---:|---:|---:|---:|---:|", flush=True)
    for info in sorted(list_checkpoints(), key=lambda info: info.name):
        if args.names and info.name not in args.names:
            continue
        checkpoint = load_checkpoint(info.path)
        try:
            corpus = load_corpus(find_files(checkpoint.config.corpus, args.data))
        except InputError as error:
            print(f"{info.name} is left out: {error}", file=sys.stderr)
            continue
        result = evaluate(checkpoint, corpus.test, f"{corpus.name}, test split", choose_on=corpus.valid)
        if args.write:
            write_card(info.path, scores_markdown(result))
        print(row(info.name, checkpoint.model.n_parameters, result), flush=True)


def row(name: str, n_parameters: int, result: Evaluation) -> str:
    """One line of the table."""
    by_length = {bucket.shortest: f"{bucket.bleu:.1f}" for bucket in result.buckets}
    aer = f"{100 * result.best_head('output').counts.aer:.1f} %" if result.alignment else "–"
    cells = (
        name, f"{n_parameters:,}", ASKED.get(name, "–"), f"{result.bleu.score:.2f}", by_length.get(1, "–"),
        by_length.get(21, "–"),
        f"{100 * result.bleu.exact_match:.1f} %", aer,
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
