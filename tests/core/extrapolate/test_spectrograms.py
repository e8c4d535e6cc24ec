"""The log-mel spectrogram, chroma and harmony of Extrapolate: full scale, floor, and what is counted."""

import numpy as np
import pytest

from core.extrapolate.spectrograms import N_MELS, SR, chroma_of, harmony_of, log_mel, mel_hz, power


def tone(hz: float, level: float = 1.0) -> np.ndarray:
    return (level * np.sin(2 * np.pi * hz * np.arange(2 * SR) / SR)).astype(np.float32)


def test_a_sine_of_full_scale_is_loudest_in_its_band_and_silence_is_the_floor():
    mel_db = log_mel(power(tone(1_000.0)))
    assert mel_db.shape == (N_MELS, 1 + 2 * SR // 512)
    middle = mel_db[:, 40]
    assert abs(mel_hz()[int(middle.argmax())] - 1_000.0) < 60.0
    assert log_mel(power(tone(1_000.0, 0.1)))[:, 40].max() == pytest.approx(middle.max() - 20.0, abs=0.1)
    silence = power(np.zeros(SR, dtype=np.float32))
    assert set(log_mel(silence).ravel()) == {-80.0} and set(log_mel(silence, range_db=40.0).ravel()) == {
        -40.0
    }


def test_harmony_is_magnitude_and_leaves_out_bass_drums_and_cymbals():
    found = harmony_of(power(tone(440.0)))[:, 40]
    assert int(found.argmax()) == 9  # A
    assert harmony_of(power(tone(440.0, 0.5)))[9, 40] == pytest.approx(found[9] / 2, rel=1e-3)
    for hz in (55.0, 7_040.0):
        assert harmony_of(power(tone(hz)))[:, 40].max() < 0.1 * found[9]
        assert int(chroma_of(power(tone(hz)))[:, 40].argmax()) == 9
    assert harmony_of(np.zeros((1025, 0), dtype=np.float32)).shape == (12, 0)
