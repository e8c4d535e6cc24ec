"""Files beyond memory: described by a sample, joined to points by the engine; what the points are stands in numpy beside it."""

import gzip
import threading

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from core import limits
from core.errors import InputError
from core.sonify import large_job
from core.tables.engine import large_files
from core.tables.engine.large_tables import Request, aggregate, describe, list_labels
from core.tables.engine.table_sources import FileSource

N = 6_000


def frame(n=N, start=0):
    """Hourly readings of two cities in turn."""
    place = np.arange(start, start + n)
    return pd.DataFrame(
        {
            "time": pd.Timestamp("2001-01-01") + pd.to_timedelta(place, unit="h"),
            "level": place / 4,
            "city": np.where(place % 2, "Rome", "Oslo"),
        }
    )


def open_large(path, root=None):
    return describe(FileSource(path=path, root=root))


def sentences(large):
    return " ".join(decision.sentence for decision in large.table.decisions)


@pytest.fixture
def texts(tmp_path):
    """A folder of three CSV files."""
    folder = tmp_path / "parts"
    folder.mkdir()
    for part in range(3):
        frame(N // 3, part * N // 3).to_csv(folder / f"{part}.csv", index=False)
    return folder


@pytest.fixture
def parquet(tmp_path):
    path = tmp_path / "rows.parquet"
    frame().to_parquet(path, row_group_size=1000)
    return path


def check_means(large, n_bins=60):
    points = aggregate(large, Request(values=("level",), time="time", n_bins=n_bins))
    assert points.n_rows.sum() == N
    assert points.table.frame["level"].tolist() == pytest.approx(
        [part.mean() for part in np.split(np.arange(N) / 4, n_bins)]
    )
    return points


def test_a_folder_of_text_is_one_table(texts):
    large = open_large(texts)
    assert large.table.source_name == "parts"
    assert large.n_rows is None
    assert "by its size the table has about 6,000" in sentences(large)
    assert [(each.name, each.kind) for each in large.readings] == [
        ("time", "date"),
        ("level", "number"),
        ("city", "text"),
    ]
    check_means(large)


def test_a_parquet_file_is_counted_and_joined(parquet):
    large = open_large(parquet)
    assert large.n_rows == N
    points = check_means(large)
    assert any("6,000 rows were aggregated to 60 points by mean" in note for note in points.notes)


@pytest.mark.parametrize("packing", ["gzip", "zstd"])
def test_packed_text_is_read_where_it_lies(tmp_path, packing):
    path = tmp_path / f"rows.csv.{packing}"
    with pa.CompressedOutputStream(str(path), packing) as target:
        target.write(frame().to_csv(index=False).encode())
    check_means(open_large(path))


@pytest.mark.parametrize("how", ["mean", "median", "min", "max", "last"])
def test_rows_are_joined_as_numpy_joins_them(parquet, how):
    points = aggregate(open_large(parquet), Request(values=("level",), time="time", n_bins=30, aggregate=how))
    joins = {
        "mean": np.mean,
        "median": np.median,
        "min": np.min,
        "max": np.max,
        "last": lambda part: part[-1],
    }
    wanted = [joins[how](part) for part in np.split(np.arange(N) / 4, 30)]
    assert points.table.frame["level"].tolist() == pytest.approx(wanted, abs=0.5 if how == "median" else 1e-9)
    assert any("approximate median" in note for note in points.notes) == (how == "median")


def test_labels_are_counted_and_split_by_the_engine(parquet):
    large = open_large(parquet)
    assert list_labels(large, "city") == [("Oslo", 3000), ("Rome", 3000)]
    request = Request(values=("level",), time="time", split="city", labels=("Oslo", "Rome"), n_bins=10)
    found = aggregate(large, request).table.frame
    assert (
        found[found["city"] == "Rome"]["level"].to_numpy()
        - found[found["city"] == "Oslo"]["level"].to_numpy()
    ).tolist() == pytest.approx([0.25] * 10)


def test_without_a_time_the_rows_count(parquet, texts):
    for path in (parquet, texts):
        points = aggregate(open_large(path), Request(values=("level",), n_bins=60))
        assert points.n_rows.tolist() == [100] * 60
        assert points.table.frame["level"].is_monotonic_increasing


def test_bins_without_rows_are_gaps(tmp_path):
    path = tmp_path / "gap.parquet"
    rows = frame()
    rows[(rows.index < 2_000) | (rows.index >= 4_000)].to_parquet(path)
    points = aggregate(open_large(path), Request(values=("level",), time="time", n_bins=30))
    assert points.table.frame["level"].isna().tolist() == [10 <= i < 20 for i in range(30)]
    assert any("10 points have no row" in note for note in points.notes)


def test_few_moments_are_points_of_their_own(tmp_path):
    path = tmp_path / "days.parquet"
    rows = frame()
    rows["time"] = rows["time"].dt.to_period("M").dt.to_timestamp()
    rows.to_parquet(path)
    points = aggregate(open_large(path), Request(values=("level",), time="time", n_bins=300))
    assert points.table.frame["time"].tolist() == sorted(rows["time"].unique())


def test_filters_run_in_the_engine(parquet):
    conditions = (
        ("city", "is", " rome "),
        ("time", "<=", "2001-04-01"),
        ("level", ">=", "100"),
        ("city", "contains", "OM"),
    )
    rows = frame()
    kept = rows[(rows["city"] == "Rome") & (rows["time"] <= "2001-04-01") & (rows["level"] >= 100)]
    points = aggregate(
        open_large(parquet), Request(values=("level",), time="time", conditions=conditions, n_bins=5)
    )
    assert points.n_rows.sum() == len(kept)
    for wrong, said in (
        ((("level", ">=", "x"),), "not a number"),
        ((("city", ">=", "x"),), "holds text"),
        ((("nope", "is", "x"),), "no column 'nope'"),
    ):
        with pytest.raises(InputError, match=said):
            aggregate(open_large(parquet), Request(values=("level",), time="time", conditions=wrong))


@pytest.mark.parametrize(
    ("write", "delimiter"),
    [
        (lambda rows: rows.assign(level=rows["level"].map("{:.2f}".format).str.replace(".", ","), time=rows["time"].dt.strftime("%d.%m.%Y %H:%M")), ";"),
        (lambda rows: rows.assign(level=rows["level"].map("{:,.2f}".format), time=rows["time"].dt.strftime("%m/%d/%Y %I:%M %p")), "\t"),
        (lambda rows: rows.assign(level=rows["level"].map("{:.2f} km".format)), "|"),
        (lambda rows: rows.assign(time=rows["time"].astype("datetime64[s]").astype(int)).rename(columns={"time": "timestamp"}), ","),
        (lambda rows: rows.assign(time=rows["time"].dt.strftime("%Y-%m-%dT%H:%M:%S+00:00")), ","),
    ],
    ids=["german", "american", "with a unit", "epoch", "offsets"],
)  # fmt: skip
def test_text_is_read_by_the_engine_as_by_the_reader(tmp_path, write, delimiter):
    path = tmp_path / "rows.csv"
    write(frame()).to_csv(path, index=False, sep=delimiter)
    large = open_large(path)
    time = large.table.suggest().time
    points = aggregate(large, Request(values=("level",), time=time, n_bins=60))
    assert points.table.frame["level"].tolist() == pytest.approx(
        [part.mean() for part in np.split(np.arange(N) / 4, 60)], abs=0.01
    )


def test_placeholders_are_gaps_to_the_engine_as_to_the_reader(tmp_path):
    path = tmp_path / "rows.csv"
    rows = frame().assign(level=20 + np.sin(np.arange(N) / 50))
    rows.loc[rows.index % 100 == 3, "level"] = -9999
    rows.to_csv(path, index=False)
    large = open_large(path)
    if large.table.frame["level"].min() < 0:
        pytest.skip("The reader takes -9999 for a value here.")
    assert aggregate(large, Request(values=("level",), time="time")).table.frame["level"].min() > 18


def test_a_label_that_looks_like_a_gap_is_a_label_to_the_engine_as_to_the_reader(tmp_path):
    path = tmp_path / "countries.csv"
    rows = frame().assign(country=np.where(np.arange(N) % 2, "NA", "NO")).drop(columns="city")
    rows["level"] = rows["level"].astype(object).where(np.arange(N) % 3 != 0, "NA")
    rows.to_csv(path, index=False)
    request = Request(values=("level",), time="time", split="country", labels=("NA", "NO"), n_bins=30)
    points = aggregate(open_large(path), request)
    assert points.n_rows.sum() == N
    assert points.table.frame["level"].notna().all()


def test_parts_of_a_time_stay_columns_of_their_own_and_are_told_so(tmp_path):
    path = tmp_path / "months.csv"
    months = pd.date_range("1500-01", periods=3000, freq="MS", unit="s")
    rows = {"year": months.year, "month": months.month, "rain": np.random.default_rng(0).gamma(2, 20, 3000)}
    pd.DataFrame(rows).to_csv(path, index=False)
    large = open_large(path)
    assert "they are kept as they are" in sentences(large)
    assert "put together" not in sentences(large)
    assert "cannot be read by the engine" not in sentences(large)
    assert large.table.suggest()[:2] == ("year", ["rain", "month"])


def test_title_lines_and_odd_names_are_passed_over(tmp_path):
    folder = tmp_path / "a 'b' [c]*"
    folder.mkdir()
    for part in range(2):
        text = f"Station {part}\nmade by hand\n\n" + frame(N // 2, part * N // 2).to_csv(index=False)
        (folder / f"it's [{part}].csv").write_text(text)
    check_means(open_large(folder))


def test_rows_in_no_order_need_a_second_pass_and_give_the_same_points(tmp_path):
    path = tmp_path / "rows.csv"
    frame(60_000).sample(frac=1, random_state=1).to_csv(path, index=False)
    large = open_large(path)
    points = aggregate(large, Request(values=("level",), time="time", n_bins=60))
    assert points.n_rows.tolist() == [1000] * 60


def test_partitions_are_columns(tmp_path):
    for city, rows in frame().groupby("city"):
        folder = tmp_path / "hive" / f"city={city}"
        folder.mkdir(parents=True)
        rows.drop(columns="city").to_parquet(folder / "rows.parquet")
    large = open_large(tmp_path / "hive")
    request = Request(values=("level",), time="time", split="city", labels=("Oslo",), n_bins=10)
    assert aggregate(large, request).n_rows.sum() == N // 2


def test_files_of_other_columns_are_matched_by_name_and_told(tmp_path):
    for kind in ("csv", "parquet"):
        folder = tmp_path / kind
        folder.mkdir()
        first, second = frame(N // 2), frame(N // 2, N // 2)
        for name, rows in (("a", first), ("b", second[["city", "level", "time"]].assign(wind=1.5))):
            if kind == "csv":
                rows.to_csv(folder / f"{name}.csv", index=False)
            else:
                rows.to_parquet(folder / f"{name}.parquet")
        large = open_large(folder)
        assert "The files differ in their columns: 1 file of 2 lacks some of wind" in sentences(large)
        check_means(large)
        points = aggregate(large, Request(values=("wind",), time="time", n_bins=10))
        assert points.table.frame["wind"].isna().tolist() == [True] * 5 + [False] * 5


def test_broken_files_are_left_out_and_told(texts):
    (texts / "empty.csv").write_bytes(b"")
    (texts / "noise.csv").write_bytes(bytes(range(256)) * 9)
    (texts / "torn.parquet").write_bytes(b"PAR1 and no more")
    (texts / "outside.csv").symlink_to("/etc/hostname")
    large = open_large(texts)
    told = sentences(large)
    assert "3 files are read as one table." in told
    assert "Left out: 2 files that are empty, damaged or not tables, 1 link to another folder" in told
    assert "1 file could not be read as a table and is left out: torn.parquet." in told
    check_means(large)


def test_what_leads_out_of_the_offered_folder_is_refused(texts, tmp_path):
    (texts / "out").symlink_to(tmp_path)
    for path in (texts / "out", texts / ".." / "other.csv", tmp_path):
        with pytest.raises(InputError, match=r"link to another folder|no longer exists"):
            open_large(path, root=texts)
    names = large_job.list_offered_files(texts.parent).names
    assert names == ("parts/", "parts/0.csv", "parts/1.csv", "parts/2.csv")


def test_the_engine_reads_no_other_file_and_loads_nothing(parquet, tmp_path):
    (tmp_path / "other.csv").write_text("a\n1\n")
    large = open_large(parquet)
    with large_files.open_files(large) as engine:
        for statement in (
            f"FROM read_csv('{tmp_path}/other.csv')",
            f"COPY (SELECT 1) TO '{tmp_path}/new.csv'",
            "SET enable_external_access = true",
            "INSTALL httpfs",
        ):
            with pytest.raises(InputError):
                engine.run(lambda statement=statement: engine.backend.con.execute(statement), stage="")
    assert not (tmp_path / "new.csv").exists()


def test_files_that_change_are_told(texts):
    large = open_large(texts)
    request = Request(values=("level",), time="time", n_bins=60)
    with (texts / "2.csv").open("a") as file:
        file.write("2001-09-08 00:00:00,1500,Oslo\n")
    assert any("2.csv grew while it was read" in note for note in aggregate(large, request).notes)
    frame(9).to_csv(texts / "1.csv", index=False)
    with pytest.raises(InputError, match=r"1\.csv changed after it was opened"):
        aggregate(large, request)
    (texts / "1.csv").unlink()
    with pytest.raises(InputError, match=r"1\.csv was deleted after it was opened"):
        aggregate(large, request)
    with pytest.raises(InputError, match=r"gone\.csv no longer exists"):
        open_large(texts / "gone.csv")


def test_damage_in_the_middle_is_a_sentence(tmp_path):
    path = tmp_path / "rows.parquet"
    frame(200_000).to_parquet(path, row_group_size=10_000)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 60_000] = bytes(60_000)
    path.write_bytes(data)
    with pytest.raises(InputError) as caught:
        aggregate(open_large(path), Request(values=("level",), time="time"))
    assert str(tmp_path) not in str(caught.value)
    packed = gzip.compress(frame(50_000).to_csv(index=False).encode())
    (tmp_path / "cut.csv.gz").write_bytes(packed[: len(packed) * 2 // 3])
    with pytest.raises(InputError):
        aggregate(open_large(tmp_path / "cut.csv.gz"), Request(values=("level",), time="time"))


def test_lines_that_cannot_be_cut_are_counted(tmp_path):
    path = tmp_path / "rows.csv"
    lines = frame().to_csv(index=False).splitlines()
    lines[4_000] += ",too,many,cells"
    path.write_text("\n".join(lines) + "\n")
    points = aggregate(open_large(path), Request(values=("level",), time="time", n_bins=60))
    assert points.n_rows.sum() in (N - 1, N)
    if points.n_rows.sum() < N:
        assert any("1 line could not be split" in note for note in points.notes)


def test_a_visitor_who_goes_stops_the_engine(parquet):
    class GoneError(Exception):
        pass

    def leave(share, stage):
        if stage == "Joining the rows" and threading.current_thread() is not threading.main_thread():
            raise GoneError

    large = open_large(parquet)
    with large_files.open_files(large) as engine, pytest.raises(GoneError):
        engine.run(
            lambda: engine.backend.con.execute(
                "SELECT sum(a.range) FROM range(1000000) a, range(1000000) b"
            ).fetchall(),
            stage="Joining the rows",
            progress=leave,
        )


@pytest.mark.parametrize(
    "content", [b"", b"\x00\x01" * 99, b"%PDF-1.7", b'{"a": [1, 2]}', b"only words\nno numbers\n"]
)
def test_what_is_no_large_table_is_refused(tmp_path, content):
    path = tmp_path / "odd.csv"
    path.write_bytes(content)
    with pytest.raises(InputError):
        open_large(path)
    (tmp_path / "none").mkdir()
    with pytest.raises(InputError, match="has no readable CSV or Parquet"):
        open_large(tmp_path / "none")


def test_the_shell_reads_a_folder_and_what_is_beyond_memory(texts, parquet, capsys, monkeypatch):
    from core.__main__ import main

    assert main(["sonify", str(texts), "--notes", "50", "--split", "city"]) == 0
    assert capsys.readouterr().out.startswith(
        "Oslo: 50 notes, 57% of changes audible, rank correlation 0.999; Rome: 50 notes"
    )
    assert main(["inspect", str(texts)]) == 0
    assert "parts: rows not counted, 3 columns" in capsys.readouterr().out
    monkeypatch.setattr(limits, "MAX_TABLE_ROWS", 5_000)
    assert main(["sonify", str(parquet), "--notes", "50"]) == 0
    assert "50 notes, 57% of changes audible, rank correlation" in capsys.readouterr().out
