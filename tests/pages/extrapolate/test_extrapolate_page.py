"""The Extrapolate page in Streamlit's test harness: every source, every choice, every refusal; nothing is made twice."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core import audio
from core.audio import Audio
from core.extrapolate.examples import EXAMPLES
from core.extrapolate.job import ExtendedSound
from core.jobs import SERVER, JobQueue
from pages.components.extrapolate.defaults import default_jobs
from pages.components.shared.messages import InterruptionError
from pages.components.shared.results import keep_result
from pages.components.shared.server_cache import server_cache
from pages.components.shared.server_jobs import server_jobs
from tests.core.sounds import by_ffmpeg, silent_video, stereo_tone, tone
from tests.pages.conftest import another_visitor, captions, errors, forbid_jobs, markdown, open_page, shown
from tests.pages.shared.test_component import unpack

SR = 22_050


def open_extrapolate(**query: str) -> AppTest:
    """The page with an addition of ten seconds, unless another length is asked for."""
    query = {"seconds": "10", **query}
    return open_page("extrapolate.py", **{f"extrapolate__{key}": value for key, value in query.items()})


def extended() -> ExtendedSound:
    """What a page has shown last."""
    return shown(ExtendedSound)


def heard(at: AppTest) -> audio.Audio:
    """What the player was given."""
    player = next(part.proto for part in at.get("bidi_component") if part.key == "extrapolate.player")
    head, _ = unpack(player.bytes)
    sounds = [extended().sound, *(entry.value for entry in server_cache()._entries.values())]
    return next(each.decode() for each in sounds if getattr(each, "sha256", "") == head["sound"]["id"])


@pytest.fixture(scope="module")
def clip() -> bytes:
    return audio.encode(EXAMPLES["street"].audio(sr=SR), "wav")


@pytest.fixture(scope="module")
def page() -> AppTest:
    return open_extrapolate()


def upload(data: bytes, name: str = "mine.wav", **query: str) -> AppTest:
    at = open_extrapolate(source="Upload", **query)
    at.file_uploader(key="extrapolate.file").upload(name, data, "audio/wav")
    return at.run()


def test_an_example_goes_on_with_no_click():
    at = open_extrapolate()
    assert errors(at) == []
    added = extended().made.added[0]
    assert added.stop_sec - added.start_sec == pytest.approx(10, abs=0.01)
    assert "joins" in markdown(at)


def test_the_first_look_needs_nothing_but_what_the_server_makes_beforehand(empty_cache, monkeypatch):
    for job in default_jobs():
        server_jobs().submit(
            job, SERVER, lambda value, n_bytes, job=job: keep_result(job.key, "", value, n_bytes)
        )
    forbid_jobs(monkeypatch)
    at = open_page("extrapolate.py")
    assert errors(at) == []
    assert extended().made.request.seconds == 30
    # One look, with its sound.
    parts = [part.proto for kind in ("plotly_chart", "bidi_component") for part in at.get(kind)]
    sound = extended().sound
    assert sum(len(part.SerializeToString()) for part in parts) + len(sound.small or sound.data) < 1_200_000


def test_a_rerun_makes_nothing_anew_and_another_visitor_has_the_same(page, monkeypatch):
    errors(page.run())
    forbid_jobs(monkeypatch)
    before = len(server_cache())
    assert errors(page.run()) == []
    assert errors(open_extrapolate()) == []
    assert len(server_cache()) == before


def test_a_look_at_the_page_is_light(page):
    open_extrapolate()
    charts = [len(part.proto.SerializeToString()) for part in page.get("plotly_chart")]
    assert len(charts) == 2 and sum(charts) < 70_000


def test_original_addition_and_whole_are_heard_in_turn():
    at = open_extrapolate()
    made, sounds = extended(), {}
    for choice in ("Original", "Added part", "Extended"):
        at.button_group(key="extrapolate.listen").set_value(choice).run()
        assert errors(at) == []
        sounds[choice] = heard(at)
    assert np.array_equal(sounds["Extended"].y, made.sound.decode().y)
    (start, stop), sr = made.added_spans[0], made.sound.sr
    assert np.array_equal(sounds["Added part"].y, sounds["Extended"].y[:, start:stop])
    assert stop - start == pytest.approx(10 * sr, abs=0.01 * sr)
    assert sounds["Original"].duration_sec == made.recording_sec >= made.made.own_sec[1]
    same = round(made.made.identical_sec[1] * sr)
    assert np.array_equal(sounds["Original"].y[:, :same], sounds["Extended"].y[:, :same])


def test_the_address_chooses_everything():
    at = open_extrapolate(
        example="Waltz",
        seconds="14",
        direction="Both",
        at="20",
        mood="Calmer",
        adventure="0.8",
        seed="7",
    )
    assert errors(at) == []
    request = extended().made.request
    assert (request.seconds, request.direction, request.at_sec) == (14, "both", 20.0)
    assert (request.mood, request.adventure, request.seed) == ("calm", 0.8, 7)
    assert extended().made.recording.key == ("F", "major")


def test_another_seed_goes_on_differently():
    at = open_extrapolate()
    before = extended()
    at.button(key="extrapolate.new_seed").click().run()
    assert extended().made.request.seed != before.made.request.seed
    assert extended().sound.sha256 != before.sound.sha256


# Of ten seconds, seeds 18, 20 and 21 give what 8 gives; 0 gives something else.
@pytest.mark.parametrize(("seeds", "kept"), [((18, 20, 0, 1), 0), ((18, 20, 21, 18, 20, 0), 20)])
def test_a_new_version_draws_on_where_a_seed_gives_what_the_former_one_gave(monkeypatch, seeds, kept):
    at = open_extrapolate(seed="8")
    before, drawn = extended(), iter(seeds)
    monkeypatch.setattr("pages.components.shared.controls.secrets.randbelow", lambda most: next(drawn))
    at.button(key="extrapolate.new_seed").click().run()
    assert errors(at) == []
    assert at.number_input(key="extrapolate.seed").value == kept
    assert (extended().sound.sha256 == before.sound.sha256) == (kept != 0)
    assert len(list(drawn)) == 1  # five are tried at most
    # A seed that somebody chooses stays, whatever it gives.
    at.number_input(key="extrapolate.seed").set_value(21).run()
    assert (at.number_input(key="extrapolate.seed").value, errors(at)) == (21, [])


def test_an_upload_goes_on_and_its_first_part_stays(clip):
    at = upload(clip)
    assert errors(at) == []
    sound, stop = audio.decode(clip), round(extended().made.identical_sec[1] * SR)
    # At 16 bits, which is all that the upload has: sample by sample.
    np.testing.assert_array_equal(extended().sound.decode().y[:, :stop], sound.y[:, :stop])
    assert f"{sound.duration_sec:.1f} seconds, stereo, 22,050 Hz" in captions(at)


def test_what_an_upload_made_is_nobody_else_s(clip):
    data = clip[:-4_000]
    assert errors(upload(data)) == []
    mine, n_mine = extended(), len(server_cache())
    with another_visitor("somebody else"):
        # He has brought the same file, and everything is made for him again.
        assert errors(upload(data)) == []
        assert extended() is not mine and extended().sound.sha256 == mine.sound.sha256
        kept = [entry for entry in server_cache()._entries.values() if entry.value in (mine, extended())]
        assert len({entry.owner for entry in kept} - {""}) == 2
        assert len(server_cache()) > n_mine
    assert len(server_cache()) == n_mine


def test_a_stopped_extension_is_not_begun_again_until_asked(clip, empty_cache, monkeypatch):
    asked = []
    submit = JobQueue.submit
    monkeypatch.setattr(
        JobQueue, "submit", lambda self, job, *rest: (asked.append(job.key), submit(self, job, *rest))[1]
    )
    at = upload(clip)
    key = asked[0]
    server_cache().drop(key)
    at.session_state[InterruptionError.stopped_key("extrapolate")] = key
    at.run()
    assert any("Stopped" in info.value for info in at.info)
    at.button(key="extrapolate.resume").click().run()
    assert errors(at) == [] and not at.info
    assert extended().made.identical and asked.count(key) == 2


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
    assert extended().made.identical


def test_a_film_goes_on_by_its_sound():
    film = by_ffmpeg(stereo_tone(duration_sec=6.0, level=0.3), "mp4", "aac", picture=True)
    at = upload(film, "film.mp4")
    assert errors(at) == []
    assert not extended().made.recording.tempo_qpm


def test_the_neural_engine_makes_new_sound_with_one_join_and_the_card_is_shown():
    at = open_extrapolate(
        engine="Generate (lower quality)",
        example="Mist",
        about="true",
    )
    assert errors(at) == []
    added = extended().made.added[0]
    assert len(added.joins) == 1 and added.self_copy == 0
    assert extended().made.identical
    at.session_state["extrapolate.about"] = True
    at.run()
    assert "no evidence of quality" in markdown(at)


def test_a_place_after_the_end_is_told():
    at = open_extrapolate(at="500")
    assert "must lie between" in errors(at)[0]


def test_a_source_without_a_sound_is_an_invitation():
    for source in ("Upload", "Record"):
        at = open_extrapolate(source=source)
        assert errors(at) == []
        assert "choose “Example”" in captions(at)


def test_a_recording_of_now_goes_on(clip):
    at = open_extrapolate(source="Record")
    at.audio_input(key="extrapolate.recording").set_value(("now.wav", clip, "audio/wav")).run()
    assert errors(at) == []
    assert extended().made.identical
