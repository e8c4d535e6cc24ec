"""Video export: a scene as an MP4 or WebM video with sound, rendered frame by frame.

Every frame is drawn for its own time stamp, so that sound and picture meet whatever the machine's speed (`core.video`).
The picture is drawn simpler than in the browser (`core.audioviz.scene_drawing`).
"""

from __future__ import annotations

import io
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from core.arrays import FloatArray
from core.audio import Audio
from core.audioviz.captions import CaptionOverlay
from core.audioviz.motion import PALETTES, motion
from core.audioviz.scene_drawing import PAINTERS
from core.audioviz.settings import ASPECTS
from core.audioviz.sound_measures import PARAMETERS
from core.errors import InputError
from core.video import Container, FilmWriter, choose_bit_rate, to_planes

MAX_FILM_SEC = 300.0
MIN_FILM_SEC = 0.2
MAX_SIDE, MAX_PIXELS, MIN_SIDE = 1920, 1920 * 1080, 64
MAX_FPS, MIN_FPS = 60, 5
# A film stays below this: the longer it is, the fewer bits its picture has a second.
MAX_BYTES = 60_000_000
_SOUND_BIT_RATE = 200_000
# Larger frames are drawn with this shorter side and scaled: drawn at 1080 they take twice as long, and look the same.
_MAX_DRAWN_SIDE = 720
# By the name of a quality: pixels of the shorter side.
HEIGHTS = {"240p": 240, "360p": 360, "540p": 540, "720p": 720, "1080p": 1080}
_PURSE = 0.1  # luminance by which the picture may rise at once
_PURSE_A_SECOND = 0.2


def render_video(
    params: NDArray[np.floating],
    rate_hz: float,
    audio: Audio,
    *,
    scene: str,
    size: tuple[int, int] = (640, 360),
    fps: int = 30,
    limiter: bool = True,
    palette: str = "spectrum",
    caption: str = "",
    container: Container = "webm",
    progress: Callable[[float], None] | None = None,
) -> bytes:
    """Draw a scene over a sound and encode both.

    Parameters
    ----------
    params : np.ndarray [shape=(n, 10)]
        The ten parameters of a scene in [0, 1]; row i holds at ``i / rate_hz`` seconds.
    rate_hz : float > 0
        Rows a second.
    audio : Audio
        The sound, which also says how long the film is: .2 s to 5 minutes.
    scene : str
        One of `core.audioviz.scene_drawing.PAINTERS`.
    size : (int, int)
        Width and height in pixels, even numbers from 64 to 1920, at most 1920 x 1080 pixels in all.
    fps : int in [5, 60]
        Frames a second; frame i shows ``i / fps`` seconds.
    limiter : bool
        Whether flashes are limited to three a second (WCAG 2.3.1), as in the browser.
    palette : str
        One of `core.audioviz.motion.PALETTES`.
    caption : str, optional
        Title in the picture, at the lower left.
    container : {"mp4", "webm"}
        As `core.video.FilmWriter` takes it.
    progress : callable, optional
        Called with the share that is done, from 0 to 1.

    Returns
    -------
    bytes
        An MP4 file with H.264 and AAC, or a WebM file with VP9 and Opus; 48 kHz, mono or stereo.

    Raises
    ------
    InputError
        If the sound is too short or too long.
    ValueError
        If another argument lies outside of what is written above.

    Examples
    --------
    >>> from core.audio import Audio
    >>> hum = Audio(0.1 * np.sin(np.arange(4_000) * 0.3), sr=8_000)
    >>> film = render_video(np.full((10, 10), 0.5), 20, hum, scene="bars", size=(64, 64), fps=5)
    >>> film[:4].hex()  # what a WebM file begins with
    '1a45dfa3'
    """
    values = _check_arguments(params, rate_hz, scene, size, fps, palette)
    seconds = audio.y.shape[-1] / audio.sr
    if not MIN_FILM_SEC <= seconds <= MAX_FILM_SEC:
        raise InputError(
            f"A video can be {MIN_FILM_SEC:g} seconds to {MAX_FILM_SEC / 60:.0f} minutes long; this sound is {seconds:.1f} seconds "
            "long. Render a part of it, or record the scene in the browser while it plays."
        )
    n_frames = max(1, round(seconds * fps))
    moves = motion(values, rate_hz, np.arange(n_frames) / fps, limiter=limiter, palette=palette)
    painter = PAINTERS[scene](*_drawn_size(size))
    title = CaptionOverlay(caption, size) if caption else None
    governor = Governor(1 / fps)
    out = io.BytesIO()
    # The encoder takes as long as the drawing, on one core each: one writes while the other draws.
    writer = FilmWriter(
        out,
        size=size,
        n_frames=n_frames,
        fps=fps,
        audio=audio,
        container=container,
        title=caption,
        max_bit_rate=picture_bit_rate(size, fps, seconds),
    )
    with writer as film, ThreadPoolExecutor(1) as encoder:
        writing: Future[None] | None = None
        for i in range(n_frames):
            drawn = painter.frame(moves, i)
            frame = to_planes(governor.limit(drawn) if limiter else drawn, size)
            if title is not None:
                title.add(frame)
            if writing is not None:
                writing.result()
            writing = encoder.submit(film.write, frame)
            if progress is not None:
                progress((i + 1) / n_frames)
        if writing is not None:
            writing.result()
    return out.getvalue()


def picture_bit_rate(size: tuple[int, int], fps: int, seconds: float) -> int:
    """Bit/s of a video's picture, with which it stays below `MAX_BYTES`."""
    room = int(MAX_BYTES * 8 * 0.95 / seconds) - _SOUND_BIT_RATE
    return min(choose_bit_rate(size, fps), room)


def longest_sec(size: tuple[int, int], fps: int) -> float:
    """The longest video that stays below `MAX_BYTES` with half the bits of a short one.

    Examples
    --------
    >>> [round(longest_sec(size, 30)) for size in ((640, 360), (1280, 720), (1920, 1080))]
    [300, 288, 186]
    """
    least = choose_bit_rate(size, fps) / 2 + _SOUND_BIT_RATE
    return min(MAX_FILM_SEC, MAX_BYTES * 8 * 0.95 / least)


def _drawn_size(size: tuple[int, int]) -> tuple[int, int]:
    """Width and height in which the frames of a video are drawn."""
    share = min(1.0, _MAX_DRAWN_SIDE / min(size))
    return round(size[0] * share), round(size[1] * share)


def film_size(aspect: str, quality: str) -> tuple[int, int]:
    """Width and height of a video in even pixels; its shorter side is the quality's.

    Examples
    --------
    >>> film_size("16:9", "1080p"), film_size("9:16", "720p"), film_size("1:1", "360p")
    ((1920, 1080), (720, 1280), (360, 360))
    """
    side = HEIGHTS[quality]
    width, height = (side * part / min(ASPECTS[aspect]) for part in ASPECTS[aspect])
    # Never more than asked for: the encoder's time is bounded.
    return int(width + 1e-6) // 2 * 2, int(height + 1e-6) // 2 * 2


class Governor:
    """Flash limiter: keeps a video from flashing more than three times per second.

    A flash is a pair of opposite changes of at least .1 in relative luminance (WCAG 2.3.1), so three within a
    second need a rise of .3. Rises are paid from a purse of .1 that fills by .2 a second: within any second the
    picture rises by at most .3 in all. Falls are free, since without rises they make no pair.

    Parameters
    ----------
    frame_sec : float > 0
        Time between two frames.
    """

    def __init__(self, frame_sec: float) -> None:
        self._fill = frame_sec * _PURSE_A_SECOND
        self._purse = _PURSE
        self._shown: float | None = None

    def limit(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Darken a frame [sRGB] whose luminance would rise too fast; call once per frame."""
        wanted = luminance(picture)
        if self._shown is None:
            self._shown = wanted  # A film begins with its first frame, not with a rise from black.
        self._purse = min(_PURSE, self._purse + self._fill)
        rise = min(max(0.0, wanted - self._shown), self._purse)
        shown = self._shown + rise if wanted > self._shown else wanted
        self._purse -= rise
        self._shown = shown
        if shown >= wanted:
            return picture
        table: NDArray[np.uint8] = (_to_code(_TO_LIGHT * (shown / wanted))).astype(np.uint8)
        return table[picture]


def luminance(picture: NDArray[np.uint8]) -> float:
    """Mean relative luminance of an sRGB picture, 0 to 1 (WCAG 2.x); red by itself counts more."""
    light = _TO_LIGHT[picture[::4, ::4]]
    red, green, blue = (light[..., i] for i in range(3))
    mean = 0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.25 * np.maximum(0, red - green - blue)
    return float(mean.mean())


_CODES = np.arange(256) / 255
_TO_LIGHT: FloatArray = np.where(_CODES <= 0.04045, _CODES / 12.92, ((_CODES + 0.055) / 1.055) ** 2.4)


def _to_code(light: FloatArray) -> FloatArray:
    codes: FloatArray = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055) * 255
    return codes


def _check_arguments(
    params: NDArray[np.floating], rate_hz: float, scene: str, size: tuple[int, int], fps: int, palette: str
) -> FloatArray:
    values = np.asarray(params, dtype=np.float64)
    if values.ndim != 2 or values.shape[1] != len(PARAMETERS) or not len(values):
        raise ValueError(f"params must have the shape (n, {len(PARAMETERS)}) with n > 0, got {values.shape}")
    if not (np.isfinite(rate_hz) and 0 < rate_hz <= 1000):
        raise ValueError(f"rate_hz must be above 0 and at most 1000, got {rate_hz}")
    if scene not in PAINTERS or palette not in PALETTES:
        raise ValueError(f"unknown scene or palette: {scene!r}, {palette!r}")
    width, height = size
    even = width % 2 == 0 and height % 2 == 0
    if not even or not MIN_SIDE <= min(size) <= max(size) <= MAX_SIDE or width * height > MAX_PIXELS:
        raise ValueError(
            f"size must be even, from {MIN_SIDE} to {MAX_SIDE} and at most {MAX_PIXELS} pixels, got {size}"
        )
    if not MIN_FPS <= fps <= MAX_FPS:
        raise ValueError(f"fps must be from {MIN_FPS} to {MAX_FPS}, got {fps}")
    return np.clip(np.nan_to_num(values), 0, 1)
