"""The Emotion page in Streamlit's test harness: every source, every refusal, the comparison."""

import io

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from core import audio
from core.emotion.examples import example, example_names
from core.emotion.moods import NAMED_MOODS
from core.music import midi
from pages.components.emotion.live_camera import LiveReader, ice_servers
from tests.core.sung import sung, tune
from tests.pages.conftest import captions, errors, markdown, open_page


def open_emotion(**query: str) -> AppTest:
    """The page with a piece of ten seconds, unless another length is asked for."""
    query = {"seconds": "10", **query}
    return open_page("emotion_music.py", **{f"emotion__{key}": value for key, value in query.items()})


def result_of(at: AppTest):
    return at.session_state["emotion.result"][1]


@pytest.fixture(scope="module")
def page() -> AppTest:
    return open_emotion()


def test_the_page_composes_with_no_click(page):
    assert errors(page) == []
    result = result_of(page)
    assert 8 <= result.made.performance.end_sec <= 16
    assert len(result.notes) == len(result.made.performance)
    assert np.abs(audio.decode(result.wav).y).max() > 0.05


def test_the_address_chooses_mood_path_length_and_seed():
    at = open_emotion(
        valence="-0.5",
        arousal="0.25",
        moves="true",
        to_valence="0.5",
        to_arousal="-0.5",
        unit="notes",
        notes="40",
        seed="9",
    )
    request = result_of(at).made.request
    assert (request.path.start.valence, request.path.start.arousal) == (-0.5, 0.25)
    assert (request.path.end.valence, request.path.end.arousal) == (0.5, -0.5)
    assert (request.unit, request.length, request.seed) == ("notes", 40, 9)
    assert errors(at) == []


def test_a_named_mood_moves_the_dial():
    at = open_emotion()
    at.selectbox(key="emotion.named").select("gloomy").run()
    assert errors(at) == []
    path = result_of(at).made.request.path
    assert path.start == path.end == NAMED_MOODS["gloomy"]


def test_a_new_seed_gives_new_notes_and_nothing_else_is_changed():
    at = open_emotion()
    before = result_of(at)
    at.button(key="emotion.new_seed").click().run()
    after = result_of(at)
    assert after.made.request.seed != before.made.request.seed
    assert after.made.request.path == before.made.request.path
    assert after.made.performance.pitch.tolist() != before.made.performance.pitch.tolist()


def test_a_rerun_makes_nothing_anew():
    at = open_emotion()
    before = result_of(at)
    at.run()
    assert result_of(at) is before


def test_an_example_begins_the_piece():
    at = open_emotion(begin="An example", seconds="25", begin_sec="4")
    assert errors(at) == []
    made = result_of(at).made
    asked = example(example_names()[0])
    n = int((asked.onset_sec < 4).sum())
    assert made.piece.n_prompt == n
    assert made.performance.pitch[:n].tolist() == asked.pitch[:n].tolist()


def test_a_midi_file_begins_the_piece_and_one_of_drums_is_refused():
    at = open_emotion(begin="A MIDI file", seconds="25")
    pm = example(example_names()[1]).to_midi()
    at.file_uploader(key="emotion.midi").upload("begin.mid", midi.to_bytes(pm), "audio/midi").run()
    assert errors(at) == []
    assert result_of(at).made.piece.n_prompt > 4
    pm.instruments[0].is_drum = True
    at.file_uploader(key="emotion.midi").upload("drums.mid", midi.to_bytes(pm), "audio/midi").run()
    assert any("only drums" in error for error in errors(at))
    at.file_uploader(key="emotion.midi").upload("broken.mid", b"MThd no", "audio/midi").run()
    assert any("broken.mid" in error for error in errors(at))


def test_a_sung_line_begins_the_piece_and_silence_is_told():
    at = open_emotion(begin="A recording of a voice", seconds="25")
    wav = audio.encode(sung(tune([62, 65, 69, 65]), 16_000), "wav")
    at.file_uploader(key="emotion.voice_file").upload("line.wav", wav, "audio/wav").run()
    assert errors(at) == []
    assert result_of(at).made.performance.pitch[:4].tolist() == [62, 65, 69, 65]
    silence = audio.encode(audio.Audio(np.zeros(32_000), 16_000), "wav")
    at.file_uploader(key="emotion.voice_file").upload("silence.wav", silence, "audio/wav").run()
    assert len(errors(at)) >= 1
    at.file_uploader(key="emotion.voice_file").upload("text.wav", b"hello" * 50, "audio/wav").run()
    assert len(errors(at)) >= 1


def test_pyin_can_follow_the_voice_instead():
    at = open_emotion(begin="A recording of a voice", seconds="25", tracker="pYIN")
    wav = audio.encode(sung(tune([62, 65, 69, 65]), 16_000), "wav")
    at.file_uploader(key="emotion.voice_file").upload("line.wav", wav, "audio/wav").run()
    assert errors(at) == []
    assert at.session_state["emotion.sung"][1].tracker == "pyin"
    assert result_of(at).made.performance.pitch[:4].tolist() == [62, 65, 69, 65]
    at.selectbox(key="emotion.tracker").set_value("SwiftF0").run()
    assert errors(at) == []
    assert at.session_state["emotion.sung"][1].tracker == "swift-f0"


def picture(colour=(120, 130, 140), size=(200, 200), kind="PNG") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, kind)
    return buffer.getvalue()


def test_a_picture_without_a_face_is_told_and_the_piece_stays():
    at = open_emotion()
    at.file_uploader(key="emotion.photo").upload("wall.png", picture(), "image/png").run()
    assert any("No face was found" in error for error in errors(at))
    assert result_of(at) is not None
    at.file_uploader(key="emotion.photo").upload("notes.png", b"not a picture", "image/png").run()
    assert len(errors(at)) == 1


def test_music_sets_the_dial_once_and_leaves_it_to_the_visitor_then():
    at = open_emotion()
    at.radio(key="emotion.mood_from").set_value("Music").run()
    pm = example(example_names()[3]).to_midi()
    at.file_uploader(key="emotion.music").upload("chant.mid", midi.to_bytes(pm), "audio/midi").run()
    assert errors(at) == []
    first = result_of(at).made.request.path.start
    assert "The dial was set" in captions(at)
    at.number_input(key="emotion.valence").set_value(0.9).run()
    assert result_of(at).made.request.path.start.valence == 0.9
    at.button(key="emotion.start_again").click().run()
    assert result_of(at).made.request.path.start == first


def test_two_moods_of_the_same_beginning_differ_in_words_that_are_measured():
    at = open_emotion(
        begin="An example",
        seconds="25",
        begin_sec="4",
        valence="0.75",
        arousal="0.6",
        compare="sad",
    )
    at.session_state["emotion.two"] = True
    at.run()
    assert errors(at) == []
    other = at.session_state["emotion.other"][1]
    n = other.made.piece.n_prompt
    assert other.made.performance.pitch[:n].tolist() == result_of(at).made.performance.pitch[:n].tolist()
    said = markdown(at)
    assert "slower" in said or "softer" in said or "minor" in said


def test_the_cards_of_all_four_networks_are_shown():
    at = open_emotion()
    at.session_state["emotion.about"] = True
    at.run()
    assert errors(at) == []
    said = markdown(at)
    for name in ("piano, version", "mood, version", "face, version", "voice, version"):
        assert name in said


def test_a_beginning_that_is_too_long_is_told_with_what_to_do():
    at = open_emotion(begin="An example", seconds="5", begin_sec="10")
    assert any("longer piece" in error for error in errors(at))


def test_no_server_is_asked_for_the_live_camera_unless_the_secrets_name_one():
    assert ice_servers() == []


def test_a_camera_without_a_face_has_no_mood():
    class Blind:
        def read(self, face):
            raise AssertionError("there is no face to read")

    from core.emotion.face.photograph import Picture

    live = LiveReader(Blind())
    live.look(
        Picture(
            rgb=np.full((240, 320, 3), 90, np.uint8), kind="video", animated=False, original_size=(320, 240)
        )
    )
    assert live.mood is None
