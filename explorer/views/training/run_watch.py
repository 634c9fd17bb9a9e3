"""A run as it goes: words, tiles with its figures, and sample translations as HTML for `st.html`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from explorer.results import Estimate, RunStatus, SampleTranslation
from explorer.views.escaping import escape
from explorer.views.numbers import exact, short
from explorer.views.plain_table import Cell, Column, plain_table
from explorer.views.theme import Theme


class Tile(NamedTuple):
    """name: what is measured;  help: what it means, at the pointer;  text: "–" while it is not known;  exact:
    the whole number.
    """

    name: str
    help: str
    text: str
    exact: str = ""


FIGURES: dict[str, tuple[str, str, str]] = {  # key of a history row's values: (name, how it is written, help)
    "loss": (
        "Training loss",
        "short",
        "Mean negative log-probability of a target token on the batches of the last steps, in nats.",
    ),
    "valid_loss": (
        "Held-out loss",
        "short",
        "The same on sentences that it does not learn from. The weights with the lowest are kept.",
    ),
    "accuracy": (
        "Training accuracy",
        "share",
        "How often the likeliest next token is the right one, on the batches of the last steps.",
    ),
    "valid_accuracy": ("Held-out accuracy", "share", "The same on sentences that it does not learn from."),
    "bleu": ("BLEU", "bleu", "Of greedy translations of held-out sentences, 0 to 100."),
    "exact_match": (
        "Exact match",
        "share",
        "The share of held-out sentences that are translated without any mistake.",
    ),
    "learning_rate": ("Learning rate", "rate", "How far a step may go now."),
    "tokens_per_second": ("Tokens / s", "count", "Target tokens that it learns from in a second."),
}


def duration(seconds: float) -> str:
    """Time in words, as exact as anybody needs it: "45 s", "3 min", "2 h 10 min"."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"


def status_line(status: RunStatus) -> str:
    """One sentence: where the run stands."""
    at = f"step {status.step:,} of {status.max_steps:,}"
    if status.state == "waiting":
        if not status.n_ahead:
            return "Starting: its process is coming up."
        return f"Queued: {status.n_ahead} {'run is' if status.n_ahead == 1 else 'runs are'} ahead of it."
    if status.state == "running":
        if status.phase == "preparing":
            return "Reading its data and making the vocabulary."
        if status.phase == "measuring":
            return "Trained. The kept weights are measured on held-out sentences now."
        left = "" if status.seconds_left is None else f", about {duration(status.seconds_left)} left"
        return f"Training: {at}{left}."
    if status.state == "finished":
        return f"Finished at {at}: {status.reason}."
    if status.state == "stopped":
        return f"Stopped at {at}. It can go on from there."
    if status.state == "failed":
        return f"Failed at {at}. {status.reason}"
    return (
        f"Died at {at}: its process is gone without a word, killed or cut off. It can go on from its "
        "last whole state."
    )


def share_done(status: RunStatus) -> float:
    """0 to 1, for a bar."""
    return min(1.0, status.step / status.max_steps) if status.max_steps else 0.0


def tiles(status: RunStatus, held_out: Mapping[str, float]) -> list[Tile]:
    """The figures of a run now. held_out: those of its last validation, as the last row need not have any."""
    values = {**held_out, **status.values}
    row = []
    for key, (name, style, help_text) in FIGURES.items():
        value = values.get(key, math.nan)
        known = math.isfinite(value)
        row.append(
            Tile(name, help_text, _figure(value, style) if known else "–", exact(value) if known else "")
        )
    return row


def _figure(value: float, style: str) -> str:
    match style:
        case "share":
            return f"{100 * value:.1f} %"
        case "bleu":
            return f"{value:.1f}"
        case "count":
            return f"{value:,.0f}"
        case "rate":
            return f"{value:.2g}"
    return short(value)


def tiles_html(found: Sequence[Tile], theme: Theme) -> str:
    """The figures beside and below each other; what each means, and its exact number, at the pointer."""
    boxes = "".join(
        f'<div title="{escape(f"{tile.help} {tile.exact}".strip())}" style="min-width:0">'
        f'<div style="color:{theme.muted};font-size:13px;line-height:1.3">{escape(tile.name)}</div>'
        f'<div data-figure="{escape(tile.name)}" '
        'style="font-size:20px;line-height:1.35;font-variant-numeric:tabular-nums">'
        f"{escape(tile.text)}</div></div>"
        for tile in found
    )
    style = "display:grid;grid-template-columns:repeat(auto-fit,minmax(104px,1fr));gap:8px"
    return f'<div style="{style};color:{theme.text}">{boxes}</div>'


def samples_html(samples: Sequence[SampleTranslation], theme: Theme) -> str:
    """Held-out sentences: source, reference, and what the model makes of it; a mark where the two are the
    same.
    """
    columns = [
        Column("", "✓: the same as the reference, word for word"),
        Column("source"),
        Column("reference"),
        Column("model"),
    ]
    rows = [
        [
            Cell("✓" if one.translation == one.reference else "·"),
            Cell(one.src),
            Cell(one.reference),
            Cell(one.translation),
        ]
        for one in samples
    ]
    return plain_table(columns, rows, theme, name="Sample translations")


def estimate_lines(estimate: Estimate) -> list[str]:
    """What a run will need, in words."""
    data = estimate.data
    time = "not known yet" if estimate.seconds is None else f"about {duration(estimate.seconds)}"
    lines = [
        f"{estimate.n_parameters:,} parameters · {memory(estimate.n_bytes)} of memory · time {time}",
        f"{data.n_train:,} sentence pairs, {estimate.n_epochs:.3g} times over · {data.n_valid:,} to "
        f"validate, {data.n_test:,} to test · vocabulary {data.src_vocab:,} → {data.tgt_vocab:,}",
        estimate.basis,
    ]
    if data.n_left_out:
        lines.insert(2, f"{data.n_left_out:,} pairs are left out: they have more tokens than max_len.")
    return lines


def memory(n_bytes: int) -> str:
    """Bytes in words: "380 MB", "2.1 GB"."""
    return f"{n_bytes / 1e6:.0f} MB" if n_bytes < 1e9 else f"{n_bytes / 1e9:.1f} GB"


def differences_html(differences: Mapping[str, Mapping[str, str]], names: Sequence[str], theme: Theme) -> str:
    """The fields that runs set otherwise than one another: a line for each field, a column for each run."""
    columns = [Column("setting"), *map(Column, names)]
    rows = [
        [Cell(field), *(Cell(values.get(name, "–")) for name in names)]
        for field, values in differences.items()
    ]
    return plain_table(columns, rows, theme, name="Settings that differ")


def settings_html(settings: Mapping[str, object], theme: Theme) -> str:
    """Every setting of one run."""
    rows = [
        [Cell(field), Cell("–" if value in (None, "", (), []) else str(value))]
        for field, value in settings.items()
    ]
    return plain_table([Column("setting"), Column("value")], rows, theme, name="Settings")
