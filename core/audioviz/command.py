"""The visualize job of the command line: scene parameters of a sound, a report on them, and a video."""

from __future__ import annotations

import argparse
import dataclasses
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from core import limits
from core.audioviz.mappings import Interpolation, Mapping, Scaling, ScalingAxis
from core.audioviz.report import arrays, report, style_shares
from core.audioviz.settings import ASPECTS, DRAWN_RATE_HZ, Look, VizSettings
from core.command_line import (
    add_output_arguments,
    add_seed_argument,
    add_settings_argument,
    add_target_argument,
    replace_file,
    show_progress,
    take_given,
    write_file,
    write_report,
)
from core.errors import InputError, keep_printable
from core.files.reading import read_file
from core.settings_file import MAX_SETTINGS_BYTES, SettingsFile, ask_for_sound, build, read_settings
from core.video import CONTAINERS

if TYPE_CHECKING:
    from core.audio import Audio
    from core.audioviz.extract import Hearing


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``python -m core visualize``; those that are not given are None and change nothing."""
    from core.audioviz.extract import MODELS
    from core.audioviz.film import HEIGHTS
    from core.audioviz.motion import PALETTES
    from core.audioviz.scene_drawing import PAINTERS
    from core.presentation.film_settings import SIZES

    add = parser.add_argument
    add("sound", type=Path, nargs="?", help="audio file, 1 s to 15 min")
    add_settings_argument(parser)
    add("--model", choices=MODELS, help="analysis model; measured if not given")
    add(
        "--mapping",
        choices=get_args(Mapping),
        help="parameter mapping; deterministic (the first ten features) if not given",
    )
    add(
        "--scaling-axis",
        choices=get_args(ScalingAxis),
        help="normalize features jointly (across) or each by itself (by); by if not given",
    )
    add(
        "--scaling",
        choices=get_args(Scaling),
        help="minmax (1st to 99th percentile) or standard (mean and deviation); minmax if not given",
    )
    add("--smoothing", type=float, dest="smoothing_sec", help="time constant in seconds; 0.1 if not given")
    add("--causal", action="store_false", dest="zero_phase", help="smooth only by what came before")
    add("--order", help="which feature drives each parameter; 0,1,2,3,4,5,6,7,8,9 if not given")
    add_seed_argument(parser)
    add(
        "--rate",
        type=float,
        dest="rate_hz",
        help="parameter frames per second; 20 if not given, 60 with --settings, as on the page",
    )
    add(
        "--interpolation",
        choices=get_args(Interpolation),
        help="between parameter frames; linear if not given",
    )
    add_target_argument(parser, "--out", "parameters, features and measures as .npz")
    add_target_argument(parser, "--film", "video with sound as .mp4 or .webm, up to 5 minutes")
    add("--scene", choices=tuple(PAINTERS), help="scene of the video; bars if not given")
    add("--palette", choices=tuple(PALETTES), help="colors of the video; spectrum if not given")
    add("--aspect", choices=tuple(ASPECTS), help="aspect ratio of the video; 16:9 if not given")
    add(
        "--quality",
        choices=tuple(HEIGHTS),
        default="360p",
        help="resolution of the video: its shorter side; 360p if not given",
    )
    add("--film-size", choices=tuple(SIZES), dest="size", help="instead of --aspect and --quality: pixels")
    add("--fps", type=int, default=30, help="frames per second of the video, 5 to 60; 30 if not given")
    add("--title", dest="caption", help="title in the video")
    add(
        "--flashes",
        action="store_false",
        default=None,
        dest="limiter",
        help="do not limit flashes to 3 per second",
    )
    add_output_arguments(parser, report="durations, deviations, styles, time and memory")


def run(options: argparse.Namespace) -> str:
    """Extract features, map them, write the files and return one line about it.

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

    file = None
    if options.settings is not None:
        file = read_settings(read_file(options.settings, MAX_SETTINGS_BYTES), "visualize")
    if options.sound is None:
        raise InputError(_ask_for_sound(file))
    data = read_file(options.sound, limits.MAX_AUDIO_BYTES)
    asked, look = choose_settings(options, file), choose_look(options, file)
    check_film(options)
    settings = dataclasses.asdict(asked) | {"rate_hz": options.rate_hz, "zero_phase": options.zero_phase}
    model = settings.pop("model")
    if file is not None and options.rate_hz is None:
        settings["rate_hz"] = DRAWN_RATE_HZ
    times = {"start": time.perf_counter()}
    listener = Listener.from_weights([model])
    times["load"] = time.perf_counter()
    idle_mb = _resident_mb()  # ready to listen, nothing heard yet
    audio = decode(data, name=options.sound.name)
    times["decode"] = time.perf_counter()
    hearing = listener.hear(audio, model=model)
    times["hear"] = time.perf_counter()
    parameters = map_features(hearing, **settings)
    times["map"] = time.perf_counter()
    seconds = {b: round(times[b] - times[a], 3) for a, b in pairwise(times)}
    if options.out is not None:
        with replace_file(options.out) as out:
            np.savez_compressed(out, **arrays(hearing, parameters, settings["rate_hz"]))
    write_file(options.film, lambda: _render_film(options, hearing, audio, settings, look))

    def told() -> dict[str, Any]:
        """The report, with timings and memory of this run."""
        return report(hearing, parameters) | {
            "settings": settings | {"rate_hz": settings["rate_hz"] or hearing.rate_hz},
            "seconds": seconds,
            "memory_mb": {"idle": idle_mb, "peak": _peak_mb()},
        }

    write_report(options.report, told)
    moving = int((parameters.std(axis=0) >= 0.1).sum())
    text = (
        f"{hearing.duration_sec:.1f} s analyzed ({model}) in {seconds['hear']:.1f} s: "
        f"{len(parameters):,} frames, {moving} of 10 parameters move"
    )
    shares = style_shares(hearing)
    return f"{text}; predicted style: {max(shares, key=shares.__getitem__)}" if shares else text


def choose_settings(options: argparse.Namespace, file: SettingsFile | None) -> VizSettings:
    """The settings of the file of ``--settings`` with what the options overrule."""
    base = VizSettings(interpolation="linear") if file is None else build(VizSettings, file.settings)
    names = (field.name for field in dataclasses.fields(VizSettings))
    given = take_given(options, names)
    if "order" in given:
        given["order"] = tuple(_parse_order(given["order"]))
    return dataclasses.replace(base, **given)


def choose_look(options: argparse.Namespace, file: SettingsFile | None) -> Look:
    """The scene of the video, likewise."""
    from core.audioviz.motion import PALETTES
    from core.audioviz.scene_drawing import PAINTERS

    base = Look() if file is None else build(Look, file.more.get("look", {}), "look")
    look = dataclasses.replace(
        base, **take_given(options, (field.name for field in dataclasses.fields(Look)))
    )
    for what, value, known in (("scene", look.scene, PAINTERS), ("palette", look.palette, PALETTES)):
        if value not in known:
            raise InputError(f"In the settings, {what} was {value!r:.60}; it can be {', '.join(known)}.")
    return look


def _ask_for_sound(file: SettingsFile | None) -> str:
    if file is not None and file.example is not None:
        return (
            f"These settings were made for the example {keep_printable(file.example)!r:.60} of the page. Download it "
            "there with “WAV” and name the file."
        )
    return ask_for_sound("visualize", file)


def check_film(options: argparse.Namespace) -> None:
    """Refuse a video that cannot be made, before the sound is analyzed."""
    from core.audioviz.film import MAX_FPS, MIN_FPS

    if not MIN_FPS <= options.fps <= MAX_FPS:
        raise InputError(f"A video can have {MIN_FPS} to {MAX_FPS} frames per second, not {options.fps}.")
    if options.film is not None and _film_ending(options.film) not in CONTAINERS:
        ending = options.film.suffix
        came = f"not {ending!r:.20}" if ending else "and this name has no ending"
        raise InputError(f"A video ends in .mp4 or .webm, {came}. Rename the file of --film.")


def _film_ending(path: Path) -> str:
    return path.suffix.lower().removeprefix(".")


def _render_film(
    options: argparse.Namespace, hearing: Hearing, audio: Audio, settings: dict[str, Any], look: Look
) -> bytes:
    """The video that the options name; its parameters are drawn as on the page, 60 times a second."""
    from core.audioviz.film import film_size, render_video
    from core.audioviz.mappings import map_features
    from core.presentation.film_settings import SIZES
    from core.progress import tell_time_left

    drawn = settings | {"rate_hz": DRAWN_RATE_HZ}
    if options.settings is None:
        drawn["interpolation"] = "cubic"
    with show_progress(sys.stderr) as tell:
        return render_video(
            map_features(hearing, **drawn),
            DRAWN_RATE_HZ,
            audio,
            scene=look.scene,
            size=SIZES[options.size] if options.size else film_size(look.aspect, options.quality),
            fps=options.fps,
            limiter=look.limiter,
            palette=look.palette,
            caption=keep_printable(look.caption),
            container="mp4" if _film_ending(options.film) == "mp4" else "webm",
            progress=tell_time_left(tell, "Making this video"),
        )


def _parse_order(given: str) -> list[int]:
    try:
        return [int(place) for place in given.split(",")]
    except ValueError as error:
        raise InputError(
            f'The order must be ten numbers with commas, such as 9,8,7,6,5,4,3,2,1,0, not "{given}".'
        ) from error


def _resident_mb() -> float | None:
    """Resident memory of this process, where the system reports it."""
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
