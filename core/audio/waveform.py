"""A waveform and its sampling rate: channels, length, mono mix, resampling."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import soxr

from core.arrays import Float32Array

MIN_SR = 1_000
MAX_SR = 384_000
MAX_CHANNELS = 8


@dataclass(frozen=True, eq=False)
class Audio:
    """A waveform and its sampling rate.

    Two sounds are compared with ``np.array_equal(a.y, b.y)``; ``==`` asks whether they are the same object.

    Attributes
    ----------
    y : np.ndarray [shape=(n,) or (channels, n)]
        Samples, nominally in [-1, 1]; any number type is cast to float32. Values beyond full scale are kept
        (resampling overshoots) and clipped only when the sound is encoded.
    sr : int in [1000, 384000]
        Sampling rate in Hz.

    Raises
    ------
    ValueError
        If ``y`` has another shape, no samples, more than 8 channels (most likely a transposed array), or a
        sample that is not finite, or if ``sr`` lies outside its range.
    """

    y: Float32Array
    sr: int

    def __post_init__(self) -> None:
        y = np.asarray(self.y, dtype=np.float32)
        if y.ndim not in (1, 2) or y.size == 0:
            raise ValueError(f"y must have the shape (n,) or (channels, n) with n > 0, not {y.shape}.")
        if y.ndim == 2 and y.shape[0] > MAX_CHANNELS:
            raise ValueError(f"y must have at most {MAX_CHANNELS} channels; {y.shape} looks transposed.")
        # NaN and infinity survive min and max, which need no second array the size of the sound.
        if not (np.isfinite(y.min()) and np.isfinite(y.max())):
            raise ValueError("y must be finite; it holds NaN or infinity.")
        if self.sr != int(self.sr) or not MIN_SR <= self.sr <= MAX_SR:
            raise ValueError(f"sr must be a whole number of Hz from {MIN_SR} to {MAX_SR}, not {self.sr}.")
        object.__setattr__(self, "y", y)
        object.__setattr__(self, "sr", int(self.sr))

    @property
    def n_channels(self) -> int:
        """Number of channels, 1 for ``(n,)``."""
        return 1 if self.y.ndim == 1 else int(self.y.shape[0])

    @property
    def n_samples(self) -> int:
        """Number of samples in one channel."""
        return int(self.y.shape[-1])

    @property
    def duration_sec(self) -> float:
        """Length in seconds."""
        return self.n_samples / self.sr

    def mono(self) -> Audio:
        """The mean of the channels, ``(n,)``; a sound that already is ``(n,)`` comes back as it is."""
        return self if self.y.ndim == 1 else Audio(self.y.mean(axis=0, dtype=np.float32), self.sr)

    def resample(self, sr: int) -> Audio:
        """The same sound at another rate, by soxr's band-limited "HQ" interpolation.

        Parameters
        ----------
        sr : int in [1000, 384000]
            New sampling rate in Hz.

        Returns
        -------
        Audio
            With the same channels and about ``n * sr / self.sr`` samples; itself where the rate is the same.

        Raises
        ------
        ValueError
            If ``sr`` lies outside its range, or the sound is too short to leave one sample.
        """
        if sr == self.sr:
            return self
        if not MIN_SR <= sr <= MAX_SR:
            raise ValueError(f"sr must be a whole number of Hz from {MIN_SR} to {MAX_SR}, not {sr}.")
        channels = [soxr.resample(channel, self.sr, sr, quality="HQ") for channel in np.atleast_2d(self.y)]
        return Audio(channels[0] if self.y.ndim == 1 else np.stack(channels), sr)
