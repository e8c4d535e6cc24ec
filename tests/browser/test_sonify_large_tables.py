"""The Sonify page in a real Chromium: a table of a PostgreSQL database and a folder of the server are opened and heard."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from core.music import midi
from tests.browser.conftest import ROOT, download, rerun, running_app, wait_until_done
from tests.postgres_server import PASSWORD, Server, serve

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A database of readings that rise, and of two cities."""
    with serve(
        "CREATE TABLE readings AS SELECT timestamp '2001-01-01' + i * interval '1 minute' AS time, "
        "(i / 100)::numeric AS level, (ARRAY['Oslo', 'Rome'])[1 + i % 2] AS city FROM generate_series(0, 199999) AS i"
    ) as started:
        yield started


@pytest.fixture(scope="module")
def host(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app of a host that offers a folder and a database."""
    home = tmp_path_factory.mktemp("home")
    (home / ".streamlit").mkdir()
    (home / ".streamlit" / "secrets.toml").write_text(
        f'[connections.lab]\ntype = "sql"\nurl = "{server.url}"\n'
    )
    data = home / "data" / "years"
    data.mkdir(parents=True)
    for year in range(2001, 2005):
        days = pd.date_range(f"{year}-01-01", f"{year}-12-31", freq="D")
        frame = pd.DataFrame({"day": days, "depth": np.arange(len(days)) + 400.0 * (2005 - year)})
        frame.to_parquet(data / f"{year}.parquet")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(home))
        patch.setenv("SONOSCOPE_DATA", str(home / "data"))
        with running_app(ROOT / "app.py") as address:
            yield address


def notes(page: Page) -> dict[str, list[int]]:
    """The notes of each voice, as the MIDI file has them."""
    read = midi.from_bytes(download(page, "MIDI"))
    return {track.name: [note.pitch for note in track.notes] for track in read.instruments}


def test_a_table_of_a_postgresql_database_is_opened_and_heard(page: Page, host: str, server: Server) -> None:
    page.goto(f"{host}/sonify_data?sonify.duration=6")
    wait_until_done(page)
    with rerun(page):
        page.get_by_text("Database", exact=True).click()
    wait_until_done(page)
    main = page.get_by_test_id("stMain")
    assert "200,000 rows were aggregated to 300 points" in main.inner_text()
    heard = notes(page)["level"]
    assert len(heard) == 300
    assert heard == sorted(heard)
    assert PASSWORD not in page.content()
    # Nothing is left in the database.
    assert not server.run("SELECT pid FROM pg_stat_activity WHERE application_name = 'sonoscope'")


def test_a_select_is_heard_and_one_that_waits_is_refused(page: Page, host: str, server: Server) -> None:
    page.goto(f"{host}/sonify_data?sonify.duration=6&sonify.source=Database")
    wait_until_done(page)
    main = page.get_by_test_id("stMain")
    page.get_by_text("SELECT", exact=True).click()
    expect(main).to_contain_text("runs read-only")
    field = page.get_by_role("textbox", name="SELECT statement")
    for statement, said in (
        ("select pg_sleep(60)", "not allowed here"),
        ("select time, -level as sinking from readings", "200,000 rows were aggregated to 300 points"),
    ):
        field.fill(statement)
        field.press("Control+Enter")
        expect(main).to_contain_text(said)
    wait_until_done(page)
    heard = notes(page)["sinking"]
    assert heard == sorted(heard, reverse=True)


def test_a_folder_of_the_server_is_heard_as_one_table(page: Page, host: str) -> None:
    page.goto(f"{host}/sonify_data?sonify.duration=6&sonify.source=Server+files&sonify.server_file=years%2F")
    wait_until_done(page)
    assert "1,461 rows" in page.get_by_test_id("stMain").inner_text()
    heard = notes(page)["depth"]
    assert len(heard) > 250
    assert heard[0] > heard[-1]
