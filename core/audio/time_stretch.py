"""Time stretching: the tempo changes by a few per cent, gradually, and the pitch stays.

The sound is cut and joined where it resembles itself. Between two cuts every sample is the recording's own; a cut comes when the sound has run ahead or fallen behind by some
milliseconds, at the place near it where the waves fit best and nothing begins. After the waveform-similarity
overlap-add of Verhelst and Roelands (1993), with cuts only where they are needed and a gradual tempo.
"""

from __future__ import annotations

from operator import itemgetter

import numpy as np

from core.arrays import Float32Array, FloatArray, IntArray
from core.audio.crossfade import correlate_lags, crossfade_gains

# A beat is moved by no more than this; below the first bound nothing is cut.
_EARLY_SEC, _LATE_SEC = 0.006, 0.014
_WINDOW_SEC = 0.030
_FADE_SEC = 0.020
# The period of the lowest note is 20 ms or so: a cut must be able to leave out a whole one.
_BEYOND_SEC = 0.014
_N_PLACES = 5
_COARSE_HZ = 11_025
_RISE_COST = 0.08
_BLOCK_STEPS = 1 << 16


def stretch(y: Float32Array, sr: int, at_sec: FloatArray, from_sec: FloatArray) -> Float32Array:
    """Play a sound along a curve of its own time.

    Parameters
    ----------
    y : ndarray of float32, shape=(channels, n)
        All channels are cut at the same places.
    sr : int
        Hz.
    at_sec, from_sec : ndarray, shape=(m,)
        At this time the result plays what the sound has there; both rise from 0, straight between the points. The
        slope is the tempo: 1 is the sound's own, and more than a third away from it is not meant.

    Returns
    -------
    ndarray of float32, shape=(channels, round(at_sec[-1] * sr))
        Shorter if the sound ends before. A sound that is played faster throughout is written over with it: what is
        still needed of it always lies ahead.

    Examples
    --------
    >>> import numpy as np
    >>> tone = np.sin(2 * np.pi * 220 * np.arange(22_050) / 22_050, dtype=np.float32)[None]
    >>> slower = stretch(tone, 22_050, at_sec=np.array([0.0, 1.0]), from_sec=np.array([0.0, 0.9]))
    >>> slower.shape
    (1, 22050)
    """
    n_out = round(float(at_sec[-1]) * sr)
    step = max(1, round(0.004 * sr))
    grid = np.arange(0, n_out + step, step)
    wanted = np.interp(grid / sr, at_sec, from_sec) * sr - grid
    coarse = _Coarse(y, sr)
    faster = bool(np.all(from_sec >= at_sec)) and y.shape[1] >= n_out and y.flags.writeable
    out = y[:, :n_out] if faster else np.zeros((y.shape[0], n_out), dtype=np.float32)
    fade = max(8, round(_FADE_SEC * sr))
    done, offset = 0, 0
    while done < n_out:
        place = _find_cut(coarse, grid, wanted, done, offset, sr)
        if place is None:
            break
        at, moved, likeness = place
        start, stop = at - fade // 2, at - fade // 2 + fade
        if stop > n_out or stop + max(offset, moved) > y.shape[1]:
            break
        out[:, done:start] = y[:, done + offset : start + offset]
        goes, comes = crossfade_gains(fade, likeness)
        left, entered = y[:, start + offset : stop + offset], y[:, start + moved : stop + moved]
        out[:, start:stop] = left * goes + entered * comes
        done, offset = stop, moved
    rest = min(n_out, y.shape[1] - offset)
    out[:, done:rest] = y[:, done + offset : rest + offset]
    return out[:, :rest]


def _find_cut(
    coarse: _Coarse, grid: IntArray, wanted: FloatArray, done: int, offset: int, sr: int
) -> tuple[int, int, float] | None:
    """Where to cut next, the offset after it, and how alike the waves are there; None if no cut is needed."""
    first = int(np.searchsorted(grid, done + round(_FADE_SEC * sr)))
    drift = np.abs(wanted[first:] - offset)
    early = np.flatnonzero(drift > _EARLY_SEC * sr)
    if not len(early):
        return None
    late = np.flatnonzero(drift > _LATE_SEC * sr)
    last = int(late[0]) if len(late) else len(drift) - 1
    places = np.unique(np.linspace(early[0], max(int(early[0]), last), _N_PLACES).astype(int)) + first
    found = []
    for place in places:
        at, goal = int(grid[place]), float(wanted[place])
        moved, likeness = coarse.best(at, offset, goal)
        found.append((likeness - _RISE_COST * coarse.rise_octaves(at + offset), (at, moved, likeness)))
    return max(found, key=itemgetter(0))[1]


class _Coarse:
    """The sound at a lower rate, in which resemblance is looked for first, and as it is for the last step."""

    def __init__(self, y: Float32Array, sr: int) -> None:
        self.sr, self.y = sr, y
        self.q = max(1, sr // _COARSE_HZ)
        step = _BLOCK_STEPS * self.q
        whole = y.shape[1] // self.q * self.q
        blocks = (_mix_down(y[:, at : min(at + step, whole)]) for at in range(0, whole, step))
        self.mono = np.concatenate([block.reshape(-1, self.q).mean(axis=1) for block in blocks])
        self.half = max(4, round(_WINDOW_SEC * sr / self.q / 2))

    def best(self, at: int, offset: int, goal: float) -> tuple[int, float]:
        """The offset nearest in sound to the present one, on the far side of half the way to the goal."""
        drift = goal - offset
        ways = np.array([drift / 2, drift + np.copysign(_BEYOND_SEC * self.sr, drift)])
        low, high = round(float(ways.min()) / self.q), round(float(ways.max()) / self.q)
        center = (at + offset) // self.q
        half = self.half
        low = max(low, half - center)
        if goal >= 0:  # played faster: what lies behind is written over
            low = max(low, -(offset // self.q))
        high = min(high, len(self.mono) - half - center)
        if center < half or center + half > len(self.mono) or high < low:
            return offset, 0.0
        now = self.mono[center - half : center + half]
        near = self.mono[center - half + low : center + half + high]
        likeness = correlate_lags(near, now)
        lag = int(likeness.argmax())
        moved = offset + self._refine(at + offset, (low + lag) * self.q)
        return moved, float(np.clip(likeness[lag], -1.0, 1.0))

    def _refine(self, at: int, lag: int) -> int:
        """A lag to the sample, within one step of the coarse one."""
        if self.q == 1:
            return lag
        half = self.half * self.q
        start, stop = at - half, at + half
        if start < 0 or start + lag - self.q < 0 or stop + lag + self.q > self.y.shape[1]:
            return lag
        near = _mix_down(self.y[:, start + lag - self.q : stop + lag + self.q])
        product = np.correlate(near, _mix_down(self.y[:, start:stop]), mode="valid")
        return lag - self.q + int(product.argmax())

    def rise_octaves(self, at: int) -> float:
        """How much louder it is after a place than before it, in doublings of the energy; 0 if it is not."""
        center = at // self.q
        before = self.mono[max(0, center - self.half) : center]
        after = self.mono[center : center + self.half]
        if not len(before) or not len(after):
            return 0.0
        return max(0.0, float(np.log2((after @ after + 1e-9) / (before @ before + 1e-9))))


def _mix_down(y: Float32Array) -> Float32Array:
    return np.asarray(y[0] if y.shape[0] == 1 else y.mean(axis=0), dtype=np.float32)
