"""Fidelity figures against a library that takes longer to import than they take."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import kendalltau

from core.arrays import FloatArray
from core.sonify.descriptions import mapping_in_words
from core.sonify.direct_mapping import sonify
from core.sonify.fidelity import AUDIBLE_SEMITONES, kendall_tau, measure
from core.sonify.settings import Settings, Voice
from core.tables.table import read_text


@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(36, 48)), min_size=2, max_size=60))
def test_kendall_tau_is_scipys(pairs: list[tuple[int, int]]) -> None:
    values, pitch = np.array(pairs, dtype=float).T
    assume(len(set(values.tolist())) > 1 and len(set(pitch.tolist())) > 1)
    assert kendall_tau(values, pitch) == pytest.approx(kendalltau(values, pitch).statistic, abs=1e-12)


def test_kendall_tau_takes_numbers_whose_difference_overflows() -> None:
    values: FloatArray = np.array([-1.7e308, 0.0, 1.7e308])
    assert kendall_tau(values, np.array([60.0, 62.0, 71.0])) == 1.0


def test_moves_on_one_pitch_are_not_audible_and_the_direction_is_that_of_the_audible_ones() -> None:
    values, pitch = np.array([1.0, 2.0, 3.0, 2.0, 5.0]), np.array([60.0, 60.0, 62.0, 64.0, 65.0])
    found = measure(values, pitch, np.ones(5, dtype=bool), polarity="up", duration_sec=1.0)
    assert (found.moves_audible, found.moves_flat, found.moves_followed) == (0.75, 0.25, 0.5)
    assert found.moves_right == pytest.approx(2 / 3)


def test_a_change_of_less_than_a_quarter_of_a_semitone_is_not_audible() -> None:
    values, sounds = np.array([1.0, 2.0, 3.0]), np.ones(3, dtype=bool)
    for least, share in ((AUDIBLE_SEMITONES, 1.0), (AUDIBLE_SEMITONES * 0.99, 0.0)):
        pitch = 60.0 + least * np.arange(3)
        found = measure(values, pitch, sounds, polarity="up", duration_sec=1.0)
        assert found.moves_audible == share
    constant = measure(
        np.array([1.0, 1.0]), np.array([60.0, 60.0]), sounds[:2], polarity="up", duration_sec=1.0
    )
    assert constant.moves_audible is None


def test_moves_that_cannot_be_heard_are_told_where_they_are_many() -> None:
    table = read_text("v\n" + "\n".join(str(value) for value in [0, 100, *([50, 50.1] * 10)]))
    told = " ".join(mapping_in_words(sonify(table, Settings(voices=(Voice(column="v"),), scaling="linear"))))
    assert "of the changes in v are too small to change the pitch" in told
    steep = " ".join(
        mapping_in_words(sonify(read_text("v\n1\n5\n2\n9"), Settings(voices=(Voice(column="v"),))))
    )
    assert "too small" not in steep
