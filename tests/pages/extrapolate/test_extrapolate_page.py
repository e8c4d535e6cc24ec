"""The Extrapolate page in Streamlit's test harness: every source, every choice, every refusal; nothing is made twice."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core import audio
from core.audio import Audio
from core.extrapolate.examples import EXAMPLES
from tests.core.sounds import by_ffmpeg, silent_video, stereo_tone, tone
from tests.pages.conftest import captions, errors, markdown, open_page

SR = 22_050


def open_extrapolate(**query: str) -> AppTest:
    """The page with an addition of ten seconds, unless another length is asked for."""
    query = {"seconds": "10", **query}
    return open_page("extrapolate.py", **{f"extrapolate__{key}": value for key, value in query.items()})


def result_of(at: AppTest):
    return at.session_state["extrapolate.result"][1].result


@pytest.fixture(scope="module")
def clip() -> bytes:
    return audio.encode(EXAMPLES["street"].audio(sr=SR), "wav")


@pytest.fixture(scope="module")
def page() -> AppTest:
    return open_extrapolate()


def upload(data: bytes, name: str = "mine.wav", **query: str) -> AppTest:
    at = open_extrapolate(source="A file", **query)
    at.file_uploader(key="extrapolate.file").upload(name, data, "audio/wav")
    return at.run()


def test_an_example_goes_on_with_no_click(page):
    assert errors(page) == []
    result = result_of(page)
    assert result.added[0].stop_sec - result.added[0].start_sec == pytest.approx(10, abs=0.01)
    assert "joins" in markdown(page)


def test_a_rerun_makes_nothing_anew(page):
    before = page.session_state["extrapolate.result"][1], page.session_state["extrapolate.figure"][1]
    page.run()
    after = page.session_state["extrapolate.result"][1], page.session_state["extrapolate.figure"][1]
    assert before[0] is after[0] and before[1] is after[1]


def test_original_addition_and_whole_are_heard_in_turn(page):
    lengths = {}
    for choice in ("Original", "Addition", "Whole"):
        page.button_group(key="extrapolate.listen").set_value(choice).run()
        assert errors(page) == []
        lengths[choice] = audio.decode(page.session_state["extrapolate.wav"][1]).duration_sec
    result = result_of(page)
    assert lengths["Addition"] == pytest.approx(10, abs=0.01)
    assert lengths["Whole"] == pytest.approx(result.duration_sec, abs=0.01)
    assert lengths["Original"] >= result.own_sec[1]


def test_the_address_chooses_everything():
    at = open_extrapolate(
        example="Waltz",
        seconds="14",
        direction="both",
        at="20",
        mood="calm it",
        adventure="0.8",
        seed="7",
    )
    assert errors(at) == []
    request = result_of(at).request
    assert (request.seconds, request.direction, request.at_sec) == (14, "both", 20.0)
    assert (request.mood, request.adventure, request.seed) == ("calm", 0.8, 7)
    assert result_of(at).recording.key == ("F", "major")


def test_another_seed_goes_on_differently_from_the_same_analysis(page):
    before, analysis = result_of(page), page.session_state["extrapolate.analysis"][1]
    page.button(key="extrapolate.new_seed").click().run()
    assert result_of(page).request.seed != before.request.seed
    assert page.session_state["extrapolate.analysis"][1] is analysis


def test_an_upload_goes_on_and_its_first_part_stays(clip):
    at = upload(clip)
    assert errors(at) == []
    result, sound = result_of(at), audio.decode(clip)
    stop = round(result.identical_sec[1] * SR)
    np.testing.assert_array_equal(result.whole().y[:, :stop], sound.y[:, :stop])


def test_a_stopped_extension_is_not_begun_again_until_asked(clip):
    at = upload(clip)
    identity = at.session_state["extrapolate.result"][0]
    at.session_state["extrapolate.stopped"] = identity
    at.run()
    assert any("Stopped" in info.value for info in at.info)
    at.button(key="extrapolate.resume").click().run()
    assert errors(at) == [] and not at.info
    assert result_of(at).identical


@pytest.mark.parametrize(
    ("data", "name", "said"),
    [
        (audio.encode(tone(440, SR, 1.0), "wav"), "short.wav", "at least 5"),
        (audio.encode(Audio(np.zeros(SR * 6), SR), "wav"), "still.wav", "silent"),
        (b"hello" * 90, "words.mp3", "words"),
        (silent_video(), "film.mp4", "film"),
        (audio.encode(tone(440, SR, 6.0), "flac")[:900], "cut.flac", "cut"),
    ],
)
def test_what_cannot_go_on_gets_one_sentence_and_the_page_recovers(data, name, said, clip):
    at = upload(data, name)
    assert len(errors(at)) == 1 and said in errors(at)[0]
    at.file_uploader(key="extrapolate.file").upload("mine.wav", clip, "audio/wav").run()
    assert errors(at) == []
    assert result_of(at).identical


def test_a_film_goes_on_by_its_sound():
    film = by_ffmpeg(stereo_tone(duration_sec=6.0, level=0.3), "mp4", "aac", picture=True)
    at = upload(film, "film.mp4")
    assert errors(at) == []
    assert not result_of(at).recording.tempo_qpm


def test_the_neural_engine_makes_new_sound_with_one_join_and_the_card_is_shown():
    at = open_extrapolate(
        engine="new sound, lower fidelity",
        example="Mist",
        about="true",
    )
    assert errors(at) == []
    added = result_of(at).added[0]
    assert len(added.joins) == 1 and added.self_copy == 0
    assert result_of(at).identical
    at.session_state["extrapolate.about"] = True
    at.run()
    assert "What it has heard" in markdown(at)


def test_a_place_after_the_end_is_told():
    at = open_extrapolate(at="500")
    assert "must lie between" in errors(at)[0]


def test_a_source_without_a_sound_is_an_invitation():
    for source in ("A file", "A recording, now"):
        at = open_extrapolate(source=source)
        assert errors(at) == []
        assert "Give a sound" in captions(at)


def test_a_recording_of_now_goes_on(clip):
    at = open_extrapolate(source="A recording, now")
    at.audio_input(key="extrapolate.recording").set_value(("now.wav", clip, "audio/wav")).run()
    assert errors(at) == []
    assert result_of(at).identical
