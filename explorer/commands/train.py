"""How is a model trained from the command line? `python -m explorer train`: every setting of a run is a flag."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.commands.flags import add_flags, given_values, overlay, read_base
from explorer.commands.shared import add_data, print_json
from explorer.errors import InputError

if TYPE_CHECKING:
    from explorer.results import ParallelCorpus
    from explorer.training.config import RunConfig


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `train`."""
    from explorer.training.config import RunConfig

    parser.add_argument("--config", metavar="FILE", help="train like this config.json; other flags change it")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="folder of the run (default runs/<name>)")
    add_data(parser)
    parser.add_argument("--resume", type=Path, metavar="FOLDER", help="go on with the run in this folder; takes no settings")
    parser.add_argument("--json", action="store_true", help="print the settings and the result as JSON, without a progress bar")
    parser.add_argument("--dry-run", action="store_true", help="print the settings that the flags give, as a config.json, and stop")
    add_flags(parser, [RunConfig], skip=("src_vocab", "tgt_vocab"))


def run(args: argparse.Namespace) -> None:
    """Train to the end, measure the result on held-out data and say where the checkpoint is; Ctrl-C stops at the next step."""
    values = given_values(args)
    if args.resume is not None and (values or args.config or args.out or args.dry_run):
        raise InputError("--resume goes on with the settings of the run: leave out all other settings.")
    config = None if args.resume is not None else run_config(values, args.config)
    if args.dry_run:
        print_json(config.to_dict(), indent=1)
        return

    from explorer.training.runs import carry_out, resume_run, start_run

    folder = args.resume or args.out or Path("runs") / _folder_name(config.name)
    run_ = resume_run(folder, args.data) if args.resume else start_run(config, folder, args.data)
    size = f"{run_.checkpoint.model.n_parameters:,} parameters, {len(run_.corpus.train):,} sentence pairs"
    print(f"{folder}: {size}", file=sys.stderr, flush=True)
    stop = threading.Event()
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        path = carry_out(run_, show_progress=not args.json, stop_asked=stop.is_set, evaluate=lambda path: _scores(path, run_.corpus))
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    step, history = run_.trainer.progress.step, run_.folder.history()
    if args.json:
        print_json(
            {
                "run": folder,
                "checkpoint": path,
                "step": step,
                "reason": run_.trainer.stop_reason,
                "config": run_.config.to_dict(),
                "last": history[-1].values if history else {},
            },
            indent=1,
        )
    elif path is None:
        print(f"Stopped after step {step}. Go on with: python -m explorer train --resume {folder}")
    else:
        print(f'The checkpoint is in {path}. Try: python -m explorer translate --checkpoint {path} "…"')


def _folder_name(name: str) -> str:
    """`name` where it can be that of a folder in runs/. Raises InputError elsewhere."""
    if name in ("", ".", "..") or "/" in name or "\\" in name or not name.isprintable():
        raise InputError(f"The name {name[:80]!r} cannot be that of a folder: say with --out where the run goes, or change --name.")
    return name


def run_config(values: dict, base: str | None) -> RunConfig:
    """The `RunConfig` of a base file with the flags laid over it. Raises InputError that names the field at fault."""
    from explorer.training.config import RunConfig

    return RunConfig.from_dict(overlay(RunConfig.from_dict(read_base(base)).to_dict(), values))


def _scores(path: Path, corpus: ParallelCorpus) -> str:
    """What the card of a new checkpoint says about held-out data; nothing when there are none."""
    from explorer.checkpoints import load_checkpoint
    from explorer.evaluate import evaluate, scores_markdown

    if not corpus.test:
        return ""
    return scores_markdown(evaluate(load_checkpoint(path), corpus.test, f"{corpus.name}, test split", choose_on=corpus.valid))
