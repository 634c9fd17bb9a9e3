"""The command line: `python -m explorer translate | align | heads | train | evaluate | …`.

The module of a command is imported only when that command is called, and torch only when it runs.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from explorer.errors import LOST, InputError, LostProcess


def _translate():
    from explorer.commands import translate

    return translate


def _decode():
    from explorer.commands import decode

    return decode


def _bleu():
    from explorer.commands import bleu

    return bleu


def _align():
    from explorer.commands import align

    return align


def _train():
    from explorer.commands import train

    return train


def _runs():
    from explorer.commands import runs

    return runs


def _sweep():
    from explorer.commands import sweep

    return sweep


def _experiment():
    from explorer.commands import experiment

    return experiment


def _heads():
    from explorer.commands import heads

    return heads


def _over_training():
    from explorer.commands import over_training

    return over_training


def _ablate():
    from explorer.commands import ablate

    return ablate


def _evaluate():
    from explorer.commands import evaluate

    return evaluate


def _faithfulness():
    from explorer.commands import faithfulness

    return faithfulness


def _corpus():
    from explorer.commands import corpus

    return corpus


def _bpe():
    from explorer.commands import bpe

    return bpe


COMMANDS = {
    "translate": ("translate sentences, or standard input line by line", _translate),
    "decode": ("show the search for a translation as a tree, or compare search strategies", _decode),
    "bleu": ("take a BLEU score apart, or score and compare whole files", _bleu),
    "align": ("show or export which words a model looks at", _align),
    "train": ("train a model, or resume a training run", _train),
    "runs": ("list training runs; show, stop, resume, export or delete one", _runs),
    "sweep": ("train a model for every combination of some settings and tabulate the runs", _sweep),
    "experiment": ("answer a lecture's question from finished runs, or repeat the runs", _experiment),
    "evaluate": ("score a checkpoint on the held-out part of its own data", _evaluate),
    "faithfulness": ("test attention as an explanation against blanking words out", _faithfulness),
    "heads": ("find the role of each attention head, with the evidence", _heads),
    "over-training": ("find the training step at which each head took on its role", _over_training),
    "ablate": ("switch off heads for one sentence, or each in turn over a corpus", _ablate),
    "corpus": ("show or write sentence pairs with their links and trees", _corpus),
    "bpe": ("learn subwords merge by merge; apply, compare and check them", _bpe),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0, 2 for an error that one sentence explains, 75 for a lost
    process, 130 for Ctrl-C, 141 for a closed pipe."""
    overview = "\n".join(f"  {name:<13} {summary}" for name, (summary, _) in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="python -m explorer",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="See what attention does in small translation models, from the command line.",
        epilog=f"commands:\n{overview}\n\n`python -m explorer COMMAND --help` explains a command. ./start "
        "opens the app in a browser.",
    )
    parser.add_argument("command", choices=COMMANDS, metavar="COMMAND", help="one of the commands below")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, metavar="...", help="its arguments")
    chosen = parser.parse_args(argv)

    try:
        _run(chosen.command, chosen.arguments)
        if sys.stdout is not None:  # `>&-` closes it
            sys.stdout.flush()
    except InputError as error:
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except LostProcess as error:
        if str(error):
            print(f"error: {error}", file=sys.stderr)
        return LOST
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        _drop_output()
        return 141
    except OSError as error:
        what = f"{error.filename} cannot be used" if error.filename else "The output cannot be written"
        print(
            f"error: {what} ({error.strerror or error}): check permissions and free space.", file=sys.stderr
        )
        _drop_output()
        return 2
    return 0


def _drop_output() -> None:
    """Discard what is still buffered, so that it does not fail a second time when the interpreter exits."""
    if sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(name: str, arguments: Sequence[str]) -> None:
    summary, module = COMMANDS[name]
    command = module()
    description = f"{summary[0].upper()}{summary[1:]}."
    parser = argparse.ArgumentParser(
        prog=f"python -m explorer {name}", description=description, allow_abbrev=False
    )
    command.add_arguments(parser)
    args = parser.parse_args(arguments, argparse.Namespace(given=tuple(arguments)))
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(
            errors="backslashreplace"
        )  # a terminal without ü shows \xfc instead of stopping the command
    command.run(args)


if __name__ == "__main__":
    sys.exit(main())
