"""The visualize job of the command line: a sound becomes scene parameters over time, and a report on them."""

from __future__ import annotations

import argparse
import time
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

import numpy as np

from core import limits
from core.audioviz.mappings import Interpolation, Mapping, Scaling, ScalingAxis
from core.audioviz.report import arrays, report, style_shares
from core.command_line import add_output_arguments, add_seed_argument, write_file
from core.errors import InputError
from core.files.reading import read_file


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``python -m core visualize``."""
    from core.audioviz.extract import MODELS

    add = parser.add_argument
    add("sound", type=Path, help="any sound file")
    add("--model", choices=MODELS, default="measured", help="who listens")
    add("--mapping", choices=get_args(Mapping), default="deterministic")
    add("--scaling-axis", choices=get_args(ScalingAxis), default="by")
    add("--scaling", choices=get_args(Scaling), default="minmax")
    add("--smoothing", type=float, default=0.1, dest="smoothing_sec", help="time constant in seconds")
    add("--causal", action="store_false", dest="zero_phase", help="smooth forwards only")
    add("--order", default="0,1,2,3,4,5,6,7,8,9", help="which number drives each parameter")
    add_seed_argument(parser)
    add("--rate", type=float, dest="rate_hz", help="moments a second; 20 if not given")
    add("--interpolation", choices=get_args(Interpolation), default="linear")
    add("--out", type=Path, help="parameters, codes and measures as .npz")
    add_output_arguments(parser, report="durations, deviations, styles, time and memory")


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

    data = read_file(options.sound, limits.MAX_AUDIO_BYTES)
    names = (
        "mapping",
        "scaling_axis",
        "scaling",
        "smoothing_sec",
        "zero_phase",
        "seed",
        "rate_hz",
        "interpolation",
    )
    settings = {name: getattr(options, name) for name in names} | {"order": _parse_order(options.order)}
    times = {"start": time.perf_counter()}
    listener = Listener.from_weights([options.model])
    times["load"] = time.perf_counter()
    idle_mb = _resident_mb()  # ready to listen, nothing heard yet
    audio = decode(data, name=options.sound.name)
    times["decode"] = time.perf_counter()
    hearing = listener.hear(audio, model=options.model)
    times["hear"] = time.perf_counter()
    parameters = map_features(hearing, **settings)
    times["map"] = time.perf_counter()
    seconds = {b: round(times[b] - times[a], 3) for a, b in pairwise(times)}
    if options.out is not None:
        np.savez_compressed(options.out, **arrays(hearing, parameters, options.rate_hz))

    def told() -> dict[str, Any]:
        """The report, with what only this run knows."""
        return report(hearing, parameters) | {
            "settings": settings | {"rate_hz": options.rate_hz or hearing.rate_hz},
            "seconds": seconds,
            "memory_mb": {"idle": idle_mb, "peak": _peak_mb()},
        }

    write_file(options.report, told)
    moving = int((parameters.std(axis=0) >= 0.1).sum())
    text = (
        f"{hearing.duration_sec:.1f} s heard by {options.model} in {seconds['hear']:.1f} s: "
        f"{len(parameters):,} moments, {moving} of 10 parameters move"
    )
    shares = style_shares(hearing)
    return f"{text}, mostly {max(shares, key=shares.__getitem__)}" if shares else text


def _parse_order(given: str) -> list[int]:
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
