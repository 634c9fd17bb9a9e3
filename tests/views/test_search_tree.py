"""Is the tree drawn as the search went, and can its tables and sentences be worked out by hand?"""

from __future__ import annotations

import json
import math
import random
import re

import pytest

from explorer.decoding.rerank import rerank
from explorer.decoding.strategies import beam_search
from explorer.decoding.tables import GARDEN_PATH_ROWS, TEXTBOOK_ROWS, TableScorer
from explorer.decoding.tree import continuations, search_tree
from explorer.results import SearchSettings
from explorer.views.numbers import short
from explorer.views.plain_table import Cell, Column, plain_table
from explorer.views.search.tables import continuations_table, hypotheses_table, winner_lines
from explorer.views.search.tree import drawing_order, node_key, tree_data
from explorer.views.text import visible_token
from explorer.views.theme import THEMES
from tests.views.samples import ATTACK, NASTY

LIGHT = THEMES["light"]
LONG_OR_SHORT = {
    "": {"a": 0.6, "b": 0.4},
    "b": {"c": 1.0},
    "b c": {"e": 1.0},
    "b c e": {"f": 1.0},
    "b c e f": {"g": 1.0},
}


def searched(
    rows=TEXTBOOK_ROWS, condition="position", beam_size=2, length_penalty=0.0, n_pruned=None, **settings
):
    scorer = TableScorer(rows, condition)
    trace = beam_search(
        TableScorer(rows, condition),
        SearchSettings(beam_size=beam_size, max_len=8, length_penalty=length_penalty, **settings),
    )
    return (
        scorer,
        trace,
        search_tree(trace, scorer.token, n_pruned=n_pruned, n_forced=len(settings.get("prefix", ()))),
    )


def by_words(scorer, data) -> dict[str, dict]:
    return {" ".join(scorer.token(int(id)) for id in node["id"].split()): node for node in data["nodes"]}


def test_the_textbook_tree_has_the_numbers_of_the_textbook():
    """Le 0.7, La 0.2, Un 0.1; then chat 0.8, chien 0.2: the kept are 0.7 · 0.8 = 0.56 and 0.2 · 0.8 = 0.16,
    as 0.7 · 0.2 = 0.14 is less.
    """
    scorer, _, tree = searched()
    nodes = by_words(scorer, tree_data(tree, LIGHT, length_penalty=0))
    assert {words: node["fate"] for words, node in nodes.items()} == {
        "Le": "kept",
        "La": "kept",
        "Un": "pruned",
        "Le chat": "kept",
        "La chat": "kept",
        "Le chien": "pruned",
        "La chien": "pruned",
        "Le chat </s>": "finished",
        "La chat </s>": "finished",
    }
    for words, probability, own in (
        ("Le", 0.7, 0.7),
        ("Le chat", 0.56, 0.8),
        ("La chat", 0.16, 0.8),
        ("Le chien", 0.14, 0.2),
    ):
        node = nodes[words]
        assert (node["sum"], node["score"], node["log_prob"]) == (short(math.log(probability)),) * 2 + (
            short(math.log(own)),
        )
        assert float(node["about"][2].removeprefix("Sum so far ")) == pytest.approx(
            math.log(probability), abs=1e-12
        )
    assert [words for words, node in nodes.items() if node["winner"]] == ["Le", "Le chat", "Le chat </s>"]
    assert (nodes["Le chat </s>"]["place"], nodes["La chat </s>"]["place"], nodes["Le"]["place"]) == (1, 2, 0)


def test_scores_after_length_penalty_are_those_of_the_formula():
    scorer, _, tree = searched(length_penalty=1.0)
    nodes = by_words(scorer, tree_data(tree, LIGHT, length_penalty=1.0))
    assert nodes["Le chat"]["score"] == short(math.log(0.56) / (7 / 6)) and nodes["Le chat"]["sum"] == short(
        math.log(0.56)
    )


def random_rows(seed: int) -> dict:
    draw = random.Random(seed)
    rows = {}
    for word in ("", *"abcd"):
        weights = [draw.random() ** 3 for _ in range(5)]
        rows[word] = {
            token: weight / sum(weights) for token, weight in zip((*"abcd", "</s>"), weights, strict=True)
        }
    return rows


@pytest.mark.parametrize("seed", range(20))
def test_no_two_edges_cross_and_parents_come_before_their_children(seed):
    scorer, trace, tree = searched(random_rows(seed), "previous", beam_size=1 + seed % 6, stop="length")
    data = tree_data(tree, LIGHT, length_penalty=0)
    rows, columns, seen = {"": 0}, {}, {""}
    for node in data["nodes"]:
        assert node["parent"] in seen
        seen.add(node["id"])
        rows[node["id"]] = len(columns.setdefault(node["step"], []))
        columns[node["step"]].append(node)
    for nodes in columns.values():
        parents = [rows[node["parent"]] for node in nodes]
        assert parents == sorted(parents)
    assert len(seen) - 1 == sum(len(step.candidates) for step in trace.steps)
    likeliest = max(trace.hypotheses, key=lambda hypothesis: hypothesis.log_prob)
    for length in range(1, likeliest.length + 1):
        assert rows[node_key(likeliest.token_ids[:length])] == 0  # in the first row, straight


def test_the_length_penalty_moves_no_node():
    orders = []
    for alpha in (-4, 0, 4):
        _, _, tree = searched(LONG_OR_SHORT, "prefix", length_penalty=alpha)
        orders.append([tree.nodes[number].token_ids for number in drawing_order(tree)])
    assert orders[0] == orders[1] == orders[2]


def test_the_exact_length_penalty_at_which_the_winner_changes():
    """“a” is ln 0.6 over 2 tokens, “b c e f g” ln 0.4 over 6: equal where (11/7)^α = ln 0.4 / ln 0.6."""
    alpha = math.log(math.log(0.4) / math.log(0.6)) / math.log(11 / 7)
    for given, winner in ((alpha - 0.01, "a"), (alpha + 0.01, "b c e f g")):
        scorer, trace, tree = searched(LONG_OR_SHORT, "prefix", length_penalty=given)
        ranked = rerank(trace, given)
        texts = [scorer.text(hypothesis.token_ids) for hypothesis in trace.hypotheses]
        first, change = winner_lines(ranked, texts)
        assert f"the winner is “{winner}”" in first
        assert change == f"The winner changes at α = {alpha:.6g}: “a” below, “b c e f g” above."
        table = hypotheses_table(trace, ranked, texts, LIGHT)
        assert re.findall(r"<td[^>]*>★ ([^<]*)<", table) == [winner]
        nodes = by_words(scorer, tree_data(tree, LIGHT, length_penalty=given))
        assert nodes[f"{winner} </s>"]["winner"] and nodes[f"{winner} </s>"]["place"] == 1


def test_a_negative_penalty_has_a_true_minus_sign():
    _, trace, _ = searched(LONG_OR_SHORT, "prefix", length_penalty=-0.5)
    assert winner_lines(rerank(trace, -0.5), ["a", "b"])[0] == "With α = −0.5 the winner is “a”."


def test_one_winner_for_all_is_said():
    _, trace, _ = searched()
    assert (
        winner_lines(rerank(trace, 0.0), ["Le chat", "La chat"])[1] == "It wins under every α from −10 to 10."
    )
    _, trace, _ = searched(beam_size=1)
    assert "Only one hypothesis has finished" in winner_lines(rerank(trace, 0.0), ["Le chat"])[1]


def test_a_search_that_had_to_stop_says_so_and_a_forced_prefix_is_marked():
    scorer = TableScorer(GARDEN_PATH_ROWS, "prefix")
    trace = beam_search(scorer, SearchSettings(beam_size=2, max_len=2, prefix=scorer.ids(["Un"])))
    tree = search_tree(trace, scorer.token, n_forced=1)
    data = tree_data(tree, LIGHT, length_penalty=0, selected=scorer.ids(["Un"]))
    nodes = by_words(scorer, data)
    assert nodes["Un"]["forced"] and nodes["Un"]["mark"] == "▸" and not nodes["Un chat"]["forced"]
    assert "place 1 when the search had to stop" in nodes["Un chat"]["about"][-1]
    assert data["selected"] == nodes["Un"]["id"] and any(
        entry["fate"] == "forced" for entry in data["legend"]
    )
    assert "(not finished)" in hypotheses_table(trace, rerank(trace, 0), ["x"] * len(trace.hypotheses), LIGHT)


def test_hidden_candidates_are_counted():
    _, _, tree = searched(n_pruned=0)
    data = tree_data(tree, LIGHT, length_penalty=0)
    assert "0 pruned, and 3 more pruned that are not drawn" in data["description"]
    assert all(node["fate"] != "pruned" for node in data["nodes"])


def test_likely_next_words():
    scorer = TableScorer(GARDEN_PATH_ROWS, "prefix")
    table = continuations_table(continuations(scorer, scorer.ids(["Le"]), scorer.token), LIGHT)
    assert re.findall(r">([a-z]+|0\.[0-9]+)</td>", table) == ["chat", "0.4", "chien", "0.35", "tapis", "0.25"]


def test_nothing_that_is_typed_becomes_markup():
    words = [word for word in NASTY if word.split() == [word] and word not in ("<s>", "</s>")]
    rows = {"1": {word: 1 / len(words) for word in words}}
    scorer, _, tree = searched(rows, beam_size=len(words))
    data = tree_data(tree, LIGHT, length_penalty=0)
    json.dumps(data)
    assert {node["token"] for node in data["nodes"] if node["step"] == 0} == {
        visible_token(word, 10) for word in words
    }
    table = plain_table((Column(ATTACK, ATTACK),), [(Cell(word, word),) for word in NASTY], LIGHT, 1, ATTACK)
    assert "<img" not in table and "<b>" not in table and "<script" not in table and "</script" not in table
    assert "\u202eevil" not in table
