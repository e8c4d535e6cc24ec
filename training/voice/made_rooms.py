"""Recording conditions for synthetic singing: room, microphone, noise, gain."""

from __future__ import annotations

import numpy as np

from core.arrays import Float32Array, FloatArray
from core.voice.pitch_tracking import SR


def record(rng: np.random.Generator, dry: Float32Array) -> Float32Array:
    """Put a voice into a room and before a cheap microphone.

    Parameters
    ----------
    rng : numpy.random.Generator
    dry : ndarray of float32, shape=(n,)
        At 16 kHz.
    """
    y = _add_room(rng, dry.astype(np.float64))
    y = _color(rng, y)
    y *= _draw_gain(rng, len(y))
    y = _add_noise(rng, y / max(float(np.abs(y).max()), 1e-9))
    if rng.random() < 0.15:
        drive = rng.uniform(1.0, 4.0)
        y = np.tanh(drive * y) / drive
    return (0.7 * y / max(float(np.abs(y).max()), 1e-9)).astype(np.float32)


def _add_room(rng: np.random.Generator, y: FloatArray) -> FloatArray:
    """Decaying noise after the direct sound (Moorer 1979)."""
    from scipy.signal import fftconvolve

    decay_sec, direct_db = rng.uniform(0.1, 0.9), rng.uniform(2.0, 28.0)
    times = np.arange(int(decay_sec * SR)) / SR
    tail = rng.normal(size=len(times)) * 10.0 ** (-3.0 * times / decay_sec)
    tail[: int(rng.uniform(0.002, 0.02) * SR)] = 0.0
    tail *= 10.0 ** (-direct_db / 20.0) / np.sqrt((tail**2).sum() + 1e-12)
    tail[0] = 1.0
    wet: FloatArray = fftconvolve(y, tail)[: len(y)]
    return wet


def _color(rng: np.random.Generator, y: FloatArray) -> FloatArray:
    """A smooth random frequency response between a low and a high cutoff."""
    hz = np.fft.rfftfreq(len(y), 1 / SR)
    octaves = np.log2(np.maximum(hz, 40.0) / 40.0)
    gain_db = np.interp(octaves, np.linspace(0, 8, 9), rng.normal(0, 3.0, 9))
    low = rng.uniform(30.0, 200.0)
    high = 3_400.0 if rng.random() < 0.08 else rng.uniform(5_000.0, 8_000.0)
    gain_db = gain_db - 12.0 * np.maximum(0.0, np.log2(low / np.maximum(hz, 1.0)))
    gain_db = gain_db - 30.0 * np.maximum(0.0, np.log2(np.maximum(hz, 1.0) / high))
    return np.fft.irfft(np.fft.rfft(y) * 10.0 ** (gain_db / 20.0), len(y))


def _draw_gain(rng: np.random.Generator, n: int) -> FloatArray:
    """The singer moves: a few decibels within seconds."""
    n_points = max(2, n // (2 * SR))
    level_db = np.interp(np.linspace(0, 1, n), np.linspace(0, 1, n_points), rng.normal(0, 1.5, n_points))
    gain: FloatArray = 10.0 ** (level_db / 20.0)
    return gain


def _add_noise(rng: np.random.Generator, y: FloatArray) -> FloatArray:
    """Noise of a room and a microphone, the mains, now and then a knock."""
    hz = np.fft.rfftfreq(len(y), 1 / SR)
    shape = np.maximum(hz, 40.0) ** (-rng.uniform(0.0, 1.2) / 1.0)
    noise = np.fft.irfft(np.fft.rfft(rng.normal(size=len(y))) * shape, len(y))
    loud = np.sqrt(np.mean(np.sort(y**2)[len(y) // 2 :]))
    noise *= loud * 10.0 ** (-rng.uniform(14.0, 60.0) / 20.0) / np.sqrt(np.mean(noise**2) + 1e-12)
    times = np.arange(len(y)) / SR
    if rng.random() < 0.3:
        mains = rng.choice([50.0, 60.0])
        hum = sum(np.sin(2 * np.pi * k * mains * times + k) / k for k in (1, 2, 3))
        noise += loud * 10.0 ** (-rng.uniform(30.0, 55.0) / 20.0) * hum
    for _ in range(rng.poisson(0.1 * len(y) / SR)):
        at, n = int(rng.integers(len(y))), int(rng.uniform(0.005, 0.04) * SR)
        knock = rng.normal(size=n) * np.exp(-np.arange(n) / (0.25 * n)) * loud * rng.uniform(0.05, 0.6)
        noise[at : at + n] += knock[: len(noise) - at]
    return y + noise
