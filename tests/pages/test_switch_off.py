"""Do the sections on switching heads off run without a browser: with every model, with what is kept in a
file, and with bad input?
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from explorer.checkpoints.catalogue import list_checkpoints
from explorer.checkpoints.folder import load_checkpoint
from explorer.errors import InputError
from explorer.heads.importance.ablation import ablate
from explorer.pages import sidebar
from explorer.pages.heads import every_head, reports, switch_off
from explorer.views.heads.ablation import probability_sentence
from tests.heads.importance_samples import importance_report
from tests.pages.test_pages import opened, words

NAMES = [info.name for info in list_checkpoints()]
TRANSFORMER, ONE_HEAD, NO_HEAD = (
    "grammar-en-de-transformer",
    "grammar-en-de-rnn-mlp",
    "grammar-en-de-rnn-none",
)
OPEN = {switch_off.BOX: True, every_head.BOX: True}


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch):
    """No model comes with a measurement, whatever its folder holds, and none was made by another test."""
    monkeypatch.setattr(reports, "importance", lambda info: None)
    reports.importance_results.clear()


@pytest.mark.parametrize("name", NAMES)
def test_the_sections_open_for_every_shipped_model(name):
    app = opened(**{sidebar.MODEL: name} | OPEN)
    assert not app.exception
    has_heads = name != NO_HEAD
    assert (switch_off.LEAD in words(app)) == has_heads == (every_head.LEAD in words(app))
    if not has_heads:
        assert words(app).count(f"{name} has no attention, so there is no head to switch off.") == 2


def test_a_head_is_switched_off_and_on_again():
    app = opened(**{sidebar.MODEL: TRANSFORMER} | OPEN)
    toggles = "off-cross-2x8-L1"
    app.button_group(key=toggles).set_value([1, 3]).run()
    assert not app.exception
    checkpoint = load_checkpoint(TRANSFORMER)
    sentence = app.text_area(key=sidebar.SENTENCE).value
    expected = ablate(checkpoint, sentence, [("cross", 1, 1), ("cross", 1, 3)])
    assert probability_sentence(expected) in words(app)
    assert "Cross-attention L1 H1, L1 H3: weights set to zero" in words(app)
    app.button_group(key=switch_off.MODE).set_value("uniform").run()
    assert probability_sentence(ablate(checkpoint, sentence, expected.heads, "uniform")) in words(app)
    app.button(key="off_reset").click().run()
    assert app.button_group(key=toggles).value == [] and "Log-probability of the old" not in words(app)


def test_a_single_head_says_what_is_left_without_it():
    app = opened(**{sidebar.MODEL: ONE_HEAD} | OPEN)
    assert switch_off.ONE_HEAD in words(app)
    app.button_group(key="off-cross-1x1-L0").set_value([0]).run()
    assert not app.exception and "Cross-attention L0 H0: weights set to zero" in words(app)


def test_a_forced_translation_is_what_is_compared():
    app = opened(**{sidebar.MODEL: TRANSFORMER, "off-cross-2x8-L1": [3]} | OPEN)
    app.button_group(key="target").set_value("typed").run()
    typed = next(area for area in app.text_area if area.label == "Type a translation")
    typed.set_value("</script> & **Katze**").run()
    assert not app.exception
    found = ablate(
        load_checkpoint(TRANSFORMER),
        app.text_area(key=sidebar.SENTENCE).value,
        [("cross", 1, 3)],
        target="</script> & **Katze**",
    )
    assert probability_sentence(found) in words(app) and "of the translation that was given" in words(app)


def test_a_button_measures_every_head():
    app = opened(**{sidebar.MODEL: ONE_HEAD, every_head.SIZE: 25} | OPEN)
    assert "With one head" not in words(app)
    app.button(key="importance_measure").click().run()
    assert not app.exception
    assert "25 sentences (grammar-en-de, test split)" in words(app) and "With one head" in words(app)
    info = next(info for info in list_checkpoints() if info.name == ONE_HEAD)
    report = reports.importance_results(info)["last"]
    assert report.n_sentences == 25 and report.sha256 == info.sha256


def test_a_kept_measurement_is_shown_at_once(monkeypatch):
    info = next(info for info in list_checkpoints() if info.name == TRANSFORMER)
    kept = replace(importance_report(), sha256=info.sha256, corpus="</script> **corpus**")
    monkeypatch.setattr(reports, "importance", lambda info: kept)
    app = opened(**{sidebar.MODEL: TRANSFORMER, "importance_table": True} | OPEN)
    assert not app.exception
    assert "200 sentences (</script> **corpus**)" in words(app) and "over the 12 heads" in words(app)
    assert len(app.dataframe[0].value) == 12


def test_a_measurement_of_other_weights_is_not_shown(monkeypatch):
    monkeypatch.setattr(reports, "importance", lambda info: importance_report())
    app = opened(**{sidebar.MODEL: TRANSFORMER} | OPEN)
    assert not app.exception
    assert "was made with other weights. Measure again." in words(app) and "Spearman" not in words(app)


def test_a_damaged_file_is_a_sentence(monkeypatch):
    def damaged(info):
        raise InputError("importance.json is not JSON: write it again.")

    monkeypatch.setattr(reports, "importance", damaged)
    app = opened(**{sidebar.MODEL: TRANSFORMER} | OPEN)
    assert not app.exception and "importance.json is not JSON: write it again." in words(app)
