"""Tones, noise and every kind of upload, for the tests of sound."""

from __future__ import annotations

import io
from fractions import Fraction
from functools import cache
from typing import Any

import av
import numpy as np
import soundfile

from core.audio import Audio

STEP = 1 / 32768  # of 16-bit samples
RNG_SEED = 20


def tone(f0_hz: float = 440.0, sr: int = 44_100, duration_sec: float = 1.0, level: float = 0.5) -> Audio:
    t = np.arange(round(sr * duration_sec)) / sr
    return Audio((level * np.sin(2 * np.pi * f0_hz * t)).astype(np.float32), sr)


def stereo_tone(left_hz: float = 440.0, right_hz: float = 660.0, **kwargs: Any) -> Audio:
    left, right = tone(left_hz, **kwargs), tone(right_hz, **kwargs)
    return Audio(np.stack([left.y, right.y]), left.sr)


def noise(n: int, channels: int = 2, sr: int = 44_100) -> Audio:
    rng = np.random.default_rng(RNG_SEED)
    return Audio(rng.uniform(-1, 1, (channels, n)).astype(np.float32), sr)


def peak_hz(y: np.ndarray, sr: int) -> float:
    spectrum = np.abs(np.fft.rfft(y * np.hanning(len(y))))
    return float(np.argmax(spectrum)) * sr / len(y)


def amplitudes_at(y: np.ndarray, sr: int, frequencies_hz: list[float]) -> list[float]:
    """Amplitude of each sine in `y`, which holds a whole number of its periods."""
    spectrum = 2 * np.abs(np.fft.rfft(y)) / len(y)
    return [float(spectrum[round(f * len(y) / sr)]) for f in frequencies_hz]


def by_soundfile(audio: Audio, container: str, subtype: str | None = None) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, audio.y.T, audio.sr, format=container, subtype=subtype)
    return buffer.getvalue()


def by_ffmpeg(
    audio: Audio, container: str, codec: str, layout: str = "stereo", picture: bool = False
) -> bytes:
    """Encode with FFmpeg, beside a gray video track if `picture`."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as output:
        video = gray_stream(output) if picture else None
        sound = output.add_stream(codec, rate=48_000 if codec == "libopus" else audio.sr, layout=layout)
        if video is not None:
            film(output, video)
        # Interleaved: PyAV 18.1 counts one channel too many when eight are separate.
        frame = av.AudioFrame.from_ndarray(audio.y.T.reshape(1, -1), format="flt", layout=layout)
        frame.sample_rate, frame.pts, frame.time_base = audio.sr, 0, Fraction(1, audio.sr)
        output.mux(sound.encode(frame))
        output.mux(sound.encode(None))
    return buffer.getvalue()


def silent_video() -> bytes:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as output:
        film(output, gray_stream(output))
    return buffer.getvalue()


def gray_stream(output: Any) -> Any:
    stream = output.add_stream("mpeg4", rate=10)
    stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p"
    return stream


def film(output: Any, stream: Any) -> None:
    for i in range(5):
        gray = av.VideoFrame.from_ndarray(np.full((32, 32, 3), 128, np.uint8), format="rgb24")
        gray.pts, gray.time_base = i, Fraction(1, 10)
        output.mux(stream.encode(gray))
    output.mux(stream.encode(None))


@cache
def uploads() -> dict[str, bytes]:
    """One second and a half of two tones in every container that a visitor is likely to bring."""
    sound = stereo_tone(duration_sec=1.5)
    opus_rate = stereo_tone(duration_sec=1.5, sr=48_000)
    return {
        "wav int16": by_soundfile(sound, "WAV", "PCM_16"),
        "wav int24": by_soundfile(sound, "WAV", "PCM_24"),
        "wav uint8": by_soundfile(sound, "WAV", "PCM_U8"),
        "wav float": by_soundfile(sound, "WAV", "FLOAT"),
        "wav double": by_soundfile(sound, "WAV", "DOUBLE"),
        "wav extensible": by_soundfile(sound, "WAVEX", "PCM_24"),
        "wav adpcm": by_ffmpeg(sound, "wav", "adpcm_ima_wav"),
        "rf64": by_soundfile(sound, "RF64", "PCM_16"),
        "wave64": by_soundfile(sound, "W64", "PCM_16"),
        "flac": by_soundfile(sound, "FLAC", "PCM_24"),
        "mp3": by_soundfile(sound, "MP3"),
        "vorbis": by_soundfile(sound, "OGG", "VORBIS"),
        "opus": by_soundfile(opus_rate, "OGG", "OPUS"),
        "flac in ogg": by_ffmpeg(sound, "ogg", "flac"),
        "m4a": by_ffmpeg(sound, "ipod", "aac"),
        "alac": by_ffmpeg(sound, "ipod", "alac"),
        "adts": by_ffmpeg(sound, "adts", "aac"),
        "aiff": by_soundfile(sound, "AIFF", "PCM_24"),
        "au": by_soundfile(sound, "AU", "PCM_16"),
        "caf": by_soundfile(sound, "CAF", "PCM_16"),
        "webm": by_ffmpeg(sound, "webm", "libopus"),
        "mp4 video": by_ffmpeg(sound, "mp4", "aac", picture=True),
        "matroska video": by_ffmpeg(sound, "matroska", "mp2", picture=True),
        "transport stream": by_ffmpeg(sound, "mpegts", "mp2", picture=True),
    }


UPLOADS = [
    *(
        "wav int16",
        "wav int24",
        "wav uint8",
        "wav float",
        "wav double",
        "wav extensible",
        "wav adpcm",
        "rf64",
    ),
    *("wave64", "flac", "mp3", "vorbis", "opus", "flac in ogg", "m4a", "alac", "adts", "aiff", "au", "caf"),
    *("webm", "mp4 video", "matroska video", "transport stream"),
]


def six_tones() -> Audio:
    """Six channels with 100, 200, ... 600 Hz, each of amplitude 0.5."""
    return Audio(np.stack([tone(100.0 * (i + 1)).y for i in range(6)]), 44_100)
