"""Sonify Data with tables beyond memory: the server's files and the host's databases."""

import numpy as np
import pandas as pd
import pytest

from core.sonify.job import PlayedTable
from core.tables.engine.large_tables import AggregatedTable
from tests.pages.conftest import new_page, open_page, shown
from tests.postgres_server import serve

PAGE = "sonify_data.py"


@pytest.fixture
def offered(tmp_path, monkeypatch):
    """A folder that the host offers: a Parquet file, and a folder of text in two cities."""
    place = np.arange(5_000)
    hours = pd.Timestamp("2001-01-01") + pd.to_timedelta(place, unit="h")
    folder = tmp_path / "data"
    (folder / "long").mkdir(parents=True)
    pd.DataFrame({"time": hours, "level": place / 4}).to_parquet(folder / "rows.parquet")
    for part in range(2):
        rows = [
            f"{hour:%Y-%m-%d %H:%M},{city},{value}"
            for hour, value in zip(hours[part * 2_500 : (part + 1) * 2_500], place, strict=False)
            for city in ("Oslo", "Rome")
        ]
        (folder / "long" / f"{part}.csv").write_text("time,city,level\n" + "\n".join(rows) + "\n")
    (folder / "out").symlink_to("/etc")
    monkeypatch.setenv("SONOSCOPE_DATA", str(folder))
    monkeypatch.setenv("HOME", str(tmp_path))
    return folder


def words(at):
    return " ".join(each.value for kind in (at.caption, at.markdown, at.info) for each in kind)


def test_without_a_folder_and_connections_there_are_neither(monkeypatch, tmp_path):
    monkeypatch.delenv("SONOSCOPE_DATA", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    at = open_page(PAGE)
    assert at.segmented_control(key="sonify.source").options == ["Example", "Upload", "Paste"]


def test_a_file_of_the_server_is_heard(offered):
    at = open_page(PAGE, sonify__source="Server files", sonify__server_file="rows.parquet")
    assert not at.exception
    assert not at.error
    assert "5,000 rows" in words(at)
    assert "5,000 rows were aggregated to 300 points" in words(at)
    assert "300 points, one note each" in words(at)
    points = shown(PlayedTable).sonification.voices[0].points
    assert points["n_rows"].sum() == 5_000
    assert points["value"].is_monotonic_increasing


def test_a_folder_of_the_server_is_split_by_its_labels(offered):
    at = open_page(PAGE, sonify__source="Server files", sonify__server_file="long/")
    assert not at.exception
    assert at.multiselect(key="sonify.labels").value == ["Oslo", "Rome"]
    assert [voice.name for voice in shown(PlayedTable).sonification.voices] == ["Oslo", "Rome"]
    at.multiselect(key="sonify.labels").set_value(["Rome"]).run()
    assert [voice.name for voice in shown(PlayedTable).sonification.voices] == ["Rome"]


def test_another_instrument_asks_the_engine_for_nothing(offered, monkeypatch):
    at = open_page(PAGE, sonify__source="Server files", sonify__server_file="rows.parquet")
    former = shown(AggregatedTable)
    monkeypatch.setattr("core.sonify.large_job.aggregate", lambda *_, **__: pytest.fail("asked again"))
    at.selectbox(key="sonify.scale").set_value("dorian").run()
    assert not at.exception
    assert shown(AggregatedTable) is former


def test_a_file_that_has_gone_is_a_sentence(offered):
    at = open_page(PAGE, sonify__source="Server files", sonify__server_file="rows.parquet")
    (offered / "rows.parquet").unlink()
    at.run()
    assert "rows.parquet no longer exists" in " ".join(each.value for each in at.error)
    assert not at.exception


def test_a_file_of_a_folder_that_was_written_anew_is_looked_at_again(offered):
    at = open_page(PAGE, sonify__source="Server files", sonify__server_file="long/")
    former = shown(PlayedTable).sonification.voices[0].points["value"].max()
    file = offered / "long" / "1.csv"
    file.write_text(file.read_text() + "2001-08-01 00:00,Oslo,90000\n")
    at.run()
    assert not at.error
    assert shown(PlayedTable).sonification.voices[0].points["value"].max() > former


def test_no_name_leads_out_of_the_folder(offered):
    at = open_page(PAGE, sonify__source="Server files")
    assert sorted(at.selectbox(key="sonify.server_file").options) == [
        "long/",
        "long/0.csv",
        "long/1.csv",
        "rows.parquet",
    ]
    at = new_page(PAGE, sonify__source="Server files", sonify__server_file="../../etc/passwd").run()
    assert not at.exception
    assert at.selectbox(key="sonify.server_file").value in at.selectbox(key="sonify.server_file").options


@pytest.fixture(scope="module")
def server():
    with serve(
        "CREATE TABLE readings AS SELECT timestamp '2001-01-01' + i * interval '1 hour' AS time, i / 4.0 AS level "
        "FROM generate_series(0, 9999) AS i"
    ) as started:
        yield started


@pytest.fixture
def lab(server, tmp_path, monkeypatch):
    folder = tmp_path / ".streamlit"
    folder.mkdir()
    (folder / "secrets.toml").write_text(f'[connections.lab]\ntype = "sql"\nurl = "{server.url}"\n')
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("SONOSCOPE_DATA", raising=False)
    return server


def test_a_table_of_a_database_is_heard(lab):
    at = open_page(PAGE, sonify__source="Database")
    assert not at.exception
    assert not at.error
    assert at.selectbox(key="sonify.database_table").value == "readings"
    assert "10,000 rows were aggregated to 300 points" in words(at)


def test_a_select_is_heard_and_one_that_writes_is_refused(lab):
    at = open_page(PAGE, sonify__source="Database")
    at.segmented_control(key="sonify.database_way").set_value("SELECT").run()
    assert "runs read-only" in words(at)
    at.text_area(key="sonify.select").set_value(
        "select time, level * 2 as double from readings where level < 100"
    ).run()
    assert not at.error
    assert [voice.name for voice in shown(PlayedTable).sonification.voices] == ["double"]
    for wrong, said in (
        ("delete from readings", "This is not a SELECT statement"),
        ("select pg_sleep(9)", "not allowed"),
        ("select 1; select 2", "2 statements"),
    ):
        at.text_area(key="sonify.select").set_value(wrong).run()
        assert said in " ".join(each.value for each in at.error)
        assert not at.exception
