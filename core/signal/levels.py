"""Levels in decibels: ``power_to_db``, and the loudest part of a sound."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.arrays import Float32Array


def power_to_db(S: NDArray[np.floating], *, amin: float = 1e-10) -> Float32Array:
    """``10 log10`` of a power, which counts as at least ``amin``; as of ``librosa.power_to_db`` without ``top_db``."""
    return np.asarray(10 * np.log10(np.maximum(S, amin)), dtype=np.float32)


def loudest_db(y: Float32Array, sr: int, window_sec: float = 0.5) -> float:
    """Root mean square of a mono sound's loudest half second, in dB below full scale; -240 for digital silence."""
    window = round(window_sec * sr)
    squares = [float(np.mean(y[i : i + window] ** 2)) for i in range(0, max(1, len(y)), window)]
    return float(20 * np.log10(np.sqrt(max(squares)) + 1e-12))
