"""Does the picture of a decoding step show the numbers of that step, over one axis, on fixed scales?"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from explorer.views.attention.steps import next_tokens, score_limits, step_figure
from explorer.views.numbers import exact, short
from explorer.views.theme import THEMES
from tests.views.samples import ATTACK, NASTY, SRC, TGT, make_detail, make_record

BOTH = pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
RECORD = make_record(SRC, TGT)


def predicting(tokens, **more):
    """The record, made to write these tokens."""
    side = replace(RECORD.written, tokens=tokens)
    return replace(RECORD, prediction=replace(RECORD.prediction, side=side, **more))


def panel(figure, name):
    (trace,) = [trace for trace in figure.data if trace.name == name]
    return trace


@BOTH
@pytest.mark.parametrize("step", range(len(TGT)))
def test_every_number_is_that_of_the_step(theme, step):
    detail = make_detail(RECORD, step)
    figure = step_figure(RECORD, detail, theme)
    assert np.array_equal(np.float32(panel(figure, "score").y), detail.scores)
    assert np.array_equal(np.float32(panel(figure, "weight").y), detail.weights)
    assert np.array_equal(np.float32(panel(figure, "context").z)[0], detail.context)
    assert list(panel(figure, "score").x) == list(panel(figure, "weight").x) == list(range(len(SRC)))
    assert all(
        hover.endswith(f"weight {exact(w)}")
        for hover, w in zip(panel(figure, "weight").hovertext, detail.weights, strict=True)
    )
    probs = [math.exp(float(p)) for p in RECORD.prediction.top_log_probs[step][:5]]
    assert list(panel(figure, "next token").x) == pytest.approx(probs)
    assert list(panel(figure, "next token").text) == [short(p) for p in probs]


def test_scores_and_weights_share_their_axis_and_scales_are_fixed():
    figure = step_figure(
        RECORD, make_detail(RECORD, 2), THEMES["light"], score_range=(-9, 9), context_max=4.0
    )
    assert (
        figure.layout.xaxis.range == figure.layout.xaxis2.range
        and figure.layout.xaxis.domain == figure.layout.xaxis2.domain
    )
    assert tuple(figure.layout.yaxis.range) == (-9, 9)
    assert tuple(figure.layout.yaxis2.range) == (0, 1) and tuple(figure.layout.xaxis4.range) == (0, 1)
    assert (panel(figure, "context").zmin, panel(figure, "context").zmax) == (-4.0, 4.0)
    details = [make_detail(RECORD, step) for step in range(len(TGT))]
    low, high = score_limits(details)
    assert all(low <= detail.scores.min() and detail.scores.max() <= high for detail in details)


def test_the_token_that_was_taken_is_marked_by_more_than_colour():
    figure = step_figure(RECORD, make_detail(RECORD, 1), THEMES["light"])
    labels = list(figure.layout.yaxis4.ticktext)
    assert [label.startswith("<b>▸") for label in labels] == [True, False, False, False, False]
    assert len(set(panel(figure, "next token").marker.color)) == 2


def test_a_forced_token_that_was_unlikely_is_added_as_the_sixth():
    forced = predicting(tokens=("XX", *TGT[1:]))
    candidates, chosen = next_tokens(forced, 0)
    assert len(candidates) == 6 and chosen == 5 and candidates[5] == ("XX", float(RECORD.log_probs[0]))
    assert len(next_tokens(RECORD, 0)[0]) == 5 and next_tokens(RECORD, 0)[1] == 0


def test_of_two_candidates_that_look_alike_the_one_with_the_right_probability_is_taken():
    tops = (("a", "a", "b", "c", "d"), *RECORD.prediction.top_tokens[1:])
    log_probs = np.array(
        [[-3.0, -1.0, -4, -5, -6, -7]] + [list(row) for row in RECORD.prediction.top_log_probs[1:]]
    )
    twice = predicting(
        tokens=("a", *TGT[1:]),
        top_tokens=tuple(tuple(row[:5]) for row in tops),
        top_log_probs=log_probs[:, :5],
        log_probs=np.array([-1.0] * len(TGT)),
    )
    assert next_tokens(twice, 0)[1] == 1


def test_a_masked_score_has_no_bar_and_says_so():
    figure = step_figure(RECORD, make_detail(RECORD, 0, masked=3), THEMES["dark"])
    assert panel(figure, "score").y[3] is None and panel(figure, "score").hovertext[3].endswith("masked")
    assert all(np.isfinite(figure.layout.yaxis.range))


def test_no_token_becomes_markup_here_either():
    nasty = make_record(NASTY, NASTY)
    tops = tuple((ATTACK, "<s>", "<b>", "x", "y", "z") for _ in NASTY)
    nasty = replace(nasty, prediction=replace(nasty.prediction, top_tokens=tops))
    for step in (0, 1, len(NASTY) - 1):
        text = step_figure(nasty, make_detail(nasty, step), THEMES["light"]).to_json()
        assert "<img" not in text and "\\u003cimg" not in text and "</script>" not in text


def test_a_detail_of_another_record_is_refused():
    with pytest.raises(ValueError, match="of this record"):
        step_figure(make_record(SRC[1:], TGT), make_detail(RECORD, 0), THEMES["light"])
    with pytest.raises(ValueError, match="of this record"):
        step_figure(RECORD, replace(make_detail(RECORD, 0), step=99), THEMES["light"])


@pytest.mark.parametrize("n", [2, 12, 60])
def test_it_fits_its_width_for_short_and_long_sentences(n):
    made = make_record([f"w{i}" for i in range(n - 1)] + ["</s>"], TGT)
    figure = step_figure(made, make_detail(made, 0), THEMES["light"], max_width=760)
    assert figure.layout.width == 760 and 400 < figure.layout.height < 800
    tops = [figure.layout[f"yaxis{k}"].domain for k in ("", 2, 3)]
    assert tops[0][0] > tops[1][1] > tops[1][0] > tops[2][1] > tops[2][0] > 0
