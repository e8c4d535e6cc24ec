"""Sums, means, energies and onsets around frames: each beside the plain loop that it stands for."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.extrapolate.spectrograms import (
    HOP,
    LEVEL_SEC,
    SR,
    energy_around,
    find_largest_near,
    mean_between,
    sum_between,
)

N = 60
VALUES = np.random.default_rng(1).standard_normal((3, N)).astype(np.float32)
FRAMES = st.lists(st.integers(0, N), min_size=2, max_size=9).map(lambda frames: np.array(sorted(frames)))


@given(FRAMES)
def test_sums_and_means_are_those_of_a_loop_and_a_slice_has_a_frame_at_least(frames: np.ndarray) -> None:
    spans = [(min(a, N - 1), b) for a, b in itertools.pairwise(frames)]
    # A slice ends where the next one begins, which may be one frame earlier at the very end.
    parts = [
        VALUES[:, a : max(a + 1, b if k == len(spans) - 1 else min(b, N - 1))]
        for k, (a, b) in enumerate(spans)
    ]
    np.testing.assert_allclose(
        sum_between(VALUES, frames), np.stack([part.sum(axis=1) for part in parts], axis=1), atol=1e-5
    )
    np.testing.assert_allclose(
        mean_between(VALUES, frames), np.stack([part.mean(axis=1) for part in parts], axis=1), atol=1e-5
    )


def test_a_step_of_6_db_is_four_times_the_energy() -> None:
    mel_db = np.repeat([[-26.0, -20.0]], 40, axis=1).reshape(2, 40).T.reshape(1, -1).astype(np.float32)
    mel_db = np.sort(mel_db, axis=1)
    before, after = energy_around(mel_db, np.array([0, 40, 80]))
    assert 10 * np.log10(after[1] / before[1]) == pytest.approx(6.0, abs=1e-4)
    assert before[0] == 0 and after[2] == 0
    assert round(LEVEL_SEC * SR / HOP) < 40


@given(st.integers(0, N + 3))
def test_the_largest_onset_is_looked_for_within_two_frames(frame: int) -> None:
    flux = np.abs(VALUES[0])
    at = min(frame, N - 1)
    assert find_largest_near(flux, np.array([frame]))[0] == flux[max(0, at - 2) : at + 3].max()
