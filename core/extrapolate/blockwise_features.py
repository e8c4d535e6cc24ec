"""Feature extraction in blocks: mel bands and pitch classes of a long sound, its tempo and its key."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.arrays import Float32Array
from core.audio.encoding import resample_mono
from core.extrapolate.spectrograms import HOP, N_FFT, SR, harmony_of, log_mel, power
from core.music.key import MODES, TONICS, key_correlations
from core.signal.beats import beat_track, steady_intervals
from core.signal.onsets import onset_strength

# A block is so many frames long; its spectrum stands in memory, that of the whole sound never does.
_BLOCK_FRAMES = 1024
_MARGIN_FRAMES = N_FFT // HOP
_MIN_TEMPO_BEATS = 5
# Keys whose correlations are closer than this cannot be told apart in ten seconds of music.
_NEARLY = 0.1


@dataclass(frozen=True, kw_only=True, eq=False)
class FrameFeatures:
    """Mel spectrogram and chroma of a sound, one column per :data:`~core.extrapolate.analysis.HOP` samples.

    Attributes
    ----------
    mel_db : ndarray of float32, shape=(N_MELS, frames)
        As :func:`core.extrapolate.spectrograms.log_mel`.
    chroma : ndarray of float32, shape=(12, frames)
        Magnitude of each pitch class between 110 and 2,500 Hz, C first.
    """

    mel_db: Float32Array
    chroma: Float32Array

    @property
    def n_frames(self) -> int:
        """Number of columns."""
        return int(self.mel_db.shape[1])

    @property
    def duration_sec(self) -> float:
        """Length in seconds."""
        return self.n_frames * HOP / SR

    @property
    def flux(self) -> Float32Array:
        """Onset strength: mean rise of the bands in dB, shape=(frames,)."""
        return onset_strength(self.mel_db)

    def between(self, start_sec: float, stop_sec: float) -> FrameFeatures:
        """A time range of the features, at least one column."""
        start = min(self.n_frames - 1, max(0, round(start_sec * SR / HOP)))
        stop = min(self.n_frames, max(start + 1, round(stop_sec * SR / HOP)))
        return FrameFeatures(mel_db=self.mel_db[:, start:stop], chroma=self.chroma[:, start:stop])


def measure_frames(
    parts: Sequence[Float32Array], sr: int, *, tell: Callable[[float], None] | None = None
) -> FrameFeatures:
    """Extract frame features of a sound given in blocks.

    Parameters
    ----------
    parts : sequence of ndarray, each shape=(channels, n)
        What sounds one after the other, with the same number of channels.
    sr : int
        Hz.
    tell : callable, optional
        Called with the share that is done, 0 to 1.

    Returns
    -------
    FrameFeatures
    """
    total = max(1, round(sum(part.shape[1] for part in parts) * SR / sr))
    bands, harmonies, done = [], [], 0
    for block, first, last in _split_frames(resample_mono(parts, sr, SR)):
        spectrum = power(block)[:, first:last]
        bands.append(log_mel(spectrum))
        harmonies.append(harmony_of(spectrum))
        done += (last - first) * HOP
        if tell is not None:
            tell(min(1.0, done / total))
    return FrameFeatures(mel_db=np.concatenate(bands, axis=1), chroma=np.concatenate(harmonies, axis=1))


def _split_frames(chunks: Iterator[Float32Array]) -> Iterator[tuple[Float32Array, int, int]]:
    """Overlapping blocks, and the frames of each that are kept; no frame twice."""
    margin, held, first = _MARGIN_FRAMES, np.empty(0, np.float32), 0
    for chunk in chunks:
        held = np.concatenate([held, chunk])
        while len(held) >= (_BLOCK_FRAMES + 2 * margin) * HOP:
            last = _BLOCK_FRAMES + margin
            yield held[: (last + margin) * HOP], first, last
            held, first = held[(last - margin) * HOP :], margin
    if len(held) < N_FFT:
        held = np.pad(held, (0, N_FFT - len(held)))
    yield held, first, max(first + 1, len(held) // HOP)


def estimate_key(
    chroma: NDArray[np.floating], usual: tuple[str, str] | None = None
) -> tuple[str, str] | None:
    """Tonic and mode that best fit the chroma; None where it is empty.

    Parameters
    ----------
    chroma : ndarray, shape=(12,) or (12, frames)
        C first.
    usual : (str, str), optional
        A key that is kept where it fits nearly as well as the best one: a few bars of a piece sound like the key of
        their chords.

    Returns
    -------
    (str, str) or None
        Such as ``("Bb", "major")``.
    """
    weights = np.reshape(chroma, (12, -1)).sum(axis=1)
    if not weights.sum() > 0 or weights.std() < 0.02 * weights.mean():
        return None
    fits = key_correlations(weights)
    mode, tonic = divmod(int(fits.argmax()), 12)
    if usual is not None and fits.max() - fits[index_key(usual)] < _NEARLY:
        return usual
    return TONICS[MODES[mode]][tonic], MODES[mode]


def index_key(key: tuple[str, str]) -> tuple[int, int]:
    """Index of a key in :func:`core.music.key.key_correlations`."""
    tonic, mode = key
    return MODES.index(mode), TONICS[mode].index(tonic)


def tempo_near(features: FrameFeatures, tempo_qpm: float) -> float | None:
    """Estimate the tempo near an expected one.

    Parameters
    ----------
    features : FrameFeatures
    tempo_qpm : float
        Where to look: twice and half of it are not taken for it.

    Returns
    -------
    float or None
        Beats a minute; None with too few beats.
    """
    flux = features.flux
    beats = beat_track(flux, sr=SR, hop_length=HOP, bpm=tempo_qpm)
    if len(beats) < _MIN_TEMPO_BEATS or flux.mean() <= 0:
        return None
    steady = steady_intervals(beats)
    if len(steady) < _MIN_TEMPO_BEATS - 1:
        return None
    return float(60.0 / (steady.mean() * HOP / SR))
