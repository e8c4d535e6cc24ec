"""Tests of key finding: known melodies, transposition, and correlations beside numpy's own."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.music.key import KRUMHANSL, TEMPERLEY, find_key, key_correlations, tonic_and_mode

TWINKLE = [60, 60, 67, 67, 69, 69, 67, 65, 65, 64, 64, 62, 62, 60]


@pytest.mark.parametrize(
    ("pitches", "expected"),
    [
        (TWINKLE, ("C", "major")),
        ([p + 3 for p in TWINKLE], ("Eb", "major")),
        ([57, 59, 60, 62, 64, 64, 65, 64, 62, 60, 59, 57, 57], ("A", "minor")),
    ],
)
def test_a_melody_has_its_key(pitches: list[int], expected: tuple[str, str]) -> None:
    assert find_key(np.array(pitches)) == expected


@given(shift=st.integers(0, 11))
def test_transposing_moves_the_tonic_and_keeps_the_mode(shift: int) -> None:
    names = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
    assert find_key(np.array(TWINKLE) + shift) == (names[shift], "major")


def test_either_profiles_find_a_weighted_scale() -> None:
    for profiles in (KRUMHANSL, TEMPERLEY):
        major = np.array([2, 4, 6, 7, 9, 11, 1])
        assert tonic_and_mode(major, np.array([3, 1, 1.5, 1, 2, 1, 0.8]), profiles) == (2, "major")
        minor = np.array([9, 11, 0, 2, 4, 5, 8])
        assert tonic_and_mode(minor, np.array([3, 1, 1.5, 1, 2, 0.8, 0.8]), profiles) == (9, "minor")


@given(st.integers(0, 2**32 - 1))
def test_correlations_are_those_of_numpy(seed: int) -> None:
    weights = np.random.default_rng(seed).uniform(0.0, 5.0, (3, 12))
    for profiles in (KRUMHANSL, TEMPERLEY):
        expected = [
            [[np.corrcoef(np.roll(row, tonic), heard)[0, 1] for tonic in range(12)] for row in profiles]
            for heard in weights
        ]
        np.testing.assert_allclose(key_correlations(weights, profiles), expected, atol=1e-12)


def test_even_weights_fit_no_key() -> None:
    assert not key_correlations(np.ones(12)).any() and not key_correlations(np.zeros((2, 12))).any()
