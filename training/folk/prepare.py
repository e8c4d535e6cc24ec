"""Read the Essen and Nottingham tunes: collections by folder, families, the split."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import InputError
from core.music.kern import read_kern
from core.music.tune import TICKS, Event, Key, Meter, Tune, regular_bars, tonic_name
from training.datasets import MIDI_SUFFIXES, find_files, map_in_processes
from training.splits import families, split_by_key

MIN_NOTES = 8
ERK = "germany/erk"  # the collection that the original learned from
CONTINENTS = ("europa", "asia", "america", "africa")
_GERMANY = {
    "erk": "germany/erk",
    "ballad": "germany/ballads",
    "boehme": "germany/boehme",
    "fink": "germany/fink",
    "zuccal": "germany/zuccalmaglio",
    "kinder": "germany/children",
    "altdeu1": "germany/old",
    "altdeu2": "germany/old",
}
_EUROPE = {
    "oesterrh": "austria",
    "tirol": "austria",
    "schweiz": "switzerland",
    "elsass": "alsace",
    "lothring": "lorraine",
    "nederlan": "netherlands",
    "luxembrg": "netherlands",
    "sverige": "scandinavia",
    "danmark": "scandinavia",
    "france": "france and italy",
    "italia": "france and italy",
    "polska": "eastern europe",
    "czech": "eastern europe",
    "rossiya": "eastern europe",
    "ukraina": "eastern europe",
    "magyar": "eastern europe",
    "romania": "balkans",
    "jugoslav": "balkans",
}


@dataclass(frozen=True, kw_only=True)
class Found:
    """A tune of a data set with the key that its part is drawn from."""

    key: str
    tune: Tune

    @property
    def region(self) -> str:
        """``"europe"``, ``"china"``, ``"nottingham"`` or ``"elsewhere"``."""
        name = self.tune.collection
        if name == "nottingham":
            return name
        if name.startswith("china"):
            return "china"
        return "elsewhere" if name in ("america", "elsewhere", "unknown") else "europe"


def collection_of(path: Path) -> str:
    """The collection that a file's folders name; ``"unknown"`` where they name none."""
    parts = [part.lower() for part in path.parts]
    folder = parts[-2] if len(parts) > 1 else ""
    if "nottingham" in parts:
        return "nottingham"
    if "deutschl" in parts or folder in _GERMANY:
        return _GERMANY.get(folder, "germany/other")
    if folder in _EUROPE or "europa" in parts:
        return _EUROPE.get(folder, "europe")
    if "china" in parts or folder in ("han", "shanxi", "natmin", "xinhua"):
        return f"china/{folder}" if folder in ("han", "shanxi") else "china"
    if "america" in parts:
        return "america"
    return "elsewhere" if "asia" in parts or "africa" in parts else "unknown"


def _key_of(path: Path) -> str:
    if path.suffix.lower() in MIDI_SUFFIXES:
        return f"nottingham/{path.name}"
    parts = path.parts
    begin = next((i for i in range(len(parts) - 1, -1, -1) if parts[i].lower() in CONTINENTS), len(parts) - 1)
    return "essen/" + "/".join(parts[begin:])


def read_file(path: Path) -> tuple[Found | None, str]:
    """Read one file; None and the reason where it cannot be used."""
    try:
        if path.suffix.lower() == ".krn":
            tune = read_kern(path.read_bytes(), collection=collection_of(path))
        else:
            tune = read_nottingham(path)
    except InputError as error:
        return None, str(error)
    except OSError:
        return None, "The file cannot be read."
    if len(tune.pitches) < MIN_NOTES:
        return None, f"The tune has {len(tune.pitches)} notes; a tune needs {MIN_NOTES}."
    return Found(key=_key_of(path), tune=tune), ""


def read_folder(folder: Path, *, nottingham: bool = True) -> tuple[list[Found], dict[str, str]]:
    """Read every .krn file of a folder at any depth, and the MIDI melodies of the Nottingham set.

    Returns
    -------
    found : list of Found
        Sorted by path.
    unusable : dict
        Key of each file that cannot be used, with the reason.
    """
    paths = [
        path
        for path in find_files(folder, (".krn", ".mid"))
        if path.suffix.lower() == ".krn" or (nottingham and "nottingham" in path.parts)
    ]
    read = map_in_processes(read_file, paths, chunksize=64)
    found = [tune for tune, _ in read if tune is not None]
    return found, {_key_of(path): why for path, (tune, why) in zip(paths, read, strict=True) if tune is None}


# Nottingham, from MIDI.

GRID = TICKS // 12


def read_nottingham(path: Path) -> Tune:
    """Read a MIDI melody on a grid of twelfths of a quarter.

    The key signature's tonic is always the major one: the real tonic is the last note, and with the signature it
    names the mode. The meter's bars begin where long notes lie, because the files do not mark a pickup.

    Raises
    ------
    InputError
        If it is no MIDI file with a melody.
    """
    import mido

    try:
        midi = mido.MidiFile(path, clip=True)
    except (OSError, EOFError, ValueError, KeyError, IndexError) as error:
        raise InputError("This is no MIDI file.") from error
    notes, meters, signature = _midi_notes(midi)
    if not notes:
        raise InputError("This MIDI file has no notes.")
    events: list[Event] = []
    place = 0
    for onset, duration, pitch in notes:
        if onset > place:
            events.append(Event(onset_tick=place, duration_tick=onset - place, pitch=None))
            place = onset
        if onset == place:
            events.append(Event(onset_tick=place, duration_tick=duration, pitch=pitch))
            place += duration
    events = events[1:] if events[0].pitch is None else events
    shift = events[0].onset_tick
    events = [
        Event(onset_tick=e.onset_tick - shift, duration_tick=e.duration_tick, pitch=e.pitch) for e in events
    ]
    key = _modal_key(signature, next(e.pitch for e in reversed(events) if e.pitch is not None))
    pickup = _pickup(events, meters[0].bar_tick) if len(meters) == 1 else 0
    return Tune(
        events=tuple(events),
        keys=(key,),
        meters=tuple(meters),
        collection="nottingham",
        bars=regular_bars(events[-1].end_tick, tuple(meters), pickup),
    )


def _midi_notes(midi: Any) -> tuple[list[tuple[int, int, int]], list[Meter], str]:
    """Notes as (onset, duration, pitch) without overlaps, meters, major key of the signature."""
    raw: list[tuple[int, int, int]] = []
    meters, signature = [Meter()], "C"
    for track in midi.tracks:
        tick = 0
        opened: dict[int, int] = {}
        for message in track:
            tick += message.time
            place = round(tick * 12 / midi.ticks_per_beat) * GRID
            if message.type == "time_signature":
                meter = Meter(onset_tick=place, meter=f"{message.numerator}/{message.denominator}")
                meters = [m for m in meters if m.onset_tick != place] + [meter]
            elif message.type == "key_signature" and place == 0:
                signature = message.key
            elif message.type in ("note_on", "note_off"):
                begun = opened.pop(message.note, None)
                if begun is not None and place > begun:
                    raw.append((begun, place - begun, message.note))
                if message.type == "note_on" and message.velocity > 0:
                    opened[message.note] = place
    raw.sort(key=lambda note: (note[0], -note[2]))
    notes: list[tuple[int, int, int]] = []
    for onset, duration, pitch in raw:
        if notes and onset == notes[-1][0]:
            continue
        if notes and notes[-1][0] + notes[-1][1] > onset:
            notes[-1] = (notes[-1][0], onset - notes[-1][0], notes[-1][2])
        notes.append((onset, duration, pitch))
    return notes, sorted(meters, key=lambda m: m.onset_tick), signature


def _modal_key(signature: str, last_pitch: int) -> Key:
    major = Key(tonic=signature.removesuffix("m"))
    if signature.endswith("m"):
        return Key(tonic=major.tonic, mode="minor")
    above = (last_pitch - major.pitch_class) % 12
    mode = {0: "major", 2: "dorian", 7: "mixolydian", 9: "minor"}.get(above)
    if mode is None or mode == "mixolydian":
        # A tune that ends on the fifth is more often a major tune that leads back to its beginning.
        return major
    return Key(tonic=tonic_name(last_pitch % 12, mode), mode=mode)


def _pickup(events: Sequence[Event], bar: int) -> int:
    """The pickup by which most time is spent in notes that begin with a bar."""
    if bar <= 0:
        return 0
    step = TICKS // 2
    scores: Counter[int] = Counter()
    for event in events:
        if event.pitch is not None and event.onset_tick % step == 0:
            scores[event.onset_tick % bar] += min(event.duration_tick, 2 * TICKS)
    total = sum(scores.values()) or 1
    best = max(range(0, bar, step), key=lambda pickup: scores[pickup] + (0.05 * total if pickup == 0 else 0))
    return best if best <= bar // 2 else 0


# Families and parts.


def split(pieces: Sequence[Found]) -> dict[str, list[Found]]:
    """Tunes by family into ``train``, ``validation`` and ``test``."""
    melodies, keys = [piece.tune.pitches for piece in pieces], [piece.key for piece in pieces]
    return split_by_key(pieces, families(melodies, keys))


def training_folders(data: Path) -> list[Path]:
    """The folders of a data root that hold folk tunes; the root itself where it has neither."""
    names = ("unclear/essen_kern", "open/nottingham", "essen_kern", "nottingham")
    return [data / name for name in names if (data / name).is_dir()] or [data]


def read_data(data: Path) -> tuple[list[Found], dict[str, str]]:
    """Both sets of a data root, as :func:`read_folder`."""
    found: list[Found] = []
    unusable: dict[str, str] = {}
    for folder in training_folders(data):
        here, bad = read_folder(folder)
        found += here
        unusable |= bad
    return found, unusable


def group_tunes(pieces: Sequence[Found]) -> dict[str, list[Tune]]:
    """Tunes by what is reported apart; ``all`` holds every one."""
    return {
        "erk": [piece.tune for piece in pieces if piece.tune.collection == ERK],
        "europe": [piece.tune for piece in pieces if piece.region == "europe"],
        "china": [piece.tune for piece in pieces if piece.region == "china"],
        "nottingham": [piece.tune for piece in pieces if piece.region == "nottingham"],
        "all": [piece.tune for piece in pieces],
    }
