"""The extrapolate job of the command line: a recording goes on, or begins earlier, and a report tells how."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from core import limits
from core.errors import InputError

if TYPE_CHECKING:
    from core.audio import Container
    from core.extrapolate.extend import Result
    from core.extrapolate.forecast import Forecaster


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``python -m core extrapolate``."""
    parser.set_defaults(job_function=run)
    parser.add_argument("file", help="any sound file of 5 s to 15 min; or example:street, waltz, mist")
    parser.add_argument("--seconds", type=float, default=30.0, help="how much is added on a side, 1 to 600")
    parser.add_argument(
        "--from",
        type=float,
        dest="at_sec",
        metavar="T",
        help="second at which the recording is left (entered)",
    )
    parser.add_argument("--direction", choices=("after", "before", "both"), default="after")
    parser.add_argument("--mood", choices=("keep", "lift", "calm"), default="keep")
    parser.add_argument("--engine", choices=("recompose", "neural"), default="recompose")
    parser.add_argument("--adventure", type=float, default=0.4, help="0, close to the recording, to 1")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--wav", type=Path)
    parser.add_argument("--flac", type=Path)
    parser.add_argument("--mp3", type=Path)
    parser.add_argument(
        "--report", type=Path, help="every join, and what was measured before and after, as JSON"
    )


def run(options: argparse.Namespace) -> str:
    """Extend what the options name, write the files and return one line about it.

    Raises
    ------
    DashboardError
        If an option or the file cannot be used.
    OSError
        If a file cannot be read or written.
    """
    from core.audio import decode
    from core.audio.block_encoding import write
    from core.extrapolate.examples import EXAMPLES
    from core.extrapolate.extend import Request, extend
    from core.extrapolate.report import report

    request = Request(
        seconds=options.seconds, at_sec=options.at_sec, direction=options.direction, mood=options.mood,
        engine=options.engine, adventure=options.adventure, seed=options.seed,
    )  # fmt: skip
    if options.file.startswith("example:"):
        name = options.file.removeprefix("example:")
        if name not in EXAMPLES:
            raise InputError(f"There is no example {name!r}. There are: {', '.join(EXAMPLES)}.")
        audio = EXAMPLES[name].audio()
    else:
        source = Path(options.file)
        size = source.stat().st_size
        if size > limits.MAX_AUDIO_BYTES:
            raise InputError(
                f"{source.name} has {size / limits.MEGABYTE:,.0f} MB; up to "
                f"{limits.MAX_AUDIO_BYTES / limits.MEGABYTE:.0f} MB can be read. Cut it or store it as FLAC or MP3."
            )
        audio = decode(source.read_bytes(), name=source.name)
    result = extend(audio, request, forecaster=forecaster())
    files: tuple[tuple[Path | None, Container], ...] = (
        (options.wav, "wav"), (options.flac, "flac"), (options.mp3, "mp3"),
    )  # fmt: skip
    for path, container in files:
        if path is not None:
            with path.open("wb") as file:
                write(file, result.parts, result.sr, container)
    if options.report is not None:
        options.report.write_text(json.dumps(report(result), allow_nan=False), encoding="utf-8")
    return _line(result)


def forecaster() -> Forecaster | None:
    """The shipped network that says what should come; None where its files are not there."""
    from core.errors import WeightsError
    from core.nn.weights import latest

    try:
        latest("extrapolate")
    except WeightsError:
        return None
    from core.extrapolate.forecast import Forecaster

    return Forecaster.from_weights()


def _line(result: Result) -> str:
    joins = result.joins
    parts = [
        f"{result.duration_sec:.1f} s, of which {sum(each.stop_sec - each.start_sec for each in result.added):.1f} s are new",
        f"{len(joins)} joins, {sum(join.good for join in joins)} of them within the recording's own changes",
    ]
    for each in result.added:
        tempo = (result.recording.tempo_qpm, each.portrait.tempo_qpm)
        if tempo[0] is not None and tempo[1] is not None:
            parts.append(f"{each.side}: {tempo[0]:.1f} to {tempo[1]:.1f} beats a minute")
    return "; ".join([*parts, *result.notes])
