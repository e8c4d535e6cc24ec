"""The Emotion page in Streamlit's test harness: every source, every refusal, the comparison."""

import io
from functools import partial

import numpy as np
import pytest
from defusedxml import ElementTree
from PIL import Image
from streamlit.testing.v1 import AppTest

from core import audio
from core.emotion.examples import example, example_names
from core.emotion.face.expression import can_read_faces
from core.emotion.job import FoundFaces, PlayedPiece
from core.emotion.moods import NAMED_MOODS
from core.emotion.rater import CLASSIFIER, RULES
from core.jobs import SERVER, JobQueue
from core.music import midi
from core.music.piano_score import to_musicxml, write_score
from core.nn.card import SET_VARIABLE
from core.voice.transcription import Transcription
from pages.components.emotion import texts
from pages.components.emotion.defaults import default_jobs
from pages.components.emotion.live_camera import LiveReader
from pages.components.shared.results import keep_result
from pages.components.shared.server_cache import server_cache
from pages.components.shared.server_jobs import server_jobs
from tests.core.drawn_face import as_file, drawn_face
from tests.core.sung import sung, tune
from tests.pages.conftest import another_visitor, captions, errors, markdown, open_page, shown


def open_emotion(**query: str) -> AppTest:
    """The page with a piece of ten seconds, unless another length is asked for."""
    query = {"seconds": "10", **query}
    return open_page("emotion_music.py", **{f"emotion__{key}": value for key, value in query.items()})


def piece() -> PlayedPiece:
    """What a page has shown last."""
    return shown(PlayedPiece)


def test_the_page_composes_with_no_click():
    assert errors(open_emotion()) == []
    assert 8 <= piece().performance.end_sec <= 16
    assert np.abs(piece().sound.decode().y).max() > 0.05


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
    request = piece().request
    assert (request.path.start.valence, request.path.start.arousal) == (-0.5, 0.25)
    assert (request.path.end.valence, request.path.end.arousal) == (0.5, -0.5)
    assert (request.unit, request.length, request.seed) == ("notes", 40, 9)
    assert errors(at) == []


def test_a_named_mood_moves_the_point():
    at = open_emotion()
    at.selectbox(key="emotion.named").select("gloomy").run()
    assert errors(at) == []
    path = piece().request.path
    assert path.start == path.end == NAMED_MOODS["gloomy"]
    assert at.selectbox(key="emotion.named").value == "gloomy"
    at.number_input(key="emotion.valence").set_value(0.1).run()
    assert at.selectbox(key="emotion.named").value is None


def test_tempo_and_bars_are_those_of_the_printed_score():
    at = open_emotion(seed="7")
    shown_figures = {metric.label: metric.value for metric in at.metric}
    score = write_score(piece().performance, tempo_qpm=piece().tempo_qpm)
    root = ElementTree.fromstring(to_musicxml(score))
    assert shown_figures[texts.TEMPO] == root.findtext(".//per-minute")
    full = [each for each in root.iter("measure") if each.get("implicit") is None]
    assert shown_figures[texts.BARS] == str(len(full))


@pytest.fixture
def with_faces(monkeypatch):
    """The research set of weights, which has a face network."""
    monkeypatch.setenv(SET_VARIABLE, "research")


@pytest.mark.usefixtures("with_faces")
def test_what_happens_to_faces_is_told_only_where_there_is_a_face():
    at = open_emotion()
    assert "Faces are processed" in captions(at)
    at.radio(key="emotion.mood_from").set_value("Music").run()
    assert "Faces are processed" not in captions(at) and texts.MOOD_FROM_NOTE in captions(at)


def test_without_a_face_network_the_page_says_so_and_takes_music(monkeypatch):
    monkeypatch.setenv(SET_VARIABLE, "open")
    at = open_emotion()
    assert texts.FACES_OFF in captions(at) and texts.MOOD_FROM_NOTE in captions(at)
    assert not [radio for radio in at.radio if radio.key == "emotion.mood_from"]
    assert [expander.label for expander in at.expander if "Mood from" in expander.label] == [
        "Mood from music"
    ]
    pm = example(example_names()[3]).to_midi()
    at.file_uploader(key="emotion.music").upload("chant.mid", midi.to_bytes(pm), "audio/midi").run()
    assert errors(at) == [] and "Point placed at" in captions(at)


@pytest.mark.parametrize(("chosen", "rater"), [("open", RULES), ("research", CLASSIFIER)])
def test_the_page_says_who_rates(monkeypatch, chosen, rater):
    monkeypatch.setenv(SET_VARIABLE, chosen)
    assert rater.rated_by in captions(open_emotion())


def test_no_check_box_has_a_help_that_would_toggle_it():
    at = open_emotion(moves="true", lock_notes="true")
    assert len(at.checkbox) >= 4
    assert all(not box.help for box in at.checkbox)


def test_a_new_seed_gives_new_notes_and_nothing_else_is_changed():
    at = open_emotion()
    before = piece()
    at.button(key="emotion.new_seed").click().run()
    after = piece()
    assert after.request.seed != before.request.seed
    assert after.request.path == before.request.path
    assert after.performance.pitch.tolist() != before.performance.pitch.tolist()


@pytest.mark.usefixtures("empty_cache")
def test_the_first_look_needs_nothing_but_what_is_made_when_the_server_warms_up(monkeypatch):
    jobs = default_jobs()
    for job in jobs:
        ticket = server_jobs().submit(job, SERVER, partial(keep_result, job.key, ""))
        assert ticket.result().sound.n_samples > 0
    monkeypatch.setattr(JobQueue, "submit", _refuse)
    at = open_page("emotion_music.py")
    assert errors(at) == [] and at.metric
    at.run()
    assert errors(at) == [] and at.metric
    assert len(server_cache()) == len(jobs)


def _refuse(*_args, **_named):
    raise AssertionError("something was computed")


def test_what_a_page_needs_once_another_visitor_does_not_wait_for(monkeypatch):
    open_emotion(seed="5")
    before = piece()
    monkeypatch.setattr(JobQueue, "submit", _refuse)
    assert errors(open_emotion(seed="5")) == []
    assert piece() is before


def test_what_one_visitors_file_made_no_other_visitor_is_given():
    data = midi.to_bytes(example(example_names()[1]).to_midi())
    made = []
    for name in ("one", "another"):
        with another_visitor(name):
            at = open_emotion(begin="MIDI file", seconds="25")
            at.file_uploader(key="emotion.midi").upload("begin.mid", data, "audio/midi").run()
            assert errors(at) == []
            made.append(piece())
    assert made[0] is not made[1]
    assert made[0].performance.pitch.tolist() == made[1].performance.pitch.tolist()
    assert all(piece is not entry.value for piece in made for entry in server_cache()._entries.values())


def test_an_example_begins_the_piece():
    at = open_emotion(begin="Example melody", seconds="25", begin_sec="4")
    assert errors(at) == []
    asked = example(example_names()[0])
    n = int((asked.onset_sec < 4).sum())
    assert piece().n_prompt == n
    assert piece().performance.pitch[:n].tolist() == asked.pitch[:n].tolist()


def test_a_midi_file_begins_the_piece_and_one_of_drums_is_refused():
    at = open_emotion(begin="MIDI file", seconds="25")
    pm = example(example_names()[1]).to_midi()
    at.file_uploader(key="emotion.midi").upload("begin.mid", midi.to_bytes(pm), "audio/midi").run()
    assert errors(at) == []
    assert piece().n_prompt > 4
    pm.instruments[0].is_drum = True
    at.file_uploader(key="emotion.midi").upload("drums.mid", midi.to_bytes(pm), "audio/midi").run()
    assert any("only drums" in error for error in errors(at))
    at.file_uploader(key="emotion.midi").upload("broken.mid", b"MThd no", "audio/midi").run()
    assert any("broken.mid" in error for error in errors(at))


def test_the_settings_file_alone_gives_back_a_piece_that_begins_with_notes_of_a_file(monkeypatch):
    saved = []
    monkeypatch.setattr(
        "pages.components.emotion.result.downloads",
        lambda files, **_: saved.append(files["settings.json"]()),
    )
    at = open_emotion(begin="MIDI file", seconds="25", begin_sec="4")
    pm = example(example_names()[2]).to_midi()
    at.file_uploader(key="emotion.midi").upload("begin.mid", midi.to_bytes(pm), "audio/midi").run()
    assert errors(at) == []
    before, content = piece(), saved[-1]
    with another_visitor("another"):
        other = open_page("emotion_music.py")
        other.file_uploader(key="emotion.settings_file").upload("s.json", content).run()
        assert errors(other) == []
        assert other.radio(key="emotion.begin").value == texts.LOADED_NOTES
        after = piece()
    assert midi.to_bytes(after.performance.to_midi()) == midi.to_bytes(before.performance.to_midi())
    assert after.beginning_sec == before.beginning_sec > 0


def test_a_link_to_notes_of_a_settings_file_that_is_not_here_begins_with_none():
    at = open_emotion(begin=texts.LOADED_NOTES)
    assert errors(at) == []
    assert piece().beginning_sec == 0


def test_a_sung_line_begins_the_piece_and_silence_is_told():
    at = open_emotion(begin="My voice: recording", seconds="25")
    wav = audio.encode(sung(tune([62, 65, 69, 65]), 16_000), "wav")
    at.file_uploader(key="emotion.voice_file").upload("line.wav", wav, "audio/wav").run()
    assert errors(at) == []
    assert piece().performance.pitch[:4].tolist() == [62, 65, 69, 65]
    silence = audio.encode(audio.Audio(np.zeros(32_000), 16_000), "wav")
    at.file_uploader(key="emotion.voice_file").upload("silence.wav", silence, "audio/wav").run()
    assert len(errors(at)) >= 1
    at.file_uploader(key="emotion.voice_file").upload("text.wav", b"hello" * 50, "audio/wav").run()
    assert len(errors(at)) >= 1


def test_pyin_can_follow_the_voice_instead():
    at = open_emotion(begin="My voice: recording", seconds="25", tracker="pYIN")
    wav = audio.encode(sung(tune([62, 65, 69, 65]), 16_000), "wav")
    at.file_uploader(key="emotion.voice_file").upload("line.wav", wav, "audio/wav").run()
    assert errors(at) == []
    assert shown(Transcription).tracker == "pyin"
    assert piece().performance.pitch[:4].tolist() == [62, 65, 69, 65]
    at.selectbox(key="emotion.tracker").set_value("SwiftF0").run()
    assert errors(at) == []
    assert shown(Transcription).tracker == "swift-f0"


def picture(color=(120, 130, 140), size=(200, 200), kind="PNG") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, color).save(buffer, kind)
    return buffer.getvalue()


@pytest.mark.usefixtures("with_faces")
def test_a_picture_without_a_face_is_told_and_the_piece_stays():
    at = open_emotion()
    at.file_uploader(key="emotion.photo").upload("wall.png", picture(), "image/png").run()
    assert any("No face was found" in error for error in errors(at))
    assert at.metric
    at.file_uploader(key="emotion.photo").upload("notes.png", b"not a picture", "image/png").run()
    assert len(errors(at)) == 1


def test_music_places_the_point_once_and_leaves_it_to_the_visitor_then():
    at = open_emotion()
    if can_read_faces():
        at.radio(key="emotion.mood_from").set_value("Music").run()
    pm = example(example_names()[3]).to_midi()
    at.file_uploader(key="emotion.music").upload("chant.mid", midi.to_bytes(pm), "audio/midi").run()
    assert errors(at) == []
    first = piece().request.path.start
    assert "Point placed at" in captions(at)
    at.number_input(key="emotion.valence").set_value(0.9).run()
    assert piece().request.path.start.valence == 0.9
    at.button(key="emotion.start_again").click().run()
    assert piece().request.path.start == first


def test_the_same_notes_in_two_moods_are_the_same_notes():
    at = open_emotion(valence="0.75", arousal="0.6", compare="sad")
    at.session_state["emotion.two"] = True
    at.run()
    assert errors(at) == []
    first, other = shown(PlayedPiece, 1), piece()
    assert other.performance.pitch.tolist() == first.performance.pitch.tolist()
    assert other.performance.end_sec > 1.2 * first.performance.end_sec
    said = markdown(at)
    assert "slower" in said and "softer" in said and "more legato" in said
    assert "Compared with the first, sad is" in said and "scale from minor" not in said


def test_two_pieces_of_the_same_opening_differ_in_words_that_are_measured():
    at = open_emotion(
        begin="Example melody",
        seconds="25",
        begin_sec="4",
        valence="0.75",
        arousal="0.6",
        compare="sad",
        compare_by="Two pieces",
    )
    at.session_state["emotion.two"] = True
    at.run()
    assert errors(at) == []
    first, other = shown(PlayedPiece, 1), piece()
    n = other.n_prompt
    assert n > 0 and other.performance.pitch[:n].tolist() == first.performance.pitch[:n].tolist()
    assert other.performance.pitch.tolist() != first.performance.pitch.tolist()
    assert "slower" in markdown(at) or "softer" in markdown(at) or "minor" in markdown(at)


def test_kept_notes_stay_while_the_mood_moves():
    at = open_emotion(valence="0.6", arousal="0.42")
    before = piece()
    at.checkbox(key="emotion.lock_notes").check().run()
    assert piece().performance.pitch.tolist() == before.performance.pitch.tolist()
    assert piece().performance.onset_sec == pytest.approx(before.performance.onset_sec)
    at.number_input(key="emotion.arousal").set_value(0.43).run()
    assert errors(at) == []
    after = piece()
    assert after.performance.pitch.tolist() == before.performance.pitch.tolist()
    assert after.performance.end_sec == pytest.approx(before.performance.end_sec, rel=0.02)
    assert after.performance.onset_sec[-1] < before.performance.onset_sec[-1]


def test_key_and_tempo_are_kept_from_the_piece_that_is_shown():
    at = open_emotion(valence="0.6", arousal="0.3", seed="4")
    before = piece()
    at.checkbox(key="emotion.lock_key").check().run()
    assert piece().performance.pitch.tolist() == before.performance.pitch.tolist()
    at.checkbox(key="emotion.lock_tempo").check().run()
    at.number_input(key="emotion.arousal").set_value(-0.4).run()
    assert errors(at) == []
    assert piece().key == before.key
    assert piece().tempo_qpm == round(before.tempo_qpm)


def test_an_opening_leaves_key_and_tempo_open_and_says_so():
    at = open_emotion(begin="Example melody", seconds="25", begin_sec="4", lock_key="true", lock_tempo="true")
    assert errors(at) == []
    assert piece().request.key is None and piece().request.tempo_qpm is None
    assert "set key and tempo" in captions(at)


def test_an_older_link_chooses_by_the_former_names():
    at = open_emotion(
        begin="An example", seconds="25", begin_sec="4", steering="classic: the seed's clusters"
    )
    assert errors(at) == []
    assert piece().n_prompt > 0 and piece().request.steering == "classic"


@pytest.mark.parametrize("chosen", ["open", "research"])
def test_the_cards_of_all_models_are_shown_and_that_of_faces_where_it_is_used(monkeypatch, chosen):
    monkeypatch.setenv(SET_VARIABLE, chosen)
    at = open_emotion()
    at.session_state["emotion.about"] = True
    at.run()
    assert errors(at) == []
    said = markdown(at)
    for name in ("Piano, version", "Mood, version", "Emotion classic, version", "Voice, version"):
        assert name in said
    assert ("Face, version" in said) == (chosen == "research")


def test_a_beginning_that_is_too_long_is_told_with_what_to_do():
    at = open_emotion(begin="Example melody", seconds="5", begin_sec="10")
    assert any("longer piece" in error for error in errors(at))


@pytest.mark.usefixtures("with_faces")
def test_a_camera_without_a_face_has_no_mood():
    live = LiveReader(JobQueue(0), "me")
    live.look(np.full((240, 320, 3), 90, np.uint8))
    assert live.mood is None


@pytest.mark.usefixtures("with_faces")
def test_a_camera_before_a_face_has_its_mood_and_large_frames_are_made_small(monkeypatch):
    import av

    sent = []
    live = LiveReader(JobQueue(0), "me")
    monkeypatch.setattr(LiveReader, "look", lambda self, rgb: sent.append(rgb.shape))
    frame = av.VideoFrame.from_ndarray(np.zeros((720, 1280, 3), np.uint8), format="rgb24")
    assert live.see(frame) is frame and live.see(frame) is frame
    assert sent == [(360, 640, 3)]
    monkeypatch.undo()
    live.look(drawn_face())
    assert (
        live.mood is not None
        and live.mood.p_happy + live.mood.p_sad + live.mood.p_neutral == pytest.approx(1)
    )


@pytest.mark.usefixtures("with_faces")
def test_faces_are_let_go_with_their_photograph():
    at = open_emotion()
    at.file_uploader(key="emotion.photo").upload("me.png", as_file(drawn_face()), "image/png").run()
    assert errors(at) == []
    assert len(shown(FoundFaces).faces) == 1
    kept = len(server_cache())
    at.file_uploader(key="emotion.photo").set_value(None).run()
    assert errors(at) == []
    assert not any(isinstance(entry.value, FoundFaces) for entry in server_cache()._entries.values())
    assert len(server_cache()) == kept - 2
