"""Emotion Music's jobs give plain data that comes back from a worker as it was, and say what they refuse."""

import numpy as np
import pytest

from core import audio
from core.emotion import rating
from core.emotion.compose import Request
from core.emotion.examples import example, example_names
from core.emotion.job import (
    _load_face_reader,
    compose_and_play,
    find_faces_in_photograph,
    play_notes,
    read_expressions,
    read_largest_face,
    read_midi_notes,
    read_mood_of_music,
)
from core.emotion.judge.judge import MoodJudge
from core.emotion.moods import Mood, MoodPath
from core.emotion.piano.generate import PianoComposer
from core.errors import InputError
from core.music import midi
from core.music.piano_score import write_score
from core.nn.card import SET_VARIABLE
from core.plain_data import from_bytes, to_bytes
from tests.core.drawn_face import as_file, drawn_face

REQUEST = Request(path=MoodPath.still(Mood(valence=-0.5, arousal=0.2)), unit="notes", length=24, seed=3)


def test_a_played_piece_is_what_the_composer_makes_and_survives_the_way_to_the_server():
    prompt = example(example_names()[0]).first(6)
    told = []
    played = compose_and_play(REQUEST, prompt, progress=lambda share, stage: told.append(share))
    made = rating.compose_and_rate(
        REQUEST, PianoComposer.from_weights(), MoodJudge.from_weights(), prompt=prompt
    )
    assert played.performance.pitch.tolist() == made.performance.pitch.tolist()
    assert (played.n_prompt, played.key) == (6, made.key)
    assert (played.mood, played.over_time) == (made.judgment.mood, made.over_time)
    score = write_score(played.performance, tempo_qpm=played.tempo_qpm)
    assert (played.n_bars, round(played.tempo_qpm)) == (score.n_bars, round(score.tempo_qpm))
    assert played.beginning_sec == played.performance.onset_sec[6] > 0
    assert played.sound.duration_sec == pytest.approx(played.performance.end_sec + 1.5, abs=0.01)
    assert told == sorted(told) and told[-1] <= 1
    assert f"<fifths>{played.key.fifths}</fifths>" in made.musicxml("A piece")
    data = to_bytes(played)
    back = from_bytes(data)
    assert to_bytes(back) == data and back.sound == played.sound
    assert back.midi().instruments[0].notes[3].pitch == prompt.pitch[3]


def test_a_beginning_is_heard_as_it_is():
    sound = play_notes(example(example_names()[3]))
    assert np.abs(sound.decode().y).max() > 0.05


def test_a_midi_file_is_read_and_one_of_drums_is_refused():
    pm = example(example_names()[1]).to_midi()
    notes = from_bytes(to_bytes(read_midi_notes(midi.to_bytes(pm), "a.mid")))
    assert notes.pitch.tolist() == example(example_names()[1]).pitch.tolist()
    pm.instruments[0].is_drum = True
    with pytest.raises(InputError, match="only drums"):
        read_midi_notes(midi.to_bytes(pm), "a.mid")


def test_the_mood_of_music_is_that_of_the_judge():
    notes = example(example_names()[3])
    mood = read_mood_of_music(midi.to_bytes(notes.to_midi()), "chant.mid")
    heard = MoodJudge.from_weights().judge(notes).mood
    assert (mood.valence, mood.arousal) == pytest.approx((heard.valence, heard.arousal), abs=0.05)
    with pytest.raises(InputError):
        read_mood_of_music(b"neither notes nor sound", "a.txt")


def test_a_face_is_found_and_read_as_in_a_frame_of_a_camera(monkeypatch):
    monkeypatch.setenv(SET_VARIABLE, "research")
    rgb = drawn_face()
    found = from_bytes(to_bytes(find_faces_in_photograph(as_file(rgb), "me.png")))
    (mood,) = from_bytes(to_bytes(read_expressions(found.faces)))
    assert found.notes == [] and len(found.faces) == 1
    assert mood == read_largest_face(rgb)
    with pytest.raises(InputError, match="No face was found"):
        find_faces_in_photograph(as_file(np.full((200, 200, 3), 130, np.uint8)), "wall.png")


def test_without_a_face_network_a_face_is_refused_with_what_to_do(monkeypatch):
    monkeypatch.setenv(SET_VARIABLE, "open")
    _load_face_reader.cache_clear()
    with pytest.raises(InputError, match="SONOSCOPE_WEIGHTS=research"):
        find_faces_in_photograph(as_file(drawn_face()), "me.png")
    with pytest.raises(InputError, match="research only"):
        read_largest_face(drawn_face())


def test_silence_for_a_mood_is_told():
    silence = audio.encode(audio.Audio(np.zeros(32_000), 16_000), "wav")
    with pytest.raises(InputError):
        read_mood_of_music(silence, "silence.wav")
