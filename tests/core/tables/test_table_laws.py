"""Laws of reading: whatever comes gives a table or a sentence; what was written comes back; quickly."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import json
import string
import time
import zipfile
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import DashboardError
from core.tables.table import ReadOptions, Table, read_table
from tests.core.table_files import parquet, rezip, xlsx

_AS_NUMBERS = {"placeholder": "value", "epoch": "numbers", "serial": "numbers", "packed": "numbers"}


def assert_same(first: Table, second: Table) -> None:
    pd.testing.assert_frame_equal(first.frame, second.frame)
    assert first.columns == second.columns
    assert first.sha256 == second.sha256
    assert first.options == second.options


SAMPLES: dict[str, bytes] = {
    "csv": b"day,x,y\n" + b"".join(b"2020-01-%02d,%d.5,a%d\n" % (d, d, d) for d in range(1, 29)),
    "semicolon": "Tag;Wert;Stra\u00dfe\n29.03.2020;1.234,5;A\n30.03.2020;2,5;B\n31.03.2020;3,5;C\n".encode(
        "cp1252"
    ),
    "xlsx": xlsx([["day", "x"], *[[dt.datetime(2020, 1, d), d / 3] for d in range(1, 20)]]),
    "parquet": parquet(pd.DataFrame({"t": pd.date_range("2020", periods=50), "x": np.arange(50) / 7})),
    "json": json.dumps([{"t": f"2020-01-{d:02d}", "x": d / 3} for d in range(1, 20)]).encode(),
    "gzip": gzip.compress(b"a,b\n" + b"1,2\n3,4\n" * 30),
    "utf-16": "a\tb\n1\t2\n3\t4\n".encode("utf-16"),
    "row": b"1 2 3 4 5",
    "comment": b"# year co2\n1959 315.98\n1960 316.91\n",
    "ragged": b"a,b\n1,2,3\n4\n5,6\n",
    "ambiguous": b"d,x\n01/02/2020,1\n02/02/2020,2\n",
}


@pytest.mark.parametrize("key", SAMPLES)
def test_reading_again_with_the_resolved_options_gives_the_same_table(key: str) -> None:
    first = read_table(SAMPLES[key])
    assert_same(first, read_table(SAMPLES[key], options=first.options))


def check_reads_quickly(data: bytes) -> None:
    """Only a DashboardError may leave, and nothing this small may take long."""
    started = time.perf_counter()
    try:
        table = read_table(data, name="/home/someone/data.csv")
        assert isinstance(table, Table)
        assert len(table.frame) >= 1
        assert isinstance(table.frame.index, pd.RangeIndex)
        assert [c.name for c in table.columns] == list(table.frame)
        table.suggest()
    except DashboardError as error:
        assert str(error).endswith(".")
        assert "/home" not in str(error)
        assert "Traceback" not in str(error)
        assert len(str(error)) < 600
    assert time.perf_counter() - started < 5


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_give_a_table_or_a_sentence(data: bytes) -> None:
    check_reads_quickly(data)


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="0123456789.,;\t\n\"'|- #abJQ:/%$()\r", max_size=300))
def test_any_text_gives_a_table_or_a_sentence(text: str) -> None:
    check_reads_quickly(text.encode())


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    key=st.sampled_from(sorted(SAMPLES)),
    edits=st.lists(
        st.tuples(st.floats(0, 1), st.binary(max_size=6), st.integers(0, 12)), min_size=1, max_size=6
    ),
)
def test_mutated_files_give_a_table_or_a_sentence(key: str, edits: list[tuple[float, bytes, int]]) -> None:
    data = SAMPLES[key]
    for place, inserted, n_removed in edits:
        at = int(place * len(data))
        data = data[:at] + inserted + data[at + n_removed :]
    check_reads_quickly(data)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    place=st.floats(0, 1),
    junk=st.binary(min_size=1, max_size=20),
    part=st.sampled_from(["sheet1", "workbook"]),
)
def test_a_workbook_with_damaged_xml_gives_a_table_or_a_sentence(
    place: float, junk: bytes, part: str
) -> None:
    path = "xl/workbook.xml" if part == "workbook" else "xl/worksheets/sheet1.xml"
    with zipfile.ZipFile(io.BytesIO(SAMPLES["xlsx"])) as archive:
        xml = archive.read(path)
    at = int(place * len(xml))
    changed = {path.replace("/", "__").replace(".xml", "_xml"): xml[:at] + junk + xml[at + len(junk) :]}
    check_reads_quickly(rezip(SAMPLES["xlsx"], **changed))


names = st.lists(
    st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=12).filter(
        lambda name: (
            any(char.isalpha() for char in name) and not name.startswith(("#", "%", "!", "/", "<", "{", "["))
        )
    ),
    min_size=2,
    max_size=5,
    unique=True,
)


@settings(max_examples=120, deadline=None)
@given(
    names=names,
    rows=st.lists(st.floats(-1e12, 1e12).map(lambda x: round(x, 4)), min_size=4, max_size=20),
    style=st.sampled_from([(",", "."), (";", ","), ("\t", "."), ("\t", ","), ("|", "."), (";", ".")]),
)
def test_a_written_frame_reads_back_equal(
    names: list[str], rows: list[float], style: tuple[str, str]
) -> None:
    delimiter, decimal = style
    frame = pd.DataFrame({f"v {name}": np.array(rows) + i + 0.5 for i, name in enumerate(names)})
    data = frame.to_csv(index=False, sep=delimiter, decimal=decimal).encode()
    table = read_table(data, options=ReadOptions(delimiter=delimiter, decimal=decimal, header=True))
    assert [c.original_name for c in table.columns] == list(frame)
    np.testing.assert_allclose(table.frame.to_numpy(), frame.to_numpy(), rtol=1e-15)
    guessed = read_table(data)
    assert guessed.options == replace(table.options, encoding="utf-8")
    assert_same(guessed, read_table(data, options=guessed.options))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.one_of(st.none(), st.floats(allow_nan=False)),
            st.integers(-(2**63), 2**63 - 1),
            st.text(string.ascii_letters + "äöü, ;\"'", min_size=1, max_size=8).map(
                lambda word: "w" + word.strip()
            ),
        ),
        min_size=1,
        max_size=30,
    )
)
def test_parquet_and_json_read_back_equal(rows: list[tuple[float | None, int, str]]) -> None:
    frame = pd.DataFrame(rows, columns=["x", "n", "word"]).astype({"x": float})
    # Otherwise the ends of 64 bits are gaps, and even steps in the billions seconds since 1970.
    options = ReadOptions(choices=tuple((f"{key}:{c}", v) for key, v in _AS_NUMBERS.items() for c in "xn"))
    for data in (parquet(frame), json.dumps([dict(zip(frame, row, strict=True)) for row in rows]).encode()):
        table = read_table(data, options=options).frame
        np.testing.assert_array_equal(table["x"].to_numpy(dtype=float), frame["x"].to_numpy())
        assert table["n"].tolist() == frame["n"].tolist()
        assert table["word"].tolist() == frame["word"].tolist()


# Speed


def test_ten_thousand_rows_are_read_in_a_blink() -> None:
    day = pd.date_range("1990-01-01", periods=10_000).strftime("%Y-%m-%d")
    frame = pd.DataFrame({"day": day, "x": np.arange(10_000) / 3, "n": np.arange(10_000)})
    data = frame.to_csv(index=False).encode()
    read_table(data)
    started = time.perf_counter()
    assert len(read_table(data).frame) == 10_000
    assert time.perf_counter() - started < 0.5  # 0.02 s on an idle core; the slack is for a busy one
