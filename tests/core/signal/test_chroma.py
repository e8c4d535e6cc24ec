"""Chroma filters and chroma beside librosa's."""

import librosa
import numpy as np
import pytest

from core.signal.chroma import chroma_filters, chroma_stft
from core.signal.stft import power_spectrogram
from tests.core.signal.sounds import SR, piece


@pytest.mark.parametrize(("sr", "n_fft"), [(22_050, 2048), (44_100, 8192), (16_000, 1024)])
@pytest.mark.parametrize(
    "arguments", [{}, {"octwidth": None, "norm": None}, {"ctroct": 4.0, "octwidth": 1.0, "norm": 1}]
)
def test_filters_are_those_of_librosa_and_made_once(sr, n_fft, arguments):
    ours = chroma_filters(sr=sr, n_fft=n_fft, **arguments)
    assert ours == pytest.approx(
        librosa.filters.chroma(sr=sr, n_fft=n_fft, tuning=0.0, **arguments), abs=2e-6
    )
    assert chroma_filters(sr=sr, n_fft=n_fft, **arguments) is ours


def test_a_pitch_is_as_wide_as_is_asked_for():
    narrow = chroma_filters(sr=44_100, n_fft=8192, octwidth=None, norm=None, width=0.5)
    wide = chroma_filters(sr=44_100, n_fft=8192, octwidth=None, norm=None, width=1.0)
    at_a4 = round(440 * 8192 / 44_100)
    assert narrow[9, at_a4] == pytest.approx(1.0, abs=0.03)
    assert narrow[10, at_a4] < wide[10, at_a4] / 5


def test_a_chord_is_heard_in_the_chroma():
    S = power_spectrogram(piece(131.0), n_fft=2048, hop_length=512)
    expected = librosa.feature.chroma_stft(S=S, sr=SR, n_fft=2048, hop_length=512, tuning=0.0)
    assert chroma_stft(S, sr=SR, n_fft=2048) == pytest.approx(expected, abs=1e-3)
    assert not chroma_stft(np.zeros((1025, 3), dtype=np.float32), sr=SR, n_fft=2048).any()
