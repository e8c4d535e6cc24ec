"""More than two channels become two, in whatever order a file has them."""

from __future__ import annotations

import io
import math
import struct

import numpy as np
import pytest
import soundfile

from core.audio import Audio, decode
from core.audio.downmix import downmix
from tests.core.sounds import amplitudes_at, by_ffmpeg, by_soundfile, six_tones, tone


@pytest.mark.parametrize(
    ("container", "order"),
    [
        ("WAV", "L R C LFE Ls Rs"),
        ("WAVEX", "L R C LFE Ls Rs"),
        ("FLAC", "L R C LFE Ls Rs"),
        ("OGG", "L C R Ls Rs LFE"),
    ],
)
def test_5_1_becomes_stereo_with_center_and_surround_at_minus_3_db(container: str, order: str) -> None:
    stereo = decode(by_soundfile(six_tones(), container))
    at_hz = {name: 100.0 * (i + 1) for i, name in enumerate(order.split())}
    full, less = 0.5 / (1 + math.sqrt(2)), 0.5 / (1 + math.sqrt(2)) * math.sqrt(0.5)
    hz = [at_hz[name] for name in ("L", "R", "C", "LFE", "Ls", "Rs")]
    assert amplitudes_at(stereo.y[0], 44_100, hz) == pytest.approx([full, 0, less, 0, less, 0], abs=0.003)
    assert amplitudes_at(stereo.y[1], 44_100, hz) == pytest.approx([0, full, less, 0, 0, less], abs=0.003)


def test_a_full_scale_5_1_mix_does_not_clip() -> None:
    names = ["FL", "FR", "FC", "LFE", "BL", "BR"]
    assert downmix(np.ones((10, 6), np.float32), names) == pytest.approx(1.0)


def test_7_1_keeps_every_channel_on_its_side() -> None:
    eight = Audio(np.stack([tone(100.0 * (i + 1)).y for i in range(8)]), 44_100)
    stereo = decode(by_ffmpeg(eight, "ipod", "aac", layout="7.1"))
    hz = [100.0 * (i + 1) for i in range(8)]  # FL FR FC LFE BL BR SL SR
    full = 0.5 / (1 + 3 * math.sqrt(0.5))
    less = full * math.sqrt(0.5)
    left, right = (amplitudes_at(y[:44_100], 44_100, hz) for y in stereo.y)
    assert left == pytest.approx([full, 0, less, 0, less, 0, less, 0], abs=0.004)
    assert right == pytest.approx([0, full, less, 0, 0, less, 0, less], abs=0.004)


@pytest.mark.parametrize(
    ("tag", "order"), [(122, "L R Ls Rs C LFE"), (123, "L C R Ls Rs LFE"), (124, "C L R Ls Rs LFE")]
)
def test_film_order_is_understood_and_crashes_nothing(tag: int, order: str) -> None:
    # With such a file PyAV 18.1 frees memory twice, which ended the process before `core.audio.ffmpeg` was careful.
    data = bytearray(by_ffmpeg(six_tones(), "mov", "pcm_s16le", layout="5.1"))
    at = data.find(b"chan") + 8
    data[at : at + 8] = struct.pack(">II", tag << 16 | 6, 0)
    stereo = decode(bytes(data))
    at_hz = {name: 100.0 * (i + 1) for i, name in enumerate(order.split())}
    full, less = 0.5 / (1 + math.sqrt(2)), 0.5 / (1 + math.sqrt(2)) * math.sqrt(0.5)
    hz = [at_hz[name] for name in ("L", "R", "C", "LFE", "Ls", "Rs")]
    assert amplitudes_at(stereo.y[0], 44_100, hz) == pytest.approx([full, 0, less, 0, less, 0], abs=0.003)
    assert amplitudes_at(stereo.y[1], 44_100, hz) == pytest.approx([0, full, less, 0, 0, less], abs=0.003)


def test_channels_without_a_known_place_become_their_mean() -> None:
    five = Audio(six_tones().y[:5], 44_100)
    sound = decode(by_soundfile(five, "WAV", "FLOAT"))
    assert sound.y == pytest.approx(five.y.mean(axis=0), abs=1e-6)


def test_infinity_in_one_of_six_channels_does_not_spread() -> None:
    y = np.full((5000, 6), 0.5, dtype=np.float32)
    y[:, 3] = np.inf  # the low-frequency channel, whose weight of 0 would make NaN of it
    y[:, 2] = np.nan
    buffer = io.BytesIO()
    soundfile.write(buffer, y, 44_100, format="WAV", subtype="FLOAT")
    expected = 0.5 * (1 + math.sqrt(0.5)) / (1 + math.sqrt(2))
    assert decode(buffer.getvalue()).y == pytest.approx(expected, abs=1e-6)
