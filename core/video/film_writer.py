"""Video encoding: frames and a sound become an MP4 (H.264, AAC) or a WebM (VP9, Opus).

Frame ``i`` is shown at ``i / fps`` seconds; the sound is written beside it sample by sample, and what its encoder puts
before the first sample is left off again by the file's edit list (MP4) or codec delay (WebM). So a click and a flash
of the same moment meet in every player that reads those, FFmpeg's and the browsers' among them.
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Literal, Self, get_args

import numpy as np
from numpy.typing import NDArray

from core.arrays import Float32Array
from core.audio import Audio
from core.video.planes import reformat

Container = Literal["mp4", "webm"]
CONTAINERS: tuple[Container, ...] = get_args(Container)
MEDIA_TYPES = {"mp4": "video/mp4", "webm": "video/webm"}

MIN_SIDE, MAX_SIDE = 16, 4096
_SR = 48_000
_KEY_FRAME_SEC = 4
_BT709 = 1  # for matrix, primaries and transfer alike, ITU-T H.273
_LIMITED_RANGE = 1
_CODECS = {"mp4": ("libx264", "aac"), "webm": ("libvpx-vp9", "libopus")}
_SOUND_BIT_RATES = {"mp4": (128_000, 192_000), "webm": (96_000, 128_000)}  # one channel, two channels
# At 1080p on two cores: "superfast" takes 5 ms a frame, "veryfast" 8 ms for files of the same size.
_H264 = {"preset": "superfast", "crf": "20", "profile": "high", "bf": "0"}
# VP9 at this speed takes 5 to 8 ms, VP8 8 to 13 ms; at this quality its files are smaller than H.264's.
_VP9 = {
    "deadline": "realtime",
    "cpu-used": "8",
    "crf": "30",
    "lag-in-frames": "0",
    "row-mt": "1",
    "tile-columns": "2",
}
# MP4: bytes of the index for a frame or packet (size, chunk offset, chunk length, key frame), and for the rest.
_INDEX_BYTES, _HEAD_BYTES = 32, 16_384
_AAC_SAMPLES = 1024


class FilmWriter:
    """A video file that is written frame by frame; use as a context manager.

    Nothing stays behind where writing fails, is cancelled by an exception or the process is killed: the film grows in
    a file without a name, and what was given as ``target`` is written at the end, or emptied again.

    Parameters
    ----------
    target : Path or binary file
        A file must be open for reading and writing at any place, such as `io.BytesIO`.
    size : (int, int)
        Width and height in pixels; even numbers.
    n_frames : int > 0
        How many frames will be written at most. An MP4 reserves room for its index at the beginning, so that it
        starts to play before all of it has arrived.
    fps : int > 0
    audio : Audio, optional
        The sound, from the first frame on; of more than two channels the first two. It may outlast the frames.
    container : {"mp4", "webm"}
    title : str, optional
        In the file's metadata.
    max_bit_rate : int, optional
        Of the picture, bit/s; by size and frame rate if not given.

    Raises
    ------
    ValueError
        If an argument lies outside of what is written above, or more frames are written.
    OSError
        If the file cannot be written, such as on a full disk.

    Examples
    --------
    >>> import io
    >>> hum = Audio(0.1 * np.sin(np.arange(8_000, dtype=np.float32)), sr=8_000)
    >>> file = io.BytesIO()
    >>> with FilmWriter(file, size=(64, 48), n_frames=10, fps=10, audio=hum) as film:
    ...     for i in range(10):
    ...         film.write(np.full((48, 64, 3), i * 20, dtype=np.uint8))
    >>> file.getvalue()[4:8]
    b'ftyp'
    """

    def __init__(
        self,
        target: Path | IO[bytes],
        *,
        size: tuple[int, int],
        n_frames: int,
        fps: int = 30,
        audio: Audio | None = None,
        container: Container = "mp4",
        title: str = "",
        max_bit_rate: int | None = None,
    ) -> None:
        _check_arguments(size, n_frames, fps, container)
        self.size, self.n_frames, self.fps = size, n_frames, fps
        self._target, self._container, self._title = target, container, title
        self._max_bit_rate = max_bit_rate or choose_bit_rate(size, fps)
        self._audio = audio
        self._written = 0
        self._copying = False

    def __enter__(self) -> Self:
        self._file = _open_nameless(self._target) if isinstance(self._target, Path) else self._target
        try:
            self._open()
        except BaseException:
            self._discard()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            with suppress(Exception):
                self._film.close()
            self._discard()
            return
        try:
            self._finish()
        except BaseException:
            self._discard()
            raise

    def write(self, frame: NDArray[np.uint8]) -> None:
        """Write the next frame, and the sound up to its end.

        Parameters
        ----------
        frame : ndarray of uint8, shape=(h, w, 3) or (height * 3 // 2, width)
            An RGB picture, scaled where it has another size; or planes as of `core.video.to_planes`, which cost
            nothing to convert. It is copied, so the array may be used again.
        """
        import av

        if self._written >= self.n_frames:
            raise ValueError(f"{self.n_frames} frames were announced, this is one more")
        width, height = self.size
        if frame.ndim == 3:
            drawn = reformat(frame, self.size)
        elif frame.shape == (height * 3 // 2, width):
            drawn = av.VideoFrame.from_ndarray(frame, format="yuv420p")
        else:
            raise ValueError(f"planes must have the shape {(height * 3 // 2, width)}, got {frame.shape}")
        drawn.colorspace, drawn.color_range = _BT709, _LIMITED_RANGE
        drawn.pts, drawn.time_base = self._written, Fraction(1, self.fps)
        self._film.mux(self._picture.encode(drawn))
        self._written += 1
        # The sound is written along, so that neither waits in memory for the other.
        self._write_sound(self._written * _SR // self.fps)

    def _open(self) -> None:
        import av

        seconds = self.n_frames / self.fps
        if self._audio is not None:
            seconds = max(seconds, self._audio.y.shape[-1] / self._audio.sr)
        options = {"fflags": "bitexact"}  # WebM would draw its numbers by lot.
        if self._container == "mp4":
            packets = self.n_frames + int(seconds * _SR / _AAC_SAMPLES) + 2
            options["moov_size"] = str(_HEAD_BYTES + _INDEX_BYTES * packets)
        else:
            options["reserve_index_space"] = str(1024 + 64 * int(seconds / _KEY_FRAME_SEC + 1))
        self._guard = _FirstError(self._file)
        self._film = av.open(self._guard, "w", format=self._container, container_options=options)
        if self._title:
            self._film.metadata["title"] = self._title
        self._picture = self._add_picture_stream()
        if self._audio is not None:
            self._add_sound_stream(self._audio)

    def _add_picture_stream(self) -> Any:
        codec = _CODECS[self._container][0]
        rate = str(self._max_bit_rate)
        if self._container == "mp4":
            options = {**_H264, "maxrate": rate, "bufsize": str(2 * self._max_bit_rate)}
        else:
            options = dict(_VP9)
        stream: Any = self._film.add_stream(codec, rate=self.fps, options=options)
        stream.width, stream.height = self.size
        stream.pix_fmt, stream.time_base = "yuv420p", Fraction(1, self.fps)
        if self._container == "webm":
            stream.bit_rate = self._max_bit_rate
        context = stream.codec_context
        context.thread_count = min(2, os.cpu_count() or 1)
        context.gop_size = _KEY_FRAME_SEC * self.fps
        context.colorspace = context.color_primaries = context.color_trc = _BT709
        context.color_range = _LIMITED_RANGE
        return stream

    def _add_sound_stream(self, audio: Audio) -> None:
        y = np.atleast_2d(audio.y)[:2]
        self._layout = ("mono", "stereo")[len(y) - 1]
        stream: Any = self._film.add_stream(_CODECS[self._container][1], rate=_SR)
        stream.layout = self._layout
        stream.bit_rate = _SOUND_BIT_RATES[self._container][len(y) - 1]
        self._sound = stream
        self._blocks = _resample(y, audio.sr)
        self._sound_at = 0

    def _write_sound(self, until: int | None) -> None:
        """Write blocks of the sound until it reaches a sample, or to its end."""
        import av

        if self._audio is None:
            return
        while until is None or self._sound_at < until:
            block = next(self._blocks, None)
            if block is None:
                return
            frame = av.AudioFrame.from_ndarray(block.reshape(1, -1), format="flt", layout=self._layout)
            frame.sample_rate, frame.pts, frame.time_base = _SR, self._sound_at, Fraction(1, _SR)
            self._film.mux(self._sound.encode(frame))
            self._sound_at += len(block)

    def _finish(self) -> None:
        self._film.mux(self._picture.encode(None))
        if self._audio is not None:
            self._write_sound(None)
            self._film.mux(self._sound.encode(None))
        self._film.close()
        if self._guard.error is not None:
            raise self._guard.error
        if isinstance(self._target, Path):
            with self._file as made, self._target.open("wb") as file:
                self._copying = True
                made.seek(0)
                shutil.copyfileobj(made, file, 1 << 20)

    def _discard(self) -> None:
        """Leave nothing behind of a film that could not be finished."""
        if isinstance(self._target, Path):
            self._file.close()
            if self._copying:  # Until then a file that was there before is as it was.
                self._target.unlink(missing_ok=True)
        else:
            with suppress(OSError, ValueError):
                self._file.seek(0)
                self._file.truncate()


class _FirstError:
    """A file that fails once: PyAV goes on to write and seek when it closes, and prints what fails then."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.error: OSError | None = None

    def write(self, data: bytes) -> int:
        """Write, or do as if where it has failed before."""
        return self._try(lambda: self._file.write(data), len(data))

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place, likewise."""
        return self._try(lambda: self._file.seek(offset, whence), 0)

    def tell(self) -> int:
        """The place, likewise."""
        return self._try(self._file.tell, 0)

    def _try(self, do: Callable[[], int], otherwise: int) -> int:
        if self.error is not None:
            return otherwise
        try:
            return do()
        except OSError as error:
            self.error = error
            raise


def _open_nameless(target: Path) -> IO[bytes]:
    """A file without a name beside a target, which is refused before the work if it cannot be written."""
    if target.is_dir() or (target.exists() and not os.access(target, os.W_OK)):
        number = errno.EISDIR if target.is_dir() else errno.EACCES
        raise OSError(number, os.strerror(number), str(target))
    try:
        return tempfile.TemporaryFile(dir=target.parent)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(target)) from error


def _resample(y: Float32Array, sr: int) -> Iterator[Float32Array]:
    """The sound at the encoders' rate in blocks of about a tenth of a second, shape=(n, channels)."""
    import soxr

    step = max(1, sr // 10)
    stream = soxr.ResampleStream(sr, _SR, len(y), dtype="float32", quality="HQ") if sr != _SR else None
    for start in range(0, y.shape[1], step):
        block = np.ascontiguousarray(y[:, start : start + step].T, dtype=np.float32)
        if stream is not None:
            block = stream.resample_chunk(block, last=start + step >= y.shape[1])
        if len(block):
            yield np.ascontiguousarray(np.clip(block, -1.0, 1.0))


def choose_bit_rate(size: tuple[int, int], fps: int) -> int:
    """Bit/s that suffice for moving pictures of a size and frame rate; still ones take far less.

    Examples
    --------
    >>> [round(choose_bit_rate(size, 30) / 1e6, 1) for size in ((640, 360), (1280, 720), (1920, 1080))]
    [1.2, 2.8, 4.5]
    """
    return int(4_500_000 * (size[0] * size[1] * fps / (1920 * 1080 * 30)) ** 0.6)


def _check_arguments(size: tuple[int, int], n_frames: int, fps: int, container: str) -> None:
    if any(side % 2 or not MIN_SIDE <= side <= MAX_SIDE for side in size):
        raise ValueError(f"size must be even, from {MIN_SIDE} to {MAX_SIDE}, got {size}")
    if n_frames < 1 or not 1 <= fps <= 240:
        raise ValueError(f"n_frames and fps must be at least 1, fps at most 240, got {n_frames} and {fps}")
    if container not in CONTAINERS:
        raise ValueError(f"container must be one of {', '.join(CONTAINERS)}, not {container!r}")
