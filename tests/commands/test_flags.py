"""Flags made from config dataclasses: every field has one, and every value reaches its field."""

from __future__ import annotations

import argparse
import dataclasses
from dataclasses import dataclass, field
from typing import Literal

import pytest

from explorer.commands.flags import add_flags, given_values, read_base
from explorer.config.fields import overlay
from explorer.config.run import RunConfig
from explorer.corpora import CORPORA
from explorer.errors import InputError
from models import MODELS


@dataclass(frozen=True)
class Square:
    """side: its length in 100 % of cases;  colour, shade: how it is painted."""

    kind: Literal["square"] = "square"
    side: float = 1.0
    colour: Literal["red", "blue"] = "red"
    shade: int = 3


@dataclass(frozen=True)
class Star:
    kind: Literal["star"] = "star"
    points: tuple[int, ...] = (5, 6)
    filled: bool = False
    colour: Literal["red", "gold"] = "gold"
    name: str | None = None
    limit: int | None = None
    stops: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True)
class Picture:
    title: str = "none yet"
    shape: Square | Star = field(default_factory=Square)


def parser(*classes, **options):
    made = argparse.ArgumentParser()
    add_flags(made, classes, **options)
    return made


def parsed(arguments: str, *classes):
    return given_values(parser(*(classes or (Picture,))).parse_args(arguments.split()))


def test_only_what_is_given_is_kept_and_nested():
    assert parsed("") == {}
    assert parsed("--title A --shape.side 2 --shape.colour blue") == {
        "title": "A",
        "shape": {"side": 2.0, "colour": "blue"},
    }


@pytest.mark.parametrize(
    "arguments, values",
    [
        ("--filled", {"filled": True}),
        ("--no-filled", {"filled": False}),
        ("--points 3 4 5", {"points": [3, 4, 5]}),
        ("--points", {"points": []}),
        ("--stops 10:1 20:0.5", {"stops": [[10, 1.0], [20, 0.5]]}),
        ("--name none --limit none", {"name": None, "limit": None}),
        ("--name Vega --limit 7", {"name": "Vega", "limit": 7}),
        ("--colour gold", {"colour": "gold"}),
    ],
)
def test_every_type_of_field_can_be_given(arguments, values):
    assert parsed(arguments, Star) == values


@pytest.mark.parametrize(
    "arguments", ["--colour green", "--points x", "--stops 10", "--stops 10:x", "--limit x", "--sides 3"]
)
def test_what_does_not_fit_is_refused(arguments, capsys):
    with pytest.raises(SystemExit) as error:
        parsed(arguments, Star)
    assert error.value.code == 2 and arguments.split()[0] in capsys.readouterr().err


def test_alternatives_merge_their_fields_and_choices():
    assert (
        parsed("--shape.kind star --shape.colour blue --shape.points 1 --shape.side 2")["shape"]["colour"]
        == "blue"
    )
    help_text = " ".join(parser(Picture).format_help().split())
    assert "--shape.colour {red,blue,gold} how it is painted (default red (square), gold (star))" in help_text
    assert "--shape.side X its length in 100 % of cases (default 1.0)" in help_text
    assert "shape (square or star):" in help_text


def test_internal_fields_have_no_flag():
    assert "--shape.shade" not in parser(Picture, skip=("shade",)).format_help()


def test_another_kind_forgets_the_settings_of_the_first():
    base = {"title": "A", "shape": {"kind": "square", "side": 2.0}}
    assert overlay(base, {"shape": {"side": 3.0}}) == {"title": "A", "shape": {"kind": "square", "side": 3.0}}
    assert overlay(base, {"shape": {"kind": "square", "side": 3.0}})["shape"] == {
        "kind": "square",
        "side": 3.0,
    }
    assert overlay(base, {"shape": {"kind": "star", "filled": True}}) == {
        "title": "A",
        "shape": {"kind": "star", "filled": True},
    }
    assert base == {"title": "A", "shape": {"kind": "square", "side": 2.0}}, "the base is left as it was"


def flag_names(config_class, prefix=""):
    return {f"--{prefix}{f.name}" for f in dataclasses.fields(config_class)}


def test_every_field_of_a_run_has_a_documented_flag():
    made = parser(RunConfig)
    flags = {option: action for action in made._actions for option in action.option_strings}
    expected = {"--name", "--description"}
    expected |= flag_names(type(RunConfig().tokenizer), "tokenizer.") | flag_names(
        type(RunConfig().training), "training."
    )
    for config, _ in CORPORA.values():
        expected |= flag_names(config, "corpus.")
    for config, _ in MODELS.values():
        expected |= flag_names(config, "model.")
    assert expected <= set(flags)
    assert all("default" in flags[name].help or "which one to use" in flags[name].help for name in expected)
    made.format_help()


def test_what_the_flags_give_is_what_the_dataclass_takes():
    arguments = "--model.family rnn --model.attention dot --training.teacher_forcing 10:1 20:0.5"
    arguments += " --corpus.kind task --corpus.task sort --tokenizer.shared"
    values = given_values(parser(RunConfig).parse_args(arguments.split()))
    config = RunConfig.from_dict(overlay(RunConfig().to_dict(), values))
    assert (config.model.family, config.model.attention, config.corpus.task, config.tokenizer.shared) == (
        "rnn",
        "dot",
        "sort",
        True,
    )
    assert config.training.teacher_forcing == ((10, 1.0), (20, 0.5))
    assert RunConfig.from_dict(config.to_dict()) == config


def test_a_base_is_a_json_object(tmp_path):
    assert read_base(None) == {}
    (tmp_path / "list.json").write_text("[1]")
    (tmp_path / "text.json").write_text("not JSON")
    (tmp_path / "good.json").write_text('{"name": "x"}')
    assert read_base(tmp_path / "good.json") == {"name": "x"}
    for name, sentence in (
        ("list.json", "holds a JSON list"),
        ("text.json", "not JSON"),
        ("none.json", "cannot be read"),
    ):
        with pytest.raises(InputError, match=sentence):
            read_base(tmp_path / name)
