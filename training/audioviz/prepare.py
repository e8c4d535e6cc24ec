"""Prepare sounds for Audio Viz's networks: mel bands in shards on the disk, read in several processes or on a Dask cluster.

What was prepared is read through a memory map, so that a collection need not fit into memory.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from core.arrays import BoolArray, Float32Array, IntArray
from core.audioviz.mel_windows import (
    CEILING_DB,
    FLOOR_DB,
    FRAME_RATE,
    N_MELS,
    STEP_FRAMES,
    WINDOW_FRAMES,
    windows,
)
from core.errors import InputError
from training.audioviz.clips import Clip, find_clips, read_clip
from training.cluster import map_batches
from training.splits import PARTS

SHARD_CLIPS = 64  # clips a shard: 64 of 30 s are 25 MB

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
    data: Path,
    out: Path,
    *,
    shard_clips: int = SHARD_CLIPS,
    scheduler: str = "",
    log: Callable[[str], None] = print,
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
    scheduler : str
        Address of a Dask scheduler; empty for processes of this machine. The shards are the same byte by byte.
    log : callable
        Gets a line a shard.

    Returns
    -------
    Prepared
    """
    out.mkdir(parents=True, exist_ok=True)
    found = find_clips(data)
    pieces = [found[i : i + shard_clips] for i in range(0, len(found), shard_clips)]
    marks = [_mark(piece) for piece in pieces]
    wanted = [i for i, mark in enumerate(marks) if _read_mark(_shard(out, i)) != mark]
    done = map_batches(
        read_mel, [[path for path, _ in pieces[i]] for i in wanted], scheduler=scheduler, report=log
    )
    for i, mels in zip(wanted, done, strict=True):
        _write_shard(_shard(out, i), [clip for _, clip in pieces[i]], mels, marks[i])
        n_done = min((i + 1) * shard_clips, len(found))
        log(f"{_shard(out, i).name}: {len(mels)} sounds, {n_done} of {len(found)}")
    for stale in sorted(out.glob("shard_*.json"))[len(pieces) :]:
        stale.unlink()
    return load_prepared(out)


def prepare_sounds(data: Path, work: Path, *, scheduler: str = "") -> str:
    """Read every sound into shards, on a Dask cluster where a scheduler is given; one line about it."""
    prepared = prepare(data, find_shards(work), scheduler=scheduler)
    hours = sum(map(len, prepared.mels)) / FRAME_RATE / 3600
    return json.dumps(
        {
            "clips": len(prepared),
            "hours": round(hours, 2),
            "unusable": prepared.unusable,
            "styles": dict(Counter(clip.style or "no style" for clip in prepared.clips)),
            "parts": dict(Counter(clip.part for clip in prepared.clips)),
        },
        ensure_ascii=False,
    )


def find_shards(work: Path) -> Path:
    """Where the shards lie in a folder of work: the recipes share them."""
    return work / "audioviz_shards"


def read_mel(path: Path) -> NDArray[np.float16] | str:
    """The mel bands of a sound as a shard keeps them, or the sentence that says why it cannot be read.

    One thread multiplies matrices: with more of them sums are rounded otherwise, and shards would depend on the machine.
    """
    try:
        with threadpool_limits(1):
            return read_clip(path).astype(np.float16)
    except InputError as error:
        return str(error)


def _shard(out: Path, number: int) -> Path:
    return out / f"shard_{number:04d}"


def _mark(piece: Sequence[tuple[Path, Clip]]) -> str:
    """What changes when one of a shard's files does."""
    rows = "\n".join(f"{path}:{path.stat().st_size}" for path, _ in piece)
    return hashlib.sha256(rows.encode()).hexdigest()


def _read_mark(stem: Path) -> str | None:
    about = stem.with_suffix(".json")
    return str(json.loads(about.read_text(encoding="utf-8"))["mark"]) if about.is_file() else None


def _write_shard(
    stem: Path, clips: Sequence[Clip], mels: Sequence[NDArray[np.float16] | str | None], mark: str
) -> None:
    kept, unusable = _sort_out(clips, mels)
    values = [mel for _, mel in kept]
    np.save(stem.with_suffix(".npy"), np.concatenate(values) if values else np.empty((0, N_MELS), np.float16))
    # The JSON comes last: a shard without it was not finished.
    about = {
        "mark": mark,
        "clips": [asdict(clip) for clip, _ in kept],
        "lengths": [len(mel) for mel in values],
        "unusable": unusable,
    }
    stem.with_suffix(".json").write_text(json.dumps(about), encoding="utf-8")


def _sort_out(
    clips: Sequence[Clip], mels: Sequence[NDArray[np.float16] | str | None]
) -> tuple[list[tuple[Clip, NDArray[np.float16]]], list[str]]:
    """The clips that were read, and a line for each that was not."""
    kept, unusable = [], []
    for clip, mel in zip(clips, mels, strict=True):
        if isinstance(mel, np.ndarray):
            kept.append((clip, mel))
        else:
            unusable.append(f"{clip.file}: {mel or 'Reading it ended the process that read it.'}")
    return kept, unusable


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
    found = find_clips(data)
    [mels] = map_batches(read_mel, [[path for path, _ in found]])
    kept, unusable = _sort_out([clip for _, clip in found], mels)
    if not kept:
        raise InputError("None of the sounds in this folder can be read.")
    return Prepared([clip for clip, _ in kept], [mel for _, mel in kept], unusable)


# Windows.


def clip_windows(mel: NDArray[np.floating], every: int = 4) -> Float32Array:
    """Every fourth of a clip's windows (5 a second), (n, 64, 96)."""
    return np.ascontiguousarray(windows(np.asarray(mel, dtype=np.float32))[::every])


def draw_windows(
    prepared: Prepared, size: int, rng: np.random.Generator, weights: NDArray[np.floating] | None = None
) -> tuple[Float32Array, IntArray]:
    """Windows at random places: a clip is drawn by its weight (or length), then a place in it.

    Returns
    -------
    windows : ndarray of float32, shape=(size, 64, 96)
    clips : ndarray of int64, shape=(size,)
    """
    given = [len(mel) for mel in prepared.mels] if weights is None else weights
    share = np.asarray(given, dtype=np.float64) / np.sum(given)
    chosen = rng.choice(len(prepared), size=size, p=share)
    batch = np.empty((size, WINDOW_FRAMES, N_MELS), dtype=np.float32)
    for i, clip in enumerate(chosen):
        mel = prepared.mels[clip]
        middle = rng.integers(0, len(mel))
        places = np.arange(middle - WINDOW_FRAMES // 2, middle + WINDOW_FRAMES // 2)
        batch[i] = mel[np.clip(places, 0, len(mel) - 1)]
    return np.ascontiguousarray(batch.transpose(0, 2, 1)), chosen


def sample_windows(prepared: Prepared, n: int, seed: int = 0) -> Float32Array:
    """Windows at random places, the same for a seed."""
    return draw_windows(prepared, n, np.random.default_rng(seed))[0]


def measure_windows(mel: NDArray[np.floating]) -> Float32Array:
    """Loudness, onset strength and centroid from normalized mel bands, at each window: (n, 3).

    They come from the same bands that the networks read, so that what a number owes to them can be told without the
    sound itself.
    """
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
