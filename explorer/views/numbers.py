"""Numbers as text: short in a picture, exact under the pointer and in files."""

from __future__ import annotations

import numpy as np


def short(value: float) -> str:
    """Three significant digits, never in powers of ten where a picture shows it: 0.0412, 0.987, 12.3,
    <0.001.
    """
    value = float(value)
    if not np.isfinite(value):
        return {True: "∞", False: "−∞"}[value > 0] if np.isinf(value) else "–"
    if value == 0:
        return "0"
    if abs(value) < 0.001:
        return "<0.001" if value > 0 else ">−0.001"
    text = f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"
    if "e" in text:
        text = f"{value:.0f}"
    return text.replace("-", "−")


def exact(value) -> str:
    """The shortest text that reads back as the same float32 (or float64): what hovers and exports show."""
    value = value if isinstance(value, np.floating) else np.float64(value)
    if not np.isfinite(value):
        return {True: "inf", False: "-inf"}[bool(value > 0)] if np.isinf(value) else "nan"
    return np.format_float_positional(value, unique=True, trim="0")


def exact_number(value) -> float:
    """The float whose shortest text is `exact(value)`: JSON of a float32 without 17 digits."""
    return float(exact(value))


def percent(share: float) -> str:
    """A share as per cent with three significant digits: 41.3 %."""
    return f"{short(100 * share)} %"
