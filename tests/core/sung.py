"""A voice made of sines and noise that sings given notes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from scipy.signal import lfilter

from core.audio import Audio, encode

Manner = Literal["la", "hum", "whistle"]

# Onset and duration in seconds, fractional MIDI number.
SungRow = tuple[float, float, float]

_FORMANTS_HZ = ((700.0, 110.0), (1150.0, 120.0), (2800.0, 200.0))  # of "ah"
_GLIDE_SEC = 0.04
_TAIL_SEC = 0.4


def tune(
    pitches: Sequence[float], *, step_sec: float = 0.5, gap_sec: float = 0.08, start_sec: float = 0.3
) -> list[SungRow]:
    """Notes of one length after each other."""
    return [(start_sec + i * step_sec, step_sec - gap_sec, float(pitch)) for i, pitch in enumerate(pitches)]


def sung(
    notes: Sequence[SungRow],
    sr: int = 44_100,
    *,
    manner: Manner = "la",
    vibrato_cents: float = 25.0,
    level: float = 0.3,
    seed: int = 0,
) -> Audio:
    """Sing notes: "la" begins each with noise and a glide, "hum" has few overtones, "whistle" has none.

    Parameters
    ----------
    notes : sequence of (onset_sec, duration_sec, pitch)
    sr : int
    manner : {"la", "hum", "whistle"}
    vibrato_cents : float
        At 5.5 Hz.
    level : float
        Peak.
    seed : int
        Of the noise.
    """
    rng = np.random.default_rng(seed)
    n = int((max(onset + duration for onset, duration, _ in notes) + _TAIL_SEC) * sr)
    y = np.zeros(n)
    for onset, duration, pitch in notes:
        part = _note(duration, pitch, sr, manner, vibrato_cents, rng)
        start = int(onset * sr)
        y[start : start + len(part)] += part[: n - start]
    y = y / max(float(np.abs(y).max()), 1e-9) * level
    y += rng.normal(0.0, 2e-4, n)  # a room is never digitally silent
    return Audio(y.astype(np.float32), sr)


def sung_wav(notes: Sequence[SungRow], sr: int = 48_000, *, manner: Manner = "la") -> bytes:
    """The same as a WAV file, such as a browser's fake microphone plays."""
    return encode(sung(notes, sr, manner=manner), "wav")


def _note(
    duration: float, pitch: float, sr: int, manner: Manner, vibrato_cents: float, rng: np.random.Generator
) -> np.ndarray:
    t = np.arange(int(duration * sr)) / sr
    scoop = -0.7 * np.exp(-t / _GLIDE_SEC) if manner == "la" else 0.0
    vibrato = vibrato_cents / 100 * np.sin(2 * np.pi * 5.5 * t) * np.clip((t - 0.15) / 0.2, 0, 1)
    f0_hz = 440.0 * 2.0 ** ((pitch + scoop + vibrato - 69.0) / 12.0)
    phase = 2 * np.pi * np.cumsum(f0_hz) / sr
    fade = np.clip(np.minimum(t / 0.03, (t[-1] - t) / 0.04), 0, 1)
    if manner == "whistle":
        return np.asarray(np.sin(phase) * fade + 0.02 * rng.normal(size=len(t)) * fade)
    slope = 1.2 if manner == "la" else 2.2
    highest = 440.0 * 2.0 ** ((pitch - 69.0) / 12.0)
    tone = sum(np.sin(k * phase) / k**slope for k in range(1, max(2, int(min(8000.0, sr / 2.2) / highest))))
    voice = np.asarray(tone) * fade
    if manner == "la":
        voice = _through_formants(voice, sr)
        burst = rng.normal(size=len(t)) * np.exp(-(((t - 0.015) / 0.012) ** 2))
        voice += 0.25 * float(np.abs(voice).max()) * burst / max(float(np.abs(burst).max()), 1e-9)
    return np.asarray(voice / max(float(np.abs(voice).max()), 1e-9))


def _through_formants(y: np.ndarray, sr: int) -> np.ndarray:
    out = 0.3 * y
    for center, width in _FORMANTS_HZ:
        radius = np.exp(-np.pi * width / sr)
        poles = [1.0, -2 * radius * np.cos(2 * np.pi * center / sr), radius**2]
        out = out + lfilter([1.0 - radius], poles, y)
    return np.asarray(out)
