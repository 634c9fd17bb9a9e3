"""Words are cut as they were learned to be, every byte comes back, and a learner's table is judged fairly."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from explorer.corpora.grammar import GrammarConfig, load_grammar
from explorer.errors import InputError
from explorer.results import MergeNode
from explorer.tokenization.bpe import (
    APP_CONFIG,
    PRESETS,
    BPEConfig,
    SubwordModel,
    WordCounts,
    Worked,
    check_worked,
    count_words,
    learn,
    model_of,
    plain,
    read_word_table,
    read_worked,
    segment,
    segment_steps,
    segment_text,
    state_at,
    to_app_tokenizer,
)
from explorer.tokenization.bpe.learn import token_bytes

ODD = [
    "e\u0301",
    "👩‍💻",
    "🇩🇪",
    "שלום",
    "\u202e",
    "</w>",
    "\t",
    "  ",
    "\n",
    "\x00",
    "\u00a0",
    "\u2028",
    "Tom",
    " ",
    "ß",
    "我",
    "สวัสดี",
    "naïve",
]
ANY_TEXT = st.lists(st.one_of(st.sampled_from(ODD), st.text(max_size=4)), max_size=12).map("".join)


BYTE_CONFIGS = {
    "with the space": APP_CONFIG,
    "without": BPEConfig(n_merges=300, alphabet="bytes"),
    "between spaces": BPEConfig(n_merges=300, alphabet="bytes", split="spaces", space_before=True),
    "marked": BPEConfig(n_merges=300, alphabet="bytes", end_of_word="⟨w⟩"),
    "marked last": BPEConfig(n_merges=300, alphabet="bytes", end_of_word="⟨w⟩", end_mark="last character"),
}


@pytest.fixture(scope="module")
def sentences() -> list[str]:
    corpus = load_grammar(GrammarConfig(n_train=600, n_valid=0, n_test=0, seed=5))
    return [pair.src for pair in corpus.train]


def made(sentences: list[str], config: BPEConfig) -> SubwordModel:
    return model_of(learn(count_words("\n".join(sentences), config), config))


@pytest.fixture(scope="module")
def in_bytes(sentences) -> dict[str, SubwordModel]:
    """Models over bytes, one for each of BYTE_CONFIGS."""
    return {name: made(sentences, config) for name, config in BYTE_CONFIGS.items()}


@pytest.fixture(scope="module")
def characters(sentences) -> SubwordModel:
    return made(
        sentences, BPEConfig(n_merges=300, end_of_word="</w>", end_mark="last character", split="spaces")
    )


def leaves(node: MergeNode) -> list[MergeNode]:
    return [node] if node.left is None else leaves(node.left) + leaves(node.right)


def check_tree(node: MergeNode) -> None:
    if node.left is not None:
        assert node.token == node.left.token + node.right.token or "⟨" in node.left.token
        assert (node.start, node.end) == (
            node.left.start,
            node.right.end,
        ) and node.left.end == node.right.start
        assert all(part.rank is None or part.rank < node.rank for part in (node.left, node.right))
        check_tree(node.left)
        check_tree(node.right)


# --------------------------------------------------------------------------------------------------- applying


@pytest.mark.parametrize("name", BYTE_CONFIGS)
@given(text=ANY_TEXT)
def test_bytes_give_any_text_back_exactly(in_bytes, name, text):
    model = in_bytes[name]
    ids = model.encode(text)
    if "⟨w⟩" not in text:
        assert model.decode(ids) == text
    assert None not in ids


@settings(deadline=None)
@given(text=ANY_TEXT)
def test_tokens_are_those_of_the_tokenizer_that_trains_models(in_bytes, text):
    """But for the space before the text, which that one takes away where it would be a token alone."""
    model = in_bytes["with the space"]
    app = to_app_tokenizer(model)
    theirs = [app._token_bytes(id) for id in app.encode(text).ids]
    mine = [token_bytes(token) for piece in model.pieces(text) for token in model.tokens_of(piece)]
    assert theirs == mine or [b" ", *theirs] == mine


@pytest.mark.parametrize("step", [0, 1, 17, 300])
def test_corpus_words_are_cut_as_learning_left_them(sentences, step):
    config = BPEConfig(n_merges=300, end_of_word="</w>")
    learning = learn(count_words("\n".join(sentences), config), config)
    model = model_of(learning, step)
    for word in state_at(learning, step, n_words=300).words:
        found = segment(model, word.word)
        assert found.tokens == word.symbols and not any(found.unknown)


@settings(deadline=None)
@given(word=st.text("abcd", min_size=1, max_size=14), seed=st.integers(0, 30))
def test_any_word_is_merged_in_the_order_of_learning(word, seed):
    """Unless two merges make one token, no rule makes one that was learned before it applicable, so rank by
    rank is rule after rule.
    """
    rng = random.Random(seed)
    table = {"".join(rng.choices("abc", k=rng.randrange(2, 9))): rng.randrange(1, 5) for _ in range(8)}
    config = BPEConfig(25, 1)
    model = model_of(learn(WordCounts(tuple(table), tuple(table.values())), config))
    assume(len({left + right for left, right in model.merges}) == len(model.merges))
    found = segment(model, word)
    assert found.tokens == plain.segment(tuple(word), model.merges)
    assert found.unknown == tuple(token not in model.tokens for token in found.tokens)
    assert [step.rank for step in found.steps] == sorted({step.rank for step in found.steps})
    assert "".join(leaf.token for node in found.tree for leaf in leaves(node)) == word
    for node in found.tree:
        check_tree(node)


def test_the_steps_and_the_tree_of_a_word():
    config = BPEConfig(3, 1)
    model = model_of(learn(read_word_table(PRESETS["hug"].text, config), config))
    found = segment(model, "hugbug")
    assert [(step.token, step.rank, step.positions, step.symbols) for step in found.steps] == [
        ("ug", 1, (1, 4), ("h", "ug", "b", "ug")),
        ("hug", 3, (0,), ("hug", "b", "ug")),
    ]
    h, u, g = (MergeNode(char, n, n + 1) for n, char in enumerate("hug"))
    assert found.tree[0] == MergeNode("hug", 0, 3, 3, h, MergeNode("ug", 1, 3, 1, u, g))
    assert found.ids == tuple(model.tokens.index(token) for token in ("hug", "b", "ug"))
    unknown = segment(model, "mug")
    assert unknown.tokens == ("m", "ug") and unknown.unknown == (True, False) and unknown.ids[0] is None


def test_a_sentence_knows_where_its_spaces_were(in_bytes):
    model = in_bytes["with the space"]
    found = segment_text(model, "The men, naïve.")
    assert [(one.word, one.space_before) for one in found] == [
        ("The", True),
        ("men", True),
        (",", False),
        ("naïve", True),
        (".", False),
    ]
    assert "".join(found[3].start) == " na⟨C3⟩⟨AF⟩ve"


def test_characters_decode_to_words(characters):
    text = "The men see the garden."
    assert characters.decode(characters.encode(text)) == text
    assert characters.decode(characters.encode("gar我den")) == "gar\ufffdden"


# ---------------------------------------------------------------------------------------------------- dropout


def test_dropout_0_is_plain_and_1_leaves_characters(characters):
    model = characters
    assert segment(model, "garden", 0.0) == segment(model, "garden")
    assert segment(model, "garden", 1.0).tokens == ("g", "a", "r", "d", "e", "n</w>")


def test_dropout_is_decided_by_its_seed_and_varies(characters):
    cuts = [segment(characters, "garden", 0.3, seed).tokens for seed in range(200)]
    assert cuts == [segment(characters, "garden", 0.3, seed).tokens for seed in range(200)]
    assert len(set(cuts)) > 3 and all("".join(cut) == "garden</w>" for cut in cuts)


def test_dropout_passes_over_a_merge_with_its_probability():
    """One rule and one place for it: the word stays apart with probability p. Within 4 standard deviations of
    4,000 draws.
    """
    model = SubwordModel(("a", "b", "ab"), (("a", "b"),), BPEConfig())
    apart = Counter(segment(model, "ab", 0.3, seed).tokens for seed in range(4000))["a", "b"]
    assert abs(apart / 4000 - 0.3) < 4 * (0.3 * 0.7 / 4000) ** 0.5


def test_what_dropout_passed_over_is_told(characters):
    found = [segment(characters, "garden", 0.5, seed) for seed in range(40)]
    assert any(step.dropped for one in found for step in one.steps)
    for one in found:
        for step in one.steps:
            assert not set(step.dropped) & set(step.positions)


# ------------------------------------------------------------------------------------------ a learner's table


@pytest.mark.parametrize(
    "line, expected",
    [
        ("u g 20", ("u", "g", 20)),
        ("u g", ("u", "g", None)),
        ("u + g → ug (20)", ("u", "g", 20)),
        ("1. (u, g) -> ug: 20", ("u", "g", 20)),
        ("u-g = 20", ("u", "g", 20)),
        ("u+g", ("u", "g", None)),
        ("(u, g), 20", ("u", "g", 20)),
        ("2) u , g 20", ("u", "g", 20)),
        ("1 2", ("1", "2", None)),
        ("1 2 3", ("1", "2", 3)),
        ("s </w> 4", ("s", "</w>", 4)),
    ],
)
def test_a_merge_may_be_written_in_many_ways(line, expected):
    assert read_worked(f"\n{line}\n") == (Worked(*expected),)


@pytest.mark.parametrize(
    "text, sentence",
    [
        ("", "There are no merges"),
        ("ug", "Line 1 is 'ug'"),
        ("u g 20\n???", "Line 2 is '???'"),
        ("u g → ugh", "Line 1 merges 'u' and 'g' into 'ugh'"),
        ("a b\n" * 201, "More than 200 merges"),
    ],
)
def test_what_is_no_table_of_merges_is_one_sentence(text, sentence):
    with pytest.raises(InputError) as error:
        read_worked(text)
    assert sentence in str(error.value)


def checked(preset: str, worked: str):
    chosen = PRESETS[preset]
    words = (read_word_table if chosen.is_table else count_words)(chosen.text, chosen.config)
    return check_worked(words, chosen.config, read_worked(worked))


def test_the_right_table_is_right_and_complete():
    check = checked("hug", "u g 20\nu n 16\nh ug 15\np un 12\nhug s 5\np ug 5\nb un 4")
    assert [row.verdict for row in check.rows] == ["right"] * 7
    assert check.departs_at is None and check.is_complete and check.summary == "All 7 merges are right."


def test_a_wrong_count_is_told_with_the_right_one():
    check = checked("hug", "u g 19\nu n")
    assert [(row.verdict, row.count, row.claimed) for row in check.rows] == [
        ("wrong count", 20, 19),
        ("right", 16, None),
    ]
    assert check.departs_at == 1 and "occurs 20 times, not 19" in check.rows[0].why and not check.is_complete


def test_a_wrong_pair_is_shown_the_most_frequent_one():
    check = checked("hug", "u g 20\nh ug 15\nu n 16")
    assert [row.verdict for row in check.rows] == ["right", "not the most frequent", "right"]
    assert check.departs_at == 2 and "the most frequent is u + n, 16 times" in check.rows[1].why
    assert check.summary.startswith("Right up to step 1; step 2 departs: h + ug occurs 15 times")


def test_ties_may_be_broken_in_any_order():
    """After S+S, the pair E+SS occurs twice; after L+E it still does."""
    check = checked("sleeplessness", "S S 2\nL E 2\nE SS 1\nLE E 1")
    assert [(row.verdict, row.count) for row in check.rows] == [
        ("tie", 2),
        ("tie", 2),
        ("tie", 1),
        ("tie", 1),
    ]
    assert check.departs_at is None and "a tie broken differently" in check.summary
    first = check.rows[0]
    assert {(pair.left, pair.right) for pair in first.best} == {
        ("l", "e"),
        ("e", "s"),
        ("s", "s"),
    } and first.n_best == 3
    other = checked("sleeplessness", "E S 2\nES S 2\nE E 1")
    assert [row.verdict for row in other.rows] == ["right"] * 3


def test_the_mark_may_be_written_as_on_a_blackboard():
    check = checked("low", "e s 9\nes t 9\nest ⟨w⟩ 9")
    assert [row.verdict for row in check.rows] == ["right"] * 3


def test_a_pair_that_is_nowhere_ends_the_judgement():
    check = checked("hug", "u x 3\nu g 20")
    assert [row.verdict for row in check.rows] == ["no such pair", "not judged"]
    assert check.departs_at == 1 and not check.is_complete and "u + g, 20 times" in check.rows[0].why


def test_pairs_too_rare_or_too_long_say_so():
    words = read_word_table("ab 5\nbc 2", BPEConfig())
    rare = check_worked(words, BPEConfig(min_frequency=3), (Worked("a", "b"), Worked("b", "c", 2)))
    assert [row.verdict for row in rare.rows] == [
        "right",
        "too rare",
    ] and "learning has ended" in rare.rows[1].why
    nothing = check_worked(words, BPEConfig(min_frequency=9), (Worked("a", "b"), Worked("b", "c")))
    assert [row.verdict for row in nothing.rows] == ["too rare"] * 2 and nothing.is_complete
    long = check_worked(
        WordCounts(("abc",), (4,)),
        BPEConfig(min_frequency=1, max_token=2),
        (Worked("a", "b"), Worked("ab", "c")),
    )
    assert [row.verdict for row in long.rows] == ["right", "too long"]


@settings(deadline=None, max_examples=60)
@given(
    table=st.dictionaries(st.text("abc", min_size=1, max_size=7), st.integers(1, 4), min_size=1, max_size=6),
    picks=st.lists(st.integers(0, 50), max_size=6),
)
def test_every_verdict_is_that_of_counting_again(table, picks):
    """Random learners: each picks some pair of the corpus as it stands after their own picks."""
    corpus = {tuple(word): count for word, count in table.items()}
    worked, truth = [], []
    for pick in picks:
        counts = plain.pair_counts(corpus)
        if not counts:
            break
        pair = list(counts)[pick % len(counts)]
        most = max(counts.values())
        worked.append(Worked(*pair, counts[pair]))
        truth.append((counts[pair], counts[pair] == most, sum(count == most for count in counts.values())))
        corpus = {plain.merged(word, pair): count for word, count in corpus.items()}
    if worked:
        check = check_worked(
            WordCounts(tuple(table), tuple(table.values())), BPEConfig(min_frequency=1), worked
        )
        assert [(row.count, row.accepted, row.n_best) for row in check.rows] == truth
        assert check.departs_at == next((n for n, (_, good, _) in enumerate(truth, 1) if not good), None)


# ------------------------------------------------------------------------------------------------ wrong input


@pytest.mark.parametrize(
    "do, sentence",
    [
        (lambda model: list(segment_steps(model, "a", 1.5)), "The dropout is 1.5"),
        (lambda model: list(segment_steps(model, "a", 0.5)), "give a seed"),
        (lambda model: segment(model, "x" * 10_001), "has 10,001 characters: give words of at most"),
        (lambda model: model.decode([10**6]), "Token id 1000000 is outside the vocabulary"),
        (lambda model: model.encode("\ud800"), "surrogate"),
        (lambda model: to_app_tokenizer(model), "alphabet is 'characters', not 'bytes'"),
        (lambda model: model_of(learn(WordCounts(("ab",), (2,)), BPEConfig()), 5), "There is no step 5"),
    ],
)
def test_what_cannot_be_cut_is_one_sentence(characters, do, sentence):
    with pytest.raises(InputError) as error:
        do(characters)
    assert sentence in str(error.value)
