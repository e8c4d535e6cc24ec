"""Progress callbacks of long computations."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from time import monotonic

Progress = Callable[[float, str], None]
"""Is given a share from 0 to 1 and what is being done."""

_SPEED_SEC, _MARK_SEC = 15.0, 0.5


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


def tell_time_left(
    progress: Progress, stage: str, *, clock: Callable[[], float] = monotonic
) -> Callable[[float], None]:
    """Report shares of a long piece of work in percent, with the time left at the speed of the last quarter minute.

    Parameters
    ----------
    progress : callable
    stage : str
        What is being done, such as "Making this video".
    clock : callable
        Gives the time in seconds.

    Returns
    -------
    callable
        To be called with shares from 0 to 1 that do not fall.

    Examples
    --------
    >>> times = iter([0.0, 2.0, 10.0])
    >>> tell = tell_time_left(lambda share, stage: print(stage), "Making this video", clock=lambda: next(times))
    >>> tell(0.05), tell(0.2)
    Making this video: 5%
    Making this video: 20%, about 40 s left
    (None, None)
    """
    marks = deque([(clock(), 0.0)])

    def tell(share: float) -> None:
        now = clock()
        # Other work comes and goes on a shared machine, so what lies further back says little.
        while len(marks) > 1 and now - marks[1][0] > _SPEED_SEC:
            marks.popleft()
        begun, before = marks[0]
        if now - marks[-1][0] > _MARK_SEC:
            marks.append((now, share))
        left = ""
        if now - begun > _SPEED_SEC / 5 and before < share < 1:
            left = f", {_name_wait((now - begun) * (1 - share) / (share - before))} left"
        progress(share, f"{stage}: {share:.0%}{left}")

    return tell


def _name_wait(seconds: float) -> str:
    """A time to wait: tens of seconds below a minute and a half, then minutes; never too short.

    Examples
    --------
    >>> _name_wait(3), _name_wait(71), _name_wait(100)
    ('about 10 s', 'about 80 s', 'about 2 min')
    """
    if seconds <= 80:
        return f"about {max(10, 10 * math.ceil(seconds / 10))} s"
    return f"about {math.ceil(seconds / 60)} min"
