"""HTML tables: of pages and of pasted pieces, with merged cells; what is hostile is answered in linear time."""

from __future__ import annotations

import time

import pytest

from core.errors import InputError
from core.tables.table import ReadOptions, read_table, read_text

SALES = (
    "<div><table class='wide'><caption>Sales of 2020</caption><thead><tr><th rowspan=2>Month</th>"
    '<th colspan="2">Sales</th><th colspan="2">Costs</th></tr>'
    "<tr><th>North<th>South<th>North<th>South</tr></thead><tbody>"
    + "".join(
        f"<tr><td>2020-{m:02d}</td><td>{m * 1000:,}&nbsp;&euro;<sup>[{m}]</sup></td><td>{m}<br>5</td><td>3</td><td>4</td></tr>"
        for m in range(1, 13)
    )
    + "<tr><td>Total</td><td>78,000</td><td>7</td><td>36</td><td>48</td></tr>"
    "<tr><td colspan=5>Source: city office</td></tr></tbody></table></div>"
)


def test_merged_headings_entities_and_footnotes_of_a_pasted_table_are_read() -> None:
    table = read_text(SALES)
    assert list(table.frame) == ["Month", "Sales North", "Sales South", "Costs North", "Costs South"]
    assert table.frame["Sales North"].tolist() == [m * 1000 for m in range(1, 13)]
    assert len(table.frame) == 12
    assert {"totals", "notes"} <= {decision.key for decision in table.decisions}


def test_a_cell_over_several_rows_is_repeated_in_each() -> None:
    rows = "".join(
        f"<tr>{f'<td rowspan=2>{year}</td>' if half == 1 else ''}<td>H{half}</td><td>{year * half}</td></tr>"
        for year in (2000, 2001, 2002)
        for half in (1, 2)
    )
    table = read_text(f"<table><tr><th>Year<th>Half<th>Value</tr>{rows}</table>")
    assert table.frame["Year"].tolist() == [2000, 2000, 2001, 2001, 2002, 2002]
    assert table.frame["Value"].tolist() == [y * h for y in (2000, 2001, 2002) for h in (1, 2)]


def test_the_largest_table_of_a_page_is_read_and_another_can_be_chosen() -> None:
    menu = "<table><tr><td>Home</td><td>News</td></tr><tr><td>1</td><td>2</td></tr></table>"
    page = f"<!DOCTYPE html><html><body><table><tr><td>{menu}</td><td>{SALES}</td></tr></table></body></html>"
    table = read_table(page.encode())
    assert len(table.frame) == 12
    decision = next(d for d in table.decisions if d.key == "table")
    assert "2 tables" in decision.sentence
    other = read_table(page.encode(), options=ReadOptions().correct("table", "2"))
    assert other.frame.to_numpy().tolist() == [[1, 2]]
    assert [d.chosen for d in other.decisions if d.key == "table"] == ["2"]


def test_scripts_and_comments_of_a_page_are_passed_over() -> None:
    page = (
        "<html><script>var x = '<table><tr><td>1</td></tr></table>'</script><!-- <table><tr><td>2 -->" + SALES
    )
    assert len(read_table(page.encode()).frame) == 12


def test_a_script_within_a_cell_is_none_of_its_text() -> None:
    rows = "".join(
        f"<tr><td>{year}<td>north<script>show(1)</script><td>{year % 7}" for year in range(1990, 2000)
    )
    table = read_text(f"<table><tr><th>year<th>place<style>b {{}}</style><th>rain{rows}</table>")
    assert list(table.frame) == ["year", "place", "rain"]
    assert set(table.frame["place"]) == {"north"}


def test_headings_that_are_numbers_are_names_where_the_page_says_so() -> None:
    table = read_text("<table><tr><th>1<th>2<th>3<tr><td>4<td>5<td>6<tr><td>7<td>8<td>9</table>")
    assert list(table.frame) == ["1", "2", "3"]
    assert table.frame["1"].tolist() == [4, 7]


def test_a_page_is_read_again_with_its_own_options() -> None:
    first = read_text(SALES)
    again = read_text(SALES, options=first.options)
    assert again.options == first.options
    assert again.frame.equals(first.frame)


@pytest.mark.parametrize(
    "page",
    [
        "<!DOCTYPE html><html><body>404</body></html>",
        "<html><table></table>",
        "<table><tr><td></td></tr></table>",
    ],
)
def test_a_page_without_a_table_is_answered(page: str) -> None:
    with pytest.raises(InputError, match=r"a web page without a table\. Download the data itself"):
        read_text(page)


@pytest.mark.parametrize(
    "page",
    [
        "<table>" + "<td" * 500_000,
        "<table>" * 500_000,
        "<table>" + "<tr><td>" * 400_000,
        "<table><tr><td>1" + "<!--" * 500_000,
        "<table><tr>" + "<script>" * 200_000,
        "<table><tr><td>" + "<a " * 700_000,
        "<table><tr><td>" + "&amp" * 500_000,
        "<table>" + "<tr><td title='" * 130_000,
        "<table><tr>" + "<td rowspan=1000 colspan=1000>a" * 3 + "<tr>" * 1_000 + "<td>2",
        "<table><tr>" + "<td colspan=999999999 rowspan=999999999>1" * 40_000,
        "<table>" + "<tr><td rowspan=1000 colspan=900>1<td>2" * 20_000,
        "<div " + " " * 1_900_000,
    ],
    ids=lambda page: f"{page[:24]}, {len(page)} characters",
)
def test_a_hostile_page_takes_linear_time(page: str) -> None:
    started = time.perf_counter()
    try:
        read_text(page)
    except InputError as error:
        assert str(error).endswith(".")
    assert time.perf_counter() - started < 8  # 2 s on an idle core
