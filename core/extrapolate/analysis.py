"""Segmentation of a recording into beats and bars, or grains of a texture, with features of each slice."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from core.arrays import Float32Array, FloatArray, IntArray
from core.audio import Audio
from core.errors import InputError
from core.extrapolate.spectrograms import (
    HOP,
    N_MELS,
    SR,
    chroma_of,
    harmony_of,
    log_mel,
    mean_between,
    power,
    sum_between,
)
from core.signal.beats import find_pulse
from core.signal.levels import loudest_db
from core.signal.onsets import onset_strength

MIN_SEC = 5.0
# Below this the loudest half second is noise of the room or of the converter, not music.
SILENCE_DB = -60.0
GRAIN_SEC = 0.5


@dataclass(frozen=True, kw_only=True, eq=False)
class Analysis:
    """A recording cut into slices, each a beat or a grain.

    Attributes
    ----------
    sr : int
        Of the recording as it came, in Hz.
    bounds : ndarray of int64, shape=(n + 1,)
        Samples of the recording at which slices begin; the last is the end of the last slice.
    bar_position : ndarray of int64, shape=(n,)
        Beat of the bar, from 0; all 0 for a texture.
    beats_a_bar : int
        1 for a texture.
    tempo_qpm : float or None
        Beats a minute; None for a texture.
    features : ndarray of float32, shape=(n, n_features)
        Timbre, harmony, loudness and rhythm of each slice, each scaled over the recording.
    edges : ndarray of float32, shape=(n + 1, n_edge_features)
        What sounds around each bound, just before and just after, scaled likewise.
    mel_db : ndarray of float32, shape=(N_MELS, frames)
        Log-mel spectrogram at ``SR`` and ``HOP``, in dB below full scale.
    flux : ndarray of float32, shape=(frames,)
        Onset strength, mean rise of the mel bands in dB.
    harmony : ndarray of float32, shape=(12, n)
        How much of each pitch class sounds in each slice, C first.
    center, scale : ndarray of float32, shape=(n_features,)
        :attr:`features` are what was measured, less ``center``, times ``scale``. Columns: 20 groups of bands less
        their mean (dB), 12 of chroma, the level (dB), the mean flux and its peaks in both halves.
    """

    sr: int
    bounds: IntArray
    bar_position: IntArray
    beats_a_bar: int
    tempo_qpm: float | None
    features: Float32Array
    edges: Float32Array
    mel_db: Float32Array
    flux: Float32Array
    harmony: Float32Array
    center: Float32Array
    scale: Float32Array

    @property
    def n(self) -> int:
        """Number of slices."""
        return len(self.bounds) - 1

    @property
    def has_beat(self) -> bool:
        """Whether slices are beats."""
        return self.tempo_qpm is not None

    @property
    def slice_sec(self) -> Float32Array:
        """Length of each slice in seconds, shape=(n,)."""
        return (np.diff(self.bounds) / self.sr).astype(np.float32)


def analyze(audio: Audio) -> Analysis:
    """Track beats and bars, or cut a texture, and measure every slice.

    Parameters
    ----------
    audio : Audio
        At least :data:`MIN_SEC` long.

    Returns
    -------
    Analysis

    Raises
    ------
    InputError
        If the sound is too short or silent.
    """
    if audio.duration_sec < MIN_SEC:
        raise InputError(
            f"This recording is {audio.duration_sec:.1f} seconds long; at least {MIN_SEC:.0f} are needed to extend it. "
            "Choose a longer one."
        )
    y = audio.mono().resample(SR).y
    y = y - np.float32(y.mean())  # a constant offset is no sound
    if loudest_db(y, SR) < SILENCE_DB:
        raise InputError(
            "This recording is silent, or nearly so: there is nothing to extend. Choose another one."
        )
    spectrum = power(y)
    mel_db = log_mel(spectrum)
    flux = onset_strength(mel_db)
    tempo, beats = find_pulse(flux, sr=SR, hop_length=HOP)
    if tempo is None:
        bounds_sec = np.arange(0.0, len(y) / SR - GRAIN_SEC / 2, GRAIN_SEC)
        bounds_sec = _move_to_quiet(np.append(bounds_sec, len(y) / SR), flux)
        beats_a_bar, phase = 1, 0
    else:
        bounds_sec = beats * (HOP / SR)
        beats_a_bar, phase = _find_bars(beats, mel_db, flux)
    chroma = chroma_of(spectrum)
    bounds = np.minimum(np.rint(bounds_sec * audio.sr).astype(np.int64), audio.n_samples)
    frames = np.minimum(np.rint(bounds_sec * SR / HOP).astype(int), mel_db.shape[1])
    features, center, scale = _measure_slices(frames, mel_db, chroma, flux)
    return Analysis(
        sr=audio.sr,
        bounds=bounds,
        bar_position=(np.arange(len(bounds) - 1) - phase) % beats_a_bar,
        beats_a_bar=beats_a_bar,
        tempo_qpm=tempo,
        features=features,
        edges=_measure_edges(frames, mel_db),
        mel_db=mel_db,
        flux=flux,
        harmony=sum_between(harmony_of(spectrum), frames).astype(np.float32),
        center=center,
        scale=scale,
    )


def _find_bars(beats: IntArray, mel_db: Float32Array, flux: Float32Array) -> tuple[int, int]:
    """Beats per bar (3 or 4) and the first downbeat, from the frames of the beats.

    A bar begins where low notes and new chords come: the bass' rise and the change of the spectrum are summed at
    each place of the bar, and the meter whose strongest place stands out most is taken.
    """
    from scipy.ndimage import maximum_filter1d

    frames = np.minimum(beats, mel_db.shape[1] - 1)
    bass = onset_strength(mel_db[:12])
    # From one frame before each beat to two after it.
    onsets = maximum_filter1d(np.stack([bass, 0.5 * flux]), 4, axis=1, mode="nearest", origin=-1)
    strength = onsets[:, frames].sum(axis=0)
    change = np.abs(np.diff(mean_between(mel_db, frames), axis=1)).mean(axis=0)
    accent = standardize(strength) + standardize(np.pad(change, 1))
    best = (-np.inf, 4, 0)
    for size in (4, 3):
        places = np.array([accent[k::size].mean() for k in range(size)])
        contrast = float(places.max() - places.mean()) * (1.0 if size == 4 else 0.85)
        best = max(best, (contrast, size, int(places.argmax())))
    return best[1], best[2]


def _move_to_quiet(bounds_sec: FloatArray, flux: Float32Array) -> FloatArray:
    """Move grain boundaries to the weakest onset nearby, at most an eighth of a grain away."""
    reach = max(1, round(GRAIN_SEC / 8 * SR / HOP))
    moved = bounds_sec.copy()
    for i in range(1, len(bounds_sec) - 1):
        frame = round(bounds_sec[i] * SR / HOP)
        start = max(0, frame - reach)
        nearby = flux[start : frame + reach + 1]
        if len(nearby):
            moved[i] = (start + int(nearby.argmin())) * HOP / SR
    return moved


def standardize(values: NDArray[np.floating]) -> NDArray[np.floating]:
    """Each column with mean 0 and deviation 1."""
    return np.asarray((values - values.mean(axis=0)) / (values.std(axis=0) + 1e-6))


def _measure_slices(
    frames: IntArray, mel_db: Float32Array, chroma: Float32Array, flux: Float32Array
) -> tuple[Float32Array, Float32Array, Float32Array]:
    """Features of each slice, and their scaling.

    Groups weigh alike whatever their number of columns.
    """
    timbre = mean_between(mel_db.reshape(N_MELS // 4, 4, -1).mean(axis=1), frames)  # (20, n)
    pitch = mean_between(chroma, frames)
    level_db = 10 * np.log10(mean_between((10 ** (mel_db / 10)).sum(axis=0)[None], frames) + 1e-12)
    rhythm = [(flux[a:b].mean(), flux[a : h + 1].max(), flux[h:b].max()) for a, h, b in _halve(frames)]
    groups = (
        (timbre - timbre.mean(axis=0), 1.0),
        (pitch / (np.linalg.norm(pitch, axis=0) + 1e-6), 1.3),
        (level_db, 0.8),
        (np.transpose(rhythm), 0.7),
    )
    measured = np.concatenate([values for values, _ in groups]).T
    weight = np.concatenate([np.full(len(values), w / np.sqrt(len(values))) for values, w in groups])
    center, scale = measured.mean(axis=0), weight / (measured.std(axis=0) + 1e-6)
    features = ((measured - center) * scale).astype(np.float32)
    return features, center.astype(np.float32), scale.astype(np.float32)


def _halve(frames: IntArray) -> list[tuple[int, int, int]]:
    """First frame of each slice, the middle one, and the one after the last; a slice has one frame at least."""
    spans = [(start, max(start + 1, stop)) for start, stop in pairwise(frames.tolist())]
    return [(start, (start + stop) // 2, stop) for start, stop in spans]


def _measure_edges(frames: IntArray, mel_db: Float32Array) -> Float32Array:
    """Boundary features: mel bands in the 70 ms before and the 70 ms after each boundary."""
    rows = []
    last = mel_db.shape[1]
    for frame in frames:
        before = mel_db[:, max(0, frame - 3) : max(1, frame)].mean(axis=1)
        after = mel_db[:, min(frame, last - 1) : min(frame + 3, last)].mean(axis=1)
        rows.append(np.concatenate([before, after]).reshape(-1, 4).mean(axis=1))
    values = np.array(rows)
    return np.asarray(standardize(values) / np.sqrt(values.shape[1]), dtype=np.float32)
