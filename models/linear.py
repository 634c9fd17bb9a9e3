"""A linear layer that is fast on few rows, which is what every step of decoding has."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

# measured with AVX-512 and one thread
FEW_ROWS, FEW_NUMBERS = 8, 3072  # up to here W xᵀ is sooner than x Wᵀ
PACKED_ROWS, PACKED_WORK = (
    4,
    2**18,
)  # so many rows, and rows times weights, make oneDNN's kernels on packed weights the fastest


class Linear(nn.Linear):
    """`nn.Linear`, up to three times as fast on a CPU when x has few rows and no gradient is wanted.

    With few rows the time goes into reading W, and the kernels behind x Wᵀ read it at half the speed of the
    memory or less, or rearrange it at every call. One row is multiplied by two halves of W at once, a few
    rows as W xᵀ. Where there is more to do, a copy of W in the order that the kernel wants is kept, at the
    cost of its memory. It is forgotten when training begins, as fused optimizers change W without counting
    it, and remade when torch has counted a change (all but a fused step and a write through
    `weight.data`). The numbers differ by rounding alone.
    """

    _packed: tuple[Tensor, int, Tensor] | None = (
        None  # the weights that were packed, their version, and the copy
    )

    def forward(self, x: Tensor) -> Tensor:
        weight, bias = self.weight, self.bias
        if (
            torch.is_grad_enabled()
            or not x.is_cpu
            or x.dtype is not torch.float32
            or torch.is_autocast_enabled("cpu")
        ):
            return F.linear(x, weight, bias)
        n_out, n_in = weight.shape
        n_rows = x.numel() // n_in
        if (
            n_rows >= PACKED_ROWS
            and n_rows * n_out * n_in >= PACKED_WORK
            and (packed := self._pack(weight)) is not None
        ):
            return torch.ops.mkldnn._linear_pointwise(x, packed, bias, "none", [], "")
        if n_rows == 1 and n_out % 2 == 0 and weight.is_contiguous():
            # one matrix and one vector would take the slow kernel; two halves of a matrix and a column of a
            # matrix do not
            halves = weight.as_strided((2, n_out // 2, n_in), (n_out // 2 * n_in, n_in, 1))
            column = x.contiguous().as_strided((2, n_in, 1), (0, 1, n_in))  # the same for both
            halves = (
                torch.bmm(halves, column)
                if bias is None
                else torch.baddbmm(bias.view(2, -1, 1), halves, column)
            )
            return halves.view(*x.shape[:-1], n_out)
        if 1 < n_rows <= FEW_ROWS and n_rows * n_in <= FEW_NUMBERS:
            rows = (weight @ x.reshape(n_rows, n_in).T).T.contiguous()  # [rows, n_out]
            return (rows if bias is None else rows.add_(bias)).view(*x.shape[:-1], n_out)
        return F.linear(x, weight, bias)

    def train(self, mode: bool = True) -> Linear:
        if mode:
            self._packed = None
        return super().train(mode)

    def _pack(self, weight: Tensor) -> Tensor | None:
        """The weights as oneDNN wants them; None while training, and where that is not to be had."""
        if (
            self.training
            or weight.is_inference()
            or weight.dtype is not torch.float32
            or not torch.backends.mkldnn.is_available()
        ):
            return None  # an inference tensor does not count its changes
        kept = self._packed
        if kept is None or kept[1] != weight._version or kept[0].data_ptr() != weight.data_ptr():
            # the weights are held on to, so that no others can come to lie at their address
            kept = self._packed = (
                weight.detach(),
                weight._version,
                torch.ops.mkldnn._reorder_linear_weight(weight.detach()),
            )
        return kept[2]

    def __getstate__(self) -> dict:
        return {**self.__dict__, "_packed": None}  # a copy of the module packs for itself
