"""Does the page "Head roles" run without a browser: with a report, without one, with that of other weights,
and with any sentence?
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from explorer.checkpoints.catalogue import list_checkpoints, read_json
from explorer.errors import InputError
from explorer.pages import navigation, passes, sidebar
from explorer.pages.heads import one_head, reports, role_table, shown_report, tree
from explorer.pages.heads import picked as heads_picked
from explorer.results import AttentionMap, HeadReport
from tests.heads import slow
from tests.views.role_samples import hostile_report, large_report
from tests.views.samples import ATTACK

INFOS = {info.name: info for info in list_checkpoints()}
TRANSFORMER = "grammar-en-de-transformer"
TREEBANK = "\n".join(
    "\t".join(columns)
    for columns in (
        ("1", "The", "the", "DET", "_", "_", "2", "det", "_", "_"),
        ("2", "cat", "cat", "NOUN", "_", "_", "3", "nsubj", "_", "_"),
        ("3", "sees", "see", "VERB", "_", "_", "0", "root", "_", "_"),
        ("4", "dogs", "dog", "NOUN", "_", "_", "3", "obj", "_", "SpaceAfter=No"),
        ("5", ".", ".", "PUNCT", "_", "_", "3", "punct", "_", "_"),
    )
)


def page():
    from explorer.pages.heads import roles

    roles.run()


def opened(**state) -> AppTest:
    app = AppTest.from_function(page, default_timeout=240)
    for key, value in state.items():
        app.session_state[key] = value
    return app.run()


def words(app: AppTest) -> str:
    return "\n".join(element.value for element in [*app.title, *app.text, *app.caption, *app.subheader])


def report_for(name: str) -> HeadReport:
    """Made-up evidence about the heads that this checkpoint has."""
    model = read_json(INFOS[name].path / "config.json")["model"]
    if model["family"] == "rnn":
        report = large_report(1, 1)
        report = replace(
            report, rows=tuple(row for row in report.rows if row.kind == "cross"), maps=report.maps[2:]
        )
    else:
        report = large_report(min(model["n_encoder_layers"], model["n_decoder_layers"]), model["n_heads"])
    return replace(report, checkpoint=name, sha256=INFOS[name].sha256)


@pytest.fixture
def shipped(monkeypatch):
    """Have every checkpoint come with a report; call it with another report to have that one."""

    def have(report=None):
        monkeypatch.setattr(reports, "head_report", lambda info: report or report_for(info.name))
        monkeypatch.setattr(reports, "head_reports", lambda info: {})

    have()
    return have


OPEN = {
    key: True
    for key in ("roles_figures_box", "roles_map_box", "roles_best_box", "roles_behind_box", "roles_save_box")
}


@pytest.mark.parametrize("name", INFOS)
def test_every_checkpoint_shows_its_heads_or_says_why_not(shipped, name):
    app = opened(**OPEN, **{sidebar.MODEL: name})
    assert not app.exception
    assert app.title[0].value == "What does each head do?" and "What does it mean?" in words(app)
    if INFOS[name].attention == "none":
        assert "has no attention, so it has no heads and no roles" in words(app)
        return
    assert "heads: " in words(app) or "1 head: " in words(app)
    assert ("This model has one head" in words(app)) == (INFOS[name].family == "rnn")
    if INFOS[name].family == "transformer":
        for kind in ("decoder_self", "cross", "encoder_self", "all"):
            app.button_group(key=role_table.KIND).set_value(kind).run()
            assert not app.exception
            titles = role_table.kind_titles(INFOS[name])
            assert kind == "all" or titles[kind].lower() in app.subheader[0].value


def test_a_report_about_other_weights_is_not_shown(shipped):
    shipped(replace(report_for(TRANSFORMER), sha256="f" * 64))
    app = opened(**{sidebar.MODEL: TRANSFORMER})
    assert not app.exception
    assert (
        f"was made with other weights (sha256 ffffffffffff…, and these are {INFOS[TRANSFORMER].sha256[:12]}…)"
        in words(app)
    )
    assert app.button(key="roles_compute").label == "Compute the report" and "heads: " not in words(app)


def test_a_report_that_cannot_be_read_is_a_sentence(monkeypatch):
    def broken(info):
        raise InputError("roles.json is not JSON: write it again.")

    monkeypatch.setattr(reports, "head_report", broken)
    monkeypatch.setattr(reports, "head_reports", lambda info: {})
    app = opened(**{sidebar.MODEL: TRANSFORMER})
    assert not app.exception and "roles.json is not JSON: write it again." in words(app)
    assert app.button(key="roles_compute")


def test_a_report_is_computed_on_the_page_and_kept(monkeypatch):
    monkeypatch.setattr(reports, "head_report", lambda info: None)
    kept = {}
    monkeypatch.setattr(reports, "head_reports", lambda info: kept)
    app = opened(**{sidebar.MODEL: "shift-rnn", shown_report.SIZE: 50})
    assert "shift-rnn has no report on its heads yet" in words(app)
    app.button(key="roles_compute").click().run()
    assert not app.exception
    report = kept["last"]
    assert (report.checkpoint, report.sha256) == (
        "shift-rnn",
        INFOS["shift-rnn"].sha256,
    ) and report.reported_on.n_sentences == 50
    assert "1 head: " in words(app) and "has no report" not in words(app)


def test_filters_leave_the_heads_that_they_name(shipped, monkeypatch):
    shown = []
    monkeypatch.setattr(
        "explorer.components.head_table.head_table", lambda data, key, on_pick, on_open: shown.append(data)
    )
    report = report_for(TRANSFORMER)
    app = opened(**{sidebar.MODEL: TRANSFORMER})
    for kind in ("encoder_self", "cross", "all"):
        app.button_group(key=role_table.KIND).set_value(kind).run()
        for role in ("all", "positional", "rare_token", "none"):
            app.selectbox(key=role_table.ROLE).set_value(role).run()
            expected = [
                [row.kind, row.layer, row.head]
                for row in report.rows
                if kind in ("all", row.kind)
                and (role == "all" or role in row.roles or (role == "none" and not row.roles))
            ]
            assert [row["head"] for row in shown[-1]["rows"]] == expected
    app.selectbox(key=role_table.FIGURE).set_value("previous").run()
    assert shown[-1]["columns"][-1]["name"] == "on the token before"


def test_the_picked_head_is_described(shipped):
    app = opened(
        **{
            sidebar.MODEL: TRANSFORMER,
            role_table.PICKED: {TRANSFORMER: ("encoder_self", 1, 2)},
            role_table.KIND: "encoder_self",
        }
    )
    assert not app.exception and app.subheader[0].value == "L1 H2, source looks at source"
    app.button_group(key=role_table.KIND).set_value("cross").run()
    assert app.subheader[0].value != "L1 H2, source looks at source"  # it is not in the table
    app.button_group(key=role_table.KIND).set_value("encoder_self").run()
    assert app.subheader[0].value == "L1 H2, source looks at source"


def clicks():
    import streamlit as st

    from explorer.pages.heads import role_table
    from explorer.pages.sidebar import Choice

    choice = Choice(st.session_state["info"], "", None)
    for value in st.session_state["values"]:
        role_table.pick(choice, st.session_state["report"], value)
        role_table.open_head(choice, st.session_state["report"], value)


@pytest.mark.parametrize("value, taken",
                         [(["cross", 0, 1], True), (["cross", 9, 0], False), (["cross", 0], False),
                          (None, False),
                                          ("cross", False), ([ATTACK, 0, 0], False),
                                          ({"kind": "cross"}, False), ([[], {}, None], False),
                                          (["cross", 0, True], True)])  # fmt: skip
def test_only_heads_that_exist_can_be_picked(value, taken):
    """JSON has no way to send what Python holds equal to a number but for true, and that is head 1."""
    app = AppTest.from_function(clicks, default_timeout=60)
    app.session_state["info"], app.session_state["report"], app.session_state["values"] = (
        INFOS[TRANSFORMER],
        report_for(TRANSFORMER),
        [value],
    )
    app.run()
    assert not app.exception
    picked = app.session_state[role_table.PICKED] if role_table.PICKED in app.session_state else {}
    assert picked == ({TRANSFORMER: ("cross", 0, 1)} if taken else {})
    assert (navigation.LEAVE in app.session_state) == taken
    if taken:
        assert (
            app.session_state[heads_picked.PICKED] == {(TRANSFORMER, "cross"): ((0, 1),)}
            and app.session_state["kind"] == "cross"
        )


def test_hostile_names_in_a_report_are_text(shipped):
    sample = hostile_report()
    shipped(replace(sample, checkpoint=TRANSFORMER, sha256=INFOS[TRANSFORMER].sha256))
    app = opened(
        **OPEN, **{sidebar.MODEL: TRANSFORMER, role_table.PICKED: {TRANSFORMER: ("encoder_self", 0, 0)}}
    )
    assert not app.exception
    assert not any(ATTACK in element.value for element in app.markdown)


# ----------------------------------------------------------------------------------------------- the sentence


def said_about(app: AppTest) -> str:
    return next(text.value for text in app.text if " finds " in text.value or "nothing to ask" in text.value)


@pytest.mark.parametrize("kind", ["encoder_self", "decoder_self"])
def test_grammar_sentences_are_judged_as_the_statistics_count(shipped, kind):
    """Hits and questions of the page against plain loops over the weights of the same pass."""
    drawn = "de.36.."
    pair = sidebar.drawn_pair(drawn)
    app = opened(
        **{
            sidebar.MODEL: TRANSFORMER,
            sidebar.DRAWN: drawn,
            sidebar.SENTENCE: pair.src,
            role_table.KIND: kind,
            role_table.PICKED: {TRANSFORMER: (kind, 1, 2)},
        }
    )
    assert not app.exception
    if kind == "encoder_self":
        assert app.button_group(key=tree.SOURCE).options == ["yours", "CoNLL-U"]
    record = passes.record(INFOS[TRANSFORMER], pair.src, pair.tgt)
    gold = pair.src_tree if kind == "encoder_self" else pair.tgt_tree
    sentence = sentence_of(record.map(kind), gold)
    relations = tuple(sorted({relation for *_, relation in sentence.arcs}))
    for direction in ("to_head", "to_dependent"):
        app.button_group(key=f"{one_head.DIRECTION}-{kind}-L1 H2").set_value(direction).run()
        hits, n = slow.syntactic(sentence, sentence.weights[1, 2], relations)[f"all:{direction}"]
        picker = next(
            box for box in app.selectbox if str(box.key).startswith(f"{one_head.RELATION}-{kind}-L1 H2")
        )
        picker.set_value(one_head.ALL).run()
        assert f"L1 H2 finds {hits:g} of {n} here" in said_about(app)


def sentence_of(attention_map: AttentionMap, gold) -> slow.Sentence:
    """What the plain loops need of a sentence of whole words."""
    from explorer.results import Encoding

    decoder = attention_map.kind == "decoder_self"
    tokens = attention_map.key.tokens[1:] if decoder else attention_map.key.tokens[:-1]
    encoding = Encoding(tuple(range(len(tokens))), tokens, tuple(range(len(tokens))), tokens)
    arcs = tuple(
        (d, h, r)
        for d, (h, r) in enumerate(zip(gold.heads, gold.relations, strict=True))
        if h >= 0 and r != "punct"
    )
    return slow.Sentence(attention_map.kind, np.asarray(attention_map.weights), encoding, encoding, arcs)


def test_a_sentence_without_tree_gives_way_to_an_example(shipped):
    app = opened(
        **{sidebar.MODEL: TRANSFORMER, role_table.KIND: "encoder_self", sidebar.SENTENCE: "Something else."}
    )
    assert not app.exception and "so this one comes from the grammar" in words(app) and said_about(app)
    assert app.button_group(key=tree.SOURCE).options == ["an example", "CoNLL-U"]


@pytest.mark.parametrize(
    "sentence",
    ["", " \t", "word " * 10_000, ATTACK, "\u202eשלום"],
    ids=["none", "blank", "long", "hostile", "rtl"],
)
def test_a_bad_sentence_in_the_sidebar_hides_no_report(shipped, sentence):
    app = opened(**{sidebar.MODEL: TRANSFORMER, role_table.KIND: "encoder_self", sidebar.SENTENCE: sentence})
    assert not app.exception and "heads: " in words(app) and said_about(app)


@pytest.mark.parametrize("kind, side", [("encoder_self", "src_tree"), ("decoder_self", "tgt_tree")])
def test_an_example_has_the_best_relation_of_the_head(kind, side):
    first = sidebar.drawn_pair(f"de.{tree.EXAMPLE}..")
    for relation in ("advmod", "iobj", "nsubj", "obj", "det"):
        assert relation in getattr(tree.example_pair(INFOS[TRANSFORMER], kind, relation), side).relations
    for nothing in ("", "no such relation"):
        assert tree.example_pair(INFOS[TRANSFORMER], kind, nothing) == first


@pytest.mark.parametrize(
    "text, expected",
    [
        (TREEBANK, "finds "),
        (f"{TREEBANK}\n\n{TREEBANK}", "finds "),
        ("no tree", "What was pasted, line 1: 1 columns; CoNLL-U has ten, with tabs between them."),
        (
            TREEBANK.replace("\t3\tobj", "\t9\tobj"),
            "What was pasted, line 4: head '9' is not a word of this sentence",
        ),
        ("1\tHello\thello\tINTJ\t_\t_\t0\troot\t_\t_", "a sentence of one word has no dependency"),
        ("x" * 50_000, "there is room for 40,000"),
        (TREEBANK.replace("cat", ATTACK), "a word of the treebank is not one word of the tokenizer"),
    ],
    ids=["good", "two", "prose", "head", "one word", "long", "hostile"],
)
def test_a_pasted_tree_is_read_or_refused(shipped, text, expected):
    app = opened(
        **{
            sidebar.MODEL: TRANSFORMER,
            role_table.KIND: "encoder_self",
            tree.SOURCE: "pasted",
            tree.PASTED: text,
        }
    )
    assert not app.exception and expected in words(app)


def test_several_pasted_sentences_can_be_gone_through(shipped):
    other = TREEBANK.replace("cat", "man")
    app = opened(
        **{
            sidebar.MODEL: TRANSFORMER,
            role_table.KIND: "encoder_self",
            tree.SOURCE: "pasted",
            tree.PASTED: f"{TREEBANK}\n\n{other}",
        }
    )
    app.selectbox(key=f"{tree.NUMBER}-2").set_value(1).run()
    assert not app.exception and said_about(app)


def test_cross_attention_is_held_against_the_gold_links(shipped):
    app = opened(**{sidebar.MODEL: TRANSFORMER, role_table.KIND: "cross"})
    assert not app.exception and "Alignment error rate" in words(app)


def test_a_sequence_has_links_but_no_tree(shipped):
    app = opened(**{sidebar.MODEL: "shift-transformer", role_table.KIND: "encoder_self"})
    assert not app.exception and "A sequence of numbers has no grammar" in words(app)
    app.button_group(key=role_table.KIND).set_value("cross").run()
    assert not app.exception and "Alignment error rate" in words(app)


@pytest.mark.parametrize("sentence", ["", "\x00\x07 control", "ﷺ" * 300, "x" * 600])
def test_any_sentence_in_the_sidebar_gives_a_page(shipped, sentence):
    app = opened(**{sidebar.MODEL: TRANSFORMER, sidebar.SENTENCE: sentence})
    assert not app.exception
