"""Tempo estimation and rhythm quantization of an unaccompanied melody."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.arrays import FloatArray, IntArray

STEPS_PER_BEAT = 4  # sixteenths
SLOWEST_QPM, FASTEST_QPM = 45.0, 190.0
DEFAULT_QPM = 100.0

_N_TEMPOS = 61
_MOST_STEPS = 32  # between two onsets in the search: two bars of four quarters
# Octaves of tempo: people prefer about 100 beats a minute (Parncutt 1994), within a factor of about 1.7.
_PREFERRED_QPM, _PREFERENCE_WIDTH = 100.0, 0.75
# How far sung intervals stray from their note value, in octaves of length, and never less than so many seconds.
_INTERVAL_WIDTH, _INTERVAL_SEC = 0.14, 0.025
# Nats that an onset costs by its place in the beat: on it, after a sixteenth, half-way, after three.
_PLACE_COST = np.array([0.0, 2.2, 0.7, 1.6])
# Notes over which the tempo may drift, and how often drift and note values are found in turn.
_DRIFT_NOTES = 5.0
_ROUNDS = 3
# Shorter silences before the next onset are breath, not rests.
_SHORTEST_REST_BEAT = 0.5


@dataclass(frozen=True, kw_only=True, eq=False)
class Rhythm:
    """Note values of a melody.

    Attributes
    ----------
    tempo_qpm : float
        Quarters a minute, the median over the melody.
    onset_beat, duration_beat : ndarray of float64, shape=(n,)
        Quarters from the first onset, in sixteenths; every duration is at least one.
    """

    tempo_qpm: float
    onset_beat: FloatArray
    duration_beat: FloatArray


def find_rhythm(onset_sec: FloatArray, duration_sec: FloatArray) -> Rhythm:
    """Estimate the tempo and write the notes in sixteenths.

    For each tempo the cheapest sequence of note values is found by dynamic programming over the place in the
    beat, in the manner of Cemgil et al. (2000): an interval costs its squared logarithmic distance from its note
    value, an onset its place in the beat. The tempo may then drift with the singer.

    Parameters
    ----------
    onset_sec, duration_sec : ndarray of float64, shape=(n,)
        Rising; at least one note.

    Returns
    -------
    Rhythm
        The first onset is taken as a beat; there is no telling an upbeat from onsets alone. One note is a
        quarter at 100 beats a minute.
    """
    gaps = np.maximum(np.diff(onset_sec), 0.02)
    if not len(gaps):
        beats = duration_sec * DEFAULT_QPM / 60.0
        return Rhythm(tempo_qpm=DEFAULT_QPM, onset_beat=np.zeros(1), duration_beat=_round_lengths(beats))
    tempos = np.geomspace(SLOWEST_QPM, FASTEST_QPM, _N_TEMPOS)
    costs, values = _find_note_values(gaps, np.repeat(tempos[:, None], len(gaps), axis=1))
    preference = 0.5 * (np.log2(tempos / _PREFERRED_QPM) / _PREFERENCE_WIDTH) ** 2
    # The preference counts as much as a few notes would, however long the melody is.
    total = costs + preference * (2.0 + 0.15 * len(gaps))
    best = int(total.argmin())
    steps = values[best]
    for _ in range(_ROUNDS):
        local = _follow_tempo(gaps, steps, float(tempos[best]))
        steps = _find_note_values(gaps, local[None])[1][0]
    local = _follow_tempo(gaps, steps, float(tempos[best]))
    onset_beat = np.concatenate([[0.0], np.cumsum(steps)]) / STEPS_PER_BEAT
    return Rhythm(
        tempo_qpm=float(np.median(local)),
        onset_beat=onset_beat,
        duration_beat=_find_durations(onset_beat, duration_sec, local),
    )


def _find_note_values(gaps: FloatArray, tempo_qpm: FloatArray) -> tuple[FloatArray, IntArray]:
    """Cheapest number of sixteenths of each interval under several tempos, and what they cost.

    Parameters
    ----------
    gaps : ndarray of float64, shape=(n,)
        Seconds between onsets.
    tempo_qpm : ndarray of float64, shape=(tempos, n)
        At each interval.

    Returns
    -------
    costs : ndarray of float64, shape=(tempos,)
        Nats.
    steps : ndarray of int64, shape=(tempos, n)
    """
    expected = gaps * tempo_qpm / 60.0 * STEPS_PER_BEAT
    values = np.arange(1, _MOST_STEPS + 1)
    # A rest may be of any length: what is longer than the longest value costs no more for it.
    distance = np.log2(np.minimum(expected, _MOST_STEPS))[..., None] - np.log2(values)
    width = np.maximum(_INTERVAL_WIDTH, np.log2(1.0 + _INTERVAL_SEC / gaps))[:, None]
    fit = 0.5 * (distance / width) ** 2  # (tempos, n, values)
    places = np.arange(STEPS_PER_BEAT)
    # arriving[p, v]: the place from which value v leads to place p.
    arriving = (places[:, None] - values) % STEPS_PER_BEAT
    n_tempos, n = expected.shape
    each = np.arange(n_tempos)
    cost = np.tile(np.where(places == 0, 0.0, np.inf), (n_tempos, 1))
    choice = np.empty((n, n_tempos, STEPS_PER_BEAT), dtype=np.int64)
    for i in range(n):
        total = cost[:, arriving] + fit[:, i, None]
        choice[i] = total.argmin(axis=2)
        cost = np.take_along_axis(total, choice[i][..., None], axis=2)[..., 0] + _PLACE_COST
    place = cost.argmin(axis=1)
    lowest = cost[each, place]
    steps = np.empty((n_tempos, n), dtype=np.int64)
    for i in range(n - 1, -1, -1):
        chosen = choice[i, each, place]
        steps[:, i] = values[chosen]
        place = arriving[place, chosen]
    return lowest, steps


def _follow_tempo(gaps: FloatArray, steps: IntArray, tempo_qpm: float) -> FloatArray:
    """Tempo at each interval, shape=(n,): a weighted mean of the intervals around it, near the one given."""
    each = steps / STEPS_PER_BEAT * 60.0 / gaps
    log_ratio = np.clip(np.log(each / tempo_qpm), -0.4, 0.4)
    distance = np.subtract.outer(np.arange(len(gaps)), np.arange(len(gaps)))
    # Longer intervals tell the tempo better; rests tell it badly.
    trust = np.minimum(gaps, 1.0) * (gaps < 2.5)
    weight = np.exp(-0.5 * (distance / _DRIFT_NOTES) ** 2) * trust
    mean = (weight * log_ratio).sum(axis=1) / (weight.sum(axis=1) + 0.5)
    return np.asarray(tempo_qpm * np.exp(mean))


def _find_durations(onset_beat: FloatArray, duration_sec: FloatArray, tempo_qpm: FloatArray) -> FloatArray:
    sung = duration_sec * np.append(tempo_qpm, tempo_qpm[-1]) / 60.0
    rounded = _round_lengths(sung)
    room = np.append(np.diff(onset_beat), np.inf)
    # A singer breathes: only a silence of an eighth or more is written as a rest.
    legato = (
        np.isfinite(room)
        & (room - rounded < _SHORTEST_REST_BEAT + 1e-9)
        & (room - sung < _SHORTEST_REST_BEAT)
    )
    return np.where(legato, room, np.minimum(rounded, room))


def _round_lengths(beats: FloatArray) -> FloatArray:
    """Lengths in beats as they are written where nothing follows at once: in eighths, or one sixteenth.

    Singers let go early, so lengths are rounded up, but for a tenth of a beat.
    """
    eighths = np.ceil((beats - 0.1) * 2) / 2
    return np.where(beats <= 0.3, 0.25, np.maximum(0.5, eighths))
