"""The mel scale and mel filters beside librosa's, also with the voice's and Audio Viz's arguments."""

import librosa
import numpy as np
import pytest

from core.signal.mel import hz_to_mel, mel_filters, mel_frequencies, mel_to_hz

ARGUMENTS = [
    {"sr": 22_050, "n_fft": 2048, "n_mels": 80, "fmin": 30.0},
    {"sr": 16_000, "n_fft": 512, "n_mels": 36, "fmin": 80.0, "fmax": 7_600.0, "htk": True, "norm": 1},
    {"sr": 44_100, "n_fft": 2048, "n_mels": 64, "fmin": 30.0, "fmax": 10_000.0, "htk": True, "norm": None},
    {"sr": 22_050, "n_fft": 1024},
    {"sr": 8_000, "n_fft": 400, "n_mels": 20, "norm": None},
]


@pytest.mark.parametrize("htk", [True, False])
def test_the_scale_is_that_of_librosa_and_turns_back(htk):
    hz = np.array([0.0, 55.0, 440.0, 999.0, 1_000.0, 1_001.0, 8_000.0])
    assert hz_to_mel(hz, htk=htk) == pytest.approx(librosa.hz_to_mel(hz, htk=htk))
    assert mel_to_hz(hz_to_mel(hz, htk=htk), htk=htk) == pytest.approx(hz)
    ours = mel_frequencies(82, fmin=30.0, fmax=10_000.0, htk=htk)
    assert ours == pytest.approx(librosa.mel_frequencies(n_mels=82, fmin=30.0, fmax=10_000.0, htk=htk))


@pytest.mark.parametrize("arguments", ARGUMENTS)
def test_filters_are_those_of_librosa_and_made_once(arguments):
    ours = mel_filters(**arguments)
    assert ours == pytest.approx(librosa.filters.mel(**arguments), abs=1e-6)
    assert mel_filters(**arguments) is ours
    assert not ours.flags.writeable
