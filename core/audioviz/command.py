"""The visualize job of the command line: scene parameters of a sound, a report on them, and a video."""

from __future__ import annotations

import argparse
import time
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from core import limits
from core.audioviz.mappings import Interpolation, Mapping, Scaling, ScalingAxis
from core.audioviz.report import arrays, report, style_shares
from core.audioviz.settings import ASPECTS, DRAWN_RATE_HZ, MAX_CAPTION
from core.command_line import add_output_arguments, add_seed_argument, write_file
from core.errors import InputError, keep_printable
from core.files.reading import read_file

if TYPE_CHECKING:
    from core.audio import Audio
    from core.audioviz.extract import Hearing


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``python -m core visualize``."""
    from core.audioviz.extract import MODELS
    from core.audioviz.film import HEIGHTS
    from core.audioviz.motion import PALETTES
    from core.audioviz.scene_drawing import PAINTERS

    add = parser.add_argument
    add("sound", type=Path, help="audio file")
    add("--model", choices=MODELS, default="measured", help="analysis model")
    add("--mapping", choices=get_args(Mapping), default="deterministic")
    add("--scaling-axis", choices=get_args(ScalingAxis), default="by")
    add("--scaling", choices=get_args(Scaling), default="minmax")
    add("--smoothing", type=float, default=0.1, dest="smoothing_sec", help="time constant in seconds")
    add("--causal", action="store_false", dest="zero_phase", help="smooth forwards only")
    add("--order", default="0,1,2,3,4,5,6,7,8,9", help="which feature drives each parameter")
    add_seed_argument(parser)
    add("--rate", type=float, dest="rate_hz", help="parameter frames per second; 20 if not given")
    add("--interpolation", choices=get_args(Interpolation), default="linear")
    add("--out", type=Path, help="parameters, features and measures as .npz")
    add("--film", type=Path, help="video with sound as .webm, up to 5 minutes")
    add("--scene", choices=tuple(PAINTERS), default="bars", help="scene of the video")
    add("--palette", choices=tuple(PALETTES), default="spectrum", help="colors of the video")
    add("--aspect", choices=tuple(ASPECTS), default="16:9", help="aspect ratio of the video")
    add("--quality", choices=tuple(HEIGHTS), default="360p", help="resolution of the video")
    add("--fps", type=int, default=30, help="frames per second of the video, 5 to 60")
    add("--title", default="", help="title in the video")
    add("--flashes", action="store_true", help="do not limit flashes to 3 per second")
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
    if options.film is not None:
        options.film.write_bytes(_render_film(options, hearing, audio, settings))

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
        f"{hearing.duration_sec:.1f} s analyzed ({options.model}) in {seconds['hear']:.1f} s: "
        f"{len(parameters):,} frames, {moving} of 10 parameters move"
    )
    shares = style_shares(hearing)
    return f"{text}; predicted style: {max(shares, key=shares.__getitem__)}" if shares else text


def _render_film(
    options: argparse.Namespace, hearing: Hearing, audio: Audio, settings: dict[str, Any]
) -> bytes:
    """The video that the options name; its parameters are drawn as on the page, 60 times a second."""
    from core.audioviz.film import MAX_FPS, MIN_FPS, film_size, render_video
    from core.audioviz.mappings import map_features

    if not MIN_FPS <= options.fps <= MAX_FPS:
        raise InputError(f"A video can have {MIN_FPS} to {MAX_FPS} frames per second, not {options.fps}.")
    if len(options.title) > MAX_CAPTION:
        raise InputError(
            f"The title in the video has {len(options.title)} characters; {MAX_CAPTION} are the most."
        )
    drawn = settings | {"rate_hz": DRAWN_RATE_HZ, "interpolation": "cubic"}
    return render_video(
        map_features(hearing, **drawn),
        DRAWN_RATE_HZ,
        audio,
        scene=options.scene,
        size=film_size(options.aspect, options.quality),
        fps=options.fps,
        limiter=not options.flashes,
        palette=options.palette,
        caption=keep_printable(options.title),
    )


def _parse_order(given: str) -> list[int]:
    try:
        return [int(place) for place in given.split(",")]
    except ValueError as error:
        raise InputError(
            f'The order must be ten numbers with commas, such as 9,8,7,6,5,4,3,2,1,0, not "{given}".'
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
