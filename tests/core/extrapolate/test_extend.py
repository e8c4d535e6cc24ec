"""A recording goes on: its own part stays, tempo, key and loudness stay, the mood shifts as wished, bad input is told."""

import base64
import io
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from core import audio
from core.audio import Audio, decode
from core.audio.encoding import encode_parts
from core.audio.time_stretch import stretch
from core.errors import InputError
from core.extrapolate import descriptions
from core.extrapolate.analysis import analyze
from core.extrapolate.blockwise_features import estimate_key, measure_frames, tempo_near
from core.extrapolate.charts import draw_sound, envelope, mood_figure, paint_spectrogram, whole_figure
from core.extrapolate.config import ExtrapolateConfig
from core.extrapolate.examples import EXAMPLES
from core.extrapolate.extend import extend
from core.extrapolate.forecast import Forecaster
from core.extrapolate.joins import FADE_SEC
from core.extrapolate.model import ExtrapolateNet
from core.extrapolate.report import report
from core.extrapolate.request import Request
from core.extrapolate.sound_mood import SHIFTS, measures, mood_from, mood_of, tempo_curve
from core.nn.weights import to_arrays
from tests.core.sounds import by_ffmpeg, noise, stereo_tone, tone

SR = 22_050


@pytest.fixture(scope="module")
def pieces():
    return {name: example.audio(sr=SR) for name, example in EXAMPLES.items()}


@pytest.fixture(scope="module")
def street(pieces):
    return pieces["street"], analyze(pieces["street"])


def two_rows(sound: Audio) -> np.ndarray:
    return np.atleast_2d(sound.y)


@pytest.mark.parametrize("name", EXAMPLES)
def test_tempo_key_and_loudness_of_a_known_piece_are_found_and_stay(pieces, name):
    example, result = EXAMPLES[name], extend(pieces[name], Request(seconds=30, seed=2))
    before, after = result.recording, result.added[0].portrait
    assert before.key == after.key == (example.key, example.mode)
    if example.tempo_qpm is None:
        assert before.tempo_qpm is None and after.tempo_qpm is None
    else:
        assert before.tempo_qpm == pytest.approx(example.tempo_qpm, rel=0.01)
        assert after.tempo_qpm == pytest.approx(example.tempo_qpm, rel=0.03)
    assert abs(after.loudness_lufs - before.loudness_lufs) <= 2.0
    assert result.joins
    assert np.mean([join.good for join in result.joins]) >= 0.8


def test_what_begins_at_a_join_is_no_more_than_what_begins_elsewhere(street):
    sound, found = street
    result = extend(sound, Request(seconds=60, seed=5), analysis=found)
    flux = measure_frames([two_rows(result.whole())], SR).flux
    at = np.array([round(join.time_sec * SR / 512) for join in result.joins])
    peaks = np.array([flux[max(0, frame - 2) : frame + 3].max() for frame in at])
    assert (peaks <= flux.mean() + 5 * flux.std()).all()
    # A click is broad: between two samples it leaps further than anything in the recording does.
    steps = np.abs(np.diff(two_rows(result.whole()), axis=1)).max(axis=0)
    near = np.concatenate(
        [steps[round(j.time_sec * SR) - 300 : round(j.time_sec * SR) + 300] for j in result.joins]
    )
    assert near.max() <= 1.25 * np.abs(np.diff(two_rows(sound), axis=1)).max()


@pytest.mark.parametrize(
    ("direction", "at_sec"),
    [("after", None), ("after", 12.3), ("before", None), ("before", 7.0), ("both", 20.0)],
)
def test_the_own_part_is_the_recording_sample_by_sample(street, direction, at_sec):
    sound, found = street
    result = extend(sound, Request(seconds=12, direction=direction, at_sec=at_sec, seed=1), analysis=found)
    own, whole = two_rows(sound), two_rows(result.whole())
    start, stop = (round(second * SR) for second in result.own_sec)
    spare = round((FADE_SEC + 0.001) * SR)
    first = start + (spare if direction != "after" else 0)
    last = stop - (spare if direction != "before" else 0)
    shift = round(result.at_sec * SR) - start
    np.testing.assert_array_equal(whole[:, first:last], own[:, first + shift : last + shift])
    assert result.identical
    assert result.duration_sec == pytest.approx(stop / SR - start / SR + 12 * len(result.added), abs=0.01)
    if at_sec is not None:
        joint = result.at_sec if direction == "before" else result.at_sec + (stop - start) / SR
        assert abs(joint - at_sec) <= 0.35
    for added in result.added:
        assert added.stop_sec - added.start_sec == pytest.approx(12, abs=0.01)
        assert all(added.start_sec <= join.time_sec <= added.stop_sec for join in added.joins)


def test_the_same_request_gives_the_same_sound_and_progress_only_grows(street):
    sound, found = street
    told = []
    request = Request(seconds=15, mood="lift", seed=9)
    first = extend(sound, request, analysis=found, progress=lambda share, stage: told.append((share, stage)))
    again = extend(sound, request, analysis=found)
    np.testing.assert_array_equal(first.whole().y, again.whole().y)
    shares = [share for share, _ in told]
    assert shares == sorted(shares) and shares[-1] == pytest.approx(1.0)
    assert len({stage for _, stage in told}) >= 5


def test_what_the_callback_raises_ends_the_work(street):
    sound, found = street

    class Stopped(Exception):
        pass

    def stop(share: float, stage: str) -> None:
        if share > 0.2:
            raise Stopped

    with pytest.raises(Stopped):
        extend(sound, Request(seconds=15), analysis=found, progress=stop)


@pytest.mark.parametrize("name", EXAMPLES)
def test_lift_raises_and_calm_lowers_the_measured_mood(pieces, name):
    found = analyze(pieces[name])
    made = {
        wish: extend(pieces[name], Request(seconds=40, mood=wish, seed=3), analysis=found).added[0].portrait
        for wish in ("keep", "lift", "calm")
    }
    moods = {wish: portrait.mood for wish, portrait in made.items()}
    assert moods["calm"].arousal < moods["keep"].arousal < moods["lift"].arousal
    assert moods["lift"].valence + moods["lift"].arousal > moods["keep"].valence + moods["keep"].arousal
    assert 0.5 < made["lift"].loudness_lufs - made["keep"].loudness_lufs < 4.5
    assert -6.5 < made["calm"].loudness_lufs - made["keep"].loudness_lufs < -1.5
    if EXAMPLES[name].tempo_qpm is not None:
        assert 1.0 < made["lift"].tempo_qpm / made["keep"].tempo_qpm <= SHIFTS["lift"].tempo + 0.01
        assert SHIFTS["calm"].tempo - 0.01 <= made["calm"].tempo_qpm / made["keep"].tempo_qpm < 1.0
    assert all(portrait.key == made["keep"].key for portrait in made.values())


def test_a_shift_comes_gradually(street):
    sound, found = street
    result = extend(sound, Request(seconds=60, mood="calm", seed=3), analysis=found)
    start = result.own_sec[1]
    early = mood_of(result.features.between(start, start + 8))
    late = mood_of(result.features.between(start + 40, start + 60))
    assert result.recording.mood.arousal > early.arousal > late.arousal


def test_beats_come_where_the_curve_says(pieces):
    y = two_rows(pieces["street"]).copy()
    ends = np.array([0.0, 20.0])
    slower = measure_frames([stretch(y, SR, ends, ends * 0.95)], SR)
    assert tempo_near(slower, 112 * 0.95) == pytest.approx(112 * 0.95, rel=0.01)


@given(st.sampled_from(["keep", "lift", "calm"]), st.floats(1, 600))
def test_a_tempo_curve_begins_at_the_joint_and_keeps_its_bounds(wish, seconds):
    at, source = tempo_curve(wish, seconds)
    assert at[0] == source[0] == 0 and at[-1] == seconds
    slope = np.diff(source) / np.maximum(np.diff(at), 1e-9)
    low, high = sorted((1.0, SHIFTS[wish].tempo if wish != "keep" else 1.0))
    moving = np.diff(at) > 1e-6
    assert (slope[moving] >= low - 1e-6).all() and (slope[moving] <= high + 1e-6).all()


@given(st.floats(-60, -5), st.floats(0, 8), st.floats(0.1, 3), st.floats(-3, 2), st.floats(-0.5, 0.5))
def test_more_of_what_excites_never_calms_and_more_major_never_darkens(level, onsets, flux, bright, major):
    values = np.array([level, onsets, flux, bright, major])
    mood = mood_from(values)
    assert -1 < mood.valence < 1 and -1 < mood.arousal < 1
    for place in range(4):
        more = values.copy()
        more[place] += 1.0
        assert mood_from(more).arousal >= mood.arousal
    more = values.copy()
    more[4] += 0.1
    assert mood_from(more).valence >= mood.valence


def test_louder_is_more_aroused_and_a_major_piece_brighter_than_a_minor_one(pieces):
    waltz = two_rows(pieces["waltz"])
    quiet, loud = (mood_of(measure_frames([waltz * gain], SR)) for gain in (0.3, 1.0))
    assert loud.arousal > quiet.arousal
    courses = {name: measure_frames([two_rows(sound)], SR) for name, sound in pieces.items()}
    assert measures(courses["waltz"])[4] > 0 > measures(courses["street"])[4]


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(1, 40_000), min_size=1, max_size=4))
def test_a_course_is_the_same_however_the_sound_is_cut(lengths):
    y = noise(sum(lengths) + SR, channels=1, sr=SR).y
    parts = np.split(y, np.cumsum(lengths), axis=1)
    whole, cut = measure_frames([y], SR), measure_frames(parts, SR)
    assert whole.mel_db.shape == cut.mel_db.shape
    np.testing.assert_allclose(whole.mel_db, cut.mel_db, atol=0.05)


def test_a_course_has_the_spectrogram_of_the_analysis_over_block_borders(pieces):
    long = np.concatenate([two_rows(pieces["waltz"])] * 2, axis=1)
    course, found = measure_frames([long], SR), analyze(Audio(long, SR))
    n = min(course.n_frames, found.mel_db.shape[1]) - 4
    assert abs(course.n_frames - found.mel_db.shape[1]) <= 1
    np.testing.assert_allclose(course.mel_db[:, :n], found.mel_db[:, :n], atol=0.3)


def test_silence_has_no_key_and_no_mood():
    course = measure_frames([np.zeros((1, 8 * SR), np.float32)], SR)
    assert estimate_key(course.chroma) is None and mood_of(course) is None
    assert tempo_near(course, 120.0) is None


# Bad input.


@pytest.mark.parametrize(
    ("sound", "said"),
    [
        (Audio(np.zeros(8 * SR), SR), "silent"),
        (Audio(np.full(8 * SR, 0.3), SR), "silent"),
        (tone(440, SR, 1.0), "at least 5"),
        (tone(440, SR, 0.06), "at least 5"),
    ],
)
def test_a_sound_with_nothing_to_go_on_from_gets_its_sentence(sound, said):
    with pytest.raises(InputError, match=said):
        extend(sound, Request(seconds=10))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"seconds": 0.2}, "1 to 600"),
        ({"seconds": 601.0}, "1 to 600"),
        ({"seconds": float("nan")}, "1 to 600"),
        ({"at_sec": -1.0}, "0 seconds or later"),
        ({"adventure": 1.5}, "between 0 and 1"),
        ({"seed": -1}, "whole number"),
        ({"mood": "angry"}, "keep, lift, calm"),
        ({"direction": "sideways"}, "after, before, both"),
        ({"engine": "magic"}, "recompose, neural"),
    ],
)
def test_a_request_that_cannot_be_is_refused(asked, said):
    with pytest.raises(InputError, match=said):
        Request(**asked)


def test_places_outside_the_recording_and_wholes_beyond_the_memory_are_refused(street):
    sound, found = street
    with pytest.raises(
        InputError, match=r"is 26\.\d seconds long; the position to extend from must lie between 3"
    ):
        extend(sound, Request(at_sec=90.0), analysis=found)
    with pytest.raises(InputError, match="must lie between 0"):
        extend(sound, Request(at_sec=25.0, direction="before"), analysis=found)
    long = Audio(np.broadcast_to(np.float32(0.1), (2, 14 * 60 * 44_100)), 44_100)
    with pytest.raises(InputError, match="more memory"):
        extend(long, Request(seconds=600, direction="both"))
    with pytest.raises(InputError, match="needs its network"):
        extend(sound, Request(engine="neural"), analysis=found)


@pytest.mark.parametrize("sr", [8_000, 48_000])
def test_any_sampling_rate_works(pieces, sr):
    result = extend(pieces["street"].resample(sr), Request(seconds=10))
    assert result.sr == sr and result.identical
    assert result.recording.tempo_qpm == pytest.approx(112, rel=0.02)


def test_a_constant_offset_and_clipping_are_gone_on_from(pieces):
    sound = pieces["street"].mono()
    spoilt = Audio(np.clip(2 * sound.y + 0.1, -1, 1), SR)
    result = extend(spoilt, Request(seconds=10, mood="lift"))
    assert result.identical
    assert np.abs(result.whole().y).max() <= 1.0
    assert result.recording.tempo_qpm == pytest.approx(112, rel=0.02)


@pytest.mark.parametrize("mood", ["keep", "lift"])
def test_nothing_is_higher_than_the_recording_or_full_scale(mood):
    square = Audio(np.sign(np.sin(2 * np.pi * 200 * np.arange(8 * SR) / SR)), SR)
    result = extend(square, Request(seconds=10, mood=mood, direction="both"))
    assert max(np.abs(part).max() for part in result.parts) <= 1.0 + 1e-6


def test_a_rate_of_a_thousand_hertz_is_measured_too():
    low = Audio(noise(8_000, channels=1, sr=1_000).y[0] * 0.2, 1_000)
    assert -40 < extend(low, Request(seconds=10)).added[0].portrait.loudness_lufs < 0


def test_files_of_every_kind_give_a_sound_or_a_sentence(pieces):
    sound = pieces["street"].resample(44_100)
    mp3 = encode_parts([two_rows(sound)], 44_100, "mp3")
    cut = extend(decode(mp3[: len(mp3) // 2], name="cut.mp3"), Request(seconds=10))
    assert 10 < cut.own_sec[1] < 14
    video = by_ffmpeg(stereo_tone(duration_sec=6.0, level=0.3), "mp4", "aac", picture=True)
    assert extend(decode(video, name="film.mp4"), Request(seconds=10)).identical
    surround = np.concatenate([two_rows(sound)[:, : 8 * 44_100]] * 3)
    mixed = decode(by_ffmpeg(Audio(surround, 44_100), "wav", "pcm_s16le", layout="5.1"), name="surround.wav")
    assert extend(mixed, Request(seconds=10)).whole().n_channels == 2
    with pytest.raises(InputError, match=r"notes\.mp3"):
        decode(b"only words" * 100, name="notes.mp3")


def test_hours_of_audio_are_refused_by_their_header_before_anything_is_decoded():
    header = bytearray(audio.encode(tone(440, 8_000, 1.0), "wav")[:44])
    header[4:8] = (36 + 2 * 8_000 * 7_200).to_bytes(4, "little")
    header[40:44] = (2 * 8_000 * 7_200).to_bytes(4, "little")
    with pytest.raises(InputError, match="lasts 2 h; up to 15 min works"):
        decode(bytes(header) + bytes(2 * 8_000 * 7_200), name="night.wav")


def test_a_fade_out_is_left_out_and_told(pieces):
    y = two_rows(pieces["street"]).copy()
    y[:, -6 * SR :] *= np.linspace(1, 0, 6 * SR) ** 3
    result = extend(Audio(y, SR), Request(seconds=10))
    assert result.own_sec[1] < 25
    assert any("fades out" in note for note in result.notes)
    assert all(join.good for join in result.joins)


def test_both_engines_follow_a_forecast_and_the_neural_one_copies_nothing(street):
    sound, found = street
    model = ExtrapolateNet(ExtrapolateConfig.tiny())
    forecaster = Forecaster(model.config, to_arrays(model))
    for engine in ("recompose", "neural"):
        request = Request(seconds=11, engine=engine, direction="both", mood="calm", seed=1)
        result = extend(sound, request, analysis=found, forecaster=forecaster)
        assert result.identical
        for added in result.added:
            assert added.stop_sec - added.start_sec == pytest.approx(11, abs=0.01)
            assert len(added.joins) >= 1
    assert [len(added.joins) for added in result.added] == [1, 1]
    assert all(added.self_copy == 0 for added in result.added)


# What is told and drawn.


def test_the_report_lists_every_join_and_agrees_with_the_result(street):
    sound, found = street
    result = extend(sound, Request(seconds=20, direction="both", seed=4), analysis=found)
    told = report(result)
    assert [join["time_sec"] for join in told["joins"]] == [round(join.time_sec, 4) for join in result.joins]
    assert all(join["good"] == (join["score"] <= 1.0) for join in told["joins"])
    assert set(told["after"]) == {"before", "after"} and told["recording"]["identical"]
    assert told["before"]["key"] == "A"
    assert all(join.score >= 0 for join in result.joins)


def test_words_and_figures_tell_of_every_join_and_side(street):
    sound, found = street
    result = extend(sound, Request(seconds=20, direction="both", mood="calm", seed=4), analysis=found)
    assert str(len(result.joins)) in descriptions.joins_in_words(result)
    two = SimpleNamespace(joins=[SimpleNamespace(good=True)] * 2)
    assert descriptions.joins_in_words(two) == (
        "Both joins are within the recording's own limits for level, onset and beat, by which joins are chosen."
    )
    assert "before and after that it crossfades into the added parts" in descriptions.identical_in_words(
        result
    )
    assert len(descriptions.mood_in_words(result)) == 2
    assert all(" is calmer: " in sentence for sentence in descriptions.mood_in_words(result))
    assert [row["Measure"] for row in descriptions.portrait_rows(result)] == ["Tempo", "Key", "Loudness"]
    figure = whole_figure(result, draw_sound(result))
    marks = [trace for trace in figure.data if trace.type == "scatter" and "markers" in trace.mode]
    assert sum(len(trace.x) for trace in marks) == len(result.joins)
    assert len([shape for shape in figure.layout.shapes if shape.type == "rect"]) >= 2
    lines = [trace for trace in figure.data if trace.type == "scatter" and trace.mode == "lines"]
    waves = [trace for trace in lines if getattr(trace.y, "dtype", None) == np.int16]
    assert [trace.name for trace in waves] == ["Added", "Recording", "Added"]
    assert [trace.showlegend for trace in waves] == [True, True, False]
    assert all(waves[i].x0 + waves[i].dx * len(waves[i].y) == pytest.approx(waves[i + 1].x0) for i in (0, 1))
    assert len(mood_figure(result).data) == 2


def test_a_painted_spectrogram_has_a_pixel_of_its_color_for_each_level():
    levels = np.array([[-60, -30], [0, -60], [-15, -45]], np.int8)
    address = paint_spectrogram(levels, ("#000000", "#804000", "#ff8000"))
    data = base64.b64decode(address.removeprefix("data:image/png;base64,"))
    pixels = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
    assert pixels.shape == (3, 2, 3)
    assert pixels[0, 0].tolist() == [0, 0, 0] and pixels[1, 0].tolist() == [255, 128, 0]
    assert pixels[0, 1].tolist() == [128, 64, 0] and pixels[2, 1].tolist() == [64, 32, 0]


@given(st.lists(st.integers(0, 500), min_size=1, max_size=5), st.integers(1, 60))
def test_an_envelope_holds_every_peak(lengths, n_bins):
    y = np.random.default_rng(0).uniform(-1, 1, (2, sum(lengths) + 70)).astype(np.float32)
    low, high = envelope(np.split(y, np.cumsum(lengths), axis=1), n_bins)
    assert high.max() == y.max() and low.min() == y.min()
