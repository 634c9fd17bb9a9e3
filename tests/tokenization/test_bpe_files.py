"""Subword files survive writing and reading, agree with other programs, and are refused when damaged."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.corpora.grammar import GrammarConfig, load_grammar
from explorer.errors import InputError
from explorer.tokenization import TokenizerConfig, train_tokenizer
from explorer.tokenization.bpe import (
    APP_CONFIG,
    BPEConfig,
    SubwordModel,
    count_words,
    learn,
    model_of,
    segment,
    to_app_tokenizer,
)
from explorer.tokenization.bpe.formats import MAX_FILE_BYTES, read_subwords, write_codes, write_tokenizer_json
from explorer.tokenization.bpe.formats.protobuf import ProtobufError, fields
from explorer.tokenization.saved import read_tokenizer, read_tokenizers, write_tokenizer
from tests.tokenization import sentencepiece_samples

SNIPPETS = [
    "e\u0301",
    "👩‍💻",
    "🇩🇪",
    "\t",
    "  ",
    "\n",
    "\x1c",
    "\x85",
    "\u00a0",
    "\u3000",
    "Tom's",
    " ",
    "ß",
    "我",
    "½",
    "_",
    "d'été",
    "Haus",
    "UF3",
]
ANY_TEXT = st.lists(st.one_of(st.sampled_from(SNIPPETS), st.text("abcDE ,.é", max_size=5)), max_size=12).map(
    "".join
)


CONFIGS = {
    "bytes": replace(APP_CONFIG, n_merges=300),
    "bytes between spaces": BPEConfig(300, alphabet="bytes", space_before=True, split="spaces"),
    "lower case": BPEConfig(300, case="lower"),
    "words": BPEConfig(300),
    "marked words": BPEConfig(300, end_of_word="</w>", end_mark="last character"),
    "marked between spaces": BPEConfig(300, end_of_word="</w>", end_mark="last character", split="spaces"),
    "characters with the space": BPEConfig(300, space_before=True, split="spaces"),
}


@pytest.fixture(scope="module")
def sentences() -> list[str]:
    corpus = load_grammar(GrammarConfig(n_train=800, n_valid=0, n_test=0, seed=6))
    return [pair.tgt for pair in corpus.train]


def made(sentences: list[str], config: BPEConfig) -> SubwordModel:
    return model_of(learn(count_words("\n".join(sentences), config), config))


@pytest.fixture(scope="module")
def writable(sentences) -> dict[str, SubwordModel]:
    """Subwords that a tokenizer.json can hold, one for each of CONFIGS."""
    return {name: made(sentences, config) for name, config in CONFIGS.items()}


@pytest.fixture(scope="module")
def libraries(writable) -> dict:
    """The same as the `tokenizers` library reads them."""
    from tokenizers import Tokenizer

    return {name: Tokenizer.from_str(write_tokenizer_json(model)) for name, model in writable.items()}


@pytest.fixture(scope="module")
def good(sentences) -> dict:
    """A tokenizer.json of three merges."""
    return json.loads(write_tokenizer_json(made(sentences, BPEConfig(3))))


# --------------------------------------------------------------------------------------------- tokenizer.json


@pytest.mark.parametrize("name", CONFIGS)
@settings(deadline=None)
@given(text=ANY_TEXT)
def test_the_library_cuts_any_text_as_we_do(writable, libraries, name, text):
    model = writable[name]
    theirs = libraries[name].encode(text, add_special_tokens=False)
    unknown = libraries[name].token_to_id("<unk>")
    assert theirs.ids == [unknown if id is None else id for id in model.encode(text)]
    if model.config.alphabet == "bytes":
        assert libraries[name].decode(theirs.ids) == text == model.decode(model.encode(text))


@pytest.mark.parametrize("name", CONFIGS)
def test_what_is_written_reads_back(writable, name):
    model = writable[name]
    back = read_subwords(write_tokenizer_json(model).encode())
    assert back.kind == "tokenizer.json" and back.notes == ()
    assert back.model.merges == model.merges
    settings_of = {"alphabet", "end_of_word", "end_mark", "space_before", "case", "split"}
    assert {key: getattr(back.model.config, key) for key in settings_of} == {
        key: getattr(model.config, key) for key in settings_of
    }
    text = "Die alten Frauen sehen das Haus."
    assert [back.model.tokens[id] for id in back.model.encode(text)] == [
        model.tokens[id] for id in model.encode(text)
    ]


def test_a_tokenizer_of_the_library_itself_is_read(sentences):
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    theirs = Tokenizer(models.BPE())
    theirs.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    theirs.train_from_iterator(
        sentences, trainers.BpeTrainer(vocab_size=600, special_tokens=["<s>"], show_progress=False)
    )
    found = read_subwords(theirs.to_str().encode())
    assert "pattern of its own" in found.notes[0] and any("special tokens" in note for note in found.notes)
    text = "Die alten Frauen sehen das Haus."
    assert [found.model.tokens[id] for id in found.model.encode(text)] == theirs.encode(
        text, add_special_tokens=False
    ).tokens


def test_what_a_tokenizer_json_cannot_say_is_refused(sentences):
    for config in (
        BPEConfig(9, end_of_word="</w>"),
        BPEConfig(9, alphabet="bytes"),
        BPEConfig(9, space_before=True),
    ):
        with pytest.raises(InputError):
            write_tokenizer_json(made(sentences, config))


def changed(**model):
    """Makes the bytes of a tokenizer.json with other entries in its model."""
    return lambda good: json.dumps(good | {"model": good["model"] | model}).encode()


@pytest.mark.parametrize(
    "data, sentence",
    [
        (b"", "is empty"),
        (b"\xff\xfe\x00binary", "neither text nor a sentencepiece model"),
        (b"{", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b"[1]", "holds a JSON list"),
        (b"{}", "has no 'model'"),
        (changed(type="Unigram"), "holds a Unigram model"),
        (changed(continuing_subword_prefix="##"), "marks continuing subwords with '##'"),
        (changed(vocab=[]), "'vocab' must be an object"),
        (changed(vocab={"a": -1}), "the id of token 'a' is -1"),
        (changed(vocab={"a": True}), "the id of token 'a' is True"),
        (changed(vocab={"a": 1, "b": 1}), "two tokens of 'vocab' have the same id"),
        (changed(vocab={"x" * 300: 1}), "cannot be a token"),
        (changed(vocab={"\ud800": 1}), "cannot be a token"),
        (changed(merges=None), "'merges' must be a list"),
        (changed(merges=["abc"]), "merge 1 is 'abc'; expected two tokens"),
        (changed(merges=[["a", 3]]), "merge 1 is ['a', 3]; expected two tokens"),
        (changed(merges=[["zz", "a"]]), "merge 1 has 'zz', which is not in its vocabulary"),
        (changed(end_of_word_suffix=4), "the end-of-word mark is 4"),
        (b"#version: 0.9\na b\n", "has version '0.9'"),
        (b"#version: 0.2\n", "has no merge"),
        (b"#version: 0.2\na b\nabc\n", "line 3 is 'abc'"),
        (b"a b c\n", "line 1 is 'a b c'"),
        (b"hello\n", "line 1 is 'hello'"),
        (b"x" * 300 + b" y\n", "line 1: 'xxx"),
        (lambda good: b"a" * (MAX_FILE_BYTES + 1), "give a file of at most 64 MB"),
    ],
)
def test_a_damaged_file_is_one_sentence(good, data, sentence):
    with pytest.raises(InputError) as error:
        read_subwords(data if isinstance(data, bytes) else data(good), "the.file")
    assert sentence in str(error.value) and "the.file" in str(error.value)


@given(data=st.binary(max_size=60))
def test_any_bytes_are_read_or_refused_with_a_sentence(data):
    try:
        read_subwords(data)
    except InputError as error:
        assert str(error)


@settings(deadline=None)  # the first example builds the word rule as a regular expression
@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3),
    )
)
@pytest.mark.parametrize("key", ["pre_tokenizer", "normalizer", "added_tokens", "model"])
def test_any_json_in_any_part_is_read_or_refused(good, key, value):
    try:
        read_subwords(json.dumps(good | {key: value}).encode())
    except InputError as error:
        assert str(error)


# ------------------------------------------------------------------------------------------------ subword-nmt


@pytest.mark.parametrize("end_mark, version", [("symbol", "0.1"), ("last character", "0.2")])
def test_codes_of_subword_nmt_go_out_and_in(sentences, end_mark, version):
    model = made(sentences, BPEConfig(200, end_of_word="</w>", end_mark=end_mark, split="spaces"))
    codes = write_codes(model)
    assert codes.startswith(f"#version: {version}\n") and codes.count("\n") == 201
    back = read_subwords(codes.encode())
    assert back.kind == f"subword-nmt codes {version}" and back.model.merges == model.merges
    for word in ("Frauen", "Haus", "sehen"):
        assert segment(back.model, word).tokens == segment(model, word).tokens


def test_codes_without_a_header_are_version_0_1():
    found = read_subwords(b"e s\nes t\nest </w>\nl o\nlo w\n")
    assert found.kind == "subword-nmt codes 0.1"
    assert segment(found.model, "lowest").tokens == ("low", "est</w>")
    assert segment(found.model, "lox").unknown == (False, True, False)


def test_only_marked_characters_are_written_as_codes(writable):
    with pytest.raises(InputError, match="merge characters"):
        write_codes(writable["bytes"])


# ---------------------------------------------------------------------------------------------- sentencepiece


@pytest.mark.parametrize("text", sentencepiece_samples.CUTS)
def test_a_sentencepiece_model_cuts_as_sentencepiece_does(text):
    plain, with_bytes = (
        read_subwords(data) for data in (sentencepiece_samples.BPE, sentencepiece_samples.BPE_WITH_BYTES)
    )
    expected, expected_with_bytes, numbers = sentencepiece_samples.CUTS[text]
    ids = [int(number) for number in numbers.split()]
    assert plain.kind == "sentencepiece model" and not any("normalisation" in note for note in plain.notes)
    for found, cut in ((plain, expected), (with_bytes, expected_with_bytes)):
        pieces = [
            token.replace(" ", "▁")
            for piece in found.model.pieces(text)
            for token in found.model.tokens_of(piece)
        ]
        if cut is not None:
            assert " ".join(pieces) == cut
        else:
            assert None in found.model.encode(text)
    assert with_bytes.model.encode(text) == ids
    assert with_bytes.model.decode(ids) == " ".join(text.split())


def test_a_unigram_model_of_sentencepiece_is_refused():
    with pytest.raises(InputError, match="unigram model of sentencepiece"):
        read_subwords(sentencepiece_samples.UNIGRAM)


def test_a_sentencepiece_model_that_was_cut_off_is_refused():
    data = sentencepiece_samples.BPE
    for size in range(1, 400, 7):
        with pytest.raises(InputError):
            read_subwords(data[:size])


def test_protocol_buffers():
    """The examples of the Protocol Buffers documentation, "Encoding": field 1 = 150, field 2 = "testing"."""
    assert list(fields(bytes.fromhex("089601"))) == [(1, 150)]
    assert list(fields(bytes.fromhex("120774657374696e67"))) == [(2, b"testing")]
    assert list(fields(bytes.fromhex("1d0000803f"))) == [(3, 1.0)]
    for damaged in ("08", "0896", "1207746573", "1d0000", "0b", "00", "08" + "ff" * 11):
        with pytest.raises(ProtobufError):
            list(fields(bytes.fromhex(damaged)))


# -------------------------------------------------------------------------------------- tokenizers of the app


def test_a_learned_tokenizer_is_saved_and_read(writable, sentences, tmp_path):
    tokenizer = to_app_tokenizer(writable["bytes"])
    write_tokenizer(tmp_path / "a.app.json", tokenizer)
    assert read_tokenizer(tmp_path / "a.app.json").to_json() == tokenizer.to_json()
    (tmp_path / "b.json").write_text(write_tokenizer_json(writable["bytes"]), encoding="utf-8")
    assert read_tokenizer(tmp_path / "b.json").to_json() == tokenizer.to_json()
    words = train_tokenizer(TokenizerConfig("word", 50), sentences)
    write_tokenizer(tmp_path / "c.json", words)
    src, tgt = read_tokenizers(
        TokenizerConfig(files=(str(tmp_path / "a.app.json"), str(tmp_path / "c.json")))
    )
    assert src.to_json() == tokenizer.to_json() and tgt.to_json() == words.to_json()
    one = read_tokenizers(TokenizerConfig(files=(str(tmp_path / "a.app.json"),)))
    assert one[0] is one[1]


@pytest.mark.parametrize(
    "content, sentence",
    [
        (None, "cannot be read"),
        (b'{"kind": "magic"}', "no tokenizer of kind 'magic'"),
        (b'{"kind": "bpe", "merges": 3}', "'merges' must be a list"),
        (b"#version: 0.2\na b</w>\n", "cannot train a model of this app"),
        (b"", "is empty"),
    ],
)
def test_a_file_that_cannot_train_is_one_sentence(tmp_path, content, sentence):
    if content is not None:
        (tmp_path / "t").write_bytes(content)
    with pytest.raises(InputError) as error:
        read_tokenizer(tmp_path / "t")
    assert sentence in str(error.value)


def test_more_than_two_files_are_refused():
    with pytest.raises(InputError, match="one file for both languages"):
        TokenizerConfig(files=("a", "b", "c"))
