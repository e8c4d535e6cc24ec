"""`core.nn.ngram`: the interpolation of Witten and Bell, beside its formula written out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.nn.ngram import WittenBell, list_grams

N_SYMBOLS = 4
symbols = st.lists(st.integers(0, N_SYMBOLS - 1), min_size=1, max_size=30)


def by_formula(heard: list[tuple[int, ...]], gram: tuple[int, ...]) -> float:
    """Lambda and the shorter order's estimate as in Chen and Goodman (1999), equations 2.13 to 2.16."""
    shorter = by_formula([other[1:] for other in heard], gram[1:]) if len(gram) > 1 else 1 / N_SYMBOLS
    after = [other[-1] for other in heard if other[:-1] == gram[:-1]]
    if not after:
        return shorter
    return (after.count(gram[-1]) + len(set(after)) * shorter) / (len(after) + len(set(after)))


@settings(max_examples=60, deadline=None)
@given(heard=symbols, asked=symbols, order=st.integers(1, 4))
def test_probabilities_are_those_of_the_formula(heard: list[int], asked: list[int], order: int) -> None:
    counted = list_grams(np.array(heard), order, before=N_SYMBOLS)
    grams = list_grams(np.array(asked), order, before=N_SYMBOLS)
    found = WittenBell(counted, np.ones(len(counted)), N_SYMBOLS).probabilities(grams)
    rows = [tuple(row) for row in counted.tolist()]
    assert found == pytest.approx([by_formula(rows, tuple(gram)) for gram in grams.tolist()])


@settings(max_examples=30, deadline=None)
@given(heard=symbols, context=st.lists(st.integers(0, 99), min_size=2, max_size=2))
def test_probabilities_sum_to_one_after_any_context(heard: list[int], context: list[int]) -> None:
    counted = list_grams(np.array(heard), 3, before=N_SYMBOLS)
    model = WittenBell(counted, np.ones(len(counted)), N_SYMBOLS)
    p = model.distributions(np.array([context]))
    assert p.sum() == pytest.approx(1.0) and (p > 0).all()


def test_a_shorter_context_and_no_counts_are_answered_too() -> None:
    counted = list_grams(np.array([0, 1, 0, 1]), 3, before=9)
    model = WittenBell(counted, np.array([5, 1, 1, 1]), N_SYMBOLS)
    assert model.probabilities(np.array([[1]])) == pytest.approx([(2 + 2 / 4) / (8 + 2)])
    empty = WittenBell(np.empty((0, 3), dtype=np.int64), np.empty(0), N_SYMBOLS)
    assert empty.distributions(np.array([[0, 1]])).tolist() == [[0.25] * 4]
