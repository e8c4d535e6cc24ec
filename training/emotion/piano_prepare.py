"""Read and split piano pieces, played ones and scores."""

from __future__ import annotations

import csv
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pretty_midi

from core.emotion.piano import tokenizer as tk
from core.errors import InputError
from core.music.performance import Performance
from training.datasets import MIDI_SUFFIXES, find_files, find_set, map_in_processes
from training.splits import interval_patterns, split_by_key

SETS = ("piano_midi_de", "asap", "emopia")  # played, or sequenced with tempo and touch
SCORES = ("polish_piano", "chopin_first_editions", "mutopia_piano", "openscore_lieder")  # mechanical
SCORE = "score"
KIND_OF = {"piano_midi_de": "classical", "asap": "performed", "emopia": "pop", **dict.fromkeys(SCORES, SCORE)}
MIN_NOTES = 32
MAX_SCORE_NOTES = 1500  # of a score, from its beginning: all scores together are 3.3 million notes
# A piece that shares this much of its eight-note interval patterns with a piece of another part is the same work.
SAME_WORK = 0.1

# Works of ASAP that are known or suspected to be among all works of piano-midi.de, of which some are kept aside
# even from the folder: none of their performances is trained on. Everything of an opus goes where one of it does.
_ON_PIANO_MIDI_DE = re.compile(
    r"Bach/(Fugue|Prelude)/bwv_8(46|47|48|49|50)$|Balakirev|Brahms|Debussy|Ravel|Rachmaninoff"
    r"|Beethoven/Piano_Sonatas/(1|2|3|4|5|6|7|8|9|10|11|12|13|14|16|17|18|19|20|21|23|25|26|27|29)-"
    r"|Chopin/(Etudes|Sonata_2|Polonaises|Ballades/1|Scherzos/31)"
    r"|Liszt/(Transcendental|Gran_Etudes|Hungarian|Concert_Etude)|Mozart/Piano_Sonatas/(9|10|11|12|13|16)-"
    r"|Schubert/(Moment|Wanderer|Impromptu|Piano_Sonatas/894)|Schumann/Kreisleriana"
)
# Scores of works that are on piano-midi.de, or whose opus is: it has 337 pieces, and a tenth of them is not in the folder,
# so patterns alone cannot find all.
_SCORED_ON_PIANO_MIDI_DE = re.compile(
    r"chopin_first_editions/0(07|10|18|23|25|27|28|31|33|35|53|66)-"
    r"|mutopia_piano/.*bwv_?-?8(46|47|48|49|50)"
)


@dataclass(frozen=True, kw_only=True)
class Played:
    """One piece as it is played.

    Attributes
    ----------
    source, key : str
        Its set, and what the split is drawn from.
    notes : Performance
        Chords gathered.
    valence, arousal : int
        Labels, 1 or -1; 0 where there is none.
    """

    source: str
    key: str
    notes: Performance
    valence: int = 0
    arousal: int = 0


def on_piano_midi_de(key: str) -> bool:
    """Whether a work of ASAP, or a score, is known or suspected to be on piano-midi.de as well."""
    if key.startswith("asap/"):
        return bool(_ON_PIANO_MIDI_DE.search(key.removeprefix("asap/")))
    return bool(_SCORED_ON_PIANO_MIDI_DE.match(key.lower()))


def find(folder: Path, sets: Sequence[str] = SETS) -> list[tuple[Path, str, str]]:
    """MIDI files of a folder that holds the sets, one of them, or loose files, with set and key of each."""
    found = []
    for path in find_files(folder, MIDI_SUFFIXES):
        source = find_set(path, (*SETS, *SCORES))
        if source is None and find_set(path, _OTHER_SETS):
            continue
        if source is not None and source not in sets:
            continue
        found.append((path, source or "midi", _key(path, source)))
    return found


_OTHER_SETS = (
    "essen_kern",
    "nottingham",
    "clementi_uvashisth",
    "pop909",
    "vgmidi",
    "audio_clips",
    "timeseries",
    "ssvd",
)


def _key(path: Path, source: str | None) -> str:
    if source == "piano_midi_de":
        return f"piano_midi_de/midis/{path.parent.name}/{path.name}"
    if source == "asap":
        parts = path.parts
        return "/".join(parts[len(parts) - 1 - parts[::-1].index("asap") : -1])
    if source == "emopia":
        # Q1_SONG_0.mid; a song's id may hold underscores of its own.
        return f"emopia/{path.stem[3:].rpartition('_')[0]}"
    return f"{source or 'midi'}/{path.name}"


def read(folder: Path, sets: Sequence[str] = SETS) -> tuple[list[Played], list[str]]:
    """Read the pieces of a folder; also the keys of those that hold fewer than :data:`MIN_NOTES` notes."""
    labels = _labels(folder)
    found = find(folder, sets)
    pieces, unusable = [], []
    for (path, source, key), notes in zip(found, map_in_processes(_read_notes, found), strict=True):
        if notes is None:
            unusable.append(key)
            continue
        valence, arousal = labels.get(path.name, (0, 0)) if source == "emopia" else (0, 0)
        pieces.append(Played(source=source, key=key, notes=notes, valence=valence, arousal=arousal))
    return pieces, unusable


def _read_notes(found: tuple[Path, str, str]) -> Performance | None:
    path, source, _ = found
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # pretty_midi on tempo changes in further tracks
            midi = pretty_midi.PrettyMIDI(str(path))
        if source == "openscore_lieder":
            midi.instruments = [part for part in midi.instruments if part.name != "VOICE"]
        notes = tk.gather_chords(Performance.from_midi(midi))
    except (InputError, OSError, ValueError, IndexError, KeyError, EOFError):
        return None
    if source in SCORES:
        notes = notes.first(MAX_SCORE_NOTES)
    return notes if len(notes) >= MIN_NOTES else None


def _labels(folder: Path) -> dict[str, tuple[int, int]]:
    labels = {}
    for path in folder.rglob("labels.csv"):
        if "emopia" in path.resolve().parts:
            with path.open(encoding="utf-8", newline="") as file:
                for row in csv.DictReader(file):
                    labels[row["file"]] = (_sign(row["valence"]), _sign(row["arousal"]))
    return labels


def _sign(text: str) -> int:
    return 1 if float(text) > 0 else -1


def split(pieces: Sequence[Played]) -> tuple[dict[str, list[Played]], list[str]]:
    """Split pieces, and leave out of the training what stands in a test or validation part too.

    Scores are for training alone.

    Returns
    -------
    dict of list of Played
        ``train``, ``validation``, ``test``.
    list of str
        Keys that were left out: works that are on piano-midi.de, and near-duplicates.
    """
    dropped = [piece.key for piece in pieces if on_piano_midi_de(piece.key)]
    used = [piece for piece in pieces if piece.key not in set(dropped)]
    played = [piece for piece in used if piece.source not in SCORES]
    parts = split_by_key(played, [piece.key for piece in played])
    parts["train"] += [piece for piece in used if piece.source in SCORES]
    kept: dict[bytes, list[int]] = {}
    sealed = parts["validation"] + parts["test"]
    patterns = [shingles(piece.notes) for piece in sealed]
    for i, found in enumerate(patterns):
        for pattern in found:
            kept.setdefault(pattern, []).append(i)
    train = []
    for piece in parts["train"]:
        own = shingles(piece.notes)
        shared = np.zeros(len(sealed))
        for pattern in own:
            for i in kept.get(pattern, ()):
                shared[i] += 1
        smaller = np.array([max(1, min(len(own), len(other))) for other in patterns])
        if len(sealed) and (shared / smaller).max() >= SAME_WORK:
            dropped.append(piece.key)
        else:
            train.append(piece)
    parts["train"] = train
    return parts, dropped


def shingles(notes: Performance) -> set[bytes]:
    """Patterns of eight intervals; runs of one step alone are no pattern of a work."""
    patterns = set(interval_patterns(notes.pitch))
    return {pattern for pattern in patterns if len(set(np.abs(np.frombuffer(pattern, np.int8)).tolist())) > 2}
