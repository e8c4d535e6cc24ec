"""Dates as people and offices write them, and what only looks like one."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from core.tables.cells.dates import parse_dates
from tests.core.tables.cells.columns_of_cells import numbers, recognize, times, told


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["01/1980", "12/1980"], ["1980-01-01", "1980-12-01"]),
        (["01-1980", "2-1980"], ["1980-01-01", "1980-02-01"]),
        (["01.1980", "02.1980"], ["1980-01-01", "1980-02-01"]),
        (["1980/01", "1980/12"], ["1980-01-01", "1980-12-01"]),
        (["2010-11", "2010-12"], ["2010-11-01", "2010-12-01"]),
        (["1980M01", "1980-M12"], ["1980-01-01", "1980-12-01"]),
        (["2025Q01", "2025Q04"], ["2025-01-01", "2025-10-01"]),
        (["2025-Q1", "2025 Q2"], ["2025-01-01", "2025-04-01"]),
        (["Q1 2025", "Q2/2025"], ["2025-01-01", "2025-04-01"]),
        (["1Q25", "2Q25"], ["2025-01-01", "2025-04-01"]),
        (["1. Quartal 2025", "2. Quartal 2025"], ["2025-01-01", "2025-04-01"]),
        (["T1 2025", "T2 2025"], ["2025-01-01", "2025-04-01"]),
        (["1er trimestre 2025", "2e trimestre 2025"], ["2025-01-01", "2025-04-01"]),
        (["2025K1", "2025K2"], ["2025-01-01", "2025-04-01"]),
        (["2025H1", "2025H2"], ["2025-01-01", "2025-07-01"]),
        (["FY2019", "FY2020"], ["2019-01-01", "2020-01-01"]),
        (["FY 2018/19", "FY 2019/20"], ["2018-01-01", "2019-01-01"]),
        (["2020-W53", "2021W05", "2021-W01-2"], ["2020-12-28", "2021-02-01", "2021-01-05"]),
        (["KW 5 2021", "KW 06/2021"], ["2021-02-01", "2021-02-08"]),
        (["week 5, 2021", "week 6, 2021"], ["2021-02-01", "2021-02-08"]),
        (["M1 2020", "M2 2020"], ["2020-01-01", "2020-02-01"]),
        (["2020年1月5日", "2020年1月6日"], ["2020-01-05", "2020-01-06"]),
        (["4Q32", "1Q33", "1Q28"], ["2032-10-01", "2033-01-01", "2028-01-01"]),
        (["4Q99", "1Q00"], ["1999-10-01", "2000-01-01"]),
        (["2014-I", "2014-IV"], ["2014-01-01", "2014-10-01"]),
        (["I/2014", "III/2014"], ["2014-01-01", "2014-07-01"]),
        (["Week ending 20 March 2021", "Week ending 27 March 2021"], ["2021-03-20", "2021-03-27"]),
        (["2020-001", "2020-366"], ["2020-01-01", "2020-12-31"]),
        (["Jan-93", "Feb-93"], ["1993-01-01", "1993-02-01"]),
        (["1993 Jan", "1993 Feb"], ["1993-01-01", "1993-02-01"]),
        (["January 5, 2021", "Tuesday, January 12, 2021"], ["2021-01-05", "2021-01-12"]),
        (["01JAN1993", "02FEB1993"], ["1993-01-01", "1993-02-02"]),
        (["3/1/2021 1:30 PM", "3/13/2021 12:05 AM"], ["2021-03-01T13:30:00", "2021-03-13T00:05:00"]),
        (["13/1/2021 1:30 p.m.", "14/1/2021 1 p.m."], ["2021-01-13T13:30:00", "2021-01-14T13:00:00"]),
        (["13/1/2021 13h30", "14/1/2021 9h05"], ["2021-01-13T13:30:00", "2021-01-14T09:05:00"]),
        (["29.03.20 13.30", "30.03.20 14.30"], ["2020-03-29T13:30:00", "2020-03-30T14:30:00"]),
        (["29. 3. 1958", "30. 3. 1958"], ["1958-03-29", "1958-03-30"]),
        (["Mi 29.03.1958", "Do 30.03.1958"], ["1958-03-29", "1958-03-30"]),
        (["20210301T120000Z", "20210301T1330Z"], ["2021-03-01T12:00:00", "2021-03-01T13:30:00"]),
        (["2021-03-01 23:00", "2021-03-01 24:00"], ["2021-03-01T23:00:00", "2021-03-02"]),
        (
            ["29/Mar/2021:13:55:36 +0000", "29/Mar/2021:13:56:00 +0000"],
            ["2021-03-29T13:55:36", "2021-03-29T13:56:00"],
        ),
        (
            ["Mon Jan  4 13:30:00 UTC 2021", "Tue Jan  5 13:30:00 UTC 2021"],
            ["2021-01-04T13:30:00", "2021-01-05T13:30:00"],
        ),
        (["2021-03-01 1:30 PM", "2021-03-01 2:30 PM"], ["2021-03-01T13:30:00", "2021-03-01T14:30:00"]),
    ],
)
def test_ways_of_writing_dates(cells: list[str], expected: list[str]) -> None:
    found = recognize(cells)
    assert times(found) == expected
    assert not found.n_unreadable


@pytest.mark.parametrize(
    "months",
    [
        "January February March April May June July August September October November December",
        "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
        "januari februari maart april mei juni juli augustus september oktober november december",
        "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
        "styczeń luty marzec kwiecień maj czerwiec lipiec sierpień wrzesień październik listopad grudzień",
        "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
        "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC",
        "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.",
        "ene feb mar abr may jun jul ago sept oct nov dic",
        "gen feb mar apr mag giu lug ago set ott nov dic",
        "jan fev mar abr mai jun jul ago set out nov dez",
        "sty lut mar kwi maj cze lip sie wrz paź lis gru",
        "jan feb mrt apr mei jun jul aug sep okt nov dec",
        "Jan Feb Mär Apr Mai Jun Jul Aug Sep Okt Nov Dez",
        "STYCZEN LUTY MARZEC KWIECIEN MAJ CZERWIEC LIPIEC SIERPIEN WRZESIEN PAZDZIERNIK LISTOPAD GRUDZIEN",
    ],
)
def test_months_are_known_in_eight_languages(months: str) -> None:
    words = months.split()
    expected = [f"2020-{number:02d}-01" for number in range(1, 13)]
    assert times(recognize([f"{word} 2020" for word in words])) == expected
    assert times(recognize([f"1 {word} 2020" for word in words])) == expected
    assert numbers(recognize(words)) == list(range(1, 13))


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["5 de enero de 2021", "6 de febrero de 2021"], ["2021-01-05", "2021-02-06"]),
        (["1er août 2021", "2 août 2021"], ["2021-08-01", "2021-08-02"]),
        (["Mittwoch, 3. März 2021", "Do, 4. März 2021"], ["2021-03-03", "2021-03-04"]),
        (["15 października 2020", "16 października 2020"], ["2020-10-15", "2020-10-16"]),
        (["lunedì 4 gennaio 2021", "martedì 5 gennaio 2021"], ["2021-01-04", "2021-01-05"]),
    ],
)
def test_dates_are_read_as_other_languages_write_them(cells: list[str], expected: list[str]) -> None:
    assert times(recognize(cells)) == expected


@pytest.mark.parametrize(
    "cells",
    [
        ["I love 2020", "We love 2021"],
        ["Order 5 Jan 2020", "Order 6 Jan 2020"],
        ["10-20", "20-30"],
        ["A 1234", "B 1235"],
        ["room 5 2021", "room 6 2021"],
        ["Mar", "Jan", "Jan"],
        ["2020-366", "2021-367"],
        ["2020-13", "2021-14", "2022-13"],
    ],
)
def test_what_only_looks_like_a_date_stays_text(cells: list[str]) -> None:
    assert recognize(cells).kind == "text"


@pytest.mark.parametrize("is_day_first", [True, False])
def test_even_steps_tell_which_number_is_the_day(is_day_first: bool) -> None:
    cells = [f"01/{month:02d}/2019" if is_day_first else f"{month:02d}/01/2019" for month in range(1, 13)]
    found = recognize(cells)
    assert times(found)[-1] == "2019-12-01"
    assert (found.day_first, found.is_ambiguous) == (is_day_first, False)


def test_numbers_above_twelve_prove_the_order_of_day_and_month() -> None:
    assert recognize(["13/04/2020", "14/04/2020", "15/05/2020"]).is_order_proven
    assert not recognize(["03/04/2020", "04/04/2020", "05/05/2020"]).is_order_proven


def test_uneven_steps_do_not_tell_which_number_is_the_day() -> None:
    assert recognize(["03/04/2020", "05/04/2020", "06/07/2020", "09/09/2020"]).is_ambiguous


def test_years_that_go_over_into_the_next_are_the_first_or_the_last() -> None:
    cells = ["2014/15", "2015/16", "2016/17"]
    found = recognize(cells)
    assert times(found) == ["2014-01-01", "2015-01-01", "2016-01-01"]
    assert "first" in told(found, "span")
    assert times(recognize(cells, span="last"))[0] == "2015-01-01"
    assert times(recognize(["2009-10", "2010-11", "2011-12"])) == ["2009-01-01", "2010-01-01", "2011-01-01"]
    assert times(recognize(["1999-2000", "2000-2001"])) == ["1999-01-01", "2000-01-01"]
    assert times(recognize(["1999–00", "2000–01"])) == ["1999-01-01", "2000-01-01"]


@pytest.mark.parametrize(
    "cells",
    [
        ["04.01.2021 - 10.01.2021", "11.01.2021 – 17.01.2021"],
        ["Jan 4, 2021 to Jan 10, 2021", "Jan 11, 2021 to Jan 17, 2021"],
        ["2021-01-04/2021-01-10", "2021-01-11/2021-01-17"],
    ],
)
def test_of_two_dates_in_a_cell_the_first_counts_and_it_is_told(cells: list[str]) -> None:
    found = recognize(cells)
    assert times(found) == ["2021-01-04", "2021-01-11"]
    assert "two dates" in told(found, "ends")


def test_a_week_that_does_not_exist_is_named() -> None:
    found = recognize(["2020-W52", "2020-W53", "2021-W01", "2021-W53", "2021W05"], name="w")
    assert times(found)[3] is None
    assert (found.n_unreadable, found.example) == (1, "2021-W53")
    assert "2021-W53" in told(found, "weeks")
    assert recognize(["2020-W53", "2026-W53"]).n_unreadable == 0


def test_quarters_without_a_year_are_numbers() -> None:
    found = recognize(["Q1", "Q2", "Q3", "Q4", "Q1"])
    assert numbers(found) == [1, 2, 3, 4, 1]
    assert "quarters" in told(found, "names")


def test_a_change_of_clocks_keeps_even_steps_and_the_written_hour() -> None:
    cells = ["2022-10-30T01:00:00+02:00", "2022-10-30T02:00:00+02:00", "2022-10-30T02:00:00+01:00"]
    found = recognize(cells, name="t")
    assert times(found) == ["2022-10-29T23:00:00", "2022-10-30", "2022-10-30T01:00:00"]
    assert found.offsets == ((1667084400, 120), (1667091600, 60))
    assert "UTC" in told(found, "offset")
    written = recognize(cells, name="t", offset="as written")
    assert times(written)[0] == "2022-10-30T01:00:00"
    assert written.offsets == ()


@pytest.mark.parametrize(
    ("cells", "first"),
    [
        (["2021-03-01 12:00 CET", "2021-03-01 13:00 CET"], "2021-03-01T11:00:00"),
        (["3/1/2021 1:30 PM EST", "3/13/2021 1:30 PM EST"], "2021-03-01T18:30:00"),
        (["2021-03-01T12:00:00+0530", "2021-03-01T13:00:00+0530"], "2021-03-01T06:30:00"),
        (["2021-03-01T12+02", "2021-03-01T13+02"], "2021-03-01T10:00:00"),
    ],
)
def test_zones_by_name_and_by_offset_are_told(cells: list[str], first: str) -> None:
    found = recognize(cells)
    assert times(found)[0] == first
    assert len(found.offsets) == 1
    assert told(found, "offset")


def test_times_in_utc_are_told_nothing_about() -> None:
    for cells in (["2021-03-01T12:00Z", "2021-03-01T13:00Z"], ["2021-03-01 12:00 UTC"] * 2, ["2021-03-01"]):
        found = recognize(cells)
        assert (found.kind, found.offsets, found.decisions) == ("date", (), ())


def test_fractions_of_seconds_are_kept() -> None:
    for cells in (["1958-03-29T00:00:00,5"], ["1958-03-29 00:00:00.5"], ["29.03.1958 00:00:00.5"]):
        parsed = parse_dates(pa.array(cells, pa.large_string()), day_first=None)
        assert parsed is not None
        assert parsed.values[0] == np.datetime64("1958-03-29T00:00:00.500000")


@pytest.mark.parametrize(
    ("name", "cells", "first"),
    [
        ("Date", [44197, 44228, 44259], "2021-01-01"),
        ("date", [44197.5, 44197.75, 44198], "2021-01-01T12:00:00"),
        ("Day", [40000, 40001, 40002], "2009-07-06"),
        ("when", [44197, 44204, 44211], "2021-01-01"),
        ("", [44197, 44228, 44256, 44287, 44317, 44348], "2021-01-01"),  # firsts of months
    ],
)
def test_serial_numbers_of_spreadsheets_are_dates(name: str, cells: list[float], first: str) -> None:
    found = recognize([str(cell) for cell in cells], name=name)
    assert times(found)[0] == first
    sentence = told(found, "serial")
    assert "Excel" in sentence
    assert "serial" in sentence
    assert numbers(recognize([str(cell) for cell in cells], name=name, serial="numbers")) == cells


def test_serial_numbers_can_count_from_1904() -> None:
    found = recognize(["42735", "42766"], name="Date", serial="dates 1904")
    assert times(found)[0] == "2021-01-01"


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("Downtown Pop", [25376, 40000, 29000, 20500]),
        ("value", [40000, 40001, 40002, 40005]),
        ("day", [1, 2, 3]),
        ("price per day", [45000, 41000, 61000, 44000]),
        ("MJD", [58849, 58850, 58851]),
        ("time", [30000, 45000, 21000, 60000]),
    ],
)
def test_other_numbers_of_that_size_are_no_dates(name: str, cells: list[float]) -> None:
    assert numbers(recognize([str(cell) for cell in cells], name=name)) == cells


@pytest.mark.parametrize(
    ("name", "cells", "unit"),
    [
        ("timestamp", [1614556800, 1614643200], "seconds"),
        ("t", [1614556800, 1614556860, 1614556920], "seconds"),
        ("ts", [1614556800123, 1614556801123], "milliseconds"),
        ("time", [1614556800123456, 1614556801123456], "microseconds"),
        ("epoch", [1614556800123456789, 1614556801123456789], "nanoseconds"),
        ("created", [1614556800, 1614643200, 1614600000], "seconds"),
    ],
)
def test_seconds_since_1970_are_dates(name: str, cells: list[int], unit: str) -> None:
    found = recognize([str(cell) for cell in cells], name=name)
    assert str(times(found)[0]).startswith("2021-03-01")
    assert f"counts {unit} since 1970" in told(found, "epoch")
    assert recognize([str(cell) for cell in cells], name=name, epoch="numbers").kind == "number"


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("Population", [1210000000, 1290000000, 1380000000]),
        ("x", [1014004000, 1094583000, 1180000000]),
        ("CO2", [1000000000, 1000000001, 1000000002]),
        ("user_id", [1614556800, 1614556860, 1614556920]),
        ("x", [3, 1614556860, 1614556920]),
    ],
)
def test_other_large_numbers_are_no_times(name: str, cells: list[int]) -> None:
    assert recognize([str(cell) for cell in cells], name=name).kind == "number"


@pytest.mark.parametrize(
    ("name", "cell", "expected"),
    [
        ("date", "19580329", "1958-03-29"),
        ("month", "195803", "1958-03-01"),
        ("timestamp", "20210301123000", "2021-03-01T12:30:00"),
        ("time", "202103011230", "2021-03-01T12:30:00"),
        ("date", "2021030112", "2021-03-01T12:00:00"),
    ],
)
def test_digits_in_a_row_are_dates_under_such_a_name(name: str, cell: str, expected: str) -> None:
    found = recognize([cell, cell], name=name)
    assert times(found)[0] == expected
    assert cell in told(found, "packed")
    assert recognize([cell, cell], name="id").kind == "number"


def test_decimal_years_and_years_before_christ_stay_numbers() -> None:
    assert numbers(recognize(["1958.2027", "1958.2877"], name="decimal date")) == [1958.2027, 1958.2877]
    assert numbers(recognize(["-500", "-499", "12"], name="year")) == [-500, -499, 12]
    assert numbers(recognize(["2019", "2020"], name="year")) == [2019, 2020]


@pytest.mark.parametrize(
    ("name", "cells", "seconds"),
    [
        ("time", ["00:01:23.4", "00:02:00.5", "00:01:00.5"], [83.4, 120.5, 60.5]),
        ("lap", ["1:02:03", "1:01:03"], [3723, 3663]),
        ("split", ["1:30", "2:45", "1:20"], [90, 165, 80]),
        ("x", ["1:23.4", "59:59.5"], [83.4, 3599.5]),
        ("x", ["1h 23m 4s", "45m 3s"], [4984, 2703]),
        ("x", ["PT1H2M", "PT3.5S"], [3720, 3.5]),
        ("x", ["2 days 03:00:00", "0 days 00:00:01.5"], [183600, 1.5]),
        ("x", ["-00:01:00", "00:01:00"], [-60, 60]),
        ("x", ["30:15", "45:00", "61:30"], [1815, 2700, 3690]),
    ],
)
def test_durations_are_seconds(name: str, cells: list[str], seconds: list[float]) -> None:
    found = recognize(cells, name=name)
    assert (numbers(found), found.unit, found.is_clock) == (seconds, "s", False)
    assert "durations" in told(found, "clock")


@pytest.mark.parametrize(
    ("name", "cells", "seconds"),
    [
        ("x", ["14:15", "14:30"], [51300, 52200]),
        ("x", ["14:15:30.5", "14:15:31"], [51330.5, 51331]),
        ("departure", ["1:00 PM", "12:30 am"], [46800, 1800]),
        ("x", ["13h30", "14h00"], [48600, 50400]),
        ("time", ["08:00:00", "20:00:00", "09:00:00"], [28800, 72000, 32400]),
    ],
)
def test_times_of_day_are_seconds_since_midnight(name: str, cells: list[str], seconds: list[float]) -> None:
    found = recognize(cells, name=name)
    assert (numbers(found), found.unit, found.is_clock) == (seconds, "s", True)
    assert "times of day" in told(found, "clock")


def test_what_one_thirty_begins_with_can_be_chosen() -> None:
    assert numbers(recognize(["1:30", "2:45"], clock="minutes")) == [90, 165]
    assert numbers(recognize(["1:30", "2:45"], name="lap", clock="hours")) == [5400, 9900]


def test_a_clock_that_runs_past_midnight_goes_on_and_says_so() -> None:
    cells = ["23:30", "23:45", "0:00", "0:15"]
    found = recognize(cells)
    assert numbers(found) == [84600, 85500, 86400, 87300]
    assert "midnight" in told(found, "midnight")
    assert numbers(recognize(cells, midnight="as written"))[2:] == [0, 900]


def test_clocks_that_go_back_by_day_do_not_run_past_midnight() -> None:
    found = recognize(["14:00", "09:00", "16:30"], name="departure")
    assert numbers(found) == [50400, 32400, 59400]
    assert not told(found, "midnight")


def test_minutes_alone_are_a_number_with_a_unit() -> None:
    found = recognize(["90 min", "45 min"])
    assert (numbers(found), found.unit) == ([90, 45], "min")


def test_impossible_clocks_are_unreadable() -> None:
    found = recognize(["1:15", "1:30", "1:45", "2:00", "2:75"])
    assert (found.n_unreadable, found.unreadable_rows.tolist()) == (1, [4])
