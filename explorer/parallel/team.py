"""What processes that work together say to one another: sums, yes or no, and bytes; nothing is pickled.

Every method is called by all of them in the same order. Where one does not answer, the others raise
LostProcess: at once when its end of the connection closes, else after the timeout, so that nobody waits for
ever.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import torch
import torch.distributed as dist
from torch import Tensor

from explorer.errors import LostProcess
from explorer.parallel.ranks import Rank

TIMEOUT = (
    600.0  # seconds: the longest that one may keep the others waiting, by a validation or by reading its data
)
T = TypeVar("T")


@dataclass(frozen=True)
class Team:
    """The processes, seen from one of them. A team of one says nothing to anybody."""

    rank: Rank = Rank()
    store: dist.Store | None = None

    @property
    def leads(self) -> bool:
        """Whether this process is the one that writes and prints."""
        return self.rank.leads

    @property
    def size(self) -> int:
        """How many processes there are."""
        return self.rank.size

    @property
    def part(self) -> slice:
        """Which of many things are this process's to work on: every `size`-th of them."""
        return slice(self.rank.number, None, self.size)

    def share(self, items: Sequence[T]) -> Sequence[T]:
        """This process's part of `items`."""
        return items[self.part]

    def add_up(self, tensors: Sequence[Tensor]) -> None:
        """Replace each of `tensors`, all of one type, by its sum over the processes: the same bits in all of
        them.
        """
        if self.size == 1:
            return
        together = torch.cat(
            [tensor.reshape(-1) for tensor in tensors]
        )  # one message instead of one for each
        with _answered():
            dist.all_reduce(together)
        for tensor, part in zip(tensors, together.split([tensor.numel() for tensor in tensors]), strict=True):
            tensor.copy_(part.view_as(tensor))

    def any(self, flag: bool) -> bool:
        """Whether one of them says yes."""
        told = torch.tensor([float(flag)])
        self.add_up([told])
        return bool(told)

    def all_bytes(self, own: bytes) -> list[bytes]:
        """What each of them has, by number."""
        if self.size == 1:
            return [own]
        lengths = torch.zeros(self.size, dtype=torch.long)
        lengths[self.rank.number] = len(own)
        self.add_up([lengths])
        mine = torch.zeros(int(lengths.max()), dtype=torch.uint8)
        mine[: len(own)] = torch.frombuffer(bytearray(own), dtype=torch.uint8) if own else mine[:0]
        received = [torch.empty_like(mine) for _ in range(self.size)]
        with _answered():
            dist.all_gather(received, mine)
        return [
            tensor[:length].numpy().tobytes()
            for tensor, length in zip(received, lengths.tolist(), strict=True)
        ]

    def leader_first(self, lead: Callable[[], T], follow: Callable[[], T]) -> T:
        """What `lead` gives in the first process and, once it has come to its end there, `follow` in each of
        the others.
        """
        if not self.leads:
            if self.any(False):
                raise LostProcess  # and nothing to say: the first process says why
            return follow()
        failed = True
        try:
            answer = lead()
            failed = False
        finally:
            self.any(failed)
        return answer

    def leave(self) -> None:
        """Wait until all have come to this point; from here on each is on its own. Called again it does
        nothing.

        Who closes a connection on which another still waits for the last sum takes that sum from it; so all
        say first that they have it, and the first process, which keeps what they say, goes last.
        """
        if self.store is None or not dist.is_initialized():
            return
        with _answered():
            self.store.set(f"done/{self.rank.number}", "yes")
            self.store.wait([f"done/{number}" for number in range(self.size)])
            if self.leads:
                self.store.wait([f"gone/{number}" for number in range(1, self.size)])
            else:
                self.store.set(f"gone/{self.rank.number}", "yes")
        dist.destroy_process_group()


ALONE = Team()


@contextlib.contextmanager
def joined(rank: Rank, timeout: float = TIMEOUT) -> Iterator[Team]:
    """The team of which this process is `rank`, all of whom have come when the block begins. timeout: seconds
    to wait for an answer.
    """
    if rank.size == 1:
        yield ALONE
        return
    backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo"
    wait = timedelta(seconds=timeout)
    with _answered():
        store, number, size = next(dist.rendezvous("env://", rank.number, rank.size, timeout=wait))
        store.set_timeout(wait)
        dist.init_process_group(backend, store=store, timeout=wait, rank=number, world_size=size)
    team = Team(rank, store)
    yield team
    team.leave()  # not after an error: the others are told by the end of this process


@contextlib.contextmanager
def _answered() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        why = (str(error).strip().splitlines() or [repr(error)])[0]
        raise LostProcess(
            f"Another of the processes that work together ended or does not answer ({why})."
        ) from error
