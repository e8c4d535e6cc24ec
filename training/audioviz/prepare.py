"""Find and read sounds for Audio Viz's networks, and keep their mel spectrograms in shards on the disk.

Layouts: ``clips.csv`` beside the sounds (audio_clips), FMA (``fma_metadata/tracks.csv`` and a folder of MP3s), a
folder per genre, or simply a folder of sounds. What was prepared is read through a memory map, so that a collection
need not fit into memory.
"""

from __future__ import annotations

import csv
import difflib
import hashlib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.arrays import BoolArray, Float32Array, IntArray
from core.audio import decode
from core.audioviz.mel_windows import (
    N_MELS,
    STEP_FRAMES,
    WINDOW_FRAMES,
    normalize,
    spectra,
    windows,
)
from core.errors import InputError
from training.datasets import SOUND_SUFFIXES, find_files
from training.splits import PARTS, split_of

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
SHARD_CLIPS = 64  # clips a shard: 64 of 30 s are 25 MB
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


# Shards.


@dataclass(frozen=True)
class Prepared:
    """Clips in shards, read through memory maps.

    Attributes
    ----------
    clips : list of Clip
    mels : list of ndarray of float16, shape=(frames, 64)
        Parts of the maps.
    unusable : list of str
        Files that could not be read.
    """

    clips: list[Clip]
    mels: list[NDArray[np.float16]]
    unusable: list[str]

    def __len__(self) -> int:
        return len(self.clips)

    def where(self, holds: Callable[[Clip], Any]) -> Prepared:
        """The clips for which `holds` is true."""
        return self.take(np.array([bool(holds(clip)) for clip in self.clips], dtype=bool))

    def take(self, chosen: BoolArray) -> Prepared:
        """The clips that a mask chooses."""
        kept = np.flatnonzero(chosen)
        return Prepared([self.clips[i] for i in kept], [self.mels[i] for i in kept], self.unusable)

    def by_part(self) -> dict[str, Prepared]:
        """``train``, ``validation`` and ``test``."""
        return {part: self.take(np.array([clip.part == part for clip in self.clips])) for part in PARTS}


def prepare(
    data: Path, out: Path, *, shard_clips: int = SHARD_CLIPS, log: Callable[[str], None] = print
) -> Prepared:
    """Read every sound once into shards; go on where an earlier run was stopped.

    Parameters
    ----------
    data : Path
        As in `find_clips`.
    out : Path
        Gets ``shard_0000.npy`` (frames, 64; float16), its ``shard_0000.json`` and so on. A shard whose JSON is there is
        not made again unless its files have changed.
    shard_clips : int
        Clips a shard.

    Returns
    -------
    Prepared
    """
    out.mkdir(parents=True, exist_ok=True)
    found = find_clips(data)
    pieces = [found[i : i + shard_clips] for i in range(0, len(found), shard_clips)]
    for number, piece in enumerate(pieces):
        stem = out / f"shard_{number:04d}"
        mark = hashlib.sha256(
            "\n".join(f"{path}:{path.stat().st_size}" for path, _ in piece).encode()
        ).hexdigest()
        if (
            stem.with_suffix(".json").is_file()
            and json.loads(stem.with_suffix(".json").read_text())["mark"] == mark
        ):
            continue
        _write_shard(stem, piece, mark)
        log(
            f"{stem.name}: {len(piece)} sounds, {min((number + 1) * shard_clips, len(found))} of {len(found)}"
        )
    for stale in sorted(out.glob("shard_*.json"))[len(pieces) :]:
        stale.unlink()
    return load_prepared(out)


def _write_shard(stem: Path, piece: Sequence[tuple[Path, Clip]], mark: str) -> None:
    clips, lengths, unusable, mels = [], [], [], []
    for path, clip in piece:
        try:
            mel = read_clip(path)
        except InputError as error:
            unusable.append(f"{clip.file}: {error}")
            continue
        clips.append(asdict(clip))
        lengths.append(len(mel))
        mels.append(mel.astype(np.float16))
    np.save(stem.with_suffix(".npy"), np.concatenate(mels) if mels else np.empty((0, N_MELS), np.float16))
    # The JSON comes last: a shard without it was not finished.
    about = {"mark": mark, "clips": clips, "lengths": lengths, "unusable": unusable}
    stem.with_suffix(".json").write_text(json.dumps(about), encoding="utf-8")


def load_prepared(folder: Path) -> Prepared:
    """What `prepare` wrote.

    Raises
    ------
    InputError
        If there is nothing.
    """
    clips: list[Clip] = []
    mels: list[NDArray[np.float16]] = []
    unusable: list[str] = []
    for about_path in sorted(folder.glob("shard_*.json")):
        about = json.loads(about_path.read_text(encoding="utf-8"))
        values = np.load(about_path.with_suffix(".npy"), mmap_mode="r", allow_pickle=False)
        ends = np.cumsum(about["lengths"])
        for clip, length, end in zip(about["clips"], about["lengths"], ends, strict=True):
            clips.append(Clip(**clip))
            mels.append(values[end - length : end])
        unusable += about["unusable"]
    if not clips:
        raise InputError("Nothing was prepared here. Run the prepare command first.")
    return Prepared(clips, mels, unusable)


def read_all(data: Path) -> Prepared:
    """The same without shards, for a folder that is scored once."""
    clips, mels, unusable = [], [], []
    for path, clip in find_clips(data):
        try:
            mels.append(read_clip(path).astype(np.float16))
        except InputError as error:
            unusable.append(f"{clip.file}: {error}")
            continue
        clips.append(clip)
    if not clips:
        raise InputError("None of the sounds in this folder can be read.")
    return Prepared(clips, mels, unusable)


# Windows.


def clip_windows(mel: NDArray[np.floating], every: int = 4) -> Float32Array:
    """Every fourth of a clip's windows (5 a second), (n, 64, 96)."""
    return np.ascontiguousarray(windows(np.asarray(mel, dtype=np.float32))[::every])


def batches(
    prepared: Prepared, size: int, rng: np.random.Generator, weights: NDArray[np.floating] | None = None
) -> Iterator[tuple[Float32Array, IntArray]]:
    """Windows at random places without end: a clip is drawn by its weight (or length), then a place in it.

    Yields
    ------
    windows : ndarray of float32, shape=(size, 64, 96)
    clips : ndarray of int64, shape=(size,)
    """
    lengths = np.array([len(mel) for mel in prepared.mels], dtype=np.float64)
    share = (
        lengths / lengths.sum()
        if weights is None
        else np.asarray(weights, dtype=np.float64) / np.sum(weights)
    )
    while True:
        chosen = rng.choice(len(prepared), size=size, p=share)
        batch = np.empty((size, WINDOW_FRAMES, N_MELS), dtype=np.float32)
        for i, clip in enumerate(chosen):
            mel = prepared.mels[clip]
            middle = rng.integers(0, len(mel))
            places = np.clip(
                np.arange(middle - WINDOW_FRAMES // 2, middle + WINDOW_FRAMES // 2), 0, len(mel) - 1
            )
            batch[i] = mel[places]
        yield np.ascontiguousarray(batch.transpose(0, 2, 1)), chosen


def measure_windows(mel: NDArray[np.floating]) -> Float32Array:
    """Loudness, onset strength and centroid from normalized mel bands, at each window: (n, 3).

    They come from the same bands that the networks read, so that what a number owes to them can be told without the
    sound itself.
    """
    from core.audioviz.mel_windows import CEILING_DB, FLOOR_DB

    db = np.asarray(mel, dtype=np.float32) * (CEILING_DB - FLOOR_DB)
    power = 10 ** (db / 10)
    loudness = 10 * np.log10(power.sum(axis=1))
    rise = np.maximum(0, np.diff(db, axis=0, prepend=db[:1])).mean(axis=1)
    centroid = (power @ np.arange(N_MELS)) / power.sum(axis=1)
    # A window's code may depend on 0.96 s: each measure is averaged over a short and over the whole window.
    columns = []
    for values in (loudness, rise, centroid):
        for width in (STEP_FRAMES, WINDOW_FRAMES):
            kernel = np.ones(width) / width
            columns.append(
                np.convolve(np.pad(values, width // 2, mode="edge"), kernel, "same")[width // 2 :][: len(mel)]
            )
    return np.stack(columns, axis=1)[::STEP_FRAMES].astype(np.float32)
