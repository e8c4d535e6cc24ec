"""Progress callbacks of long computations."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[float, str], None]
"""Is given a share from 0 to 1 and what is being done."""


def ignore_progress(share: float, stage: str) -> None:
    """Ignore progress reports."""


def scale_progress(progress: Progress, low: float, width: float) -> Progress:
    """Scale the progress of one stage to its share of the whole.

    Examples
    --------
    >>> scale_progress(print, 0.5, 0.4)(0.5, "Playing the notes")
    0.7 Playing the notes
    """
    return lambda share, stage: progress(low + width * share, stage)
