"""Train, validation and test parts, drawn by hash; families of near-identical melodies stay in one part."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

PARTS = ("train", "validation", "test")
# Two melodies are of one family when the smaller shares this much of its eight-note interval patterns.
FAMILY_OVERLAP = 0.4
PATTERN_INTERVALS = 8
# int(sha1(key)[:8], 16) % 11 is 0 for test and 1 for validation.
BY_HASH = "one family in eleven is held out for test and one for validation, by a hash of its key"
BY_FAMILY = f"melodies that share 40 % of their eight-note interval patterns stay together; {BY_HASH}"

Item = TypeVar("Item")


def families(melodies: Sequence[Sequence[int]], keys: Sequence[str]) -> list[str]:
    """Name the family of each melody: the smallest key among those with nearly the same intervals.

    Melodies are joined when the one with fewer different eight-note interval patterns shares at least
    ``FAMILY_OVERLAP`` of them with the other, or when they have the same key; and with a third that is joined to
    either. A melody too short for a pattern is joined to those with all the same intervals.

    Parameters
    ----------
    melodies : sequence of sequence of int
        MIDI pitches.
    keys : sequence of str
        What the split is drawn from, one a melody.

    Returns
    -------
    list of str
        A key a melody.
    """
    shingles = [set(interval_patterns(melody)) or {step_bytes(melody)} for melody in melodies]
    where: dict[bytes, list[int]] = {}
    for i, patterns in enumerate(shingles):
        for pattern in patterns:
            where.setdefault(pattern, []).append(i)
    by_key: dict[str, int] = {}
    joined = [(i, by_key.setdefault(key, i)) for i, key in enumerate(keys)]
    for i, patterns in enumerate(shingles):
        shared = Counter(j for pattern in patterns for j in where[pattern] if j > i)
        joined += [
            (i, j)
            for j, count in shared.items()
            if count >= FAMILY_OVERLAP * min(len(patterns), len(shingles[j]))
        ]
    n = len(melodies)
    rows, columns = np.array(joined, dtype=np.int64).reshape(-1, 2).T
    graph = coo_array((np.ones(len(rows), dtype=np.int8), (rows, columns)), shape=(n, n))
    family = connected_components(graph, directed=False)[1] if n else []
    smallest: dict[int, str] = {}
    for number, key in zip(family, keys, strict=True):
        smallest[number] = min(smallest.get(number, key), key)
    return [smallest[number] for number in family]


def step_bytes(pitches: ArrayLike) -> bytes:
    """The intervals of a melody, a byte each."""
    return np.diff(np.asarray(pitches, dtype=np.int16)).clip(-127, 127).astype(np.int8).tobytes()


def interval_patterns(pitches: ArrayLike) -> list[bytes]:
    """Every eight intervals in a row of a melody; none where it is shorter."""
    steps = step_bytes(pitches)
    return [steps[i : i + PATTERN_INTERVALS] for i in range(len(steps) - PATTERN_INTERVALS + 1)]


def hash_number(content: str | bytes, *, start: int = 0) -> int:
    """Eight hexadecimal digits of the SHA-1 of a key or of a picture, from a digit on, as a number."""
    data = content.encode() if isinstance(content, str) else content
    return int(hashlib.sha1(data, usedforsecurity=False).hexdigest()[start : start + 8], 16)


def split_of(key: str) -> str:
    """The part of a key or family: one in eleven for the test, one for validation, by the hash of DATA.md."""
    return {0: "test", 1: "validation"}.get(hash_number(key) % 11, "train")


def split_by_key(items: Sequence[Item], keys: Sequence[str]) -> dict[str, list[Item]]:
    """Items by the part of their key or family: ``train``, ``validation``, ``test``."""
    parts: dict[str, list[Item]] = {part: [] for part in PARTS}
    for item, key in zip(items, keys, strict=True):
        parts[split_of(key)].append(item)
    return parts
