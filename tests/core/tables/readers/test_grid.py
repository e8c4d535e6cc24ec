"""The shape of a table in text: delimiter of long tables, titles, header rows, units, totals and notes at the end."""

from __future__ import annotations

import time

import pytest

from core.errors import InputError
from core.tables.raw_table import ReadOptions
from core.tables.readers.grid import find_grid
from core.tables.readers.table_end import find_end
from core.tables.table import Table, read_table, read_text

AS_IT_IS = ReadOptions().correct("turn", "as it is").correct("parts", "separate")
MONTHS = [f"{year}-{month:02d}" for year in (2020, 2021) for month in range(1, 13)]


def names(table: Table) -> list[str]:
    return [column.name for column in table.columns]


def chosen(table: Table, key: str) -> str | None:
    return next((decision.chosen for decision in table.decisions if decision.key == key), None)


# Delimiters


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize(
    "day", ["2020-01-{:02d}", "01/{:02d}/2020", "{:02d}.01.2020", "Jan {:d} 2020", "2020-01-{:02d}T10:00"]
)
@pytest.mark.parametrize("label_first", [False, True])
def test_a_long_table_is_split_at_its_delimiter(delimiter: str, day: str, label_first: bool) -> None:
    head, order = ["date", "city", "temp"], [1, 0, 2] if label_first else [0, 1, 2]
    rows = [
        head,
        *[
            [day.format(d), city, f"{d + n}.5"]
            for d in range(10, 25)
            for n, city in enumerate(["Oslo", "Rome"])
        ],
    ]
    table = read_text("\n".join(delimiter.join(row[i] for i in order) for row in rows))
    assert names(table) == [head[i] for i in order]
    assert len(table.frame) == 30


def test_a_moment_a_few_numbers_and_a_label_are_four_columns() -> None:
    rows = "".join(f"1990-01-{d:02d},0.{d}3456,0.123456,Oslo\n" for d in range(1, 29))
    assert names(read_text("t,a,b,town\n" + rows)) == ["t", "a", "b", "town"]


@pytest.mark.parametrize(
    "text",
    [
        "v,name\n1,x\n2,y\n",
        "run,elapsed\n1,0h 10m\n2,1h 11m\n3,2h 12m\n",
        "Year\tTemp\n1953/54\t85,081\n1954/55\t58,147\n1955/56\t80,270\n* provisional figures\n",
    ],
)
def test_a_value_and_a_word_are_two_columns(text: str) -> None:
    assert len(read_text(text).columns) == 2


def test_columns_that_wide_gaps_part_may_hold_labels_with_spaces() -> None:
    text = "City         Year   Value\nNew York     2001   12.5\nRio          2002   13.5\nSan Jose     2003    4.5\n"
    table = read_text(text)
    assert names(table) == ["City", "Year", "Value"]
    assert table.frame["City"].tolist() == ["New York", "Rio", "San Jose"]


def test_of_two_tables_in_a_text_the_larger_is_read() -> None:
    text = "Month,A\n" + "".join(f"{month},{i}\n" for i, month in enumerate(MONTHS))
    small = "City,People\nOslo,5\nRome,6\nLima,7\n"
    for both in (f"{text}\n{small}", f"{small}\n{text}"):
        table = read_text(both)
        assert names(table) == ["Month", "A"]
        assert len(table.frame) == 24
        assert "2 tables" in next(d.sentence for d in table.decisions if d.key == "block")
    rows = "Day,A,,City,B\n" + "".join(
        f"{m},{i},,{f'T{i},{i}' if i < 5 else ','}\n" for i, m in enumerate(MONTHS)
    )
    assert names(read_text(rows)) == ["Day", "A"]
    assert names(read_text(rows, options=ReadOptions().correct("block", "2"))) == ["City", "B"]


def test_the_euro_sign_of_windows_is_a_euro() -> None:
    data = b"day|price\n" + "".join(f"2020-01-{d:02d}|€ {d}.50\n" for d in range(1, 20)).encode("cp1252")
    assert read_table(data).guess["encoding"] == "Windows-1252"


def test_cells_with_delimiters_and_line_ends_and_spaces_before_quotes_are_read() -> None:
    rows = "".join(f'2020-01-{d:02d}, "said ""x"";\nsecond, line", "{d}.5"\n' for d in range(1, 20))
    table = read_text('date, "comment", "value"\n' + rows)
    assert names(table) == ["date", "comment", "value"]
    assert table.frame["value"].tolist() == [d + 0.5 for d in range(1, 20)]
    assert table.frame["comment"][0] == 'said "x";\nsecond, line'


def test_apostrophes_around_cells_are_quotation_marks() -> None:
    table = read_text("'city','x'\n" + "".join(f"'Town, {i}','{i}.5'\n" for i in range(9)))
    assert names(table) == ["city", "x"]
    assert table.frame["city"][3] == "Town, 3"


# Title lines and header rows


def test_a_file_of_the_world_bank_has_its_years_as_names() -> None:
    head = '"Data Source","World Development Indicators",\n\n"Last Updated Date","2024-06-28",\n\n'
    years = ",".join(f'"{year}"' for year in range(1960, 1980))
    rows = "".join(
        f'"{name}","{name[:3]}","GDP","NY",' + ",".join(f'"{i}.5"' for i in range(20)) + ",\n"
        for name in ("Norway", "Chad")
    )
    table = read_text(
        f'{head}"Country Name","Country Code","Indicator Name","Indicator Code",{years},\n{rows}',
        options=AS_IT_IS,
    )
    assert names(table) == [
        "Country Name",
        "Country Code",
        "Indicator Name",
        "Indicator Code",
        *map(str, range(1960, 1980)),
    ]
    assert "World Development Indicators" in next(d.sentence for d in table.decisions if d.key == "titles")


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (
            ",Sales,,Costs,\nMonth,North,South,North,South",
            ["Month", "Sales North", "Sales South", "Costs North", "Costs South"],
        ),
        (
            "Month,Sales,,Costs,\n,North,South,North,South",
            ["Month", "Sales North", "Sales South", "Costs North", "Costs South"],
        ),
        (
            "Report,,,,\n,,,,\n,Heat,,Rain,\nMonth,Min,Max,Sum,Days",
            ["Month", "Heat Min", "Heat Max", "Rain Sum", "Rain Days"],
        ),
        (",2019,,2020,\nMonth,Q1,Q2,Q1,Q2", ["Month", "2019 Q1", "2019 Q2", "2020 Q1", "2020 Q2"]),
        (",A,,,\n,x,,y,\nMonth,Min,Max,Min,Max", ["Month", "A x Min", "A x Max", "A y Min", "A y Max"]),
        ("All of it; by hand\n\nMonth,a,b,c,d", ["Month", "a", "b", "c", "d"]),
        ("Month,a,b,c,d\n----,---,---,---,---", ["Month", "a", "b", "c", "d"]),
        (",a,b,c,d", ["Column 1", "a", "b", "c", "d"]),
        ("Month,a,a,,d", ["Month", "a", "a (2)", "Column 4", "d"]),
    ],
)
def test_header_rows_are_found_and_joined(header: str, expected: list[str]) -> None:
    rows = "".join(f"{month},{i},{i + 1}.5,{i + 2},{i + 3}\n" for i, month in enumerate(MONTHS))
    table = read_text(f"{header}\n{rows}", options=AS_IT_IS)
    assert names(table) == expected
    assert len(table.frame) == 24


def test_two_header_rows_can_be_read_as_one() -> None:
    text = ",Sales,,Costs,\nMonth,N,S,N,S\n" + "".join(f"{month},1,2,3,4\n" for month in MONTHS)
    table = read_text(text, options=AS_IT_IS.correct("header rows", "1"))
    assert names(table) == ["Month", "N", "S", "N (2)", "S (2)"]
    assert chosen(table, "header rows") == "1"


@pytest.mark.parametrize(
    "head",
    [
        ["", "1990", "1991", "1992"],
        ["", "", "1990", "1991"],
        ["Land", "2019Q1", "2019Q2", "2019Q3"],
        ["City", "Jan 2020", "Feb 2020", "Mar 2020"],
    ],
)
def test_moments_across_the_top_are_names(head: list[str]) -> None:
    n_labels = sum(not cell[:1].isdigit() and "20" not in cell for cell in head)
    rows = [head, *[[*[f"Town {i}"] * n_labels, *["1.5"] * (4 - n_labels)] for i in range(6)]]
    table = read_text("\n".join(",".join(row) for row in rows), options=AS_IT_IS)
    assert len(table.frame) == 6
    assert names(table)[n_labels:] == head[n_labels:]


# Units


@pytest.mark.parametrize(
    ("row", "units"),
    [
        (";[°C];[mm]", ["", "°C", "mm"]),
        ("(date);(°C);(mm)", ["", "°C", "mm"]),
        ("-;°C;%", ["", "°C", "%"]),
        ("yyyy-mm;USD;m/s", ["", "USD", "m/s"]),
        ("20d;14n;10s", ["", "", ""]),
    ],
)
def test_a_row_of_units_is_kept_as_units(row: str, units: list[str]) -> None:
    text = f"Month;Heat;Rain\n{row}\n" + "".join(f"{month};{i},5;{i}\n" for i, month in enumerate(MONTHS))
    table = read_text(text)
    assert names(table) == ["Month", "Heat", "Rain"]
    assert [column.unit for column in table.columns] == units
    assert len(table.frame) == 24
    assert chosen(table, "units") == "units"
    assert len(read_text(text, options=ReadOptions().correct("units", "data")).frame) == 25


def test_names_that_could_be_units_are_names() -> None:
    text = "t,m,s\n" + "".join(f"{i},{i}.5,{i * i}\n" for i in range(9))
    assert names(read_text(text)) == ["t", "m", "s"]


def test_units_of_an_ecsv_header_are_kept() -> None:
    text = "# %ECSV 1.0\n# ---\n# delimiter: ','\n# datatype:\n# - {name: t, unit: d, datatype: float64}\n# -\n#   name: flux\n#   unit: 'electron / s'\nt,flux\n"
    table = read_text(text + "".join(f"{i}.5,{i * i}\n" for i in range(9)))
    assert [(column.name, column.unit) for column in table.columns] == [("t", "d"), ("flux", "electron / s")]
    assert table.guess["format"] == "ECSV"


# Totals and notes


@pytest.mark.parametrize(
    ("end", "keys"),
    [
        ("Total,5673", {"totals"}),
        ("Summe,5673\nMittelwert,236", {"totals"}),
        ("Moyenne :,236", {"totals"}),
        ("Total,5673\n\nSource: city office, 2022\n* provisional", {"totals", "notes"}),
        ("Quelle: Statistisches Bundesamt", {"notes"}),
        ("Fuente: INE", {"notes"}),
        ("Die Daten wurden von Hand gezählt", {"notes"}),
        (",\n\n(c) City office", {"notes"}),
    ],
)
def test_totals_and_notes_at_the_end_are_left_out_and_said(end: str, keys: set[str]) -> None:
    text = "Month,Visitors\n" + "".join(f"{month},{200 + i}\n" for i, month in enumerate(MONTHS)) + end
    table = read_text(text)
    assert len(table.frame) == 24
    assert table.frame["Visitors"].tolist() == list(range(200, 224))
    assert keys <= {decision.key for decision in table.decisions}
    assert not table.warnings


def test_totals_can_be_kept() -> None:
    text = "City,Visitors\n" + "".join(f"Town {i},{200 + i}\n" for i in range(9)) + "Total,1836\nSource: x"
    kept = read_text(text, options=ReadOptions().correct("totals", "kept"))
    assert len(kept.frame) == 10
    assert chosen(kept, "totals") == "kept"


@pytest.mark.parametrize("end", ["Oslo,", "Totalville,3", "Lima,5", "Sourcetown,4"])
def test_a_last_row_that_only_resembles_a_note_is_data(end: str) -> None:
    text = "City,Visitors\n" + "".join(f"Town {i},{200 + i}\n" for i in range(9)) + end
    assert len(read_text(text).frame) == 10


def test_labels_that_are_all_statistics_are_data() -> None:
    rows = [["Min", "1"], ["Mean", "2"], ["Max", "3"]]
    assert find_end(rows, frozenset([1]), ReadOptions(), width=2, n_before=0).n_rows == 0


# One row


@pytest.mark.parametrize(
    ("text", "name", "values"),
    [
        (
            "$2,691.76\t$2,789.46\t$3,000.54\t$3,148.82\t$3,489.00",
            "Value",
            [2691.76, 2789.46, 3000.54, 3148.82, 3489.0],
        ),
        ("Sales,3,1,4,1,5", "Sales", [3, 1, 4, 1, 5]),
        ("3;1,5;4", "Value", [3, 1.5, 4]),
    ],
)
def test_one_row_of_numbers_is_read_across_and_said(text: str, name: str, values: list[float]) -> None:
    table = read_text(text)
    assert table.frame[name].tolist() == values
    sentence = next(d.sentence for d in table.decisions if d.key == "across")
    assert "row" in sentence
    assert "across" in sentence
    assert len(read_text(text, options=AS_IT_IS.correct("across", "as it is")).frame) == 1


# Markdown and drawn tables


@pytest.mark.parametrize(
    "text",
    [
        "Results:\n\n| Year | **Sold** |\n|------|-----:|\n| 2000 | 1.5 |\n| 2001 | 2.5 |\n| 2002 | 3 |\n\nThe end, of all.\n",
        "Year | Sold\n--- | ---\n2000 | 1.5\n2001 | 2.5\n2002 | 3\n",
        "+------+------+\n| Year | Sold |\n+------+------+\n| 2000 | 1.5  |\n| 2001 | 2.5  |\n| 2002 | 3    |\n+------+------+\n",
        " Year | Sold \n------+------\n 2000 |  1.5\n 2001 |  2.5\n 2002 |    3\n(3 rows)\n",
    ],
)
def test_markdown_and_drawn_tables_are_read(text: str) -> None:
    table = read_text(text)
    assert names(table) == ["Year", "Sold"]
    assert table.frame["Sold"].tolist() == [1.5, 2.5, 3]
    assert table.guess["format"] == "Markdown table"


# Laws


@pytest.mark.parametrize(
    "text",
    [
        ",Sales,,Costs,\nMonth,N,S,N,S\n" + "2020-01,1,2,3,4\n2020-02,1,2,3,4\n" * 4,
        "Month;Heat\n;[°C]\n" + "2020-01;1\n2020-02;2\n" * 4 + "Total;12\nSource: x",
        "Sales,3,1,4,1,5",
        "# about\n# t x\n1 2\n2 3\n3 4\n",
        "| a | b |\n|---|---|\n| 1 | 2 |\n| 2 | 5 |\n",
    ],
)
def test_a_second_reading_with_the_options_of_the_first_is_the_same(text: str) -> None:
    first = read_text(text)
    again = read_text(text, options=first.options)
    assert again.options == first.options
    assert again.frame.equals(first.frame)


@pytest.mark.parametrize(
    "data",
    [
        b" " * 20_000_000 + b"x\n1,2\n",
        b"|" + b" " * 5_000_000 + b"\n|--|--|\n" + b"| " * 5_000_000,
        b"|-" * 4_000_000 + b"\n",
        b"--|" * 4_000_000 + b"\n1|2\n",
        b"a,b\n" + b"'1','2'\n" * 200_000,
        b'a, "b"\n' + b'1, "2"\n' * 500_000,
        b"a,b\n1,2\n" + b"Total,3\n" * 500_000,
        b"a,b\n1,2\n" + b"\n" * 5_000_000 + b"Source",
    ],
    ids=lambda data: f"{bytes(data[:12])!r}, {len(data)} bytes",
)
def test_hostile_shapes_take_linear_time(data: bytes) -> None:
    started = time.perf_counter()
    try:
        read_table(data)
    except InputError as error:
        assert str(error).endswith(".")
    assert time.perf_counter() - started < 6  # at most 1 s on an idle core


def test_a_grid_of_words_has_a_header_and_no_values() -> None:
    grid = find_grid([["a", "b"], ["x", "y"], ["z", "w"]], ReadOptions())
    assert (grid.names, grid.first_data, grid.values) == (["a", "b"], 1, frozenset())
