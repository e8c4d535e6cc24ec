"""A sound is softer by exactly 6 dB under words, comes back, and is itself everywhere else."""

import math

import numpy as np
import pytest

from core.audio.limiting import true_peak
from core.audio.loudness import loudness_lufs
from core.audio.waveform import Audio
from core.presentation.presentation import SpokenCaption
from core.speech.mixing import DUCK_SEC, RETURN_SEC, duck, lay_over, speech_lufs

SR = 16_000


def tone(hz: float, seconds: float, amplitude: float) -> np.ndarray:
    return (amplitude * np.sin(2 * np.pi * hz * np.arange(round(seconds * SR)) / SR)).astype(np.float32)


def words(seconds: float = 0.5, amplitude: float = 0.3) -> Audio:
    """Noise stands for speech: its loudness is known, and it is nowhere the tone."""
    noise = np.random.default_rng(0).uniform(-amplitude, amplitude, round(seconds * SR))
    return Audio(noise.astype(np.float32), SR)


def captions(*onsets: float, seconds: float = 0.5) -> list[SpokenCaption]:
    return [SpokenCaption(onset_sec=onset, duration_sec=seconds, text="x") for onset in onsets]


def test_the_sound_is_6_db_softer_under_words_and_untouched_elsewhere():
    sound = Audio(np.stack([tone(440, 4, 0.2), tone(660, 4, 0.1)]), SR)
    speech = [words(), words()]
    mixed = lay_over(sound, captions(1.0, 2.6), speech, introduction_sec=0.25)
    begin = round(0.25 * SR)
    assert mixed.n_samples == sound.n_samples + begin and not mixed.y[:, :begin].any()
    moved = np.pad(sound.y, ((0, 0), (begin, 0)))
    under = np.zeros(mixed.n_samples, dtype=bool)
    for onset in (1.0, 2.6):
        under[round((onset - DUCK_SEC) * SR) : round((onset + 0.5 + RETURN_SEC) * SR)] = True
    assert np.array_equal(mixed.y[:, ~under], moved[:, ~under])
    # Both channels have the same words, so that their difference is the sound alone.
    inside = slice(round(1.01 * SR), round(1.49 * SR))
    alone, before = (y[0, inside] - y[1, inside] for y in (mixed.y, moved))
    assert 20 * math.log10(np.std(alone) / np.std(before)) == pytest.approx(-6.0, abs=1e-4)


def test_close_words_keep_the_sound_down_between_them():
    y = np.ones((1, 4 * SR), dtype=np.float32)
    duck(y, [(SR, 2 * SR), (2 * SR + 800, 3 * SR)], SR)
    assert y[0, SR : 3 * SR] == pytest.approx(10 ** (-6 / 20), abs=1e-6)
    assert (y[0, : round((1 - DUCK_SEC) * SR)] == 1).all() and (
        y[0, round((3 + RETURN_SEC) * SR) + 1 :] == 1
    ).all()


@pytest.mark.parametrize("amplitude", [0.0, 0.01, 0.2])
def test_words_have_one_loudness_stay_above_the_sound_and_below_full_scale(amplitude):
    sound = Audio(np.stack([tone(500, 3, amplitude)] * 2), SR)
    for given in (words(amplitude=0.05), words(amplitude=0.9)):
        mixed = lay_over(sound, captions(1.0), [given])
        inside = slice(SR, SR + given.n_samples)
        ducked = sound.y[:, inside] * np.float32(10 ** (-6 / 20))
        spoken = loudness_lufs(Audio(mixed.y[:, inside] - ducked, SR))
        assert spoken == pytest.approx(speech_lufs(sound), abs=2.5)
        if amplitude:
            assert spoken > loudness_lufs(Audio(ducked, SR)) + 6
        assert 20 * math.log10(true_peak(mixed.y[:, inside])) <= -0.9


def test_words_after_the_end_make_the_sound_longer():
    sound = Audio(np.stack([tone(440, 1, 0.2)] * 2), SR)
    mixed = lay_over(sound, captions(0.9), [words()])
    assert mixed.duration_sec == pytest.approx(1.4)
