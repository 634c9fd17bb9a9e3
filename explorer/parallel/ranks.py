"""Which of the processes that work together this one is, from the variables of torchrun or the launcher."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass

from explorer.errors import InputError

WATCHED = (
    "EXPLORER_LAUNCHER_PIPE"  # the end of a pipe whose other end the launcher holds for as long as it lives
)


@dataclass(frozen=True)
class Rank:
    """number: of this process, from 0 to `size` − 1 over all machines;  local: among those of this
    machine.
    """

    number: int = 0
    size: int = 1
    local: int = 0

    @property
    def leads(self) -> bool:
        """Whether this is the process that writes and prints."""
        return self.number == 0


def own_rank() -> Rank:
    """The place of this process; alone where nobody has given it one. Raises InputError when the variables
    make no sense.
    """
    names = ("RANK", "WORLD_SIZE", "LOCAL_RANK")
    texts = [os.environ.get(name, "") for name in names]
    if "MASTER_ADDR" not in os.environ or not (texts[0] and texts[1]):
        return Rank()
    texts[2] = texts[2] or "0"
    if not (all(text.isdigit() for text in texts) and int(texts[0]) < int(texts[1])):
        said = ", ".join(f"{name}={text}" for name, text in zip(names, texts, strict=True))
        raise InputError(
            f"The environment says {said}, as torchrun would, but that is no place among processes: unset "
            "these variables."
        )
    return Rank(*map(int, texts))


def end_with_the_launcher() -> bool:
    """Have this process end at once when the launcher that started it does, however that ends; False when no
    launcher did.
    """
    text = os.environ.pop(WATCHED, "")
    if not text.isdigit():
        return False
    threading.Thread(target=_wait_for_the_end, args=(int(text),), daemon=True).start()
    return True


def _wait_for_the_end(pipe: int) -> None:
    os.read(pipe, 1)  # nothing is ever written: this returns when the last writer is gone
    os._exit(1)
