"""`core.audio.time_stretch`: the tempo changes and the pitch stays."""

from __future__ import annotations

import numpy as np
import pytest

from core.audio.time_stretch import stretch
from tests.core.sounds import tone

SR = 22_050


@pytest.mark.parametrize("rate", [0.93, 1.06])
@pytest.mark.parametrize("channels", [1, 2])
def test_the_tempo_changes_and_the_pitch_stays(rate, channels):
    sound = tone(220.0, SR, 12.0).y + tone(331.0, SR, 12.0).y
    ends = np.array([0.0, 10.0])
    out = stretch(np.stack([sound] * channels), SR, ends, ends * rate)
    assert out.shape == (channels, 10 * SR)
    spectrum = np.abs(np.fft.rfft(out[0, : 8 * SR] * np.hanning(8 * SR))) ** 2
    hz = np.arange(len(spectrum)) / 8
    tones = (np.abs(hz - 220) < 4) | (np.abs(hz - 331) < 4)
    assert spectrum[~tones].sum() < 1e-3 * spectrum.sum()
    assert np.abs(np.diff(out[0])).max() < 1.15 * np.abs(np.diff(sound)).max()
