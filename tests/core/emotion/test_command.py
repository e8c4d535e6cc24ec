"""``python -m core emotion``: a mood becomes a MIDI file and a report that agree."""

import json

import numpy as np
import pytest

from core import audio
from core.__main__ import main
from core.emotion.compose import Request
from core.emotion.examples import example, example_names
from core.emotion.judge.judge import MoodJudge
from core.emotion.moods import Mood, MoodPath
from core.emotion.piano.generate import PianoComposer
from core.emotion.rating import compose_and_rate
from core.emotion.settings import Opening, settings_json
from core.errors import InputError
from core.music import midi
from core.music.performance import Performance
from core.nn.card import SET_VARIABLE
from tests.core.sung import sung, tune


def composed(tmp_path, *options: str) -> tuple[dict, Performance]:
    out, told = tmp_path / "out.mid", tmp_path / "r.json"
    assert main(["emotion", *options, "--midi", str(out), "--report", str(told)]) == 0
    return json.loads(told.read_text()), Performance.from_midi(midi.from_bytes(out.read_bytes()))


def test_the_file_holds_the_notes_of_the_report(tmp_path, capsys):
    told, played = composed(
        tmp_path, "--valence", "0.7", "--arousal", "0.6", "--seconds", "15", "--seed", "2"
    )
    assert "notes in" in capsys.readouterr().out
    assert told["n_notes"] == len(told["notes"])
    for pitch, onset in zip(played.pitch, played.onset_sec, strict=True):
        assert any(
            note["pitch"] == pitch and abs(note["onset_sec"] - onset) < 0.003 for note in told["notes"]
        )
    assert len(played) >= 0.97 * told["n_notes"]
    assert 12 <= told["duration_sec"] <= 22
    assert min(note["duration_sec"] for note in told["notes"]) > 0
    assert told["request"]["path"]["start"] == {"valence": 0.7, "arousal": 0.6}
    assert -1 <= told["judged"]["valence"] <= 1


def test_the_same_seed_gives_the_same_piece_and_another_mood_another(tmp_path):
    options = ("--valence", "-0.6", "--arousal", "-0.4", "--notes", "60", "--seed", "5")
    first, _ = composed(tmp_path, *options)
    assert composed(tmp_path, *options)[0]["notes"] == first["notes"]
    assert composed(tmp_path, "--valence", "0.6", *options[2:])[0]["notes"] != first["notes"]


def test_a_path_a_beginning_and_files_for_every_use(tmp_path):
    begin = tmp_path / "begin.mid"
    begin.write_bytes(midi.to_bytes(example(example_names()[0]).to_midi()))
    score, wav = tmp_path / "s.musicxml", tmp_path / "s.wav"
    chosen = "--valence 0.5 --arousal 0.5 --to -0.5 -0.5 --seconds 20 --begin-seconds 3"
    files = ("--begin", str(begin), "--musicxml", str(score), "--wav", str(wav))
    told, played = composed(tmp_path, *chosen.split(), *files)
    asked = example(example_names()[0])
    n = int((asked.onset_sec < 3).sum())
    assert told["n_beginning"] == n
    assert played.pitch[:n].tolist() == asked.pitch[:n].tolist()
    assert told["request"]["path"]["end"] == {"valence": -0.5, "arousal": -0.5}
    assert score.read_text().count("<measure ") >= 4
    sound = audio.decode(wav.read_bytes())
    assert sound.duration_sec >= told["duration_sec"]
    assert np.abs(sound.y).max() > 0.05


def test_a_sung_beginning_is_written_down(tmp_path):
    voice = tmp_path / "voice.wav"
    voice.write_bytes(audio.encode(sung(tune([60, 64, 67]), 16_000), "wav"))
    told, _ = composed(tmp_path, "--voice", str(voice), "--seconds", "12")
    assert [note["pitch"] for note in told["notes"][:3]] == [60, 64, 67]
    assert told["voice"]["n_notes"] == 3


def test_the_pitch_tracker_is_chosen(tmp_path, capsys, monkeypatch):
    def refuse(sound, *, tracker):
        raise InputError(f"{tracker} was asked.")

    monkeypatch.setattr("core.voice.transcribe.transcribe", refuse)
    voice = tmp_path / "voice.wav"
    voice.write_bytes(audio.encode(sung(tune([60]), 16_000), "wav"))
    for options, tracker in (([], "swift-f0"), (["--tracker", "pyin"], "pyin")):
        assert main(["emotion", "--voice", str(voice), *options]) == 1
        assert f"{tracker} was asked" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--valence", "2"], "from -1 to 1"),
        (["--seconds", "5", "--bars", "3"], "Give one of"),
        (["--seconds", "0.5"], "A piece has"),
        (["--begin", "a.mid", "--voice", "b.wav"], "not both"),
        (["--begin-seconds", "0"], "greater than 0"),
        (["--temperature", "-1"], "emperature"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_sentence(options, said, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["emotion", *options]) == 1
    told = capsys.readouterr().err
    assert told.startswith("error: ") and said in told


@pytest.mark.parametrize("given", [["0.5"], ["0.5,-0.5"], ["0.5", "low"]])
def test_a_mood_at_the_end_is_two_numbers(given, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["emotion", "--to", *given])
    assert ended.value.code == 2
    assert "argument --to: " in capsys.readouterr().err


def test_a_mood_at_the_end_may_begin_with_a_minus(tmp_path):
    told, _ = composed(tmp_path, "--to", "-.5", "-1", "--notes", "20")
    assert told["request"]["path"]["end"] == {"valence": -0.5, "arousal": -1.0}


def test_a_photo_without_a_face_is_told(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv(SET_VARIABLE, "research")
    from PIL import Image

    path = tmp_path / "wall.png"
    Image.new("RGB", (300, 300), (120, 130, 140)).save(path)
    assert main(["emotion", "--photo", str(path), "--seconds", "5"]) == 1
    assert "No face was found" in capsys.readouterr().err
    monkeypatch.setenv(SET_VARIABLE, "open")
    assert main(["emotion", "--photo", str(path), "--seconds", "5"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("error: Faces are not read") and "SONOSCOPE_WEIGHTS=research" in said


def _request(**chosen) -> Request:
    start, end = Mood(valence=0.5, arousal=0.2), Mood(valence=-0.5, arousal=-0.2)
    return Request(
        **{"path": MoodPath(start=start, end=end), "unit": "notes", "length": 30, "seed": 5, **chosen}
    )


def test_a_settings_file_gives_the_page_s_piece_with_the_notes_it_begins_with(tmp_path):
    notes = Performance.of([60, 90, 64], [0.0, 0.1234567, 0.5], [0.3, 1 / 3, 0.4], [80, 70, 90])
    path = tmp_path / "s.json"
    path.write_bytes(settings_json(_request(), Opening(notes=notes, seconds=5)))
    _, made = composed(tmp_path, "--settings", str(path))
    page = compose_and_rate(_request(), PianoComposer.from_weights(), MoodJudge.from_weights(), prompt=notes)
    assert midi.to_bytes(page.midi()) == (tmp_path / "out.mid").read_bytes()
    assert made.pitch[:3].tolist() == [60, 90, 64]


def test_options_beside_a_settings_file_override_it(tmp_path):
    path = tmp_path / "s.json"
    path.write_bytes(settings_json(_request(), Opening(example=example_names()[0], seconds=2)))
    told, _ = composed(
        tmp_path, "--settings", str(path), "--valence", "-0.25", "--notes", "20", "--begin-seconds", "1"
    )
    asked = told["request"]
    assert asked["path"]["start"] == {"valence": -0.25, "arousal": 0.2}
    assert asked["path"]["end"] == {"valence": -0.5, "arousal": -0.2}
    assert (asked["length"], asked["seed"]) == (20, 5)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (
            {"sonoscope": "folk"},
            "These are settings of Folk Generator, and Emotion Music was asked to use them.",
        ),
        ({"opening_notes": {"pitch": [60]}}, "must hold pitch, onset_sec, duration_sec and velocity"),
        (
            {"opening_notes": {"pitch": [600], "onset_sec": [0], "duration_sec": [1], "velocity": [80]}},
            "pitch of the opening notes was 600; it can be 0 to 127",
        ),
        (
            {"opening_notes": {"pitch": [60], "onset_sec": ["0"], "duration_sec": [1], "velocity": [80]}},
            "onset_sec of the opening notes was '0'",
        ),
        ({"beginning_sec": -1}, "beginning_sec was -1"),
        ({"data": {"example": "Happy Birthday"}}, "example was 'Happy Birthday'"),
    ],
)
def test_settings_that_cannot_be_used_are_told_in_a_sentence(tmp_path, capsys, more, said):
    path = tmp_path / "s.json"
    path.write_text(json.dumps(json.loads(settings_json(_request())) | more))
    assert main(["emotion", "--settings", str(path)]) == 1
    assert said in capsys.readouterr().err
