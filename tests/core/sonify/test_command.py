"""``python -m core sonify``: MIDI, sound, report and settings of a table agree."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from core import audio
from core.__main__ import main
from core.music import midi

CSV = "day,a,b\n2024-01-01,1,9\n2024-01-02,5,8\n2024-01-03,,7\n2024-01-04,3,1\n"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "data.csv"
    path.write_text(CSV)
    return path


def test_a_table_becomes_midi_wav_and_report(table, tmp_path, capsys):
    out = tmp_path / "o"
    chosen = "--time day --value a,b --notes 10 --scale major --key D --seed 0 --duration 4 --engine embedded"
    files = ["--midi", f"{out}.mid", "--wav", f"{out}.wav", "--report", f"{out}.json"]
    assert main(["sonify", str(table), *chosen.split(), *files]) == 0
    assert "a: 3 notes" in capsys.readouterr().out
    tracks = midi.from_bytes(Path(f"{out}.mid").read_bytes()).instruments
    assert [track.name for track in tracks] == ["a", "b"]
    told = json.loads(Path(f"{out}.json").read_text())
    points = told["voices"][0]["points"]
    assert [point["row"] for point in points] == [0, 1, 3]
    assert [point["value"] for point in points] == [1.0, 5.0, 3.0]
    assert [note.pitch for note in tracks[0].notes] == [point["pitch"] for point in points]
    assert told["voices"][0]["fidelity"]["spearman"] == pytest.approx(1.0)
    sound = audio.decode(Path(f"{out}.wav").read_bytes())
    assert sound.sr == 44_100 and np.abs(sound.y).max() > 0.01


def test_saved_settings_make_the_same_midi(table, tmp_path):
    first, second, saved = tmp_path / "1.mid", tmp_path / "2.mid", tmp_path / "s.json"
    chosen = ["--value", "b", "--scale", "dorian", "--invert", "--take", "4"]
    main(["sonify", str(table), *chosen, "--midi", str(first), "--save-settings", str(saved)])
    assert json.loads(saved.read_text())["takes"] == 4
    main(["sonify", str(table), "--settings", str(saved), "--midi", str(second)])
    assert first.read_bytes() == second.read_bytes()


def test_settings_of_an_example_need_no_file_and_others_name_theirs(tmp_path, capsys):
    path, out = tmp_path / "s.json", tmp_path / "r.json"
    settings = {"voices": [{"column": "flow"}], "n_notes": 12}
    path.write_text(json.dumps({"sonoscope": "sonify", "data": {"example": "nile"}, "settings": settings}))
    assert main(["sonify", "--settings", str(path), "--report", str(out)]) == 0
    assert capsys.readouterr().out.startswith("flow: 12 notes")
    data = {"name": "mine.csv", "sha256": "ef" * 32}
    path.write_text(json.dumps({"sonoscope": "sonify", "data": data, "settings": settings}))
    assert main(["sonify", "--settings", str(path)]) == 1
    assert "a table that is not in them (“mine.csv”, SHA-256 efef" in capsys.readouterr().err
    assert main(["sonify"]) == 1
    assert "Name a table" in capsys.readouterr().err


def test_a_column_with_a_comma_in_its_name_is_found_whole(tmp_path):
    path, out = tmp_path / "c.csv", tmp_path / "c.json"
    path.write_text('"x, y",z\n1,2\n2,3\n')
    assert main(["sonify", str(path), "--value", "x, y", "--report", str(out)]) == 0
    assert [voice["column"] for voice in json.loads(out.read_text())["voices"]] == ["x, y"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--value", "nope"], "There is no column 'nope'"),
        (["--notes", "0"], "The maximum number of notes was 0"),
        (["--scale", "polka"], "The scale was 'polka'"),
        (["--value", "a,b,a,b,a"], "5 voices were chosen"),
    ],
)
def test_a_wrong_choice_is_one_sentence_and_no_file(table, tmp_path, capsys, arguments, sentence):
    out = tmp_path / "x.mid"
    assert main(["sonify", str(table), *arguments, "--midi", str(out)]) == 1
    assert sentence in capsys.readouterr().err
    assert not out.exists()


def test_the_file_keeps_its_order_without_a_column_of_time(table, tmp_path):
    out = tmp_path / "o.json"
    assert main(["sonify", str(table), "--time", "", "--report", str(out)]) == 0
    assert json.loads(out.read_text())["settings"]["time"] is None


def test_a_table_that_is_too_large_for_memory_is_read_by_the_engine(table, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("core.tables.engine.large_files.is_large", lambda path: True)
    assert main(["sonify", str(table)]) == 0
    assert "rank correlation" in capsys.readouterr().out
    # Only what the engine reads: of a workbook nothing can be left where it lies.
    workbook = tmp_path / "large.xlsx"
    workbook.write_bytes(b"PK\x03\x04 a large workbook")
    assert main(["sonify", str(workbook)]) == 1
    assert "neither CSV text nor Parquet" in capsys.readouterr().err


def test_an_example_is_heard_by_its_name(capsys):
    assert main(["sonify", "example:nile", "--notes", "10"]) == 0
    assert capsys.readouterr().out.startswith("flow: 10 notes")
    assert main(["sonify", "example:amazon"]) == 1
    assert "There is no example 'amazon'. There are: co2" in capsys.readouterr().err


def test_a_missing_file_is_one_line(tmp_path, capsys):
    assert main(["sonify", str(tmp_path / "none.csv")]) == 1
    assert "No such file" in capsys.readouterr().err


def run(table: Path, out: Path, *more: str) -> tuple[list[str], dict]:
    """Sonify the column a of a longer table; the tracks' names and the report."""
    rows = "\n".join(f"{i},{(i * 7) % 11 + i / 9:.3f}" for i in range(24))
    table.write_text(f"t,a\n{rows}\n")
    command = ["sonify", str(table), "--time", "t", "--value", "a", "--duration", "8", "--engine", "embedded"]
    assert main([*command, *more, "--midi", f"{out}.mid", "--report", f"{out}.json"]) == 0
    tracks = midi.from_bytes(Path(f"{out}.mid").read_bytes()).instruments
    return [track.name for track in tracks], json.loads(Path(f"{out}.json").read_text())


def test_a_melody_is_composed_from_the_shell(table, tmp_path, capsys):
    names, told = run(
        table, tmp_path / "m", "--mode", "melody", "--fidelity", "0.7", "--takes", "2", "--take", "2"
    )
    assert names == ["a"]
    assert re.search(r"melody (more|less) predictable than real ones \(surprise \d", capsys.readouterr().out)
    takes = told["composition"]["takes"]
    assert len(takes) == 2
    assert [point["pitch"] for point in told["voices"][0]["points"]] == takes[1]["pitches"][0]
    assert told["settings"]["fidelity"] == 0.7


def test_a_piece_is_composed_from_the_shell_above_which_the_data_lie(table, tmp_path, capsys):
    names, told = run(
        table, tmp_path / "p", "--mode", "piece", "--bars", "6", "--meter", "3/4", "--density", "2"
    )
    assert names[0] == "a" and "Accompaniment" in names
    assert "notes in 6 bars" in capsys.readouterr().out
    assert told["composition"]["n_bars"] == 6 and told["composition"]["bar_quarters"] == 3
    rest = told["composition"]["accompaniment"]
    assert rest["in_key"] == 1.0 and rest["margin_db"] >= 6.0
    assert {"onset_sec", "duration_sec", "pitch", "velocity", "is_bass"} <= set(rest["notes"][0])
    assert min(point["pitch"] for point in told["voices"][0]["points"]) == 60  # the mode's own range


def test_a_choice_that_does_not_fit_the_mode_is_a_sentence(table, capsys):
    assert main(["sonify", str(table), "--mode", "melody", "--scale", "continuous"]) == 1
    assert "needs a scale with steps" in capsys.readouterr().err
    assert main(["sonify", str(table), "--mode", "piece", "--density", "3", "--bars", "0"]) == 1
    assert "The length was 0" in capsys.readouterr().err


def test_a_table_becomes_a_picture_with_its_title_and_source(table, tmp_path):
    picture = tmp_path / "p.svg"
    chosen = [
        "--time",
        "day",
        "--value",
        "a,b",
        "--duration",
        "1",
        "--engine",
        "embedded",
        "--film-size",
        "1080x1080",
    ]
    assert main(["sonify", str(table), *chosen, "--picture", str(picture), "--title", "Rain & sun"]) == 0
    svg = picture.read_text()
    assert ">Rain &amp; sun</text>" in svg and ">Source: data.csv</text>" in svg
    assert (
        ">January 1, 2024 to January 4, 2024 · up to 4 notes per voice</text>" in svg
        and 'width="1080"' in svg
    )
