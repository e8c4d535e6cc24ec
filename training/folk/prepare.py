"""Read the sets of folk tunes and songs: files by set, keys and collections, families over all sets, the split."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import numpy as np

from core.errors import InputError
from core.music.abc_notation import read_abc
from core.music.kern import read_kern
from core.music.key import MODES, key_correlations
from core.music.tune import MODE_FIFTHS, Event, Key, Meter, Tune, tonic_at
from core.music.tune_reading import add_change
from training.datasets import find_files, find_set, map_in_processes
from training.folk import collections as known
from training.folk.midi_melody import read_midi_melody
from training.splits import families, split_by_key

MIN_NOTES = 8
# Mensural music in halved note values: two semibreves a bar are written as 4/4.
_HALVED = {"2/1": "4/4", "3/1": "3/2"}
_CONTINENTS = ("europa", "asia", "america", "africa")
_NAMED_KEY = re.compile(r"^\*[A-Ga-g][#-]*:", re.MULTILINE)
_FRENCH = re.compile(r"^!!!(?:TXO|CNT):.*(?:Fran|French)", re.MULTILINE)
# How much more often a song ends on the tonic of its key than a profile of pitch classes can tell.
_ENDS_ON_TONIC = 0.3

Row = Mapping[str, str]
Change = TypeVar("Change", Key, Meter)


@dataclass(frozen=True, kw_only=True)
class Found:
    """A tune of a data set with the key that its part is drawn from.

    Attributes
    ----------
    key : str
        ``SET/FILE``.
    tune : Tune
    """

    key: str
    tune: Tune

    @property
    def source(self) -> str:
        """The data set."""
        return self.key.partition("/")[0].replace("essen", "essen_kern")


def _read_essen(path: Path, row: Row) -> Tune:
    return read_kern(path.read_bytes(), collection=known.name_essen_collection(path))


def _read_irish(path: Path, row: Row) -> Tune:
    root = row.get("root_pitch_class", "")
    return read_midi_melody(path, collection=known.IRISH, root=int(root) if root.isdigit() else None)


def _read_lied(path: Path, row: Row) -> Tune:
    return _read_song(path, known.name_art_songs(row.get("composer", "") or _composer_of(path)))


def _read_vanhandel(path: Path, row: Row) -> Tune:
    text = path.read_bytes().decode("latin-1")
    return _read_song(path, known.FRENCH_SONGS if _FRENCH.search(text) else known.GERMAN_SONGS)


def _read_polish(path: Path, row: Row) -> Tune:
    is_psalm = "Gomółka" in (row.get("composer", "") or _composer_of(path))
    return _read_song(path, known.POLISH_PSALMS if is_psalm else known.POLISH_SONGS)


def _read_hymn(path: Path, row: Row) -> Tune:
    # Its fields tell signatures; the mode is not always named.
    tune = replace(read_abc(path.read_bytes())[0], collection=known.HYMNS)
    return replace(tune, keys=(estimate_key(tune),)) if tune.keys[0].mode == "major" else tune


def _read_tunebook(path: Path, row: Row) -> Tune:
    return replace(read_abc(path.read_bytes())[0], collection=known.NOTTINGHAM)


SETS: dict[str, Callable[[Path, Row], Tune]] = {
    "essen_kern": _read_essen,
    "nottingham": lambda path, row: read_midi_melody(path, collection=known.NOTTINGHAM),
    "cre_irish": _read_irish,
    "openscore_lieder": _read_lied,
    "vanhandel_songs": _read_vanhandel,
    "polish_voice": _read_polish,
    "open_hymnal": _read_hymn,
    "mutopia_hymns": lambda path, row: _read_song(path, known.HYMNS),
    "tunebook_tuneworks": _read_tunebook,
    "tunebook_seattle": _read_tunebook,
}
_MIDI_SETS = ("nottingham", "cre_irish")


def _read_song(path: Path, collection: str) -> Tune:
    """A vocal line in kern; its key is estimated where the file has a signature only."""
    data = path.read_bytes()
    tune = read_kern(data, collection=collection)
    if _NAMED_KEY.search(data.decode("latin-1")) is None:
        tune = replace(tune, keys=(estimate_key(tune),))
    tune = leave_out_silence(tune)
    return halve(tune) if tune.meters[0].meter in _HALVED else tune


def leave_out_silence(tune: Tune) -> Tune:
    """The tune without whole bars of rest, in which a song's piano plays alone.

    Examples
    --------
    >>> tune, _ = read_abc("L:1/4\\nM:2/4\\nK:C\\nz2 | C D | z2 | z2 | z E | C2 |]")
    >>> leave_out_silence(tune).bars, [event.duration_tick for event in leave_out_silence(tune).events]
    ((0, 960, 1920), [480, 480, 480, 480, 960])
    """
    edges = [*tune.bars, tune.length_tick]
    if edges[0] > 0:
        edges = [0, *edges]
    rests = [(event.onset_tick, event.end_tick) for event in tune.events if event.pitch is None]
    silent = [
        (begin, end)
        for begin, end in pairwise(edges)
        if begin < end and any(onset <= begin and end <= over for onset, over in rests)
    ]
    if not silent:
        return tune

    def move(tick: int) -> int:
        return tick - sum(min(tick, end) - begin for begin, end in silent if begin < tick)

    events = [
        replace(event, onset_tick=move(event.onset_tick), duration_tick=ticks)
        for event in tune.events
        if (ticks := move(event.end_tick) - move(event.onset_tick)) > 0
    ]
    begun = {begin for begin, _ in silent}
    return replace(
        tune,
        events=tuple(events),
        bars=tuple(move(bar) for bar in tune.bars if bar not in begun),
        keys=_move_changes(tune.keys, move),
        meters=_move_changes(tune.meters, move),
    )


def _move_changes(changes: Sequence[Change], move: Callable[[int], int]) -> tuple[Change, ...]:
    """Keys or meters at their new places; of several at one place the last holds."""
    moved: list[Change] = []
    for change in changes:
        add_change(moved, replace(change, onset_tick=move(change.onset_tick)))
    return tuple(moved)


def _composer_of(path: Path) -> str:
    found = re.search(r"^!!!COM:(.*)", path.read_bytes().decode("utf-8", errors="replace"), re.MULTILINE)
    return found[1].strip() if found else ""


def estimate_key(tune: Tune) -> Key:
    """The major or the minor key of a tune's signature, by its notes and the last one.

    Examples
    --------
    >>> tune, _ = read_abc("L:1/4\\nM:4/4\\nK:C\\nA B c d | e2 ^G2 | A2 e2 | c B A2 |]")
    >>> estimate_key(tune).mode
    'minor'
    """
    fifths = tune.keys[0].fifths
    notes = [(event.pitch, event.duration_tick) for event in tune.events if event.pitch is not None]
    weights = np.bincount([pitch % 12 for pitch, _ in notes], [ticks for _, ticks in notes], minlength=12)
    fit = key_correlations(weights)
    keys = [Key(tonic=tonic_at(fifths - MODE_FIFTHS[mode]), mode=mode) for mode in MODES]
    scores = [
        fit[i, key.pitch_class] + _ENDS_ON_TONIC * (notes[-1][0] % 12 == key.pitch_class)
        for i, key in enumerate(keys)
    ]
    return keys[int(np.argmax(scores))]


def halve(tune: Tune) -> Tune:
    """The tune in note values of half the length."""

    def shorten(event: Event) -> Event:
        end = event.end_tick // 2
        onset = event.onset_tick // 2
        return replace(event, onset_tick=onset, duration_tick=max(1, end - onset))

    meters = tuple(
        Meter(onset_tick=meter.onset_tick // 2, meter=_HALVED.get(meter.meter, meter.meter))
        for meter in tune.meters
    )
    return replace(
        tune,
        events=tuple(map(shorten, tune.events)),
        bars=tuple(bar // 2 for bar in tune.bars),
        meters=meters,
        keys=tuple(replace(key, onset_tick=key.onset_tick // 2) for key in tune.keys),
    )


def _key_of(path: Path) -> str:
    source = find_set(path, SETS)
    if source is not None and source != "essen_kern":
        return f"{source}/{path.name}"
    parts = path.parts
    begin = next(
        (i for i in range(len(parts) - 1, -1, -1) if parts[i].lower() in _CONTINENTS), len(parts) - 1
    )
    return "essen/" + "/".join(parts[begin:])


@cache
def _read_index(folder: Path) -> dict[str, Row]:
    """Rows of the ``index.csv`` of a set, by file name or id."""
    for place in (folder / "index.csv", folder.parent / "index.csv"):
        if place.is_file():
            with place.open(encoding="utf-8", newline="") as file:
                return {row.get("file") or row.get("id") or "": row for row in csv.DictReader(file)}
    return {}


def read_file(path: Path) -> tuple[Found | None, str]:
    """Read one file; None and the reason where it cannot be used."""
    read = SETS[find_set(path, SETS) or "essen_kern"]
    index = _read_index(path.parent)
    try:
        tune = read(path, index.get(path.name) or index.get(path.stem) or {})
    except InputError as error:
        return None, str(error)
    except OSError:
        return None, "The file cannot be read."
    if len(tune.pitches) < MIN_NOTES:
        return None, f"The tune has {len(tune.pitches)} notes; a tune needs {MIN_NOTES}."
    return Found(key=_key_of(path), tune=tune), ""


def read_folder(folder: Path) -> tuple[list[Found], dict[str, str]]:
    """Read the tunes of a folder at any depth: kern, ABC, and the MIDI melodies of the sets that have them.

    Returns
    -------
    found : list of Found
        Sorted by path.
    unusable : dict
        Key of each file that cannot be used, with the reason.
    """
    paths = [
        path
        for path in find_files(folder, (".krn", ".abc", ".mid"))
        if path.suffix.lower() != ".mid" or find_set(path, SETS) in _MIDI_SETS
    ]
    read = map_in_processes(read_file, paths, chunksize=64)
    found = [tune for tune, _ in read if tune is not None]
    return found, {_key_of(path): why for path, (tune, why) in zip(paths, read, strict=True) if tune is None}


def read_folders(folders: Sequence[Path]) -> tuple[list[Found], dict[str, str]]:
    """Several folders, as :func:`read_folder`."""
    found: list[Found] = []
    unusable: dict[str, str] = {}
    for folder in folders:
        here, bad = read_folder(folder)
        found += here
        unusable |= bad
    return found, unusable


def find_folders(data: Path, names: Sequence[str] = tuple(SETS)) -> list[Path]:
    """The folders of a data root that hold sets of tunes; the root itself where it holds none."""
    places = [data / folder / name for name in names for folder in ("open", "unclear", "")]
    return [place for place in places if place.is_dir()] or [data]


# Families and parts.


def split(pieces: Sequence[Found]) -> dict[str, list[Found]]:
    """Tunes by family into ``train``, ``validation`` and ``test``; families reach over all sets."""
    melodies, keys = [piece.tune.pitches for piece in pieces], [piece.key for piece in pieces]
    return split_by_key(pieces, families(melodies, keys))


def group_tunes(pieces: Sequence[Found]) -> dict[str, list[Tune]]:
    """Tunes by what is reported apart: each collection, regions of the Essen set; ``all`` holds every one."""
    groups: dict[str, list[Tune]] = {"all": [piece.tune for piece in pieces]}
    for piece in pieces:
        names = [piece.tune.collection]
        if piece.source == "essen_kern":
            names = [name_region(piece.tune.collection)]
            names += ["erk"] if piece.tune.collection == known.ERK else []
        for name in names:
            groups.setdefault(name, []).append(piece.tune)
    return groups


def name_region(collection: str) -> str:
    """The part of the Essen set that a collection lies in: ``"europe"``, ``"china"`` or ``"elsewhere"``."""
    if collection.startswith("china"):
        return "china"
    return "elsewhere" if collection in ("america", "elsewhere", "unknown") else "europe"
