"""Clips with styles, and folds of artists for cross-validation: no artist is heard and scored by the same model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.arrays import BoolArray, IntArray
from core.errors import InputError
from training.audioviz.clips import STYLES
from training.audioviz.prepare import Prepared

N_FOLDS = 4
BY_ARTIST = (
    "cross-validation by artist: each clip is scored only by ensemble members trained without its artist"
)


@dataclass(frozen=True)
class Labeled:
    """Clips whose style is known.

    Attributes
    ----------
    prepared : Prepared
    styles : list of str
        Names; `labels` are places in it.
    labels : ndarray of int64, shape=(n,)
    artists : list of str, length n
    """

    prepared: Prepared
    styles: list[str]
    labels: IntArray
    artists: list[str]

    def __len__(self) -> int:
        return len(self.prepared)

    def by(self, artists: Sequence[str]) -> BoolArray:
        """Which clips are by one of these artists."""
        wanted = set(artists)
        return np.array([artist in wanted for artist in self.artists], dtype=bool)

    def take(self, chosen: BoolArray) -> Labeled:
        """The clips that a mask chooses; the styles stay."""
        artists = [artist for artist, is_chosen in zip(self.artists, chosen, strict=True) if is_chosen]
        return Labeled(self.prepared.take(chosen), self.styles, self.labels[chosen], artists)

    def without(self, artists: Sequence[str]) -> Labeled:
        """The clips of all other artists."""
        return self.take(~self.by(artists))


def find_labeled(prepared: Prepared, styles: Sequence[str] = ()) -> Labeled:
    """The clips with a style, or with one of these styles.

    Parameters
    ----------
    prepared : Prepared
    styles : sequence of str
        In the order of a card; otherwise that of `STYLES`, or the alphabet where a collection has others.

    Raises
    ------
    InputError
        If there are fewer than two styles, and none was given.
    """
    found = {clip.style for clip in prepared.clips if clip.style is not None}
    names = list(styles) or (
        [style for style in STYLES if style in found] if found <= set(STYLES) else sorted(found)
    )
    if len(names) < 2:
        raise InputError("These sounds name fewer than two styles. Give a collection with tags or genres.")
    held = prepared.where(lambda clip: clip.style in names)
    labels = np.array([names.index(clip.style or "") for clip in held.clips], dtype=np.int64)
    return Labeled(held, names, labels, [clip.artist for clip in held.clips])


def artist_folds(labeled: Labeled, n: int = N_FOLDS, seed: int = 0) -> list[list[str]]:
    """Artists in `n` groups that share the styles as evenly as can be; a style's artists lie in different groups.

    Artists are taken from the one with the most clips down; each goes to the group that has the fewest clips of its
    style, and of those to the smallest.
    """
    count = Counter(labeled.artists)
    own: dict[str, Counter[int]] = {name: Counter() for name in count}
    for artist, label in zip(labeled.artists, labeled.labels.tolist(), strict=True):
        own[artist][label] += 1
    style = {name: held.most_common(1)[0][0] for name, held in own.items()}
    tie = dict(zip(sorted(count), np.random.default_rng(seed).permutation(len(count)).tolist(), strict=True))
    groups: list[list[str]] = [[] for _ in range(n)]
    for name in sorted(count, key=lambda a: (-count[a], tie[a])):

        def load_of(group: list[str], name: str = name) -> tuple[int, int]:
            return sum(count[a] for a in group if style[a] == style[name]), sum(count[a] for a in group)

        min(groups, key=load_of).append(name)
    return groups
