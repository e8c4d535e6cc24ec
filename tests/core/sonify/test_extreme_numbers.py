"""Years before 1678, times and values near the largest number, and ticks a million years apart are ordinary data."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import InputError
from core.sonify.aggregation import Groups, aggregate, decompose
from core.sonify.charts import axis_values, chart, playhead_map
from core.sonify.descriptions import point_labels
from core.sonify.direct_mapping import Sonification, sonify
from core.sonify.row_selection import Rows
from core.sonify.scaling import spread
from core.sonify.settings import Settings, Voice
from core.sonify.timeline import Timeline, lay_out, tick_times
from core.tables.table import Table, read_text

HUGE = 1.7e308


def monthly_rows(first_year: int, n_years: int) -> Table:
    lines = (f"{first_year + i // 12}-{i % 12 + 1:02d}-01,{i % 7}" for i in range(12 * n_years))
    return read_text("month,v\n" + "\n".join(lines))


def settings(**changes: object) -> Settings:
    return Settings(voices=(Voice(column="v"),), **changes)  # type: ignore[arg-type]


def ticks_of(result: Sonification) -> list[float]:
    return [note.start for track in result.midi.instruments if track.is_drum for note in track.notes]


def timeline_of(times: list[float]) -> Timeline:
    return lay_out(np.array(times), np.ones(len(times), bool), Settings(rhythm="time", duration_sec=10), 0.0)


@pytest.mark.parametrize("every", [1, 50, 1e6, 1e12])
@pytest.mark.parametrize("unit", ["year", "month", "week", "day", "hour"])
def test_rows_from_1659_have_ticks_a_chart_and_labels(unit: str, every: float) -> None:
    table = monthly_rows(1659, 60)
    chosen = settings(time="month", n_notes=10, tick_unit=unit, tick_every=every, duration_sec=10)
    try:
        result = sonify(table, chosen)
    except InputError as error:
        assert "time ticks; the limit is" in str(error)
        return
    n_ticks = {("year", 1): 54, ("year", 50): 1, ("month", 50): 13, ("week", 50): 57, ("day", 50): 394}
    if (unit, every) in n_ticks:
        assert len(ticks_of(result)) == n_ticks[unit, every]
    assert point_labels(result, result.voices[0])[0].startswith("January 1659 to December 1664")
    assert chart(result, table).data
    first_ms = axis_values(result, result.timeline.time)[0]
    assert str(np.datetime64(int(first_ms), "ms")).startswith("1661-")
    assert all(np.diff(playhead_map(result)[1]) >= 0)


def test_ticks_of_years_fall_on_multiples_whatever_the_first_year_is() -> None:
    time = np.array(["1659-03-05", "1701-01-01"], "datetime64[s]").astype(np.float64)
    timeline = lay_out(time, np.ones(2, bool), Settings(rhythm="time", duration_sec=20), 0.0)
    rows = Rows(index=np.arange(2), time=time, is_date=True)
    marks = tick_times(rows, Settings(tick_unit="year", tick_every=10), timeline)
    expected = np.array([f"{y}-01-01" for y in (1660, 1670, 1680, 1690, 1700)], "datetime64[s]").astype(float)
    assert marks == pytest.approx((expected - time[0]) / (time[1] - time[0]) * 10)


def test_weeks_begin_on_monday_in_every_century() -> None:
    time = np.array(["1659-01-01", "1659-02-01"], "datetime64[s]").astype(np.float64)
    timeline = lay_out(time, np.ones(2, bool), Settings(rhythm="time", duration_sec=62), 0.0)
    rows = Rows(index=np.arange(2), time=time, is_date=True)
    marks = tick_times(rows, Settings(tick_unit="week"), timeline)
    # 6 January 1659 was a Monday; a second a day, two notes in 62 seconds.
    assert marks == pytest.approx([5, 12, 19, 26])


@pytest.mark.parametrize("times", [[0, HUGE], [-HUGE, HUGE], [-HUGE, 0, HUGE], [1.6e308, HUGE]])
@pytest.mark.parametrize("every", [1e-9, 1, 1e12])
def test_ticks_of_enormous_times_are_few_or_refused_in_words(times: list[float], every: float) -> None:
    rows = Rows(index=np.arange(len(times)), time=np.array(times, float))
    timeline = timeline_of(times)
    assert np.isfinite(timeline.onset_sec).all()
    assert timeline.onset_sec[0] == 0
    assert timeline.onset_sec[-1] == pytest.approx(10 * (len(times) - 1) / len(times))
    with pytest.raises(InputError, match="That makes more than a billion time ticks; the limit is 2,000"):
        tick_times(rows, Settings(tick_unit="unit", tick_every=every), timeline)


@pytest.mark.parametrize("rhythm", ["uniform", "time"])
def test_enormous_times_are_put_in_order_and_joined(rhythm: str) -> None:
    table = read_text(f"t,v\n{HUGE},1\n-{HUGE},2\n0,3\n{HUGE},4\n{HUGE},5\n")
    result = sonify(table, settings(time="t", rhythm=rhythm, n_notes=3, duration_sec=6))
    points = result.voices[0].points
    assert np.isfinite(points[["time", "onset_sec", "duration_sec", "pitch"]].to_numpy()).all()
    assert points["time"].is_monotonic_increasing


@pytest.mark.parametrize("part", ["trend", "season", "rest"])
@pytest.mark.parametrize("ends", [(-1e308, 1e308), (-HUGE, HUGE), (1e308, -1e308)])
def test_parts_of_enormous_values_across_a_gap_are_numbers(part: str, ends: tuple[float, float]) -> None:
    values = np.array([ends[0], np.nan, np.nan, ends[1]] * 3)
    found = decompose(values, 2, part)
    assert (np.isnan(found) == np.isnan(values)).all()
    assert np.isfinite(found[~np.isnan(found)]).all()
    table = read_text("v,x\n" + "\n".join(f"{'' if np.isnan(v) else v},1" for v in values))
    result = sonify(table, Settings(voices=(Voice(column="v", part=part),), period=2, duration_sec=6))
    assert result.voices[0].points["pitch"].notna().sum() == 6


def test_a_decomposition_is_the_same_at_every_scale() -> None:
    values = np.sin(np.arange(60)) + np.arange(60) / 9
    values[7:9] = np.nan
    plain = decompose(values, 12, "trend")
    assert decompose(values * 2.0**1000, 12, "trend") / 2.0**1000 == pytest.approx(plain, nan_ok=True)


@pytest.mark.parametrize("how", ["mean", "median", "min", "max", "last"])
def test_as_many_of_the_largest_numbers_as_a_table_can_hold_are_joined(how: str) -> None:
    values = np.full(1_500_000, HUGE)
    groups = Groups(edges=np.array([0, len(values)]))
    assert aggregate(values, groups, how).tolist() == pytest.approx([HUGE])
    assert groups.mean(values).tolist() == pytest.approx([HUGE])


@pytest.mark.parametrize("scaling", ["linear", "rank", "robust"])
def test_levels_of_enormous_values_are_in_order(scaling: str) -> None:
    values = np.linspace(-1, 1, 101) * HUGE
    level = spread(values, scaling)
    assert level[0] == 0
    assert level[-1] == 1
    assert (np.diff(level) >= 0).all()
    assert level[50] == pytest.approx(0.5)
