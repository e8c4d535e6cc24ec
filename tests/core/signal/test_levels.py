"""Decibels beside librosa's, and the level of a sound's loudest part."""

import librosa
import numpy as np
import pytest

from core.signal.levels import loudest_db, power_to_db
from tests.core.signal.sounds import noise


def test_decibels_are_those_of_librosa():
    S = noise(500) ** 2 * 1e-6
    assert power_to_db(S) == pytest.approx(librosa.power_to_db(S, top_db=None), abs=1e-4)
    assert power_to_db(S, amin=1e-7) == pytest.approx(
        librosa.power_to_db(S, amin=1e-7, top_db=None), abs=1e-4
    )


def test_the_loudest_half_second_decides_the_level():
    y = np.concatenate([np.zeros(80_000), 0.1 * np.sin(np.arange(8_000)), np.zeros(3)]).astype(np.float32)
    assert loudest_db(y, 8_000) == pytest.approx(-23.0, abs=0.1)
    assert loudest_db(np.zeros(10, np.float32), 8_000) == pytest.approx(-240.0)
