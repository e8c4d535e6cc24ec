"""Jobs of Audio Viz: what they give survives the way between two processes, and says what the parts of core say."""

import io

import numpy as np
import pandas as pd
import pytest

from core import audio
from core.audio import Audio
from core.audio.flac import FlacSound
from core.audioviz.extract import Listener
from core.audioviz.job import (
    MAX_PLAYED_BYTES,
    FilmRequest,
    HeardSound,
    cut_part,
    film_sound,
    fit_sound,
    hear_given,
    hear_track,
    hear_upload,
    map_hearing,
)
from core.audioviz.mappings import map_features
from core.audioviz.music_library import Track
from core.audioviz.report import write_csv, write_npz
from core.audioviz.settings import DRAWN_RATE_HZ, VizSettings
from core.audioviz.sound_measures import PARAMETERS
from core.errors import InputError
from core.plain_data import from_bytes, to_bytes

SR = 22_050


def sweep(seconds: float = 3.0) -> Audio:
    """A tone that rises, swells and is joined by noise."""
    t = np.arange(round(seconds * SR)) / SR
    noise = np.random.default_rng(0).normal(size=len(t)) * 0.05 * t
    return Audio(
        (0.3 * np.sin(2 * np.pi * (200 + 300 * t) * t) * (0.3 + t % 1) + noise).astype(np.float32), SR
    )


@pytest.fixture(scope="module")
def heard() -> HeardSound:
    return hear_upload(audio.encode(sweep(), "wav"), "sweep.wav")


def test_a_heard_sound_comes_back_from_a_worker_as_it_was(heard):
    again = from_bytes(to_bytes(heard))
    assert again.sound == heard.sound and again.sha256 == heard.sha256
    for name in ("parameters", "lanes", "lane_times_sec", "likeness", "likeness_times_sec"):
        np.testing.assert_array_equal(getattr(again.measured, name), getattr(heard.measured, name))
    np.testing.assert_array_equal(again.measured.hearing.codes, heard.measured.hearing.codes)


def test_what_is_heard_is_what_is_played(heard):
    hearing = Listener().hear(heard.sound.decode())
    np.testing.assert_array_equal(heard.measured.hearing.codes, hearing.codes)
    drawn = map_features(hearing, rate_hz=DRAWN_RATE_HZ, interpolation="cubic")
    np.testing.assert_array_equal(heard.measured.parameters, drawn)
    np.testing.assert_array_equal(map_hearing(hearing, VizSettings()), drawn)


def test_a_given_sound_and_a_track_are_heard_as_a_file_with_the_same_samples_is(heard, tmp_path):
    given = hear_given(FlacSound.of(sweep()))
    np.testing.assert_array_equal(given.measured.parameters, heard.measured.parameters)
    (tmp_path / "a.wav").write_bytes(audio.encode(sweep(), "wav"))
    track = Track(genre="", artist="", title="a", path="a.wav")
    assert hear_track(str(tmp_path), track).sound == heard.sound
    with pytest.raises(InputError, match="can no longer be read"):
        hear_track(str(tmp_path), Track(genre="", artist="", title="b", path="b.wav"))


def test_a_long_sound_is_made_smaller_and_the_visitor_is_told():
    n = MAX_PLAYED_BYTES // 4 + 1
    small, note = fit_sound(Audio(np.zeros((2, n), np.float32), 48_000))
    assert small.n_channels == 1 and small.sr == 48_000 and "in mono" in note
    short = Audio(np.zeros((2, 1000), np.float32), 48_000)
    assert fit_sound(short) == (short, "")


def request(**changed) -> FilmRequest:
    given = {
        "size": (64, 64),
        "fps": 5,
        "start_sec": 0.5,
        "seconds": 1.0,
        "scene": "bars",
        "palette": "ember",
    }
    return FilmRequest(**{**given, "limiter": True, **changed})


def test_the_part_of_a_video_has_the_sound_and_the_parameters_of_the_same_time(heard):
    drawn, sound = cut_part(heard.sound, heard.measured.parameters, request())
    np.testing.assert_array_equal(sound.y, heard.sound.decode().y[SR // 2 : SR // 2 + SR])
    np.testing.assert_array_equal(drawn, heard.measured.parameters[30:90])
    drawn, sound = cut_part(heard.sound, heard.measured.parameters, request(start_sec=99.0))
    assert len(drawn) == 1 and sound.n_samples == 1


def test_a_film_is_drawn_with_its_progress(heard):
    told = []
    film = film_sound(
        heard.sound,
        heard.measured.parameters,
        request(),
        progress=lambda share, stage: told.append((share, stage)),
    )
    assert film[4:8] == b"ftyp"
    assert len(told) > 5 and told == sorted(told, key=lambda each: each[0])
    assert told[-1][0] == 1.0 and told[-1][1].startswith("Making this video: 100%")


def test_the_files_hold_what_is_drawn(heard):
    hearing, drawn = heard.measured.hearing, heard.measured.parameters
    table = pd.read_csv(io.BytesIO(write_csv(hearing, drawn, DRAWN_RATE_HZ)))
    assert len(table) == len(hearing.times_sec)
    assert np.allclose(table["parameter pulse"], drawn[::3, 1][: len(table)], atol=2e-4)
    assert np.allclose(table["measured loudness"], hearing.measured[:, 0], atol=1e-3)
    with np.load(io.BytesIO(write_npz(hearing, drawn, DRAWN_RATE_HZ)), allow_pickle=False) as arrays:
        assert np.array_equal(arrays["parameters"], drawn)
        assert arrays["parameter_names"].tolist() == list(PARAMETERS)
