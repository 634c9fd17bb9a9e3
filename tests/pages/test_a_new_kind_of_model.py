"""Do pages serve a model of a kind that none of them knows? `tests.tiny_reader` reads one text and writes
nothing.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from explorer.attention.capture import replay
from explorer.checkpoints import catalogue
from explorer.checkpoints.folder import Checkpoint, load_checkpoint, save_checkpoint
from explorer.config.run import RunConfig
from explorer.corpora.grammar import GrammarConfig
from explorer.heads.importance.ablation import shift_states
from explorer.pages import sidebar
from explorer.pages.heads import reports
from explorer.tokenization import TokenizerConfig, train_tokenizer
from models import MODELS, build_model
from models.probe import ablating
from tests.conftest import TINY_PAIRS
from tests.tiny_reader import KIND, Reader, ReaderConfig

pytestmark = pytest.mark.page
SENTENCE = "The old man sleeps."


@pytest.fixture
def reader(tmp_path, monkeypatch) -> Checkpoint:
    """The tiny model saved, and the only one there is."""
    monkeypatch.setitem(MODELS, "reader", (ReaderConfig, Reader))
    monkeypatch.setattr(catalogue, "CHECKPOINTS", tmp_path)
    monkeypatch.setattr(catalogue, "RUNS", tmp_path / "no-runs")
    tokenizer = train_tokenizer(TokenizerConfig(kind="word"), [src for src, _ in TINY_PAIRS])
    config = RunConfig(
        "reader",
        "Reads.",
        GrammarConfig(n_train=50, n_valid=30, n_test=30, max_words=8),
        TokenizerConfig(kind="word"),
        ReaderConfig(vocab=tokenizer.vocab_size),
    )
    torch.manual_seed(0)
    model = build_model(config.model).eval().requires_grad_(False)
    save_checkpoint(tmp_path / "reader", Checkpoint.in_memory(config, model, tokenizer))
    sidebar.checkpoints.clear()
    reports.head_reports.clear()
    yield load_checkpoint("reader")
    sidebar.checkpoints.clear()
    reports.head_reports.clear()


def heads_page():
    from explorer.pages.heads import heads

    heads.run()


def roles_page():
    from explorer.pages.heads import roles

    roles.run()


def translating_page():
    from explorer.pages.attention import translate_align

    translate_align.run()


def opened(page, **state) -> AppTest:
    app = AppTest.from_function(page, default_timeout=120)
    for key, value in {sidebar.SENTENCE: SENTENCE, **state}.items():
        app.session_state[key] = value
    return app.run()


def words(app: AppTest) -> str:
    shown = [*app.title, *app.text, *app.caption, *app.subheader, *app.markdown]
    return "\n".join(element.value for element in shown)


def test_it_is_saved_and_loaded_with_its_one_tokenizer(reader):
    (info,) = catalogue.list_checkpoints()
    assert info.problem is None and info.can.reads == ("text",) and not info.can.writes
    assert sorted(path.name for path in reader.path.glob("*tokenizer.json")) == ["text_tokenizer.json"]
    assert list(reader.tokenizers) == ["text"]


def test_its_pass_has_one_side_and_predicts_nothing(reader):
    record = replay(reader, SENTENCE)
    assert [side.name for side in record.sides] == ["text"] and record.prediction is None
    (attention,) = record.attention
    assert attention.kind == KIND and attention.title == "Text looks at text" and not attention.causal
    assert attention.query == attention.key == record.read and attention.is_self
    assert np.allclose(attention.weights.sum(-1), 1, atol=1e-6)
    with pytest.raises(ValueError, match="writes no words"):
        _ = record.written


def test_it_is_in_the_picker_and_on_heads(reader):
    app = opened(heads_page, bertviz_box=True, export_box=True)
    assert not app.exception
    assert app.selectbox(key=sidebar.MODEL).options == ["en reader, grammar"]
    assert "What does it mean?" in words(app)


def test_a_page_that_translates_does_not_offer_it(reader):
    app = opened(translating_page)
    assert not app.exception and not [box for box in app.selectbox if box.key == sidebar.MODEL]


def test_its_heads_are_asked_for_their_positions(reader):
    app = opened(roles_page)
    assert not app.exception
    next(button for button in app.button if "Compute the report" in button.label).click().run()
    assert not app.exception and "heads: " in words(app)
    (info,) = catalogue.list_checkpoints()
    report = reports.head_reports(info)["last"]
    assert {row.kind for row in report.rows} == {KIND} and len(report.rows) == 4
    assert all(any(e.role == "positional" for e in row.evidence) for row in report.rows)


@pytest.mark.parametrize("mode", ["zero", "uniform"])
def test_its_states_move_when_a_head_is_off(reader, mode):
    found = shift_states(reader, SENTENCE, [(KIND, 0, 1)], mode)
    ids = torch.tensor([[*reader.src_tokenizer.encode(SENTENCE).ids, 3]])
    whole = reader.model.encode(ids).states[0]
    with ablating(reader.model, [(KIND, 0, 1)], mode):
        masked = reader.model.encode(ids).states[0]
    by_hand = [float((a - b).norm() / a.norm()) for a, b in zip(whole, masked, strict=True)]
    assert found.shift == pytest.approx(by_hand, rel=1e-4) and min(by_hand) > 0


def test_the_page_shows_what_a_missing_head_changes(reader):
    off = f"off-{KIND}-2x2-L0"
    app = opened(heads_page, off_box=True, **{off: [1]})
    assert not app.exception and "How far do the states move?" in words(app)
