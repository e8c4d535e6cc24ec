"""The visualize job of the command line: a sound becomes scene parameters over time, and a report on them."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from core import limits
from core.audioviz.mappings import Interpolation, Mapping, Scaling, ScalingAxis
from core.audioviz.sound_measures import MEASURED_NUMBERS, PARAMETERS
from core.errors import InputError

if TYPE_CHECKING:
    from core.audioviz.extract import Hearing
    from core.audioviz.mel_windows import FloatArray


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``python -m core visualize``."""
    from core.audioviz.extract import MODELS

    parser.set_defaults(job_function=run)
    parser.add_argument("sound", type=Path, help="any sound file")
    parser.add_argument("--model", choices=MODELS, default="measured", help="who listens")
    parser.add_argument("--mapping", choices=get_args(Mapping), default="deterministic")
    parser.add_argument("--scaling-axis", choices=get_args(ScalingAxis), default="by")
    parser.add_argument("--scaling", choices=get_args(Scaling), default="minmax")
    parser.add_argument("--smoothing", type=float, default=0.1, help="time constant in seconds")
    parser.add_argument("--causal", action="store_true", help="smooth forwards only")
    parser.add_argument("--order", default="0,1,2,3,4,5,6,7,8,9", help="which number drives each parameter")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rate", type=float, help="moments a second; 20 if not given")
    parser.add_argument("--interpolation", choices=get_args(Interpolation), default="linear")
    parser.add_argument("--out", type=Path, help="parameters, codes and measures as .npz")
    parser.add_argument("--report", type=Path, help="durations, deviations, styles, time and memory as JSON")


def run(options: argparse.Namespace) -> str:
    """Listen, map, write the files and return one line about it.

    Raises
    ------
    DashboardError
        If an option or the sound cannot be used.
    OSError
        If a file cannot be read or written.
    """
    from core.audio import decode
    from core.audioviz.extract import Listener
    from core.audioviz.mappings import map_features

    size = options.sound.stat().st_size
    if size > limits.MAX_AUDIO_BYTES:
        raise InputError(
            f"{options.sound.name} has {size / limits.MEGABYTE:,.0f} MB; up to "
            f"{limits.MAX_AUDIO_BYTES / limits.MEGABYTE:.0f} MB can be read."
        )
    order = _order(options.order)
    started = time.perf_counter()
    listener = Listener.from_weights([options.model])
    loaded, idle_mb = time.perf_counter(), _resident_mb()  # idle: ready to listen, nothing read yet
    audio = decode(options.sound.read_bytes(), name=options.sound.name)
    decoded = time.perf_counter()
    hearing = listener.hear(audio, model=options.model)
    heard = time.perf_counter()
    parameters = map_features(
        hearing, mapping=options.mapping, scaling_axis=options.scaling_axis, scaling=options.scaling,
        smoothing_sec=options.smoothing, zero_phase=not options.causal, order=order, seed=options.seed,
        rate_hz=options.rate, interpolation=options.interpolation,
    )  # fmt: skip
    done = time.perf_counter()
    if options.out is not None:
        np.savez_compressed(options.out, **arrays(hearing, parameters, options.rate))
    if options.report is not None:
        told = report(hearing, parameters) | {
            "settings": {
                "mapping": options.mapping, "scaling_axis": options.scaling_axis, "scaling": options.scaling,
                "smoothing_sec": options.smoothing, "zero_phase": not options.causal, "order": order,
                "seed": options.seed, "rate_hz": options.rate or hearing.rate_hz, "interpolation": options.interpolation,
            },
            "seconds": {
                "load": round(loaded - started, 3), "decode": round(decoded - loaded, 3),
                "hear": round(heard - decoded, 3), "map": round(done - heard, 3),
            },
            "memory_mb": {"idle": idle_mb, "peak": _peak_mb()},
        }  # fmt: skip
        options.report.write_text(json.dumps(told, ensure_ascii=False, allow_nan=False), encoding="utf-8")
    style = _style(hearing)
    moving = int((parameters.std(axis=0) >= 0.1).sum())
    return (
        f"{hearing.duration_sec:.1f} s heard by {options.model} in {heard - decoded:.1f} s: {len(parameters):,} moments, "
        f"{moving} of 10 parameters move{f', mostly {style}' if style else ''}"
    )


def arrays(hearing: Hearing, parameters: FloatArray, rate_hz: float | None = None) -> dict[str, Any]:
    """What a features file holds: parameters with their times, codes, measures, styles, and the names of all."""
    times = np.arange(len(parameters)) / (rate_hz or hearing.rate_hz)
    content: dict[str, Any] = {
        "parameters": parameters, "parameter_names": np.array(PARAMETERS), "parameter_times_sec": times,
        "times_sec": hearing.times_sec, "codes": hearing.codes, "code_names": np.array(hearing.code_names),
        "measured": hearing.measured, "measured_names": np.array(hearing.measured_names), "mel_db": hearing.mel_db,
        "beats_sec": hearing.beats_sec,
    }  # fmt: skip
    if hearing.style_probabilities is not None:
        content |= {
            "style_probabilities": hearing.style_probabilities,
            "style_names": np.array(hearing.style_names),
        }
    return content


def report(hearing: Hearing, parameters: FloatArray) -> dict[str, Any]:
    """What was heard, ready for JSON."""
    styles = None
    if hearing.style_probabilities is not None:
        means = hearing.style_probabilities.mean(axis=0)
        styles = {name: round(float(p), 4) for name, p in zip(hearing.style_names, means, strict=True)}
    scaled = hearing.scaled_codes
    return {
        "job": "visualize",
        "model": hearing.model,
        "duration_sec": round(hearing.duration_sec, 3),
        "n_frames": len(hearing.times_sec),
        "n_parameter_frames": len(parameters),
        "tempo_qpm": None if hearing.tempo_qpm is None else round(hearing.tempo_qpm, 2),
        "n_beats": len(hearing.beats_sec),
        "parameters": {
            name: {
                "mean": round(float(column.mean()), 4), "std": round(float(column.std()), 4),
                "saturated": round(float(((column <= 0.01) | (column >= 0.99)).mean()), 4),
            }
            for name, column in zip(PARAMETERS, parameters.T, strict=True)
        },
        "codes": {
            name: {"mean": round(float(column.mean()), 4), "std": round(float(column.std()), 4)}
            for name, column in zip(hearing.code_names, scaled.T, strict=True)
        },
        "numbers": MEASURED_NUMBERS if hearing.model == "measured" else None,
        "style_probabilities": styles,
    }  # fmt: skip


def _style(hearing: Hearing) -> str:
    if hearing.style_probabilities is None:
        return ""
    return hearing.style_names[int(hearing.style_probabilities.mean(axis=0).argmax())]


def _order(given: str) -> list[int]:
    try:
        return [int(place) for place in given.split(",")]
    except ValueError as error:
        raise InputError(
            f'An order is ten numbers with commas, such as 9,8,7,6,5,4,3,2,1,0, not "{given}".'
        ) from error


def _resident_mb() -> float | None:
    """Memory that this process holds now, where the system tells it."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return round(pages * 4096 / limits.MEGABYTE, 1)


def _peak_mb() -> float | None:
    try:
        import resource
    except ImportError:  # not on Windows
        return None
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)
