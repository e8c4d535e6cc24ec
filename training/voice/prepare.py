"""Sung recordings with annotated notes, read from a folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core import audio as sound
from core.arrays import Float32Array, FloatArray
from core.errors import InputError
from core.voice.transcribe import prepare

Notes = FloatArray  # shape=(n, 3): onset and end in seconds, fractional MIDI number


AUDIO_SUFFIXES = (".ogg", ".flac", ".wav", ".mp3")
# Vocadito's notes: onset in seconds, pitch in Hz, duration in seconds; a file an annotator.
_VOCADITO = "_notes"


@dataclass(frozen=True, kw_only=True, eq=False)
class Recording:
    """A sung recording with its annotation."""

    key: str
    y: Float32Array
    ref: Notes


def read_data(folder: Path) -> list[Recording]:
    """Read every annotated recording of a folder.

    Parameters
    ----------
    folder : Path
        The set's folder or one above it. A recording is a sound file beside a text file of the same name with
        onset, offset in seconds and fractional MIDI number on each line. Where a folder called ``ssvd`` lies
        inside, only that is read.

    Raises
    ------
    InputError
        If there is none.
    """
    named = [path for path in folder.rglob("ssvd") if path.is_dir()]
    found = []
    for path in sorted(file for place in named or [folder] for file in place.rglob("*.txt")):
        ref = _read_annotation(path)
        y = _read_sound(path.with_suffix(""))
        if ref is not None and y is not None:
            found.append(Recording(key=f"ssvd/{path.stem}", y=y, ref=ref))
    if not found:
        raise InputError(
            f"No annotated recording lies in {folder.name}. Give a folder with sound files and, beside each, a text "
            "file of onset, offset and MIDI number."
        )
    return found


def read_vocadito(folder: Path) -> list[Recording]:
    """Read recordings annotated as vocadito is (Bittner et al. 2021): one for each annotator of each sound."""
    found = []
    for path in sorted(folder.rglob(f"*{_VOCADITO}A*.csv")):
        stem, _, annotator = path.stem.partition(_VOCADITO)
        y = _read_sound(path.parent / stem)
        if y is not None:
            onset, hz, duration = np.loadtxt(path, delimiter=",", ndmin=2).T
            ref = np.stack([onset, onset + duration, 69.0 + 12.0 * np.log2(hz / 440.0)], axis=1)
            found.append(Recording(key=f"vocadito/{stem}-{annotator}", y=y, ref=ref))
    return found


def _read_sound(stem: Path) -> Float32Array | None:
    files = [path for suffix in AUDIO_SUFFIXES if (path := stem.parent / f"{stem.name}{suffix}").is_file()]
    return prepare(sound.decode(files[0].read_bytes(), name=files[0].name))[0] if files else None


def _read_annotation(path: Path) -> Notes | None:
    try:
        rows = [
            [float(word) for word in line.split()]
            for line in path.read_text("utf-8").splitlines()
            if line.strip()
        ]
    except ValueError:
        return None
    if not rows or any(len(row) != 3 for row in rows):
        return None
    ref = np.array(sorted(rows))
    return ref[(ref[:, 1] > ref[:, 0]) & (ref[:, 2] > 0)]
