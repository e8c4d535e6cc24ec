"""What a table is for: its time, the values worth hearing, the labels that tell its series apart."""

from __future__ import annotations

from itertools import product

import pytest

from core.tables.column_roles import Suggestion
from core.tables.series_labels import is_all_label
from core.tables.table import read_text

MONTHS = [f"2020-{month:02d}-01" for month in range(1, 13)]


def suggest(header: str, rows: list[str]) -> Suggestion:
    return read_text("\n".join([header, *rows])).suggest()


def wave(*parts: object) -> float:
    """A number without a pattern that is the same in every run."""
    return sum(ord(char) * (place + 3) for place, char in enumerate("".join(map(str, parts)))) % 97 + 0.5


@pytest.mark.parametrize(
    ("header", "row"),
    [
        (",date,value", "{i},{d},{x}"),
        ("Unnamed: 0,date,value", "{i},{d},{x}"),
        ("id,date,value", "{i},{d},{x}"),
        ("StationID,date,value", "{c},{d},{x}"),
        ("postcode,date,value", "{c},{d},{x}"),
        ("lat,lon,date,value", "{i}.5,-{i}.25,{d},{x}"),
        ("Longitude,date,value", "{i}.75,{d},{x}"),
        ("date,year,month,value", "{d},2020,{m},{x}"),
        ("date,hour,value", "{d},{i},{x}"),
        ("date,constant,value", "{d},5,{x}"),
        ("date,qc_flag,value", "{d},{b},{x}"),
        ("date,std error,value", "{d},0.{i},{x}"),
        ("date,n_obs,value", "{d},{i}7,{x}"),
        ("date,lower,upper,value", "{d},{i},{c},{x}"),
        ("date,total rain,gauge", "{d},{x},{i}.5"),
        ("date,grade,value", "{d},{m},{x}"),
        ("date,founded,members", "{d},19{c2},{x}"),
    ],
)
def test_what_is_no_quantity_is_not_heard_first(header: str, row: str) -> None:
    rows = [
        row.format(i=i, d=day, x=wave(day), c=10_000 + i * 37 % 11, b=i % 2, m=i + 1, c2=10 + i * 7 % 50)
        for i, day in enumerate(MONTHS)
    ]
    found = suggest(header, rows)
    assert found.time == ("date and time" if "hour" in header else "date")
    assert found.values[0] in ("value", "total rain", "members")


def test_codes_with_leading_zeros_are_no_quantity() -> None:
    rows = [f"{day},0{i * 37 % 100:02d},{wave(day)}" for i, day in enumerate(MONTHS)]
    assert suggest("date,gauge,flow", rows).values[0] == "flow"


@pytest.mark.parametrize(
    ("header", "first"),
    [
        ("Date,Open,High,Low,Close,Adj Close,Volume", "Close"),
        ("Date,Volume,Open,High,Low,Close", "Close"),
        ("Date,AAPL.Open,AAPL.High,AAPL.Low,AAPL.Close", "AAPL.Close"),
        ("Date,1. open,2. high,3. low,4. close", "4. close"),
        ("Date,Opened,Closed", "Opened"),  # shops, not shares
    ],
)
def test_a_closing_price_comes_before_the_others(header: str, first: str) -> None:
    n_values = header.count(",")
    rows = [f"{day}," + ",".join(str(wave(day, i)) for i in range(n_values)) for day in MONTHS]
    assert suggest(header, rows).values[0] == first


def test_a_full_column_comes_before_a_sparse_one() -> None:
    rows = [f"{day},{wave(day) if i % 5 == 0 else ''},{wave(day, 'b')}" for i, day in enumerate(MONTHS)]
    assert suggest("date,snow,rain", rows).values == ["rain", "snow"]


def test_a_date_of_the_record_is_no_time_where_another_is() -> None:
    rows = [f"2024-05-0{1 + i % 3},{day},{wave(day)}" for i, day in enumerate(MONTHS)]
    assert suggest("last updated,observed,v", rows).time == "observed"
    rows = [f"2024-05-01,{1990 + i},{wave(i)}" for i in range(12)]
    assert suggest("exported,year,v", rows).time == "year"


def test_a_growing_quantity_beside_words_is_no_time() -> None:
    towns = [f"town {i},{i**3 + 20}" for i in range(12)]
    assert suggest("town,people", towns) == Suggestion(None, ["people"])
    assert suggest("depth,people", [f"{i * 10},{wave(i)}" for i in range(12)]).time == "depth"


def test_constant_columns_are_told() -> None:
    table = read_text("date,place,height,v\n2020-01-01,Bern,5,1\n2020-01-02,Bern,5,3\n2020-01-03,Bern,5,2\n")
    told = [d.sentence for d in table.decisions if d.key.startswith("constant:")]
    assert len(told) == 2
    assert "“height” is constant: 5" in told[1]
    assert not [d for d in read_text("x,y\n1,2\n2,3\n").decisions if d.key.startswith("constant:")]


# Labels


def test_a_long_table_is_split_by_the_column_that_makes_a_moment_unique() -> None:
    rows = [
        f"{day},{town},sensor,{wave(day, town)}" for day, town in product(MONTHS, ("Oslo", "Rome", "Lima"))
    ]
    assert suggest("date,city,device,temp", rows) == Suggestion(
        "date", ["temp"], "city", ["Oslo", "Rome", "Lima"]
    )


def test_a_name_comes_before_its_code_and_a_total_last() -> None:
    places = (("WLD", "World"), ("NOR", "Norway"), ("SWE", "Sweden"))
    rows = [
        f"{code},{name},{year},{wave(name, year)}"
        for (code, name), year in product(places, range(1990, 2000))
    ]
    found = suggest("Code,Entity,Year,co2", rows)
    assert (found.split, found.labels) == ("Entity", ["Norway", "Sweden", "World"])


def test_one_label_of_each_further_column_is_a_condition() -> None:
    rows = [
        f"{day}\t{place}\t{sex}\t{measure}\t{wave(day, place, sex, measure)}"
        for day, place, sex, measure in product(MONTHS, "NSE", ("f", "m", "Total"), ("rate", "count"))
    ]
    found = suggest("date\tregion\tsex\tindicator\tv", rows)
    assert found.split == "region"
    assert dict(found.conditions) == {"sex": "Total", "indicator": "rate"}


def test_numbers_of_stations_are_labels_where_no_words_are() -> None:
    rows = [f"{day},{station},{wave(day, station)}" for day, station in product(MONTHS, (4412, 5512))]
    found = suggest("date,station_id,temp", rows)
    assert (found.split, found.labels, found.values[0]) == ("station_id", ["4412", "5512"], "temp")


def test_numbers_that_come_in_each_moment_are_labels_and_not_heard() -> None:
    rows = [f"{year},{age},{wave(year, age)}" for year, age in product(range(1990, 1996), range(20))]
    found = suggest("Year,Age,mx", rows)
    assert (found.time, found.values, found.split) == ("Year", ["mx", "Age"], "Age")
    chance = [f"{day},{int(wave(day, k))},{wave(k, day)}" for day, k in product(MONTHS, range(2))]
    assert suggest("date,cars,bikes", chance).split is None


def test_names_are_split_by_where_codes_part_the_rows_alike() -> None:
    rows = [
        f"{code}\t{name}\t{measure}\t{year}\t{wave(code, measure, year)}"
        for (code, name), measure, year in product(
            (("NOR", "Norway"), ("CHL", "Chile")), ("PC", "IDX"), range(1990, 2000)
        )
    ]
    assert suggest("LOCATION\tCountry\tMEASURE\tTIME\tValue", rows).split == "Country"


def test_series_below_each_other_may_count_their_time_anew() -> None:
    rows = [f"{run},{step},{wave(run, step)}" for run, step in product("ab", range(10))]
    found = suggest("run,t,loss", rows)
    assert (found.time, found.split) == ("t", "run")


@pytest.mark.parametrize(
    ("header", "rows"),
    [
        ("date,comment,v", [f"{day},{'ok' if i % 2 else 'bad'},{i}" for i, day in enumerate(MONTHS)]),
        ("date,note,v", [f"{day},note {i},{wave(day)}" for i, day in enumerate(MONTHS + MONTHS)]),
        ("town,county,people", [f"town {i},{'NS'[i % 2]},{wave(i)}" for i in range(12)]),
        ("date,v", [f"{day},{wave(day)}" for day in MONTHS + MONTHS[:1]]),
    ],
    ids=["unique times", "labels that do not repeat", "no time", "a row that came twice"],
)
def test_other_tables_are_not_split(header: str, rows: list[str]) -> None:
    found = suggest(header, rows)
    assert (found.split, found.labels, found.conditions) == (None, [], [])


def test_a_label_for_all_the_others_is_known() -> None:
    assert all(map(is_all_label, ("Total", "All ages", "World", "Insgesamt", "Both sexes")))
    assert not any(map(is_all_label, ("Norway", "Allier", "Totalizer 5 of plant B", "0-10")))
