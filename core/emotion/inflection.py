"""Expressive performance: the same notes played in another mood, by tempo, dynamics, articulation, timing and pedaling.

Pitches, their order and their register stay. The cues are those by which performers express a mood (Juslin and Laukka
2004, table 7); what a unit of valence and arousal changes is that of the composer, a plane of ``piano/steering.py``.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from core.arrays import FloatArray
from core.emotion.moods import MoodPath
from core.emotion.piano.attributes import NAMES, SPREAD
from core.emotion.piano.steering import RULES_PLANE, MoodPlane
from core.music.performance import MIN_DURATION_SEC, Performance

# Limits of what is laid on the notes: twice as slow or fast, and a third of the range of velocity.
MOST_OCTAVES = 1.0
MOST_LOUDER = 42.0
SOFTEST, LOUDEST = 14.0, 124.0
# Dynamics are wider in excited music (Juslin and Laukka 2004): factor of the velocities' distance from their mean.
WIDER_AROUSAL = 0.3
# Phrases of calm and of sad music slow down toward their ends (rubato): by this share of the tempo a unit of the mood, over
# phrases of so many seconds.
RUBATO_AROUSAL, RUBATO_VALENCE, PHRASE_SEC = -0.10, -0.06, 8.0
# The pedal holds notes toward the next change of the bass: all the way where a mood asks for notes this much longer (octaves
# of duration), which lies beyond the pad's ends, so that the texture stays clear.
FULL_PEDAL_OCTAVES = 4.0
BASS_BELOW, LONGEST_PEDAL_SEC = 55, 4.0


def perform_in_mood(
    performance: Performance, written: MoodPath, asked: MoodPath, plane: MoodPlane = RULES_PLANE
) -> Performance:
    """Play the notes of a piece in another mood.

    Parameters
    ----------
    performance : Performance
    written : MoodPath
        The mood for which the notes were composed, in which they are played as they are.
    asked : MoodPath
        The mood in which they are to be played.
    plane : MoodPlane
        The composer's: what music of each mood is like.

    Returns
    -------
    Performance
        The same pitches in the same order. Equal moods give equal notes, and near moods near ones: every change is
        continuous in both.

    Examples
    --------
    >>> from core.emotion.moods import NAMED_MOODS
    >>> happy, sad = MoodPath.still(NAMED_MOODS["happy"]), MoodPath.still(NAMED_MOODS["sad"])
    >>> notes = Performance.of([60, 64, 67], [0.0, 0.5, 1.0], [0.4, 0.4, 0.4], [80, 80, 80])
    >>> sadly = perform_in_mood(notes, happy, sad)
    >>> sadly.pitch.tolist(), bool(sadly.end_sec > notes.end_sec), bool(sadly.velocity.mean() < 80)
    ([60, 64, 67], True, True)
    """
    if not len(performance):
        return performance
    change = _change(performance, written, asked, plane)
    onset = _play_in_time(performance.onset_sec, change)
    return Performance(
        pitch=performance.pitch.copy(),
        onset_sec=onset,
        duration_sec=_articulate(performance, onset, change),
        velocity=np.rint(_set_dynamics(performance, change)).astype(np.int64),
    )


def mean_tempo_factor(written: MoodPath, asked: MoodPath, plane: MoodPlane = RULES_PLANE) -> float:
    """Tempo factor from one mood to another, at the middle of a piece."""
    faster = (plane.targets(asked.at(0.5)) - plane.targets(written.at(0.5)))[0] * SPREAD[0]
    return float(2.0 ** np.clip(faster, -MOST_OCTAVES, MOST_OCTAVES))


def stretch(performance: Performance, factor: float) -> Performance:
    """The notes at another tempo: onsets from the first on, and durations, times a factor."""
    first = performance.onset_sec[:1]
    return dataclasses.replace(
        performance,
        onset_sec=first + factor * (performance.onset_sec - first) if len(performance) else first,
        duration_sec=np.maximum(MIN_DURATION_SEC, factor * performance.duration_sec),
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Change:
    """Changes at each note, shape=(n,) each: in mood, and in the attributes in their own units."""

    valence: FloatArray
    arousal: FloatArray
    onset_rate: FloatArray  # octaves
    loudness: FloatArray  # velocity
    articulation: FloatArray  # octaves of duration by the time to the next onset
    melody: FloatArray  # velocity of the highest note of a chord


def _change(performance: Performance, written: MoodPath, asked: MoodPath, plane: MoodPlane) -> _Change:
    onset = performance.onset_sec - performance.onset_sec[0]
    shares = onset / max(float(onset[-1]), 1e-9)
    moods = [(written.at(float(share)), asked.at(float(share))) for share in shares]
    rows = np.array([plane.targets(new) - plane.targets(old) for old, new in moods]) * SPREAD
    at = NAMES.index
    valence = np.array([new.valence - old.valence for old, new in moods])
    return _Change(
        valence=valence,
        arousal=np.array([new.arousal - old.arousal for old, new in moods]),
        onset_rate=np.clip(rows[:, at("onset_rate")], -MOST_OCTAVES, MOST_OCTAVES),
        loudness=np.clip(rows[:, at("loudness")], -MOST_LOUDER, MOST_LOUDER),
        articulation=rows[:, at("articulation")],
        melody=plane.top_louder_valence * valence,
    )


def _play_in_time(onset: FloatArray, change: _Change) -> FloatArray:
    """Onsets at the new tempo, with rubato over phrases."""
    phase = ((onset - onset[0]) % PHRASE_SEC) / PHRASE_SEC
    # Slowest at a phrase's ends and a little faster in its middle (Todd 1992), so that the mean tempo stays.
    arch = (2.0 * phase - 1.0) ** 2 - 1.0 / 3.0
    depth = RUBATO_AROUSAL * change.arousal + RUBATO_VALENCE * change.valence
    slower = 2.0**-change.onset_rate * (1.0 + np.clip(depth, 0.0, 0.3) * arch)
    return np.asarray(onset[0] + np.concatenate([[0.0], np.cumsum(np.diff(onset) * slower[:-1])]))


def _articulate(performance: Performance, onset: FloatArray, change: _Change) -> FloatArray:
    """Durations longer or shorter by the mood; in a more legato one the pedal holds notes until the bass changes."""
    slower = 2.0**-change.onset_rate
    lasting = performance.duration_sec * slower * 2.0**change.articulation
    is_bass = performance.pitch < BASS_BELOW
    after = np.searchsorted(onset[is_bass], onset, side="right")
    next_bass = np.append(onset[is_bass], np.inf)[after]
    pedaled = np.minimum(next_bass - onset, LONGEST_PEDAL_SEC)
    held = np.clip(change.articulation / FULL_PEDAL_OCTAVES, 0.0, 1.0)
    lasting = lasting + held * np.maximum(0.0, pedaled - lasting)
    return np.asarray(np.maximum(MIN_DURATION_SEC, lasting))


def _set_dynamics(performance: Performance, change: _Change) -> FloatArray:
    """Velocities louder or softer, wider or narrower, and the melody brought out by the valence."""
    velocity = performance.velocity.astype(np.float64)
    mean = velocity.mean()
    wider = 2.0 ** (WIDER_AROUSAL * change.arousal)
    follows = np.concatenate([[False], np.diff(performance.onset_sec) == 0])
    is_top = follows & ~np.append(follows[1:], False)
    melody = np.where(is_top, change.melody, 0.0)
    played = mean + wider * (velocity - mean) + change.loudness + melody
    # What is as it was written may lie outside; only what is moved is bounded.
    low, high = np.minimum(velocity, SOFTEST), np.maximum(velocity, LOUDEST)
    return np.asarray(np.clip(played, low, high))
