"""Steering: target attributes for every point of the valence-arousal plane, and logit biases toward major or minor."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from core.arrays import Float32Array, FloatArray
from core.emotion.moods import Mood
from core.emotion.piano import attributes as at
from core.emotion.piano.config import KINDS
from core.emotion.piano.tokenizer import N_PITCHES
from core.music.key import TEMPERLEY, key_correlations
from core.music.performance import LOWEST_PITCH


@dataclass(frozen=True, kw_only=True)
class MoodPlane:
    """What music of each mood is like: standardized attributes, linear in valence and arousal.

    Attributes
    ----------
    neutral, valence, arousal : ndarray, shape=(N_ATTRIBUTES,)
        Of a neutral mood, and what a unit of valence and of arousal adds.
    pace_spread : float
        Pieces of one mood do not have one tempo, so every piece gets its own, by chance: standard deviation of the
        onsets a second.
    pitch_temperature : float
        What a mood makes unusual is made up for by choosing more carefully: factor of the temperature of pitches.
    top_louder, top_louder_valence : float
        The highest note of a chord is struck harder than the others (Goebl 2001): by this velocity, and more with each
        unit of valence.
    """

    neutral: FloatArray
    valence: FloatArray
    arousal: FloatArray
    pace_spread: float
    pitch_temperature: float
    top_louder: float
    top_louder_valence: float

    def targets(self, mood: Mood, faster: float = 0.0) -> FloatArray:
        """Standardized attributes of a mood, shape=(N_ATTRIBUTES,); linear in both axes.

        Parameters
        ----------
        mood : Mood
        faster : float
            Standard deviations by which one piece has more onsets a second than its mood.
        """
        row = self.neutral + mood.valence * self.valence + mood.arousal * self.arousal
        return np.asarray(row + faster * np.eye(at.N_ATTRIBUTES)[0])


# The research set: EMOPIA's training clips by least squares on both labels (training/emotion/piano_train.py, fit_moods). A
# label is the mean of many clips and hardly reaches the ends that a listener can ask for, so both axes are stretched.
# Listeners also hear faster, higher and louder music as happier (Juslin and Laukka 2004, table 7), and more detached
# music as more excited, which pop songs of one style hardly show; these are added by hand. The steered music came out
# somewhat livelier, with fuller chords and longer notes than real music, so the middle is set a little lower.
# Within EMOPIA's quadrants onsets a second differ by .5 to .9 standard deviations; its pleasant clips stress their melody.
EMOPIA_PLANE = MoodPlane(
    neutral=np.array([-0.70, -0.18, -0.30, 0.57, 1.31, -0.05])
    + np.array([-0.1, -0.25, 0.0, -0.3, -0.15, 0.0]),
    valence=2.5 * np.array([-0.08, 0.01, -0.04, -0.09, -0.02, 0.49])
    + np.array([0.15, 0.0, 0.45, 0.22, 0.0, 0.0]),
    arousal=1.8 * np.array([0.41, 0.34, -0.08, 0.75, -0.24, -0.04])
    + np.array([0.5, 0.0, 0.1, 0.1, -0.3, 0.2]),
    pace_spread=0.25,
    pitch_temperature=0.8,
    top_louder=3.0,
    top_louder_valence=10.0,
)
# The open set: published cues, no labeled recordings. Which way each cue goes is that of Juslin and Laukka (2004, table 7)
# and Gabrielsson and Lindstroem (2010): arousal by tempo, loudness and detached playing, valence by the mode first, then
# by register, tempo and detached playing. Cues add up, and mode and tempo weigh most (Eerola, Friberg and Bresin 2013).
# The sizes are ours: a whole unit moves a leading cue by 1.1 to 1.4 standard deviations and a minor one by .1 to .5.
# The middle is the mean of the open training pieces of piano_midi_de. Its network knows sequenced files, which repeat
# themselves exactly: at a pitch temperature of .8 10 of 16 drafts fell into loops, at 1 2 of 16.
RULES_PLANE = MoodPlane(
    neutral=np.array([-0.17, 0.0, 0.03, -0.49, -0.2, 0.08]),
    valence=np.array([0.15, 0.0, 0.35, 0.0, -0.15, 1.2]),
    arousal=np.array([1.1, 0.2, 0.1, 1.4, -0.5, 0.0]),
    pace_spread=0.25,
    pitch_temperature=1.0,
    top_louder=3.0,
    top_louder_valence=0.0,
)


def find_plane(kinds: Sequence[str]) -> MoodPlane:
    """The plane of a network by the kinds of music that it was told apart: EMOPIA's where it learnt from EMOPIA's pop."""
    return EMOPIA_PLANE if "pop" in kinds else RULES_PLANE


# How far the attributes told overshoot while those measured fall short.
CORRECTION = 0.8
# How strongly the pitch classes are pressed toward those of a key, at the ends of the valence axis; and more for
# each standard deviation that the mode falls short.
MODE_PULL, MODE_SHORT = 1.1, 0.8
# Left alone the network plays more in major, so toward minor it is pressed harder.
MAJOR_STRENGTH, MAJOR_POWER = 1.0, 1.2
MINOR_STRENGTH, MINOR_POWER = 1.5, 1.0
CALM_PULL = 0.5  # more of both at the calm end, where few notes have to say the mode
MOST_NATS = 2.0
# In the bass the main chords' roots are favored, and the root of the relative key, whose chord is of the other mode,
# is not: semitones above the tonic and nats at the ends of the valence axis.
BASS_BELOW = 60
BASS_NATS = {"major": {0: 0.9, 5: 0.4, 7: 0.5, 9: -0.8}, "minor": {0: 0.9, 5: 0.4, 7: 0.5, 3: -0.8}}
# Chords tell a mood beside the key: of EMOPIA's clips in a major key, those with more major than minor chords (the upper
# half) are of high valence in 81 % and the others in 67 %; in a minor key in 34 and 21 %. Nats at the ends of the valence
# axis for what turns a full minor triad into a full major one. A note is part of the chord as long as it sounds, at least
# and at most so many seconds.
CHORD_NATS = 4.0
LEAST_CHORD_SEC, MOST_CHORD_SEC = 1.0, 2.5
CHORD_NOTES_READ = 16
_TRIADS = np.array(
    [
        np.roll(np.isin(np.arange(12), triad) / 3**0.5, root)
        for triad in ((0, 4, 7), (0, 3, 7))
        for root in range(12)
    ]
)  # major, then minor; shape=(24, 12)
KEY_LEAD = 0.3  # of correlation, by which another key must fit better before the music follows it
REGISTER_TILT = 0.006  # nats a semitone for each semitone that the register falls short
# Tempo and loudness are also played directly, by this share of what the network's notes fall short.
PLAYED_SHARE = 1.0
MAX_SLOWER, MAX_LOUDER = 1.9, 32.0
MAX_LAST_LOUDER = 16.0  # what is still missing of the loudness is made up for in the whole piece at the end


def condition_row(
    attributes: FloatArray | None, mood: Mood | None, kind: str | None, kinds: Sequence[str] = KINDS
) -> Float32Array:
    """One row of conditions; None means unknown.

    Parameters
    ----------
    attributes : ndarray, shape=(N_ATTRIBUTES,), optional
        Standardized.
    mood : Mood, optional
    kind : str, optional
        One of ``kinds``.
    kinds : sequence of str
        Those that the network was told apart.

    Returns
    -------
    ndarray of float32, shape=(n_conditions,)
        As :attr:`core.emotion.piano.config.PianoConfig.n_conditions`.
    """
    n = at.N_ATTRIBUTES
    row = np.zeros(2 * (n + 2) + len(kinds), dtype=np.float32)
    if attributes is not None:
        row[:n], row[n + 2 : 2 * n + 2] = np.clip(attributes, -3.0, 3.0), 1.0
    if mood is not None:
        row[n : n + 2], row[2 * n + 2 : 2 * n + 4] = (mood.valence, mood.arousal), 1.0
    if kind is not None:
        row[2 * n + 4 + kinds.index(kind)] = 1.0
    return row


@dataclass(frozen=True, kw_only=True)
class Push:
    """Correction toward the target mood: changes to the network's conditions, logits and notes.

    Attributes
    ----------
    attributes : ndarray, shape=(N_ATTRIBUTES,)
        Standardized, added to the attributes told.
    pitches : ndarray of float32, shape=(N_PITCHES,)
        Nats, added to the logits of the pitches.
    slower : float
        Factor of steps and durations.
    louder : float
        Added to velocities.
    """

    attributes: FloatArray = field(default_factory=lambda: np.zeros(at.N_ATTRIBUTES))
    pitches: Float32Array = field(default_factory=lambda: np.zeros(N_PITCHES, dtype=np.float32))
    slower: float = 1.0
    louder: float = 0.0

    @classmethod
    def toward(
        cls,
        mood: Mood,
        measured: FloatArray | None,
        class_weights: FloatArray,
        tonic: int,
        *,
        plane: MoodPlane,
        faster: float = 0.0,
    ) -> Push:
        """Compare measured attributes with a mood's targets.

        Parameters
        ----------
        mood : Mood
        measured : ndarray, shape=(N_ATTRIBUTES,), optional
            A row of :func:`core.emotion.piano.attributes.raw_rows`; None before there is enough to measure.
        class_weights : ndarray, shape=(12,)
            Weight of the recent pitch classes, C first.
        tonic : int in [0, 11]
            Of the key that the music is to keep to.
        plane : MoodPlane
        faster : float
            As in :meth:`MoodPlane.targets`.
        """
        wanted = plane.targets(mood, faster)
        if measured is None:
            return cls(pitches=mode_pull(class_weights, tonic, mood.valence, 0.0))
        short = wanted - at.scaled(measured[None])[0]
        raw = short * at.SPREAD
        sign = 1.0 if mood.valence >= 0 else -1.0
        calm = 1.0 + CALM_PULL * max(0.0, -mood.arousal)
        pitches = calm * mode_pull(class_weights, tonic, mood.valence, max(0.0, sign * short[5]))
        tilt = REGISTER_TILT * raw[2] * (np.arange(N_PITCHES) - N_PITCHES / 2)
        return cls(
            attributes=CORRECTION * short,
            pitches=np.asarray(pitches + np.clip(tilt, -2.0, 2.0), dtype=np.float32),
            slower=float(np.clip(2.0 ** (-PLAYED_SHARE * raw[0]), 1 / MAX_SLOWER, MAX_SLOWER)),
            louder=float(np.clip(PLAYED_SHARE * raw[3], -MAX_LOUDER, MAX_LOUDER)),
        )


def tonic_for(histogram: FloatArray, valence: float, tonic: int) -> int:
    """Tonic to steer to: the current one, unless another key of the target mode fits much better.

    Parameters
    ----------
    histogram : ndarray, shape=(12,)
        Weight of the recent pitch classes, C first.
    valence : float
        Major from 0 on.
    tonic : int in [0, 11]
        So far.
    """
    fits = key_correlations(histogram)[0 if valence >= 0 else 1]
    best = int(np.argmax(fits))
    return best if fits[best] - fits[tonic] > KEY_LEAD else tonic


def mode_pull(histogram: FloatArray, tonic: int, valence: float, short: float) -> Float32Array:
    """Logit bias of the pitches toward a major or minor scale.

    Parameters
    ----------
    histogram : ndarray, shape=(12,)
        Weight of the recent pitch classes, C first.
    tonic : int in [0, 11]
    valence : float
        The sign chooses the mode, the size how strongly.
    short : float
        Standard deviations that the mode of what was heard falls short.

    Returns
    -------
    ndarray of float32, shape=(N_PITCHES,)
        Zero at neutral valence, so the pull has no jump between major and minor.
    """
    # Shares that music can reach, unlike the ratings by which keys are found.
    profile = np.roll(TEMPERLEY[0 if valence >= 0 else 1], tonic)
    heard = histogram / max(float(histogram.sum()), 1e-9) + 0.02
    # What was heard often enough is pushed away again: a constant pull ends in one note, struck over and over.
    leaning = np.clip(np.log(profile / profile.sum() / (heard / heard.sum())), -MOST_NATS, MOST_NATS)
    classes = (np.arange(N_PITCHES) + LOWEST_PITCH) % 12
    pull = (MODE_PULL + MODE_SHORT * short) * leaning[classes]
    bass = np.zeros(12)
    for above, nats in BASS_NATS["major" if valence >= 0 else "minor"].items():
        bass[(tonic + above) % 12] = nats
    pull[: BASS_BELOW - LOWEST_PITCH] += bass[classes[: BASS_BELOW - LOWEST_PITCH]]
    strength = (
        MAJOR_STRENGTH * valence**MAJOR_POWER if valence >= 0 else MINOR_STRENGTH * (-valence) ** MINOR_POWER
    )
    return np.asarray(strength * pull, dtype=np.float32)


def chord_pull(sounding: NDArray[np.bool_], valence: float) -> Float32Array:
    """Logit bias of the pitches toward major or minor chords.

    Parameters
    ----------
    sounding : ndarray of bool, shape=(12,)
        Pitch classes that sound, C first.
    valence : float
        The sign chooses the mode, the size how strongly.

    Returns
    -------
    ndarray of float32, shape=(N_PITCHES,)
    """
    leaning = _chord_leaning(sum(1 << k for k in range(12) if sounding[k]))
    return np.asarray(CHORD_NATS * valence * leaning, dtype=np.float32)


@functools.lru_cache(maxsize=4096)
def _chord_leaning(classes: int) -> FloatArray:
    """How much each pitch moves a pitch-class set toward a major rather than a minor triad, shape=(N_PITCHES,)."""
    held = np.array([classes >> k & 1 for k in range(12)], dtype=np.float64)
    added = held + np.eye(12)  # with each pitch class struck once more
    fits = added @ _TRIADS.T / np.linalg.norm(added, axis=1, keepdims=True)  # (12, 24), cosines
    leaning = fits[:, :12].max(axis=1) - fits[:, 12:].max(axis=1)
    found: FloatArray = (leaning - leaning.mean())[(np.arange(N_PITCHES) + LOWEST_PITCH) % 12]
    found.setflags(write=False)
    return found


def stress_melody(
    velocity: NDArray[np.int64], onset_sec: FloatArray, valence: FloatArray, plane: MoodPlane
) -> NDArray[np.int64]:
    """Accent the highest note of each chord, by the valence at its time.

    Parameters
    ----------
    velocity, onset_sec, valence : ndarray, shape=(n,)
        Of notes by onset and pitch.
    plane : MoodPlane

    Returns
    -------
    ndarray of int64, shape=(n,)
    """
    if not len(velocity):
        return velocity
    follows = np.concatenate([[False], np.diff(onset_sec) == 0])
    goes_on = np.append(follows[1:], False)
    is_top = follows & ~goes_on
    more = np.where(is_top, plane.top_louder + plane.top_louder_valence * valence, 0.0)
    return np.clip(velocity + np.rint(more).astype(np.int64), 1, 127)


def set_loudness(
    velocity: NDArray[np.int64], valence: FloatArray, arousal: FloatArray, plane: MoodPlane
) -> NDArray[np.int64]:
    """Shift velocities so that their mean matches the target moods.

    Parameters
    ----------
    velocity, valence, arousal : ndarray, shape=(n,)
        Of each note; moods without NaN.
    plane : MoodPlane

    Returns
    -------
    ndarray of int64, shape=(n,)
        At most :data:`MAX_LAST_LOUDER` louder or softer.
    """
    if not len(velocity):
        return velocity
    mean = plane.targets(Mood(valence=float(valence.mean()), arousal=float(arousal.mean())))[3]
    wanted = at.CENTER[3] + mean * at.SPREAD[3]
    more = np.clip(wanted - velocity.mean(), -MAX_LAST_LOUDER, MAX_LAST_LOUDER)
    return np.clip(velocity + int(np.rint(more)), 8, 127)
