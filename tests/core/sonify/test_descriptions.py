"""What a visitor reads and a screen reader says."""

import numpy as np
import pandas as pd
import pytest

from core.sonify import charts, descriptions
from core.sonify.direct_mapping import sonify
from core.sonify.settings import Settings, Voice
from core.sonify.trend_quiz import SHAPES, question, wilson_interval
from core.tables.table import read_text


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (366.512, "366.5 ppm"),
        (1_235_000.4, "1,235,000 ppm"),
        (0.00012, "1.2e−4 ppm"),
        (0, "0 ppm"),
        (-5.0, "−5 ppm"),
        (7_841_000_000.0, "7,841,000,000 ppm"),
        (1.5e16, "1.5e16 ppm"),
    ],
)
def test_numbers_are_written_with_four_digits(value, written):
    assert descriptions.number(value, "ppm") == written


def monthly(values: list[float]) -> str:
    dates = pd.date_range("1998-01-01", periods=len(values), freq="MS").strftime("%Y-%m-%d")
    return pd.DataFrame({"date": dates, "CO2": values}).to_csv(index=False)


def test_a_point_is_announced_with_its_month_its_value_and_its_place():
    table = read_text(monthly([364.0, 365.0, 366.5, None]))
    result = sonify(table, Settings(voices=(Voice(column="CO2"),), time="date"))
    labels = descriptions.point_labels(result, result.voices[0], "ppm")
    assert labels[2] == "March 1998, 366.5 ppm, point 3 of 4"
    assert labels[3] == "April 1998, no data, point 4 of 4"


def test_rows_named_by_text_keep_their_order_and_their_names():
    table = read_text("town,people\nOslo,7\nRome,28\nBonn,3\n")
    result = sonify(table, Settings(voices=(Voice(column="people"),), time="town"))
    assert descriptions.point_labels(result, result.voices[0])[1] == "Rome, 28, point 2 of 3"
    assert result.voices[0].points["row"].tolist() == [0, 1, 2]
    assert any("order of the file" in note for note in result.notes)


def test_joined_rows_name_their_first_and_last():
    table = read_text("v\n" + "\n".join(str(i) for i in range(10)))
    result = sonify(table, Settings(voices=(Voice(column="v"),), n_notes=5))
    assert descriptions.point_labels(result, result.voices[0])[1] == "row 3 to row 4, 2.5, point 2 of 5"


def test_the_mapping_is_told_in_plain_words():
    table = read_text(monthly([364.0, 365.0, 366.5, None, 370.0]))
    result = sonify(
        table, Settings(voices=(Voice(column="CO2"),), time="date", scale="chromatic", scaling="linear")
    )
    told = " ".join(descriptions.mapping_in_words(result, {"CO2": "ppm"}))
    assert "higher values are higher notes, 364 ppm is C2 and 370 ppm is C6" in told
    assert "1 missing value in CO2: silent." in told
    assert "5 rows, one note for each value" in told


def test_aggregation_is_told_honestly():
    table = read_text("v\n" + "\n".join(str(i) for i in range(1_000)))
    result = sonify(table, Settings(voices=(Voice(column="v"),), n_notes=300))
    assert "1,000 rows were aggregated to 300 notes, each the mean of 3 or 4 rows" in " ".join(
        descriptions.mapping_in_words(result)
    )


def test_peaks_are_found_and_gaps_skipped():
    values = np.array([0, 1, 0, np.nan, 0, 5, 0, 0.1, 0])
    assert list(descriptions.peaks(values)) == [1, 5]


def test_the_chart_keeps_extremes_when_rows_are_thinned():
    values = np.zeros(50_000)
    values[31_234] = 9.0
    table = read_text("v\n" + "\n".join(str(v) for v in values))
    result = sonify(table, Settings(voices=(Voice(column="v"),)))
    line = charts.chart(result, table).data[0]
    assert max(line.y) == 9.0
    assert len(line.y) <= charts.MAX_DRAWN_ROWS


def test_dates_as_far_apart_as_each_other_are_sent_as_the_first_and_the_step():
    days = pd.date_range("2000-01-01", periods=500, freq="7D")
    table = read_text("date,v\n" + "\n".join(f"{day:%Y-%m-%d},{i % 9}" for i, day in enumerate(days)))
    line = charts.chart(sonify(table, Settings(voices=(Voice(column="v"),), time="date")), table).data[0]
    assert line.x is None and (line.x0, line.dx) == (days[0].timestamp() * 1000, 7 * 86_400_000)


def test_places_of_months_and_values_far_from_zero_stay_exact():
    table = read_text(monthly([1e9 + i for i in range(30)]))
    line = charts.chart(sonify(table, Settings(voices=(Voice(column="CO2"),), time="date")), table).data[0]
    assert line.x[1] == pd.Timestamp("1998-02-01").timestamp() * 1000
    assert line.y.dtype == np.float64 and line.y[7] == 1e9 + 7


def test_quotation_marks_of_a_name_stand_in_the_chart():
    # Plotly knows few entities; &quot; would be drawn as it is.
    table = read_text('rain <b>,the "north"\n1,4\n2,3\n3,5')
    name = next(name for name in table.number_columns() if "north" in name)
    figure = charts.chart(sonify(table, Settings(voices=(Voice(column=name),), time="rain <b>")), table)
    assert figure.layout.yaxis.title.text == 'the "north"<br>C2 to C6'
    assert figure.layout.xaxis.title.text == "rain &lt;b&gt;"


def test_names_from_a_file_are_escaped_in_the_chart():
    table = read_text("<img src=x onerror=alert(1)>\n1\n2\n")
    name = table.columns[0].name
    figure = charts.chart(sonify(table, Settings(voices=(Voice(column=name),))), table)
    assert "<img" not in figure.to_json()


def test_the_playhead_map_never_runs_backwards():
    table = read_text(monthly([1.0, 2.0, 3.0]))
    result = sonify(table, Settings(voices=(Voice(column="CO2"),), time="date", references=("min",)))
    times, x = charts.playhead_map(result)
    assert (np.diff(times) > 0).all() and (np.diff(x) >= 0).all()
    assert x[0] == pd.Timestamp("1998-01-01").timestamp() * 1000


def test_quiz_questions_repeat_with_their_seed_and_have_their_shape():
    drawn = [question(5, place) for place in range(60)]
    assert {one.shape for one in drawn} == set(SHAPES)
    assert all((one.values == question(5, place).values).all() for place, one in enumerate(drawn))
    for one in drawn:
        rise = np.polyfit(np.arange(24), one.values, 1)[0]
        if one.shape in ("rising", "falling"):
            assert (rise > 0) == (one.shape == "rising")


def test_the_interval_of_a_share_agrees_with_wilson():
    assert wilson_interval(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-3)
    assert wilson_interval(0, 1)[0] == 0.0


def test_a_time_that_was_written_with_an_offset_is_told_as_it_was_written():
    rows = ("2022-10-30T01:00:00+02:00", "2022-10-30T02:00:00+02:00", "2022-10-30T02:00:00+01:00")
    table = read_text("t;v\n" + "".join(f"{when};{i}\n" for i, when in enumerate(rows)))
    made = sonify(table, Settings(voices=(Voice(column="v"),), time="t", tick_unit="hour"))
    hours = [label.rsplit(", ", 2)[0] for label in descriptions.point_labels(made, made.voices[0])]
    assert hours == ["October 30, 2022, 01:00", "October 30, 2022, 02:00", "October 30, 2022, 02:00"]
    assert np.diff(made.timeline.onset_sec) == pytest.approx([made.timeline.step_sec] * 2)
    figure = charts.chart(made, table)
    assert figure.layout.xaxis.title.text == "t (UTC+02:00)"
    assert charts.axis_values(made, made.timeline.time[:1]).tolist() == [1_667_091_600_000.0]  # 01:00
    day = Settings(voices=(Voice(column="v"),), time="t", tick_unit="day")
    table = read_text(
        "t;v\n2022-10-29T23:00:00+02:00;1\n2022-10-30T00:00:00+02:00;2\n2022-10-30T01:00:00+02:00;3\n"
    )
    ticks = next(track for track in sonify(table, day).midi.instruments if track.name == "Time ticks")
    onsets = sonify(table, day).timeline.onset_sec
    assert [note.start for note in ticks.notes] == pytest.approx([onsets[1]], abs=0.01)


@pytest.mark.parametrize(
    ("unit", "every", "said"),
    [
        ("month", 1, "A soft tick marks every month."),
        ("week", 2, "A soft tick marks every 2 weeks."),
        ("row", 1, "A soft tick marks every note."),
    ],
)
def test_ticks_are_told_as_people_count(unit, every, said):
    table = read_text("day,v\n2024-01-01,1\n2024-02-10,2\n2024-03-20,3")
    settings = Settings(voices=(Voice(column="v"),), time="day", tick_unit=unit, tick_every=every)
    assert said in descriptions.mapping_in_words(sonify(table, settings))
