"""Mood features of a piece: note density, loudness, register, melody, tonality and harmony.

Which of these carry emotion is reviewed by Gabrielsson and Lindström (2010); which of them separate EMOPIA's
quadrants, by Hung et al. (2021). All but the register stay as they are when a piece is transposed. Harmony is
in :mod:`core.emotion.judge.harmony`.
"""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from core.arrays import FloatArray
from core.emotion.judge.harmony import FRAME_SEC, Features, harmony, tonality
from core.music.performance import Performance

LONGEST_SEC = 8.0  # a longer note counts as so long: it has died away
CHORD_SEC = 0.035  # onsets nearer than this are struck together
LONGEST_GAP_SEC = 4.0
PULSE_RATE = 50  # of the onset curve, Hz
ONE_LOUDNESS = 64  # what velocities are set to where they say nothing


def describe(performance: Performance) -> FloatArray:
    """All features of a piece.

    Parameters
    ----------
    performance : Performance
        Of at least one note, and not much longer than a minute: `windows` cuts longer ones.

    Returns
    -------
    ndarray of float64, shape=(len(FEATURE_NAMES),)
        Finite.

    Raises
    ------
    ValueError
        If there are no notes.
    """
    return np.array(list(_measure(performance).values()), dtype=np.float64)


def _measure(performance: Performance) -> Features:
    if not len(performance):
        raise ValueError("There are no notes to describe.")
    p = performance.shifted(-float(performance.onset_sec[0]))
    duration = np.minimum(p.duration_sec, LONGEST_SEC)
    first = _first_of_chords(p.onset_sec)
    weight = np.sqrt(duration) * p.velocity
    keys, scale = tonality(np.bincount(p.pitch % 12, weights=weight, minlength=12).astype(np.float64))
    return {
        **_pace(p.onset_sec, p.velocity, first),
        **_pulse(p.onset_sec, p.velocity, first),
        **_lengths(p.onset_sec, duration, first),
        **_loudness(p),
        **_register(p, duration),
        **_voices(p, first),
        **keys,
        **harmony(_sounding(p, duration), scale),
    }


def has_loudness(performance: Performance) -> bool:
    """Whether velocities vary enough to be informative; many files use one for all notes."""
    return len(performance) > 1 and float(performance.velocity.std()) >= 1.0


def without_loudness(performance: Performance) -> Performance:
    """The same notes with equal velocities."""
    return replace(performance, velocity=np.full(len(performance), ONE_LOUDNESS, dtype=np.int64))


def windows(performance: Performance, longest_sec: float = 60.0, most: int = 16) -> list[Performance]:
    """Cut a long piece into parts of equal length that have notes.

    Parameters
    ----------
    performance : Performance
    longest_sec : float > 0
        No part is longer.
    most : int
        Of more parts, so many are taken, evenly spread.

    Returns
    -------
    list of Performance
        The piece itself where it is short enough, nothing where it has no notes.
    """
    if not len(performance):
        return []
    onset = performance.onset_sec
    span = float(onset[-1] - onset[0])
    n = int(np.ceil(span / longest_sec)) if span > longest_sec else 1
    if n == 1:
        return [performance]
    edges = onset[0] + span / n * np.arange(n)
    # The last part holds the last onset; parts without notes, in a long silence, say nothing.
    starts = np.append(np.searchsorted(onset, edges), len(onset))
    filled = [(int(a), int(b)) for a, b in itertools.pairwise(starts) if b > a]
    if len(filled) > most:
        filled = [filled[i] for i in np.linspace(0, len(filled) - 1, most).round().astype(int)]
    return [performance.part(a, b) for a, b in filled]


def _first_of_chords(onset: FloatArray) -> NDArray[np.int64]:
    return np.flatnonzero(np.diff(onset, prepend=-1.0) > CHORD_SEC)


def _mean_and_spread(name: str, values: FloatArray) -> Features:
    return {f"{name} mean": values.mean(), f"{name} spread": values.std()}


def _levels(name: str, values: FloatArray, levels: tuple[int, ...]) -> Features:
    found = np.percentile(values, levels)
    return {f"{name} p{level}": value for level, value in zip(levels, found, strict=True)}


def _pace(onset: FloatArray, velocity: NDArray[np.int64], first: NDArray[np.int64]) -> Features:
    """Note density, inter-onset intervals and their evenness."""
    span = max(1.0, float(onset[-1]) + 0.25)
    gaps = np.diff(onset[first]) if len(first) > 1 else np.ones(1)
    log_gaps = np.log(np.clip(gaps, 0.03, LONGEST_GAP_SEC))
    if span > 4:
        counts = np.histogram(onset, bins=np.arange(0, span + 2, 2))[0][:-1].astype(np.float64)
    else:
        counts = np.array([len(onset) / span * 2])
    energy = np.bincount(onset.astype(np.int64), weights=velocity.astype(np.float64) ** 2 / 1e4)
    return {
        "notes a second": np.log(len(onset) / span),
        "onsets a second": np.log(len(first) / span),
        "notes an onset": len(onset) / len(first),
        **_mean_and_spread("gap", log_gaps),
        **_levels("gap", log_gaps, (10, 50, 90)),
        "gap seconds": gaps.clip(0, LONGEST_GAP_SEC).mean(),
        "pace variation": counts.std() / (counts.mean() + 1e-9),
        "pace largest": np.log1p(counts.max()),
        "pace smallest": np.log1p(counts.min()),
        "energy": np.log(energy.mean() + 1e-3),
        "energy largest": np.log(energy.max() + 1e-3),
        "energy variation": energy.std() / (energy.mean() + 1e-6),
    }


def _pulse(onset: FloatArray, velocity: NDArray[np.int64], first: NDArray[np.int64]) -> Features:
    """Regularity and period of the rhythm, by autocorrelation of the onsets."""
    curve = np.zeros(int(onset[-1] * PULSE_RATE) + 2 * PULSE_RATE)
    np.add.at(curve, (onset * PULSE_RATE).astype(np.int64), np.sqrt(velocity))
    curve = np.convolve(curve, [0.25, 0.5, 1.0, 0.5, 0.25], "same")
    curve -= curve.mean()
    size = 1 << int(np.ceil(np.log2(2 * len(curve))))
    # 2 * PULSE_RATE samples at least: the curve has two seconds of silence at its end.
    alike = np.fft.irfft(np.abs(np.fft.rfft(curve, size)) ** 2)[: 2 * PULSE_RATE]
    alike /= alike[0] + 1e-9
    shortest = PULSE_RATE // 5
    lags = np.arange(shortest, 2 * PULSE_RATE) / PULSE_RATE
    tail = alike[shortest:]
    # Listeners prefer a beat of about 0.55 s (Moelants 2002).
    preferred = tail * np.exp(-0.5 * (np.log2(lags / 0.55) / 0.9) ** 2)
    turns = np.exp(2j * np.pi * np.outer(onset[first], 1 / np.array([0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6])))
    return {
        "pulse": tail.max(),
        "pulse lag": np.log(lags[tail.argmax()]),
        "beat": tail[preferred.argmax()],
        "beat lag": np.log(lags[preferred.argmax()]),
        **{f"pulse at {at} s": alike[int(at * PULSE_RATE)] for at in (0.25, 0.5, 1.0)},
        "grid": np.abs(turns.mean(axis=0)).max(),
    }


def _lengths(onset: FloatArray, duration: FloatArray, first: NDArray[np.int64]) -> Features:
    """Note durations, in seconds and relative to the time to the next onset."""
    log_lengths = np.log(duration)
    chord = np.searchsorted(first, np.arange(len(onset)), side="right") - 1
    following = np.append(onset[first][1:], onset[-1] + 1.0)
    to_next = np.clip(following[chord] - onset, 0.03, LONGEST_GAP_SEC)
    articulation = np.log(duration / to_next)
    return {
        **_mean_and_spread("length", log_lengths),
        **_levels("length", log_lengths, (10, 50, 90)),
        "length seconds": duration.mean(),
        "share short": (duration < 0.15).mean(),
        **_mean_and_spread("articulation", articulation),
        "share staccato": (articulation < -0.3).mean(),
        "share held": (articulation > 0.5).mean(),
        "polyphony": np.log(duration.sum() / max(1.0, float((onset + duration).max()))),
    }


def _loudness(p: Performance) -> Features:
    velocity = p.velocity.astype(np.float64)
    span = max(1.0, float(p.onset_sec[-1]) + 0.25)
    place = p.onset_sec / span - float(p.onset_sec.mean()) / span
    spread = float((place**2).sum())
    return {
        **_mean_and_spread("velocity", velocity),
        **_levels("velocity", velocity, (5, 25, 50, 75, 95)),
        "velocity largest": velocity.max(),
        "velocity slope": (place * velocity).sum() / spread if spread > 1e-6 else 0.0,
        "velocity change": np.abs(np.diff(velocity)).mean() if len(p) > 1 else 0.0,
    }


def _register(p: Performance, duration: FloatArray) -> Features:
    pitch, velocity = p.pitch.astype(np.float64), p.velocity.astype(np.float64)
    weight = velocity * duration
    edges = (0, 40, 48, 60, 72, 84, 128)
    both = pitch.std() * velocity.std()
    along = float(((pitch - pitch.mean()) * (velocity - velocity.mean())).mean())
    return {
        **_mean_and_spread("pitch", pitch),
        **_levels("pitch", pitch, (5, 25, 50, 75, 95)),
        "pitch lowest": pitch.min(),
        "pitch highest": pitch.max(),
        "pitch weighted": (pitch * weight).sum() / weight.sum(),
        **{
            f"share from {low}": ((pitch >= low) & (pitch < high)).mean()
            for low, high in itertools.pairwise(edges)
        },
        "high and loud": along / float(both) if both > 1e-9 else 0.0,
    }


def _voices(p: Performance, first: NDArray[np.int64]) -> Features:
    """The highest and lowest notes struck together, as melody and bass."""
    pitch, velocity = p.pitch.astype(np.float64), p.velocity.astype(np.float64)
    top, bass = np.maximum.reduceat(pitch, first), np.minimum.reduceat(pitch, first)
    upper = velocity[np.append(first[1:], len(p)) - 1]
    steps = np.diff(top) if len(top) > 1 else np.zeros(1)
    return {
        **_mean_and_spread("top", top),
        **_mean_and_spread("bass", bass),
        "width": (top - bass).mean(),
        "top louder": (upper - velocity[first]).mean(),
        "leap": np.abs(steps).mean(),
        "share repeated": (steps == 0).mean(),
        "share rising": (steps > 0).mean(),
        **{f"melody {size}": (np.abs(steps) == size).mean() for size in (1, 2, 3, 4, 5, 7, 12)},
    }


def _sounding(p: Performance, duration: FloatArray) -> FloatArray:
    """Piano roll of velocities in tenths of a second, shape=(n_frames, 128)."""
    n_frames = int(max(1.0, float((p.onset_sec + duration).max())) / FRAME_SEC) + 1
    begin = np.minimum((p.onset_sec / FRAME_SEC).astype(np.int64), n_frames - 1)
    end = np.ceil((p.onset_sec + np.maximum(duration, 2 * FRAME_SEC)) / FRAME_SEC).astype(np.int64)
    change = np.zeros((n_frames + 1, 128))
    np.add.at(change, (begin, p.pitch), p.velocity)
    np.add.at(change, (np.minimum(end, n_frames), p.pitch), -p.velocity)
    return np.maximum(np.cumsum(change, axis=0)[:n_frames], 0.0)


FEATURE_NAMES = tuple(_measure(Performance.of([60, 64], [0.0, 0.5], [0.4, 0.4], [80, 70])))
