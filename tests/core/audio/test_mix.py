"""A mix is at -16 LUFS with true peaks at -1 dBTP, and moves no onset."""

from __future__ import annotations

import numpy as np
import pytest

from core.audio import Audio
from core.audio.limiting import limit_peaks, true_peak
from core.audio.loudness import loudness_lufs
from core.audio.mix import CEILING_DBTP, MAX_GAIN_DB, mix
from core.audio.reverb import PRE_DELAY_SEC, add_reverb

SR = 22_050


def plucks(level: float, *, seconds: float = 4.0, every_sec: float = 0.5) -> Audio:
    """Decaying tones, a little to the left."""
    n = round(every_sec * SR)
    time_sec = np.arange(n) / SR
    one = level * np.sin(2 * np.pi * 523.25 * time_sec) * np.exp(-6.0 * time_sec)
    y = np.tile(one, round(seconds / every_sec))
    return Audio(np.stack([y, 0.7 * y]).astype(np.float32), SR)


def true_peak_db(audio: Audio) -> float:
    return float(20 * np.log10(true_peak(audio.y)))


@pytest.mark.parametrize("level", [0.02, 0.1, 0.9])
def test_loud_and_soft_pieces_come_out_at_minus_16_lufs(level: float) -> None:
    mixed = mix(plucks(level))
    assert loudness_lufs(mixed.audio) == pytest.approx(-16.0, abs=0.2)
    assert mixed.facts.is_on_target
    assert true_peak_db(mixed.audio) <= CEILING_DBTP
    assert mixed.audio.y.shape == plucks(level).y.shape


def test_true_peaks_between_the_samples_stay_below_the_ceiling() -> None:
    # A quarter of the rate, its samples all beside the peaks: 3 dB are hidden between them.
    y = np.sin(np.pi / 2 * np.arange(2 * SR) + np.pi / 4).astype(np.float32)[None, :].repeat(2, axis=0)
    y[:, : SR // 2] *= 0.1
    assert true_peak(y[:, SR:-100]) == pytest.approx(1.0, abs=0.02)
    assert true_peak_db(mix(Audio(y, SR), reverb=False).audio) <= CEILING_DBTP
    assert limit_peaks(y, SR, true_peaks=True)
    assert 20 * np.log10(true_peak(y)) <= CEILING_DBTP + 0.1


def test_a_few_strokes_far_louder_than_the_rest_are_lowered_within_limits() -> None:
    audio = plucks(0.01)
    audio.y[:, SR : SR + 40] = 0.99 * np.sign(np.sin(np.arange(40)))
    mixed = mix(audio)
    assert not mixed.facts.is_on_target
    assert mixed.facts.loudness_lufs < -17.0
    assert mixed.facts.most_limited_db <= 8.5
    assert true_peak_db(mixed.audio) <= CEILING_DBTP
    assert mixed.facts.report()["on_target"] is False


def test_silence_stays_silence_and_what_is_nearly_silent_is_not_raised_without_end() -> None:
    silence = Audio(np.zeros((2, SR), dtype=np.float32), SR)
    assert not mix(silence).audio.y.any()
    assert mix(silence).facts.report()["loudness_lufs"] is None
    assert mix(plucks(0.0006)).facts.gain_db <= MAX_GAIN_DB


def test_until_the_room_answers_the_sound_is_the_sound_times_one_gain() -> None:
    audio = plucks(0.1)
    quiet = np.zeros((2, SR // 2), dtype=np.float32)
    audio = Audio(np.concatenate([quiet, audio.y], axis=1), SR)
    mixed = mix(audio)
    span = slice(SR // 2, SR // 2 + round(PRE_DELAY_SEC * SR))
    gain = 10 ** (mixed.facts.gain_db / 20)
    np.testing.assert_allclose(mixed.audio.y[:, span], gain * audio.y[:, span], atol=1e-4)
    assert np.abs(mixed.audio.y[:, : SR // 2]).max() < 1e-5


def test_the_room_of_a_sum_is_the_sum_of_the_rooms() -> None:
    one, other = plucks(0.1), plucks(0.05, every_sec=0.8, seconds=4.0)
    both = add_reverb(Audio(one.y + other.y, SR)).y
    np.testing.assert_allclose(both, add_reverb(one).y + add_reverb(other).y, atol=1e-5)


def test_a_sound_shorter_than_the_room_is_mixed_too() -> None:
    assert mix(plucks(0.2, seconds=0.05, every_sec=0.05)).audio.y.shape == (2, round(0.05 * SR))
    assert add_reverb(Audio(np.full((2, 10), 0.1, dtype=np.float32), SR)).y.shape == (2, 10)
