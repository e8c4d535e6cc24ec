"""Melody and Piece in a real Chromium: composed from a visitor's table, and the data are in what comes out."""

import dataclasses
import json
import re

import numpy as np
import pandas as pd
import pytest

from core.music import midi
from core.music.scales import SCALES, scale_pitches
from core.sonify.direct_mapping import sonify
from core.sonify.settings import Settings
from core.tables.table import read_table
from tests.browser.conftest import download, grave_findings, phone_overflow, rerun, write_readings

pytestmark = pytest.mark.browser
NILE = "sonify.example=Flow+of+the+Nile,+1871+to+1970"
# What stands on the page when a mode's result is complete.
READY = {"melody": "real melodies:", "piece": "Melody level"}
LABELS = {"melody": "Melody", "piece": "Full arrangement"}


@pytest.fixture
def table(tmp_path):
    return write_readings(tmp_path, np.random.default_rng(4).normal(0, 5, 40).cumsum())


def choose_mode(page, mode: str) -> None:
    page.get_by_test_id("stSidebar").locator("label").get_by_text(LABELS[mode], exact=True).click()
    wait_for(page, mode)


def wait_for(page, mode: str) -> None:
    page.get_by_text(READY[mode]).first.wait_for()
    page.locator("[data-test-script-state=notRunning]").wait_for()


def test_a_melody_and_a_piece_are_composed_from_an_uploaded_table(page, app_url, table):
    path, frame = table
    page.goto(f"{app_url}/sonify_data?sonify.source=Upload&sonify.duration=12&sonify.mode=melody")
    page.locator("input[type=file]").first.set_input_files(str(path))
    wait_for(page, "melody")
    (track,) = midi.from_bytes(download(page, "MIDI")).instruments
    pitches = pd.Series([note.pitch for note in track.notes])
    assert len(pitches) == len(frame)
    assert pitches.corr(frame["reading"], method="spearman") >= 0.95
    assert set(pitches) <= set(scale_pitches("C", "major", 36, 84))

    choose_mode(page, "piece")
    data, *others = midi.from_bytes(download(page, "MIDI")).instruments
    settings = Settings.from_json(download(page, "Settings"))
    assert (settings.mode, settings.voices[0].low, settings.voices[0].high) == ("piece", 60, 91)
    mapped = sonify(
        read_table(path.read_bytes(), name=path.name), dataclasses.replace(settings, mode="direct")
    )
    wanted = [note.pitch for note in mapped.midi.instruments[0].notes]
    assert [note.pitch for note in sorted(data.notes, key=lambda note: note.start)] == wanted
    assert {track.name for track in others} <= {"Accompaniment", "Bass"}
    composed = [note.pitch % 12 for track in others for note in track.notes]
    assert len(composed) > 20 and set(composed) <= set(SCALES["major"])


def test_a_link_reproduces_what_was_composed(visit, app_url):
    page = visit.open(f"{app_url}/sonify_data?{NILE}&sonify.duration=8&sonify.mode=melody")
    for mode in READY:
        choose_mode(page, mode)
        with rerun(page):
            page.get_by_role("button", name="New version").click()
        page.wait_for_url(re.compile("sonify.seed="))
        wait_for(page, mode)
        first = download(page, "MIDI")
        again = visit.open(page.url)
        wait_for(again, mode)
        assert download(again, "MIDI") == first
        again.close()


def test_a_change_while_the_network_composes_wins(visit, app_url):
    page = visit.open(f"{app_url}/sonify_data?{NILE}&sonify.mode=melody&sonify.takes=8&sonify.n_notes=100")
    button = page.get_by_role("button", name="New version")
    button.wait_for()
    with rerun(page):
        for _ in range(3):
            button.click()
            page.wait_for_timeout(150)  # Long enough that a run begins, and too short for it to end.
    wait_for(page, "melody")
    shown = page.get_by_test_id("stSidebar").get_by_role("spinbutton", name="Seed").input_value()
    assert json.loads(download(page, "Settings"))["settings"]["seed"] == int(shown)


@pytest.mark.parametrize("scheme", ["dark"])  # pages in both: test_every_page
def test_axe_finds_nothing_serious_and_a_phone_needs_no_sideways_scrolling(visit, app_url, scheme):
    page = visit.open(
        f"{app_url}/sonify_data?{NILE}&sonify.duration=8&sonify.mode=melody", color_scheme=scheme
    )
    for mode in READY:
        page.set_viewport_size({"width": 1280, "height": 900})
        choose_mode(page, mode)
        cards = page.get_by_text("Training data").first
        if not cards.is_visible():
            page.get_by_text("Model details").click()
        cards.wait_for()
        assert grave_findings(page) == [], mode
        assert phone_overflow(page) == 0
