"""Find and read clips for Extrapolate, join those that follow one another, and describe their seconds."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core import audio as sound
from core.arrays import Float32Array
from core.audio import Audio
from core.errors import DashboardError
from core.extrapolate.second_features import describe_places
from core.extrapolate.spectrograms import SR, chroma_of, log_mel, power
from training.datasets import SOUND_SUFFIXES, find_files
from training.splits import split_of

# Clips of one track that lie so close are played on as one sound.
CONTIGUOUS_SEC = 0.1


@dataclass(frozen=True, kw_only=True)
class Clip:
    """A sound file and where it comes from.

    Attributes
    ----------
    path : Path
    key : str
        What the split is drawn from: the same for all clips of a track.
    license : str
        As ``clips.csv`` has it; ``"not stated"`` without one.
    start_sec : float or None
        Where in its track it begins.
    """

    path: Path
    key: str
    license: str = "not stated"
    start_sec: float | None = None

    @property
    def split(self) -> str:
        """``"train"``, ``"validation"`` or ``"test"``."""
        return split_of(self.key)


def find_clips(folder: Path) -> list[Clip]:
    """List the sound files of a folder.

    Parameters
    ----------
    folder : Path
        Where folders called ``audio_clips`` lie inside, only those are read. A ``clips.csv`` beside the files
        says which track each is of; files that it does not name, or all without one, are told apart by their
        names less a number at the end.

    Returns
    -------
    list of Clip
        By path.
    """
    named = [path for path in folder.rglob("audio_clips") if path.is_dir()]
    found = []
    for place in named or [folder]:
        about = {}
        for table in place.rglob("clips.csv"):
            with table.open(encoding="utf-8", newline="") as lines:
                about.update(
                    {table.parent / row["file"]: row for row in csv.DictReader(lines) if row.get("file")}
                )
        for path in find_files(place, SOUND_SUFFIXES):
            found.append(_clip(path, about.get(path)))
    return found


def _clip(path: Path, row: dict[str, str] | None) -> Clip:
    if row is None or not row.get("repo") or not row.get("path"):
        return Clip(path=path, key=f"audio/{re.sub(r'[-_ ]*[0-9]+$', '', path.stem) or path.stem}")
    try:
        start = float(row.get("start_s", ""))
    except ValueError:
        start = None
    return Clip(
        path=path,
        key=f"audio/{row['repo']}/{row['path']}",
        license=row.get("licence") or "not stated",
        start_sec=start,
    )


def read(clip: Clip) -> Audio | None:
    """Decode a clip; None where that cannot be done."""
    try:
        return sound.decode(clip.path.read_bytes(), name=clip.path.name)
    except (DashboardError, OSError):
        return None


def tracks(clips: Sequence[Clip]) -> Iterator[tuple[str, Float32Array]]:
    """Sounds as long as they can be had: clips of one track that follow one another are joined.

    Parameters
    ----------
    clips : sequence of Clip

    Yields
    ------
    str
        Key of the track.
    ndarray of float32, shape=(n,)
        Mono, at ``SR``.
    """
    ordered = sorted(clips, key=lambda clip: (clip.key, clip.start_sec or 0.0, clip.path.name))
    key, end_sec = "", None
    joined: list[Float32Array] = []
    for clip in ordered:
        audio = read(clip)
        if audio is None:
            continue
        y = audio.mono().resample(SR).y
        follows = (
            clip.start_sec is not None
            and end_sec is not None
            and clip.key == key
            and abs(clip.start_sec - end_sec) < CONTIGUOUS_SEC
        )
        if not follows and joined:
            yield key, np.concatenate(joined)
            joined = []
        joined.append(y)
        key = clip.key
        end_sec = None if clip.start_sec is None else clip.start_sec + len(y) / SR
    if joined:
        yield key, np.concatenate(joined)


def describe_sound(y: Float32Array) -> Float32Array:
    """Vectors of a sound's seconds that begin every sixteenth of a second, shape=(n, N_FEATURES)."""
    spectrum = power(y)
    return describe_places(log_mel(spectrum), chroma_of(spectrum), first_frame=0.0, n_sec=len(y) // SR)
