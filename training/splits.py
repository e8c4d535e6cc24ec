"""Families of near-identical melodies, and the part of the split that each belongs to."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence

import numpy as np

# Two melodies are of one family when the smaller shares this much of its eight-note interval patterns.
FAMILY_OVERLAP = 0.4
SHINGLE = 8


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
    shingles = [_shingles(melody) for melody in melodies]
    where: dict[bytes, list[int]] = {}
    for i, patterns in enumerate(shingles):
        for pattern in patterns:
            where.setdefault(pattern, []).append(i)
    parent = list(range(len(melodies)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    by_key: dict[str, int] = {}
    for i, key in enumerate(keys):
        parent[root(i)] = root(by_key.setdefault(key, i))
    for i, patterns in enumerate(shingles):
        shared: Counter[int] = Counter()
        for pattern in patterns:
            shared.update(j for j in where[pattern] if j > i)
        for j, count in shared.items():
            if count >= FAMILY_OVERLAP * min(len(patterns), len(shingles[j])):
                parent[root(j)] = root(i)
    smallest: dict[int, str] = {}
    for i, key in enumerate(keys):
        smallest[root(i)] = min(smallest.get(root(i), key), key)
    return [smallest[root(i)] for i in range(len(melodies))]


def _shingles(pitches: Sequence[int]) -> set[bytes]:
    steps = np.diff(np.asarray(pitches, dtype=np.int16)).clip(-127, 127).astype(np.int8)
    return {steps[i : i + SHINGLE].tobytes() for i in range(max(1, len(steps) - SHINGLE + 1))}


def split_of(family: str) -> str:
    """The part of a family: one in eleven for the test, one for validation, by the hash of DATA.md."""
    number = int(hashlib.sha1(family.encode(), usedforsecurity=False).hexdigest()[:8], 16) % 11
    return {0: "test", 1: "validation"}.get(number, "train")
