"""Find the sounds of a collection with their tracks, artists and styles, and read their mel bands.

Layouts: ``clips.csv`` beside the sounds (audio_clips), FMA (``fma_metadata/tracks.csv`` and a folder of MP3s), a
folder per genre, or simply a folder of sounds.
"""

from __future__ import annotations

import csv
import difflib
import re
from dataclasses import asdict, dataclass
from pathlib import Path

from core.arrays import Float32Array
from core.audio import decode
from core.audioviz.mel_windows import normalize, spectra
from core.errors import InputError
from training.datasets import SOUND_SUFFIXES, find_files
from training.splits import split_of

STYLES = ("chiptune", "orchestral", "electronic", "classical", "lofi", "vocal")
# A style's tags, in the order in which they decide: a song with strings is vocal.
TAGS = {
    "vocal": {"vocal"},
    "chiptune": {"chiptune"},
    "lofi": {"lofi"},
    "orchestral": {"orchestral"},
    "classical": {"classical", "acoustic instrument", "piano", "waltz"},
    "electronic": {"electronic", "drum and bass"},
}
MAX_CLIP_SEC = 60.0  # of a longer sound, its middle is taken


@dataclass(frozen=True, kw_only=True)
class Clip:
    """One sound of a collection.

    Attributes
    ----------
    file : str
        Relative to the collection's folder.
    key : str
        What the split is drawn from: all clips of a track share it.
    artist : str
        In lower case and without additions; clips of one artist stay together where styles are split.
    style : str or None
    collection : str
        The folder's name.
    """

    file: str
    key: str
    artist: str
    style: str | None
    collection: str

    @property
    def part(self) -> str:
        """``train``, ``validation`` or ``test``, by the hash of DATA.md."""
        return split_of(self.key)


def style_of(tags: str) -> str | None:
    """The style that tags such as ``"game,chiptune"`` name; None where they name none of `STYLES`."""
    given = {tag.strip().lower() for tag in tags.split(",")}
    return next((style for style, names in TAGS.items() if given & names), None)


def plain_artist(name: str) -> str:
    """An artist's name without additions in brackets, in lower case."""
    return re.sub(r"\s+", " ", re.sub(r"\([^)]*\)", "", name)).strip().lower() or "unknown"


def find_clips(data: Path, *, only_csv: bool = False) -> list[tuple[Path, Clip]]:
    """The sounds of a folder with what is known of them.

    Parameters
    ----------
    data : Path
        A collection, or a folder above some; every ``clips.csv`` at most three folders down is read. Without any, an
        FMA folder, a folder per genre, or a folder of sounds.
    only_csv : bool
        Take no other layout.

    Returns
    -------
    list of (Path, Clip)
        By path.

    Raises
    ------
    InputError
        If there is no sound.
    """
    tables = sorted(path for depth in ("", "*/", "*/*/", "*/*/*/") for path in data.glob(f"{depth}clips.csv"))
    # Of a folder with sets of several licenses, the ones that may be passed on; the others only where they are named.
    tables = [path for path in tables if "nc" not in path.relative_to(data).parts] or tables
    found = [item for table in tables for item in _from_table(table)]
    if not found and not only_csv:
        fma = next(iter(sorted(data.glob("**/fma_metadata/tracks.csv"))), None)
        found = _from_fma(data, fma) if fma is not None else _from_folders(data)
    if not found:
        raise InputError(
            "There is no sound in this folder. Give one with clips.csv, an FMA folder or one folder a genre."
        )
    return _merge_artists(sorted(found, key=lambda item: str(item[0])))


def _from_table(table: Path) -> list[tuple[Path, Clip]]:
    found = []
    with table.open(newline="", encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            path = next(
                (
                    p
                    for p in (table.parent / row["file"], table.parent / "audio" / row["file"])
                    if p.is_file()
                ),
                None,
            )
            if path is None:
                continue
            artist = plain_artist(row.get("artist", ""))
            if artist in ("unknown", "not stated"):
                artist = f"unknown of {row.get('repo', '')}"
            found.append(
                (
                    path,
                    Clip(
                        file=row["file"],
                        key=f"audio/{row.get('repo', '')}/{row.get('path', row['file'])}",
                        artist=artist,
                        style=style_of(row.get("tags", "")),
                        collection=f"{table.parent.parent.name}/{table.parent.name}",
                    ),
                )
            )
    return found


def _from_fma(data: Path, table: Path) -> list[tuple[Path, Clip]]:
    """FMA: a header of three rows; a track's sound is ``123/123456.mp3`` in some folder (Defferrard et al. 2017)."""
    sounds = {path.stem: path for path in data.rglob("*.mp3")}
    found = []
    with table.open(newline="", encoding="utf-8") as stream:
        rows = csv.reader(stream)
        top, names = next(rows), next(rows)
        next(rows)
        columns = {pair: i for i, pair in enumerate(zip(top, names, strict=True))}
        for row in rows:
            path = sounds.get(row[0].zfill(6))
            if path is None:
                continue
            found.append(
                (
                    path,
                    Clip(
                        file=path.name,
                        key=f"fma/{row[0]}",
                        artist=plain_artist(row[columns["artist", "name"]]),
                        style=row[columns["track", "genre_top"]].strip().lower() or None,
                        collection="fma",
                    ),
                )
            )
    return found


def _from_folders(data: Path) -> list[tuple[Path, Clip]]:
    """A folder per genre: every sound is an artist of its own, as nothing is known of it."""
    found = []
    for path in find_files(data, SOUND_SUFFIXES):
        inside = path.relative_to(data)
        style = inside.parts[0].lower() if len(inside.parts) > 1 else None
        key, name = f"{data.name}/{inside}", str(inside)
        found.append((path, Clip(file=name, key=key, artist=name, style=style, collection=data.name)))
    return found


def _merge_artists(found: list[tuple[Path, Clip]]) -> list[tuple[Path, Clip]]:
    """Names that differ by a letter, such as Mathew and Matthew Pablo, are one artist."""
    chosen: dict[str, str] = {}
    for name in sorted({clip.artist for _, clip in found}):
        # Names of tracks differ by a digit on purpose; an artist's name has none.
        near = [] if re.search(r"\d", name) else difflib.get_close_matches(name, chosen.values(), 1, 0.93)
        chosen[name] = near[0] if near else name
    return [(path, Clip(**{**asdict(clip), "artist": chosen[clip.artist]})) for path, clip in found]


def read_clip(path: Path) -> Float32Array:
    """The normalized mel bands of a sound, (frames, 64); of a long one, its middle minute.

    Raises
    ------
    InputError
        If it cannot be read, is silent or too short.
    """
    audio = decode(path.read_bytes(), name=path.name)
    excess = audio.n_samples - round(MAX_CLIP_SEC * audio.sr)
    if excess > 0:
        audio = type(audio)(
            audio.y[..., excess // 2 : excess // 2 + round(MAX_CLIP_SEC * audio.sr)], audio.sr
        )
    return normalize(spectra(audio))
