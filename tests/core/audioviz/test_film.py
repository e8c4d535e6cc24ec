"""Films made on the server: length, sound and picture at the same time, the limiter, bounds."""

from __future__ import annotations

import io

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from core.audio import Audio
from core.audioviz.captions import paint_caption
from core.audioviz.film import (
    HEIGHTS,
    MAX_BYTES,
    MAX_PIXELS,
    Governor,
    film_size,
    longest_sec,
    luminance,
    picture_bit_rate,
    render_video,
)
from core.audioviz.motion import beat_times, harmony, motion, soften
from core.audioviz.scene_drawing import PAINTERS
from core.audioviz.settings import ASPECTS
from core.errors import InputError
from core.video import choose_bit_rate

RATE_HZ = 20.0
SR = 16_000
SIZE = (128, 72)
SCALE, PULSE, GLOW = 0, 1, 8


def calm(seconds: float, level: float = 0.4) -> NDArray[np.float64]:
    """Ten parameters that hardly move."""
    t = np.arange(round(seconds * RATE_HZ))[:, None] / RATE_HZ
    return np.clip(level + 0.05 * np.sin(t + np.arange(10)), 0, 1)


def silence(seconds: float, channels: int = 1) -> Audio:
    return Audio(y=np.zeros((channels, round(seconds * SR)), dtype=np.float32), sr=SR)


def pictures(film: bytes) -> tuple[NDArray[np.float64], list[NDArray[np.uint8]]]:
    with av.open(io.BytesIO(film)) as opened:
        frames = [(frame.time, frame.to_ndarray(format="rgb24")) for frame in opened.decode(video=0)]
    return np.array([time for time, _ in frames]), [picture for _, picture in frames]


def flashes(values: NDArray[np.float64]) -> int:
    """Pairs of opposite changes of 0.1 or more."""
    turns, low, high, up = 0, values[0], values[0], None
    for value in values:
        low, high = min(low, value), max(high, value)
        if value - low >= 0.1 and up is not True:
            turns, up, low, high = turns + 1, True, value, value
        elif high - value >= 0.1 and up is not False:
            turns, up, low, high = turns + 1, False, value, value
    return (turns + 1) // 2


@pytest.mark.parametrize("scene", PAINTERS)
def test_each_scene_moves_and_answers_to_its_parameters(scene: str):
    quiet = pictures(render_video(calm(0.5, 0.1), RATE_HZ, silence(0.5), scene=scene, size=SIZE, fps=10))[1]
    loud = pictures(render_video(calm(0.5, 0.85), RATE_HZ, silence(0.5), scene=scene, size=SIZE, fps=10))[1]
    assert len(quiet) == len(loud) == 5 and quiet[0].shape == (72, 128, 3)
    assert np.abs(quiet[-1].astype(float) - loud[-1]).mean() > 6
    assert np.abs(loud[0].astype(float) - loud[-1]).mean() > 0.2
    assert 0.003 < luminance(loud[-1]) < 0.7


def test_a_flash_and_a_click_meet_to_the_frame():
    seconds, fps, events = 3.0, 30, (0.5, 1.5, 2.25)
    params = np.full((round(seconds * RATE_HZ), 10), 0.02)
    y = np.zeros(round(seconds * SR), dtype=np.float32)
    for event in events:
        first = round(event * RATE_HZ)
        params[first : first + 4, [SCALE, PULSE, GLOW]] = 1
        y[round(event * SR) :][:400] = 0.9 * np.sin(np.arange(400) * 0.4)
    film = render_video(
        params, RATE_HZ, Audio(y=y, sr=SR), scene="spheres", size=SIZE, fps=fps, limiter=False
    )
    times, frames = pictures(film)
    assert np.allclose(times, np.arange(len(times)) / fps, atol=0.002)
    light = np.array([luminance(frame) for frame in frames])
    rises = times[1:][np.diff(light) > 0.25 * np.ptp(light)]
    clicks: list[float] = []
    with av.open(io.BytesIO(film)) as opened:
        for frame in opened.decode(audio=0):
            loud = np.flatnonzero(np.abs(frame.to_ndarray()[0]) > 0.3)
            at = frame.time + loud[0] / frame.sample_rate if len(loud) else -1.0
            if at >= 0 and (not clicks or at > clicks[-1] + 0.2):
                clicks.append(at)
    assert np.allclose(clicks, events, atol=0.01)
    for click in clicks:
        # A row holds 50 ms and is approached in a straight line.
        assert np.abs(rises - click).min() <= 1 / RATE_HZ + 1 / fps


def test_a_strobe_flashes_ten_times_a_second_without_the_limiter_and_no_more_than_three_with_it():
    params = np.repeat((np.arange(60) % 2).astype(float)[:, None], 10, axis=1)
    params[:, 2] = 0.3
    counts = {}
    for limiter in (False, True):
        film = render_video(params, RATE_HZ, silence(3.0), scene="storm", size=SIZE, fps=20, limiter=limiter)
        light = np.array([luminance(frame) for frame in pictures(film)[1]])
        counts[limiter] = max(flashes(light[i : i + 20]) for i in range(40))
    assert counts[True] <= 3 < counts[False]


def test_the_governor_holds_for_any_pictures():
    rng = np.random.default_rng(3)
    governor = Governor(1 / 30)
    shown = np.array(
        [
            luminance(governor.limit(np.full((8, 8, 3), code, dtype=np.uint8)))
            for code in rng.integers(0, 256, 300)
        ]
    )
    rises = np.maximum(0, np.diff(shown))
    assert max(rises[i : i + 30].sum() for i in range(270)) <= 0.3 + 0.02
    assert max(flashes(shown[i : i + 30]) for i in range(270)) <= 3


def test_softening_never_darkens_and_falls_slowly():
    params = np.zeros((40, 10))
    params[5] = 1
    soft = soften(params, RATE_HZ)
    lights = soft[:, [SCALE, PULSE, GLOW]]
    assert np.all(lights >= params[:, [SCALE, PULSE, GLOW]])
    assert np.all(np.diff(lights, axis=0) > -0.15)


def test_beats_are_where_the_pulse_peaks():
    pulse = np.exp(-(np.arange(100) / RATE_HZ % 0.5) * 8)
    assert np.allclose(beat_times(pulse, RATE_HZ), np.arange(0.5, 5, 0.5))
    times = np.array([0.2, 0.7, 1.1])
    params = np.full((100, 10), 0.5)
    params[:, PULSE] = pulse
    ages = motion(params, RATE_HZ, times, limiter=False, palette="ocean").ages_sec
    assert np.allclose(ages[:, 0], [99, 0.2, 0.1])


def test_colors_are_in_range_and_turn_with_hue():
    colors = np.array([harmony("spectrum", hue, 0.5) for hue in np.linspace(0, 1, 12)])
    assert colors.min() >= 0 and colors.max() < 1.5
    assert np.abs(np.diff(colors[:, 2], axis=0)).sum(axis=1).min() > 0.05


def test_progress_ends_at_one_and_stereo_stays_stereo():
    told: list[float] = []
    film = render_video(
        calm(0.4), RATE_HZ, silence(0.4, 2), scene="bars", size=(64, 64), fps=5, progress=told.append
    )
    assert told == [0.5, 1.0]
    with av.open(io.BytesIO(film)) as opened:
        assert opened.streams.audio[0].layout.name == "stereo"
        assert opened.streams.video[0].codec_context.name == "vp9"


def test_what_is_too_long_or_out_of_bounds_is_refused_before_anything_is_drawn():
    with pytest.raises(InputError, match=r"to 5 minutes long; this sound is 301\.0 seconds"):
        render_video(calm(1), RATE_HZ, silence(301), scene="bars")
    with pytest.raises(InputError, match=r"this sound is 0\.1 seconds"):
        render_video(calm(1), RATE_HZ, silence(0.1), scene="bars")
    for bad in (
        {"size": (2560, 1440)},
        {"size": (1920, 1920)},
        {"size": (63, 64)},
        {"fps": 120},
        {"scene": "sea"},
        {"palette": "x"},
    ):
        with pytest.raises(ValueError, match=r"must be|unknown"):
            render_video(calm(1), RATE_HZ, silence(1), **{"scene": "bars", **bad})
    with pytest.raises(ValueError, match="shape"):
        render_video(np.zeros((5, 9)), RATE_HZ, silence(1), scene="bars")


@pytest.mark.parametrize("aspect", ASPECTS)
@pytest.mark.parametrize("quality", HEIGHTS)
def test_a_film_of_every_aspect_ratio_is_even_and_no_larger_than_widescreen(aspect: str, quality: str):
    width, height = film_size(aspect, quality)
    assert width % 2 == height % 2 == 0 and width * height <= MAX_PIXELS
    assert min(width, height) == HEIGHTS[quality]
    across, down = ASPECTS[aspect]
    assert width / height == pytest.approx(across / down, rel=0.01)


def test_films_for_television_square_and_phone_have_their_sizes():
    assert [film_size(aspect, "1080p") for aspect in ("16:9", "1:1", "9:16")] == [
        (1920, 1080),
        (1080, 1080),
        (1080, 1920),
    ]


def test_a_film_drawn_smaller_and_scaled_has_the_size_that_was_asked_for():
    film = render_video(
        calm(0.2),
        RATE_HZ,
        silence(0.2),
        scene="spheres",
        size=(1080, 1920),
        fps=5,
        container="mp4",
        caption="Night",
    )
    times, frames = pictures(film)
    assert len(times) == 1 and frames[0].shape == (1920, 1080, 3)
    # The title is not scaled: its white is next to the scene's dark.
    assert np.abs(np.diff(frames[0][1700:1850, 60:300, 1].astype(float), axis=1)).max() > 90


@pytest.mark.parametrize("fps", [15, 30, 60])
@pytest.mark.parametrize("size", [(426, 240), (1280, 720), (1920, 1080), (1080, 1920)])
def test_no_film_grows_beyond_what_a_server_keeps(size, fps):
    seconds = longest_sec(size, fps)
    assert seconds >= 90
    assert picture_bit_rate(size, fps, seconds) >= choose_bit_rate(size, fps) * 0.49
    for length in (10.0, seconds):
        assert (picture_bit_rate(size, fps, length) + 200_000) * length / 8 < MAX_BYTES


def test_a_portrait_film_has_its_title_at_the_lower_left_and_nothing_else_is_changed():
    size = (144, 256)
    plain, titled = (
        pictures(
            render_video(calm(0.5), RATE_HZ, silence(0.5), scene="planet", size=size, fps=10, caption=caption)
        )[1][-1].astype(float)
        for caption in ("", "Night")
    )
    assert titled.shape == (256, 144, 3)
    changed = np.abs(titled - plain).max(axis=2)
    # The encoder changes a little everywhere.
    assert (changed[236:250, 8:40] > 60).sum() > 20 > (changed[:, 60:] > 60).sum()
    assert changed[:220].mean() < 5


@pytest.mark.parametrize(
    "title", ["\u0623\u0633\u0639\u0627\u0631", "E\u266d", "\u041d\u043e\u0447\u044c", "Night " * 50]
)
def test_a_title_in_any_shipped_script_stands_in_the_picture(title):
    left, top, right, bottom = paint_caption(title, 320, 180).getbbox()
    assert left > 2 and right < 318 and 120 < top < bottom < 180
    assert left > 160 or title.isascii() or title < "\u0590"  # from right to left: at the right


def test_a_title_without_a_letter_that_can_be_drawn_is_none():
    assert paint_caption("\ue000", 320, 180).getbbox() is None
