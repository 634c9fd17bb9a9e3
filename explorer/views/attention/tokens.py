"""How sure was the model of each token? A sentence as chips: data for the component `token_chips`."""

from __future__ import annotations

import math
from collections.abc import Sequence

from explorer.results import SPECIAL_TOKENS, AttentionRecord
from explorer.views.theme import (
    Colormap,
    Theme,
    chip_color,
    exact,
    ink,
    is_rtl,
    short,
    visible_text,
    visible_token,
)


def target_chips(
    record: AttentionRecord,
    theme: Theme,
    selected: int | None = None,
    clickable: bool = True,
    colormap: Colormap = "cividis",
) -> dict:
    """JSON-ready data for `explorer.components.token_chips`: target tokens shaded by probability; `selected`
    marks one (a step).
    """
    joined, special = target_joins(record)
    chips = []
    for i, (token, log_prob) in enumerate(zip(record.tgt_tokens, record.log_probs, strict=True)):
        prob = math.exp(float(log_prob))
        color = chip_color(theme, prob, colormap)
        about = f"{visible_text(token)}: probability {short(prob)}, log-probability {exact(log_prob)}"
        unknown = i in record.unknown_tgt
        about += ", not in the vocabulary" if unknown else ""
        look = {"color": color, "ink": ink(color), "prob": short(prob), "log_prob": exact(log_prob)}
        chips.append(chip(token, special[i], joined[i], unknown, about) | look)
    stops = [chip_color(theme, k / 20, colormap) for k in range(21)]
    legend = {"label": "probability of each token", "low": "0", "high": "1", "stops": stops}
    row = chip_row(
        chips, record.tgt_tokens, record.unknown_tgt, theme, selected, clickable, "The target, token by token"
    )
    return row | {"legend": legend, "hint": "Point at a token to read its exact probability."}


def source_chips(
    record: AttentionRecord, theme: Theme, selected: int | None = None, clickable: bool = False
) -> dict:
    """JSON-ready data for `explorer.components.token_chips`: source tokens, those outside the vocabulary
    marked.
    """
    joined = _continues(record.src_tokens, record.src_words, _word_ids(record, "src"))
    special = _special(record.src_tokens, _word_ids(record, "src"))
    chips = []
    for i, token in enumerate(record.src_tokens):
        unknown = i in record.unknown_src
        about = (
            f"{visible_text(token)}: not in the vocabulary, the model sees <unk>"
            if unknown
            else visible_text(token)
        )
        look = {"color": theme.surface, "ink": theme.muted if special[i] else theme.text}
        chips.append(chip(token, special[i], joined[i], unknown, about) | look)
    row = chip_row(
        chips, record.src_tokens, record.unknown_src, theme, selected, clickable, "The source, token by token"
    )
    return row | {"legend": None, "hint": ""}


def target_joins(record: AttentionRecord) -> tuple[tuple[bool, ...], tuple[bool, ...]]:
    """For each target token: whether it goes on with the word before it, and whether it is a special
    token.
    """
    word_ids = _word_ids(record, "tgt")
    return _continues(record.tgt_tokens, record.tgt_words, word_ids), _special(record.tgt_tokens, word_ids)


def chip(token: str, special: bool, continues: bool, unknown: bool, about: str) -> dict:
    """One chip without its colours; about: what is said when it is pointed at."""
    return {
        "label": visible_token(token),
        "about": about,
        "special": special,
        "continues": continues,
        "unknown": unknown,
    }


def chip_row(
    chips: list[dict],
    tokens: Sequence[str],
    unknown: Sequence[int],
    theme: Theme,
    selected: int | None,
    clickable: bool,
    description: str,
) -> dict:
    """Chips with what the component needs besides; `legend` and `hint` are the caller's."""
    return {
        "chips": chips,
        "direction": "rtl" if is_rtl("".join(tokens[:1])) else "ltr",
        "description": description,
        "selected": selected,
        "clickable": clickable,
        "unknown_label": "not in the vocabulary" if unknown else "",
        "colors": {"accent": theme.accent, "unknown": theme.missed},
    }


def _word_ids(record: AttentionRecord, side: str) -> tuple[int | None, ...] | None:
    """Word ids of a side, from whichever map has that side on an axis; None when there is no attention."""
    wanted = {
        "src": (("cross", "key"), ("encoder_self", "query")),
        "tgt": (("cross", "query"), ("decoder_self", "query")),
    }[side]
    for attention_map in record.attention:
        for kind, axis in wanted:
            if attention_map.kind == kind:
                return getattr(attention_map, f"{axis}_word_ids")
    return None


def _continues(tokens: Sequence[str], words: Sequence[str], word_ids) -> tuple[bool, ...]:
    """Which tokens go on with a word: from word ids, else (a model without attention) by spelling the words
    out of the tokens.
    """
    if word_ids is not None:
        return tuple(
            i > 0 and word is not None and word == word_ids[i - 1] for i, word in enumerate(word_ids)
        )
    found, word, spelt = [], 0, ""
    for token in tokens:
        found.append(bool(spelt))
        spelt += token
        if word < len(words) and spelt == words[word]:
            word, spelt = word + 1, ""
        elif word >= len(words) or not words[word].startswith(spelt):
            spelt = ""
            found[-1] = False
    return tuple(found)


def _special(tokens: Sequence[str], word_ids) -> tuple[bool, ...]:
    ids = word_ids if word_ids is not None else (None,) * len(tokens)
    return tuple(word is None and token in SPECIAL_TOKENS for token, word in zip(tokens, ids, strict=True))
