"""What pictures, films and pages show of a sonified table is what the table says."""

import numpy as np
import pytest

from core.plain_data import from_bytes, to_bytes
from core.presentation.presentation import ChartPicture
from core.sonify.job import play_table
from core.sonify.presentation import present
from core.sonify.settings import Settings, Voice
from core.tables.table import Table, read_text

ROWS = [("1998-01", "3.1", "20"), ("1998-02", "", "22"), ("1998-03", "-4.0", "21"), ("1998-04", "9.5", "19")]


@pytest.fixture(scope="module")
def table() -> Table:
    return read_text("month,rain [mm],wind\n" + "\n".join(",".join(row) for row in ROWS))


def choose(table: Table) -> Settings:
    rain, wind = list(table.frame)[1:]
    voices = (Voice(column=rain), Voice(column=wind, program=40))
    return Settings(voices=voices, time="month", duration_sec=1.0, pitch_scale="separate")


def test_points_series_and_columns_say_what_the_table_says(table: Table) -> None:
    played = play_table(table, choose(table), engine="embedded")
    shown = present(played, title="Weather", source="weather.csv", license_text="CC0")
    assert (shown.title, shown.source, shown.license) == ("Weather", "weather.csv", "CC0")
    assert shown.subtitle == "January 1998 to April 1998 · up to 4 notes per voice"
    picture = shown.pictures[0]
    assert isinstance(picture, ChartPicture) and picture.x_is_date
    assert picture.series[0].y == pytest.approx([3.1, np.nan, -4.0, 9.5], nan_ok=True)
    assert picture.series[0].note_y == pytest.approx([3.1, -4.0, 9.5])
    assert picture.series[1].panel == 1 and len(picture.panel_titles) == 2
    first = shown.points[0]
    assert (first.place_text, first.value) == ("January 1998", 3.1)
    assert first.label.startswith(f"{first.place_text}, {first.value_text}, point 1 of 4")
    assert [point.kind for point in shown.points[:4]] == ["point", "gap", "point", "point"]
    names, cells = zip(*shown.columns, strict=True)
    assert names[0] == "month" and cells[0] == tuple(point.place_text for point in shown.points[:4])
    assert cells[1] == ("3.1", "no data", "−4", "9.5") and cells[2] == ("20", "22", "21", "19")
    assert shown.mapping == played.words
    assert from_bytes(to_bytes(shown)).points == shown.points


def test_the_playhead_is_on_a_value_while_its_note_sounds(table: Table) -> None:
    shown = present(play_table(table, choose(table), engine="embedded"))
    picture = shown.pictures[0]
    assert isinstance(picture, ChartPicture)
    for series in picture.series:
        at = np.interp(series.onset_sec, picture.times_sec, picture.place_x)
        assert at == pytest.approx(series.note_x)


def test_aggregated_rows_are_the_line_and_their_means_the_dots() -> None:
    values = np.sin(np.arange(400) / 9)
    table = read_text("wave\n" + "\n".join(f"{value:.6f}" for value in values))
    settings = Settings(voices=(Voice(column="wave"),), n_notes=40, duration_sec=1.0)
    shown = present(play_table(table, settings, engine="embedded"))
    picture = shown.pictures[0]
    assert isinstance(picture, ChartPicture)
    (series,) = picture.series
    assert series.y == pytest.approx(values, abs=1e-5) and series.x.tolist() == list(range(1, 401))
    assert series.note_y == pytest.approx(values.reshape(40, 10).mean(axis=1), abs=1e-5)
    assert shown.title == "wave" and shown.subtitle == "400 rows, 40 notes" and picture.x_title == "row"


def test_titles_name_a_label_once_and_numbers_on_the_time_axis_are_grouped_but_for_years() -> None:
    rows = [f"{1998 + i},{9_998 + i},Oslo,{i},{i % 2}" for i in range(3)]
    table = read_text("year,place,city,rain,wind\n" + "\n".join(rows))
    voices = tuple(Voice(column=column, label="Oslo") for column in ("rain", "wind"))
    settings = Settings(voices=voices, time="year", split="city", duration_sec=1.0)
    shown = present(play_table(table, settings, engine="embedded"))
    assert (shown.title, shown.subtitle) == ("Oslo: rain, wind", "1998 to 2000 · 3 notes per voice")
    assert [voice.name for voice in shown.voices] == ["rain", "wind"]
    assert any(
        sentence.startswith("Only rows whose city is Oslo are played. 3 time steps")
        for sentence in shown.mapping
    )
    settings = Settings(voices=(Voice(column="rain"),), time="place", duration_sec=1.0)
    assert (
        present(play_table(table, settings, engine="embedded")).subtitle
        == "place from 9,998 to 10,000 · 3 notes"
    )
