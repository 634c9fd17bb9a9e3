"""Does the page "Beam search" run without a browser: every model, tables, forced prefixes, cases, and bad
input?
"""

from __future__ import annotations

import math
import re

import pytest
from streamlit.testing.v1 import AppTest

from explorer.checkpoints.catalogue import list_checkpoints
from explorer.pages import passes, sidebar
from explorer.pages.search import beam_search, searches
from explorer.pages.search import compare as beam_compare
from explorer.pages.search import node as beam_node
from explorer.pages.search import source as search_source
from explorer.results import SearchCase, SearchSettings, StrategyRun
from tests.views.samples import ATTACK

INFOS = {info.name: info for info in list_checkpoints()}
TRANSFORMER = "grammar-en-de-transformer"
FLIPS = ": a 0.6, b 0.4\nb: c 1\nb c: e 1\nb c e: f 1\nb c e f: g 1"


def page():
    from explorer.pages.search import beam_search

    beam_search.run()


def opened(**state) -> AppTest:
    app = AppTest.from_function(page, default_timeout=240)
    for key, value in state.items():
        app.session_state[key] = value
    return app.run()


def on_table(text=None, condition="prefix", **state) -> AppTest:
    if text is not None:
        state |= {search_source.ROWS: text, search_source.CONDITION: condition}
    return opened(**{beam_search.ON: "table", **state})


def words(app: AppTest) -> str:
    return "\n".join(element.value for element in [*app.title, *app.text, *app.caption, *app.subheader])


def tables(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


@pytest.fixture
def trees(monkeypatch) -> list[dict]:
    """The data of every tree that is drawn."""
    drawn = []
    monkeypatch.setattr(
        "explorer.components.search_tree.search_tree", lambda data, key, on_pick: drawn.append(data)
    )
    return drawn


@pytest.mark.parametrize("name", INFOS)
def test_every_shipped_checkpoint_is_searched(name, trees):
    app = opened(**{sidebar.MODEL: name})
    assert not app.exception
    assert app.title[0].value == "How does a translation grow?" and "With α = 0 the winner is “" in words(app)
    assert ("has no attention, so there is nothing that it looked at" in words(app)) == (
        INFOS[name].attention == "none"
    )
    assert {node["fate"] for node in trees[-1]["nodes"]} == {"kept", "finished", "pruned"}


def test_the_tree_has_the_log_probs_of_the_model(trees):
    app = opened(**{sidebar.MODEL: TRANSFORMER, beam_search.BEAM: 3, beam_search.PRUNED: "all"})
    assert not app.exception
    info, sentence = INFOS[TRANSFORMER], app.text_area(key=sidebar.SENTENCE).value
    trace = searches.search(info, sentence, SearchSettings(3))
    assert len(trees[-1]["nodes"]) == sum(len(step.candidates) for step in trace.steps)
    best = next(node for node in trees[-1]["nodes"] if node["place"] == 1)
    record = passes.record(info, sentence, tuple(map(int, best["id"].split())))
    assert float(best["about"][2].removeprefix("Sum so far ")) == pytest.approx(
        float(record.log_probs.sum()), abs=1e-4
    )


def test_a_clicked_node_shows_its_prefix_continuations_and_rows(trees, monkeypatch):
    views = []
    monkeypatch.setattr(beam_node, "draw", lambda picture, *rest: views.append(picture.view))
    app = opened(**{sidebar.MODEL: TRANSFORMER})
    pruned = next(node for node in trees[-1]["nodes"] if node["fate"] == "pruned" and node["step"] == 2)
    ids = tuple(map(int, pruned["id"].split()))
    sentence, info = app.text_area(key=sidebar.SENTENCE).value, INFOS[TRANSFORMER]
    app.session_state[beam_node.PICKED] = {f"{TRANSFORMER}/{sentence}": ids}
    app.run()
    assert not app.exception and trees[-1]["selected"] == pruned["id"]
    assert (
        "The node you clicked" in words(app)
        and "Step 3, candidate" in words(app)
        and "pruned: log-probability" in words(app)
    )
    record = passes.record(info, sentence, ids)
    assert views[-1].rows.tokens == record.written.tokens[:3] and len(views[-1].weights) == 3
    assert views[-1].weights == pytest.approx(record.map("cross").weights.mean((0, 1))[:3], abs=1e-6)
    expected = [f"{math.exp(value):.3g}" for value in record.prediction.top_log_probs[3][:1]]
    assert f">{expected[0]}</td>" in tables(app)  # the likeliest next of the replay is the first of the list


def test_the_penalty_changes_the_winner_where_it_says(trees):
    """ln 0.6 over 2 tokens against ln 0.4 over 6: (11/7)^α = ln 0.4 / ln 0.6."""
    alpha = math.log(math.log(0.4) / math.log(0.6)) / math.log(11 / 7)
    app = on_table(FLIPS)
    assert f"The winner changes at α = {alpha:.6g}: “a” below, “b c e f g” above." in words(app)
    for value, winner in ((math.floor(20 * alpha) / 20, "a"), (math.ceil(20 * alpha) / 20, "b c e f g")):
        app.slider(key=beam_search.ALPHA).set_value(value).run()
        assert not app.exception and f"the winner is “{winner}”" in words(app)
        assert [node["token"] for node in trees[-1]["nodes"] if node["winner"]] == [*winner.split(), "</s>"]


def test_the_textbook_tree_opens_with_a_beam_of_two(trees):
    app = on_table()
    assert not app.exception and "the winner is “Le chat”" in words(app)
    assert sorted(node["token"] for node in trees[-1]["nodes"] if node["step"] == 0) == ["La", "Le", "Un"]
    app.selectbox(key=search_source.TABLE).set_value("A garden path for greedy search").run()
    assert "the winner is “Un chat”" in words(app)
    app.slider(key=f"{beam_search.BEAM}_table").set_value(1).run()
    assert "the winner is “Le chat”" in words(app)


@pytest.mark.parametrize(
    "text, expected",
    [
        (": Le 0.5, La 0.4", "sums to 0.9, and probabilities sum to 1"),
        ("Le 0.5", "Line 1 of the table has no colon"),
        (": Le x", "'x' is no number"),
        (": Le 2", "choose 0 to 1"),
        ("", "The table has no row for the first word"),
        ("a: b 1", "The table has no row for the first word"),
        (": " + "x" * 30_000 + " 1", "there is room for 20,000"),
        (f": {ATTACK.replace(' ', '_')} 1", f"the winner is “{ATTACK.replace(' ', '_')}”"),
    ],
    ids=["sum", "colon", "number", "range", "empty", "start", "long", "hostile"],
)
def test_a_bad_table_is_told_and_kept(text, expected):
    app = on_table(text)
    assert not app.exception and expected in words(app)
    assert app.text_area(key=search_source.ROWS).value == text
    assert not any("<img" in element.value for element in app.markdown)


def test_a_prefix_is_forced_by_typing_and_taken_back(trees):
    app = on_table()
    typed = next(box for box in app.text_input if str(box.key).startswith(beam_search.TYPED))
    typed.set_value("La").run()
    assert (
        not app.exception
        and "You made it begin with: La" in words(app)
        and "the winner is “La chat”" in words(app)
    )
    assert next(node for node in trees[-1]["nodes"] if node["step"] == 0)["forced"]
    app.button(key="beam_free").click().run()
    assert "You made it begin" not in words(app) and "the winner is “Le chat”" in words(app)
    typed.set_value("Kuh").run()
    assert (
        not app.exception
        and "The table has no word 'Kuh'" in words(app)
        and "the winner is “Le chat”" in words(app)
    )


def test_a_word_is_replaced_and_the_search_goes_on(trees):
    app = opened(**{sidebar.MODEL: TRANSFORMER})
    sentence = app.text_area(key=sidebar.SENTENCE).value
    place = next(box for box in app.selectbox if str(box.key).startswith(beam_node.POSITION))
    place.set_value(0).run()
    word = next(box for box in app.selectbox if str(box.key).startswith(beam_node.WORD))
    offered = searches.next_tokens(INFOS[TRANSFORMER], sentence, ())
    assert len(word.options) >= 4
    word.set_value(word.options[0]).run()
    app.button(key="beam_replace").click().run()
    assert not app.exception and f"You made it begin with: {word.options[0]}" in words(app)
    forced = next(node for node in trees[-1]["nodes"] if node["forced"])
    assert int(forced["id"]) in {one.token_id for one in offered}
    assert f"the winner is “{word.options[0]}" in words(app)


def test_a_kept_node_can_be_forced(trees):
    app = on_table()
    node = next(node for node in trees[-1]["nodes"] if node["token"] == "La")
    key = search_source.TableSource("1: Le 0.7, La 0.2, Un 0.1\n2: chat 0.8, chien 0.2", "position").key
    app.session_state[beam_node.PICKED] = {key: (int(node["id"]),)}
    app.run()
    app.button(key="beam_force").click().run()
    assert not app.exception and "the winner is “La chat”" in words(app)


def test_strategies_stand_side_by_side(trees):
    app = on_table(
        "\n".join((": Le 0.6, Un 0.4", "Le: chat 0.4, chien 0.35, tapis 0.25", "Un: chat 0.9, chien 0.1")),
        beam_strategies=True,
    )
    assert not app.exception
    table = tables(app)
    rows = re.findall(r"<tr style[^>]*><td[^>]*>(?:★ )?([^<]*)</td><td[^>]*>([^<]*)</td>", table)
    by_name = dict(rows)
    assert by_name["greedy"] == "Le chat" and by_name["beam 2"] == by_name["exhaustive"] == "Un chat"
    assert "no exhaustive search" not in words(app)
    next(box for box in app.text_input if str(box.key).startswith("beam_reference")).set_value(
        "Un chat"
    ).run()
    assert ">100.0</td>" in tables(app)


def test_strategies_of_a_model_leave_out_exhaustive_search(trees):
    app = opened(**{sidebar.MODEL: "grammar-en-de-rnn-mlp", "beam_strategies": True})
    assert not app.exception and "there is no exhaustive search" in words(app)
    assert "sampling, nucleus 0.9, seed 1" in tables(app) and "beam 8" in tables(app)


def case(narrow: str, wide: str) -> SearchCase:
    def run(name, text, log_prob, bleu):
        return StrategyRun(name, text, tuple(text.split()), (), log_prob, log_prob, 3, True, bleu, 1)

    return SearchCase(
        "The dog sleeps.",
        "Der Hund schläft.",
        run(narrow, "Ein Hund", -3.0, 50.0),
        run(wide, "Der Hund", -2.0, 40.0),
        1.0,
    )


@pytest.mark.parametrize(
    "kind, narrow, wide", [("greedy_loses", "greedy", "beam 4"), ("wider_is_worse", "beam 4", "beam 16")]
)
def test_a_case_opens_with_sentence_beam_and_reference(trees, monkeypatch, kind, narrow, wide):
    known = {"n": 0}

    def find(info, n_more):
        known["n"] += n_more
        if known["n"] >= 3 * n_more:
            known[kind] = case(narrow, wide)
        return True

    monkeypatch.setattr(searches, "cases_found", lambda info: known)
    monkeypatch.setattr(searches, "find_cases", find)
    app = opened(**{sidebar.MODEL: TRANSFORMER})
    assert known["n"] == 0  # nothing is looked for before it is asked for
    app.button(key=f"beam_case_{kind}").click().run()
    assert not app.exception and known["n"] == 3 * beam_compare.BATCH
    assert app.text_area(key=sidebar.SENTENCE).value == "The dog sleeps."
    assert app.slider(key=beam_search.BEAM).value == int(wide.split()[1])
    assert f"{narrow}: “Ein Hund”" in words(app) and "BLEU 40.0" in words(app)


def test_a_model_without_such_a_case_says_so(trees, monkeypatch):
    known = {"n": 0}
    monkeypatch.setattr(searches, "cases_found", lambda info: known)
    monkeypatch.setattr(searches, "find_cases", lambda info, n_more: False)
    app = opened(**{sidebar.MODEL: TRANSFORMER})
    app.button(key="beam_case_wider_is_worse").click().run()
    assert not app.exception and any("There is none" in status.label for status in app.status)


def test_cases_are_found_on_new_sentences():
    info = INFOS["grammar-en-de-rnn-dot"]
    known = searches.cases_found(info)
    before = known["n"]
    assert searches.find_cases(info, 3) and searches.find_cases(info, 2) and known["n"] == before + 5
    for kind in set(known) - {"n"}:
        assert known[kind].wide.log_prob > known[kind].narrow.log_prob


@pytest.mark.parametrize("sentence", ["", "\x00\x07 control", "ﷺ" * 300, "x" * 600, ATTACK, "שלום 👨‍👩‍👧"])
def test_any_sentence_gives_a_page(sentence):
    app = opened(**{sidebar.MODEL: TRANSFORMER, sidebar.SENTENCE: sentence})
    assert not app.exception
    assert not any("<img" in element.value for element in app.markdown)


def picks():
    import streamlit as st

    from explorer.decoding.tree import search_tree
    from explorer.pages.search.node import pick
    from explorer.pages.search.source import TableSource
    from explorer.results import SearchSettings

    source = TableSource(": a 0.6, b 0.4", "prefix")
    tree = search_tree(source.search(SearchSettings(2)), source.token)
    for value in st.session_state["values"]:
        pick(source, tree, value)
    st.text(str(st.session_state.get("beam_picked", {}).get(source.key)))


@pytest.mark.parametrize("value, taken",
                         [("4", "(4,)"), ("5 3", "(5, 3)"), ("9", "None"), ("", "None"), (None, "None"),
                          ([4], "None"),
                                          ({"a": 1}, "None"), (4, "None"), (ATTACK, "None")])  # fmt: skip
def test_only_nodes_of_the_tree_can_be_picked(value, taken):
    app = AppTest.from_function(picks, default_timeout=60)
    app.session_state["values"] = [value]
    app.run()
    assert not app.exception and app.text[0].value == taken
