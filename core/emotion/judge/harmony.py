"""Transposition-invariant features of tonality and harmony.

Keys are found by correlation with the profiles of Krumhansl and Kessler and of Temperley; chords by comparing what sounds with templates, as in Fujishima (1999).
"""

from __future__ import annotations

import numpy as np

from core.arrays import FloatArray, IntArray
from core.music.key import KRUMHANSL, TEMPERLEY, key_correlations

Features = dict[str, "float | np.floating"]

FRAME_SEC = 0.1
# Chords are read from what sounded in the last 0.6 s (every 0.3 s) and in the last 2 s (every 1 s).
SPANS = {"quick": (6, 3), "slow": (20, 10)}
ON_THE_BASS = 0.08  # a chord with its root in the bass is preferred by so much

MAJOR_SCALE = (0, 2, 4, 5, 7, 9, 11)
CHORDS = {
    "major": (0, 4, 7),
    "minor": (0, 3, 7),
    "diminished": (0, 3, 6),
    "augmented": (0, 4, 8),
    "sus4": (0, 5, 7),
    "sus2": (0, 2, 7),
    "seventh": (0, 4, 7, 10),
    "major seventh": (0, 4, 7, 11),
    "minor seventh": (0, 3, 7, 10),
    "half-diminished": (0, 3, 6, 10),
    "diminished seventh": (0, 3, 6, 9),
    "major ninth": (0, 2, 4, 7),
    "minor ninth": (0, 2, 3, 7),
}


_SCALES = np.stack([np.roll(np.isin(np.arange(12), MAJOR_SCALE), key) for key in range(12)])
_TEMPLATES = np.stack(
    [
        [np.roll(np.isin(np.arange(12), chord) / np.sqrt(len(chord)), root) for root in range(12)]
        for chord in CHORDS.values()
    ]
)
# 1 for chords with a major third and a fifth, -1 for those with a minor third.
_THIRDS = np.array([int({4, 7} <= set(chord)) - int(3 in chord) for chord in CHORDS.values()])


def tonality(weights: FloatArray) -> tuple[Features, int]:
    """Mode, tonic and scale features from the pitch class distribution.

    Parameters
    ----------
    weights : ndarray, shape=(12,)

    Returns
    -------
    features : dict of float
    scale : int in [0, 11]
        The pitch class on which the major scale begins that holds most of the sound.
    """
    profile = weights / max(float(weights.sum()), 1e-9)
    found: Features = {}
    for name, profiles in (("krumhansl", KRUMHANSL), ("temperley", TEMPERLEY)):
        major, minor = key_correlations(profile, profiles).max(axis=1)
        found |= {
            f"{name} major": major,
            f"{name} minor": minor,
            f"{name} mode": major - minor,
        }
    fits = key_correlations(profile, TEMPERLEY)
    ranked = np.sort(fits.ravel())
    found["key clear"] = ranked[-1] - ranked[-2]
    tonic = int(fits.argmax()) % 12
    found |= {f"above tonic {k}": profile[(tonic + k) % 12] for k in range(12)}
    in_scale = _SCALES @ profile
    scale = int(in_scale.argmax())
    found["in scale"] = in_scale[scale]
    found |= {f"above scale {k}": profile[(scale + k) % 12] for k in range(12)}
    # How much the profile is like chains of equal intervals (Quinn 2006, Amiot 2016).
    circles = np.abs(np.fft.fft(profile))
    found |= {f"circle {k}": circles[k] for k in range(1, 7)}
    found["pitch class entropy"] = -(profile * np.log(profile + 1e-9)).sum()
    return found, scale


def harmony(sounding: FloatArray, scale: int) -> Features:
    """Chords, how they follow each other, and intervals above the bass.

    Parameters
    ----------
    sounding : ndarray, shape=(n_frames, 128)
        How loud each pitch is in frames of :data:`FRAME_SEC`.
    scale : int in [0, 11]
        The pitch class on which the major scale of the piece begins.
    """
    active = sounding > 1e-6
    found: Features = {
        "notes sounding": active.sum(axis=1).mean(),
        "share silent": (~active.any(axis=1)).mean(),
    }
    for name, (length, hop) in SPANS.items():
        heard = _sum_trailing(sounding, length)[::hop]
        heard = heard[heard.sum(axis=1) > 1e-6]
        chroma = np.sqrt(np.stack([heard[:, k::12].sum(axis=1) for k in range(12)], axis=1))
        chroma /= np.linalg.norm(chroma, axis=1, keepdims=True)
        bass = (heard > 1e-6).argmax(axis=1) % 12
        found |= {f"{name} {key}": value for key, value in _chords(chroma, bass, scale).items()}
        found |= {f"{name} {key}": value for key, value in _intervals(chroma, bass).items()}
    major, minor = key_correlations(chroma**2, TEMPERLEY).max(axis=2).T
    found["slow mode"] = (major - minor).mean()
    found["slow mode spread"] = (major - minor).std()
    return found


def _sum_trailing(sounding: FloatArray, length: int) -> FloatArray:
    """Moving sums over the last ``length`` frames, so that an arpeggio counts as one chord."""
    sums = np.cumsum(np.concatenate([np.zeros((length, sounding.shape[1])), sounding]), axis=0)
    # What is left by the subtraction of equal sums is not sound.
    found: FloatArray = np.maximum(sums[length:] - sums[:-length], 0.0)
    return found


def _chords(chroma: FloatArray, bass: IntArray, scale: int) -> Features:
    scores = np.einsum("qrc,fc->fqr", _TEMPLATES, chroma)
    scores[np.arange(len(scores)), :, bass] += ON_THE_BASS
    # Of chords that fit equally, the one with its root nearest above the bass, in every key.
    scores -= 1e-6 * ((np.arange(12) - bass[:, None]) % 12)[:, None]
    flat = scores.reshape(len(scores), -1)
    best = flat.argmax(axis=1)
    kind, root = best // 12, best % 12
    shares = np.bincount(kind, minlength=len(CHORDS)) / len(kind)
    degree = (root - scale) % 12
    changed = np.diff(best) != 0
    moves = (np.diff(root) % 12)[changed]
    move_shares = np.bincount(moves, minlength=12) / max(1, len(moves))
    return {
        **dict(zip(CHORDS, shares, strict=True)),
        "chord fit": flat.max(axis=1).mean(),
        "major less minor": shares @ _THIRDS,
        **{f"root {k}": (degree == k).mean() for k in MAJOR_SCALE},
        "root outside": (~np.isin(degree, MAJOR_SCALE)).mean(),
        "chord change": changed.mean() if len(changed) else 0.0,
        **{f"root moves {k}": move_shares[k] for k in range(12)},
        "chord variety": len(set(best.tolist())) / len(best),
    }


def _intervals(chroma: FloatArray, bass: IntArray) -> Features:
    power = chroma**2
    above = np.take_along_axis(power, (bass[:, None] + np.arange(12)) % 12, axis=1).mean(axis=0)
    moved = np.linalg.norm(np.diff(chroma, axis=0), axis=1)
    return {
        "flux": moved.mean() if len(moved) else 0.0,
        **{f"above bass {k}": above[k] for k in range(12)},
        **{f"interval {k}": (power * np.roll(power, k, axis=1)).sum(axis=1).mean() for k in range(1, 7)},
    }
