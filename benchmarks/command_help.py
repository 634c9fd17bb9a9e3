"""How quickly does the command line answer for help? Prints JSON: seconds of the processor, the least of some
rounds, for `python -m explorer --help` and for the help of each command, beside an empty program in turn.

Asked for: at most half a second. The ratio to the empty program is what to compare between machines.

python benchmarks/command_help.py [--rounds 5]
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from explorer.__main__ import COMMANDS  # noqa: E402

EMPTY = ("-c", "pass")


def processor_seconds(arguments: tuple[str, ...]) -> float:
    """Of one Python process with these arguments."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    n_rounds = parser.parse_args().rounds
    lines = [(), *((name,) for name in COMMANDS)]
    asked = {" ".join((*line, "--help")): ("-m", "explorer", *line, "--help") for line in lines}
    asked = {"python -c pass": EMPTY} | asked
    seconds: dict[str, float] = dict.fromkeys(asked, float("inf"))
    for _ in range(n_rounds):
        for name, arguments in asked.items():
            seconds[name] = min(seconds[name], processor_seconds(arguments))
    empty = seconds.pop("python -c pass")
    answers = {
        name: {"seconds": round(took, 3), "ratio": round(took / empty, 1)} for name, took in seconds.items()
    }
    slowest = max(seconds, key=seconds.__getitem__)
    print(json.dumps({"empty": round(empty, 3), "slowest": slowest, "help": answers}, indent=1))


if __name__ == "__main__":
    main()
