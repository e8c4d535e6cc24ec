"""The kern file of the Folk page, as its button gives it, is read by Verovio and by the reader of beginnings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import verovio

from core.music.tune_files import read_tune
from pages.components.shared import downloads
from tests.pages.conftest import errors
from tests.pages.folk.test_folk_page import open_folk, result


@pytest.mark.parametrize(
    "settings",
    [
        {"bars": "4", "chords": "false"},
        {"form": "AABB", "chords": "true"},
    ],
)
def test_kern_from_the_page_holds_the_bars_and_notes_of_its_tune(
    settings: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    offered: dict[str, Callable[[], bytes]] = {}

    def offer(extension: str, make: Callable[[], bytes], **_: object) -> None:
        offered[extension] = make

    monkeypatch.setattr(downloads, "download_button", offer)
    at = open_folk(count="1", **settings)
    assert errors(at) == []
    tune, data = result().tune, offered["krn"]()
    # The module sets this for the thread alone that imports it first, which in a long run of tests is another one.
    verovio.setDefaultResourcePath(str(Path(verovio.__file__).parent / "data"))
    reader = verovio.toolkit()
    reader.setInputFrom("humdrum")
    assert reader.loadData(data.decode()) and reader.getLog() == ""
    played, notes = read_tune(data, "tune.krn")
    assert notes == []
    assert played.pitches == tune.pitches and played.meters == tune.meters
    assert [note.onset_tick for note in played.events] == [note.onset_tick for note in tune.events]
    assert [chord.name for chord in played.chords] == [chord.name for chord in tune.chords]
    assert bool(tune.chords) == (settings.get("chords") == "true")
