"""Ranks and Spearman's correlation, against published values and a plain sort."""

import math
import statistics

import numpy as np
import pytest

from explorer.errors import InputError
from explorer.evaluation.ranks import ranks, spearman


def slow_ranks(values):
    """Sort; a group of equal values shares the mean of the places that it takes up."""
    places = {}
    for place, value in enumerate(sorted(values), 1):
        places.setdefault(value, []).append(place)
    return [sum(places[value]) / len(places[value]) for value in values]


def slow_spearman(a, b):
    return statistics.correlation(slow_ranks(a), slow_ranks(b))


def test_ranks_of_a_list_with_ties():
    assert ranks([10, 30, 10, 20]).tolist() == [1.5, 4, 1.5, 3]
    assert ranks([7, 7, 7]).tolist() == [2, 2, 2]
    assert ranks([-math.inf, 0, math.inf]).tolist() == [1, 2, 3]


def test_the_worked_example_of_the_textbooks():
    """IQ against hours of television of ten people: Σd² = 194, ρ = 1 − 6 · 194 / (10 · 99) = −29/165."""
    iq = [106, 100, 86, 101, 99, 103, 97, 113, 112, 110]
    hours = [7, 27, 2, 50, 28, 29, 20, 12, 6, 17]
    assert spearman(iq, hours) == pytest.approx(-29 / 165, abs=1e-12)


def test_with_ties_it_is_the_correlation_of_mean_ranks():
    """Ranks 1, 2.5, 2.5, 4 against 1, 3, 2, 4: covariance 4.5 over √(4.5 · 5); the shortcut with Σd² would
    say 0.95.
    """
    assert spearman([1, 2, 2, 3], [10, 30, 20, 40]) == pytest.approx(4.5 / math.sqrt(4.5 * 5), abs=1e-12)


@pytest.mark.parametrize("n_values", [3, 1000], ids=["many ties", "hardly a tie"])
def test_random_lists_equal_a_plain_sort(n_values):
    rng = np.random.default_rng(0)
    a, b = (rng.integers(0, n_values, (4, 5, 9)).astype(float) for _ in range(2))
    found, found_ranks = spearman(a, b), ranks(a)
    assert found.shape == (4, 5)
    for i in range(4):
        for j in range(5):
            assert found_ranks[i, j].tolist() == slow_ranks(a[i, j].tolist())
            assert found[i, j] == pytest.approx(slow_spearman(a[i, j].tolist(), b[i, j].tolist()), abs=1e-12)


def test_entries_that_do_not_count_change_nothing():
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(6, 8)), rng.normal(size=(6, 8))
    where = rng.random((6, 8)) < 0.6
    where[:, :3] = True
    found = spearman(a, b, where)
    spoiled = np.where(where, a, np.nan)
    np.testing.assert_array_equal(found, spearman(spoiled, b, where))
    for row in range(6):
        assert found[row] == pytest.approx(
            slow_spearman(a[row, where[row]].tolist(), b[row, where[row]].tolist()), abs=1e-12
        )
    assert np.isnan(ranks(a, where)[~where]).all()


def test_the_ends_of_the_scale_and_broadcasting():
    up = np.arange(5.0)
    assert spearman(up, up**3) == 1 and spearman(up, -up) == -1
    np.testing.assert_array_equal(spearman(np.stack([up, -up]), up), [1, -1])


@pytest.mark.parametrize("a, b", [([1, 1, 1], [1, 2, 3]), ([1, 2, 3], [5, 5, 5]), ([1], [2]), ([], [])])
def test_without_an_order_there_is_no_correlation(a, b):
    assert np.isnan(spearman(a, b))


def test_what_has_no_rank_is_refused():
    with pytest.raises(InputError, match="not a number"):
        spearman([1, float("nan"), 2], [1, 2, 3])
    with pytest.raises(InputError, match="at least one list"):
        ranks(3.0)
