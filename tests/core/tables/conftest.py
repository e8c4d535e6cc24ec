"""A PostgreSQL server for the tests of databases, and a secrets file that names it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.postgres_server import Server, serve


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A server with one table of ten thousand readings in two cities."""
    with serve(
        "CREATE TABLE readings AS SELECT timestamptz '2001-01-01 00:00+02' + i * interval '1 hour' AS time, "
        "(i / 100)::numeric(9, 3) AS level, i % 7 = 0 AS wet, make_interval(secs => i % 60) AS lag, "
        "(ARRAY['Oslo', 'Rome'])[1 + i % 2] AS city, ARRAY[i] AS nested FROM generate_series(0, 9999) AS i",
        "CREATE SCHEMA annex",
        "CREATE TABLE annex.few AS SELECT * FROM readings ORDER BY time LIMIT 12",
    ) as server:
        yield server


@pytest.fixture
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The host's secrets file, empty, in a working folder of the test's own."""
    folder = tmp_path / "host" / ".streamlit"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder.parent)
    monkeypatch.setenv("HOME", str(tmp_path))
    yield folder / "secrets.toml"
