"""Score Extrapolate's networks and engines on clips: features, sound, joins, drift, beside simple baselines."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from core.arrays import Float32Array
from core.audio import Audio
from core.errors import InputError
from core.extrapolate.analysis import Analysis, analyze
from core.extrapolate.forecast import Forecaster, targets_for
from core.extrapolate.neural_synthesis import synthesize
from core.extrapolate.recompose import Addition, recompose
from core.extrapolate.result import COPY_SEC
from core.extrapolate.second_features import GROUPS, PLACES_A_SEC, SecondFeatures, second_features
from core.extrapolate.spectrograms import SR
from core.nn.card import has_card
from core.nn.weights import load
from training.baselines.extrapolate_original.model import OriginalNet
from training.baselines.extrapolate_original.play import play_original
from training.extrapolate import scores
from training.extrapolate.independent_measures import describe_known, measure_independently, render_known
from training.extrapolate.known_pieces import known_pieces
from training.extrapolate.prepare import Clip, find_clips, read
from training.extrapolate.scores import HORIZON_SEC, Heard

MIN_SEC = 25.0
MAX_CLIPS = 60
CONTEXT_SEC = 20
# Twelve blocks of the forecast are chained to add so much; measured on this many clips, by chance.
CHAINED_SEC = 120.0
MAX_DRIFT_CLIPS = 24
ADVENTURE = 0.4

COPIES = ("loop", "random_segment", "last_second")


@dataclass(frozen=True, kw_only=True, eq=False)
class Task:
    """A clip cut into context and the true next ten seconds."""

    key: str
    given: Audio
    truth: Float32Array  # mono at SR

    @property
    def mono(self) -> Float32Array:
        """The last twenty seconds of what is given, or as many as there are; mono at ``SR``."""
        return self.given.mono().resample(SR).y[-CONTEXT_SEC * SR :]


def cut_tasks(clips: Sequence[Clip]) -> tuple[list[Task], dict[str, int]]:
    """Cut clips; those that are short, silent or damaged are counted, and of many some are drawn.

    Parameters
    ----------
    clips : sequence of Clip

    Returns
    -------
    list of Task
    dict
        How many were ``short``, ``unusable`` and ``not_drawn``.
    """
    order = np.random.default_rng(0).permutation(len(clips))
    found: list[Task] = []
    left_out = Counter({"short": 0, "unusable": 0, "not_drawn": 0})
    for i in order:
        if len(found) == MAX_CLIPS:
            left_out["not_drawn"] += 1
            continue
        audio = read(clips[i])
        if audio is None:
            left_out["unusable"] += 1
            continue
        if audio.duration_sec < MIN_SEC:
            left_out["short"] += 1
            continue
        # Half a minute of a long recording is what a clip of the set has.
        n = min(audio.n_samples, (CONTEXT_SEC + HORIZON_SEC) * audio.sr)
        cut = n - HORIZON_SEC * audio.sr
        given = Audio(audio.y[..., :cut], audio.sr)
        truth = Audio(audio.y[..., cut:n], audio.sr).mono().resample(SR).y
        try:
            analyze(given)
        except InputError:
            left_out["unusable"] += 1
            continue
        found.append(Task(key=clips[i].key, given=given, truth=truth))
    return found, dict(left_out)


# Baselines.


def segments(context: Float32Array, seed: int) -> dict[str, Float32Array]:
    """Baseline continuations of ten seconds: silence, loop, random segment, last second."""
    n, horizon = len(context), HORIZON_SEC * SR
    start = int(np.random.default_rng(seed).integers(0, max(1, n - horizon)))
    last = context[-SR:]
    return {
        "silence": np.zeros(horizon, dtype=np.float32),
        "loop": np.resize(context[-horizon:], horizon),
        "random_segment": np.resize(context[start : start + horizon], horizon),
        "last_second": np.resize(last, horizon),
    }


def predict_baselines(given: SecondFeatures, within: Float32Array, seed: int) -> dict[str, Float32Array]:
    """Baseline predictions of ten vectors from the vectors of the context."""
    own = given.vectors
    n_places = PLACES_A_SEC * (HORIZON_SEC - 1) + 1
    start = int(np.random.default_rng(seed).integers(0, max(1, len(given.places) - n_places + 1)))
    chance = given.places[start : start + n_places : PLACES_A_SEC]
    repeated, correlation = repeat_best_lag(given.places, within)
    mean = own.mean(axis=0)
    return {
        "repeat_last": np.repeat(own[-1:], HORIZON_SEC, axis=0),
        "mean": np.repeat(mean[None], HORIZON_SEC, axis=0),
        "repeat_best_lag": repeated,
        # The more like itself the sound is so far back, the more of the repetition; nothing is learned here either.
        "repeat_best_lag_toward_mean": mean + correlation * (repeated - mean),
        "loop": np.resize(own[-HORIZON_SEC:], (HORIZON_SEC, own.shape[1])),
        "random_segment": np.resize(chance, (HORIZON_SEC, own.shape[1])),
    }


def repeat_best_lag(places: Float32Array, within: Float32Array) -> tuple[Float32Array, float]:
    """Repeat what lies back by the lag of the highest autocorrelation, one second or more.

    Parameters
    ----------
    places : ndarray, shape=(16 (n_sec - 1) + 1, N_FEATURES)
    within : ndarray, shape=(N_FEATURES,)
        Usual spread within a recording: what hardly changes in this one counts less.

    Returns
    -------
    ndarray of float32, shape=(10, N_FEATURES)
    float
        The autocorrelation at that lag, 0 to 1.
    """
    n = len(places)
    weight = np.concatenate([np.full(p.stop - p.start, (p.stop - p.start) ** -0.5) for p in GROUPS.values()])
    scaled = (places - places.mean(axis=0)) / np.maximum(places.std(axis=0), 0.3 * within) * weight
    power = np.square(np.abs(np.fft.rfft(scaled, n=2 * n, axis=0))).sum(axis=1)
    alike = np.fft.irfft(power, n=2 * n)[:n] / (n - np.arange(n) + 4 * PLACES_A_SEC)
    alike = alike / max(float(alike[0]) * (n + 4 * PLACES_A_SEC) / n, 1e-9)
    lag = PLACES_A_SEC + int(alike[PLACES_A_SEC : max(PLACES_A_SEC + 1, 2 * n // 3)].argmax())
    ahead = PLACES_A_SEC * np.arange(1, HORIZON_SEC + 1)
    found = n - 1 + ahead - lag * (1 + (ahead - 1) // lag)
    return places[np.clip(found, 0, n - 1)], float(np.clip(alike[min(lag, n - 1)], 0.0, 1.0))


def mean_spectrum(context: Heard) -> Heard:
    """The mean of the log-mel spectrogram and of the chroma, held for ten seconds."""
    n = context.mel_db.shape[1]
    return Heard(
        mel_db=np.repeat(context.mel_db.mean(axis=1, keepdims=True), n, axis=1),
        deep_db=np.repeat(context.deep_db.mean(axis=1, keepdims=True), n, axis=1),
        chroma=np.repeat(context.chroma.mean(axis=1, keepdims=True), n, axis=1),
    )


# Parts of the table.


@dataclass(frozen=True, kw_only=True, eq=False)
class Measured:
    """Measurements of all clips, each list in their order."""

    keys: list[str]
    vectors: dict[str, list[dict[str, float]]]
    mel: dict[str, list[float]]
    chroma: dict[str, list[float]]
    heard: dict[str, list[Heard]]
    copied: dict[float, list[float]]


def measure(found: Sequence[Task], forecaster: Forecaster, original_model: OriginalNet | None) -> Measured:
    """Continue every clip with every method and compare with the truth."""
    spread = forecaster.network.usual_spread
    told = Measured(
        keys=[task.key for task in found],
        vectors=defaultdict(list),
        mel=defaultdict(list),
        chroma=defaultdict(list),
        heard=defaultdict(list),
        copied=defaultdict(list),
    )
    for i, task in enumerate(found):
        truth, context = Heard.of(task.truth), task.mono
        given = second_features(context, SR)
        sounds = segments(context, i)
        if original_model is not None:
            sounds["original_network"] = play_original(original_model, context)
        analysis = analyze(task.given)
        expected = forecaster.from_seconds(given, seconds=HORIZON_SEC, temperature=0.0)
        drawn = forecaster.from_seconds(given, seconds=HORIZON_SEC, seed=i)
        targets, target_weights = targets_for(drawn, analysis)
        added = {
            "recompose": recompose(
                task.given,
                analysis,
                bound=analysis.n,
                seconds=HORIZON_SEC,
                targets=targets,
                target_weights=target_weights,
                adventure=ADVENTURE,
                seed=i,
                keep_key=True,
            ),
            "neural": synthesize(task.given, analysis, drawn, bound=analysis.n, seed=i),
        }
        for name, addition in added.items():
            mono = addition.y[:, addition.at_sample :].mean(axis=0)
            sounds[name] = Audio(mono, task.given.sr).resample(SR).y
        for longer_sec in (scores.COPY_SEC, COPY_SEC):
            told.copied[longer_sec].append(scores.self_copy(added["recompose"], analysis, longer_sec))
        heard = {name: Heard.of(y) for name, y in sounds.items()}
        heard["mean_spectrum"] = mean_spectrum(Heard.of(context[-HORIZON_SEC * SR :]))
        for name, one in heard.items():
            told.mel[name].append(scores.mel_distance(one, truth))
            told.chroma[name].append(scores.chroma_distance(one, truth))
            told.heard[name].append(one)
        told.heard["truth"].append(truth)
        vectors = predict_baselines(given, forecaster.network.within, i) | {
            "model": expected.vectors,
            "model_drawn": drawn.vectors,
        }
        for name in ("silence", "original_network"):
            if name in heard:
                vectors[name] = heard[name].vectors
        for name, rows in vectors.items():
            told.vectors[name].append(scores.vector_distances(rows, truth.vectors, spread))
    return told


def feature_table(told: Measured) -> dict[str, Any]:
    """Distances of predicted vectors from the true ones; the paired differences are the model's less each other's."""
    keys = told.keys

    def told_of(name: str) -> dict[str, Any]:
        rows = told.vectors[name]
        groups = {g: round(float(np.mean([row[g] for row in rows])), 4) for g in rows[0] if g != "all"}
        return {"distance": scores.figure([row["all"] for row in rows], keys), "groups": groups}

    own = [row["all"] for row in told.vectors["model"]]
    baselines = {}
    for name in told.vectors:
        if not name.startswith("model"):
            others = [row["all"] for row in told.vectors[name]]
            baselines[name] = {**told_of(name), "model_less_this": scores.against(own, others, keys)}
    return {"n": len(keys), "n_tracks": len(set(keys)), "model": told_of("model"), "baselines": baselines}


def audio_table(told: Measured, forecaster: Forecaster) -> dict[str, Any]:
    """Distances of the sounds from the true ones, one by one and as a distribution, and what is copied."""
    keys, network = told.keys, forecaster.network
    spread = scores.distribution(told.heard, keys, network.usual_mean, network.usual_spread)

    def told_of(name: str) -> dict[str, Any]:
        return {
            "log_mel_db": scores.figure(told.mel[name], keys),
            "chroma": scores.figure(told.chroma[name], keys),
            "distribution": spread[name],
        }

    table: dict[str, Any] = {"n": len(keys), "n_tracks": len(set(keys))}
    baselines = [name for name in told.mel if name not in ("recompose", "neural")]
    for own in ("recompose", "neural"):
        against = {
            name: {
                "log_mel_db": scores.against(told.mel[own], told.mel[name], keys),
                "chroma": scores.against(told.chroma[own], told.chroma[name], keys),
                "nearer_as_distribution": spread[own]["frechet"] < spread[name]["frechet"],
            }
            for name in baselines
        }
        table[own] = {**told_of(own), "less_baseline": against}
    table["recompose"]["self_copy_rate"] = scores.figure(told.copied[scores.COPY_SEC], keys)
    table["recompose"]["self_copy_rate_over_8_s"] = scores.figure(told.copied[COPY_SEC], keys)
    table["baselines"] = {name: {**told_of(name), "copy": name in COPIES} for name in baselines}
    for name in ("loop", "random_segment"):
        table["baselines"][name]["self_copy_rate"] = 1.0
    table["self_copy_sec"] = scores.COPY_SEC
    return table


@dataclass(frozen=True, kw_only=True, eq=False)
class Chained:
    """Two minutes added to a sound."""

    key: str  # of its track
    given: Audio
    analysis: Analysis
    addition: Addition


def chain(given: Audio, forecaster: Forecaster, seed: int, *, key: str = "") -> Chained:
    """Add twelve blocks of ten seconds."""
    analysis = analyze(given)
    said = forecaster.forecast(given.mono().y, given.sr, seconds=CHAINED_SEC, seed=seed)
    targets, target_weights = targets_for(said, analysis)
    addition = recompose(
        given,
        analysis,
        bound=analysis.n,
        seconds=CHAINED_SEC,
        targets=targets,
        target_weights=target_weights,
        adventure=ADVENTURE,
        seed=seed,
        keep_key=True,
    )
    return Chained(key=key, given=given, analysis=analysis, addition=addition)


def join_table(groups: dict[str, Sequence[Chained]]) -> dict[str, Any]:
    """How many joins keep to the recording's own limits, beside plain cuts and cuts at every second."""
    table: dict[str, Any] = {
        "limits": "level jump within the recording's own 95th percentile, flux z at most 2, beat within 30 ms",
        "about": "a constraint and no measure of quality: the planner plans anew until joins are within these limits",
    }
    for name, chained in groups.items():
        rng = np.random.default_rng(0)
        hard, every_second = [], []
        for one in chained:
            n, sr = one.given.n_samples, one.given.sr
            outs = [round(join.source_out_sec * sr) for join in one.addition.joins]
            hard.append(
                scores.cut_joins(one.given, one.analysis, [(o, int(rng.integers(0, n - sr))) for o in outs])
            )
            whole = np.arange(1, n // sr) * sr
            places = [(int(rng.choice(whole)), int(rng.choice(whole[:-1]))) for _ in range(10)]
            every_second.append(scores.cut_joins(one.given, one.analysis, places))
        table[name] = {
            "recompose": scores.join_shares([one.addition.joins for one in chained]),
            "hard_cut": scores.join_shares(hard),
            "one_second_cut": scores.join_shares(every_second),
        }
    return table


def drift_table(groups: dict[str, Sequence[Chained]], known: Sequence[Any]) -> dict[str, Any]:
    """Drift of tempo, key and loudness over two added minutes, against the context."""
    table: dict[str, Any] = {
        "blocks": 12,
        "seconds": CHAINED_SEC,
        "about": "the planner plans anew until the same estimate of the key stays; see independent for others",
    }
    for name, chained in groups.items():
        tempos, keys, loud, last_loud, halves = [], [], [], [], []
        for i, one in enumerate(chained):
            sr, qpm = one.given.sr, one.analysis.tempo_qpm
            added = one.addition.y[:, one.addition.at_sample :].mean(axis=0)
            given = one.given.mono().y
            was, now = scores.portrait(given, sr, qpm), scores.portrait(added, sr, qpm)
            tail = scores.portrait(added[-30 * sr :], sr, qpm)
            half = len(given) // 2
            halves.append(
                scores.portrait(given[:half], sr, None).key == scores.portrait(given[half:], sr, None).key
            )
            start_qpm = known[i].tempo_qpm if name == "known_pieces" else was.tempo_qpm
            if start_qpm is not None and now.tempo_qpm is not None and tail.tempo_qpm is not None:
                tempos.append(
                    max(
                        scores.tempo_drift(start_qpm, now.tempo_qpm),
                        scores.tempo_drift(start_qpm, tail.tempo_qpm),
                    )
                )
            start_key = known[i].key if name == "known_pieces" else was.key
            keys.append(start_key == now.key)
            loud.append(now.loudness_lufs - was.loudness_lufs)
            last_loud.append(tail.loudness_lufs - was.loudness_lufs)
        table[name] = _drift_figures(tempos, keys, loud, last_loud) | {
            "key_same_in_halves_of_what_was_given": round(float(np.mean(halves)), 4)
        }
    return table


def _drift_figures(
    tempos: list[float], keys: list[bool], loud: list[float], last_loud: list[float]
) -> dict[str, Any]:
    names = [str(i) for i in range(len(keys))]
    figures: dict[str, Any] = {
        "n": len(keys),
        "n_with_a_beat": len(tempos),
        "key_unchanged": scores.figure([float(v) for v in keys], names),
        "loudness_lu": scores.figure(np.abs(loud).tolist(), names),
        "loudness_within_2_lu": round(float(np.mean(np.abs(loud) <= 2.0)), 4),
        "loudness_lu_last_30_s": scores.figure(np.abs(last_loud).tolist(), names),
    }
    if tempos:
        figures["tempo"] = {
            **scores.figure(tempos, names[: len(tempos)]),
            "largest": round(max(tempos), 4),
            "within_3_percent": round(float(np.mean(np.array(tempos) <= 0.03)), 4),
        }
    return figures


def measure_all(
    found: Sequence[Task],
    left_out: dict[str, int],
    forecaster: Forecaster,
    data: Path,
    original_model: OriginalNet | None = None,
) -> dict[str, Any]:
    """The whole table of one set of clips.

    Parameters
    ----------
    found, left_out, forecaster
    data : Path
        Where sets of scores may lie, whose test part is rendered and extended too.
    original_model : OriginalNet, optional
    """
    told = measure(found, forecaster, original_model)
    known = list(known_pieces())
    chance = np.random.default_rng(1).permutation(len(found))[:MAX_DRIFT_CLIPS]
    groups: dict[str, Sequence[Chained]] = {
        "clips": [chain(found[i].given, forecaster, int(i), key=found[i].key) for i in chance],
        "known_pieces": [
            chain(piece.audio(), forecaster, i, key=f"known/{i}") for i, piece in enumerate(known)
        ],
    }
    rendered = render_known(data)
    scores_of = [chain(audio, forecaster, i, key=key) for i, (key, audio, _) in enumerate(rendered)]
    notes = {
        "known_pieces": [describe_known(piece) for piece in known],
        "scores": [row[2] for row in rendered],
    }
    return {
        "n": len(found),
        "n_tracks": len(set(told.keys)),
        "left_out": left_out,
        "features": feature_table(told),
        "audio": audio_table(told, forecaster),
        "joins": join_table(groups),
        "drift": drift_table(groups, known),
        "independent": measure_independently({**groups, "scores": scores_of}, notes),
    }


def evaluate(data: Path) -> dict[str, Any]:
    """Score the shipped networks and engines on every clip of at least 25 s in a folder.

    Parameters
    ----------
    data : Path
        A folder with ``audio_clips`` in it, or any folder of sound files; at most :data:`MAX_CLIPS` are used.

    Returns
    -------
    dict
        ``features``, ``audio``, ``joins``, ``drift``, ``independent`` (of the planner's criteria), ``n`` clips, ``n_tracks``,
        and what was ``left_out``.
        Intervals are of 95 %, by drawing tracks (joins and drift: clips) with replacement.

    Raises
    ------
    InputError
        If there is no clip that can be used.
    """
    torch.set_num_threads(1)
    found, left_out = cut_tasks(find_clips(data))
    if not found:
        raise InputError(
            f"No sound of at least {MIN_SEC:.0f} s lies in {data.name}. Give a folder of sound files."
        )
    original_model = (
        load("extrapolate_original", OriginalNet)[0] if has_card("extrapolate_original") else None
    )
    return measure_all(found, left_out, Forecaster.from_weights(), data, original_model)
