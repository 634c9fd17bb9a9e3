"""What does an attention picture mean? For each kind and scorer three sentences, a formula and a source."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import streamlit as st

if TYPE_CHECKING:
    from explorer.checkpoints.catalogue import CheckpointInfo


class Meaning(NamedTuple):
    """sentences and shapes are fixed text, formula is LaTeX: nothing here ever holds what a reader typed."""

    sentences: str
    formula: str
    shapes: str
    source: str


_DOT_PRODUCT = r"A = \mathrm{softmax}\!\left(\frac{Q K^\top}{\sqrt{d}}\right), \qquad C = A V"

MEANINGS = {
    ("scaled dot", "cross"): Meaning(
        "Before it writes a token, the decoder asks a question (the query) and every source token has an "
        "answer ready (the key). The better the two match, the larger the weight; the weights of a row "
        "sum to 1 and mix the values of the source tokens into the context, from which the next token is "
        "predicted. A bright cell says where the model looked, not why it chose the word.",
        _DOT_PRODUCT,
        "Q [tgt_len, d] from the decoder · K, V [src_len, d] from the encoder · A [tgt_len, src_len] · C "
        "[tgt_len, d], for each head",
        "Vaswani et al. 2017, eq. 1",
    ),
    ("scaled dot", "encoder_self"): Meaning(
        "Inside the encoder every source token looks at all source tokens, those after it too. Heads "
        "share the work: some look one place to the left or right, some follow grammar from a word to the "
        "word it belongs to, some look at almost everything. What comes out is a vector for each token "
        "that knows its neighbours.",
        _DOT_PRODUCT,
        "Q, K, V [src_len, d], all from the source · A [src_len, src_len], for each head",
        "Vaswani et al. 2017, eq. 1 and section 3.2.3",
    ),
    ("scaled dot", "decoder_self"): Meaning(
        "While it predicts a token, the decoder looks at what it has written so far: the columns are the "
        "tokens that went in. It cannot look ahead, so everything above the diagonal is zero. This is how "
        "it knows which verb still needs its particle and which adjective its ending.",
        r"A = \mathrm{softmax}\!\left(\frac{Q K^\top}{\sqrt{d}} + M\right), \qquad M_{ij} = -\infty "
        r"\;\text{ for } j > i",
        "Q, K, V [tgt_len, d], all from the translation so far · A [tgt_len, tgt_len], for each head",
        "Vaswani et al. 2017, section 3.2.3",
    ),
    ("mlp", "cross"): Meaning(
        "At each step the decoder's state h is compared with the encoder's state s of every source token "
        "by a small network with one hidden layer. Softmax turns the scores into weights that sum to 1, "
        "and the context is the encoder states mixed with these weights. So the decoder need not carry "
        "the whole sentence in one vector: it looks back.",
        r"e_{ij} = v^\top \tanh(W_1 h_i + W_2 s_j), \qquad A_i = \mathrm{softmax}(e_i), "
        r"\qquad c_i = \sum_j A_{ij}\, s_j",
        "h [tgt_len, d] · s [src_len, d] · W₁, W₂ [d, d] · v [d] · A [tgt_len, src_len]",
        "Bahdanau et al. 2015, appendix A.1.2",
    ),
    ("bilinear", "cross"): Meaning(
        "At each step the decoder's state h is compared with the encoder's state s of every source token "
        "through one learned matrix W. Softmax turns the scores into weights that sum to 1, and the "
        "context is the encoder states mixed with these weights. So the decoder need not carry the whole "
        "sentence in one vector: it looks back.",
        r"e_{ij} = h_i^\top W s_j, \qquad A_i = \mathrm{softmax}(e_i), \qquad c_i = \sum_j A_{ij}\, s_j",
        "h [tgt_len, d] · s [src_len, d] · W [d, d] · A [tgt_len, src_len]",
        "Luong et al. 2015, eq. 8, “general”",
    ),
    ("dot", "cross"): Meaning(
        "At each step the decoder's state h is compared with the encoder's state s of every source token "
        "by their dot product, with nothing to learn. Softmax turns the scores into weights that sum to "
        "1, and the context is the encoder states mixed with these weights. So the decoder need not carry "
        "the whole sentence in one vector: it looks back.",
        r"e_{ij} = h_i^\top s_j, \qquad A_i = \mathrm{softmax}(e_i), \qquad c_i = \sum_j A_{ij}\, s_j",
        "h [tgt_len, d] · s [src_len, d] · A [tgt_len, src_len]",
        "Luong et al. 2015, eq. 8, “dot”",
    ),
}

BOTTLENECK = Meaning(
    "This model has no attention: the decoder starts from the encoder's last state and sees nothing else "
    "of the source. A sentence of five words and one of fifty have to fit into the same vector, so long "
    "sentences suffer first. Put a model with attention beside it to see what looking back adds.",
    r"h_0 = \tanh(W s_{\text{last}}), \qquad p(y_t \mid y_{<t}, x) = \mathrm{softmax}(W_o h_t)",
    "s_last, h [d], the same size for every sentence",
    "Sutskever et al. 2014; Cho et al. 2014",
)

OUTPUT_OR_INPUT = (
    "A row belongs to a step of the decoder. Read it as the token that comes out of the step (what was "
    "the model looking at when it wrote this?), or as the token that goes in (what does the model look at "
    "once it has this word?). In many transformers the second agrees better with the right alignment "
    "(Chen et al. 2020)."
)
MERGED = "A word's column is the sum over its pieces, its row their average (Clark et al. 2019)."
ERROR_RATE = (
    "Alignment error rate: 1 − (|A∩S| + |A∩P|) / (|A| + |S|), with A the links found, S the sure and P "
    "the possible gold links; 0 is perfect (Och & Ney 2003)."
)


def meaning(info: CheckpointInfo, kind: str) -> Meaning:
    """The text for this model and kind of attention; a kind without its own text says what it is for."""
    from explorer.results import names_of

    plain = Meaning(
        names_of(kind).meaning,
        _DOT_PRODUCT,
        "Q [query_len, d] of the rows · K, V [key_len, d] of the columns · A [query_len, key_len], for each "
        "head",
        "Vaswani et al. 2017, eq. 1",
    )
    return MEANINGS.get((info.can.attention[kind].scorer, kind), plain)


def explain(text: Meaning) -> None:
    """Three sentences, the formula with its shapes, the source."""
    st.subheader("What does it mean?", anchor=False)
    st.markdown(text.sentences)
    st.latex(text.formula)
    st.caption(f"{text.shapes}. {text.source}.", text_alignment="center")
