"""The Sonify page in a real Chromium: a stranger's long or wide table is heard as its series, and put right with one click."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Locator, Page

from core.music import midi
from tests.browser.conftest import (
    download,
    grave_findings,
    phone_overflow,
    rerun,
    wait_until_done,
    wait_until_still,
)

pytestmark = pytest.mark.browser

DAYS = pd.date_range("2023-01-01", periods=30, freq="D").strftime("%Y-%m-%d")
OSLO = [round(-4 + 0.6 * day - 0.3 * (day % 4), 1) for day in range(30)]
ROME = [round(19 - 0.4 * day + 0.5 * (day % 3), 1) for day in range(30)]


@pytest.fixture
def cities(tmp_path: Path) -> Path:
    """A long table: a day, a city and its temperature in each row."""
    rows = [
        f"{day},{city},{value}"
        for day, oslo, rome in zip(DAYS, OSLO, ROME, strict=True)
        for city, value in (("Oslo", oslo), ("Rome", rome))
    ]
    path = tmp_path / "cities.csv"
    path.write_text("date,city,temp\n" + "\n".join(rows) + "\n")
    return path


@pytest.fixture
def countries(tmp_path: Path) -> Path:
    """A file as the World Bank gives it: lines above the header, a column a year, empty years, a comma at each end."""
    years = range(1960, 2000)
    lines = [
        '"Data Source","World Development Indicators",',
        "",
        '"Last Updated Date","2024-05-30",',
        "",
        '"Country Name","Country Code","Indicator Name","Indicator Code",'
        + "".join(f'"{year}",' for year in years),
    ]
    for place, (name, code) in enumerate([("Norway", "NOR"), ("Peru", "PER"), ("Chad", "TCD")]):
        cells = "".join(
            '"",' if year < 1960 + 3 * place else f'"{40 + place + 0.31 * (year - 1960)}",' for year in years
        )
        lines.append(f'"{name}","{code}","Life expectancy at birth, total (years)","SP.DYN.LE00.IN",{cells}')
    path = tmp_path / "API_SP.DYN.LE00.IN.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def upload(page: Page, app_url: str, *paths: Path) -> None:
    page.goto(f"{app_url}/sonify_data?sonify.source=Upload&sonify.duration=6")
    page.locator("input[type=file]").first.set_input_files([str(path) for path in paths])
    wait_until_done(page)


def tracks(page: Page) -> dict[str, list[int]]:
    """The notes of each voice, as the MIDI file has them."""
    return {
        track.name: [note.pitch for note in track.notes]
        for track in midi.from_bytes(download(page, "MIDI")).instruments
    }


def labels_of(page: Page) -> Locator:
    """The box in which the labels are chosen."""
    return page.get_by_test_id("stMultiSelect").filter(has=page.get_by_text("Labels", exact=True))


def panel_of(page: Page) -> Locator:
    """How the table was read."""
    return page.get_by_test_id("stExpander").filter(has=page.get_by_text("How the table was read"))


def test_two_cities_of_a_long_table_are_heard_as_two_voices(page, app_url, cities):
    upload(page, app_url, cities)
    voices = tracks(page)
    assert list(voices) == ["Oslo", "Rome"]
    assert pd.Series(voices["Oslo"], dtype=float).corr(pd.Series(OSLO), method="spearman") > 0.97
    assert pd.Series(voices["Rome"], dtype=float).corr(pd.Series(ROME), method="spearman") > 0.97
    player = page.get_by_test_id("stMain")
    assert player.get_by_text("Oslo, Rome", exact=True).count() >= 1
    with rerun(page):
        labels_of(page).get_by_role("button", name="Remove Oslo").click()
    wait_until_done(page)
    assert list(tracks(page)) == ["Rome"]
    assert "sonify.labels=Rome" in page.url


def test_a_country_of_a_world_bank_file_is_heard(page, app_url, countries):
    upload(page, app_url, countries)
    voices = tracks(page)
    assert set(voices) == {"Norway", "Peru", "Chad"}
    assert [len(voices[name]) for name in ("Norway", "Peru", "Chad")] == [40, 37, 34]
    assert voices["Norway"] == sorted(voices["Norway"])
    assert "1960" in panel_of(page).inner_text()


def test_a_wrong_guess_is_put_right_with_one_click(page, app_url, countries):
    upload(page, app_url, countries)
    with rerun(page):
        panel_of(page).get_by_text("as in the file", exact=True).click()
    wait_until_done(page)
    assert "Norway" not in tracks(page)
    with rerun(page):
        panel_of(page).get_by_role("button", name="Undo the last change").click()
    wait_until_done(page)
    assert "Norway" in tracks(page)


def test_a_placeholder_is_a_gap_until_one_click_makes_it_a_value(page, app_url, tmp_path):
    path = tmp_path / "levels.csv"
    values = [str(round(20 + day % 7 + day / 10, 1)) for day in range(30)]
    values[4] = values[11] = values[20] = "-9999"
    rows = zip(DAYS, values, strict=True)
    path.write_text("date,level\n" + "".join(f"{day},{value}\n" for day, value in rows))
    upload(page, app_url, path)
    assert len(tracks(page)["level"]) == 27
    told = panel_of(page)
    assert "-9999" in told.inner_text()
    row = told.get_by_test_id("stHorizontalBlock").filter(has_text="-9999")
    with rerun(page):
        row.get_by_test_id("stRadio").locator("label").last.click()
    wait_until_done(page)
    assert len(tracks(page)["level"]) == 30


def test_two_files_are_heard_as_one_table(page, app_url, tmp_path):
    paths = []
    for name, values in (("oslo", OSLO), ("rome", ROME)):
        path = tmp_path / f"{name}.csv"
        path.write_text(f"date,{name}\n" + "".join(f"{d},{v}\n" for d, v in zip(DAYS, values, strict=True)))
        paths.append(path)
    upload(page, app_url, *paths)
    assert "2 files were joined" in panel_of(page).inner_text()
    assert len(tracks(page)) >= 1


@pytest.mark.parametrize("scheme", ["dark"])  # pages in both: test_every_page
def test_the_panel_can_be_used_by_everybody(visit, app_url, countries, scheme):
    page = visit.open("about:blank", color_scheme=scheme)
    upload(page, app_url, countries)
    wait_until_still(page)
    assert grave_findings(page) == []
    if scheme == "light":
        assert phone_overflow(page) <= 0
