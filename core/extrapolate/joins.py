"""Joins: lag, level match and crossfade between two sections of a recording, and their measures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from core.arrays import Float32Array, FloatArray, IntArray
from core.audio import Audio
from core.audio.crossfade import correlate_lags, crossfade_gains
from core.extrapolate.analysis import Analysis
from core.extrapolate.spectrograms import (
    HOP,
    LEVEL_SEC,
    RANGE_DB,
    SR,
    energy_around,
    find_largest_near,
    log_mel,
    power,
)
from core.signal.onsets import onset_strength

FADE_SEC = 0.030
MAX_LAG_SEC = 0.012
_MATCH_SEC = 0.045
_MAX_GAIN_DB = 4.0
# The gain of a join fades back to none within so many seconds.
_GAIN_SEC = 4.0
_RMS_STEP = 64
# What is played on both sides of a join to measure it.
_AROUND_SEC = 0.7
_CLIP_PERCENTILE = 95
MAX_FLUX_Z = 2.0
MAX_PHASE_MS = 30.0


@dataclass(frozen=True, kw_only=True)
class Join:
    """A cut from one position of the recording to another.

    Attributes
    ----------
    time_sec : float
        In the extended sound.
    source_out_sec, source_in_sec : float
        Where in the recording the cut leaves, and where it continues.
    lag_ms : float
        How far the second part was moved so that the waves meet.
    gain_db : float
        Given to the second part so that the levels meet.
    level_jump_db : float
        Level after the join less the level before it.
    level_limit_db : float
        The 95th percentile of the same between the recording's own slices.
    flux_z : float
        How much begins at the join, in standard deviations from what begins at the recording's own slices.
    phase_ms : float or None
        Distance of the next beat from where the beat goes; None without a beat.
    """

    time_sec: float
    source_out_sec: float
    source_in_sec: float
    lag_ms: float
    gain_db: float
    level_jump_db: float
    level_limit_db: float
    flux_z: float
    phase_ms: float | None

    @property
    def score(self) -> float:
        """The largest of level jump, onset and beat error, each divided by its limit; below 1 the join is good."""
        level = abs(self.level_jump_db) / max(self.level_limit_db, 1e-6)
        return float(max(level, self.flux_z / MAX_FLUX_Z, (self.phase_ms or 0.0) / MAX_PHASE_MS))

    @property
    def good(self) -> bool:
        """Whether the join is within the recording's own limits."""
        return self.score <= 1.0


def best_lag(mono: Float32Array, out: int, start: int, sr: int) -> tuple[int, float]:
    """Offset of the second part after ``start`` with the highest cross-correlation, and that correlation.

    Parameters
    ----------
    mono : ndarray, shape=(n,)
    out, start : int
        Samples at which the recording is left and entered.
    sr : int

    Returns
    -------
    int
        At most ``MAX_LAG_SEC`` either way; 0 where there is too little sound around one of the places.
    float
        Normalized cross-correlation at that lag, -1 to 1.
    """
    half, reach = round(_MATCH_SEC * sr / 2), round(MAX_LAG_SEC * sr)
    if out - half < 0 or start - half - reach < 0:
        return 0, 0.0
    stop = min(out + half, len(mono))
    first = mono[out - half : stop]
    second = mono[start - half - reach : start - half - reach + len(first) + 2 * reach]
    if len(first) < half or len(second) < len(first) + 2 * reach:
        return 0, 0.0
    likeness = correlate_lags(second, first)
    # Between lags that are as good, the smaller one keeps the beat better.
    lag = int(np.argmax(likeness - 0.05 * np.abs(np.arange(-reach, reach + 1)) / max(1, reach)))
    return lag - reach, float(np.clip(likeness[lag], -1.0, 1.0))


@dataclass(kw_only=True)
class Part:
    """A section of the recording in samples, with its gain at start and end."""

    start: int
    stop: int
    gain_in_db: float = 0.0
    gain_out_db: float = 0.0
    lag: int = 0
    likeness: float = 0.0

    @property
    def n(self) -> int:
        """Length in samples."""
        return self.stop - self.start

    def end_db(self, sr: int) -> float:
        """The gain at its end."""
        return self.gain_in_db * max(0.0, 1.0 - (self.stop - self.start) / sr / _GAIN_SEC) + self.gain_out_db


class Splicer:
    """Splicer of sections of one recording; made for one extension.

    Parameters
    ----------
    audio : Audio
        The recording.
    analysis : Analysis
        Of the same.
    """

    def __init__(self, audio: Audio, analysis: Analysis) -> None:
        self.y = np.atleast_2d(audio.y)
        self.sr = audio.sr
        self.mono = audio.mono().y
        self.analysis = analysis
        self._limits = Limits(analysis)

    def rms(self, start: int, stop: int) -> float:
        """RMS of samples of the recording, to about a millisecond."""
        whole = len(self.mono) // _RMS_STEP
        first = min(max(0, start) // _RMS_STEP, whole - 1)
        last = max(first + 1, min(stop // _RMS_STEP, whole))
        stretch = self.mono[first * _RMS_STEP : last * _RMS_STEP].astype(np.float64)
        return float(np.sqrt(np.mean(stretch**2)) + 1e-9)

    def lay_out(self, stretches: list[tuple[int, int]], *, untouched: int = 0) -> list[Part]:
        """Align sections of the recording to each other.

        Parameters
        ----------
        stretches : list of (int, int)
            First and last bound of each, in the order in which they sound.
        untouched : int
            Place of the stretch that is the recording itself: only its fades differ from it.

        Returns
        -------
        list of Part
        """
        bounds = self.analysis.bounds
        parts: list[Part] = []
        for k, (first, last) in enumerate(stretches):
            part = Part(start=int(bounds[first]), stop=int(bounds[last]))
            if k:
                before = parts[-1]
                part.lag, part.likeness = best_lag(self.mono, before.stop, part.start, self.sr)
                gain_db = self._match_gain(before.stop, part.start + part.lag, before.end_db(self.sr))
                if k == untouched:
                    # The recording stays where and as loud as it is; what leads to it gives way.
                    before.stop -= part.lag
                    before.gain_out_db = -gain_db
                else:
                    part.start += part.lag
                    part.gain_in_db = gain_db
            parts.append(part)
        return parts

    def play(self, parts: list[Part]) -> Float32Array:
        """Render the parts, shape=(channels, n)."""
        return self._window(parts, 0, sum(part.n for part in parts))

    def measure_joins(self, parts: list[Part]) -> list[Join]:
        """Measure every join, rendering only its surroundings."""
        total, reach, at = sum(part.n for part in parts), round(_AROUND_SEC * self.sr), 0
        joins = []
        for left, right in pairwise(parts):
            at += left.n
            low = max(0, at - reach)
            around = self._window(parts, low, min(total, at + reach))
            join = self._limits.join(
                around,
                at - low,
                self.sr,
                left.stop,
                right.start,
                lag=right.lag,
                gain_db=right.gain_in_db - left.gain_out_db,
                phase_ms=abs(right.lag) / self.sr * 1e3 if self.analysis.has_beat else None,
            )
            joins.append(replace(join, time_sec=at / self.sr))
        return joins

    def _match_gain(self, out: int, start: int, gain_db: float) -> float:
        """Gain that matches the second part's lead-in to the level before the join."""
        window = round(0.6 * self.sr)
        if start >= window // 2:
            before = 20 * np.log10(self.rms(out - window, out) / self.rms(start - window, start))
        else:
            before = 20 * np.log10(self.rms(out, out + window) / self.rms(start, start + window))
        return float(np.clip(before + gain_db, -_MAX_GAIN_DB, _MAX_GAIN_DB))

    def _window(self, parts: list[Part], low: int, high: int) -> Float32Array:
        """The samples of the parts' sound from ``low`` to ``high``."""
        out = np.zeros((self.y.shape[0], high - low), dtype=np.float32)
        at = 0
        for part in parts:
            start, stop = max(low, at), min(high, at + part.n)
            if start < stop:
                self._copy(part, start - at, out[:, start - low : stop - low])
            at += part.n
        at = 0
        for left, right in pairwise(parts):
            at += left.n
            if low < at < high:
                self._fade(out, at - low, left, right)
        return out

    def _copy(self, part: Part, first: int, out: Float32Array) -> None:
        """Write the samples of a part from ``first`` on, with its gains."""
        last, ramp = first + out.shape[1], round(_GAIN_SEC * self.sr)
        out[:] = self.y[:, part.start + first : part.start + last]
        if part.gain_in_db and first < ramp:
            place = np.arange(first, min(last, ramp))
            out[:, : len(place)] *= _factor((1.0 - place / ramp) * part.gain_in_db)
        if part.gain_out_db and part.n - last < ramp:
            place = np.arange(max(first, part.n - ramp), last)
            gain_db = (1.0 - (part.n - 1 - place) / ramp) * part.gain_out_db
            out[:, out.shape[1] - len(place) :] *= _factor(gain_db)

    def _fade(self, out: Float32Array, at: int, left: Part, right: Part) -> None:
        """Crossfade around a join, centered as far as there is sound on both sides."""
        n_fade = round(FADE_SEC * self.sr)
        after = max(0, min(n_fade // 2, self.y.shape[1] - left.stop, out.shape[1] - at))
        ahead = min(n_fade - after, right.start, at, left.stop)
        n = ahead + after
        if n < 8:
            return
        goes, comes = crossfade_gains(n, right.likeness)
        outgoing = self.y[:, left.stop - ahead : left.stop + after] * _factor(left.end_db(self.sr))
        incoming = self.y[:, right.start - ahead : right.start + after] * _factor(right.gain_in_db)
        out[:, at - ahead : at + after] = outgoing * goes + incoming * comes


def _factor(gain_db: float | FloatArray) -> Float32Array:
    return np.asarray(10 ** (np.asarray(gain_db) / 20), dtype=np.float32)


class Limits:
    """Limits from the recording itself: level jumps and onsets between its slices."""

    def __init__(self, analysis: Analysis) -> None:
        n = len(analysis.flux)
        inner = np.minimum(np.rint(analysis.bounds / analysis.sr * SR / HOP).astype(int), n - 1)[1:-1]
        # A level is measured over a quarter of a second on both sides.
        half = round(LEVEL_SEC * SR / HOP)
        jumps = np.abs(measure_jumps(analysis.mel_db, inner[(inner >= half) & (inner <= n - half)]))
        self.level_db = float(np.percentile(jumps, _CLIP_PERCENTILE)) if len(jumps) else 6.0
        begins = find_largest_near(analysis.flux, inner)
        self.mean = float(begins.mean()) if len(begins) else 0.0
        self.std = float(begins.std()) + 0.05 if len(begins) else 1.0

    def join(
        self,
        out: Float32Array,
        at: int,
        sr: int,
        left: int,
        start: int,
        lag: int = 0,
        gain_db: float = 0.0,
        phase_ms: float | None = None,
    ) -> Join:
        """Measure a join in the finished sound."""
        import soxr

        reach = round(0.6 * sr)
        low, high = max(0, at - reach), min(out.shape[1], at + reach)
        y = soxr.resample(out[:, low:high].mean(axis=0), sr, SR, quality="HQ")
        mel_db = log_mel(power(y.astype(np.float32)))
        frame = np.array([round((at - low) / sr * SR / HOP)])
        begins = float(find_largest_near(onset_strength(mel_db), frame)[0])
        return Join(
            time_sec=at / sr,
            source_out_sec=left / sr,
            source_in_sec=start / sr,
            lag_ms=lag / sr * 1e3,
            gain_db=gain_db,
            level_jump_db=float(measure_jumps(mel_db, frame)[0]),
            level_limit_db=self.level_db,
            flux_z=(begins - self.mean) / self.std,
            phase_ms=phase_ms,
        )


def measure_jumps(mel_db: Float32Array, frames: IntArray) -> FloatArray:
    """Level change across each frame, in dB."""
    before, after = energy_around(mel_db, frames)
    floor = 10 ** (-RANGE_DB / 10)
    return np.asarray(10 * np.log10((after + floor) / (before + floor)))
