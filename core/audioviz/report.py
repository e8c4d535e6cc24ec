"""Report of an analysis: durations, parameters, features and styles as JSON, and all of it as arrays."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.arrays import Float32Array
from core.audioviz.sound_measures import MEASURED_NUMBERS, PARAMETERS

if TYPE_CHECKING:
    from core.audioviz.extract import Hearing


def arrays(hearing: Hearing, parameters: Float32Array, rate_hz: float | None = None) -> dict[str, Any]:
    """Arrays of a features file: parameters with times, codes, measures, styles, and all names."""
    content: dict[str, Any] = {
        "parameters": parameters,
        "parameter_names": np.array(PARAMETERS),
        "parameter_times_sec": np.arange(len(parameters)) / (rate_hz or hearing.rate_hz),
        "code_names": np.array(hearing.code_names),
        "measured_names": np.array(hearing.measured_names),
    }
    for name in ("times_sec", "codes", "measured", "mel_db", "beats_sec"):
        content[name] = getattr(hearing, name)
    if hearing.style_probabilities is not None:
        content["style_probabilities"] = hearing.style_probabilities
        content["style_names"] = np.array(hearing.style_names)
    return content


def write_npz(hearing: Hearing, parameters: Float32Array, rate_hz: float) -> bytes:
    """Write all arrays as NPZ for ``numpy.load``, without pickled objects."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays(hearing, parameters, rate_hz))
    return buffer.getvalue()


def write_csv(hearing: Hearing, parameters: Float32Array, rate_hz: float) -> bytes:
    """One row every 50 ms: parameters as they are drawn, the model's numbers, measures, styles."""
    import pandas as pd

    columns: dict[str, NDArray[Any]] = {"time_sec": np.round(hearing.times_sec, 3)}
    drawn = np.arange(len(parameters)) / rate_hz
    for i, name in enumerate(PARAMETERS):
        columns[f"parameter {name}"] = np.interp(hearing.times_sec, drawn, parameters[:, i]).round(4)
    for i, name in enumerate(hearing.code_names):
        label = name if hearing.model != "measured" else f"number {name}"
        columns[label] = hearing.codes[:, i].round(5)
    for i, name in enumerate(hearing.measured_names):
        columns[f"measured {name}"] = hearing.measured[:, i].round(4)
    if hearing.style_probabilities is not None:
        for i, name in enumerate(hearing.style_names):
            columns[f"style {name}"] = hearing.style_probabilities[:, i].round(4)
    return pd.DataFrame(columns).to_csv(index=False, lineterminator="\n").encode()


def report(hearing: Hearing, parameters: Float32Array) -> dict[str, Any]:
    """The extracted features, ready for JSON."""
    told: dict[str, Any] = {
        "job": "visualize",
        "model": hearing.model,
        "duration_sec": round(hearing.duration_sec, 3),
        "n_frames": len(hearing.times_sec),
        "n_parameter_frames": len(parameters),
        "tempo_qpm": None if hearing.tempo_qpm is None else round(hearing.tempo_qpm, 2),
        "n_beats": len(hearing.beats_sec),
        "parameters": _describe_columns(PARAMETERS, parameters),
        "codes": _describe_columns(hearing.code_names, hearing.scaled_codes),
        "numbers": MEASURED_NUMBERS if hearing.model == "measured" else None,
        "style_probabilities": {name: round(p, 4) for name, p in style_shares(hearing).items()} or None,
    }
    for told_of, column in zip(told["parameters"].values(), parameters.T, strict=True):
        told_of["saturated"] = round(float(((column <= 0.01) | (column >= 0.99)).mean()), 4)
    return told


def _describe_columns(names: Iterable[str], columns: Float32Array) -> dict[str, dict[str, float]]:
    return {
        name: {"mean": round(float(column.mean()), 4), "std": round(float(column.std()), 4)}
        for name, column in zip(names, columns.T, strict=True)
    }


def style_shares(hearing: Hearing) -> dict[str, float]:
    """Mean probability of each style; empty where the model knows none."""
    if hearing.style_probabilities is None:
        return {}
    return dict(zip(hearing.style_names, hearing.style_probabilities.mean(axis=0).tolist(), strict=True))
