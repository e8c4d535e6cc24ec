"""Fidelity figures against a library that takes longer to import than they take."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import kendalltau

from core.arrays import FloatArray
from core.sonify.fidelity import kendall_tau


@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(36, 48)), min_size=2, max_size=60))
def test_kendall_tau_is_scipys(pairs: list[tuple[int, int]]) -> None:
    values, pitch = np.array(pairs, dtype=float).T
    assume(len(set(values.tolist())) > 1 and len(set(pitch.tolist())) > 1)
    assert kendall_tau(values, pitch) == pytest.approx(kendalltau(values, pitch).statistic, abs=1e-12)


def test_kendall_tau_takes_numbers_whose_difference_overflows() -> None:
    values: FloatArray = np.array([-1.7e308, 0.0, 1.7e308])
    assert kendall_tau(values, np.array([60.0, 62.0, 71.0])) == 1.0
