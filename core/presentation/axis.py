"""Axis of a drawing: values to pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.arrays import FloatArray


@dataclass(frozen=True, kw_only=True)
class Axis:
    """Values to pixels along a straight axis.

    Attributes
    ----------
    low, high : float
        Values at its ends.
    begin, end : float
        Pixels there.

    Examples
    --------
    >>> Axis(low=0.0, high=10.0, begin=100.0, end=0.0).place(np.array([0.0, 2.5])).tolist()
    [100.0, 75.0]
    """

    low: float
    high: float
    begin: float
    end: float

    def place(self, values: FloatArray) -> FloatArray:
        """Pixels of values; NaN stays NaN."""
        # Divided first: the span of two floats may be beyond all floats.
        unit = max(abs(self.low), abs(self.high), 1e-300)
        span = self.high / unit - self.low / unit
        share = (np.asarray(values, dtype=float) / unit - self.low / unit) / span
        placed: FloatArray = self.begin + share * (self.end - self.begin)
        return placed
