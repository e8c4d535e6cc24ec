"""Film benchmark: seconds, memory and file size of a film, where the time goes, and how far sound and picture are apart.

    python -m benchmarks.film [--seconds 40] [--size 1920x1080] [--container mp4]

The sound has clicks and the chart has a note at each of them. Both are found again in the decoded file: a click where
the sound rises, a flash where the dot of a note lights up. Memory is the peak of this process beyond what it holds with
all libraries imported.
"""

from __future__ import annotations

import argparse
import io
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from core.arrays import FloatArray
from core.audio import Audio
from core.audio.flac import FlacSound
from core.presentation.film import make_film
from core.presentation.film_frames import FilmFrames
from core.presentation.film_layout import lay_out
from core.presentation.film_settings import CONTAINERS, SIZES, FilmSettings
from core.presentation.presentation import ChartPicture, Presentation, Series, ShownPoint, Voice

_SR = 44_100
_GAP_SEC = 0.507  # so that they fall anywhere between two frames
_FIRST_SEC = 0.137  # between two frames
_LOUD = 0.2
_ORANGE = 165  # of the plane of red: a dot that glows, not the line or the playhead
_FLASH_PIXELS = 60


def click_times(seconds: float) -> FloatArray:
    """When the clicks are, from shortly after the beginning to shortly before the end.

    Examples
    --------
    >>> click_times(1.5).round(3).tolist()
    [0.137, 0.644, 1.151]
    """
    times: FloatArray = np.arange(_FIRST_SEC, seconds - 0.3, _GAP_SEC)
    return times


def click_presentation(seconds: float) -> Presentation:
    """A line chart with a note at each click."""
    times = click_times(seconds)
    y = np.zeros(round(seconds * _SR), np.float32)
    for start in np.round(times * _SR).astype(int).tolist():
        y[start : start + 40] = 0.8 * np.sin(np.arange(40) * 0.6)
    place = np.linspace(0.0, 1.0, len(times))
    values = np.sin(12 * place)
    lasts = np.full(len(times), 0.1)
    line = Series(
        voice=1, panel=0, x=place, y=values, note_x=place, note_y=values, onset_sec=times, duration_sec=lasts
    )
    return Presentation(
        title="Clicks and flashes",
        subtitle=f"{len(times)} clicks",
        sound=FlacSound.of(Audio(y, _SR)),
        pictures=(
            ChartPicture(
                series=(line,),
                panel_titles=("value (units)",),
                x_title="place",
                x_is_date=False,
                times_sec=times,
                place_x=place,
            ),
        ),
        voices=(Voice(name="none"), Voice(name="clicks", unit="units")),
        points=tuple(
            ShownPoint(
                onset_sec=float(onset),
                duration_sec=0.1,
                label="",
                value=float(value),
                kind="point",
                voice=1,
                place_text=f"Click {i + 1}",
                value_text=f"{value:.2f} units",
            )
            for i, (onset, value) in enumerate(zip(times, values, strict=True))
        ),
        mapping=("A dot lights up with each click.",),
        source="made for measuring",
    )


def find_clicks(film: bytes) -> FloatArray:
    """When the sound of a film rises, in seconds."""
    heard = [(float(frame.time), frame.to_ndarray(), frame.sample_rate) for frame in _decode(film, audio=0)]
    loud = np.concatenate(
        [
            at + np.flatnonzero(np.abs(samples[0]) > _LOUD) / sr
            for at, samples, sr in heard
            if samples.shape[1]
        ]
    )
    return loud[np.diff(loud, prepend=-1.0) > 0.2]


def find_flashes(film: bytes, presentation: Presentation, settings: FilmSettings) -> FloatArray:
    """When a dot of the second voice lights up in the picture, in seconds."""
    box = lay_out(presentation, *settings.shape, has_captions=False).picture
    rows, columns = slice(box[1] // 2, box[3] // 2), slice(box[0] // 2, box[2] // 2)
    times, seen = [], []
    for frame in _decode(film, video=0):
        plane = frame.planes[2]
        red = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)[rows, columns]
        times.append(float(frame.time))
        seen.append(int((red > _ORANGE).sum()))
    rises = np.flatnonzero(np.diff(seen) > _FLASH_PIXELS) + 1
    found = np.array(times)[rises]
    return found[np.diff(found, prepend=-1.0) > 0.2]


def _decode(film: bytes, **stream: int) -> Iterator[Any]:
    import av

    opened: Any = av.open(io.BytesIO(film))
    with opened:
        yield from opened.decode(**stream)


def _time_stages(presentation: Presentation, settings: FilmSettings) -> str:
    began = time.perf_counter()
    frames = FilmFrames(presentation, settings)
    drawn = time.perf_counter()
    for number in range(frames.n_frames):
        frames.frame(number)
    painted = time.perf_counter()
    return (
        f"drawing {drawn - began:.1f} s, painting {painted - drawn:.1f} s "
        f"({1e3 * (painted - drawn) / frames.n_frames:.1f} ms a frame)"
    )


def _memory_mb(field: str) -> float:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(field))


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=40.0)
    parser.add_argument("--size", choices=tuple(SIZES), default="1920x1080")
    parser.add_argument("--container", choices=CONTAINERS, default="mp4")
    options = parser.parse_args()
    settings = FilmSettings(size=options.size, container=options.container)
    presentation = click_presentation(options.seconds)
    make_film(click_presentation(0.5), settings)  # imports and fonts
    idle = _memory_mb("VmRSS")
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak begins anew
    began, used = time.perf_counter(), time.process_time()
    film = make_film(presentation, settings)
    took, worked = time.perf_counter() - began, time.process_time() - used
    print(
        f"{options.seconds:g} s, {options.size}, {options.container}: {took:.1f} s ({worked:.1f} s of processors), "
        f"{_memory_mb('VmHWM') - idle:.0f} MB above idle, {len(film) / 1e6:.1f} MB"
    )
    print(_time_stages(presentation, settings))
    clicks, flashes = find_clicks(film), find_flashes(film, presentation, settings)
    expected = click_times(options.seconds) + settings.opening_frames / settings.fps
    if not len(clicks) == len(flashes) == len(expected):
        print(f"of {len(expected)} clicks {len(clicks)} were heard and {len(flashes)} seen")
        return
    apart = 1e3 * (flashes - clicks)
    print(
        f"picture after sound: {apart[0]:+.1f} ms at the start, {apart[-1]:+.1f} ms at the end, "
        f"{np.abs(apart).max():.1f} ms at most; sound after its time: {1e3 * np.abs(clicks - expected).max():.1f} ms at most"
    )


if __name__ == "__main__":
    main()
