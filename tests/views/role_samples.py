"""Hand-made reports on heads: 12 × 12 of them, names as nasty as can be, a model without a number."""

from __future__ import annotations

import math
import random
from dataclasses import replace

from explorer.results import HeadMap, HeadReport, LeftOut, Measure, frozen_array
from tests.heads.samples import aligned, head_report, head_row, positional, rare_token, syntactic
from tests.views.samples import ATTACK, NASTY, PROVENANCE


def large_report(n_layers: int = 12, n_heads: int = 12) -> HeadReport:
    """Every kind of attention with random evidence."""
    rng = random.Random(5)
    rows = []
    for kind in ("encoder_self", "decoder_self", "cross"):
        for layer in range(n_layers):
            for head in range(n_heads):
                values = [rng.random() for _ in range(8)]
                found = [
                    positional(rng.randint(-3, 3), values[0], criteria=(values[0] > 0.9,) * 2),
                    rare_token(values[1]),
                ]
                if kind == "cross":
                    found += [aligned("output", values[2]), aligned("input", values[3])]
                else:
                    found += [
                        syntactic("nsubj", "to_head", values[2], 0.4),
                        syntactic("obj", "to_dependent", values[3], 0.5),
                    ]
                shares = [value / sum(values) for value in values[:7]]
                rows.append(head_row(kind, layer, head, *found, offsets=shares))
    n = n_layers * n_heads
    layout = frozen_array([[rng.gauss(0, 0.2), rng.gauss(0, 0.1)] for _ in range(n)], float)
    distances = frozen_array([[0.5 * abs(i - j) / n for j in range(n)] for i in range(n)], float)
    maps = tuple(
        HeadMap(kind, n_layers, n_heads, 5000, distances, layout, 0.5)
        for kind in ("encoder_self", "decoder_self", "cross")
    )
    return replace(head_report(), rows=tuple(rows), control=(), maps=maps, best=())


def hostile_report() -> HeadReport:
    """Every text that may come from a file of the reader's: relations, names of corpora and splits,
    reasons.
    """
    report = head_report()
    nasty = tuple(syntactic(name, "to_head", 0.9, 0.2) for name in NASTY)
    nasty = tuple(
        replace(e, baseline_rule=ATTACK, criteria=tuple(replace(c, text=ATTACK) for c in e.criteria))
        for e in nasty
    )
    rows = (replace(report.rows[0], evidence=(*report.rows[0].evidence, *nasty)), *report.rows[1:])
    return replace(
        report,
        checkpoint=ATTACK,
        corpus=f"{ATTACK} %1\n",
        frequencies=ATTACK,
        target=ATTACK,
        rows=rows,
        provenance=PROVENANCE,
        chosen_on=replace(report.chosen_on, name=ATTACK),
        left_out=(LeftOut(ATTACK, '=cmd|" /C calc"!A0', 1, 2),),
        best=(*report.best, *(replace(report.best[0], evidence=e) for e in nasty)),
    )


def empty_report() -> HeadReport:
    """The same questions to a model of whose corpus nothing could be asked: nan wherever n is 0."""
    nan = math.nan

    def emptied(row):
        evidence = tuple(
            replace(
                e,
                chosen=nan,
                value=nan,
                low=nan,
                high=nan,
                n=0,
                baseline=nan,
                chance=nan,
                control=nan,
                control_best=nan,
            )
            for e in row.evidence
        )
        return replace(
            row,
            evidence=evidence,
            figures={name: Measure(nan, nan, nan, 0, nan) for name in row.figures},
            offsets=(nan,) * len(row.offsets),
        )

    report = head_report()
    return replace(
        report, rows=tuple(map(emptied, report.rows)), control=tuple(map(emptied, report.control)), best=()
    )
