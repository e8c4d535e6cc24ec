"""Films: sound and picture meet, what was begun and not finished leaves nothing, settings and lengths that do not work are told."""

import errno
import io
from dataclasses import replace

import av
import numpy as np
import pytest

from benchmarks.film import click_presentation, click_times, find_clicks, find_flashes
from core.audio.flac import FlacSound
from core.audio.waveform import Audio
from core.errors import InputError
from core.plain_data import from_bytes, to_bytes
from core.presentation import film as film_module
from core.presentation.film import make_film, write_film
from core.presentation.film_settings import FilmSettings
from core.workers import call

from .samples import present_lines

SMALL = FilmSettings(size="1080x1080", fps=10, opening_sec=0.0, closing_sec=0.0)
SHORT = present_lines([[1.0, 3.0, 2.0]], title="Rain\ud800\x00", duration_sec=0.4)


def with_sound(n_samples: int) -> FlacSound:
    return FlacSound.of(Audio(np.zeros(n_samples, np.float32), 8_000))


@pytest.mark.parametrize("container", ["mp4", "webm"])
def test_a_flash_meets_its_click_within_20_ms(container) -> None:
    presentation = click_presentation(1.1)
    settings = FilmSettings(size="1080x1080", container=container, opening_sec=0.4, closing_sec=0.2)
    film = make_film(presentation, settings)
    clicks, flashes = find_clicks(film), find_flashes(film, presentation, settings)
    assert clicks == pytest.approx(click_times(1.1) + 0.4, abs=0.002)
    assert len(flashes) == len(clicks)
    assert np.abs(flashes - clicks).max() <= 0.020


def test_a_film_is_the_card_the_sound_and_the_last_frame() -> None:
    settings = replace(SMALL, opening_sec=0.5, closing_sec=0.3)
    with av.open(io.BytesIO(make_film(SHORT, settings))) as opened:
        stream = opened.streams.video[0]
        assert (stream.width, stream.height, stream.average_rate) == (1080, 1080, 10)
        frames = [frame.to_ndarray(format="rgb24") for frame in opened.decode(stream)]
        assert opened.metadata["title"] == "Rain"
    assert len(frames) == 5 + 4 + 3
    assert frames[0][2, 2] == pytest.approx([0xFB, 0xFA, 0xF6], abs=4)  # paper of the light theme
    assert np.abs(frames[0].astype(int) - frames[-1]).mean() > 2  # the card is another picture
    assert np.abs(frames[-2].astype(int) - frames[-1]).mean() < 0.5  # the last one stands


def test_a_worker_makes_the_same_film_of_plain_data() -> None:
    arguments = from_bytes(to_bytes([SHORT, SMALL]))
    told: list[float] = []
    film = call("core.presentation.job:film", arguments, {}, lambda share, stage: told.append(share))
    assert film == make_film(SHORT, SMALL)
    assert told == sorted(told) and (told[0], told[-1]) == (0.0, 1.0)


def test_a_canceled_film_leaves_nothing_and_what_was_there_before(tmp_path) -> None:
    class StoppedError(Exception):
        pass

    def stop(share: float, stage: str) -> None:
        if share > 0.05:
            raise StoppedError

    old = tmp_path / "old.mp4"
    old.write_bytes(b"another film")
    long = present_lines([[1.0, 3.0, 2.0]], duration_sec=2.0)
    for target in (old, tmp_path / "new.mp4"):
        with pytest.raises(StoppedError):
            write_film(long, target, SMALL, progress=stop)
    assert [path.name for path in tmp_path.iterdir()] == ["old.mp4"]
    assert old.read_bytes() == b"another film"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_told_in_a_sentence_and_leaves_no_file(tmp_path, monkeypatch, number) -> None:
    def write(self: object, frame: object) -> None:
        raise OSError(number, "No space left on device")

    monkeypatch.setattr(film_module.FilmWriter, "write", write)
    with pytest.raises(InputError, match=r"The disk is full.*Free some space"):
        write_film(SHORT, tmp_path / "new.mp4", SMALL)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_told_with_the_film_s_own_name(tmp_path) -> None:
    with pytest.raises(FileNotFoundError) as told:
        write_film(SHORT, tmp_path / "nowhere" / "new.mp4", SMALL)
    assert str(told.value.filename).endswith("new.mp4")


@pytest.mark.parametrize(
    ("presentation", "settings", "message"),
    [
        (replace(SHORT, sound=replace(with_sound(8), n_samples=0)), SMALL, "no sound yet"),
        (replace(SHORT, sound=with_sound(800)), SMALL, r"this sound is 0\.1 s long\. Make a longer one"),
        (
            replace(SHORT, sound=replace(with_sound(800), n_samples=601 * 8_000)),
            SMALL,
            r"0\.2 seconds to 10 minutes long; this sound is 10 min 1 s long\. Make a shorter one",
        ),
        (SHORT, replace(SMALL, picture=3), "no picture 3.*pictures 0 to 2"),
        (replace(SHORT, pictures=()), SMALL, "has no picture"),
    ],
)
def test_what_cannot_be_filmed_is_told_before_anything_is_drawn(presentation, settings, message) -> None:
    with pytest.raises(InputError, match=message):
        make_film(presentation, settings)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"size": "640x480"}, r"no size '640x480'.*1920x1080, 1080x1080, 1080x1920"),
        ({"theme": "sepia"}, "light, dark"),
        ({"container": "avi"}, "mp4, webm"),
        ({"fps": 4}, "5 to 60 frames per second, not 4"),
        ({"opening_sec": 11.0}, "opening card .* 0 to 10 seconds, not 11"),
        ({"closing_sec": float("nan")}, "last frame"),
    ],
)
def test_settings_that_do_not_work_are_told(given, message) -> None:
    with pytest.raises(InputError, match=message):
        FilmSettings(**given)
