"""Workbooks of strangers: the sheet and the block of cells with the table, merged cells, 1904, hidden sheets."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import openpyxl
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from core.tables.table import ReadOptions, Table, read_table
from tests.core.table_files import open_document

MONTHS = [dt.datetime(2020, month, 1) for month in range(1, 13)]


def saved(book: Any) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def book_of(*sheets: tuple[str, Any]) -> Any:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    return book


def decision(table: Table, key: str) -> str:
    return next(d.sentence for d in table.decisions if d.key == key)


def test_sheets_with_notes_are_passed_over_and_said() -> None:
    notes = [["About this file"], ["Version", 2], ["Made in", 2020]]
    data = [["Date", "Value"], *[[month, i] for i, month in enumerate(MONTHS)]]
    table = read_table(saved(book_of(("Notes", notes), ("Figures", data), ("More", data))))
    assert table.guess["sheet"] == "Figures"
    assert len(table.frame) == 12
    assert "“Notes” before it" in decision(table, "sheet")
    other = read_table(
        saved(book_of(("Notes", notes), ("Figures", data))), options=ReadOptions(sheet="Notes")
    )
    assert other.guess["sheet"] == "Notes"


def test_of_sheets_alike_the_first_that_is_shown_is_read() -> None:
    data = [["t", "x"], *[[i, i * i] for i in range(10)]]
    book = book_of(("hidden", data), ("2019", data), ("2020", [*data, *data[1:]]))
    book["hidden"].sheet_state = "hidden"
    assert read_table(saved(book)).guess["sheet"] == "2019"


def test_the_larger_of_two_tables_side_by_side_is_read_and_the_other_can_be_chosen() -> None:
    rows: list[list[Any]] = [["Day", "Sold", None, "City", "People"]]
    rows += [[month, i, None, *([f"City {i}", 100 * i] if i < 5 else [])] for i, month in enumerate(MONTHS)]
    data = saved(book_of(("S", rows)))
    table = read_table(data)
    assert list(table.frame) == ["Day", "Sold"]
    assert len(table.frame) == 12
    assert "2 tables" in decision(table, "block")
    assert "the largest" in decision(table, "block")
    other = read_table(data, options=ReadOptions().correct("block", "2"))
    assert "number 2 is used" in decision(other, "block")
    assert list(other.frame) == ["City", "People"]
    assert len(other.frame) == 5


def test_the_larger_of_two_tables_below_each_other_is_read() -> None:
    small: list[Any] = [["City", "People"], ["Oslo", 700], ["Rome", 2800], ["Lima", 9700]]
    large: list[Any] = [["Day", "Sold"], *[[month, i] for i, month in enumerate(MONTHS)]]
    for rows, place in (([*small, [], ["Sales"], *large], "2"), ([*large, [], [], *small], "1")):
        table = read_table(saved(book_of(("S", rows))))
        assert list(table.frame) == ["Day", "Sold"]
        assert len(table.frame) == 12
        assert next(d.chosen for d in table.decisions if d.key == "block") == place


def test_an_empty_column_or_row_inside_a_table_parts_nothing() -> None:
    rows: list[list[Any]] = [["Day", "a", None, "b", "c"]]
    rows += [[month, i, None, i + 1, i + 2] for i, month in enumerate(MONTHS)]
    rows.insert(7, [])
    table = read_table(saved(book_of(("S", rows))))
    assert list(table.frame) == ["Day", "a", "b", "c"]
    assert len(table.frame) == 12


def test_merged_headings_and_merged_labels_are_spread() -> None:
    rows: list[list[Any]] = [
        ["Prices of 2020"],
        [],
        ["Year", "Half", "Sales", None, "Costs", None],
        [None, None, *["North", "South"] * 2],
    ]
    rows += [
        [year if half == 1 else None, half, year, 2, 3, 4] for year in range(2000, 2006) for half in (1, 2)
    ]
    rows += [["Total", None, 24030, 24, 36, 48], ["Source: city office"]]
    book = book_of(("S", rows))
    sheet = book["S"]
    for cells in ("C3:D3", "E3:F3", "A3:A4", "B3:B4", *(f"A{row}:A{row + 1}" for row in range(5, 17, 2))):
        sheet.merge_cells(cells)
    table = read_table(saved(book))
    assert list(table.frame) == ["Year", "Half", "Sales North", "Sales South", "Costs North", "Costs South"]
    assert table.frame["Year"].tolist() == [year for year in range(2000, 2006) for _ in (1, 2)]
    assert {"titles", "totals", "notes", "header rows"} <= {d.key for d in table.decisions}


def test_a_total_below_a_long_sheet_is_left_out_and_its_dates_stay_dates() -> None:
    days = [dt.datetime(2000, 1, 1) + dt.timedelta(days=i) for i in range(3_000)]
    rows = [["Day", "Sold"], *[[day, i] for i, day in enumerate(days)], ["Total", 4498500]]
    table = read_table(saved(book_of(("S", rows))))
    assert len(table.frame) == 3_000
    assert [column.kind for column in table.columns] == ["date", "number"]
    kept = read_table(saved(book_of(("S", rows))), options=ReadOptions().correct("totals", "kept"))
    assert kept.options.choice("totals") == "kept"
    assert [d.chosen for d in kept.decisions if d.key == "totals"] == ["kept"]


def test_dates_of_a_workbook_that_counts_from_1904_are_right() -> None:
    book = book_of(("S", [["Day", "Sold"]]))
    book.epoch = CALENDAR_MAC_1904
    for i, month in enumerate(MONTHS):
        book["S"].append([month, i])
    assert read_table(saved(book)).frame["Day"].tolist() == MONTHS


def test_dates_across_the_top_are_names_without_midnight() -> None:
    rows = [["City", *MONTHS], *[[f"City {i}", *range(i, i + 12)] for i in range(4)]]
    table = read_table(saved(book_of(("S", rows))), options=ReadOptions().correct("turn", "as it is"))
    assert list(table.frame)[:3] == ["City", "2020-01-01", "2020-02-01"]


def test_an_open_document_has_titles_and_totals_too() -> None:
    rows: list[list[Any]] = [
        ["Report"],
        ["Month", "Sold"],
        *[[f"{2000 + i}-01", float(i)] for i in range(8)],
        ["Total", 28.0],
    ]
    table = read_table(open_document(rows))
    assert list(table.frame) == ["Month", "Sold"]
    assert len(table.frame) == 8
