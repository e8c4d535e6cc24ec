"""FLAC for keeping, and Opus beside it where FLAC is large."""

import io

import numpy as np
import pytest
import soundfile

from core.audio.flac import FlacSound
from core.audio.waveform import Audio
from core.plain_data import from_bytes, to_bytes


def noise(seconds: float, sr: int = 44_100, n_channels: int = 2) -> Audio:
    y = np.random.default_rng(1).normal(0, 0.1, (n_channels, int(seconds * sr))).astype(np.float32)
    return Audio(y, sr)


def test_a_short_sound_is_sent_as_it_is() -> None:
    assert FlacSound.of(noise(1)).small == b""


def test_a_large_sound_has_a_smaller_one_beside_it_that_travels_with_it() -> None:
    sound = FlacSound.of(noise(8))
    assert len(sound.data) > 900_000 > 4 * len(sound.small) > 0
    back, rate = soundfile.read(io.BytesIO(sound.small))
    assert len(back) / rate == pytest.approx(sound.duration_sec, abs=1 / rate)
    assert from_bytes(to_bytes(sound)) == sound


def test_what_no_browser_is_sent_is_not_encoded_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.audio.flac._MAX_PLAYED_BYTES", 1_000_000)
    assert FlacSound.of(noise(8)).small == b""


def test_more_channels_than_two_stay_flac() -> None:
    assert FlacSound.of(noise(4, n_channels=6)).small == b""
