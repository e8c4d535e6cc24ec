"""Progress callbacks: how a long piece of work says how far it is."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[float, str], None]
"""Is given a share from 0 to 1 and what is being done."""


def ignore_progress(share: float, stage: str) -> None:
    """Tell nobody how far the work is."""


def scale_progress(progress: Progress, low: float, width: float) -> Progress:
    """Tell of a part of the work as a part of the whole.

    Examples
    --------
    >>> scale_progress(print, 0.5, 0.4)(0.5, "Playing the notes")
    0.7 Playing the notes
    """
    return lambda share, stage: progress(low + width * share, stage)
