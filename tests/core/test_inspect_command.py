"""``python -m core inspect`` of MIDI files, scores and sounds: a line of JSON each, or words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.__main__ import main
from tests.core.audio.awkward_sounds import SOUNDS
from tests.core.music.awkward_midi import MIDI
from tests.core.music.awkward_scores import ABC


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "two.mid").write_bytes(MIDI["overlapping equal pitches"].data)
    (tmp_path / "two.bin").write_bytes(MIDI["RIFF"].data)
    (tmp_path / "song.abc").write_bytes(ABC["first and second ending"].data)
    (tmp_path / "tone.mp3").write_bytes(SOUNDS["MP3, zeros before the frames"]())
    (tmp_path / "bad.krn").write_bytes(b"nothing")
    (tmp_path / "t.csv").write_text("year,rain\n2001,80\n2002,30\n2003,55\n")
    return tmp_path


def test_each_kind_of_file_has_its_line_of_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = ["two.mid", "two.bin", "song.abc", "tone.mp3", "bad.krn", "t.csv"]
    assert main(["inspect", *(str(folder / name) for name in names), "--json"]) == 0
    midi, riff, tune, sound, bad, table = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert midi == {
        "file": "two.mid",
        "error": None,
        "kind": "midi",
        "notes": [[60, 0.0, 1.0], [60, 0.5, 1.5]],
        "told": [],
    }
    assert (riff["kind"], len(riff["notes"])) == ("midi", 4)
    assert (tune["kind"], tune["pitches"]) == ("tune", [60, 62, 64, 60, 62, 65])
    assert "Repeats" in tune["told"][0]
    assert sound["kind"] == "sound"
    assert sound["duration_sec"] == pytest.approx(2.0, abs=0.12)
    assert bad["file"] == "bad.krn"
    assert "not a kern file" in bad["error"]
    assert table["suggested"] == ["rain"]


def test_words_say_the_same(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", *(str(folder / name) for name in ("two.mid", "song.abc", "tone.mp3"))]) == 0
    told = capsys.readouterr().out
    assert "two.mid: 2 notes in 1.5 s" in told
    assert "song.abc: a melody of 6 notes: C4 D4 E4 C4 D4 F4" in told
    assert "tone.mp3: a sound of 2." in told


def test_a_single_file_that_cannot_be_read_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["inspect", str(folder / "bad.krn")]) == 1
    assert "not a kern file" in capsys.readouterr().err
