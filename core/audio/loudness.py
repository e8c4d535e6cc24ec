"""Loudness in LUFS after ITU-R BS.1770, as people hear it, and peak level in dB below full scale."""

from __future__ import annotations

import math

import numpy as np

from core.arrays import Float32Array, FloatArray
from core.audio.waveform import Audio


def peak_dbfs(audio: Audio) -> float:
    """The largest sample in dB below full scale; 0 for a sample of 1, ``-inf`` for silence."""
    peak = max(float(audio.y.max()), -float(audio.y.min()))
    return 20.0 * math.log10(peak) if peak > 0 else -math.inf


def loudness_lufs(audio: Audio) -> float:
    """Integrated loudness after ITU-R BS.1770-4, with both gates.

    K-weighting (annex 1, tables 1 and 2), mean square in blocks of 400 ms that overlap by 75 %, equations 2
    to 7 with the absolute gate at -70 LUFS and the relative gate 10 LU below what is left. The tables are
    for 48 kHz; at other rates the same analogue filters are transformed anew, as libebur128 does.

    What differs: every channel weighs 1, which is right for left, right and center; `decode` returns no
    surround channels. A sound shorter than 400 ms is measured as one block.

    Parameters
    ----------
    audio : Audio

    Returns
    -------
    float
        In LUFS; ``-inf`` if every block lies below the absolute gate.

    Examples
    --------
    A sine of 1 kHz at full scale in one channel has -3.01 LUFS, by the recommendation's own definition.

    >>> import numpy as np
    >>> from core.audio import Audio
    >>> sine = np.sin(2 * np.pi * 997 * np.arange(2 * 48_000) / 48_000)
    >>> round(loudness_lufs(Audio(sine, sr=48_000)), 2)
    -3.01
    """
    power = _block_power(audio)
    power = power[power > 10 ** ((-70.0 + 0.691) / 10)]
    if not power.size:
        return -math.inf
    power = power[power > power.mean() / 10]
    return float(-0.691 + 10 * np.log10(power.mean()))


def _block_power(audio: Audio) -> FloatArray:
    """Mean square of the K-weighted sound, summed over channels, in each 400 ms block, ``(n_blocks,)``."""
    hop = round(audio.sr / 10)
    short = audio.n_samples < 4 * hop
    # A last hop that is not full belongs to no block, except in a sound that is one block as a whole.
    energy = np.zeros(-(-audio.n_samples // hop) if short else audio.n_samples // hop)
    for track in np.atleast_2d(audio.y):
        energy += _hop_energy(track, audio.sr, hop, len(energy))
    if short:
        return np.array([energy.sum() / audio.n_samples])
    return np.convolve(energy, np.ones(4), mode="valid") / (4 * hop)


def _hop_energy(track: Float32Array, sr: int, hop: int, n_hops: int) -> FloatArray:
    """Sum of squares of one K-weighted channel in each 100 ms, ``(n_hops,)``.

    Filtered ten seconds at a time: the whole sound in float64 would need twice its memory again.
    """
    from scipy.signal import sosfilt  # half a second to import, which a process that only plays need not pay

    sos = k_weighting_sos(sr)
    state = np.zeros((len(sos), 2))
    energy = np.zeros(n_hops)
    for start in range(0, track.size, 100 * hop):
        weighted, state = sosfilt(sos, track[start : start + 100 * hop].astype(np.float64), zi=state)
        index = np.minimum((start + np.arange(weighted.size)) // hop, n_hops)
        sums = np.bincount(index, weighted**2, minlength=n_hops + 1)
        energy += sums[:n_hops]
    return energy


def k_weighting_sos(sr: int) -> FloatArray:
    """The two K-weighting filters of BS.1770-4 as second-order sections.

    Parameters
    ----------
    sr : int > 0
        Sampling rate in Hz.

    Returns
    -------
    np.ndarray [shape=(2, 6)]
        The high shelf (table 1) and the high pass (table 2). At 48 kHz they equal the tables. The analogue
        frequencies, gain and Q are those that libebur128 found by inverting the tables.
    """
    k, q = math.tan(math.pi * 1681.974450955533 / sr), 0.7071752369554196
    high = 10 ** (3.999843853973347 / 20)
    band = high**0.4996667741545416 * k / q
    poles, norm = _poles(k, q)
    shelf = [(high + band + k * k) / norm, 2 * (k * k - high) / norm, (high - band + k * k) / norm, *poles]
    poles, _ = _poles(math.tan(math.pi * 38.13547087602444 / sr), 0.5003270373238773)
    return np.array([shelf, [1.0, -2.0, 1.0, *poles]])


def _poles(k: float, q: float) -> tuple[tuple[float, float, float], float]:
    """The denominator of a second-order section after the bilinear transform, and what it was divided by."""
    norm = 1 + k / q + k * k
    return (1.0, 2 * (k * k - 1) / norm, (1 - k / q + k * k) / norm), norm
