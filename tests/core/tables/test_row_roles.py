"""Totals, repeated headers and lines without data between the rows are left out, and told."""

from __future__ import annotations

import pytest

from core.tables.raw_table import ReadOptions
from core.tables.table import Table, read_table, read_text
from tests.core.table_files import xlsx


def told(table: Table) -> str:
    return " ".join(decision.sentence for decision in table.decisions if decision.key == "total rows")


MONTHLY = [f"2020-{month:02d},{10 + month}" for month in range(1, 13)]


@pytest.mark.parametrize(
    "label", ["Total", "Q1 total", "Subtotal", "Average", "Summe 2020", "Moyenne", "Razem"]
)
def test_totals_between_times_are_left_out(label: str) -> None:
    rows = [*MONTHLY[:3], f"{label},36", *MONTHLY[3:6], f"{label},45", *MONTHLY[6:]]
    table = read_text("month,v\n" + "\n".join(rows))
    assert table.frame["v"].tolist() == [*range(11, 23)]
    assert "2 rows between the data" in told(table)
    assert label in told(table)


def test_a_header_that_is_repeated_is_left_out() -> None:
    table = read_text(
        "month,v\n" + "\n".join([*MONTHLY[:4], "month,v", *MONTHLY[4:8], "Month,V", *MONTHLY[8:]])
    )
    assert table.frame["v"].tolist() == [*range(11, 23)]
    assert "2 rows between the data, such as “month v”, repeat the header" in told(table)


def test_lines_of_words_between_times_are_left_out() -> None:
    rows = [*MONTHLY[:6], "second half,", *MONTHLY[6:]]
    assert len(read_text("month,v\n" + "\n".join(rows)).frame) == 12


def test_subtotals_in_a_workbook_are_left_out() -> None:
    rows = [[f"2020-0{month}-01", month] for month in range(1, 7)]
    table = read_table(
        xlsx([["Month", "Ships"], *rows[:3], ["Q1 total", 6], *rows[3:], ["Q2 total", 15], *rows])
    )
    assert len(table.frame) == 12


def test_a_total_among_different_labels_is_left_out() -> None:
    table = read_text("town,people\nA,5\nB,8\nTotal,13\nC,4\nD,7\n")
    assert table.frame["town"].tolist() == ["A", "B", "C", "D"]


def test_leaving_out_can_be_taken_back() -> None:
    text = "town,people\nA,5\nB,8\nTotal,13\nC,4\nD,7\n"
    kept = read_text(text, options=ReadOptions().correct("total rows", "keep"))
    assert len(kept.frame) == 5
    assert next(d for d in kept.decisions if d.key == "total rows").chosen == "keep"


@pytest.mark.parametrize(
    "text",
    [
        "year,sex,n\n"
        + "".join(f"{year},{sex},{year % 9}\n" for year in range(1990, 1996) for sex in ("f", "m", "Total")),
        "date,what,v\n2020-01-01,mean,1\n2020-01-02,max,4\n2020-01-03,mean,2\n2020-01-04,max,5\n",
        "date,note,v\n2020-01-01,total eclipse,1\n2020-01-02,,4\n2020-01-03,,2\n2020-01-04,,5\n",
        "name,v\nTotal Wine,1\nMeanwhile Inc,4\nAcme,2\nSum Pty,7\nTotal Wine,5\n",
        "error,x\nerror,1\nok,2\nsheet,3\n",
    ],
    ids=[
        "a label of a long table",
        "a kind of statistic",
        "a word in a note",
        "names that repeat",
        "one word alone",
    ],
)
def test_labels_that_are_data_stay(text: str) -> None:
    table = read_text(text)
    assert len(table.frame) == text.count("\n") - 1
    assert not told(table)
