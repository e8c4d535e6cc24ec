"""Timing of warm runs: fastest wall time and CPU time."""

from __future__ import annotations

import time
from collections.abc import Callable

REPEATS = 3


def time_fastest(
    job: Callable[[], object], repeats: int = REPEATS, *, warm: bool = True
) -> tuple[float, float]:
    """Seconds of the fastest of several runs, because other programs share the machine.

    Parameters
    ----------
    job : callable
    repeats : int
    warm : bool
        Run it once before, uncounted.

    Returns
    -------
    clock, processor : float
    """
    if warm:
        job()
    clock, processor = [], []
    for _ in range(repeats):
        began, used = time.perf_counter(), time.process_time()
        job()
        clock.append(time.perf_counter() - began)
        processor.append(time.process_time() - used)
    return min(clock), min(processor)
