"""What is said of a word link that is held against gold, and how each verdict looks in every picture."""

from __future__ import annotations

from explorer.views.theme import Theme

VERDICTS = {
    "hit": "found, right",
    "spurious": "found, wrong",
    "missed": "missed",
    "sure": "gold link, sure",
    "possible": "gold link, possible",
}
DASHES = {"hit": None, "spurious": (7.0, 4.0), "missed": (2.0, 4.0), "sure": None, "possible": (7.0, 4.0)}


def verdict_colors(theme: Theme) -> dict[str, str]:
    """The colour of each verdict; "" is that of a plain line."""
    plain = {"": theme.accent, "sure": theme.text, "possible": theme.text}
    return plain | {"hit": theme.hit, "spurious": theme.spurious, "missed": theme.missed}
