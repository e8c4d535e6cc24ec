"""Sounds with which the signal room is held beside librosa: noise, and pieces whose tempo is known."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from training.extrapolate.known_pieces import KnownPiece

SR = 22_050
TEMPOS_QPM = (92.0, 131.0, 168.0)


def noise(n: int, seed: int = 0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).standard_normal(n).astype(np.float32)


@cache
def piece(tempo_qpm: float) -> NDArray[np.float32]:
    """Twenty seconds of chords, bass and tune, with drums unless in three."""
    meter = 3 if tempo_qpm == 131.0 else 4
    known = KnownPiece(
        tempo_qpm=tempo_qpm, tonic=2, mode="minor", meter=meter, programs=(24, 33, 65), drums=meter == 4
    )
    return known.audio(20.0).mono().resample(SR).y
