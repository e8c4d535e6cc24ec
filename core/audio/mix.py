"""Mix of composed music: a small room, one gain for the whole piece, and a limiter for the peaks that are left.

Target: -16 LUFS, which is what Apple and the AES recommend for streamed music, with true peaks at -1 dBTP at most.
The gain is one number for a piece: what was softer stays softer by as much, except within 40 ms of a peak that the
limiter lowers. Data that are played directly (Direct) do not come here, because their level is the datum's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.arrays import Float32Array
from core.audio.limiting import limit_peaks, true_peak
from core.audio.loudness import loudness_lufs
from core.audio.reverb import add_reverb
from core.audio.waveform import Audio

TARGET_LUFS = -16.0
TOLERANCE_LU = 0.1
CEILING_DBTP = -1.0
REACH_SEC = 0.02
"""How long before and after a peak the limiter acts: slow enough to be gentle, within an attack."""

MAX_GAIN_DB = 40.0
"""What is more than 40 dB below the target is left quieter: mostly silence would be raised."""

MAX_REDUCTION_DB = 8.0
"""Peaks are not lowered by more than this; a piece of a few loud strokes stays quieter instead."""

_N_ATTEMPTS = 4
_HEARD_DB = 0.1  # a gain change that counts
_FADE_SEC = 0.05


@dataclass(frozen=True, kw_only=True)
class MixFacts:
    """What a mix did and how it came out, measured on the result.

    Attributes
    ----------
    loudness_lufs, true_peak_dbtp : float
        ``-inf`` for silence.
    gain_db : float
        Of the whole piece.
    limited_share : float in [0, 1]
        Part of the time in which the limiter lowers the sound by more than 0.1 dB.
    most_limited_db : float
        By how much the highest peak was lowered.
    is_on_target : bool
        Within 1 LU of -16 LUFS; not where a piece is nearly silent or a few strokes are far louder than the rest.
    """

    loudness_lufs: float
    true_peak_dbtp: float
    gain_db: float
    limited_share: float
    most_limited_db: float
    is_on_target: bool

    def report(self) -> dict[str, Any]:
        """The facts with rounded numbers, ready for JSON."""

        def tell(value: float) -> float | None:
            return round(value, 3) if math.isfinite(value) else None

        return {
            "target_lufs": TARGET_LUFS,
            "loudness_lufs": tell(self.loudness_lufs),
            "true_peak_dbtp": tell(self.true_peak_dbtp),
            "gain_db": tell(self.gain_db),
            "limited_share": tell(self.limited_share),
            "most_limited_db": tell(self.most_limited_db),
            "on_target": self.is_on_target,
        }


@dataclass(frozen=True, eq=False)
class Mixed:
    """A mixed sound and its facts."""

    audio: Audio
    facts: MixFacts


def mix(audio: Audio, *, reverb: bool = True, overwrite: bool = False) -> Mixed:
    """Mix a rendered piece; it stays as long, and no onset moves.

    Parameters
    ----------
    audio : Audio
        Stereo, as a synthesizer renders it.
    reverb : bool
    overwrite : bool
        The samples of `audio` become those of the mix: ten minutes are 210 MB.

    Returns
    -------
    Mixed
        True peaks at `CEILING_DBTP` at most, always; at -16 LUFS if `MixFacts.is_on_target`.

    Examples
    --------
    >>> tone = np.tile(0.05 * np.sin(2 * np.pi * 440 * np.arange(88_200) / 44_100), (2, 1))
    >>> facts = mix(Audio(tone, sr=44_100)).facts
    >>> facts.is_on_target, facts.true_peak_dbtp <= -1.0
    (True, True)
    """
    if not overwrite:
        audio = Audio(audio.y.copy(), audio.sr)
    if reverb:
        add_reverb(audio, overwrite=True)
        n_fade = min(round(_FADE_SEC * audio.sr), audio.n_samples)
        audio.y[:, -n_fade:] *= np.linspace(1.0, 0.0, n_fade, dtype=np.float32)
    loudness = loudness_lufs(audio)
    if not math.isfinite(loudness):
        return Mixed(audio, _silent_facts())
    most = min(MAX_GAIN_DB, CEILING_DBTP + MAX_REDUCTION_DB - _true_peak_db(audio.y))
    gain_db, curve = 0.0, np.ones(audio.n_samples, dtype=np.float32)
    for _ in range(_N_ATTEMPTS):
        # What the limiter took of the loudness is made up for, and limited again.
        step_db = min(TARGET_LUFS - loudness, most - gain_db)
        if gain_db and abs(step_db) <= TOLERANCE_LU:
            break
        gain_db += step_db
        audio.y[:] *= np.float32(10.0 ** (step_db / 20.0))
        _hold_ceiling(audio.y, audio.sr, curve)
        loudness = loudness_lufs(audio)
    facts = MixFacts(
        loudness_lufs=loudness,
        true_peak_dbtp=_true_peak_db(audio.y),
        gain_db=gain_db,
        limited_share=float((curve < 10.0 ** (-_HEARD_DB / 20.0)).mean()),
        most_limited_db=abs(20.0 * math.log10(float(curve.min()))),
        is_on_target=abs(loudness - TARGET_LUFS) <= 1.0,
    )
    return Mixed(audio, facts)


def _hold_ceiling(y: Float32Array, sr: int, curve: Float32Array) -> None:
    """Lower true peaks above the ceiling in place; `curve` is multiplied by the gain of the limiter."""
    limit_peaks(y, sr, ceiling_dbfs=CEILING_DBTP, reach_sec=REACH_SEC, true_peaks=True, gain=curve)
    excess_db = _true_peak_db(y) - CEILING_DBTP
    if excess_db > 0.0:
        # Some hundredths of a decibel that smoothing moved between the samples: the promise is exact.
        y *= np.float32(10.0 ** (-(excess_db + 1e-3) / 20.0))


def _true_peak_db(y: Float32Array) -> float:
    return 20.0 * math.log10(max(true_peak(y), 1e-9))


def _silent_facts() -> MixFacts:
    return MixFacts(
        loudness_lufs=-math.inf,
        true_peak_dbtp=-math.inf,
        gain_db=0.0,
        limited_share=0.0,
        most_limited_db=0.0,
        is_on_target=False,
    )
