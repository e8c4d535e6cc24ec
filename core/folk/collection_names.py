"""Names of the collections whose style a tune follows, as pages, films and reports show them."""

from __future__ import annotations

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
    "nottingham": "British and American dances (Nottingham)",
}


def collection_name(collection: str) -> str:
    """A collection as people read it.

    Examples
    --------
    >>> collection_name("germany/erk"), collection_name("netherlands")
    ('German songs (Erk)', 'Netherlands')
    """
    return _NAMES.get(collection) or " and ".join(part.capitalize() for part in collection.split(" and "))
