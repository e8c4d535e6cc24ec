"""The front end and the measures: what is put in comes out at its place."""

from __future__ import annotations

import numpy as np
import pytest

from core.audio import Audio
from core.audioviz import mel_windows, sound_measures
from core.audioviz.extract import Listener
from core.errors import InputError
from tests.core.sounds import noise, tone

SR = mel_windows.SR


def clicks(qpm: float, duration_sec: float = 20.0) -> Audio:
    rng = np.random.default_rng(0)
    y = np.zeros(round(duration_sec * SR), dtype=np.float32)
    burst = rng.standard_normal(800).astype(np.float32) * np.exp(-np.arange(800) / 150).astype(np.float32)
    for second in np.arange(0.25, duration_sec - 0.1, 60 / qpm):
        place = round(second * SR)
        y[place : place + 800] += 0.5 * burst[: len(y) - place]
    return Audio(y, SR)


@pytest.mark.parametrize("sr", [22_050, 44_100, 48_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_a_sine_of_full_scale_is_0_db_in_the_band_of_its_frequency(sr: int, channels: int) -> None:
    y = tone(1_000.0, sr=sr, duration_sec=3.0, level=1.0).y
    heard = mel_windows.spectra(Audio(y if channels == 1 else np.stack([y, y]), sr))
    middle = heard.mel_db[100:200]
    centers = mel_windows.band_centers_hz()
    assert abs(centers[int(middle.mean(axis=0).argmax())] - 1_000) < 60
    assert middle.max() == pytest.approx(0, abs=3.5)  # a band's peak lies up to half a band away
    assert heard.centroid_hz[100:200].mean() == pytest.approx(1_000, rel=0.02)
    assert heard.loudness_db[100:200].mean() == pytest.approx(
        -3.0, abs=0.7
    )  # BS.1770: 997 Hz at 0 dBFS is -3.01
    assert heard.flatness[100:200].max() < 0.01


def test_there_are_100_frames_and_20_moments_a_second_whatever_the_length() -> None:
    for n in (SR, 3 * SR + 17, round(12.34 * SR)):
        heard = mel_windows.spectra(noise(n, channels=1))
        assert len(heard.mel_db) == n // mel_windows.HOP
        assert heard.n == -(-len(heard.mel_db) // 5)
        assert mel_windows.windows(heard.mel_db).shape == (heard.n, 64, 96)


def test_a_sound_read_in_blocks_is_the_same_as_one_read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    sound = noise(round(7.3 * SR))
    whole = mel_windows.spectra(sound)
    monkeypatch.setattr(mel_windows, "BLOCK_SEC", 1.0)
    parts = mel_windows.spectra(sound)
    assert np.allclose(whole.mel_db, parts.mel_db, atol=1e-3)
    assert np.allclose(whole.chroma, parts.chroma, atol=1e-4)


def test_a_click_is_heard_at_its_own_time_in_frames_and_moments() -> None:
    y = np.zeros(4 * SR, dtype=np.float32)
    y[2 * SR : 2 * SR + 400] = 0.5
    heard = mel_windows.spectra(Audio(y, SR))
    assert abs(int(heard.mel_db.sum(axis=1).argmax()) - 200) <= 1
    onset = sound_measures.measure(heard).column("onset")
    assert abs(int(onset.argmax()) - 40) <= 1


def test_windows_are_centerd_on_their_moment() -> None:
    ramp = np.repeat(np.arange(400, dtype=np.float32)[:, None], 64, axis=1)
    found = mel_windows.windows(ramp, 20, 23)
    assert found.shape == (3, 64, 96)
    assert found[0, 0, 48] == 100 and found[1, 0, 0] == 105 - 48
    assert mel_windows.windows(ramp, 0, 1)[0, 0, :49].max() == 0  # the first frame is repeated


def test_the_cepstrum_is_a_rotation_and_keeps_every_distance() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.standard_normal((2, 50, 64)).astype(np.float32)
    assert np.allclose(
        ((a - b) ** 2).sum(), ((mel_windows.cepstrum(a) - mel_windows.cepstrum(b)) ** 2).sum(), rtol=1e-4
    )


def test_normalized_bands_do_not_depend_on_the_level_of_the_recording() -> None:
    sound = noise(3 * SR, channels=1)
    loud = mel_windows.normalize(mel_windows.spectra(sound))
    soft = mel_windows.normalize(mel_windows.spectra(Audio(sound.y * 0.1, SR)))
    assert np.allclose(loud, soft, atol=0.01)
    assert loud.min() >= 0 and loud.max() <= 1


@pytest.mark.parametrize(
    ("sound", "says"),
    [
        (Audio(np.zeros(3 * SR), SR), "silent"),
        (Audio(np.full(3 * SR, 0.3), SR), "silent"),  # a constant offset
        (Audio(np.full(2 * SR, 1e-5), SR), "silent"),
        (tone(duration_sec=0.5), "at least 1 second"),
        (Audio(np.ones(3_600 * 1_000), 1_000), "60 minutes"),
    ],
)
def test_what_cannot_be_shown_is_refused_with_a_sentence(sound: Audio, says: str) -> None:
    with pytest.raises(InputError, match=says):
        Listener().hear(sound)


def test_one_second_is_enough() -> None:
    hearing = Listener().hear(tone(duration_sec=1.0))
    assert hearing.codes.shape == (20, 10)
    assert hearing.tempo_qpm is None


@pytest.mark.parametrize("qpm", [75.0, 100.0, 120.0, 150.0])
def test_the_beat_of_clicks_is_found_to_half_a_percent_and_20_ms(qpm: float) -> None:
    found = sound_measures.measure(mel_windows.spectra(clicks(qpm)))
    assert found.tempo_qpm == pytest.approx(qpm, rel=0.005)
    truth = np.arange(0.25, 19.9, 60 / qpm)
    inner = found.beats_sec[1:-1]
    assert np.abs(inner[:, None] - truth).min(axis=1).max() < 0.025


def test_noise_and_a_held_tone_have_no_beat() -> None:
    for sound in (noise(12 * SR, channels=1), tone(duration_sec=12.0)):
        assert sound_measures.measure(mel_windows.spectra(sound)).tempo_qpm is None


def test_beat_phase_rises_from_0_to_1_between_beats() -> None:
    phase, sure = sound_measures.beat_phase(np.arange(100) / 20, np.array([1.0, 1.5, 2.0, 2.5]))
    assert phase[20] == 0 and phase[25] == pytest.approx(0.5) and sure[0] == 0 and sure[40] == 1


def test_a_chord_lights_its_own_pitch_classes() -> None:
    t = np.arange(3 * SR) / SR
    y = sum(np.sin(2 * np.pi * f * t) for f in (261.63, 329.63, 392.0)) * 0.2
    chroma = mel_windows.spectra(Audio(y.astype(np.float32), SR)).chroma[10:50].mean(axis=0)
    assert set(np.argsort(chroma)[-3:]) == {0, 4, 7}


def test_the_ten_measured_numbers_mean_what_they_say() -> None:
    names = sound_measures.PARAMETERS

    def means(sound: Audio) -> dict[str, float]:
        numbers = sound_measures.measure(mel_windows.spectra(sound)).numbers
        assert numbers.min() >= 0 and numbers.max() <= 1
        return dict(zip(names, numbers.mean(axis=0), strict=True))

    low, high, hiss = (
        means(tone(110.0, duration_sec=4)),
        means(tone(3_000.0, duration_sec=4)),
        means(noise(4 * SR, 1)),
    )
    assert low["warmth"] > high["warmth"] + 0.3
    assert hiss["turbulence"] > low["turbulence"] + 0.5
    assert hiss["spread"] > low["spread"] + 0.3
    assert high["glow"] > low["glow"] + 0.3
    assert means(clicks(150.0))["detail"] > means(clicks(75.0))["detail"] > low["detail"]
    swell = np.concatenate([tone(duration_sec=6, level=0.05).y, tone(duration_sec=6, level=0.5).y])
    drift = sound_measures.measure(mel_windows.spectra(Audio(swell, SR))).numbers[:, names.index("drift")]
    assert drift[-20:].mean() > drift[:20].mean() + 0.3
