"""A trace under another length penalty is that of a search with this penalty."""

from __future__ import annotations

import random

import pytest

from explorer.decoding.rerank import rescored
from explorer.decoding.strategies import beam_search
from explorer.decoding.tables import TableScorer
from explorer.results import SearchSettings


def random_rows(seed: int) -> dict:
    draw = random.Random(seed)
    rows = {}
    for word in ("", *"abcd"):
        weights = [draw.random() ** 3 for _ in range(5)]
        rows[word] = {
            token: weight / sum(weights) for token, weight in zip((*"abcd", "</s>"), weights, strict=True)
        }
    return rows


@pytest.mark.parametrize("stop", ["enough", "first", "length"])
@pytest.mark.parametrize("seed", range(8))
def test_it_is_what_a_new_search_finds(seed, stop):
    rows = random_rows(seed)

    def search(length_penalty: float):
        scorer = TableScorer(rows, "previous")
        return beam_search(
            scorer,
            SearchSettings(beam_size=1 + seed % 5, max_len=7, length_penalty=length_penalty, stop=stop),
        )

    trace = search(0.0)
    for length_penalty in (-2.0, 0.0, 0.35, 1.0, 4.0):
        assert rescored(trace, length_penalty) == search(length_penalty)
        assert rescored(rescored(trace, 3.0), length_penalty) == search(length_penalty)
