"""Neural synthesis: the forecast mel spectrogram inverted to audio by Griffin-Lim.

A mel spectrogram has neither phase nor fine pitch; both are invented here (Griffin and Lim 1984, with the momentum of
Perraudin et al. 2013). It is new material of lower fidelity, and the page says so.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.arrays import Float32Array
from core.audio import Audio
from core.audio.crossfade import crossfade_gains
from core.extrapolate.analysis import Analysis
from core.extrapolate.forecast import Forecast
from core.extrapolate.joins import Limits
from core.extrapolate.recompose import Addition
from core.extrapolate.second_features import DEEP_DB
from core.extrapolate.spectrograms import HOP, N_FFT, N_MELS, SR, log_mel, mel_bands, mel_hz, power
from core.progress import Progress, ignore_progress
from core.signal.stft import istft, stft

# Rounds of the search for phases; long additions are given fewer, so that ten minutes are made within half of one.
N_ITERATIONS = 24
N_ITERATIONS_LONG = 10
LONG_FRAMES = 60 * SR // HOP
MOMENTUM = 0.99
# Sound is made in pieces of so many frames, 10 s, so that its memory has a bound.
CHUNK_FRAMES = 431
OVERLAP_FRAMES = 16
FADE_SEC = 0.06
# Near the recording the level is drawn to where it was left, at most so far, within so many seconds.
MAX_GAIN_DB = 6.0
GAIN_SEC = 3.0
_NEAR_SEC = 0.5  # of both sides of the join, whose levels are compared


def synthesize(
    audio: Audio,
    analysis: Analysis,
    forecast: Forecast,
    *,
    bound: int,
    seed: int = 0,
    own_sec: float | None = None,
    progress: Progress | None = None,
) -> Addition:
    """Continue from a slice boundary of the recording, or lead up to it, with generated sound.

    Parameters
    ----------
    audio : Audio
    analysis : Analysis
        Of the same.
    forecast : Forecast
        Of what comes after the bound or before it; it says how long and on which side.
    bound : int
        Where the recording is left (entered), 0 to ``analysis.n``.
    seed : int
    own_sec : float, optional
        How much of the recording is played beside the addition; all of it if not given.
    progress : callable, optional
        Called with a share from 0 to 1 and what is being done.

    Returns
    -------
    Addition
        With one join and no slices; the new sound is the same in every channel.
    """
    tell = progress or ignore_progress
    made = render(forecast, audio, seed=seed, progress=tell)
    recording = np.atleast_2d(audio.y)
    at, backward = int(analysis.bounds[bound]), forecast.direction == "before"
    n_own = recording.shape[1] if own_sec is None else round(own_sec * audio.sr)
    if backward:
        own = recording[:, at : min(int(analysis.bounds[-1]), at + n_own)]
    else:
        own = recording[:, max(int(analysis.bounds[0]), at - n_own) : at]
    n_own = own.shape[1]
    n_fade = min(round(FADE_SEC * audio.sr), n_own, len(made))
    n_new = len(made) - n_fade
    y = np.empty((recording.shape[0], n_own + n_new), dtype=np.float32)
    # Away from the recording, which lies on the left then.
    outward = y[:, ::-1] if backward else y
    if backward:
        own, made = own[:, ::-1], made[::-1]
    if n_own:
        _match_level(made, own, audio.sr)
    outward[:, :n_own], outward[:, n_own:] = own, made[n_fade:]
    if n_fade:
        goes, comes = crossfade_gains(n_fade, 0.0)
        outward[:, n_own - n_fade : n_own] = own[:, n_own - n_fade :] * goes + made[:n_fade] * comes
    middle = n_new + n_fade // 2 if backward else n_own - n_fade // 2
    joins = [Limits(analysis).join(y, middle, audio.sr, at, at)] if n_own else []
    at_sample = n_new if backward else n_own
    tell(1.0, "Joined")
    return Addition(y=y, at_sample=at_sample, joins=joins, slices=[])


def render(
    forecast: Forecast, audio: Audio, *, seed: int = 0, progress: Progress | None = None
) -> Float32Array:
    """The forecast's spectrogram as sound at the recording's rate.

    Parameters
    ----------
    forecast : Forecast
    audio : Audio
        For its sampling rate.
    seed : int
        Of the phases that the search for consistent ones begins with.
    progress : callable, optional

    Returns
    -------
    ndarray of float32, shape=(n,)
        Mono, as long as the forecast.
    """
    import soxr

    mel_db, rng = forecast.log_mel_db, np.random.default_rng(seed)
    tell = progress or ignore_progress
    n_frames = mel_db.shape[1]
    n_iterations = N_ITERATIONS if n_frames <= LONG_FRAMES else N_ITERATIONS_LONG
    y = np.zeros(n_frames * HOP, dtype=np.float32)
    angle = np.linspace(0.0, 1.0, OVERLAP_FRAMES * HOP, dtype=np.float32) * np.float32(np.pi / 2)
    for start in range(0, n_frames, CHUNK_FRAMES):
        tell(start / n_frames, "Converting the spectrogram to sound")
        first = max(0, start - OVERLAP_FRAMES)
        part = griffin_lim(mel_db[:, first : start + CHUNK_FRAMES], rng, n_iterations)
        there = y[first * HOP :][: len(part)]
        if start:
            # Both sides of the overlap say the same spectrogram with phases of their own.
            n = min(len(angle), len(part))
            part[:n] *= np.sin(angle[:n])
            there[:n] *= np.cos(angle[:n])
        there += part[: len(there)]
    return y if audio.sr == SR else np.asarray(soxr.resample(y, SR, audio.sr, quality="HQ"))


def griffin_lim(
    mel_db: Float32Array, rng: np.random.Generator, n_iterations: int = N_ITERATIONS
) -> Float32Array:
    """Invert a log-mel spectrogram to a sound of ``frames * HOP`` samples at ``SR``."""
    size = np.sqrt(linear_power(mel_db))  # (bins, frames)
    turn = np.exp(2j * np.pi * rng.random(size.shape)).astype(np.complex64)
    before: NDArray[np.complex64] | None = None
    n = mel_db.shape[1] * HOP
    for _ in range(n_iterations):
        y = istft(size * turn, hop_length=HOP, length=n)
        found = stft(y, n_fft=N_FFT, hop_length=HOP)[:, : size.shape[1]]
        turn = found if before is None else found - (MOMENTUM / (1 + MOMENTUM)) * before
        turn = turn / (np.abs(turn) + 1e-12)
        before = found
    y = istft(size * turn, hop_length=HOP, length=n)
    # Phases that do not quite agree cost level: it is given back where most of the energy is.
    got = log_mel(power(y), range_db=DEEP_DB)[:, : mel_db.shape[1]]
    weight = 10 ** (mel_db / 10)
    lost_db = float((weight * np.clip(mel_db - got, -10, 10)).sum() / (weight.sum() + 1e-12))
    return np.asarray(y * np.float32(10 ** (lost_db / 20)), dtype=np.float32)


def linear_power(mel_db: Float32Array) -> Float32Array:
    """Power spectrogram with the given mel bands, shape=(N_FFT / 2 + 1, frames).

    Starts with the bands' values on straight lines between their centers, in dB, and is then corrected a few times by
    the ratio of wanted to present bands (Richardson 1972, Lucy 1974), which keeps it positive.
    """
    basis = mel_bands()
    wanted = (10 ** (mel_db / 10)) * (N_FFT / 4) ** 2
    density = 10 * np.log10(wanted / (basis.sum(axis=1, keepdims=True) + 1e-12) + 1e-12)
    place = np.interp(np.arange(basis.shape[1]), mel_hz() / SR * N_FFT, np.arange(N_MELS))
    low = np.minimum(place.astype(int), N_MELS - 2)
    share = (place - low)[:, None]
    spectrum = 10 ** ((density[low] * (1 - share) + density[low + 1] * share) / 10)
    spectrum[basis.sum(axis=0) <= 0] = 0.0
    norm = basis.sum(axis=0)[:, None] + 1e-12
    for _ in range(4):
        spectrum *= (basis.T @ (wanted / (basis @ spectrum + 1e-9))) / norm
    return np.asarray(spectrum, dtype=np.float32)


def _match_level(made: Float32Array, own: Float32Array, sr: int) -> None:
    """Match the start's loudness to the end of the recording, shape=(channels, n); in place."""
    window = min(round(_NEAR_SEC * sr), own.shape[1], len(made))
    there = own[:, -window:].mean(axis=0)
    apart = 10 * np.log10((float(np.mean(there**2)) + 1e-9) / (float(np.mean(made[:window] ** 2)) + 1e-9))
    n = min(round(GAIN_SEC * sr), len(made))
    gain_db = float(np.clip(apart, -MAX_GAIN_DB, MAX_GAIN_DB)) * (1.0 - np.arange(n) / sr / GAIN_SEC)
    made[:n] *= (10 ** (gain_db / 20)).astype(np.float32)
