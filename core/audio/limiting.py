"""Peak limiter: gain that falls before a peak and rises after it, over samples or true peaks (between samples)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.arrays import Float32Array, FloatArray

CEILING_DBFS = -1.0
LOOK_AHEAD_SEC = 0.005
OVERSAMPLING = 4  # BS.1770-4, annex 2
_BLOCK_SAMPLES = 1 << 18
# Between samples a peak may be higher than the samples beside it, in music by less than this.
_HIDDEN = 10.0 ** (3.0 / 20.0)
_FILTER_MARGIN = 64  # samples on both sides that an interpolation needs


def limit_peaks(
    y: Float32Array,
    sr: int,
    *,
    ceiling_dbfs: float = CEILING_DBFS,
    reach_sec: float = LOOK_AHEAD_SEC,
    true_peaks: bool = False,
    gain: Float32Array | None = None,
) -> bool:
    """Limit peaks in place; affects at most twice `reach_sec` around a peak.

    The gain that a peak needs is held for `reach_sec` before and after it and then smoothed over as long, with
    weights that sum to 1, so that the smoothed gain at a peak is never higher than the one it needs. All
    channels get the same gain: the stereo image stays.

    Parameters
    ----------
    y : np.ndarray [shape=(channels, n), dtype=float32]
    sr : int
        Hz.
    ceiling_dbfs : float
    reach_sec : float
    true_peaks : bool
        Look for peaks between the samples too, at four times the rate. What the smoothing moves between samples
        may exceed the ceiling by some hundredths of a decibel.
    gain : np.ndarray [shape=(n,), dtype=float32], optional
        Is multiplied by what was applied.

    Returns
    -------
    bool
        Whether anything was lowered.
    """
    ceiling = 10.0 ** (ceiling_dbfs / 20.0)
    reach = max(round(reach_sec * sr), 1)
    width = 2 * reach + 1
    window = np.hanning(width + 2)[1:-1]
    window /= window.sum()
    stretches = _find_loud_stretches(y, ceiling / (_HIDDEN if true_peaks else 1.0), 2 * width)
    if not stretches:
        return False
    from scipy.ndimage import (
        minimum_filter1d,  # a tenth of a second to import, and most pieces are not that loud
    )

    is_lowered = False
    for start, stop in stretches:
        piece = y[:, start:stop]
        needed = np.minimum(ceiling / np.maximum(_peaks_of(piece, true_peaks), ceiling), 1.0)
        if needed.min() == 1.0:
            continue
        is_lowered = True
        held = np.pad(minimum_filter1d(needed, width, mode="nearest"), reach, mode="edge")
        # A block at a time: a loud piece is one stretch, and ten minutes of it would take hundreds of megabytes.
        for begin in range(0, piece.shape[1], _BLOCK_SAMPLES):
            end = min(begin + _BLOCK_SAMPLES, piece.shape[1])
            smooth = np.convolve(held[begin : end + 2 * reach], window, mode="valid")
            lowered = np.minimum(smooth, 1.0).astype(np.float32)
            piece[:, begin:end] *= lowered
            if gain is not None:
                gain[start + begin : start + end] *= lowered
        # The gain is right to one part in ten million; the promise is exact.
        np.clip(piece, -ceiling, ceiling, out=piece)
    return is_lowered


def _peaks_of(y: Float32Array, true_peaks: bool) -> Float32Array:
    """The largest absolute value around each sample, a block at a time."""
    if not true_peaks:
        peaks: Float32Array = np.maximum(y.max(axis=0), -y.min(axis=0))
        return peaks
    curve = np.empty(y.shape[1], dtype=np.float32)
    for begin in range(0, y.shape[1], _BLOCK_SAMPLES):
        first = max(begin - _FILTER_MARGIN, 0)
        block = peak_curve(y[:, first : begin + _BLOCK_SAMPLES + _FILTER_MARGIN])
        curve[begin : begin + _BLOCK_SAMPLES] = block[begin - first :][: len(curve) - begin][:_BLOCK_SAMPLES]
    return curve


def peak_curve(y: Float32Array) -> FloatArray:
    """The largest absolute value of all channels around each sample, those between the samples included.

    Parameters
    ----------
    y : np.ndarray [shape=(channels, n)]

    Returns
    -------
    np.ndarray [shape=(n,)]
    """
    from scipy.signal import resample_poly

    n = y.shape[1]
    dense = np.abs(resample_poly(y.astype(np.float64), OVERSAMPLING, 1, axis=1)).max(axis=0)
    # Those between two samples belong to both.
    steps = dense[: n * OVERSAMPLING].reshape(n, OVERSAMPLING).max(axis=1)
    before = np.concatenate(([0.0], steps[:-1]))
    curve: FloatArray = np.maximum(np.maximum(steps, before), np.abs(y).max(axis=0))
    return curve


def true_peak(y: Float32Array) -> float:
    """The largest absolute value at four times the sampling rate (BS.1770-4, annex 2).

    Parameters
    ----------
    y : np.ndarray [shape=(channels, n)]

    Examples
    --------
    A sine at a quarter of the rate whose samples all lie beside its peaks:

    >>> sine = np.sin(np.pi / 2 * np.arange(4_000) + np.pi / 4).astype(np.float32)[None, :]
    >>> round(float(np.abs(sine).max()), 2), round(true_peak(sine[:, 500:-500]), 1)
    (0.71, 1.0)
    """
    highest = float(max(y.max(), -y.min()))
    for start, stop in _find_loud_stretches(y, highest / _HIDDEN, _FILTER_MARGIN):
        for begin in range(start, stop, _BLOCK_SAMPLES):
            block = y[:, max(begin - _FILTER_MARGIN, 0) : min(begin + _BLOCK_SAMPLES, stop) + _FILTER_MARGIN]
            highest = max(highest, float(peak_curve(block).max()))
    return highest


def _find_loud_stretches(y: Float32Array, ceiling: float, margin: int) -> list[tuple[int, int]]:
    """Where samples exceed `ceiling`, with `margin` samples on both sides, joined where these overlap."""
    # A block at a time: comparing a whole piece would take half its memory again.
    found = []
    for begin in range(0, y.shape[1], _BLOCK_SAMPLES):
        block = y[:, begin : begin + _BLOCK_SAMPLES]
        if max(block.max(), -block.min()) > ceiling:
            found.append(begin + np.flatnonzero((np.abs(block) > ceiling).any(axis=0)))
    if not found:
        return []
    loud: NDArray[np.int64] = np.concatenate(found)
    breaks = np.flatnonzero(np.diff(loud) > 2 * margin)
    firsts = loud[np.concatenate(([0], breaks + 1))]
    lasts = loud[np.concatenate((breaks, [loud.size - 1]))]
    starts, stops = np.maximum(firsts - margin, 0), np.minimum(lasts + margin + 1, y.shape[1])
    return list(zip(starts.tolist(), stops.tolist(), strict=True))
