"""Files that a job of the command line writes: refused before the work, told after it."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from pathlib import Path

from core.errors import InputError, plural

_COARSE_SEC = 0.1  # clocks of file systems lag behind
_MEDIA = (".wav", ".flac", ".mp3", ".mp4", ".webm")
_MIDI = (".mid", ".midi")
# What a name may end in, where the option says what is written.
_ENDINGS = {
    "--midi": _MIDI,
    "--wav": (".wav", ".wave"),
    "--flac": (".flac",),
    "--mp3": (".mp3",),
    "--musicxml": (".musicxml", ".xml"),
}


def check_targets(options: argparse.Namespace) -> None:
    """Refuse files and folders that cannot be written, before the work begins.

    Parameters
    ----------
    options : argparse.Namespace
        Of a parser whose files were declared by `core.command_line.add_target_argument`.

    Raises
    ------
    InputError
        If a folder is missing or cannot be written to, or two options name one file.
    """
    named: dict[Path, str] = {}
    for name, path, is_folder in _list_targets(options):
        option = f"--{name.replace('_', '-')}"
        if is_folder:
            _check_folder(path, option)
            continue
        _check_file(path, option)
        place = path.resolve()
        if place in named and (path.is_file() or not path.exists()):
            raise InputError(f"{named[place]} and {option} both name {path}. Give each a file of its own.")
        named[place] = option


def describe_written(options: argparse.Namespace, since: float) -> list[str]:
    """A line for each file that was written: name, length of sounds and films, size.

    Parameters
    ----------
    options : argparse.Namespace
    since : float
        When the job began, of `time.time`: older files of a folder are not of it.
    """
    lines = []
    for _, path, is_folder in _list_targets(options):
        files = sorted(path.iterdir()) if is_folder and path.is_dir() else [path]
        # A device or a pipe is no file that one would look for.
        lines += [_describe(file) for file in files if file.is_file() and _is_new(file, since)]
    return lines


def _list_targets(options: argparse.Namespace) -> Iterator[tuple[str, Path, bool]]:
    targets: dict[str, bool] = getattr(options, "targets", None) or {}
    for name, is_folder in targets.items():
        path = getattr(options, name, None)
        if path is not None:
            yield name, path, is_folder


def _check_file(path: Path, option: str) -> None:
    folder = path.parent
    if path.is_dir():
        raise InputError(
            f"{path} is a folder. Name a file for {option}, such as {path / 'result'}{usual_ending(option)}."
        )
    if not folder.exists():
        raise InputError(f"There is no folder {folder}. Create it, or name another one for {option}.")
    if not folder.is_dir():
        raise InputError(f"{folder} is a file, not a folder. Name another folder for {option}.")
    ending = path.suffix.lower()
    if ending and ending not in _ENDINGS.get(option, (ending,)):
        raise InputError(
            f"The file of {option} ends in {' or '.join(_ENDINGS[option])}, not {ending!r:.20}. Rename it."
        )
    # A file is written beside its place; a device or pipe in it.
    place = path if path.exists() and not path.is_file() else folder
    if not os.access(place, os.W_OK):
        raise InputError(
            f"{place} cannot be written to. Change its permissions, or name another folder for {option}."
        )


def usual_ending(option: str) -> str:
    """The ending of a file that an option names, such as ``.mid`` of ``--midi``."""
    known = {"--film": ".mp4", "--page": ".html", "--picture": ".png", "--midi": ".mid", "--out": ".npz"}
    kept = option.removeprefix("--") if option in ("--wav", "--flac", "--mp3", "--musicxml") else "json"
    return known.get(option, f".{kept}")


def _check_folder(path: Path, option: str) -> None:
    if path.exists() and not path.is_dir():
        raise InputError(f"{path} is a file, not a folder. Name a folder for {option}.")
    there = next(place for place in (path.absolute(), *path.absolute().parents) if place.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        raise InputError(
            f"{there} cannot be written to. Change its permissions, or name another folder for {option}."
        )


def _is_new(path: Path, since: float) -> bool:
    return path.stat().st_mtime >= since - _COARSE_SEC


def _describe(path: Path) -> str:
    length = _measure_sec(path)
    said = "" if length is None else f", {_say_length(length)}"
    return f"Wrote {path}{said}, {_say_size(path.stat().st_size)}"


def _measure_sec(path: Path) -> float | None:
    ending = path.suffix.lower()
    if ending in _MEDIA:
        import av

        with av.open(str(path)) as file:
            return None if file.duration is None else file.duration / av.time_base
    if ending in _MIDI:
        from core.music import midi

        return float(midi.from_bytes(path.read_bytes()).get_end_time())
    return None


def _say_length(seconds: float) -> str:
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"


def _say_size(n_bytes: int) -> str:
    if n_bytes < 1000:
        return plural(n_bytes, "byte")
    return f"{n_bytes / 1e3:.0f} kB" if n_bytes < 999_500 else f"{n_bytes / 1e6:.1f} MB"
