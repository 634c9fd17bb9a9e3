"""Do the words, pictures and files about heads say what the report says, for any report?"""

from __future__ import annotations

import csv
import json
import math
import re
from dataclasses import replace

import numpy as np
import pytest

from explorer.results import FIGURES, HEAD_ROLES, Criterion
from explorer.views.heads.map import head_map_figure, map_sentence, nearest_sentence, reach_of
from explorer.views.heads.role_figures import evidence_figure, figure_line, figures_figure, offsets_figure
from explorer.views.heads.role_files import COLUMNS, latex, roles_csv, roles_latex
from explorer.views.heads.role_rows import all_evidence, best_rows, evidence_rows
from explorer.views.heads.role_table import table_data
from explorer.views.heads.roles import (
    FIGURE_NAMES,
    contested,
    corpus_line,
    evidence_lines,
    head_line,
    interval,
    left_out_lines,
    question_label,
    readings,
    report_line,
    share,
    strongest,
)
from explorer.views.text import visible_line
from explorer.views.theme import THEMES, role_color
from tests.heads.samples import head_report, positional, syntactic
from tests.views.role_samples import empty_report, hostile_report, large_report
from tests.views.samples import ATTACK, NASTY

BOTH = pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
REPORTS = {"sample": head_report(), "hostile": hostile_report(), "empty": empty_report()}
EVERY = pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
LIGHT = THEMES["light"]


def of_kind(report, kind):
    return {(row.layer, row.head): row for row in report.rows if row.kind == kind}


# --------------------------------------------------------------------------------------------------- in words


def test_the_result_and_its_control_are_counted():
    line = report_line(head_report())
    assert line == (
        "8 heads: 1 positional, 1 syntactic, 1 rare token, 2 alignment, 3 without a role. With random "
        "weights: none has a role."
    )
    report = head_report()
    line = report_line(
        replace(
            report,
            control=(replace(report.control[0], evidence=(positional(-1, 0.95),)), *report.control[1:]),
        )
    )
    assert line.endswith("With random weights: 1 positional, 7 without a role.")


def test_corpus_and_splits_are_named_with_their_sizes():
    line = corpus_line(head_report())
    assert (
        "valid (500 sentences, 5,100 source and 5,400 target tokens)" in line
        and "test (500 sentences, 5,110 source" in line
    )
    assert (
        "reference" in line
        and "4 models with random weights (seeds 0 to 3)" in line
        and "10,000 training sentences" in line
    )


def test_a_head_says_its_roles_and_when_a_criterion_can_be_read_otherwise():
    report = head_report()
    assert head_line(report.row("encoder_self", 1, 0)) == "syntactic (nsubj, dependent → head: 88.0 % of 512)"
    assert head_line(report.row("encoder_self", 1, 1)) == (
        "no role by these criteria. By another reading of the criterion it would be otherwise: syntactic"
    )
    assert contested(report.row("encoder_self", 1, 1)) == ("syntactic",)
    assert readings(report.row("encoder_self", 1, 1), "syntactic") == (False, True)


def test_a_role_is_not_contested_when_other_evidence_gives_it_by_every_reading():
    """0.50 over a baseline of 0.44 is 10 % above but not ten points; 0.9 is both, so the role is certain."""
    row = head_report().row("encoder_self", 1, 1)
    row = replace(row, evidence=(*row.evidence, syntactic("nsubj", "to_head", 0.9, 0.4)))
    assert row.disputed == ("syntactic",) and contested(row) == () and row.roles == ("syntactic",)


def test_questions_have_short_names():
    report = head_report()
    names = [question_label(e) for row in (report.rows[0], report.rows[6]) for e in row.evidence]
    assert names == ["offset −1", "det → head", "two rarest", "offset 0", "read as output", "read as input"]
    assert question_label(syntactic("all", "to_dependent", 0.5, 0.4)) == "all relations → dependent"
    rare = report.rows[0].evidence[2]
    assert question_label(replace(rare, question="rarest:1:beyond_500")) == "the rarest, 500+"


@EVERY
def test_a_hover_holds_every_number_and_both_readings(report):
    for row in report.rows:
        for e in row.evidence:
            text = "\n".join(evidence_lines(e))
            for number in (e.value, e.baseline, e.chance, e.control, e.control_best, e.chosen):
                assert share(number) in text
            assert (
                interval(e.low, e.high) in text
                and f"n {e.n:,}" in text
                and visible_line(e.baseline_rule) in text
            )
            assert text.count("✓") + text.count("✗") == len(e.criteria) >= 2


def test_every_role_has_a_rule_with_its_source_and_every_figure_a_name():
    assert all(re.search(r"\d{4}", role.rule) for role in HEAD_ROLES.values())
    assert list(FIGURE_NAMES) == list(FIGURES) and len(set(FIGURE_NAMES.values())) == len(FIGURES)


def test_what_was_left_out_is_told_with_counts():
    lines = left_out_lines(head_report().left_out)
    assert lines == (
        "3 of 503 sentences of the test split: the words of the tree are not those of the tokenizer.",
        "1 of 24 relations: iobj never occurs on the test split.",
    )


def test_the_evidence_that_gives_a_role_is_shown_before_stronger_that_does_not():
    row = head_report().row("encoder_self", 1, 0)
    row = replace(row, evidence=(row.evidence[0], syntactic("det", "to_head", 0.95, 0.93), *row.evidence[1:]))
    assert row.best("syntactic").relation == "det" and strongest(row, "syntactic").relation == "nsubj"
    assert table_data([row], LIGHT)["rows"][0]["cells"][1]["label"] == "nsubj → head"
    assert strongest(row, "rare_token") == row.best("rare_token") and strongest(row, "alignment") is None


# -------------------------------------------------------------------------------------------------- the table


@BOTH
def test_a_row_of_the_table_holds_the_numbers_of_the_report(theme):
    report = head_report()
    data = table_data(report.rows, theme, ("encoder_self", 1, 0), "previous")
    assert [column["name"] for column in data["columns"]][2:] == [
        "◆ positional",
        "● syntactic",
        "▲ rare token",
        "■ alignment",
        "on the token before",
    ]
    assert [row["selected"] for row in data["rows"]] == [False, False, True, *[False] * 5]
    for row, drawn in zip(report.rows, data["rows"], strict=True):
        assert drawn["head"] == [row.kind, row.layer, row.head] and drawn["name"] == row.name
        for role, cell in zip(HEAD_ROLES, drawn["cells"], strict=False):
            evidence = row.best(role)
            if evidence is None:
                assert cell is None
                continue
            assert cell["value"] == f"{100 * evidence.value:.1f}" and cell["sort"] == evidence.value
            assert cell["note"] == f"{100 * evidence.low:.1f}–{100 * evidence.high:.1f}, n {evidence.n:,}"
            assert cell["bar"] == {
                "value": pytest.approx(evidence.value, abs=1e-4),
                "low": pytest.approx(evidence.low, abs=1e-4),
                "high": pytest.approx(evidence.high, abs=1e-4),
                "baseline": pytest.approx(evidence.baseline, abs=1e-4),
                "control": pytest.approx(evidence.control_best, abs=1e-4),
            }
            assert cell["marks"] == "".join("✓" if c.holds else "✗" for c in evidence.criteria)
            assert (cell["color"] == role_color(theme, role)) == evidence.holds
        if "previous" in row.figures:
            assert drawn["cells"][-1]["sort"] == row.figures["previous"].value
        assert drawn["edge"] == (role_color(theme, row.roles[0]) if row.roles else None)
        assert [badge["mark"] for badge in drawn["roles"] if not badge["dashed"]] == [
            HEAD_ROLES[role].mark for role in row.roles
        ]


def test_a_role_by_another_reading_is_dashed_and_shows_both():
    badges = table_data(head_report().rows, LIGHT)["rows"][3]["roles"]
    assert [(badge["name"], badge["dashed"]) for badge in badges] == [("syntactic ✗✓", True)]
    assert badges[0]["title"].split("\n") == [
        "✗ at least 10 points above the baseline",
        "✓ at least 10 % above the baseline",
    ]


def test_heads_with_a_role_sort_before_those_without_and_the_stronger_first():
    data = table_data(head_report().rows, LIGHT)
    order = [row["name"] + row["kind"] for row in sorted(data["rows"], key=lambda row: -row["order"])]
    assert (
        order[0] == "L0 H0encoder self"
        and order[1] == "L1 H0encoder self"
        and order[2] == "L0 H1encoder self"
    )
    assert order[3:5] == ["L1 H0cross", "L1 H1cross"] and order[5] == "L1 H1encoder self"


@EVERY
@pytest.mark.parametrize("figure", list(FIGURES))
def test_the_table_is_json_without_nan_and_text_alone(report, figure):
    text = json.dumps(table_data(report.rows, LIGHT, None, figure), allow_nan=False)
    assert json.loads(text)["rows"]


def test_nothing_left_after_a_filter_is_said():
    data = table_data((), LIGHT)
    assert data["rows"] == [] and "No head is left" in data["empty"]


def test_432_heads_are_a_table_of_a_megabyte():
    report = large_report()
    size = len(json.dumps(table_data(report.rows, LIGHT)))
    assert len(report.rows) == 432 and size < 1.5e6


# ------------------------------------------------------------------------------------------------------ plots


@BOTH
def test_the_histogram_has_a_bar_for_each_offset_and_for_the_rest(theme):
    report = head_report()
    row = report.rows[0]
    figure = offsets_figure(report, row, theme)
    bars = figure.data[0]
    assert list(bars.y)[:-1] == [100 * value for value in row.offsets] and sum(bars.y) == pytest.approx(100)
    assert list(figure.layout.xaxis.ticktext) == ["−3", "−2", "−1", "0", "+1", "+2", "+3", "other"]
    assert bars.marker.color[2] == role_color(theme, "positional") and bars.marker.color[1] == theme.muted
    assert "n 4,610" in figure.layout.xaxis.title.text and tuple(figure.layout.yaxis.range) == (0, 104)
    other = offsets_figure(report, report.rows[1], theme)
    assert role_color(theme, "positional") not in other.data[0].marker.color


def part(figure, name):
    return next(trace for trace in figure.data if trace.name == name)


@BOTH
def test_scores_stand_beside_baseline_control_and_interval(theme):
    report = head_report()
    row = report.row("encoder_self", 1, 0)
    figure = evidence_figure(report, row, theme)
    evidence = all_evidence(report, row)
    assert evidence == row.evidence  # nsubj is asked once, although this head is also the best at it
    for name, field in (("score", "value"), ("baseline", "baseline"), ("random weights", "control_best")):
        assert list(part(figure, name).x) == [100 * getattr(e, field) for e in evidence]
    bars = part(figure, "95 % interval").error_x
    assert list(bars.array) == pytest.approx([100 * (e.high - e.value) for e in evidence])
    assert list(bars.arrayminus) == pytest.approx([100 * (e.value - e.low) for e in evidence])
    filled = [not symbol.endswith("open") for symbol in part(figure, "score").marker.symbol]
    assert filled == [e.holds for e in evidence]
    assert [label.split("  ")[1] for label in figure.layout.yaxis.ticktext] == ["✗✗", "✓✓", "✓✓", "✗✗"]


def test_the_questions_that_a_head_answers_best_are_added_to_its_own():
    report = head_report()
    extra = [
        replace(report.best[0], evidence=e)
        for e in (syntactic("iobj", "to_head", 0.7, 0.3), positional(3, 0.2))
    ]
    found = all_evidence(replace(report, best=(*report.best, *extra)), report.row("encoder_self", 1, 0))
    assert [e.question for e in found] == [
        "offset:1",
        "nsubj:to_head",
        "obj:to_dependent",
        "iobj:to_head",
        "rarest:2",
    ]


def test_figures_stand_beside_equal_weights_and_entropy_is_told_in_nats():
    row = head_report().rows[0]
    figure = figures_figure(row, LIGHT)
    shown = [name for name in row.figures if name != "entropy"]
    expected = [100 * row.figures[name].value if row.figures[name].n else None for name in shown]
    assert list(part(figure, "mean").x) == expected and None in expected
    assert list(figure.layout.yaxis.ticktext)[shown.index("separator")] == "on &lt;s&gt; and &lt;/s&gt;"
    assert figure_line("entropy", row.figures["entropy"]) == (
        "entropy 0.50 nats (0.48–0.53, n 4,610; equal weights 0.10): mean entropy of a row, in nats"
    )
    assert "– % (–, n 0; equal weights –)" in figure_line("prefix_matching", row.figures["prefix_matching"])


@EVERY
@BOTH
def test_every_plot_is_json_without_nan_and_without_markup_of_others(report, theme):
    for row in (report.rows[0], report.rows[-1]):
        for figure in (
            offsets_figure(report, row, theme),
            evidence_figure(report, row, theme),
            figures_figure(row, theme),
        ):
            text = figure.to_json()
            json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} in a figure"))
            assert (
                "<img" not in text and "\\u003cimg" not in text.replace("&lt;", "") and "<script" not in text
            )


def test_every_number_of_the_evidence_is_in_its_table():
    report = head_report()
    rows = evidence_rows(report.rows[0].evidence)
    assert rows[1] == {
        "role": "syntactic",
        "question": "det, dependent → head",
        "score": "31.0 %",
        "95 % interval": "28.0–34.0",
        "n": "512",
        "baseline": "52.0 %",
        "which": "always offset +1",
        "equal weights": "11.0 %",
        "random weights, best": "47.0 %",
        "same head": "12.0 %",
        "where chosen": "32.0 %",
        "criteria": "✗ at least 10 points above the baseline; ✗ at least 10 % above the baseline",
    }
    best = best_rows(report)
    assert [(row["head"], row["score"], row["gain"], row["n"]) for row in best] == [
        ("L1 H0", 88, 43, 512),
        ("L0 H0", 97, 86.6, 4210),
        ("L1 H0", 91, 56, 9120),
    ]


# -------------------------------------------------------------------------------------------------------- map


@BOTH
def test_every_head_is_a_point_of_the_map_with_the_colour_and_mark_of_its_role(theme):
    report = head_report()
    rows = of_kind(report, "encoder_self")
    figure = head_map_figure(report.maps[0], rows, theme, (1, 0))
    points = {}
    for trace in figure.data[:-1]:
        for x, y, name in zip(trace.x, trace.y, trace.text, strict=True):
            points[name] = (x, y, trace.marker.color, trace.marker.symbol)
    layout = report.maps[0].layout
    for number, (layer, head) in enumerate(rows):
        x, y, color, symbol = points[f"L{layer} H{head}"]
        assert (x, y) == tuple(layout[number])
        roles = rows[layer, head].roles
        assert color == (role_color(theme, roles[0]) if roles else theme.muted) and (
            symbol == "circle-open"
        ) == (not roles)
    ring = figure.data[-1]
    assert ring.name == "selected" and (ring.x[0], ring.y[0]) == tuple(layout[2])
    low, high = figure.layout.xaxis.range, figure.layout.yaxis.range
    assert high[1] - high[0] == pytest.approx(low[1] - low[0])  # one scale for both axes


def test_the_map_says_how_much_it_holds_and_who_is_nearest():
    head_map = head_report().maps[0]
    assert "holds 93 % of the squared distances" in map_sentence(head_map) and "4,610 rows" in map_sentence(
        head_map
    )
    assert nearest_sentence(head_map, (1, 0)).startswith("Most like L1 H0 is L1 H1: a divergence of 0.1 nats")
    one = replace(head_map, n_layers=1, n_heads=1, distances=np.zeros((1, 1)), layout=np.zeros((1, 2)))
    assert nearest_sentence(one, (0, 0)) == "" and head_map_figure(one, {}, LIGHT).data


def test_trained_and_random_weights_have_one_scale_when_their_maps_stand_side_by_side():
    report = head_report()
    both = report.maps[0], report.control_maps[0]
    reach = reach_of(*both)
    lengths = []
    for head_map in both:
        figure = head_map_figure(head_map, of_kind(report, "encoder_self"), LIGHT, reach=reach)
        for axis, column in ((figure.layout.xaxis, 0), (figure.layout.yaxis, 1)):
            low, high = axis.range
            lengths.append(high - low)
            assert low < head_map.layout[:, column].min() and head_map.layout[:, column].max() < high
    assert lengths == pytest.approx([2 * reach] * 4) and reach == reach_of(both[0]) > reach_of(both[1])


def test_a_large_map_names_only_heads_with_a_role():
    report = large_report()
    rows = of_kind(report, "encoder_self")
    figure = head_map_figure(report.maps[0], rows, LIGHT)
    named = [trace for trace in figure.data if "text" in trace.mode]
    assert sum(len(trace.x) for trace in figure.data) == 144
    assert all(not trace.name.startswith("no role") for trace in named)


# ------------------------------------------------------------------------------------------------------ files


def csv_rows(text):
    return list(csv.DictReader(line for line in text.split("\n") if line and not line.startswith("#")))


def test_the_csv_holds_every_number_of_the_report():
    report = head_report()
    text = roles_csv(report)
    rows = csv_rows(text)
    assert list(rows[0]) == list(COLUMNS)
    found = {(r["model"], r["kind"], r["layer"], r["head"], r["what"], r["question"]): r for r in rows}
    assert len(found) == len(rows)
    for model, heads in (("trained", report.rows), ("random", report.control)):
        for row in heads:
            head = (model, row.kind, str(row.layer), str(row.head))
            for e in row.evidence:
                cells = found[*head, "evidence", e.question]
                fields = ("chosen", "value", "low", "high", "n", "baseline")
                assert [float(cells[name]) for name in fields] == [getattr(e, name) for name in fields]
                assert [
                    float(cells[name]) for name in ("equal_weights", "random_weights", "random_weights_best")
                ] == [e.chance, e.control, e.control_best]
                assert (cells["holds"], cells["disputed"], cells["role"]) == (
                    "yes" if e.holds else "no",
                    "yes" if e.disputed else "no",
                    e.role,
                )
                assert cells["label"] == e.label and cells["baseline_rule"] == e.baseline_rule
            for name, measure in row.figures.items():
                cells = found[*head, "figure", name]
                assert cells["n"] == str(measure.n)
                assert (
                    (cells["value"] == "")
                    if math.isnan(measure.value)
                    else (float(cells["value"]) == measure.value)
                )
            for offset, value in zip(report.offsets, row.offsets, strict=True):
                assert float(found[*head, "offset", f"offset:{offset}"]["value"]) == value
    assert "# sha256" in text and "# left out 1" in text and '# chosen on: "valid' in text


def test_no_cell_of_the_csv_is_a_formula_or_breaks_its_line():
    text = roles_csv(hostile_report())
    rows = csv_rows(text)
    assert all(None not in row and None not in row.values() for row in rows)
    cells = [cell for row in rows for cell in row.values()]
    assert not [cell for cell in cells if re.match(r"[=+@-]", cell) and not re.fullmatch(r"-?\d[\d.]*", cell)]
    assert "left out 1" in text and len(
        [line for line in text.split("\n") if line.startswith('"trained"')]
    ) == len([row for row in rows if row["model"] == "trained"])


def test_the_latex_table_has_a_line_for_each_role_and_each_head_without():
    report = head_report()
    text = roles_latex(report)
    body = text.split(r"\midrule", 1)[1].split(r"\bottomrule")[0]
    lines = [line for line in body.split("\n") if line.endswith(r"\\")]
    assert len(lines) == sum(max(1, len(row.roles)) for row in report.rows)
    assert (
        r"encoder self & L1 H0 & syntactic: nsubj, dependent $\to$ head & 88.0 & 85.0--91.0 & 512 & 45.0 & "
        r"40.0 \\" in lines
    )
    assert all(line.count("&") == 7 for line in lines) and text.count(r"\begin{") == text.count(r"\end{") == 2
    for rule in (r"\toprule", r"\bottomrule"):
        assert text.count(rule) == 1
    assert "% provenance {" in text and report.sha256 in text


def test_a_contested_role_has_a_star():
    report = head_report()
    loose = replace(report.rows[0].evidence[0], criteria=(Criterion("a", True), Criterion("b", False)))
    text = roles_latex(replace(report, rows=(replace(report.rows[0], evidence=(loose,)), *report.rows[1:])))
    assert r"positional\textsuperscript{*}: offset" in text


@pytest.mark.parametrize("word", [*NASTY, ATTACK, r"\input{/etc/passwd}", "100 % & more_of #it ~ ^"])
def test_latex_prints_a_text_and_does_nothing_else(word):
    text = latex(word)
    assert not re.search(
        r"(?<!\\)[&%#_](?!\w*\})",
        re.sub(r"\\(textbackslash|textless|textgreater|textbar|textquotedbl|ldots)\{\}", "", text),
    )
    commands = set(re.findall(r"\\([a-zA-Z]+)", text))
    assert commands <= {
        "textbackslash",
        "textless",
        "textgreater",
        "textbar",
        "textquotedbl",
        "to",
        "ldots",
        "cdot",
        "geq",
    }
    assert "\n" not in text


def test_hostile_latex_keeps_its_shape():
    text = roles_latex(hostile_report())
    comments = [line for line in text.split("\n") if line.startswith("%")]
    assert all(line.isascii() for line in comments) and len(comments) == 3
    assert text.count(r"\begin{") == text.count(r"\end{") == 2
