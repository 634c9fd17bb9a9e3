"""The numbers behind the figures of importance, for the page and as CSV."""

from __future__ import annotations

from explorer.results import ImportanceReport, Provenance
from explorer.views.csv_table import table_csv

CHANGES = ("loss", "bleu", "chrf")
GRADIENTS = ("gradient", "gradient_normalised", "gradient_tokens")
COLUMNS = (
    "kind", "layer", "head", *(f"{name}{part}" for name in CHANGES for part in ("", "_low", "_high", "_p")),
    "n_changed", *GRADIENTS,
)  # fmt: skip


def importance_rows(report: ImportanceReport) -> list[dict[str, str | int | float]]:
    """One row for each head, by the names in `COLUMNS`; loss, bleu and chrf are changes."""
    rows = []
    for effect in report.heads:
        row: dict = {"kind": effect.kind, "layer": effect.layer, "head": effect.head}
        for name in CHANGES:
            score = getattr(effect, name)
            row |= {
                name: score.value,
                f"{name}_low": score.low,
                f"{name}_high": score.high,
                f"{name}_p": score.p_value,
            }
        row |= {name: getattr(effect, name) for name in ("n_changed", *GRADIENTS)}
        rows.append(row)
    return rows


def table_columns() -> dict[str, tuple[str, int, str]]:
    """For each column of `importance_rows`: its name on the page, its decimals, and what it says."""
    units = {
        "loss": ("Δloss", 4, "nats per token that the model loses more"),
        "bleu": ("ΔBLEU", 2, "points of BLEU (0 to 100) that its translations win, negative where they lose"),
        "chrf": ("ΔchrF", 2, "points of chrF (0 to 100) that its translations win, negative where they lose"),
    }
    columns = {
        "kind": ("attention", 0, "Which attention the head belongs to."),
        "layer": ("layer", 0, "Layer of the head; the first is 0."),
        "head": ("head", 0, "Number of the head in its layer, from 0."),
    }
    for name, (label, digits, unit) in units.items():
        columns |= {
            name: (label, digits, f"With this head off: {unit}."),
            f"{name}_low": (
                f"{label} from",
                digits,
                f"Lower end of the 95 % interval of {label}: paired bootstrap over sentences.",
            ),
            f"{name}_high": (f"{label} to", digits, f"Upper end of the 95 % interval of {label}."),
            f"{name}_p": (
                f"{label} p",
                4,
                f"Two-sided p of the paired bootstrap: could {label} be 0? Not corrected for asking of many "
                "heads.",
            ),
        }
    return columns | {
        "n_changed": ("others", 0, "Sentences that are translated otherwise with this head off."),
        "gradient": (
            "gradient",
            4,
            "Gradient importance E |Att · ∂L/∂Att| over sentences, in nats (Michel et al. 2019, eq. 2).",
        ),
        "gradient_normalised": (
            "… in its layer",
            4,
            "The same divided by its ℓ2 norm over the heads of the layer, as published.",
        ),
        "gradient_tokens": (
            "… per token",
            4,
            "The same expectation taken over tokens instead of sentences, as the authors' program takes it.",
        ),
    }


def importance_csv(report: ImportanceReport, provenance: Provenance) -> str:
    """Every head as a row of CSV."""
    return table_csv(
        COLUMNS,
        [[row[name] for name in COLUMNS] for row in importance_rows(report)],
        provenance,
        _facts(report),
    )


def pruning_csv(report: ImportanceReport, provenance: Provenance) -> str:
    """Every step of both pruning curves as a row of CSV."""
    header = ("order", "n_removed", "removed", "loss", "bleu", "chrf")
    rows = [
        (
            curve.order,
            step.n_removed,
            "|".join(f"{kind}:{layer}:{head}" for kind, layer, head in step.removed),
            step.scores.loss,
            step.scores.bleu,
            step.scores.chrf,
        )
        for curve in report.curves
        for step in curve.steps
    ]
    return table_csv(header, rows, provenance, _facts(report))


def _facts(report: ImportanceReport) -> dict[str, object]:
    names = ("corpus", "mode", "n_sentences", "n_tokens", "n_left_out", "n_resamples", "seed")
    whole = {f"whole {name}": getattr(report.whole, name) for name in ("loss", "bleu", "chrf")}
    correlation = {"spearman": report.correlation.value, "spearman_raw": report.correlation_raw.value}
    return {name: getattr(report, name) for name in names} | whole | correlation
