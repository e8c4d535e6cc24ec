"""The constant-Q spectrum beside librosa's."""

import librosa
import numpy as np
import pytest

from core.signal.constant_q import constant_q
from tests.core.signal.sounds import SR, noise, piece

ARGUMENTS = [
    # Of the emotion judge's notes: 88 pitches in three bins each.
    {"fmin": 27.5 * 2 ** (-1 / 36), "n_bins": 264, "bins_per_octave": 36, "filter_scale": 0.6},
    {"fmin": 65.406, "n_bins": 48, "bins_per_octave": 12, "filter_scale": 1.0},
    {"fmin": 110.0, "n_bins": 60, "bins_per_octave": 24, "filter_scale": 0.5, "hop_length": 256},
]


@pytest.mark.parametrize("arguments", ARGUMENTS)
@pytest.mark.parametrize("n", [3 * SR, 123_457])
def test_the_constant_q_spectrum_is_that_of_librosa(arguments, n):
    y = np.resize(piece(92.0), n) + 0.01 * noise(n)
    expected = np.abs(librosa.cqt(y, sr=SR, **arguments))
    found = constant_q(y, sr=SR, **arguments)
    assert found.shape == (arguments["n_bins"], 1 + n // arguments.get("hop_length", 512))
    found = found[:, : expected.shape[1]]
    # librosa leaves out the hundredth of each filter that matters least.
    assert np.abs(found - expected).max() < 0.02 * expected.max()
    assert np.corrcoef(found.ravel(), expected.ravel())[0, 1] > 0.9998


def test_a_tone_is_strongest_in_its_own_bin():
    y = np.sin(2 * np.pi * 220.0 * np.arange(3 * SR) / SR).astype(np.float32)
    found = constant_q(y, sr=SR, fmin=55.0, n_bins=48)
    assert set(found[:, 20:-20].argmax(axis=0)) == {24}
