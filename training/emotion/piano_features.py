"""What the piano network reads of pieces, computed once: numbers, copy features and attributes; kept on disk."""

from __future__ import annotations

import hashlib
import inspect
import shutil
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.lib.format import open_memmap
from numpy.typing import NDArray

from core.emotion.piano import attributes, copy_features
from core.emotion.piano import tokenizer as tk
from core.emotion.piano.attributes import N_ATTRIBUTES, raw_rows
from core.emotion.piano.copy_features import N_DENSE, N_SOURCES, Lookup
from training.emotion.piano_prepare import Played

DENSE_SCALE = 32.0  # lookups are stored as bytes
# Name, shape of a note's values, type.
ARRAYS: dict[str, tuple[tuple[int, ...], type[np.generic]]] = {
    "tokens": ((4,), np.uint8),
    "dense": ((N_DENSE, tk.N_PITCHES), np.uint8),
    "sources": ((N_SOURCES + 5,), np.uint8),
    "place": ((), np.uint8),
    "attributes": ((N_ATTRIBUTES,), np.float32),
}


def prepare(piece: Played) -> dict[str, NDArray[Any]]:
    """Numbers, lookups and attributes of a piece.

    Returns
    -------
    dict of ndarray
        ``tokens`` (n, 4); before each note ``sources`` (n, ...), ``dense`` (n, N_DENSE, N_PITCHES) as bytes and
        ``place`` (n,); ``attributes`` (n, N_ATTRIBUTES), unscaled.
    """
    encoded = tk.encode(piece.notes)
    lookup = Lookup()
    rows = {name: np.empty((len(encoded), *shape), kind) for name, (shape, kind) in ARRAYS.items()}
    for i in range(len(encoded)):
        rows["dense"][i] = np.minimum(np.rint(lookup.dense() * DENSE_SCALE), 255)
        rows["sources"][i], rows["place"][i] = lookup.sources(), lookup.place
        lookup.push(encoded.tokens[i], float(encoded.onset_sec[i]), float(encoded.duration_sec[i]))
    rows["tokens"][:], rows["attributes"][:] = encoded.tokens, raw_rows(piece.notes)
    return rows


def prepare_all(pieces: Sequence[Played]) -> dict[str, NDArray[Any]]:
    """The same of many pieces, one after the other."""
    read = [prepare(piece) for piece in pieces]
    return {name: np.concatenate([row[name] for row in read]) for name in ARRAYS}


def prepare_on_disk(pieces: Sequence[Played], work: Path) -> dict[str, NDArray[Any]]:
    """The same, kept in a folder: computed once for the same pieces and the same code, and read as it is needed."""
    folder = work / f"piano_{_identify(pieces)}"
    if not folder.is_dir():
        beside = folder.with_suffix(".part")
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir(parents=True)
        n = sum(len(piece.notes) for piece in pieces)
        kept = {
            name: open_memmap(beside / f"{name}.npy", mode="w+", dtype=kind, shape=(n, *shape))
            for name, (shape, kind) in ARRAYS.items()
        }
        begin = 0
        for piece in pieces:
            for name, values in prepare(piece).items():
                kept[name][begin : begin + len(values)] = values
            begin += len(piece.notes)
        for array in kept.values():
            array.flush()
        beside.rename(folder)
    return {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in ARRAYS}


def _identify(pieces: Sequence[Played]) -> str:
    """Sixteen digits of a hash of the notes of all pieces and of the code that reads them."""
    found = hashlib.sha256()
    modules: tuple[ModuleType, ...] = (tk, attributes, copy_features)
    for text in (*map(inspect.getsource, modules), inspect.getsource(prepare)):
        found.update(text.encode())
    for piece in pieces:
        notes = piece.notes
        for values in (notes.pitch, notes.onset_sec, notes.duration_sec, notes.velocity):
            found.update(np.ascontiguousarray(values).tobytes())
    return found.hexdigest()[:16]
