"""Labels that are written once for several rows, and columns that only have gaps."""

from __future__ import annotations

import pytest

from core.tables.raw_table import ReadOptions
from core.tables.table import Table, read_text


def _told(table: Table) -> list[str]:
    return [decision.chosen for decision in table.decisions if decision.key == "filled down"]


def test_years_written_once_belong_to_the_months_below_them() -> None:
    rows = "".join(
        f"{2019 + i // 3 if i % 3 == 0 else ''},{['Jan', 'Feb', 'Mar'][i % 3]},{i}\n" for i in range(9)
    )
    table = read_text("Year,Month,n\n" + rows)
    assert table.frame["year and month"].dt.strftime("%Y-%m").tolist()[-1] == "2021-03"
    assert _told(table) == ["filled"]


def test_a_region_written_once_is_the_label_of_its_rows() -> None:
    text = "Region,Year,n\nNorth,2019,1\n,2020,2\n,2021,3\nSouth,2019,4\n,2020,5\n,2021,6\n"
    table = read_text(text)
    assert table.frame["Region"].tolist() == ["North"] * 3 + ["South"] * 3
    assert table.suggest().split == "Region"


def test_two_levels_of_labels_are_filled_together() -> None:
    text = "Country,City,Year,n\nPeru,Lima,2019,1\n,,2020,2\n,Cusco,2019,3\n,,2020,4\nChile,Arica,2019,5\n,,2020,6\n"
    table = read_text(text)
    assert table.frame["Country"].tolist() == ["Peru"] * 4 + ["Chile"] * 2
    assert table.frame["City"].tolist() == ["Lima", "Lima", "Cusco", "Cusco", "Arica", "Arica"]


def test_who_wants_the_gaps_gets_them() -> None:
    text = "Region,Year,n\nNorth,2019,1\n,2020,2\nSouth,2019,4\n,2020,5\n"
    table = read_text(text, options=ReadOptions(choices=(("filled down", "gaps"),)))
    assert table.frame["Region"].isna().tolist() == [False, True, False, True]
    assert _told(table) == ["gaps"]


@pytest.mark.parametrize(
    "text",
    [
        "remark,date,n\nstart,2020-01-01,1\n,2020-01-02,2\n,2020-01-03,3\nend,2020-01-04,4\n,2020-01-05,5\n",
        "price,day,n\n1.5,Mon,1\n,Tue,2\n,Wed,3\n2.5,Mon,4\n,Tue,5\n,Wed,6\n",
        "event,city,n\n,Oslo,1\nfair,Rome,2\n,Oslo,3\n,Rome,4\nrace,Oslo,5\n,Rome,6\n",
    ],
)
def test_gaps_that_belong_to_no_group_stay(text: str) -> None:
    assert _told(read_text(text)) == []


def test_a_quarter_within_a_year_may_come_again() -> None:
    months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun"]
    rows = "".join(
        f"{2019 + i // 6 if i % 6 == 0 else ''},{f'Q{i // 3 % 2 + 1}' if i % 3 == 0 else ''},{months[i % 6]},{i}\n"
        for i in range(12)
    )
    table = read_text("Year,Quarter,Month,n\n" + rows)
    assert table.frame["Year"].tolist() == [2019] * 6 + [2020] * 6
    assert table.frame["Quarter"].tolist() == ["Q1"] * 3 + ["Q2"] * 3 + ["Q1"] * 3 + ["Q2"] * 3
