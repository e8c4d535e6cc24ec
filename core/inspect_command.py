"""The inspect job of the command line: how a table, a MIDI file, a score or a sound is read.

Tables are Sonify's and stay there; which reader a file goes to is decided here, above all features.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core import limits
from core.errors import DashboardError
from core.files.reading import read_file
from core.files.signatures import recognize_file
from core.sonify import inspect_command as tables

_HEAD_BYTES = 64 * 1024
_MIDI = ("mid", "midi", "kar", "rmi", "smf")
_SCORES = ("abc", "krn", "musicxml", "mxl")
_SOUNDS = (
    *("wav", "wave", "mp3", "mp2", "mpga", "flac", "ogg", "oga", "opus", "m4a", "aac", "aif", "aiff", "aifc"),
    *("au", "caf"),
    *("webm", "wma", "amr", "mp4", "w64", "rf64"),
)

_Telling = tuple[Callable[[bytes, str], dict[str, Any]], Callable[[dict[str, Any]], str]]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``python -m core inspect``."""
    tables.add_arguments(parser)


def run(options: argparse.Namespace) -> str:
    """Tell how each file is read, in the order of the files.

    Raises
    ------
    DashboardError
        If the only file cannot be read, and no JSON was asked for; otherwise a refusal stands in the file's place.
    OSError
        As above.
    """
    told = []
    for file in options.files:
        path = Path(file)
        try:
            told.append(_tell(file, options))
        except (DashboardError, OSError) as error:
            if len(options.files) == 1 and not options.json:
                raise
            said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            told.append(
                json.dumps({"file": path.name, "error": said}) if options.json else f"{path.name}: {said}\n"
            )
    return "\n".join(told)


def _tell(file: str, options: argparse.Namespace) -> str:
    path = Path(file)
    kind = _recognize(path)
    if kind is None:
        return tables.inspect_file(file, options)
    inspect, describe = _readers(kind)
    # Each reader has a limit of its own below this one.
    facts = inspect(read_file(path, limits.MAX_AUDIO_BYTES), path.name)
    return json.dumps(facts, ensure_ascii=False, allow_nan=False) if options.json else describe(facts)


def _readers(kind: str) -> _Telling:
    if kind == "sound":
        from core.audio.inspection import describe_sound, inspect_sound

        return inspect_sound, describe_sound
    from core.music.inspection import describe_music, inspect_midi, inspect_tune

    return (inspect_midi if kind == "midi" else inspect_tune), describe_music


def _recognize(path: Path) -> str | None:
    """Whether a file is MIDI, a score or a sound: by its ending, else by its first bytes; None for all others."""
    if not path.is_file():
        return None
    ending = path.suffix[1:].lower()
    for kind, endings in (("midi", _MIDI), ("tune", _SCORES), ("sound", _SOUNDS)):
        if ending in endings:
            return kind
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if ending == "xml":
        return "tune" if b"score-" in head.replace(b"\0", b"") or head.startswith(b"PK") else None
    found = recognize_file(head)
    if found is not None and found.family == "sound":
        return "sound"
    return "midi" if found is not None and found.reader == "midi" else None
