"""Exceptions whose messages are written for the visitor, and the words that messages need.

Every message is one or two whole sentences: what came, what works, what to do. The pages show the
message as it is and the command line prints it, so no message carries a path or a traceback.
"""

from __future__ import annotations


class DashboardError(Exception):
    """A failure whose message is written for the visitor."""


class InputError(DashboardError):
    """The visitor's file or setting cannot be used; the message says what to change."""


class RenderError(DashboardError):
    """Sound could not be made from notes."""


class WeightsError(DashboardError):
    """A model's files in ``weights/`` are missing, changed or do not fit its code."""


def plural(count: int, noun: str) -> str:
    """Say how many, for a message.

    Examples
    --------
    >>> plural(1, "row"), plural(3_000, "row")
    ('1 row', '3,000 rows')
    """
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def keep_printable(text: str) -> str:
    """A text from a visitor's file without control characters, line ends and marks of direction.

    Examples
    --------
    >>> keep_printable("a\\x00b\\u202ec")
    'abc'
    """
    return "".join(char for char in text if char.isprintable())
