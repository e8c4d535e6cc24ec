"""Name words: the words of a column's name."""

from __future__ import annotations

import re
import unicodedata


def list_words(text: str) -> frozenset[str]:
    """The words of a list that is written as one text."""
    return frozenset(text.split())


def split_words(name: str) -> list[str]:
    """The words of a column's name, in lower case and without accents; numbers are words of their own.

    Examples
    --------
    >>> split_words("StationID_no2 (Año)")
    ['station', 'id', 'no', '2', 'ano']
    """
    parted = re.sub(r"(?<=[a-zß-ÿ])(?=[A-Z])", " ", name[:200])
    plain = "".join(c for c in unicodedata.normalize("NFKD", parted) if not unicodedata.combining(c))
    return re.findall(r"[^\W\d_]+|\d+", plain.replace("ł", "l").casefold())
