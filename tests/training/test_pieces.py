"""Reading pieces: who sings, who accompanies, where the beat is, and what belongs together."""

import json
from pathlib import Path

import numpy as np
import pretty_midi
import pytest

from training.sonify.prepare import Piece, find_pieces, read_pieces, skyline, split
from training.splits import families, split_of

TUNE = [60, 62, 64, 65, 67, 65, 64, 62, 60, 64, 67, 72, 71, 67, 64, 60]


def write(path: Path, tracks: dict[str, list[tuple[float, float, int, int]]], tempo: float = 120.0) -> Path:
    """A MIDI file; notes are (start, length, pitch, velocity) in quarters."""
    midi = pretty_midi.PrettyMIDI(resolution=480, initial_tempo=tempo)
    quarter = 60 / tempo
    for name, notes in tracks.items():
        track = pretty_midi.Instrument(program=0, name=name)
        for start, length, pitch, velocity in notes:
            track.notes.append(pretty_midi.Note(velocity, pitch, start * quarter, (start + length) * quarter))
        midi.instruments.append(track)
    path.parent.mkdir(parents=True, exist_ok=True)
    midi.write(str(path))
    return path


def melody(pitches: list[int], shift: float = 0.0) -> list[tuple[float, float, int, int]]:
    return [(i * 0.5 + shift, 0.5, pitch, 80) for i, pitch in enumerate(pitches)]


def piece_of(pitches: list[int], key: str) -> Piece:
    notes = np.array([[i * 6, 6, pitch, 80] for i, pitch in enumerate(pitches)])
    return Piece(source="midi", key=key, melody=notes, rest=np.empty((0, 4), dtype=np.int64), bar=48)


def test_a_folk_melody_is_read_note_for_note(tmp_path):
    write(tmp_path / "nottingham" / "a.mid", {"": melody(TUNE)})
    (piece,), unusable = read_pieces(tmp_path)
    assert (piece.source, piece.key, unusable) == ("nottingham", "nottingham/a.mid", [])
    assert piece.melody[:, 2].tolist() == TUNE
    assert piece.melody[:, 0].tolist() == [i * 6 for i in range(len(TUNE))]
    assert len(piece.rest) == 0


def test_a_song_whose_grid_begins_late_is_put_on_its_bars(tmp_path):
    # Chords on every bar, 0.35 of a quarter after the file's own beats.
    chords = [(bar * 4 + 0.35, 2.0, pitch, 70) for bar in range(4) for pitch in (36, 48, 52, 55)]
    write(tmp_path / "pop909" / "001.mid", {"MELODY": melody(TUNE, 0.35), "BRIDGE": [], "PIANO": chords})
    (piece,), _ = read_pieces(tmp_path)
    assert piece.melody[:, 2].tolist() == TUNE
    assert set(piece.melody[:, 0] % 6) == {0}
    assert set(piece.rest[:, 0] % 48) == {0}
    assert len(piece.rest) == 16


def test_the_top_voice_of_a_piano_piece_is_its_melody():
    notes = np.array([(0.0, 1.0, 72, 80), (0.0, 1.0, 60, 60), (0.5, 0.5, 64, 60), (1.0, 1.0, 74, 80)])
    top, rest = skyline(notes)
    assert top[:, 2].tolist() == [72, 74]
    assert rest[:, 2].tolist() == [60, 64]


def test_a_file_that_is_no_midi_is_named_and_skipped(tmp_path):
    write(tmp_path / "good.mid", {"": melody(TUNE)})
    (tmp_path / "broken.mid").write_bytes(b"MThd\x00\x00\x00\x06 cut short")
    (tmp_path / "empty.mid").write_bytes(b"")
    write(tmp_path / "short.mid", {"": melody(TUNE[:3])})
    pieces, unusable = read_pieces(tmp_path)
    assert [piece.key for piece in pieces] == ["midi/good.mid"]
    assert sorted(unusable) == ["midi/broken.mid", "midi/empty.mid", "midi/short.mid"]


def test_both_versions_of_a_sonatina_share_their_key(tmp_path):
    name = "clementi_opus36_1_1.mid"
    write(tmp_path / "piano_midi_de" / "midis" / "Clementi" / name, {"": melody(TUNE)})
    write(tmp_path / "clementi_uvashisth" / name, {"": melody(TUNE)})
    keys = {key for _, _, key in find_pieces(tmp_path)}
    assert keys == {f"piano_midi_de/midis/Clementi/{name}"}


def test_near_identical_tunes_are_one_family_even_in_another_key():
    rng = np.random.default_rng(0)
    other = (60 + np.cumsum(rng.integers(-4, 5, 40))).tolist()
    varied = [*[pitch + 5 for pitch in TUNE * 2], 60, 61, 62]
    found = families([TUNE * 2, varied, other], ["b", "a", "c"])
    assert found == ["a", "a", "c"]


def test_the_split_keeps_families_together_and_is_the_same_every_time():
    pieces = [
        piece_of((60 + np.cumsum(np.random.default_rng(i).integers(-3, 4, 30))).tolist(), f"p{i}")
        for i in range(200)
    ]
    parts = split([*pieces, *(piece_of(p.melody[:, 2].tolist(), f"copy-of-{p.key}") for p in pieces)])
    where = {piece.key: part for part, found in parts.items() for piece in found}
    assert all(where[f"copy-of-p{i}"] == where[f"p{i}"] for i in range(200))
    assert all(len(found) > 0 for found in parts.values())
    assert split_of("pop909/001.mid") == split_of("pop909/001.mid")


@pytest.fixture(scope="module")
def midi_folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("midi")
    for i in range(3):
        pitches = (64 + np.cumsum(np.random.default_rng(i).integers(-2, 3, 48))).tolist()
        write(folder / "nottingham" / f"{i}.mid", {"": melody(pitches)})
    chords = [(beat, 0.9, pitch, 60) for beat in range(24) for pitch in (43, 52, 55)]
    write(folder / "pop909" / "9.mid", {"MELODY": melody(TUNE * 3), "PIANO": chords})
    return folder


def test_evaluate_prints_one_line_with_every_row(midi_folder, capsys):
    from training.__main__ import main

    assert main(["evaluate", "sonify", "--data", str(midi_folder)]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    result = json.loads(line)
    assert result["n_pieces"] == 4
    rows = result["next_pitch"]
    assert {"lstm", "ngram_order3", "original_network"} <= set(rows)
    assert rows["lstm"]["n_notes"] == 3 * 47 + 47
    low, high = rows["lstm"]["interval"]
    assert low <= rows["lstm"]["nats"] <= high
    assert result["piece"]["n_pieces"] == 1


def test_evaluate_says_what_is_missing(tmp_path, capsys):
    from training.__main__ import main

    assert main(["evaluate", "sonify", "--data", str(tmp_path)]) == 1
    assert "No MIDI file with a melody" in capsys.readouterr().err
    assert main(["evaluate", "sonify-fidelity", "--data", str(tmp_path)]) == 1
    assert "No CSV" in capsys.readouterr().err
    assert main(["evaluate", "sonify", "--data", str(tmp_path / "absent")]) == 1
    assert "is neither a folder" in capsys.readouterr().err


def test_fidelity_is_told_a_file_and_as_medians(tmp_path, capsys):
    from training.__main__ import main

    rng = np.random.default_rng(1)
    for name in ("a", "b"):
        cells = "\n".join(f"{i},{value:.4f}" for i, value in enumerate(np.cumsum(rng.normal(size=60))))
        (tmp_path / f"{name}.csv").write_text(f"t,v\n{cells}\n")
    (tmp_path / "words.csv").write_text("word\nyes\nno\n")
    assert main(["evaluate", "sonify-fidelity", "--data", str(tmp_path)]) == 0
    result = json.loads(capsys.readouterr().out)
    assert [row["file"] for row in result["files"]] == ["a.csv", "b.csv"]
    assert [row["file"] for row in result["unusable"]] == ["words.csv"]
    median = result["median"]
    assert median["melody_sounding"] == median["piece_sounding"] == 1.0
    assert median["piece_margin_db"] >= 6.0
    assert median["direct_rho"] >= median["melody_rho"] > 0.9
    assert median["melody_rho"] == pytest.approx(
        np.median([row["melody_rho"] for row in result["files"]]), abs=1e-4
    )
