"""Databases: the host's connections, described, split and joined to points where they lie, and what goes wrong with them."""

import sqlite3
import threading
import time

import numpy as np
import pytest

from core.errors import InputError
from core.tables.engine import connections, database_tables
from core.tables.engine.connections import find_connection, list_connections
from core.tables.engine.database_tables import list_tables
from core.tables.engine.large_tables import Request, aggregate, describe, list_labels
from core.tables.engine.table_sources import DatabaseSource
from core.workers import CanceledError

# Ibis sets an option of pandas that pandas 3 has by itself.
pytestmark = pytest.mark.filterwarnings("ignore:The 'future.infer_string' option is deprecated")

READINGS = DatabaseSource(connection="lab", table="readings")
ENDLESS = "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT n, n * 2 AS m FROM t"


@pytest.fixture
def lab(postgres, secrets):
    secrets.write_text(f'[connections.lab]\ntype = "sql"\nurl = "{postgres.url}"\n')
    return postgres


@pytest.fixture
def files(secrets, tmp_path):
    """A database of SQLite and one of DuckDB with the same readings."""
    import duckdb

    rows = [
        (f"2001-01-{1 + i // 24:02d} {i % 24:02d}:00:00", i / 4, ("Oslo", "Rome")[i % 2]) for i in range(720)
    ]
    rows = rows * 5
    with sqlite3.connect(tmp_path / "a.sqlite") as made:
        made.execute("CREATE TABLE readings (time TEXT, level REAL, city TEXT)")
        made.executemany("INSERT INTO readings VALUES (?, ?, ?)", rows)
    made.close()
    with duckdb.connect(str(tmp_path / "a.duckdb")) as made:
        made.execute(
            "CREATE TABLE readings AS SELECT TIMESTAMP '2001-01-01' + i % 720 * INTERVAL 1 HOUR AS time, "
            "(i % 720) / 4 AS level, ['Oslo', 'Rome'][1 + i % 2] AS city FROM range(3600) AS r(i)"
        )
    secrets.write_text(
        f'[connections.lite]\nurl = "sqlite:///{tmp_path}/a.sqlite"\n[connections.duck]\nurl = "duckdb:///{tmp_path}/a.duckdb"\n'
    )
    return tmp_path


def sessions(server):
    """What the app's sessions do there; one that was closed may take a moment to go."""
    for _ in range(100):
        left = server.run("SELECT state FROM pg_stat_activity WHERE application_name = 'sonoscope'")
        if not left:
            break
        time.sleep(0.05)
    return server.run("SELECT state, query FROM pg_stat_activity WHERE application_name = 'sonoscope'")


def test_a_table_is_described_by_its_first_rows(lab):
    large = describe(READINGS)
    kinds = {column.name: column.kind for column in large.table.columns}
    assert kinds == {"time": "date", "level": "number", "wet": "number", "lag": "number", "city": "text"}
    assert large.table.suggest().time == "time"
    assert any("nested" in decision.sentence for decision in large.table.decisions)
    assert not sessions(lab)


def test_points_are_the_means_of_the_rows_behind_them(lab):
    points = aggregate(describe(READINGS), Request(values=("level", "wet", "lag"), time="time", n_bins=100))
    frame = points.table.frame
    assert points.n_rows.tolist() == [100] * 100
    # Integer division in the table: rows 0 to 99 have level 0, rows 100 to 199 level 1.
    assert frame["level"].tolist() == pytest.approx(list(range(100)))
    assert frame["wet"].mean() == pytest.approx(1 / 7, abs=0.01)
    assert frame["lag"].mean() == pytest.approx(29.5, abs=0.2)
    # Written with +02:00, kept in UTC; the middle of the first hundred hours.
    assert str(frame["time"].iloc[0])[:16] == "2001-01-02 23:59"


def test_the_labels_of_a_column_are_series_of_their_own(lab):
    large = describe(READINGS)
    assert list_labels(large, "city") == [("Oslo", 5000), ("Rome", 5000)]
    request = Request(values=("level",), time="time", split="city", labels=("Rome", "Oslo"), n_bins=50)
    frame = aggregate(large, request).table.frame
    assert frame["city"].value_counts().to_dict() == {"Rome": 50, "Oslo": 50}
    rome, oslo = (frame[frame["city"] == name] for name in ("Rome", "Oslo"))
    assert rome["time"].tolist() == oslo["time"].tolist()
    with pytest.raises(InputError, match="no label 'Paris'"):
        aggregate(large, Request(values=("level",), time="time", split="city", labels=("Paris", "Oslo")))


@pytest.mark.parametrize("how", ["mean", "median", "min", "max", "last"])
def test_rows_are_joined_as_pandas_joins_them(lab, how):
    frame = aggregate(
        describe(READINGS), Request(values=("level",), time="time", n_bins=10, aggregate=how)
    ).table.frame
    level = np.arange(10_000) // 100
    wanted = {
        "mean": np.mean,
        "median": np.median,
        "min": np.min,
        "max": np.max,
        "last": lambda part: part[-1],
    }[how]
    assert frame["level"].tolist() == pytest.approx([wanted(part) for part in np.split(level, 10)])


def test_rows_are_filtered_by_the_database(lab):
    conditions = (
        ("city", "is", "oslo"),
        ("time", ">=", "2001-03-01"),
        ("level", "<=", "90"),
        ("city", "is not", "Rome"),
    )
    points = aggregate(
        describe(READINGS), Request(values=("level",), time="time", conditions=conditions, n_bins=20)
    )
    # From hour 1418 (UTC, two hours before) to 9099, every second one.
    assert int(points.n_rows.sum()) == (9099 - 1418) // 2 + 1
    assert points.table.frame["level"].max() <= 90
    with pytest.raises(InputError, match="No rows match the filter"):
        aggregate(
            describe(READINGS), Request(values=("level",), time="time", conditions=(("level", ">=", "1e9"),))
        )


def test_few_rows_are_fetched_as_they_are(lab):
    points = aggregate(
        describe(DatabaseSource(connection="lab", table="annex.few")), Request(values=("level",), time="time")
    )
    assert not points.is_binned
    assert len(points.table.frame) == 12


def test_a_select_is_joined_by_the_database(lab):
    source = DatabaseSource(
        connection="lab", select="select g as x, g * 2.5 as y from generate_series(1, 200000) g"
    )
    points = aggregate(describe(source), Request(values=("y",), time="x", n_bins=200))
    assert points.n_rows.sum() == 200_000
    assert points.table.frame["y"].tolist() == pytest.approx([2.5 * (1000 * i + 500.5) for i in range(200)])
    assert points.n_bytes < 20_000


def test_what_is_selected_twice_under_one_name_is_refused(lab):
    with pytest.raises(InputError, match="same name"):
        describe(
            DatabaseSource(connection="lab", select="select a.level, b.level from readings a, readings b")
        )


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("select nope from readings", 'column "nope" does not exist'),
        ("select * from nope", "no such table"),
        ("select 1; select 2", "2 statements"),
        ("select pg_sleep(60)", "not allowed"),
        ("select level / (wet::int) as a, time from readings", "division by zero"),
    ],
)
def test_a_wrong_statement_is_told_in_a_sentence(lab, statement, said):
    with pytest.raises(InputError, match=said) as caught:
        describe(DatabaseSource(connection="lab", select=statement))
    assert "127.0.0.1" not in str(caught.value)
    assert not sessions(lab)


@pytest.mark.parametrize(
    "statement",
    [
        ENDLESS,
        "select a.g as x, b.g as y from generate_series(1, 1000000) a(g), generate_series(1, 1000) b(g)",
    ],
)
def test_a_query_without_end_is_stopped_by_the_time_limit(lab, monkeypatch, statement):
    from functools import partial

    monkeypatch.setattr(
        "core.tables.engine.large_tables.open_database", partial(database_tables.open_database, timeout_sec=1)
    )
    source = DatabaseSource(connection="lab", select=statement)
    large = describe(source)
    began = time.monotonic()
    with pytest.raises(InputError, match="took longer than the database allows"):
        aggregate(large, Request(values=(large.table.frame.columns[1],), time=large.table.frame.columns[0]))
    assert time.monotonic() - began < 5
    assert not [row for row in sessions(lab) if row[0] == "active"]


def test_a_visitor_who_goes_leaves_no_query_behind(lab):
    large = describe(DatabaseSource(connection="lab", select=ENDLESS))
    begun = threading.Event()

    def leave(share, stage):
        if begun.is_set():
            raise CanceledError
        if stage.startswith("Finding the start and end"):
            begun.set()

    began = time.monotonic()
    with pytest.raises(CanceledError):
        aggregate(large, Request(values=("m",), time="n"), progress=leave)
    assert time.monotonic() - began < 5
    assert not [row for row in sessions(lab) if row[0] == "active"]


def test_the_session_itself_can_only_read(lab):
    with (
        database_tables.open_database(READINGS) as engine,
        pytest.raises(InputError, match="only reading is allowed"),
    ):
        engine.run(lambda: engine.backend.con.execute("CREATE TABLE x AS SELECT 1"), stage="Writing")
    assert list_tables("lab") == ["readings", "annex.few"]


def test_a_connection_that_fails_is_told_without_its_address(postgres, secrets):
    port = postgres.port
    secrets.write_text(
        f'[connections.wrong]\nurl = "postgresql://tester:hush@127.0.0.1:{port}/postgres"\n'
        f'[connections.bare]\ndialect = "postgresql"\nhost = "127.0.0.1"\nport = {port}\nusername = "tester"\ndatabase = "postgres"\n'
        '[connections.down]\nurl = "postgresql+psycopg2://a:hush@127.0.0.1:1/x"\n'
        '[connections.gone]\nurl = "sqlite:////nowhere/hush.sqlite"\n'
        '[connections.odd]\ntype = "snowpark"\n'
    )
    assert list_connections() == ["wrong", "bare", "down", "gone"]
    for name, said in {
        "wrong": "name or password",
        "bare": "name or password",
        "down": "cannot be reached",
        "gone": "does not exist",
        "odd": "of an unknown kind",
        "none": "No database connection is called 'none'",
    }.items():
        with pytest.raises(InputError, match=said) as caught:
            list_tables(name)
        assert not {"hush", "127.0.0.1", "nowhere"} & set(str(caught.value).replace("/", " ").split())
    assert "hush" not in repr(find_connection("wrong"))


def test_a_server_that_does_not_answer_is_left(secrets):
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        secrets.write_text(
            f'[connections.slow]\ndialect = "postgresql"\nhost = "127.0.0.1"\nport = {port}\nusername = "a"\nconnect_timeout = 2\n'
        )
        began = time.monotonic()
        with pytest.raises(InputError, match="cannot be reached"):
            list_tables("slow")
        assert time.monotonic() - began < 30


def test_secrets_that_are_no_toml_are_not_quoted(secrets):
    secrets.write_text("[connections.lab]\nurl = postgresql://tester:hush@host\n")
    with pytest.raises(InputError, match="must be valid TOML") as caught:
        list_connections()
    assert "hush" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("name", ["lite", "duck"])
def test_files_of_databases_are_read_as_servers_are(files, name):
    assert list_tables(name) == ["readings"]
    large = describe(DatabaseSource(connection=name, table="readings"))
    assert large.table.suggest().time == "time"
    request = Request(values=("level",), time="time", split="city", labels=("Oslo", "Rome"), n_bins=30)
    points = aggregate(large, request)
    assert points.n_rows.tolist() == [60] * 60
    oslo = points.table.frame[points.table.frame["city"] == "Oslo"]["level"]
    assert oslo.tolist() == pytest.approx([6 * day + 2.75 for day in range(30)])
    statement = DatabaseSource(
        connection=name, select="select time, max(level) as level from readings group by 1"
    )
    assert len(aggregate(describe(statement), Request(values=("level",), time="time")).table.frame) == 720


@pytest.mark.parametrize("name", ["lite", "duck"])
def test_files_of_databases_can_only_be_read_and_are_stopped(files, name):
    with database_tables.open_database(
        DatabaseSource(connection=name, table="readings"), timeout_sec=1
    ) as engine:
        with pytest.raises(InputError, match=r"read-only|readonly"):
            engine.run(
                lambda: engine.backend.con.execute("INSERT INTO readings SELECT * FROM readings"), stage=""
            )
        with pytest.raises(InputError, match="took longer"):
            engine.run(lambda: engine.backend.con.execute(ENDLESS).fetchall(), stage="")


def test_duckdb_reaches_no_other_file(files):
    (files / "other.csv").write_text("a\n1\n")
    with (
        database_tables.open_database(DatabaseSource(connection="duck", table="readings")) as engine,
        pytest.raises(InputError, match="not allowed"),
    ):
        engine.run(
            lambda: engine.backend.con.execute("SELECT * FROM read_csv($1)", [f"{files}/other.csv"]), stage=""
        )


@pytest.mark.parametrize("engine", ["bigquery", "snowflake", "trino", "databricks", "mysql"])
def test_an_engine_that_is_not_installed_is_told_with_what_installs_it(secrets, engine):
    secrets.write_text(f'[connections.far]\ntype = "{engine}"\n')
    assert list_connections() == ["far"]
    with pytest.raises(InputError, match=rf"pip install 'ibis-framework\[{engine}\]'"):
        list_tables("far")


def test_the_projects_own_secrets_are_looked_for_beside_app_py():
    assert (connections._ROOT / "app.py").is_file()
