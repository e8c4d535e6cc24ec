"""The Audio Viz page in Streamlit's test harness: every source, every choice, every refusal, and what a second look costs."""

import hashlib
import io
import json
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
import streamlit
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from core import audio
from core.audio.flac import FlacSound
from core.audioviz.extract import MODEL_TITLES, Listener
from core.audioviz.job import HeardSound, hear_upload
from core.audioviz.settings import DRAWN_RATE_HZ, VizSettings
from core.audioviz.sound_measures import PARAMETERS
from core.jobs import SERVER, JobQueue
from core.showcase import SHOWPIECES
from pages.components.shared import component
from pages.components.shared.audio_viz_link import FROM_ANOTHER_PAGE, GivenSound, give_sound
from pages.components.shared.model_cache import installed_viz_models
from pages.components.shared.results import keep_result
from pages.components.shared.server_cache import server_cache
from pages.components.shared.server_jobs import server_jobs
from pages.components.shared.sound_address import serve_file
from pages.components.viz import film
from pages.components.viz.controls import AXES, INTERPOLATIONS, MAPPINGS, SCALINGS
from pages.components.viz.defaults import default_jobs
from pages.components.viz.features import Heard
from pages.components.viz.film import fit_part
from pages.components.viz.legend import legend
from pages.components.viz.order_list.order_list import read_order
from pages.components.viz.result import settings_json
from pages.components.viz.scene_view import DEFAULT_LOOK, read_look
from pages.components.viz.scenes.scenes import SCENE_NAMES
from pages.components.viz.source import LIBRARY_SETTING, LIVE, Source
from tests.core.sounds import silent_video, tone, uploads
from tests.pages.conftest import (
    another_visitor,
    captions,
    errors,
    forbid_jobs,
    markdown,
    new_page,
    open_app,
    shown,
)
from tests.pages.shared.test_component import unpack

SR = 22_050


def music(seed: int = 0, seconds: float = 4.0) -> audio.Audio:
    """Notes at random, some loud, some noisy: every parameter moves."""
    rng = np.random.default_rng(seed)
    y = np.zeros(round(seconds * SR), np.float32)
    for start in np.arange(0, seconds - 0.3, 0.25):
        t = np.arange(round(0.3 * SR)) / SR
        note = np.sin(2 * np.pi * 110 * 2 ** (rng.integers(0, 36) / 12) * t) + rng.uniform(
            0, 0.6
        ) * rng.normal(size=len(t))
        at = round(start * SR)
        y[at : at + len(t)] += (rng.uniform(0.05, 0.3) * note * np.exp(-6 * t)).astype(np.float32)
    return audio.Audio(np.clip(y, -1, 1), SR)


MUSIC = audio.encode(music(), "wav")


def open_viz(data: bytes | None = MUSIC, name: str = "track.wav", **query: str) -> AppTest:
    """The page with a file; without one as the address says."""
    at = new_page("audio_viz.py", **{f"viz__{key}": value for key, value in query.items()})
    if data is None:
        return at.run()
    at.query_params["viz.source"] = "Upload"
    at.run()
    return at.file_uploader(key="viz.file").upload(name, data, "audio/wav").run()


@pytest.fixture(scope="module", autouse=True)
def served() -> Iterator[None]:
    """What lies behind the addresses of large messages; the harness forgets it at the end of a run."""

    def serve(data: bytes, *given: object, **named: object) -> str | None:
        address = serve_file(data, *given, **named)
        if address is not None:
            SERVED[address] = data
        return address

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(component, "serve_file", serve)
        yield


SERVED: dict[str, bytes] = {}


def parameters(at: AppTest) -> np.ndarray:
    """What the scenes were given, in steps of 1/65535."""
    assert errors(at) == []
    head, content = message(at)
    return np.frombuffer(content, "<u2", head["n"] * 10).reshape(-1, 10) / 65_535


def sent_to(at: AppTest, key: str):
    return next(part.proto for part in at.get("bidi_component") if part.key == key)


def header(at: AppTest) -> dict:
    """What the scenes are told: the head of their message."""
    return message(at)[0]


def message(at: AppTest) -> tuple[dict, bytes]:
    """Head and content of what the scenes were sent, or of what lies at the address that they were sent."""
    head, content = unpack(sent_to(at, "viz.scenes").bytes)
    return unpack(SERVED[head["address"]]) if "address" in head else (head, content)


@pytest.fixture(scope="module")
def page() -> AppTest:
    return open_viz()


def test_a_file_becomes_ten_parameters_and_is_drawn_in_its_length(page):
    shown = parameters(page)
    assert shown.shape[1] == 10 and len(shown) / DRAWN_RATE_HZ == pytest.approx(4.0, abs=0.1)
    assert shown.std(axis=0).max() > 0.1
    head = header(page)
    assert head["n"] == len(shown) and head["has_sound"] and head["title"] == "track"


def test_an_example_is_composed_and_shown_with_no_more_than_its_link():
    at = open_viz(None, example=SHOWPIECES["folk"].title)
    assert len(parameters(at)) / DRAWN_RATE_HZ > 20
    assert "saves your settings and the example" in captions(at)
    assert header(at)["title"] == SHOWPIECES["folk"].title


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("mapping", name) for name in MAPPINGS if name != "Direct"),
        *(("axis", name) for name in list(AXES)[1:]),
        *(("scaling", name) for name in list(SCALINGS)[1:]),
        *(("interpolation", name) for name in list(INTERPOLATIONS)[1:]),
        ("smoothing", "1.5"),
        ("order", "1-0-2-3-4-5-6-7-8-9"),
    ],
)
def test_every_choice_in_the_address_changes_the_parameters(page, key, value):
    assert np.abs(parameters(open_viz(**{key: value})) - parameters(page)).max() > 0.005


def test_another_seed_gives_other_mixtures_and_the_same_seed_the_same():
    first, again, other = (
        parameters(open_viz(mapping="Random mixtures", seed=seed)) for seed in ("3", "3", "4")
    )
    assert np.array_equal(first, again)
    assert np.abs(first - other).max() > 0.05


def test_the_order_moves_columns_and_nothing_else(page):
    swapped = parameters(open_viz(order="1-0-2-3-4-5-6-7-8-9"))
    assert np.array_equal(swapped, parameters(page)[:, [1, 0, *range(2, 10)]])


def test_a_dragged_order_goes_into_the_address_and_can_be_put_back(page):
    at = open_viz()
    order = [9, *range(9)]
    version = at.session_state["viz.order_list.kept"].version
    at.session_state["viz.order_list"] = {"value": {"version": version, "turn": 1, "order": order}}
    at.run()
    assert np.allclose(parameters(at), parameters(page)[:, order])
    assert at.query_params["viz.order"] in ("9-0-1-2-3-4-5-6-7-8", ["9-0-1-2-3-4-5-6-7-8"])
    at.button(key="viz.order_back").click().run()
    assert np.array_equal(parameters(at), parameters(page))
    assert "viz.order" not in at.query_params


orders = st.lists(st.one_of(st.integers(), st.floats(), st.booleans()), max_size=6)


@given(st.one_of(st.none(), st.text(), st.permutations(range(4)), orders))
def test_an_order_from_the_browser_is_a_permutation_or_nothing(sent):
    order = read_order({"order": sent}, 4)
    assert order is None or sorted(order) == [0, 1, 2, 3]
    if isinstance(sent, list) and sorted(map(str, sent)) == ["0", "1", "2", "3"]:
        assert order == tuple(sent)


def test_a_second_look_hears_nothing_again(monkeypatch):
    calls = []
    hear = Listener.hear

    def counted(self, *args, **kwargs):
        calls.append(kwargs.get("model"))
        return hear(self, *args, **kwargs)

    monkeypatch.setattr(Listener, "hear", counted)
    data = audio.encode(music(seed=7), "wav")
    at = open_viz(data)
    assert len(calls) == 1
    first = parameters(at)
    at.selectbox(key="viz.mapping").set_value("Clusters (k-means)").run()
    at.slider(key="viz.smoothing").set_value(2.0).run()
    assert not np.array_equal(parameters(at), first)
    asked = []
    submit = JobQueue.submit
    monkeypatch.setattr(JobQueue, "submit", lambda self, *job: (asked.append(job), submit(self, *job))[1])
    at.session_state["viz.scenes"] = {
        "value": {"given": json.dumps(DEFAULT_LOOK, sort_keys=True), **DEFAULT_LOOK, "scene": "storm"}
    }
    at.run()
    assert at.query_params["viz.scene"] in ("storm", ["storm"])
    assert errors(at) == [] and not asked  # Another scene maps nothing again.
    assert len(calls) == 1


def test_the_first_look_needs_nothing_but_what_the_server_makes_beforehand(empty_cache, monkeypatch):
    for job in default_jobs():
        server_jobs().submit(job, SERVER, lambda value, n, job=job: keep_result(job.key, "", value, n))

    forbid_jobs(monkeypatch)
    at = open_viz(None)
    assert errors(at) == [] and header(at)["title"] == SHOWPIECES["piano"].title
    parts = [part.proto for kind in ("plotly_chart", "bidi_component") for part in at.get(kind)]
    # The sound has an address, and so have the parameters.
    assert sum(len(part.SerializeToString()) for part in parts) < 100_000
    sound = shown(HeardSound).sound
    assert sum(len(part.SerializeToString()) for part in parts) + len(sound.small or sound.data) < 1_200_000


def test_what_an_upload_made_is_nobody_else_s():
    data = audio.encode(music(seed=21), "wav")
    choices = {"mapping": "Clusters (k-means)"}
    first = parameters(open_viz(data, **choices))
    mine, n_mine = shown(HeardSound), len(server_cache())
    with another_visitor("somebody else"):
        assert np.array_equal(parameters(open_viz(data, **choices)), first)
        assert shown(HeardSound) is not mine
        assert len(server_cache()) > n_mine
    assert len(server_cache()) == n_mine
    assert {entry.owner for entry in server_cache()._entries.values() if entry.value is mine} != {""}


def test_the_look_is_in_the_address_and_what_makes_no_sense_is_left_out():
    at = open_viz(scene="planet", palette="ember", limiter="false", latency_ms="-120")
    assert {name: header(at)[name] for name in DEFAULT_LOOK} == {
        "scene": "planet",
        "palette": "ember",
        "limiter": False,
        "latency_ms": -120,
        "aspect": "16:9",
        "caption": "",
    }
    titled = open_viz(aspect="1:1", caption="My Song")
    assert (header(titled)["aspect"], header(titled)["caption"]) == ("1:1", "My Song")
    assert titled.query_params["viz.caption"] in ("My Song", ["My Song"])
    nonsense = {"viz.scene": "x", "viz.palette": "", "viz.limiter": "0", "viz.latency_ms": "9999"}
    assert read_look(nonsense) == DEFAULT_LOOK


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("silence.wav", audio.encode(audio.Audio(np.zeros(2 * SR, np.float32), SR), "wav"), "silent"),
        ("short.wav", audio.encode(tone(duration_sec=0.4), "wav"), "at least 1 second"),
        ("hour.wav", audio.encode(audio.Audio(np.zeros(3_600_000, np.float32), 1_000), "wav"), "15 min"),
        ("broken.wav", b"RIFF\x00\x00\x00\x00WAVEfmt ", "damaged"),
        ("text.mp3", b"only words, no sound " * 20, "text"),
        ("film.mp4", silent_video(), "film.mp4"),
    ],
)
def test_what_cannot_be_shown_gets_one_sentence_and_the_next_file_works(name, data, sentence):
    at = open_viz(data, name)
    told = errors(at)
    assert len(told) == 1 and sentence in told[0]
    at.file_uploader(key="viz.file").upload("track.wav", MUSIC, "audio/wav").run()
    assert len(parameters(at)) > 100


def test_the_sound_of_a_video_is_taken():
    assert len(parameters(open_viz(uploads()["mp4 video"], "film.mp4"))) > 60


def test_one_second_is_enough():
    assert len(parameters(open_viz(audio.encode(music(seconds=1.0), "wav"), "short.wav"))) > 40


def library(folder: Path) -> Path:
    for place, seed in (("Folk/Ann/Air.wav", 1), ("Folk/Bob/Jig.wav", 2), ("Rock/Cleo/Riff.wav", 3)):
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(audio.encode(music(seed), "wav"))
    (folder / "Rock/Cleo/broken.wav").write_bytes(b"")
    return folder


def test_a_library_is_filtered_by_genre_and_artist_and_its_broken_files_are_counted(tmp_path, monkeypatch):
    monkeypatch.setenv(LIBRARY_SETTING, str(library(tmp_path)))
    at = open_viz(None, source="Music library")
    assert header(at)["title"] == "Air"
    assert "1 file that is damaged" in captions(at)
    at.multiselect(key="viz.genre").set_value(["Rock"]).run()
    assert at.selectbox(key="viz.track").options == ["Riff · Cleo"]
    assert header(at)["title"] == "Riff"
    linked = open_viz(None, source="Music library", genre="Folk", artist="Bob")
    assert header(linked)["title"] == "Jig"


def test_no_library_and_a_missing_folder_are_told(tmp_path, monkeypatch):
    monkeypatch.delenv(LIBRARY_SETTING, raising=False)
    at = open_viz(None, source="Music library")
    assert errors(at) == [] and LIBRARY_SETTING in at.info[0].value
    monkeypatch.setenv(LIBRARY_SETTING, str(tmp_path / "nowhere"))
    assert "does not exist" in errors(open_viz(None, source="Music library"))[0]


def test_the_live_microphone_needs_no_sound_and_hears_nothing_on_the_server():
    at = open_viz(None, source=LIVE)
    assert errors(at) == []
    assert header(at)["n"] == 0 and header(at)["microphone"] and not header(at)["has_sound"]


def test_the_sound_of_another_page_is_shown_and_none_is_an_invitation():
    at = open_viz(None, source=FROM_ANOTHER_PAGE)
    assert errors(at) == [] and "Open in Audio Viz" in captions(at)
    with another_visitor("who presses See it"):
        given = GivenSound(title="Waltz", sound=FlacSound.of(music(seed=3)))
        give_sound(given)
        at.session_state["viz.given_title"] = given.title
        at.run()
        assert header(at)["title"] == "Waltz" and len(parameters(at)) > 100
    # He has gone, and the sound with him; nobody else comes to it.
    assert "no longer has that sound" in captions(at.run())


def test_see_it_beside_the_downloads_of_a_page_opens_its_sound_here():
    at = open_app()
    at.button(key="home.elnino").click().run()
    at.button(key="sonify.download.see").click().run()
    assert at.title[0].value == "Audio Viz"
    assert header(at)["title"] in captions(at)
    assert len(parameters(at)) > 100


@pytest.mark.parametrize("view", ["Model output", "Audio features", "Measures", "Spectrogram", "Similarity"])
def test_every_chart_is_drawn(view):
    at = open_viz(chart=view)
    assert errors(at) == []
    assert len(at.get("plotly_chart")) == 1


def test_the_cards_tell_what_is_measured():
    at = open_viz()
    at.session_state["viz.about"] = True
    at.run()
    assert errors(at) == []
    assert "loudness, from 25 dB below" in markdown(at)


def test_every_scene_says_what_each_parameter_does():
    for scene in SCENE_NAMES:
        assert [name for name, _ in legend(scene)] == list(PARAMETERS)
        assert len({does for _, does in legend(scene)}) == 10


@pytest.fixture(scope="module")
def heard() -> Heard:
    given = hear_upload(MUSIC, "track.wav")
    source = Source(title="track", identity=("file", given.sha256), is_private=True)
    settings, listening = VizSettings(), given.measured
    return Heard(
        source=source, given=given, settings=settings, listening=listening, parameters=listening.parameters
    )


def test_the_settings_say_of_which_sound_they_are(heard):
    told = json.loads(settings_json(heard, DEFAULT_LOOK))
    assert told["settings"]["smoothing_sec"] == 0.1 and told["look"]["scene"] == "bars"
    assert told["data"]["sha256"] == hashlib.sha256(MUSIC).hexdigest()


@pytest.mark.parametrize(
    ("start", "seconds", "expected"),
    [(1.0, 2.0, (1.0, 2.0)), (1.0, 30.0, (1.0, 3.0)), (100.0, 30.0, (3.5, 0.5)), (0.0, 0.5, (0.0, 0.5))],
)
def test_a_video_is_cut_to_the_sound(start, seconds, expected):
    assert fit_part(start, seconds, 4.0, 300.0) == expected
    assert fit_part(0.0, 4.0, 4.0, 1.5) == (0.0, 1.5)


def open_small_video(seed: int) -> AppTest:
    """The page with a sound of a second and the choice of a small video."""
    at = open_viz(audio.encode(music(seed, seconds=1.0), "wav"))
    at.selectbox(key="viz.video.size").set_value("240p")
    return at.selectbox(key="viz.video.fps").set_value(15).run()


def test_a_video_is_made_when_it_is_asked_for_and_stays():
    at = open_small_video(31)
    assert "viz.video" not in at.session_state
    at.button(key="viz.video.make").click().run()
    assert errors(at) == []
    video = at.session_state["viz.video"]
    with av.open(io.BytesIO(server_cache().get(video.key))) as film:
        frames = sum(1 for _ in film.decode(video=0))
    assert frames == 15 and "426 × 240" in video.about
    at.run()
    assert video.about in captions(at).replace("\\", "")
    # The cache may need the room; the session itself keeps no film.
    server_cache().drop(video.key)
    assert "Make it again" in captions(at.run())


def test_aspect_ratio_and_title_beside_the_video_are_those_of_the_scene():
    at = open_small_video(34)
    at.selectbox(key="viz.video.aspect").set_value("9:16").run()
    at.text_input(key="viz.video.caption").set_value("My Song").run()
    assert errors(at) == []
    assert (header(at)["aspect"], header(at)["caption"]) == ("9:16", "My Song")
    assert at.query_params["viz.aspect"] in ("9:16", ["9:16"])
    at.button(key="viz.video.make").click().run()
    assert "240 × 426" in at.session_state["viz.video"].about


def test_a_video_is_as_long_as_its_sound_unless_a_length_is_given():
    at = open_small_video(35)
    assert "0:00.0 to 0:01.0 (1.0 s)." in captions(at)
    at.number_input(key="viz.video.seconds").set_value(0.5).run()
    assert "0:00.0 to 0:00.5 (0.5 s)." in captions(at)


def test_a_video_is_still_made_when_something_else_was_touched_meanwhile(monkeypatch):
    at = open_small_video(32)
    obtain = film.obtain
    # What a touch does to a run that waits for frames: it ends there.
    monkeypatch.setattr(film, "obtain", lambda *args, **named: streamlit.stop())
    at.button(key="viz.video.make").click().run()
    assert "viz.video" not in at.session_state
    monkeypatch.setattr(film, "obtain", obtain)
    at.run()
    assert errors(at) == [] and "426 × 240" in at.session_state["viz.video"].about


def test_a_video_that_was_stopped_is_made_again_only_when_it_is_asked_for(monkeypatch):
    at = open_small_video(33)
    asked = []
    submit = JobQueue.submit
    monkeypatch.setattr(
        JobQueue, "submit", lambda self, job, *rest: (asked.append(job.key), submit(self, job, *rest))[1]
    )
    at.button(key="viz.video.make").click().run()
    key = at.session_state["viz.video"].key
    server_cache().drop(key)
    at.session_state["viz.video.stopped"], at.session_state["viz.video.wanted"] = key, True
    at.run()
    assert asked == [key] and "Stopped" in at.info[0].value
    at.button(key="viz.video.make").click().run()
    assert asked == [key, key] and errors(at) == [] and not at.info


def test_every_model_that_is_installed_hears_and_styles_are_shown_where_it_knows_them():
    measured = parameters(open_viz())
    for model in installed_viz_models():
        at = open_viz(model=MODEL_TITLES[model])
        shown = parameters(at)
        assert np.array_equal(shown, measured) == (model == "measured")
        chart = next(group for group in at.get("button_group") if group.key == "viz.chart")
        assert ("Styles" in chart.options) == (model in ("alexnet", "vgg"))


def test_a_recording_is_shown_and_none_yet_is_an_invitation():
    at = open_viz(None, source="Record")
    assert errors(at) == []
    assert "upload a file instead" in captions(at)
    at.audio_input(key="viz.recording").upload("recording.wav", MUSIC, "audio/wav").run()
    assert len(parameters(at)) > 100
    assert header(at)["title"] == "Recording"
