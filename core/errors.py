"""Exceptions with messages for the visitor, and helpers for wording them.

Every message is one or two whole sentences: what came, what works, what to do. The pages show the
message as it is and the command line prints it, so no message carries a path or a traceback.
"""

from __future__ import annotations

from collections.abc import Sequence


class DashboardError(Exception):
    """A failure whose message is written for the visitor.

    Parameters
    ----------
    message : str
        What it quotes of a file loses control characters and marks of direction.
    """

    def __init__(self, message: str = "") -> None:
        super().__init__(keep_printable(message))

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows instead of a traceback."""
        return [f"{type(self).__name__}: {self}"]


class InputError(DashboardError):
    """The visitor's file or setting cannot be used; the message says what to change."""


class TooLargeError(InputError):
    """A file is too large for memory; the DuckDB engine may still read it in place."""


class RenderError(DashboardError):
    """Sound could not be made from notes."""


class WeightsError(DashboardError):
    """A model's files in ``weights/`` are missing, changed or do not fit its code."""


def plural(count: int, noun: str) -> str:
    """Count with a noun, singular or plural, for a message.

    Examples
    --------
    >>> plural(1, "row"), plural(3_000, "row")
    ('1 row', '3,000 rows')
    """
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def join_words(words: Sequence[str]) -> str:
    """Words as a list within a sentence.

    Examples
    --------
    >>> join_words(["Oslo"]), join_words(["Oslo", "Rome"]), join_words(["Oslo", "Rome", "Bonn"])
    ('Oslo', 'Oslo and Rome', 'Oslo, Rome and Bonn')
    """
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def keep_printable(text: str) -> str:
    """Text from a visitor's file as one line, without control or bidirectional characters.

    Every kind of blank becomes a space: joined words would be others.

    Examples
    --------
    >>> keep_printable("a\\x00b\\u202ec\\nd")
    'abc d'
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else " " * char.isspace() for char in text)
