"""Does BertViz get what its own Python would have given it, in a page where no token can do anything?"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import sys
from html.parser import HTMLParser

import numpy as np
import pytest

from explorer.results import AttentionMap
from explorer.views.attention import bertviz
from explorer.views.text import visible_token
from explorer.views.theme import THEMES
from tests.source_files import ROOT
from tests.views.samples import ATTACK, NASTY, SRC, TGT, make_map, make_record, words_of

LIGHT = THEMES["light"]


def params_of(html: str) -> dict:
    """What a page hands to BertViz's script."""
    return json.JSONDecoder().raw_decode(html.split("const params = ", 1)[1])[0]


def flat_map(n_layers: int, n_heads: int, n_tokens: int) -> AttentionMap:
    """Uniform attention."""
    tokens = tuple(f"t{i}" for i in range(n_tokens))
    weights = np.full((n_layers, n_heads, n_tokens, n_tokens), 1 / n_tokens, np.float32)
    return make_map("encoder_self", weights, tokens, tokens, words_of(tokens), words_of(tokens))


@pytest.mark.parametrize("kind", ["cross", "encoder_self", "decoder_self"])
@pytest.mark.parametrize("view", ["head_view", "model_view"])
def test_the_data_is_what_bertviz_would_have_made_of_it(view, kind):
    """To three decimals and without faint lines; keys, order and shape are BertViz's own."""
    import torch
    from bertviz import head_view, model_view

    attention_map = make_record(SRC, TGT, layers=3, heads=4).map(kind)
    tensors = [torch.tensor(layer).unsqueeze(0) for layer in attention_map.weights]
    tokens = {
        "encoder_tokens": list(attention_map.key.tokens),
        "decoder_tokens": list(attention_map.query.tokens),
    }
    original = {"head_view": head_view, "model_view": model_view}[view](
        cross_attention=tensors, html_action="return", **tokens
    )
    theirs = params_of(original.data)
    ours = params_of(getattr(bertviz, view)(attention_map, THEMES["dark"]).html)
    assert set(ours) == set(theirs)
    for name in set(theirs) - {"attention", "root_div_id", "heads", "layer"}:
        assert ours[name] == theirs[name], name
    (our_data,), (their_data,) = ours["attention"], theirs["attention"]
    assert set(our_data) == set(their_data)
    assert (our_data["left_text"], our_data["right_text"]) == (
        their_data["left_text"],
        their_data["right_text"],
    )
    weights = np.array(their_data["attn"])
    assert np.array(our_data["attn"]) == pytest.approx(
        np.where(weights < bertviz.FAINTEST, 0, weights), abs=0.0005 + 1e-9
    )


def test_the_scripts_are_those_of_the_package_and_its_place_for_data_and_width_is_there():
    for view in ("head_view", "model_view"):
        source = bertviz._source(view)
        assert source.count("PYTHON_PARAMS;") == 1
        assert re.findall(r"require(?:js)?[.(]", source) == ["require.", "requirejs("]
    assert bertviz._source("model_view").count("const DIV_WIDTH = 970;") == 1
    assert "const DIV_WIDTH = 700;" in bertviz.model_view(flat_map(2, 2, 5), LIGHT, width=700).html


class Tags(HTMLParser):
    """Every tag with its attributes, and the text of scripts and styles, as a browser finds them."""

    def __init__(self, html: str):
        super().__init__()
        self.found: list[tuple[str, dict]] = []
        self.inside: dict[str, list[str]] = {"script": [], "style": []}
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))

    def handle_data(self, data):
        tag = self.found[-1][0]
        if tag in self.inside:
            self.inside[tag].append(data)


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
@pytest.mark.parametrize("view", ["head_view", "model_view"])
def test_no_token_ends_the_script_and_only_this_script_may_run(view, theme):
    attention_map = make_record((*NASTY[:-1], "<script>", "<!--<script>", "</SCRIPT >", "</s>"), NASTY).map(
        "cross"
    )
    html = getattr(bertviz, view)(attention_map, theme).html
    tags = Tags(html)
    assert [tag for tag, _ in tags.found].count("script") == 1 and not {
        "img",
        "b",
        "link",
        "iframe",
        "base",
    } & {tag for tag, _ in tags.found}
    assert all(
        not name.startswith("on") and name not in ("src", "href", "style")
        for _, attributes in tags.found
        for name in attributes
    )
    (script,), (style,) = tags.inside["script"], tags.inside["style"]
    assert ATTACK not in html and "<!--" not in script and "<script" not in script.lower() and html.isascii()
    policy = next(
        attributes["content"]
        for tag, attributes in tags.found
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    for name, text in (("script-src", script), ("style-src", style)):
        assert rules[name] == f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    shown = params_of(html)["attention"][0]
    assert shown["left_text"] == [visible_token(token, bertviz.TOKEN_WIDTH) for token in NASTY]


def test_a_text_that_looks_like_the_place_of_an_array_stays_a_text():
    values = bertviz.script_json(
        {
            "first": '{"array":0}',
            "PYTHON_PARAMS": np.array([0.12345, 1.0, 0.0, 0.0004, 10.0]),
            "1.0": "1.0, 0.0",
        }
    )
    assert json.loads(values) == {
        "first": '{"array":0}',
        "PYTHON_PARAMS": [0.123, 1, 0, 0, 10.0],
        "1.0": "1.0, 0.0",
    }
    assert "[0.123,1,0,0,10.0]" in values


@pytest.mark.parametrize("view", [bertviz.head_view, bertviz.model_view])
def test_faint_lines_are_left_out_and_their_share_is_stated(view):
    attention_map = make_record(SRC, TGT, layers=2, heads=3).map("cross")
    frame = view(attention_map, LIGHT)
    kept = [float(weight) for weight in attention_map.weights.ravel() if weight >= bertviz.FAINTEST]
    hidden = 1 - sum(kept) / attention_map.weights.sum(dtype=float)
    assert frame.n_lines == len(kept)
    stated = float(re.search(r": ([\d.]+) % of the attention is left out", frame.note).group(1))
    assert stated == pytest.approx(100 * hidden, rel=5e-3)
    assert bertviz.head_view(flat_map(1, 1, 3), LIGHT).note == ""


def test_above_the_cap_only_the_strongest_lines_are_drawn_and_that_is_said(monkeypatch):
    monkeypatch.setattr(bertviz, "MAX_LINES", 40)
    attention_map = make_record(SRC, TGT, layers=3, heads=2).map("cross")
    frame = bertviz.model_view(attention_map, LIGHT)
    drawn = np.array(params_of(frame.html)["attention"][0]["attn"])
    strongest = np.sort(attention_map.weights.ravel())[::-1][:40]
    assert frame.n_lines == np.count_nonzero(drawn) == 40
    assert np.sort(drawn[drawn > 0])[::-1] == pytest.approx(strongest, abs=0.0005 + 1e-9)
    assert "only the 40 strongest are" in frame.note
    by_layer = np.array(params_of(bertviz.head_view(attention_map, LIGHT).html)["attention"][0]["attn"])
    assert [np.count_nonzero(layer) for layer in by_layer] == [40, 40, 40]  # one layer is seen at a time
    assert bertviz.model_view(flat_map(2, 2, 7), LIGHT).n_lines == 40  # also where all are equally strong


def test_a_large_model_is_sent_small():
    """12 × 12 heads over 128 tokens: 105 MB as BertViz writes it."""
    tokens = tuple(f"t{i}" for i in range(127))
    attention_map = make_record(
        (*tokens, "</s>"), ("a", "</s>"), layers=12, heads=12, kinds=("encoder_self",)
    ).map("encoder_self")
    frame = bertviz.model_view(attention_map, LIGHT)
    assert frame.n_lines == bertviz.MAX_LINES and len(frame.html) < 6e6


def test_a_frame_is_as_high_as_its_picture_but_never_higher_than_a_screen():
    short, long = (bertviz.head_view(flat_map(1, 2, n), LIGHT).height for n in (5, 80))
    assert short < 300 and long == bertviz.HEIGHT
    assert (
        bertviz.model_view(flat_map(1, 1, 8), LIGHT).height < 400
        and bertviz.model_view(flat_map(6, 8, 30), LIGHT).height == bertviz.HEIGHT
    )


def test_neither_torch_nor_bertviz_is_imported():
    code = (
        "import sys; from explorer.views.attention.bertviz import head_view; from explorer.views.theme "
        "import THEMES\n"
        "from tests.views.test_bertviz import flat_map\nhead_view(flat_map(2, 2, 4), THEMES['light'])\n"
        "print({'torch', 'bertviz', 'IPython', 'streamlit'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == "set()", done.stderr
