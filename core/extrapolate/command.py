"""The extrapolate job of the command line: extend a recording after its end or before its beginning."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from core import limits
from core.command_line import (
    add_output_arguments,
    add_seed_argument,
    add_settings_argument,
    example_id,
    replace_file,
    take_given,
    write_report,
)
from core.errors import InputError
from core.files.reading import read_file
from core.presentation.command_options import (
    add_presentation_arguments,
    check_presentation_arguments,
    write_presentation,
)
from core.settings_file import MAX_SETTINGS_BYTES, SettingsFile, ask_for_sound, read_settings

if TYPE_CHECKING:
    from core.audio import Audio, Container
    from core.extrapolate.request import Request
    from core.extrapolate.result import Result
    from core.presentation.presentation import Presentation


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``python -m core extrapolate``; those that are not given are None and change nothing."""
    add = parser.add_argument
    add(
        "file",
        nargs="?",
        help="audio file, 5 s to 15 min, or example:street, waltz, mist; the example of --settings if not given",
    )
    add_settings_argument(parser)
    add("--seconds", type=float, help="length to add on each side, 1 to 600; 30 if not given")
    add(
        "--from",
        type=float,
        dest="at_sec",
        metavar="T",
        help="position to extend from, in seconds; the end, or the beginning, if not given",
    )
    add("--direction", choices=("after", "before", "both"), help="where to add; after if not given")
    add(
        "--mood",
        choices=("keep", "lift", "calm"),
        help="keep it, more energetic, or calmer; keep if not given",
    )
    add(
        "--engine",
        choices=("recompose", "neural"),
        help="rearrange beats, or generate new sound of lower quality; recompose if not given",
    )
    add(
        "--adventure",
        type=float,
        help="variation, 0 to 1: from long stretches of the recording to frequent jumps; 0.4 if not given",
    )
    add(
        "--ending",
        choices=("fade", "cadence", "cut"),
        help="how an addition after the recording ends; fade if not given",
    )
    add_seed_argument(parser)
    add_output_arguments(
        parser, "wav", "flac", "mp3", report="every join, and measurements of the recording and the addition"
    )
    add_presentation_arguments(parser)


def run(options: argparse.Namespace) -> str:
    """Extend the recording, write the files and return one line about it.

    Raises
    ------
    DashboardError
        If an option or the file cannot be used.
    OSError
        If a file cannot be read or written.
    """
    from core.audio.encoding import write_parts
    from core.extrapolate.extend import extend
    from core.extrapolate.forecast import find_forecaster
    from core.extrapolate.report import report

    check_presentation_arguments(options)
    file = None
    if options.settings is not None:
        file = read_settings(read_file(options.settings, MAX_SETTINGS_BYTES), "extrapolate")
    request = choose_request(options, file)
    name = options.file or _name_sound(file)
    sound = _read_sound(name)
    result = extend(sound, request, forecaster=find_forecaster())
    containers: tuple[Container, ...] = ("wav", "flac", "mp3")
    for container in containers:
        path: Path | None = getattr(options, container)
        if path is not None:
            with replace_file(path) as out:
                write_parts(out, result.parts, result.sr, container)
    write_report(options.report, lambda: report(result))
    write_presentation(options, lambda: _present(result, sound.duration_sec, name, options.title or ""))
    return _describe(result)


def _present(result: Result, recording_sec: float, name: str, title: str) -> Presentation:
    """What film, page and picture show; examples have a title of their own."""
    from core.extrapolate.examples import EXAMPLES
    from core.extrapolate.job import encode_extended
    from core.extrapolate.presentation import present

    example = example_id(name, EXAMPLES)
    usual = Path(name).stem if example is None else EXAMPLES[example].title
    source = Path(name).name if example is None else "Sonoscope example"
    return present(encode_extended(result, recording_sec), title=title or usual, source=source)


def choose_request(options: argparse.Namespace, file: SettingsFile | None) -> Request:
    """The request of the file of ``--settings`` with what the options overrule."""
    from core.extrapolate.report import request_of
    from core.extrapolate.request import Request

    base = Request() if file is None else request_of(file)
    names = (field.name for field in dataclasses.fields(Request))
    return dataclasses.replace(base, **take_given(options, names))


def _name_sound(file: SettingsFile | None) -> str:
    """The example that the settings were made for."""
    if file is not None and file.example is not None:
        return f"example:{file.example}"
    raise InputError(ask_for_sound("extrapolate", file))


def _read_sound(file: str) -> Audio:
    from core.audio import decode
    from core.extrapolate.examples import EXAMPLES

    example = example_id(file, EXAMPLES)
    if example is not None:
        return EXAMPLES[example].audio()
    path = Path(file)
    data = read_file(path, limits.MAX_AUDIO_BYTES, advice="Cut it or store it as FLAC or MP3.")
    return decode(data, name=path.name)


def _describe(result: Result) -> str:
    joins = result.joins
    parts = [
        f"{result.duration_sec:.1f} s, {sum(each.stop_sec - each.start_sec for each in result.added):.1f} s of it new",
        f"{sum(not join.good for join in joins)} of {len(joins)} joins over the limit",
    ]
    for each in result.added:
        tempo = (result.recording.tempo_qpm, each.portrait.tempo_qpm)
        if tempo[0] is not None and tempo[1] is not None:
            parts.append(f"{each.side}: {tempo[0]:.1f} to {tempo[1]:.1f} BPM")
    return "; ".join([*parts, *result.notes])
