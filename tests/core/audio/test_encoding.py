"""`core.audio.encoding`: what is written is read back, in parts as at once."""

from __future__ import annotations

import io
import math
import struct
import time
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from core.audio import Audio, decode, encode
from core.audio.encoding import encode_opus, encode_parts, resample_mono
from core.errors import InputError
from tests.core.sounds import STEP, amplitudes_at, noise, peak_hz, stereo_tone, tone


@settings(max_examples=30, deadline=None)
@given(
    n=st.integers(4_410, 9_000),
    channels=st.integers(1, 2),
    sr=st.sampled_from([8_000, 22_050, 44_100, 48_000]),
    container=st.sampled_from(["wav", "flac"]),
    level=st.floats(0, 1),
    seed=st.integers(0, 2**32 - 1),
)
def test_what_is_encoded_comes_back_within_one_step(
    n: int, channels: int, sr: int, container: Any, level: float, seed: int
) -> None:
    y = level * np.random.default_rng(seed).uniform(-1, 1, (channels, n))
    sound = Audio(y if channels == 2 else y[0], sr)
    back = decode(encode(sound, container))
    assert back.sr == sr
    assert back.y.shape == sound.y.shape
    assert np.abs(back.y - sound.y).max() <= STEP
    # What has once been 16-bit stays the same for ever.
    assert np.array_equal(decode(encode(back, container)).y, back.y)


def test_wav_rounds_halves_to_even_and_clips_at_both_ends() -> None:
    y = np.array([0.5, 1.5, 2.5, -0.5, -1.5, 0.49, 32768, 40_000, -32768, -40_000], dtype=np.float32) * STEP
    data = encode(Audio(y, 44_100), "wav")
    expected = [0, 2, 2, 0, -2, 0, 32767, 32767, -32768, -32768]
    assert np.frombuffer(data[44:], "<i2").tolist() == expected


def test_a_quiet_constant_stays_constant_because_nothing_is_dithered() -> None:
    data = encode(Audio(np.full(1000, 3 * STEP), 44_100), "wav")
    assert set(np.frombuffer(data[44:], "<i2").tolist()) == {3}


@pytest.mark.parametrize("channels", [1, 2, 6])
def test_wav_header_agrees_with_libsndfile(channels: int) -> None:
    sound = noise(2000, channels, 22_050)
    data = encode(sound, "wav")
    info = soundfile.info(io.BytesIO(data))
    assert (info.format, info.subtype, info.channels, info.samplerate) == ("WAV", "PCM_16", channels, 22_050)
    assert info.frames == 2000
    assert struct.unpack("<I", data[4:8])[0] == len(data) - 8


@pytest.mark.parametrize("container", ["wav", "flac", "mp3"])
def test_the_same_sound_gives_the_same_bytes(container: Any) -> None:
    first = encode(noise(44_100), container)
    time.sleep(1.1 if container == "mp3" else 0)  # a date in the file would have a new second
    assert encode(noise(44_100), container) == first


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("sr", [8_000, 16_000, 22_050, 44_100, 48_000])
def test_mp3_keeps_pitch_duration_and_level(sr: int, channels: int) -> None:
    sound = tone(sr=sr) if channels == 1 else stereo_tone(sr=sr)
    back = decode(encode(sound, "mp3"))
    assert (back.sr, back.n_channels) == (sr, channels)
    assert back.duration_sec == pytest.approx(1.0, abs=0.001)
    first = np.atleast_2d(back.y)[0]
    assert peak_hz(first, sr) == pytest.approx(440, abs=1)
    level_db = 20 * math.log10(amplitudes_at(first, sr, [440])[0] / 0.5)
    assert -0.6 < level_db < 0.1


def test_mp3_has_about_192_kbit_a_second_where_nothing_else_is_asked() -> None:
    sound = noise(3 * 44_100)
    assert len(encode(sound, "mp3")) * 8 / 3 == pytest.approx(192_000, rel=0.05)
    assert len(encode(sound, "mp3", mp3_kbps=96)) * 8 / 3 == pytest.approx(96_000, rel=0.05)


@pytest.mark.parametrize(("sr", "expected"), [(40_000, 44_100), (96_000, 48_000), (9_000, 11_025)])
def test_mp3_resamples_a_rate_that_it_does_not_know(sr: int, expected: int) -> None:
    back = decode(encode(tone(sr=sr), "mp3"))
    assert back.sr == expected
    assert peak_hz(back.y, back.sr) == pytest.approx(440, abs=1)


def test_encode_says_what_it_cannot_write() -> None:
    with pytest.raises(InputError, match="1 or 2 channels, this sound has 6"):
        encode(noise(1000, 6), "mp3")
    with pytest.raises(ValueError, match="wav, flac, mp3, not 'ogg'"):
        encode(tone(), "ogg")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="mp3_kbps"):
        encode(tone(), "mp3", mp3_kbps=9)


def test_a_minute_of_stereo_becomes_a_wav_in_less_than_50_ms() -> None:
    sound = noise(60 * 44_100)
    times = []
    for _ in range(5):
        start = time.perf_counter()
        encode(sound, "wav")
        times.append(time.perf_counter() - start)
    # Measured 6 ms; the best of five, so that a busy machine does not fail the test.
    assert min(times) < 0.05


@pytest.mark.parametrize("container", ["wav", "flac"])
def test_a_file_written_in_parts_is_the_file_written_at_once(container):
    y = noise(50_000).y * 0.5
    parts = np.split(y, [7_000, 7_000, 31_111], axis=1)
    given_back = decode(encode_parts(parts, 44_100, container), name="x")
    np.testing.assert_array_equal(given_back.y, decode(encode(Audio(y, 44_100), container), name="x").y)


def test_an_mp3_is_as_long_as_the_sound():
    y = stereo_tone(duration_sec=3.0).y
    parts = [y[:, :50_000], y[:, 50_000:]]
    assert decode(encode_parts(parts, 44_100, "mp3"), name="x").duration_sec == pytest.approx(3.0, abs=0.1)
    assert decode(encode_parts([y], 11_000, "mp3"), name="x").sr == 11_025


@pytest.mark.parametrize("sr", [8_000, 44_100, 48_000])
@pytest.mark.parametrize("n_channels", [1, 2])
def test_opus_is_as_long_as_the_sound_and_in_time_with_it(sr, n_channels):
    y = np.zeros((n_channels, 3 * sr + 17), np.float32)
    clicks = np.array([0, sr // 3, sr, 2 * sr + 5, 3 * sr - 50])
    y[:, clicks[:, None] + np.arange(sr // 1000)] = 0.7
    data = encode_opus([y[:, :1_000], y[:, 1_000:]], sr)
    assert data == encode_opus([y], sr), "the same sound gives the same bytes"
    back, rate = soundfile.read(io.BytesIO(data), always_2d=True)
    assert back.shape == (round(y.shape[1] * 48_000 / sr), n_channels)
    for at in clicks / sr:
        middle = at + 0.0005
        around = slice(max(0, round((middle - 0.01) * rate)), round((middle + 0.01) * rate))
        weight = back[around, 0] ** 2
        heard = (np.arange(around.start, around.start + len(weight)) * weight).sum() / weight.sum() / rate
        assert abs(heard - middle) < 0.0005


def test_opus_is_a_quarter_of_flac_and_neither_louder_nor_softer():
    sound = noise(10 * 44_100)
    data = encode_opus([0.2 * sound.y], 44_100)
    assert len(data) < 0.25 * len(encode(sound, "flac"))
    back, _ = soundfile.read(io.BytesIO(data))
    assert np.sqrt(np.mean(back**2)) == pytest.approx(0.2 * np.sqrt(np.mean(sound.y**2)), rel=0.1)


@pytest.mark.parametrize("rate", [8_000, 44_100, 48_000])
def test_parts_are_resampled_as_the_whole_would_be(rate):
    sound = stereo_tone(duration_sec=25.0)
    parts = np.split(sound.y, [70_000, 70_001, 900_000], axis=1)
    found = np.concatenate(list(resample_mono(parts, sound.sr, rate)))
    expected = sound.mono().resample(rate).y
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, atol=1e-5)
