"""Round numbers to name along an axis."""

from __future__ import annotations

import math

from explorer.views.numbers import short


def nice_ticks(low: float, high: float, n: int = 5) -> list[float]:
    """About `n` round numbers from `low` to `high`: 1, 2 or 5 times a power of ten apart.

    >>> nice_ticks(0, 900)
    [0, 200, 400, 600, 800]
    """
    rough = (high - low) / n
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(digit * power for digit in (1, 2, 5, 10) if digit * power >= rough * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [
        float(f"{number * step:.12g}") if step < 1 else round(number * step)
        for number in range(first, last + 1)
    ]


def log_ticks(low: float, high: float) -> list[float]:
    """The powers of ten from `low` to `high`."""
    return [10.0**power for power in range(round(math.log10(low)), round(math.log10(high)) + 1)]


def tick_text(value: float) -> str:
    """A tick: 0.001, 0.5, 20, 40k."""
    if abs(value) >= 10_000:
        return f"{value / 1000:g}k"
    return (
        f"{value:g}"
        if value == 0 or abs(value) >= 1e-4
        else short(value)
        if abs(value) >= 1e-3
        else f"{value:.0e}"
    )
