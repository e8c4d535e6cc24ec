"""Data sets on disk and on model cards: find files, read them in several processes, licenses, pieces a split."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

MIDI_SUFFIXES = (".mid", ".midi")
SOUND_SUFFIXES = (".ogg", ".mp3", ".wav", ".flac", ".m4a", ".aac", ".au", ".opus", ".aiff", ".aif")
LICENSES = {
    "piano_midi_de": "CC BY-SA 3.0 DE, Bernd Krueger, http://www.piano-midi.de",
    "clementi_uvashisth": "CC BY-SA 3.0 DE, derived from http://www.piano-midi.de",
    "pop909": "MIT, Copyright (c) 2020 Music X Lab",
    "nottingham": "GPLv3, the Nottingham collection as published by jukedeck",
    "essen_kern": "Academic research only (MuseData terms; copyright 1995, estate of Helmut Schaffrath): no tune of it "
    "may be distributed; whether trained weights may be is unclear",
    "asap": "CC BY-NC-SA 4.0, Foscarin et al. 2020, performances from MAESTRO",
    "emopia": "CC BY-NC-SA 4.0, EMOPIA (Hung et al. 2021): non-commercial, share alike",
    "vgmidi": "None stated, VGMIDI (Ferreira and Whitehead 2019), arrangements of commercial game music: unknown",
}


def find_files(folder: Path, suffixes: Sequence[str]) -> list[Path]:
    """The files of a folder, at any depth, whose names end so, in small or capital letters; by path."""
    found = (path for path in folder.rglob("*") if path.suffix.lower() in suffixes)
    return sorted(path for path in found if path.is_file())


def find_set(path: Path, names: Iterable[str]) -> str | None:
    """The data set that a file's folders name, the innermost first; None where they name none of these."""
    known = set(names)
    return next((part for part in reversed(path.resolve().parts) if part in known), None)


def map_in_processes(
    function: Callable[[Item], Result], items: Iterable[Item], chunksize: int = 16
) -> list[Result]:
    """What a function makes of every item, in order, by up to four processes."""
    with ProcessPoolExecutor(max_workers=max(1, min(4, os.cpu_count() or 1))) as pool:
        return list(pool.map(function, items, chunksize=chunksize))


def describe_sets(
    parts: Mapping[str, Sequence[Item]],
    source_of: Callable[[Item], str],
    names: Iterable[str],
    **more: Any,
) -> list[dict[str, Any]]:
    """What a card says of data sets: name, license, pieces a part, and what else is true of all of them.

    Parameters
    ----------
    parts : mapping of sequences
        Pieces by part.
    source_of : callable
        The set of a piece.
    names : iterable of str
        The sets, in the order of the card.
    """
    return [
        {
            "name": name,
            "license": LICENSES.get(name, "as its owner says"),
            "pieces": {part: sum(source_of(piece) == name for piece in held) for part, held in parts.items()},
            **more,
        }
        for name in names
    ]
