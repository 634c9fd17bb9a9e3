"""A checkpoint comes back as it was saved, and nothing that is not one is believed."""

from __future__ import annotations

import hashlib
import json
import math
import os
import resource
import struct
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file

from explorer.attention.capture import replay
from explorer.attribution.report import read_report as read_faithfulness
from explorer.checkpoints import folder as checkpoints
from explorer.checkpoints.catalogue import describe, list_checkpoints, read_card, read_history, read_snapshots
from explorer.checkpoints.folder import load_checkpoint, save_checkpoint
from explorer.checkpoints.snapshots import pack_record, unpack_record
from explorer.decoding.decode import translate
from explorer.errors import InputError
from explorer.heads.importance.report import importance_to_json, read_importance
from explorer.heads.roles.report import read_report as read_roles
from explorer.heads.roles.report import report_to_json
from explorer.results import HistoryRow, SearchSettings
from tests.conftest import TINY_PAIRS, make_tiny_checkpoint
from tests.heads.importance_samples import importance_report
from tests.heads.samples import head_report
from tests.source_files import ROOT

HISTORY = (
    HistoryRow(10, 0.5, {"loss": 3.5, "accuracy": 0.25}),
    HistoryRow(20, 1.0, {"loss": math.nan, "valid_loss": 2.75, "bleu": 12.5}),
)


@pytest.fixture
def saved(tmp_path, tiny_checkpoint):
    """A folder with one whole checkpoint, with history and the attention of two sentences at two steps."""
    records = [pack_record(replay(tiny_checkpoint, src, tgt)) for src, tgt in TINY_PAIRS[:2]]
    snapshots = [(step, number, record) for step in (100, 20) for number, record in enumerate(records)]
    return save_checkpoint(
        tmp_path / tiny_checkpoint.name, tiny_checkpoint, HISTORY, snapshots, card="# A card\n"
    )


def test_what_was_saved_comes_back(saved, tiny_checkpoint):
    loaded = load_checkpoint(saved)
    assert loaded.config == tiny_checkpoint.config
    assert (loaded.name, loaded.path, loaded.card) == (tiny_checkpoint.name, saved, "# A card\n")
    assert not loaded.model.training and not any(p.requires_grad for p in loaded.model.parameters())
    before = dict(tiny_checkpoint.model.named_parameters())
    for name, parameter in loaded.model.named_parameters():
        assert parameter.dtype == torch.float32
        assert torch.equal(parameter, before[name].half().float()), f"{name} was kept in half precision"
    for text in ("The old man 🦓 sleeps.", "  two  spaces "):
        assert loaded.src_tokenizer.encode(text) == tiny_checkpoint.src_tokenizer.encode(text)
        assert loaded.tgt_tokenizer.encode(text) == tiny_checkpoint.tgt_tokenizer.encode(text)
    assert replay(loaded, *TINY_PAIRS[0]).log_probs == pytest.approx(
        replay(tiny_checkpoint, *TINY_PAIRS[0]).log_probs, abs=0.05
    )


def test_saving_twice_gives_the_same_weights_and_hash(saved, tmp_path):
    loaded = load_checkpoint(saved)
    again = load_checkpoint(save_checkpoint(tmp_path / "again", loaded))
    assert loaded.sha256 == again.sha256 and len(loaded.sha256) == 64
    for a, b in zip(loaded.model.parameters(), again.model.parameters(), strict=True):
        assert torch.equal(a, b)
    assert translate(again, "The cat.", SearchSettings(max_len=5)) == translate(
        loaded, "The cat.", SearchSettings(max_len=5)
    )


@pytest.mark.parametrize(
    "family, options",
    [
        ("transformer", {"tie_embeddings": tie, "positions": positions, "norm": norm})
        for tie, positions, norm in (
            ("none", "learned", "rms"),
            ("output", "relative", "dynamic_tanh"),
            ("output", "rotary", "layer"),
        )
    ]
    + [
        ("rnn", {"attention": "none"}),
        ("rnn", {"cell": "gru", "n_layers": 2, "tie_embeddings": "output", "d_embedding": 16}),
    ],
    ids=str,
)
def test_every_kind_of_model_can_be_kept(tmp_path, family, options):
    checkpoint = make_tiny_checkpoint(family, "word", **options)
    loaded = load_checkpoint(save_checkpoint(tmp_path / "model", checkpoint))
    for (name, a), b in zip(
        loaded.model.state_dict().items(), checkpoint.model.state_dict().values(), strict=True
    ):
        assert torch.equal(a, b.half().float()), name
    shared = checkpoint.model.config.tie_embeddings == "output"
    assert (loaded.model.output.weight is loaded.model.tgt_embedding.weight) == shared, (
        "tied weights are still one"
    )
    size = (tmp_path / "model" / "model.safetensors").stat().st_size
    assert size < 2 * checkpoint.model.n_parameters + 20_000, "tied weights are kept once, two bytes each"


def test_history_and_snapshots_come_back(saved, tiny_checkpoint):
    first, second = read_history(saved)
    assert first == HISTORY[0]
    assert (second.step, second.values["bleu"]) == (20, 12.5) and math.isnan(second.values["loss"])
    snapshots = read_snapshots(saved)
    assert [(s.step, s.record.read.words[0]) for s in snapshots] == [
        (20, "The"),
        (20, "We"),
        (100, "The"),
        (100, "We"),
    ]
    for snapshot, (src, tgt) in zip(snapshots, TINY_PAIRS[:2] * 2, strict=True):
        record = replay(tiny_checkpoint, src, tgt)
        assert (
            snapshot.record.written.tokens == record.written.tokens
            and snapshot.record.prediction.top_tokens == record.prediction.top_tokens
        )
        assert snapshot.record.log_probs == pytest.approx(record.log_probs)
        assert snapshot.record.kinds == record.kinds
        for kept, whole in zip(snapshot.record.attention, record.attention, strict=True):
            assert kept.query.word_ids == whole.query.word_ids and kept.key.tokens == whole.key.tokens
            assert np.abs(kept.weights - whole.weights).max() <= 0.0005
            assert kept.weights.dtype == np.float32 and not kept.weights.flags.writeable


def test_a_checkpoint_without_history_has_an_empty_one(tmp_path, tiny_checkpoint):
    path = save_checkpoint(tmp_path / "bare", tiny_checkpoint)
    assert read_history(path) == () == read_snapshots(path)
    assert read_card(path) == ""
    (path / "history.json").unlink()
    assert not (path / "snapshots.safetensors").exists()
    (path / "card.md").unlink()
    assert read_history(path) == () == read_snapshots(path)
    assert load_checkpoint(path).card == ""


def test_packing_a_record_keeps_everything_but_precision(tiny_checkpoint):
    record = replay(tiny_checkpoint, "Zebra 🦓 <s>", "</s> x")
    unpacked = unpack_record(pack_record(record))
    assert (unpacked.model_name, unpacked.sides) == (record.model_name, record.sides)
    assert unpacked.prediction == record.prediction  # in full precision
    assert unpacked.kinds == record.kinds
    for kept, given in zip(unpacked.attention, record.attention, strict=True):
        assert (kept.query, kept.key, kept.causal) == (given.query, given.key, given.causal)
        assert np.abs(kept.weights - given.weights).max() <= 0.0005
    for damaged in (b"", b"abc", pack_record(record)[:-5], b"\x02\0\0\0\0\0\0\0{}"):
        with pytest.raises(InputError, match="snapshot"):
            unpack_record(damaged)


# ------------------------------------------------------------------------------------------- saved as a whole


def test_a_new_version_replaces_the_old_completely(saved):
    loaded = load_checkpoint(saved)
    with torch.no_grad():
        next(loaded.model.parameters()).add_(1.0)
    save_checkpoint(saved, loaded)
    assert load_checkpoint(saved).sha256 != loaded.sha256
    assert [path.name for path in saved.parent.iterdir()] == [saved.name]


def test_a_save_that_fails_leaves_the_old_checkpoint_alone(saved, monkeypatch):
    loaded = load_checkpoint(saved)
    calls = []

    def full_disk(descriptor):
        calls.append(descriptor)
        if len(calls) == 4:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoints.os, "fsync", full_disk)
    with pytest.raises(OSError, match="No space left"):
        save_checkpoint(saved, loaded)
    monkeypatch.undo()
    assert load_checkpoint(saved).sha256 == loaded.sha256
    assert [info.name for info in list_checkpoints(saved.parent)] == [saved.name], (
        "a half-written folder is hidden"
    )
    save_checkpoint(saved, loaded)
    assert [path.name for path in saved.parent.iterdir()] == [saved.name], "and swept away by the next save"


@pytest.mark.parametrize("value", [math.nan, math.inf, 70_000.0])
def test_weights_beyond_half_precision_are_not_saved(tmp_path, value):
    checkpoint = make_tiny_checkpoint("rnn")
    with torch.no_grad():
        checkpoint.model.output.weight[0, 0] = value
    with pytest.raises(InputError, match="output.weight"):
        save_checkpoint(tmp_path / "model", checkpoint)
    assert list(tmp_path.iterdir()) == []


# --------------------------------------------------------------------------------------------------- distrust


def rewrite(path, name, change):
    """Change a JSON file of a checkpoint."""
    values = json.loads((path / name).read_text(encoding="utf-8"))
    change(values)
    (path / name).write_text(json.dumps(values), encoding="utf-8")


def rehash(path, name):
    """Make checkpoint.json agree with a changed file, as somebody who means harm would."""
    rewrite(
        path,
        "checkpoint.json",
        lambda m: m["sha256"].update({name: hashlib.sha256((path / name).read_bytes()).hexdigest()}),
    )


def replace_tensors(path, change):
    tensors = load_file(path / "model.safetensors")
    save_file(change(tensors) or tensors, path / "model.safetensors")
    rehash(path, "model.safetensors")


def first(tensors):
    return next(name for name in sorted(tensors) if tensors[name].ndim == 2)


HARM = {
    "a number that is not finite": (lambda t: t[first(t)].__setitem__((0, 0), np.nan), "not finite"),
    "an infinite number": (lambda t: t[first(t)].__setitem__((0, 0), -np.inf), "not finite"),
    "a missing tensor": (lambda t: t.pop(first(t)) is None or t, "lacks"),
    "an unknown tensor": (
        lambda t: t | {"../../etc/passwd": np.zeros(1, np.float16)},
        "which the model lacks",
    ),
    "a tensor of another shape": (lambda t: t | {first(t): t[first(t)].T.copy()[:1]}, "has shape"),
    "a tensor of another type": (lambda t: t | {first(t): t[first(t)].astype(np.float32)}, "type F32"),
    "many tensors": (lambda t: t | {f"extra{i}": np.zeros(0, np.float16) for i in range(2_000)}, "header of"),
}


@pytest.mark.parametrize("harm", HARM)
def test_weights_that_are_not_the_models_are_refused(saved, harm):
    change, sentence = HARM[harm]
    replace_tensors(saved, change)
    with pytest.raises(InputError, match=sentence):
        load_checkpoint(saved)


def raw(header: bytes, body: bytes = b"") -> bytes:
    return struct.pack("<Q", len(header)) + header + body


def duplicate_names(content: bytes) -> bytes:
    size = int.from_bytes(content[:8], "little")
    header = content[8 : 8 + size].rstrip()
    entry = json.dumps(next((k, v) for k, v in json.loads(header).items() if k != "__metadata__"))
    name, value = json.loads(entry)
    return raw(header[:-1] + f",{json.dumps(name)}:{json.dumps(value)}}}".encode(), content[8 + size :])


DAMAGE = {
    "cut off": (lambda content: content[:-100], "bytes of weights"),
    "longer": (lambda content: content + b"\0" * 100, "bytes of weights"),
    "empty": (lambda content: b"", "header of 0 bytes"),
    "of text": (lambda content: b"version https://git-lfs.github.com/spec/v1\n", "header of"),
    "with a blank header of 99 MB": (
        lambda content: struct.pack("<Q", 99_000_000) + b" " * 1000,
        "header of 99,000,000 bytes",
    ),
    "with a header that is not JSON": (lambda content: raw(b"{" * 500), "damaged header"),
    "with a header that is a list": (lambda content: raw(b"[]"), "damaged header"),
    "with nested lists": (lambda content: raw(b"[" * 3000), "damaged header"),
    "with a name twice": (duplicate_names, "twice"),
    "with entries that are no objects": (lambda content: raw(b'{"a": 1}'), "does not hold"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_weight_files_are_refused(saved, damage):
    change, sentence = DAMAGE[damage]
    file = saved / "model.safetensors"
    file.write_bytes(change(file.read_bytes()))
    rehash(saved, "model.safetensors")
    with pytest.raises(InputError, match=sentence):
        load_checkpoint(saved)


def test_offsets_that_overlap_are_refused(saved):
    file = saved / "model.safetensors"
    content = file.read_bytes()
    size = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + size])
    for name, entry in header.items():
        if name != "__metadata__":
            length = entry["data_offsets"][1] - entry["data_offsets"][0]
            entry["data_offsets"] = [0, length]
    file.write_bytes(raw(json.dumps(header).encode(), content[8 + size :]))
    rehash(saved, "model.safetensors")
    with pytest.raises(InputError, match="not a readable weights file"):
        load_checkpoint(saved)


@pytest.mark.parametrize("name", ["model.safetensors", "src_tokenizer.json", "tgt_tokenizer.json"])
def test_a_file_with_another_hash_is_refused(saved, name):
    content = bytearray((saved / name).read_bytes())
    content[-3] ^= 1
    (saved / name).write_bytes(bytes(content))
    with pytest.raises(InputError):
        load_checkpoint(saved)


CONFIGS = {
    "unknown family": (lambda c: c["model"].update(family="oracle"), "model.family is 'oracle'"),
    "unknown field": (lambda c: c["model"].update(colour="red"), "no field 'colour'"),
    "wrong type": (lambda c: c["model"].update(dropout="high"), "model.dropout is 'high'; expected float"),
    "a vocabulary of another size": (lambda c: c["model"].update(tgt_vocab=999), "tokenizer has"),
    "impossible": (lambda c: c["model"].update(dropout=3.0), "model.dropout is 3.0"),
}


@pytest.mark.parametrize("harm", CONFIGS)
def test_a_config_that_is_not_one_is_refused(saved, harm):
    change, sentence = CONFIGS[harm]
    rewrite(saved, "config.json", change)
    with pytest.raises(InputError, match=sentence):
        load_checkpoint(saved)


@pytest.mark.parametrize(
    "family, field, value",
    [("transformer", "n_encoder_layers", 10**9), ("transformer", "d_ff", 2**40), ("rnn", "d_hidden", 2**40)],
)
def test_a_config_of_a_giant_builds_nothing(tmp_path, family, field, value):
    path = save_checkpoint(tmp_path / "giant", make_tiny_checkpoint(family))
    rewrite(path, "config.json", lambda c: c["model"].update({field: value}))
    with pytest.raises(InputError, match=f"model.{field} is {value:,}"):
        load_checkpoint(path)


def test_a_large_config_is_refused_before_it_takes_memory(tmp_path):
    """Sizes that are allowed one by one, but not what the weights file holds: 128 layers of width 4096 would
    take 130 GB.
    """
    path = save_checkpoint(tmp_path / "large", make_tiny_checkpoint("transformer"))
    sizes = {"d_model": 4096, "d_ff": 16_384, "n_encoder_layers": 64, "n_decoder_layers": 64, "max_len": 8192}
    rewrite(path, "config.json", lambda c: c["model"].update(sizes))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(InputError, match="model.safetensors"):
        load_checkpoint(path)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 800 * 2**10, "kB: no more than two tables of positions and what it takes to make them"


def test_a_tokenizer_that_is_not_one_is_refused(saved):
    (saved / "src_tokenizer.json").write_text('{"kind": "oracle"}')
    rehash(saved, "src_tokenizer.json")
    with pytest.raises(InputError, match="src_tokenizer.json.*'oracle'"):
        load_checkpoint(saved)


def test_a_manifest_of_another_version_is_refused(saved):
    rewrite(saved, "checkpoint.json", lambda m: m.update(format=99))
    with pytest.raises(InputError, match="format 99"):
        load_checkpoint(saved)
    (saved / "checkpoint.json").write_text("[]")
    with pytest.raises(InputError, match="format None"):
        load_checkpoint(saved)
    (saved / "checkpoint.json").write_text('{"format": 1, "sha256": {}}')
    with pytest.raises(InputError, match="lacks the sha256"):
        load_checkpoint(saved)


@pytest.mark.parametrize(
    "name, reader", [("history.json", read_history), ("snapshots.safetensors", read_snapshots)]
)
@pytest.mark.parametrize(
    "content", [b"\xff\xfe\x00", b'[{"step": "x"}]', b'[{"step": 1, "epoch": 1, "values": [1]}]', b"7"]
)
def test_a_damaged_history_is_explained_and_stops_no_translation(saved, name, reader, content):
    (saved / name).write_bytes(content)
    with pytest.raises(InputError, match=name):
        reader(saved)
    assert load_checkpoint(saved).name == saved.name


def test_a_card_that_is_not_text_is_explained(saved):
    (saved / "card.md").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="card.md cannot be read"):
        read_card(saved)


# ---------------------------------------------------------------------------------------------------- listing


def test_checkpoints_are_found_by_name_and_by_path(saved, monkeypatch):
    assert load_checkpoint(saved.name, saved.parent).path == saved
    assert load_checkpoint(str(saved)).path == saved
    monkeypatch.chdir(saved.parent)
    assert load_checkpoint(f"./{saved.name}").name == saved.name


@pytest.mark.parametrize("name", ["nothing", "", "../nothing", "a" * 300, "a\0b", "\ud800"])
def test_an_unknown_name_lists_the_known_ones(saved, name):
    with pytest.raises(InputError, match=f"There is no checkpoint.*{saved.name}"):
        load_checkpoint(name, saved.parent)


def test_folders_are_described_without_opening_the_weights(saved, tiny_checkpoint):
    (info,) = list_checkpoints(saved.parent)
    config = tiny_checkpoint.config
    assert (info.name, info.path, info.problem) == (tiny_checkpoint.name, saved, None)
    assert (info.family, info.description) == (config.model.family, config.description)
    assert (info.corpus_kind, info.src_lang, info.tgt_lang, info.task) == ("grammar", "en", "de", None)
    assert info.model == {"transformer": "transformer", "rnn": "rnn mlp"}[config.model.family]
    assert info.sha256 == load_checkpoint(saved).sha256


def test_real_text_comes_first_and_broken_folders_last(tmp_path):
    def folder(name, family, corpus, **model):
        path = tmp_path / name
        path.mkdir()
        (path / "config.json").write_text(
            json.dumps({"model": {"family": family, **model}, "corpus": corpus})
        )
        (path / "checkpoint.json").write_text(
            json.dumps({"format": 1, "sha256": {"model.safetensors": "0" * 64}})
        )
        for file in ("model.safetensors", "src_tokenizer.json", "tgt_tokenizer.json"):
            (path / file).write_text("")

    files, grammar = (
        {"kind": "files", "src_lang": "en", "tgt_lang": "de"},
        {"kind": "grammar", "src_lang": "en", "tgt_lang": "de"},
    )
    folder("a-shift", "transformer", {"kind": "task", "task": "shift"})
    folder("b-none", "rnn", grammar, attention="none")
    folder("c-mlp", "rnn", grammar, attention="mlp")
    folder("d-grammar", "transformer", grammar)
    folder("e-real-rnn", "rnn", files, attention="mlp")
    folder("f-real", "transformer", files)
    (tmp_path / "0-empty").mkdir()
    folder("0-foreign", "transformer", files)
    (tmp_path / "0-foreign" / "config.json").write_text('{"architectures": ["BertModel"]}')
    folder("0-binary", "transformer", files)
    (tmp_path / "0-binary" / "config.json").write_bytes(b"\xff\xfe")
    folder("0-list", "transformer", files)
    (tmp_path / "0-list" / "config.json").write_text("[]")
    (tmp_path / ".f-real.part").mkdir()
    (tmp_path / "README.md").write_text("not a folder")
    infos = list_checkpoints(tmp_path)
    assert [info.name for info in infos if info.problem is None] == [
        "f-real",
        "e-real-rnn",
        "d-grammar",
        "c-mlp",
        "b-none",
        "a-shift",
    ]
    problems = {info.name: info.problem for info in infos[6:]}
    assert set(problems) == {"0-binary", "0-empty", "0-foreign", "0-list"}
    assert "model.safetensors" in problems["0-empty"] and "missing" in problems["0-empty"]
    assert "not JSON" in problems["0-binary"]
    assert "config" in problems["0-foreign"] and "config" in problems["0-list"]
    assert list_checkpoints(tmp_path / "nowhere") == ()
    assert next(info for info in infos if info.task).task == "shift"


def test_a_file_that_cannot_be_read_is_explained(saved, monkeypatch):
    """As for a file without permission; the tests may run as somebody who may read everything."""

    def refuse(self):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.read_bytes", refuse)
    with pytest.raises(InputError, match="cannot be read .Permission denied"):
        load_checkpoint(saved)


def test_half_written_folders_are_listed_as_broken(saved):
    os.remove(saved / "checkpoint.json")
    assert describe(saved).problem == "checkpoint.json is missing"
    with pytest.raises(InputError, match="checkpoint.json missing"):
        load_checkpoint(saved)


@pytest.mark.process
def test_listing_and_reading_histories_needs_no_torch(saved):
    script = (
        "import sys; from explorer.checkpoints.catalogue import list_checkpoints, read_history, "
        "read_snapshots; from "
        "pathlib import Path\n"
        f"path = Path({str(saved)!r}); assert list_checkpoints(path.parent)[0].problem is None\n"
        "assert len(read_history(path)) == 2 and len(read_snapshots(path)) == 4\n"
        "assert not {'torch', 'models.base', 'streamlit', 'plotly'} & set(sys.modules), 'heavy'"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr


# --------------------------------------------------------------------------------- reports beside the weights

REPORTS = {
    "roles.json": read_roles,
    "importance.json": read_importance,
    "faithfulness.json": read_faithfulness,
}


def stale_reports(folder) -> list[str]:
    """The reports in the folder of a checkpoint that are about other weights than the file of weights beside
    them.
    """
    weights = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    found = {name: read(folder) for name, read in REPORTS.items()}
    return [name for name, report in found.items() if report is not None and report.sha256 != weights]


@pytest.mark.parametrize("name", [info.name for info in list_checkpoints()])
def test_every_shipped_report_is_about_its_weights(name):
    assert stale_reports(ROOT / "checkpoints" / name) == []


def test_a_report_about_other_weights_is_found(saved):
    weights = hashlib.sha256((saved / "model.safetensors").read_bytes()).hexdigest()
    for sha256, stale in ((weights, []), ("0" * 64, ["roles.json", "importance.json"])):
        (saved / "roles.json").write_text(
            report_to_json(replace(head_report(), sha256=sha256)), encoding="utf-8"
        )
        (saved / "importance.json").write_text(
            importance_to_json(replace(importance_report(), sha256=sha256)), encoding="utf-8"
        )
        assert stale_reports(saved) == stale
