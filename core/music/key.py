"""Key finding: correlation of pitch class weights with key profiles (Krumhansl and Schmuckler)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

MODES = ("major", "minor")
# The name that is most used for each tonic.
MAJOR_TONICS = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
MINOR_TONICS = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "G#", "A", "Bb", "B")
TONICS = {"major": MAJOR_TONICS, "minor": MINOR_TONICS}

#: How well each pitch class above the tonic was rated to fit a major and a minor key (Krumhansl and Kessler 1982).
KRUMHANSL = np.array(
    [
        [6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88],
        [6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17],
    ]
)
#: In what share of the segments of a piece each pitch class above the tonic is played (Temperley 2007, from the excerpts
#: of Kostka and Payne's textbook).
TEMPERLEY = np.array(
    [
        [0.748, 0.060, 0.488, 0.082, 0.670, 0.460, 0.096, 0.715, 0.104, 0.366, 0.057, 0.400],
        [0.712, 0.084, 0.474, 0.618, 0.049, 0.460, 0.105, 0.747, 0.404, 0.067, 0.133, 0.330],
    ]
)
_ABOVE_TONIC = (np.arange(12) - np.arange(12)[:, None]) % 12  # of each pitch class, by tonic


def key_correlations(weights: ArrayLike, profiles: NDArray[np.float64] = KRUMHANSL) -> NDArray[np.float64]:
    """Correlate how much each pitch class sounds with the profiles of all 24 keys.

    Parameters
    ----------
    weights : array_like of float, shape=(..., 12)
        C first, in any unit.
    profiles : ndarray of float, shape=(2, 12)
        Of a major and a minor key, from the tonic upwards.

    Returns
    -------
    ndarray of float64, shape=(..., 2, 12)
        -1 to 1, by mode and tonic; 0 where all pitch classes weigh the same.

    Examples
    --------
    >>> c_major_scale = [1, 0, 1, 0, 1, 1, 0, 1, 0, 1, 0, 1]
    >>> key_correlations(c_major_scale)[0, :3].round(2).tolist()
    [0.76, -0.72, 0.4]
    """
    heard = _standardize(np.asarray(weights, dtype=np.float64))
    keys = _standardize(profiles)[:, _ABOVE_TONIC].reshape(24, 12)
    return (heard @ keys.T / 12).reshape(*heard.shape[:-1], 2, 12)


def _standardize(values: NDArray[np.float64]) -> NDArray[np.float64]:
    spread = np.maximum(values.std(axis=-1, keepdims=True), 1e-9)
    return np.asarray((values - values.mean(axis=-1, keepdims=True)) / spread)


def tonic_and_mode(
    pitch: NDArray[np.integer[Any]],
    weight: NDArray[np.number[Any]] | None = None,
    profiles: NDArray[np.float64] = KRUMHANSL,
) -> tuple[int, str]:
    """Estimate tonic and mode: the key that correlates best.

    Parameters
    ----------
    pitch : ndarray of int, shape=(n,)
        MIDI note numbers, at least one.
    weight : ndarray, shape=(n,), optional
        Such as the durations; 1 each if not given.
    profiles : ndarray of float, shape=(2, 12)
        As of :func:`key_correlations`.

    Returns
    -------
    tonic : int
        Pitch class, 0 is C.
    mode : {"major", "minor"}
    """
    histogram = np.bincount(np.asarray(pitch) % 12, weights=weight, minlength=12)
    mode, tonic = divmod(int(key_correlations(histogram, profiles).argmax()), 12)
    return tonic, MODES[mode]


def find_key(
    pitch: NDArray[np.integer[Any]], weight: NDArray[np.number[Any]] | None = None
) -> tuple[str, str]:
    """Name the key of :func:`tonic_and_mode`.

    Examples
    --------
    >>> twinkle_in_d = np.array([62, 62, 69, 69, 71, 71, 69, 67, 67, 66, 66, 64, 64, 62])
    >>> find_key(twinkle_in_d)
    ('D', 'major')
    """
    tonic, mode = tonic_and_mode(pitch, weight)
    return TONICS[mode][tonic], mode
