"""`core.audio.decoding`: rates, values that are no number, lengths."""

from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile

from core.audio import decode, encode
from core.audio.decoding import MAX_DECODED_SR
from tests.core.sounds import by_soundfile, stereo_tone, tone


@pytest.mark.parametrize("sr", [96_000, 192_000])
def test_a_rate_above_48_khz_is_resampled_while_decoding(sr: int) -> None:
    sound = decode(by_soundfile(stereo_tone(sr=sr, duration_sec=2.0), "WAV", "FLOAT"))
    assert sound.sr == MAX_DECODED_SR
    assert sound.y.shape == (2, 2 * MAX_DECODED_SR)
    # Streamed in blocks, yet the same as resampling at once.
    at_once = stereo_tone(sr=sr, duration_sec=2.0).resample(MAX_DECODED_SR)
    assert np.abs(sound.y - at_once.y).max() < 1e-5


def test_8_khz_stays_8_khz() -> None:
    assert decode(encode(tone(sr=8_000), "wav")).sr == 8_000


def test_nan_and_infinity_become_silence_and_the_rest_is_clipped() -> None:
    y = np.tile(np.array([np.nan, np.inf, -np.inf, 3.0, -3.0, 0.25], dtype=np.float32), 1000)
    buffer = io.BytesIO()
    soundfile.write(buffer, y, 44_100, format="WAV", subtype="FLOAT")
    assert decode(buffer.getvalue()).y[:6].tolist() == [0, 0, 0, 1, -1, 0.25]


def test_a_sound_of_exactly_the_longest_length_works() -> None:
    assert decode(encode(tone(duration_sec=2.0), "mp3"), max_sec=2.0).duration_sec == pytest.approx(2.0)
