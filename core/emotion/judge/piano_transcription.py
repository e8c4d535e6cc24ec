"""Polyphonic transcription of a recording, accurate enough to rate its mood.

The constant-Q spectrum is explained as a sum of 88 harmonic sounds by non-negative matrix factorization with fixed
sounds (Smaragdis and Brown 2003; Bertin et al. 2007), and a note begins where the share of a sound rises. It hears
no loudness that could be compared between recordings: velocities say how loud a note is within its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.arrays import Float32Array
from core.errors import InputError
from core.music.performance import HIGHEST_PITCH, LOWEST_PITCH, Performance
from core.signal.constant_q import constant_q

if TYPE_CHECKING:
    from core.audio import Audio


SR = 22_050
HOP = 512  # 23 ms
BINS_A_SEMITONE = 3
N_PITCHES = HIGHEST_PITCH - LOWEST_PITCH + 1
# The second of the three bins of each semitone is the semitone itself.
_LOWEST_HZ = 440.0 * 2 ** ((LOWEST_PITCH - 1 / BINS_A_SEMITONE - 69) / 12)
# The constant-Q filters of the lowest notes are nearly two seconds long; shorter ones tell onsets better.
FILTER_SCALE = 0.6
N_HARMONICS = 8
HARMONIC_DECAY = 0.6  # amplitude of each harmonic by the one below
N_UPDATES = 25
# Of a longer recording, parts of equal length from all over it are heard.
MAX_SEC = 60.0
N_PARTS = 3
MIN_SEC = 1.0
SILENCE_DBFS = -60.0
# Below the loudest notes of the recording by more than this is no note.
FLOOR_DB = -18.0
RISE = 2.0  # of the activation within so many frames: a new note
RISE_FRAMES = 4
LATE_SEC = 0.045  # the activation is largest so long after a key is struck
RELEASE = 0.18  # of the note's largest activation: its end
MIN_FRAMES = 3
LOUDEST, QUIETEST = 110, 40  # velocities at 0 dB and at the floor


def transcribe_notes(audio: Audio) -> Performance:
    """Transcribe the notes of a recording.

    Parameters
    ----------
    audio : Audio
        Of any music with pitches; a piano is heard best. Of more than a minute, three parts of twenty seconds
        are heard, one after the other in the result.

    Returns
    -------
    Performance
        Onsets are right within about 0.05 s. Quiet notes, and octaves of louder ones, are often missed.

    Raises
    ------
    InputError
        If the recording is shorter than a second or silent, or fewer than three notes are heard.
    """
    mono = audio.mono()
    if mono.duration_sec < MIN_SEC:
        raise InputError(
            f"The recording lasts {mono.duration_sec:.1f} seconds. Its mood needs one or more; record longer."
        )
    found: list[NDArray[np.float64]] = []
    begin_sec = 0.0
    for part in _cut_parts(mono):
        y = part.resample(SR).y
        y = y - y.mean()  # a constant offset would be heard as a note where it begins
        if float(np.abs(y).max()) > 10 ** (SILENCE_DBFS / 20):
            found.append(_find_notes(y) + np.array([0.0, begin_sec, 0.0, 0.0]))
        begin_sec += len(y) / SR
    if not found:
        raise InputError("The recording is silent. Choose one with music.")
    notes = np.concatenate(found)
    if len(notes) < 3:
        raise InputError(
            "Hardly a note is heard in the recording. Choose one in which instruments or voices play notes."
        )
    # Loudness in decibels below the loudest of all parts becomes velocity.
    level = np.clip(20 * np.log10(notes[:, 3] / np.percentile(notes[:, 3], 95)), FLOOR_DB, 3.0)
    velocity = LOUDEST + (LOUDEST - QUIETEST) * level / -FLOOR_DB
    keep = level > FLOOR_DB
    return Performance.of(notes[keep, 0], notes[keep, 1], notes[keep, 2], velocity[keep].round())


def _cut_parts(mono: Audio) -> list[Audio]:
    from core.audio import Audio

    if mono.duration_sec <= MAX_SEC:
        return [mono]
    length = int(MAX_SEC / N_PARTS * mono.sr)
    starts = np.linspace(0, mono.n_samples - length, N_PARTS).astype(int)
    return [Audio(mono.y[start : start + length], mono.sr) for start in starts]


def _find_notes(y: Float32Array) -> NDArray[np.float64]:
    """Pitch, onset (s), duration (s) and strength of each note, shape=(n, 4)."""
    spectrum = constant_q(
        y,
        sr=SR,
        hop_length=HOP,
        fmin=_LOWEST_HZ,
        n_bins=N_PITCHES * BINS_A_SEMITONE,
        bins_per_octave=12 * BINS_A_SEMITONE,
        filter_scale=FILTER_SCALE,
    )
    activation = _activate_pitches(spectrum)
    floor = float(np.percentile(activation.max(axis=0), 95)) * 10 ** (FLOOR_DB / 20)
    notes = [
        (LOWEST_PITCH + k, max(0.0, start * HOP / SR - LATE_SEC), (end - start) * HOP / SR, strength)
        for k in range(N_PITCHES)
        for start, end, strength in _cut_notes(activation[k], floor)
    ]
    return np.array(notes, dtype=np.float64).reshape(-1, 4)


def _harmonic_sounds() -> Float32Array:
    """Harmonic spectrum template of each pitch, shape=(88 * 3, 88); columns sum to 1."""
    place = np.arange(N_PITCHES * BINS_A_SEMITONE)[:, None]
    center = np.arange(N_PITCHES)[None] * BINS_A_SEMITONE + 1
    sounds = np.zeros((len(place), N_PITCHES))
    # Half the width of a filter, in bins: wide because the filters are short.
    width = 1.0 / FILTER_SCALE
    for harmonic in range(1, N_HARMONICS + 1):
        at = center + 12 * BINS_A_SEMITONE * np.log2(harmonic)
        sounds += HARMONIC_DECAY ** (harmonic - 1) * np.exp(-0.5 * ((place - at) / width) ** 2)
    found: Float32Array = (sounds / sounds.sum(axis=0)).astype(np.float32)
    return found


def _activate_pitches(spectrum: Float32Array) -> Float32Array:
    """Pitch activations by nonnegative matrix factorization (Lee and Seung 2001), shape=(88, n_frames)."""
    sounds = _harmonic_sounds()
    top = float(spectrum.max()) or 1.0
    target = spectrum / top + 1e-6
    activation = np.maximum(sounds.T @ target, 1e-6)
    for _ in range(N_UPDATES):
        activation *= sounds.T @ (target / (sounds @ activation + 1e-9))
    found: Float32Array = activation * np.float32(top)
    return found


def _cut_notes(curve: Float32Array, floor: float) -> list[tuple[int, int, float]]:
    """Begin, end and strength of each note of one pitch, in frames."""
    n = len(curve)
    padded = np.pad(curve, RISE_FRAMES)
    before, around = padded[:n], np.lib.stride_tricks.sliding_window_view(padded, 2 * RISE_FRAMES + 1)
    rises = (
        (curve > floor)
        & (curve > RISE * before)
        & (curve >= around[:, RISE_FRAMES - 2 : -RISE_FRAMES + 2].max(axis=1))
    )
    notes: list[tuple[int, int, float]] = []
    peaks = np.flatnonzero(rises)
    for i, peak in enumerate(peaks):
        limit = int(peaks[i + 1]) if i + 1 < len(peaks) else n
        strength = float(curve[peak])
        below = np.flatnonzero(curve[peak:limit] < max(RELEASE * strength, 0.5 * floor))
        end = int(peak) + int(below[0]) if len(below) else limit
        if end - peak >= MIN_FRAMES:
            notes.append((int(peak), end, strength))
    return notes
