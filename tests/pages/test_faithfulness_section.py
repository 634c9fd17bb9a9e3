"""Does the section on faithfulness run without a browser: for every model and question, on either page, and
with bad input?
"""

from __future__ import annotations

import re
from html import unescape

import pytest
from streamlit.testing.v1 import AppTest

from explorer.attribution import compare as module
from explorer.attribution.compare import compare
from explorer.attribution.methods import METHODS
from explorer.checkpoints.catalogue import CHECKPOINTS, list_checkpoints
from explorer.checkpoints.folder import load_checkpoint
from explorer.decoding.decode import translate
from explorer.errors import InputError
from explorer.pages import sidebar
from explorer.pages.attention import comparisons, faithfulness
from explorer.results import Faithfulness, FaithfulnessReport, FaithfulnessRow
from tests.source_files import ROOT

NAMES = [info.name for info in list_checkpoints()]
SENTENCE = next(iter(sidebar.PRESETS.values()))


def opened(**state) -> AppTest:
    """The app after its first run with the section unfolded, and with these session keys set before."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=240)
    for key, value in {faithfulness.BOX: True, **state}.items():
        app.session_state[key] = value
    return app.run()


def words(app: AppTest) -> str:
    return "\n".join(element.value for element in [*app.text, *app.caption, *app.subheader])


def table(app: AppTest) -> list[list[str]]:
    """The text of each cell of the table of readings."""
    html = next(
        element.proto.body for element in app.get("html") if "Readings by faithfulness" in element.proto.body
    )
    rows = re.findall(r"<tr.*?</tr>", html, re.DOTALL)
    return [
        [unescape(re.sub(r"<[^>]*>", "", cell)) for cell in re.findall(r"<t[dh].*?</t[dh]>", row, re.DOTALL)]
        for row in rows
    ]


def test_every_model_is_measured():
    app = opened()
    for name in NAMES:
        app.selectbox(key=sidebar.MODEL).set_value(name).run()
        assert not app.exception
        assert re.search(r"^(ρ = −?\d\.\d\d|no ρ)$", words(app), re.MULTILINE), name
        assert table(app)[1][:3] == ["reading", "Spearman’s ρ with blanking", "same top word"]


def test_the_figures_are_those_of_the_computation():
    app = opened()
    checkpoint = load_checkpoint(CHECKPOINTS / NAMES[0])
    own = translate(checkpoint, SENTENCE).trace.best.token_ids
    for kind in faithfulness.questions_of(list_checkpoints()[0]):
        for blanking in faithfulness.WAYS:
            app.button_group(key=faithfulness.KIND).set_value(kind)
            app.button_group(key=faithfulness.BLANKING).set_value(blanking).run()
            assert not app.exception
            expected = compare(checkpoint, SENTENCE, own, kind, blanking)
            found = {row[0]: row[1:] for row in table(app)[2:]}
            assert len(found) == len(expected.readings)
            for reading in expected.readings:
                figure, top = found[f"{reading.title} {reading.chosen}".strip()][:2]
                assert figure == f"{reading.faithfulness:.2f}".replace("-", "−")
                assert top == f"{reading.n_same_top} of {reading.n_ranked}"
            first = expected.readings[0]
            assert f"ρ = {first.faithfulness:.2f}".replace("-", "−") in words(app)
            assert f"the same top word for {first.n_same_top} of them" in words(app)


def test_every_reading_has_its_picture():
    app = opened()
    for name, method in METHODS.items():
        app.selectbox(key=faithfulness.METHOD).set_value(name).run()
        assert not app.exception
        assert app.selectbox(key=faithfulness.METHOD).value == name
        assert method.what in words(app) and f"{method.source}." in words(app)


def test_a_reading_that_another_model_lacks_gives_way():
    app = opened(**{faithfulness.METHOD: "rollout"})
    app.selectbox(key=sidebar.MODEL).set_value(next(name for name in NAMES if "rnn-mlp" in name)).run()
    assert not app.exception
    assert app.selectbox(key=faithfulness.METHOD).value == "attention"
    assert "Not here: Attention rollout, Attention flow." in words(app)


def test_a_question_that_another_model_lacks_gives_way():
    app = opened(**{faithfulness.KIND: "encoder_self"})
    assert "how far does the encoder’s state" in words(app)
    app.selectbox(key=sidebar.MODEL).set_value(next(name for name in NAMES if "rnn-none" in name)).run()
    assert not app.exception
    assert "how much less likely is each token?" in words(app)


@pytest.mark.parametrize(
    "sentence, expected",
    [
        ("cat", "There is no order to compare"),
        ("\x00\x07 control", "Spearman’s rank correlation"),
        ("</script><img src=x onerror=alert(1)>", "Spearman’s rank correlation"),
    ],
    ids=["one word", "control", "markup"],
)
def test_bad_input_gives_a_sentence_or_a_figure(sentence, expected):
    app = opened(**{sidebar.SENTENCE: sentence})
    assert not app.exception
    assert expected in words(app)
    assert not any("<img" in element.proto.body for element in app.get("html"))


def test_too_many_words_are_told(monkeypatch):
    monkeypatch.setattr(module, "MAX_SIZE", 10)
    app = opened(**{sidebar.SENTENCE: "Far too many words for ten cells."})
    assert not app.exception
    assert "Words are blanked out for up to 10 words × tokens, and here are" in words(app)


def report_with(sha256: str) -> FaithfulnessReport:
    row = FaithfulnessRow(
        "attention", METHODS["attention"].title, "", 0.395, 0.35, 0.443, 0.857, 199, 1180, 1200
    )
    return FaithfulnessReport(
        NAMES[0], sha256, (Faithfulness("cross", "unk", "sentences", 200, 200, (row,), (), ()),)
    )


@pytest.mark.parametrize("same_weights", [True, False])
def test_only_figures_of_these_weights_are_shown(monkeypatch, same_weights):
    monkeypatch.setattr(
        comparisons,
        "faithfulness",
        lambda info: report_with(info.sha256 if same_weights else "ab" * 32),
    )
    app = opened()
    assert not app.exception
    if same_weights:
        assert "200 held-out sentences" in table(app)[0]
        assert next(row for row in table(app) if row[0] == METHODS["attention"].title)[3:] == [
            "0.40\u20020.35 … 0.44",
            "85.7 %",
        ]
    else:
        assert "held-out" not in str(table(app))
        assert "were measured with other weights (sha256 abababababab)" in words(app)


def test_a_damaged_report_is_told(monkeypatch):
    def broken(info):
        raise InputError("faithfulness.json has format 7: write it again.")

    monkeypatch.setattr(comparisons, "faithfulness", broken)
    app = opened()
    assert not app.exception and "has format 7" in words(app)


def test_nothing_runs_while_it_is_folded(monkeypatch):
    def never(*given):
        raise AssertionError("the section is folded")

    monkeypatch.setattr(comparisons, "comparison", never)
    assert not opened(**{faithfulness.BOX: False}).exception
