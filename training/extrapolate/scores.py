"""Scores of continuations: spectral and feature distances, Frechet distance, copying, joins, drift."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.arrays import Float32Array, IntArray
from core.audio import Audio
from core.audio.loudness import loudness_lufs
from core.extrapolate.analysis import Analysis
from core.extrapolate.blockwise_features import estimate_key, measure_frames, tempo_near
from core.extrapolate.joins import MAX_FLUX_Z, MAX_PHASE_MS, Join, Limits
from core.extrapolate.recompose import Addition
from core.extrapolate.second_features import DEEP_DB, GROUPS, describe, onset_frames
from core.extrapolate.slice_search import runs
from core.extrapolate.spectrograms import RANGE_DB, SR, chroma_of, log_mel, power
from core.signal.onsets import onset_strength
from training.intervals import bootstrap, bootstrap_statistic, group_rows, group_values

HORIZON_SEC = 10
N_FRECHET_DRAWS = 300
# Half of what is added: a stretch of the recording that goes on unbroken for longer counts as copied.
COPY_SEC = 5.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Heard:
    """Ten seconds of sound as they are compared, at ``SR`` and ``HOP``.

    Attributes
    ----------
    mel_db : ndarray of float32, shape=(80, frames)
        As the vectors are made of.
    deep_db : ndarray of float32, shape=(80, frames)
        The same down to 120 dB below full scale, as distances are measured.
    chroma : ndarray of float32, shape=(12, frames)
    """

    mel_db: Float32Array
    deep_db: Float32Array
    chroma: Float32Array

    @classmethod
    def of(cls, y: Float32Array) -> Heard:
        """Of a mono sound at ``SR``; cut or filled with silence to ten seconds."""
        n = HORIZON_SEC * SR
        spectrum = power(np.pad(y[:n], (0, max(0, n - len(y)))).astype(np.float32))
        chroma = np.where(spectrum.sum(axis=0) > 1e-6, chroma_of(spectrum), 0.0)
        deep = log_mel(spectrum, range_db=DEEP_DB)
        return cls(mel_db=np.maximum(deep, -RANGE_DB), deep_db=deep, chroma=chroma.astype(np.float32))

    @property
    def vectors(self) -> Float32Array:
        """Its seconds, shape=(10, N_FEATURES)."""
        return describe(self.mel_db, self.chroma, first_frame=0.0, n_sec=HORIZON_SEC)


def mel_distance(est: Heard, ref: Heard) -> float:
    """Mean absolute difference of the log-mel spectrograms in dB, band by band and frame by frame."""
    return float(np.abs(est.deep_db - ref.deep_db).mean())


def chroma_distance(est: Heard, ref: Heard) -> float:
    """Mean over frames of 1 less the cosine of the chroma vectors; 1 where only one of them is silent, else 0."""
    lengths = np.linalg.norm(est.chroma, axis=0) * np.linalg.norm(ref.chroma, axis=0)
    cosine = (est.chroma * ref.chroma).sum(axis=0) / np.maximum(lengths, 1e-9)
    both = (np.linalg.norm(est.chroma, axis=0) < 1e-6) & (np.linalg.norm(ref.chroma, axis=0) < 1e-6)
    return float(np.where(both, 0.0, 1.0 - cosine).mean())


def vector_distances(est: Float32Array, ref: Float32Array, spread: Float32Array) -> dict[str, float]:
    """Distance of ten vectors from the true ones, mean over seconds, all groups together and each alone.

    Parameters
    ----------
    est, ref : ndarray, shape=(10, N_FEATURES)
    spread : ndarray, shape=(N_FEATURES,)
        Standard deviation of each column over the training recordings.

    Returns
    -------
    dict
        ``"all"``: root of the mean over groups of the mean squared difference of their columns; and each group.
    """
    squares = np.square((est - ref) / spread)
    groups = {name: squares[:, part].mean(axis=1) for name, part in GROUPS.items()}
    everything = np.sqrt(np.mean(list(groups.values()), axis=0)).mean()
    return {"all": float(everything), **{name: float(np.sqrt(v).mean()) for name, v in groups.items()}}


def embedding(heard: Heard, center: Float32Array, spread: Float32Array) -> Float32Array:
    """Embedding of a continuation: mean and spread of its seconds, feature groups weighted equally."""
    scaled = (heard.vectors - center) / spread
    weight = np.concatenate([np.full(p.stop - p.start, (p.stop - p.start) ** -0.5) for p in GROUPS.values()])
    pooled = np.concatenate([scaled.mean(axis=0) * weight, scaled.std(axis=0) * weight])
    return np.asarray(pooled, dtype=np.float32)


def frechet(a: Float32Array, b: Float32Array) -> float:
    """Frechet distance of two sets of embeddings taken as normal with independent columns (Dowson, Landau 1982).

    The full covariance has more entries than there are clips to estimate them from.
    """
    means = np.square(a.mean(axis=0) - b.mean(axis=0)).sum()
    return float(np.sqrt(means + np.square(a.std(axis=0) - b.std(axis=0)).sum()))


def variance(heard: Heard) -> float:
    """Mean over bands of the variance along time, in dB squared."""
    return float(heard.mel_db.var(axis=1).mean())


def onset_rate(heard: Heard) -> float:
    """Onsets a second."""
    return len(onset_frames(onset_strength(heard.mel_db))) / HORIZON_SEC


def distribution(
    rows: dict[str, list[Heard]], keys: Sequence[str], center: Float32Array, spread: Float32Array
) -> dict[str, dict[str, Any]]:
    """How the continuations of all clips together compare with the true ones.

    Parameters
    ----------
    rows : dict
        Lists over clips by the name of what made them; ``"truth"`` among them.
    keys : sequence of str
        Track of each clip.
    center, spread : ndarray, shape=(N_FEATURES,)

    Returns
    -------
    dict
        By name: ``frechet`` with its interval by drawing tracks, ``variance_ratio`` and ``onset_rate_ratio``.
    """
    codes = {name: np.stack([embedding(h, center, spread) for h in heard]) for name, heard in rows.items()}
    variances = {name: float(np.mean([variance(h) for h in heard])) for name, heard in rows.items()}
    onsets = {name: float(np.mean([onset_rate(h) for h in heard])) for name, heard in rows.items()}
    tracks = group_rows(keys)
    found = {}
    for name in rows:
        if name == "truth":
            continue

        def distance(rows: IntArray, own: Float32Array = codes[name]) -> float:
            return frechet(own[rows], codes["truth"][rows])

        found[name] = {
            "frechet": round(frechet(codes[name], codes["truth"]), 4),
            "interval": bootstrap_statistic(distance, tracks, N_FRECHET_DRAWS),
            "variance_ratio": round(variances[name] / max(variances["truth"], 1e-6), 4),
            "onset_rate_ratio": round(onsets[name] / max(onsets["truth"], 1e-6), 4),
        }
    return found


def self_copy(addition: Addition, analysis: Analysis, longer_sec: float = COPY_SEC) -> float:
    """Share of what was added that lies in unbroken stretches of the recording longer than so many seconds."""
    lengths = analysis.slice_sec
    stretches = [float(lengths[first:last].sum()) for first, last in runs(addition.slices)]
    return sum(s for s in stretches if s > longer_sec) / max(sum(stretches), 1e-9)


# Figures with intervals.


def figure(values: Sequence[float], keys: Sequence[str]) -> dict[str, Any]:
    """Mean over clips, with its interval by drawing tracks."""
    return {"mean": round(float(np.mean(values)), 4), "interval": bootstrap(group_values(values, keys))}


def against(own: Sequence[float], other: Sequence[float], keys: Sequence[str]) -> dict[str, Any]:
    """Own less other, clip by clip: below 0 the own one is nearer; ``significant`` where the whole interval is."""
    found = figure([a - b for a, b in zip(own, other, strict=True)], keys)
    return {**found, "better": found["interval"][1] < 0, "not_worse": found["interval"][0] <= 0}


# Joins.


def beat_phase_ms(analysis: Analysis, out: int, start: int) -> float | None:
    """How far the beat is displaced by a cut from one sample to another; None without a beat."""
    if not analysis.has_beat:
        return None
    beats = np.arange(len(analysis.bounds))
    places = np.interp([out, start], analysis.bounds, beats)
    apart = (places[1] - places[0] + 0.5) % 1.0 - 0.5
    return float(abs(apart) * 60.0 / (analysis.tempo_qpm or 60.0) * 1e3)


def cut_joins(audio: Audio, analysis: Analysis, places: Sequence[tuple[int, int]]) -> list[Join]:
    """Joins of plain cuts, from one sample of the recording to another, without fade or level."""
    y = np.atleast_2d(audio.y)
    reach = audio.sr
    limits = Limits(analysis)
    joins = []
    for out, start in places:
        before, after = y[:, max(0, out - reach) : out], y[:, start : start + reach]
        joined = np.concatenate([before, after], axis=1)
        phase = beat_phase_ms(analysis, out, start)
        joins.append(limits.join(joined, before.shape[1], audio.sr, out, start, 0, 0.0, phase))
    return joins


def join_shares(per_clip: Sequence[Sequence[Join]]) -> dict[str, Any]:
    """Shares of joins that keep to each limit and to all, with intervals by drawing clips."""
    clips = [joins for joins in per_clip if joins]
    if not clips:
        return {"n": 0}
    found: dict[str, Any] = {"n": sum(len(joins) for joins in clips), "n_clips": len(clips)}
    tests: dict[str, Callable[[Join], bool]] = {
        "level": lambda join: abs(join.level_jump_db) <= join.level_limit_db,
        "flux": lambda join: join.flux_z <= MAX_FLUX_Z,
        "beat_phase": lambda join: join.phase_ms is None or join.phase_ms <= MAX_PHASE_MS,
        "all": lambda join: join.good,
    }
    for name, holds in tests.items():
        values = [np.array([float(holds(join)) for join in joins]) for joins in clips]
        found[name] = {"share": round(float(np.concatenate(values).mean()), 4), "interval": bootstrap(values)}
    return found


# Drift.


@dataclass(frozen=True, kw_only=True)
class Portrait:
    """Tempo in beats a minute (None without a beat), key (None without pitch), and loudness of a sound."""

    tempo_qpm: float | None
    key: tuple[str, str] | None
    loudness_lufs: float


def portrait(y: Float32Array, sr: int, start_qpm: float | None) -> Portrait:
    """Measure a mono sound; the tempo is looked for near one that is given, so that no octave is chosen anew."""
    course = measure_frames([y[None]], sr)
    tempo = None if start_qpm is None else tempo_near(course, start_qpm)
    return Portrait(
        tempo_qpm=tempo, key=estimate_key(course.chroma), loudness_lufs=loudness_lufs(Audio(y, sr))
    )


def tempo_drift(before: float, after: float) -> float:
    """Share by which a tempo changed; twice or half of it is the same tempo, counted otherwise."""
    ratio = after / before
    ratio = min((ratio, ratio * 2, ratio / 2), key=lambda r: abs(np.log(r)))
    return float(abs(ratio - 1))
