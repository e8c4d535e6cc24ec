"""Collections whose style a tune follows: their names, as pages, films and reports show them, and the nearest one known."""

from __future__ import annotations

from collections.abc import Sequence

_NAMES = {
    "unknown": "All collections mixed",
    "germany/erk": "German songs (Erk)",
    "germany/ballads": "German ballads",
    "germany/boehme": "German songs (Böhme)",
    "germany/fink": "German songs (Fink)",
    "germany/zuccalmaglio": "German songs (Zuccalmaglio)",
    "germany/children": "German children's songs",
    "germany/old": "German early songs",
    "germany/other": "German songs, other",
    "eastern europe": "Eastern Europe",
    "europe": "Europe, other",
    "america": "The Americas",
    "china/han": "China (Han)",
    "china/shanxi": "China (Shanxi)",
    "china": "China, other",
    "elsewhere": "Other countries",
    "nottingham": "British and American dances",
    "irish": "Irish dances",
    "art songs": "Art songs, other",
}


def collection_name(collection: str) -> str:
    """A collection as people read it.

    Examples
    --------
    >>> collection_name("germany/erk"), collection_name("netherlands")
    ('German songs (Erk)', 'Netherlands')
    """
    return _NAMES.get(collection) or " and ".join(part.capitalize() for part in collection.split(" and "))


# What stands in for a collection that a network does not know, in the order of likeness.
_NEAREST = {
    "germany": ("german songs",),
    "austria": ("german songs",),
    "switzerland": ("german songs",),
    "alsace": ("german songs",),
    "lorraine": ("german songs",),
    "netherlands": ("german songs",),
    "scandinavia": ("german songs",),
    "france and italy": ("french songs",),
    "eastern europe": ("polish songs",),
    "balkans": ("polish songs",),
    "europe": ("german songs",),
    "america": ("nottingham",),
    "irish": ("nottingham",),
    "german songs": ("germany/other",),
    "french songs": ("france and italy",),
    "polish songs": ("eastern europe",),
    "polish psalms": ("eastern europe",),
    "hymns": ("germany/old",),
    "art songs": ("germany/other",),
}


def find_nearest(collection: str, known: Sequence[str]) -> str:
    """The collection itself where it is among the known ones, else the one most like it, else ``"unknown"``.

    Examples
    --------
    >>> find_nearest("germany/erk", ("unknown", "german songs")), find_nearest("china/han", ("unknown", "irish"))
    ('german songs', 'unknown')
    """
    likes = (collection, *_NEAREST.get(collection, _NEAREST.get(collection.partition("/")[0], ())))
    return next((name for name in likes if name in known), "unknown")
