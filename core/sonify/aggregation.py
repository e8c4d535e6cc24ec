"""Aggregation of rows to points: STL decomposition, one number per note, moving average, sampling by value steps.

Nothing is invented: a missing cell is a gap and a gap is a rest. Where several rows share a note the
point remembers which ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.arrays import BoolArray, FloatArray, IntArray
from core.errors import InputError
from core.sonify.row_selection import Rows, kind_of
from core.sonify.settings import Settings, Voice
from core.sonify.splitting import join_moments
from core.tables.table import Table

# STL is linear in rows but slow in absolute terms (about 3 s for this many).
MAX_STL_ROWS = 100_000


def _headroom(values: FloatArray) -> float:
    """Divisor that keeps sums of numbers near 1e308 from overflowing; 1 for all others.

    A power of two, which is exact.
    """
    return 2.0**21 if np.any(np.abs(values) > 1e300) else 1.0


@dataclass(frozen=True, kw_only=True)
class Groups:
    """Consecutive rows that share a note: group ``i`` is rows ``edges[i]:edges[i + 1]``."""

    edges: IntArray

    @property
    def n_groups(self) -> int:
        """How many points there are."""
        return len(self.edges) - 1

    def mean(self, of_rows: FloatArray) -> FloatArray:
        """Mean over the rows of each group, shape=(n_groups,)."""
        unit = _headroom(of_rows)
        means: FloatArray = np.add.reduceat(of_rows / unit, self.edges[:-1]) / np.diff(self.edges)
        return means * unit


def column_values(table: Table, rows: Rows, voice: Voice, settings: Settings) -> FloatArray:
    """A voice's numbers, one per row, or per time in a split table; gaps and infinities are NaN.

    Raises
    ------
    InputError
        If the column is unknown, holds no number, or is too long or too short for STL.
    """
    kind = kind_of(table, voice.column)
    if kind != "number":
        numeric = ", ".join(table.number_columns()[:12]) or "none"
        raise InputError(
            f"The column {voice.column!r} holds {_KIND_WORDS[kind]}, and only numbers can be played. "
            f"Numeric columns: {numeric:.300}."
        )
    own = rows.series_of(voice.label)
    values = table.frame[voice.column].to_numpy(dtype=float)[rows.index if own is None else own.row]
    values = np.where(np.isfinite(values), values, np.nan)
    if not np.isfinite(values).any():
        of_label = "" if voice.label is None else f" of {voice.label!r:.60}"
        raise InputError(
            f"The column {voice.column!r} has no number in the selected rows{of_label}. Choose another "
            f"{'column' if voice.label is None else 'label or column'}."
        )
    if own is not None:
        unit = _headroom(values)
        values = join_moments(values / unit, own.moment, len(rows.time), settings.aggregate) * unit
    if voice.part == "value":
        return values
    return decompose(values, settings.period or guess_period(rows), voice.part)


_KIND_WORDS = {"date": "dates", "text": "text", "empty": "nothing"}


def guess_period(rows: Rows) -> int:
    """Guess the seasonal period in rows from the usual gap between dates; 12 without dates.

    Hours give 24, days 7, weeks 52, months 12, quarters 4, years 11 (long enough for a trend to differ
    from its rest). A visitor can always name the season instead.
    """
    if not rows.is_date or len(rows.time) < 3:
        return 12
    day = float(np.median(np.diff(rows.time))) / 86_400
    for longest, period in ((0.5, 24), (3, 7), (10, 52), (45, 12), (120, 4)):
        if day <= longest:
            return period
    return 11


def decompose(values: FloatArray, period: int, part: str) -> FloatArray:
    """Decompose a series into trend, seasonal and residual by STL and return one of them.

    Cleveland et al. (1990), as in ``statsmodels.tsa.seasonal.STL`` with its default spans. Gaps are
    bridged by straight lines for the split only and are gaps again in what is returned.

    Parameters
    ----------
    values : ndarray of float, shape=(n,)
        NaN where there is a gap.
    period : int
        Rows in a season, at least 2.
    part : {"trend", "season", "rest"}

    Returns
    -------
    ndarray of float, shape=(n,)

    Raises
    ------
    InputError
        If there are fewer than two seasons, or more rows than STL can do while a visitor waits.
    """
    if len(values) < 2 * period:
        raise InputError(
            f"The trend, seasonal and residual parts need at least two seasons of {period} rows; there are {len(values)} rows. "
            "Set a shorter season length, or play the value itself."
        )
    if len(values) > MAX_STL_ROWS:
        raise InputError(
            f"The trend, seasonal and residual parts can be computed for up to {MAX_STL_ROWS:,} rows; there are {len(values):,}. "
            "Filter the rows first, or play the value itself."
        )
    from statsmodels.tsa.seasonal import STL  # a second to import, and only this needs it

    # Quarters first, because a straight line from -1e308 to 1e308 overflows; a power of two changes nothing else.
    bridged = np.asarray(pd.Series(values / 4).interpolate(limit_direction="both"), dtype=np.float64)
    # STL adds squares; dividing first keeps 1e300 from overflowing, and is undone exactly enough.
    unit = float(np.abs(bridged).max()) or 1.0
    split = STL(bridged / unit, period=period).fit()
    chosen = {"trend": split.trend, "season": split.seasonal, "rest": split.resid}[part]
    # A part can reach further than the whole, beyond the largest number.
    most = np.finfo(float).max / 4
    return np.where(np.isnan(values), np.nan, 4 * np.clip(np.asarray(chosen) * unit, -most, most))


def group_rows(n_rows: int, n_notes: int) -> Groups:
    """Cut the rows into at most ``n_notes`` runs whose lengths differ by at most one."""
    n_groups = min(n_rows, n_notes)
    edges = np.linspace(0, n_rows, n_groups + 1).round().astype(np.int64)
    return Groups(edges=edges)


def aggregate(values: FloatArray, groups: Groups, how: str) -> FloatArray:
    """Aggregate the rows of each group to one number; a group without numbers is a gap.

    Parameters
    ----------
    values : ndarray of float, shape=(n_rows,)
    groups : Groups
    how : {"mean", "median", "min", "max", "last"}

    Returns
    -------
    ndarray of float, shape=(n_groups,)
    """
    if groups.n_groups == len(values):
        return values.copy()
    labels = np.repeat(np.arange(groups.n_groups), np.diff(groups.edges))
    unit = _headroom(values)
    return pd.Series(values / unit).groupby(labels).agg(how).to_numpy(dtype=float) * unit


def smooth(values: FloatArray, width: int) -> FloatArray:
    """Replace each number by the mean of the ``width`` numbers around it; gaps stay gaps."""
    if width <= 1:
        return values
    unit = float(np.nanmax(np.abs(values))) or 1.0  # sums of huge numbers overflow
    mean = pd.Series(values / unit).rolling(width, center=True, min_periods=1).mean().to_numpy(dtype=float)
    return np.where(np.isnan(values), np.nan, np.clip(mean, -1, 1) * unit)


def mark_steps(values: FloatArray, share: float) -> BoolArray:
    """Mark the points where the value has moved by ``share`` of its range since the last marked one.

    Sampling the value axis evenly instead of time makes slope audible as tempo. The first and the last
    number are always marked, and so is the first one after a gap.
    """
    marked = np.zeros(len(values), dtype=bool)
    present = np.flatnonzero(~np.isnan(values))
    if not len(present):
        return marked
    halves = values / 2  # the difference of huge numbers overflows
    step = share * (halves[present].max() - halves[present].min())
    last = None
    for place in present:
        value = halves[place]
        after_gap = place > 0 and np.isnan(values[place - 1])
        # A hair of tolerance: 0.1 + 0.2 must count as a step of 0.3.
        if last is None or after_gap or abs(value - last) >= step * (1 - 1e-9):
            marked[place] = True
            last = value
    marked[present[-1]] = True
    return marked
