"""Read pieces for the composers of Sonify Data: melody and accompaniment on a grid of twelfths of a quarter.

Where melody and accompaniment are tracks of their own (POP909) they are taken as they are; a folk melody is
all melody; a piano piece is split into its top voice (skyline) and the rest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.arrays import FloatArray, IntArray
from training.datasets import MIDI_SUFFIXES, find_files, find_set, map_in_processes
from training.run import Run
from training.splits import families, split_by_key

TICKS = 12  # steps of the grid in a quarter: sixteenths and triplets fall on it
SETS = ("piano_midi_de", "clementi_uvashisth", "pop909", "nottingham")
COLUMNS = ("onset", "duration", "pitch", "velocity")


@dataclass(frozen=True, kw_only=True)
class Piece:
    """One piece on the grid.

    Attributes
    ----------
    source : str
        The data set's folder name, or ``"midi"`` for a file of another kind.
    key : str
        What the split is drawn from, such as ``"pop909/001.mid"``.
    melody, rest : ndarray of int64, shape=(n, 4)
        Columns onset and duration (twelfths of a quarter, from the first bar line), pitch (0-127) and
        velocity (1-127), sorted by onset, then pitch. The melody has one note at a time.
    bar : int
        Twelfths of a quarter in a bar: 48 in 4/4, 36 in 3/4 and 6/8.
    """

    source: str
    key: str
    melody: IntArray
    rest: IntArray
    bar: int


def read_piece(path: Path, *, source: str, key: str) -> Piece | None:
    """Read a MIDI file; None where it cannot be read or has fewer than eight melody notes."""
    import mido

    try:
        midi = mido.MidiFile(path, clip=True)
    except (OSError, EOFError, ValueError, KeyError, IndexError):
        return None
    if midi.ticks_per_beat <= 0:
        return None
    tracks = [_track_notes(track, midi.ticks_per_beat) for track in midi.tracks]
    names = [track.name.strip().upper() for track in midi.tracks]
    filled = [(name, notes) for name, notes in zip(names, tracks, strict=True) if len(notes)]
    if not filled:
        return None
    bar = _bar(midi)
    named = [notes for name, notes in filled if name == "MELODY"]
    if named:
        melody = skyline(named[0])[0]
        others = [notes for name, notes in filled if name != "MELODY"]
        rest = np.concatenate(others) if others else np.empty((0, 4))
        melody, rest = _onto_beat(melody, rest)
        bar = 4 * TICKS  # POP909's files say 1/4 or 4/4; nearly all its songs are in four
    else:
        right = [notes for name, notes in filled if "RIGHT" in name]
        top, low = skyline(right[0] if right else np.concatenate([notes for _, notes in filled]))
        others = [low] + ([notes for name, notes in filled if "RIGHT" not in name] if right else [])
        melody, rest = top, np.concatenate(others)
    if len(melody) < 8:
        return None
    return Piece(source=source, key=key, melody=_on_grid(melody), rest=_on_grid(rest), bar=bar)


def _track_notes(track: Iterable[Any], ticks_per_beat: int) -> FloatArray:
    """Notes as (onset, duration, pitch, velocity), times in quarters; drums are left out."""
    tick, notes = 0, []
    open_notes: dict[tuple[int, int], tuple[int, int]] = {}
    for message in track:
        tick += message.time
        if message.type not in ("note_on", "note_off") or message.channel == 9:
            continue
        place = (message.channel, message.note)
        if place in open_notes:
            onset, velocity = open_notes.pop(place)
            notes.append((onset / ticks_per_beat, (tick - onset) / ticks_per_beat, message.note, velocity))
        if message.type == "note_on" and message.velocity > 0:
            open_notes[place] = (tick, message.velocity)
    return np.array(sorted(notes), dtype=np.float64).reshape(-1, 4)


def _bar(midi: Any) -> int:
    """Ticks of a bar in the meter that lasts longest."""
    lengths: Counter[int] = Counter()
    tick, last, bar = 0, 0, 4 * TICKS
    for message in midi.tracks[0]:
        tick += message.time
        if message.type == "time_signature":
            lengths[bar] += tick - last
            last, bar = tick, round(4 * TICKS * message.numerator / message.denominator)
    lengths[bar] += max(1, tick - last)
    best = lengths.most_common(1)[0][0]
    return best if TICKS <= best <= 8 * TICKS else 4 * TICKS


def skyline(notes: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Split notes into the top voice and the rest.

    Parameters
    ----------
    notes : ndarray of float, shape=(n, 4)
        Onset and duration in quarters, pitch, velocity.

    Returns
    -------
    top, rest : ndarray of float, shape=(m, 4) and (n - m, 4)
        At each onset the highest note, unless a higher note of the top voice still sounds for more than a
        tenth of a quarter (Uitdenbogerd and Zobel, 1999, with that exception).
    """
    order = np.lexsort((-notes[:, 2], np.round(notes[:, 0] * 2 * TICKS)))
    top: list[int] = []
    last_slot, sounding_pitch, sounding_end = None, -1.0, -1.0
    for i in order:
        onset, duration, pitch, _ = notes[i]
        slot = round(onset * 2 * TICKS)
        if slot == last_slot:
            continue
        if pitch < sounding_pitch and sounding_end > onset + 0.1:
            continue
        top.append(int(i))
        last_slot, sounding_pitch, sounding_end = slot, pitch, onset + duration
    chosen = np.zeros(len(notes), dtype=bool)
    chosen[top] = True
    return notes[chosen], notes[~chosen]


def _onto_beat(melody: FloatArray, rest: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Shift a song whose grid does not begin at zero: POP909's beats lie at a constant offset.

    The sixteenth grid is where most onsets fall; the beat and the bar are where most weight of the bass and
    of many notes at once falls.
    """
    notes = np.concatenate([melody, rest])
    angle = np.angle(np.exp(2j * np.pi * notes[:, 0] * 4).mean())
    offset = angle / (2 * np.pi) / 4
    shifted = notes[:, 0] - offset
    weight = np.where(notes[:, 2] < 52, 3.0, 1.0) * np.minimum(notes[:, 1], 2.0)
    sixteenth = np.round(shifted * 4).astype(int)
    strength = np.bincount(sixteenth % 16, weights=weight, minlength=16)
    # The bar begins where the sum over its own quarter grid, and over its first beat, is greatest.
    score = strength + 0.5 * (np.roll(strength, -8)) + 0.25 * (np.roll(strength, -4) + np.roll(strength, -12))
    begin = int(np.argmax(score)) / 4
    shift = offset + begin
    first = min(melody[:, 0].min(), rest[:, 0].min() if len(rest) else np.inf)
    shift -= 4 * np.ceil((shift - first) / 4 - 1e-9) if shift > first else 0
    moved = []
    for part in (melody, rest):
        part = part.copy()
        part[:, 0] -= shift
        moved.append(part)
    return moved[0], moved[1]


def _on_grid(notes: FloatArray) -> IntArray:
    if not len(notes):
        return np.empty((0, 4), dtype=np.int64)
    grid = np.empty((len(notes), 4), dtype=np.int64)
    grid[:, 0] = np.round(notes[:, 0] * TICKS)
    grid[:, 1] = np.maximum(1, np.round(notes[:, 1] * TICKS))
    grid[:, 2:] = notes[:, 2:]
    grid = grid[np.lexsort((grid[:, 2], grid[:, 0]))]
    return grid


def find_pieces(folder: Path, sets: Sequence[str] | None = None) -> list[tuple[Path, str, str]]:
    """List the MIDI files of a folder with the set and the key of each.

    Parameters
    ----------
    folder : Path
        A folder that holds the sets of DATA.md, one of them, or MIDI files of any kind.
    sets : sequence of str, optional
        Only these sets, where the folder has them.

    Returns
    -------
    list of (Path, str, str)
        Path, source, split key; sorted by path.
    """
    found = []
    for path in find_files(folder, MIDI_SUFFIXES):
        source = find_set(path, SETS) or "midi"
        if sets is not None and source != "midi" and source not in sets:
            continue
        if source in ("piano_midi_de", "clementi_uvashisth"):
            # Both versions of a Clementi sonatina share the key.
            composer = "Clementi" if source == "clementi_uvashisth" else path.parent.name
            key = f"piano_midi_de/midis/{composer}/{path.name}"
        else:
            key = f"{source}/{path.name}"
        found.append((path, source, key))
    return found


def _read(item: tuple[Path, str, str]) -> Piece | None:
    path, source, key = item
    return read_piece(path, source=source, key=key)


def read_pieces(folder: Path, sets: Sequence[str] | None = None) -> tuple[list[Piece], list[str]]:
    """Read every piece of a folder.

    Returns
    -------
    pieces : list of Piece
    unusable : list of str
        The keys of files that cannot be read or have no melody of eight notes.
    """
    items = find_pieces(folder, sets)
    read = map_in_processes(_read, items)
    pieces = [piece for piece in read if piece is not None]
    return pieces, [item[2] for item, piece in zip(items, read, strict=True) if piece is None]


def split(pieces: Sequence[Piece]) -> dict[str, list[Piece]]:
    """Split pieces by family into ``train``, ``validation`` and ``test``."""
    melodies, keys = [piece.melody[:, 2].tolist() for piece in pieces], [piece.key for piece in pieces]
    return split_by_key(pieces, families(melodies, keys))


Parts = dict[str, list[Piece]]


def read_parts(run: Run) -> tuple[Parts, int]:
    """Read and split the pieces of a recipe's data sets.

    Returns
    -------
    dict
        ``train``, ``validation`` and ``test``.
    int
        Number of files that cannot be used.
    """
    read = [read_pieces(folder) for folder in run.folders.values()]
    pieces = [piece for found, _ in read for piece in found]
    return split(pieces), sum(len(unusable) for _, unusable in read)


def count_by_set(parts: Parts) -> dict[str, dict[str, int]]:
    """Pieces a part, by set: for a card."""
    sources = sorted({piece.source for held in parts.values() for piece in held})
    return {
        source: {part: sum(piece.source == source for piece in held) for part, held in parts.items()}
        for source in sources
    }
