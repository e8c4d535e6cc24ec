"""Video files: sound and picture meet, both containers are what they say, nothing stays behind of what failed."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from core.audio import Audio
from core.video import CONTAINERS, Container, FilmWriter, split_planes, to_planes

SIZE = (64, 48)
EVENTS_SEC = (0.0, 0.5, 1.3, 1.9)
FPS = 30


def clicks_and_flashes(container: Container, sr: int, *, channels: int = 1) -> bytes:
    """Two seconds in which a burst of 1 kHz and a white picture begin together."""
    y = np.zeros((channels, 2 * sr), dtype=np.float32)
    burst = np.sin(2 * np.pi * 1000 * np.arange(sr // 50) / sr)
    for event in EVENTS_SEC:
        y[:, round(event * sr) :][:, : len(burst)] = 0.8 * burst
    file = io.BytesIO()
    audio = Audio(y if channels > 1 else y[0], sr)
    with FilmWriter(
        file, size=SIZE, n_frames=2 * FPS, fps=FPS, audio=audio, container=container, title="Clicks"
    ) as film:
        for i in range(2 * FPS):
            lit = any(0 <= i - round(event * FPS) < 3 for event in EVENTS_SEC)
            film.write(np.full((SIZE[1], SIZE[0], 3), 255 if lit else 16, dtype=np.uint8))
    return file.getvalue()


def flash_times(data: bytes) -> NDArray[np.float64]:
    with av.open(io.BytesIO(data), "r") as film:
        seen = [(frame.time, frame.to_ndarray(format="gray").mean()) for frame in film.decode(video=0)]
    lit = np.array([light > 128 for _, light in seen])
    times = np.array([time for time, _ in seen])
    return np.asarray(times[lit & ~np.r_[False, lit[:-1]]])


def click_times(data: bytes) -> NDArray[np.float64]:
    with av.open(io.BytesIO(data), "r") as film:
        loud = [
            frame.time + np.flatnonzero(np.abs(frame.to_ndarray()[0]) > 0.3) / frame.sample_rate
            for frame in film.decode(audio=0)
        ]
    times = np.concatenate(loud)
    apart: NDArray[np.bool_] = np.diff(times, prepend=-1) > 0.2
    return np.asarray(times[apart])


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("sr", [8_000, 44_100, 48_000])
def test_a_click_and_a_flash_of_the_same_moment_stay_within_20_ms_to_the_end(
    container: Container, sr: int
) -> None:
    data = clicks_and_flashes(container, sr)
    clicks, flashes = click_times(data), flash_times(data)
    assert len(clicks) == len(flashes) == len(EVENTS_SEC)
    assert np.abs(flashes - EVENTS_SEC).max() < 0.002
    assert np.abs(clicks - flashes).max() < 0.005


def test_an_mp4_is_h264_and_aac_with_its_index_first_and_its_colors_named() -> None:
    data = clicks_and_flashes("mp4", 8_000, channels=2)
    assert 0 < data.find(b"moov") < data.find(b"mdat")
    with av.open(io.BytesIO(data), "r") as film:
        picture, sound = film.streams.video[0], film.streams.audio[0]
        assert (picture.codec_context.name, sound.codec_context.name) == ("h264", "aac")
        assert picture.codec_context.profile == "High" and picture.codec_context.pix_fmt == "yuv420p"
        assert picture.codec_context.colorspace == picture.codec_context.color_primaries == 1
        assert sound.layout.name == "stereo" and film.metadata["title"] == "Clicks"


def test_a_webm_is_vp9_and_opus_and_the_same_film_gives_the_same_bytes() -> None:
    data = clicks_and_flashes("webm", 8_000)
    assert data == clicks_and_flashes("webm", 8_000)
    with av.open(io.BytesIO(data), "r") as film:
        assert film.streams.video[0].codec_context.name == "vp9"
        assert film.streams.audio[0].codec_context.name == "opus"


@pytest.mark.parametrize("container", CONTAINERS)
def test_colors_come_back_as_they_went_in_from_rgb_and_from_planes(container: Container) -> None:
    red = np.full((SIZE[1], SIZE[0], 3), (220, 40, 30), dtype=np.uint8)
    file = io.BytesIO()
    with FilmWriter(file, size=SIZE, n_frames=3, fps=10, container=container) as film:
        film.write(red)
        film.write(to_planes(red))
        film.write(np.repeat(np.repeat(red, 2, axis=0), 2, axis=1))  # Of another size: scaled.
    with av.open(io.BytesIO(file.getvalue()), "r") as opened:
        frames = [
            frame.to_ndarray(format="rgb24", src_colorspace="ITU709") for frame in opened.decode(video=0)
        ]
    assert len(frames) == 3
    for frame in frames:
        assert np.abs(frame.reshape(-1, 3).mean(axis=0) - (220, 40, 30)).max() < 6


def test_what_is_written_into_a_plane_is_in_the_frame() -> None:
    frame = to_planes(np.zeros((4, 8, 3), dtype=np.uint8))
    y, u, v = split_planes(frame)
    y[1, 2], u[0, 0], v[1, 3] = 200, 90, 80
    assert frame[1, 2] == 200 and frame.reshape(-1)[32] == 90 and frame.reshape(-1)[-1] == 80


def test_a_cancelled_film_leaves_no_file_behind_and_an_old_one_as_it_was(tmp_path: Path) -> None:
    target = tmp_path / "film.mp4"

    def cancel() -> None:
        with FilmWriter(target, size=SIZE, n_frames=5) as film:
            film.write(np.zeros((SIZE[1], SIZE[0], 3), dtype=np.uint8))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cancel()
    assert list(tmp_path.iterdir()) == []
    target.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt):
        cancel()
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"old"]


class FullDisk(io.BytesIO):
    """A file that takes 4 kB, and then fails whatever is asked of it, as a buffered file does that cannot be flushed."""

    is_full = False

    def seek(self, *where: int) -> int:
        if self.is_full and where != (0,):
            raise OSError(28, "No space left on device")
        return super().seek(*where)

    def write(self, data: object) -> int:
        if self.tell() > 4096:
            self.is_full = True
            raise OSError(28, "No space left on device")
        return super().write(data)  # type: ignore[arg-type]


@pytest.mark.parametrize("container", CONTAINERS)
def test_a_full_disk_is_an_error_and_the_file_is_emptied(
    container: Container, capfd: pytest.CaptureFixture[str]
) -> None:
    file = FullDisk()
    rng = np.random.default_rng(1)
    with (
        pytest.raises(OSError, match="No space left"),
        FilmWriter(file, size=(320, 240), n_frames=40, container=container) as film,
    ):
        for _ in range(40):
            film.write(rng.integers(0, 256, (240, 320, 3), dtype=np.uint8))
    assert file.getvalue() == b"" and "dropped" not in capfd.readouterr().err


def test_a_target_that_cannot_be_written_is_refused_before_the_work_by_its_own_name(tmp_path: Path) -> None:
    for target, says in ((tmp_path, "directory"), (tmp_path / "nowhere" / "film.mp4", "No such file")):
        with pytest.raises(OSError, match=says) as refused, FilmWriter(target, size=SIZE, n_frames=1):
            pass
        assert refused.value.filename == str(target)


def test_a_killed_process_leaves_nothing_behind(tmp_path: Path) -> None:
    script = (
        "import os, signal, numpy as np, pathlib, core.video as v\n"
        f"film = v.FilmWriter(pathlib.Path({str(tmp_path / 'film.mp4')!r}), size=(64, 48), n_frames=9).__enter__()\n"
        "film.write(np.zeros((72, 64), np.uint8))\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    ended = subprocess.run([sys.executable, "-c", script], check=False, cwd=Path(__file__).parents[3])
    assert ended.returncode == -9 and list(tmp_path.iterdir()) == []


def test_frames_of_another_shape_or_more_than_announced_are_refused() -> None:
    with FilmWriter(io.BytesIO(), size=SIZE, n_frames=1) as film:
        with pytest.raises(ValueError, match="planes must have the shape"):
            film.write(np.zeros((48, 64), dtype=np.uint8))
        film.write(np.zeros((72, 64), dtype=np.uint8))
        with pytest.raises(ValueError, match="one more"):
            film.write(np.zeros((72, 64), dtype=np.uint8))
    for size, n_frames, fps, container in (
        ((63, 64), 1, 30, "mp4"),
        (SIZE, 0, 30, "mp4"),
        (SIZE, 1, 0, "mp4"),
        (SIZE, 1, 30, "avi"),
    ):
        with pytest.raises(ValueError, match="must be"):
            FilmWriter(io.BytesIO(), size=size, n_frames=n_frames, fps=fps, container=container)  # type: ignore[arg-type]
