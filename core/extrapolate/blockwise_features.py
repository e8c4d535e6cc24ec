"""What a sound does along its time, measured a piece at a time: bands, harmony, onsets, and its tempo and key."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.extrapolate.analysis import onset_flux
from core.music.key import MAJOR_PROFILE, MAJOR_TONICS, MINOR_PROFILE, MINOR_TONICS, tonic_and_mode
from core.signal.beats import beat_frames
from core.signal.spectra import HOP, N_FFT, SR, harmony_of, log_mel, power

FloatArray = NDArray[np.float32]

# A block is so many frames long; its spectrum stands in memory, that of the whole sound never does.
_BLOCK_FRAMES = 1024
_MARGIN_FRAMES = N_FFT // HOP
_MIN_TEMPO_BEATS = 5
_TONICS = {"major": MAJOR_TONICS, "minor": MINOR_TONICS}
_PROFILES = {"major": MAJOR_PROFILE, "minor": MINOR_PROFILE}
# Keys whose correlations are closer than this cannot be told apart in ten seconds of music.
_NEARLY = 0.1


@dataclass(frozen=True, kw_only=True, eq=False)
class Course:
    """A sound's spectrogram and harmony, a column each :data:`~core.extrapolate.analysis.HOP` samples.

    Attributes
    ----------
    mel_db : ndarray of float32, shape=(N_MELS, frames)
        As :func:`core.signal.spectra.log_mel`.
    chroma : ndarray of float32, shape=(12, frames)
        Magnitude of each pitch class between 110 and 2,500 Hz, C first.
    """

    mel_db: FloatArray
    chroma: FloatArray

    @property
    def n_frames(self) -> int:
        """Number of columns."""
        return int(self.mel_db.shape[1])

    @property
    def duration_sec(self) -> float:
        """Length in seconds."""
        return self.n_frames * HOP / SR

    @property
    def flux(self) -> FloatArray:
        """Onset strength: mean rise of the bands in dB, shape=(frames,)."""
        return onset_flux(self.mel_db)

    def between(self, start_sec: float, stop_sec: float) -> Course:
        """A stretch of it; at least one column."""
        start = min(self.n_frames - 1, max(0, round(start_sec * SR / HOP)))
        stop = min(self.n_frames, max(start + 1, round(stop_sec * SR / HOP)))
        return Course(mel_db=self.mel_db[:, start:stop], chroma=self.chroma[:, start:stop])


def course_of(
    parts: Sequence[NDArray[np.float32]], sr: int, *, tell: Callable[[float], None] | None = None
) -> Course:
    """Measure a sound that is given in parts.

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
    Course
    """
    total = max(1, round(sum(part.shape[1] for part in parts) * SR / sr))
    bands, harmonies, done = [], [], 0
    for block, first, last in _blocks(_at_analysis_rate(parts, sr)):
        spectrum = power(block)[:, first:last]
        bands.append(log_mel(spectrum))
        harmonies.append(harmony_of(spectrum))
        done += (last - first) * HOP
        if tell is not None:
            tell(min(1.0, done / total))
    return Course(mel_db=np.concatenate(bands, axis=1), chroma=np.concatenate(harmonies, axis=1))


def _at_analysis_rate(parts: Iterable[NDArray[np.float32]], sr: int) -> Iterator[FloatArray]:
    """The mean of the channels at ``SR``, some seconds at a time."""
    import soxr

    stream = soxr.ResampleStream(sr, SR, 1, dtype="float32", quality="HQ")
    step = 10 * sr
    for part in parts:
        for start in range(0, part.shape[1], step):
            mono = part[:, start : start + step].mean(axis=0, dtype=np.float32)
            yield np.asarray(stream.resample_chunk(mono), dtype=np.float32)
    yield np.asarray(stream.resample_chunk(np.empty(0, np.float32), last=True), dtype=np.float32)


def _blocks(chunks: Iterator[FloatArray]) -> Iterator[tuple[FloatArray, int, int]]:
    """Blocks with a margin on both sides, and which of their frames count; no frame counts twice."""
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


def key_of(course: Course, usual: tuple[str, str] | None = None) -> tuple[str, str] | None:
    """Tonic and mode by the profiles of Krumhansl and Kessler; None where no pitch is heard.

    Parameters
    ----------
    course : Course
    usual : (str, str), optional
        A key that is kept where it fits nearly as well as the best one: a few bars of a piece sound like the key of
        their chords.

    Returns
    -------
    (str, str) or None
        Such as ``("Bb", "major")``.
    """
    return key_from(course.chroma.sum(axis=1), usual)


def key_from(heard: NDArray[np.floating], usual: tuple[str, str] | None = None) -> tuple[str, str] | None:
    """As :func:`key_of`, from how much of each pitch class is heard, C first, shape=(12,)."""
    shares = np.asarray(heard, dtype=np.float64)
    if not shares.sum() > 0 or shares.std() < 0.02 * shares.mean():
        return None
    tonic, mode = tonic_and_mode(np.arange(12), shares)
    best = (_TONICS[mode][tonic], mode)
    if usual is not None and key_fit(heard, best) - key_fit(heard, usual) < _NEARLY:
        return usual
    return best


def key_fit(heard: NDArray[np.floating], key: tuple[str, str]) -> float:
    """Correlation of what is heard of each pitch class, shape=(12,), with a key's profile."""
    tonic, mode = key
    profile = np.roll(_PROFILES[mode], _TONICS[mode].index(tonic))
    return float(np.corrcoef(profile, heard)[0, 1])


def tempo_near(course: Course, tempo_qpm: float) -> float | None:
    """The tempo of a sound whose tempo is about known.

    Parameters
    ----------
    course : Course
    tempo_qpm : float
        Where to look: twice and half of it are not taken for it.

    Returns
    -------
    float or None
        Beats a minute; None with too few beats.
    """
    flux = course.flux
    beats = beat_frames(flux, tempo_qpm).astype(np.float64)
    if len(beats) < _MIN_TEMPO_BEATS or flux.mean() <= 0:
        return None
    intervals = np.diff(beats)
    steady = np.abs(intervals / np.median(intervals) - 1) < 0.15
    if steady.sum() < _MIN_TEMPO_BEATS - 1:
        return None
    return float(60.0 / (intervals[steady].mean() * HOP / SR))
