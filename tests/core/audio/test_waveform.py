"""`core.audio.waveform`: the object, its mono mix, its rate."""

from __future__ import annotations

import numpy as np
import pytest

from core.audio import Audio
from tests.core.sounds import amplitudes_at, peak_hz, stereo_tone, tone


def test_audio_knows_its_shape_and_length() -> None:
    audio = Audio(np.zeros((2, 300)), 1000)
    assert (audio.n_channels, audio.n_samples, audio.duration_sec) == (2, 300, 0.3)
    assert audio.y.dtype == np.float32
    assert Audio(np.zeros(300, dtype=int), 1000).n_channels == 1


@pytest.mark.parametrize(
    ("y", "sr", "message"),
    [
        (np.zeros(0), 44_100, r"not \(0,\)"),
        (np.zeros((1, 2, 3)), 44_100, r"not \(1, 2, 3\)"),
        (np.zeros((300, 2)), 44_100, "looks transposed"),
        (np.array([0.0, np.nan]), 44_100, "finite"),
        (np.array([0.0, -np.inf]), 44_100, "finite"),
        (np.zeros(10), 0, "not 0"),
        (np.zeros(10), 44_100.5, r"not 44100\.5"),
        (np.zeros(10), 1_000_000, "not 1000000"),
    ],
)
def test_audio_refuses_what_is_no_sound(y: np.ndarray, sr: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Audio(y, sr)


def test_mono_is_the_mean_of_the_channels_and_keeps_what_is_mono() -> None:
    mixed = Audio(np.array([[1.0, 0.5], [0.0, -0.5]]), 8000).mono()
    assert mixed.y.tolist() == [0.5, 0.0]
    assert mixed.mono() is mixed


@pytest.mark.parametrize("sr", [8_000, 11_025, 22_050, 48_000, 96_000])
def test_440_hz_stays_440_hz_at_every_rate(sr: int) -> None:
    resampled = stereo_tone(440.0, 880.0, duration_sec=2.0).resample(sr)
    assert resampled.sr == sr
    assert resampled.y.shape == (2, 2 * sr)
    assert resampled.y.flags.c_contiguous
    assert peak_hz(resampled.y[0], sr) == pytest.approx(440, abs=0.5)
    assert peak_hz(resampled.y[1], sr) == pytest.approx(880, abs=0.5)
    # Away from the ends, where the filter sees silence, the level is kept within 0.01 dB.
    middle = resampled.y[0, sr // 2 : sr + sr // 2]
    assert amplitudes_at(middle, sr, [440])[0] == pytest.approx(0.5, rel=1e-3)


def test_resampling_removes_what_the_new_rate_cannot_hold() -> None:
    assert np.abs(tone(9_000.0).resample(8_000).y[500:-500]).max() < 1e-4


def test_resampling_to_the_same_rate_changes_nothing_and_a_bad_rate_is_refused() -> None:
    sound = tone()
    assert sound.resample(44_100) is sound
    with pytest.raises(ValueError, match="not 0"):
        sound.resample(0)
