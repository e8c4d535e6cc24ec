"""Downmix: surround sound of up to eight channels in two."""

from __future__ import annotations

import math

import numpy as np

from core.arrays import Float32Array

_LEFT = {"FL", "FLC", "BL", "SL", "WL", "TFL", "TBL", "DL"}
_RIGHT = {"FR", "FRC", "BR", "SR", "WR", "TFR", "TBR", "DR"}
_MIDDLE = {"FC", "BC", "TC", "TFC", "TBC"}
_FULL = {"FL", "FR", "DL", "DR"}


def downmix(samples: Float32Array, names: list[str]) -> Float32Array:
    """Mix more than two channels to two.

    Left and right keep their weight; center and surround channels come in at -3 dB (0.7071), the center on
    both sides; the low-frequency channel is left out (ITU-R BS.775-4, annex 4). Both sides are then divided
    by the sum of their weights, 2.414 for 5.1, so that a full-scale mix cannot clip; the recommendation
    leaves that attenuation open.

    Parameters
    ----------
    samples : np.ndarray [shape=(n, channels)]
    names : list of str
        FFmpeg's channel names in order, such as ``["FL", "FR", "FC", "LFE", "BL", "BR"]``. Six channels
        without names are taken as 5.1 in WAV order.

    Returns
    -------
    np.ndarray [shape=(n, 2) or (n, 1)]
        One channel, the mean of all, where a name is unknown: there is no left and right to keep.
    """
    known = len(names) == samples.shape[1] and set(names) <= _LEFT | _RIGHT | _MIDDLE | {"LFE"}
    if not known and samples.shape[1] == 6:
        names = ["FL", "FR", "FC", "LFE", "BL", "BR"]
    elif not known:
        mean: Float32Array = samples.mean(axis=1, keepdims=True, dtype=np.float32)
        return mean
    weights = np.array([1.0 if name in _FULL else math.sqrt(0.5) for name in names])
    left = weights * [name in _LEFT | _MIDDLE for name in names]
    right = weights * [name in _RIGHT | _MIDDLE for name in names]
    matrix = np.stack([left, right], axis=1) / max(left.sum(), right.sum(), 1.0)
    mixed: Float32Array = samples @ matrix.astype(np.float32)
    return mixed
