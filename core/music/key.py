"""The key of a melody, by how much each pitch class sounds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# The name that is most used for each tonic.
MAJOR_TONICS = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
MINOR_TONICS = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "G#", "A", "Bb", "B")

# Krumhansl and Kessler (1982), how well each pitch class fits a major and a minor key.
MAJOR_PROFILE = np.array([6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88])
MINOR_PROFILE = np.array([6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17])


def find_key(pitch: NDArray[np.int64], weight: NDArray[np.float64] | None = None) -> tuple[str, str]:
    """The key of :func:`tonic_and_mode` by its name, such as ``"Bb"``, and its mode."""
    tonic, mode = tonic_and_mode(pitch, weight)
    return (MAJOR_TONICS if mode == "major" else MINOR_TONICS)[tonic], mode


def tonic_and_mode(pitch: NDArray[np.int64], weight: NDArray[np.float64] | None = None) -> tuple[int, str]:
    """Estimate tonic and mode by correlation with the profiles of Krumhansl and Kessler (1982).

    Parameters
    ----------
    pitch : ndarray of int, shape=(n,)
        MIDI note numbers, at least one.
    weight : ndarray of float, shape=(n,), optional
        Such as the durations; 1 each if not given.

    Returns
    -------
    tonic : int
        Pitch class, 0 is C.
    mode : {"major", "minor"}
    """
    histogram = np.bincount(np.asarray(pitch) % 12, weights=weight, minlength=12).astype(float)
    histogram -= histogram.mean()
    scores = np.empty((2, 12))
    for m, profile in enumerate((MAJOR_PROFILE, MINOR_PROFILE)):
        centred = (profile - profile.mean()) / profile.std()
        scores[m] = [histogram @ np.roll(centred, tonic) for tonic in range(12)]
    mode, tonic = np.unravel_index(int(scores.argmax()), scores.shape)
    return int(tonic), ("major", "minor")[int(mode)]
