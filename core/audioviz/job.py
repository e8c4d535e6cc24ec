"""Jobs of Audio Viz: decode a sound, extract features, map them to scene parameters, write files, render video.

The app imports this module for its names and never runs it; what only a worker needs is imported where it is used.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core import limits
from core.arrays import Float32Array
from core.audio import Audio, decode
from core.audio.flac import FlacSound
from core.audioviz.charts import MAX_POINTS, compare_moments, thin_out
from core.audioviz.extract import Hearing, Listener, Model
from core.audioviz.music_library import Library, Track
from core.audioviz.settings import DRAWN_RATE_HZ, VizSettings
from core.progress import Progress, ignore_progress, tell_time_left
from core.video import Container
from core.workers import stays_here

# The sound goes to the browser whole, as 16-bit samples: six minutes of stereo, twelve of mono at 44.1 kHz.
MAX_PLAYED_BYTES = 64 * limits.MEGABYTE
_SMALLER_SR = 32_000
# Of the work, what getting the sound takes; the rest is hearing it.
_GETTING_SHARE = 0.5
_MEASURING_SHARE = 0.9
_MEASURING_BEFORE_NETWORK = 0.35
_MOST_LANES = 16
_FILM_STAGE = "Making this video"


@dataclass(frozen=True, kw_only=True, eq=False)
class Listening:
    """Features of a sound by one model, and the first chart of the page.

    Attributes
    ----------
    hearing : Hearing
    parameters : ndarray of float32, shape=(n, 10)
        By the default settings of the model, at `core.audioviz.settings.DRAWN_RATE_HZ`.
    lanes : ndarray of float32, shape=(m, at most 16)
        The first of the model's numbers between 0 and 1, thinned out for a chart.
    lane_times_sec : ndarray of float64, shape=(m,)
    likeness : ndarray of int8, shape=(k, k)
        How alike any two stretches of the sound are to the model, in hundredths.
    likeness_times_sec : ndarray of float64, shape=(k,)
    """

    hearing: Hearing
    parameters: Float32Array
    lanes: Float32Array
    lane_times_sec: NDArray[np.float64]
    likeness: NDArray[np.int8]
    likeness_times_sec: NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class HeardSound:
    """A sound as played and displayed, with its measured features.

    Attributes
    ----------
    sound : FlacSound
        At most `MAX_PLAYED_BYTES` as 16-bit samples.
    sha256 : str
        Of the file that was given; of ``sound`` for those made here.
    note : str
        What was changed to make it fit; empty where nothing was.
    measured : Listening
        By the model "measured".
    """

    sound: FlacSound
    sha256: str
    note: str
    measured: Listening


def hear_upload(data: bytes, name: str, *, progress: Progress | None = None) -> HeardSound:
    """Decode a sound file and measure it.

    Parameters
    ----------
    data : bytes
    name : str
        How messages call it.
    progress : callable, optional
        Called with a share from 0 to 1 and what is being done.

    Raises
    ------
    InputError
        If it is no sound, too short, too long or silent.

    Examples
    --------
    >>> from core.audio import encode
    >>> tone = Audio(np.sin(np.arange(22_050) ** 1.2).astype(np.float32), 22_050)
    >>> heard = hear_upload(encode(tone, "wav"), "tone.wav")
    >>> heard.sound.duration_sec, heard.measured.parameters.shape
    (1.0, (58, 10))
    """
    tell = progress or ignore_progress
    tell(0.0, "Reading the sound")
    # Not kept under a name: of a long sound the stereo is let go while the mono is made.
    return hear_made(*fit_sound(decode(data, name=name)), sha256=hashlib.sha256(data).hexdigest(), tell=tell)


def hear_given(sound: FlacSound, *, progress: Progress | None = None) -> HeardSound:
    """Measure a sound that another page has made."""
    tell = progress or ignore_progress
    tell(0.0, "Reading the sound")
    return hear_made(*fit_sound(sound.decode()), sha256=sound.sha256, tell=tell)


@stays_here
def hear_track(folder: str, track: Track, *, progress: Progress | None = None) -> HeardSound:
    """Decode and measure a track of a music library on the server's own disk.

    Raises
    ------
    InputError
        If it is gone, or no sound.
    """
    data = Library(folder=Path(folder), tracks=(track,)).read(track)
    return hear_upload(data, track.title, progress=progress)


def hear_made(audio: Audio, note: str = "", *, sha256: str = "", tell: Progress) -> HeardSound:
    """Measure a sound already fitted for the browser; shared by all jobs above."""
    tell(_GETTING_SHARE, "Encoding the sound")
    sound = FlacSound.of(audio)
    del audio
    # What is heard is what is played: 16 bits.
    hearing = Listener().hear(sound.decode(), progress=_tell_hearing(tell, _GETTING_SHARE, _MEASURING_SHARE))
    return HeardSound(sound=sound, sha256=sha256 or sound.sha256, note=note, measured=_listen(hearing))


def hear_by_network(sound: FlacSound, model: Model, *, progress: Progress | None = None) -> Listening:
    """Extract features of a sound with a network.

    Raises
    ------
    InputError
        If the sound is too short or silent.
    WeightsError
        If the network's files are missing.
    """
    tell = progress or ignore_progress
    tell(0.0, "Loading the network")
    listener = Listener.from_weights(models=(model,))
    return _listen(
        listener.hear(
            sound.decode(), model=model, progress=_tell_hearing(tell, 0.0, _MEASURING_BEFORE_NETWORK)
        )
    )


def _tell_hearing(tell: Progress, begun: float, measuring: float) -> Callable[[float], None]:
    def hear(share: float) -> None:
        """Report progress during feature extraction."""
        stage = "Measuring the sound" if share <= measuring else "The network listens"
        tell(begun + (1 - begun) * share, stage)

    return hear


def _listen(hearing: Hearing) -> Listening:
    lanes, starts = thin_out(hearing.scaled_codes[:, :_MOST_LANES], MAX_POINTS)
    likeness, likeness_times = compare_moments(hearing)
    return Listening(
        hearing=hearing,
        parameters=VizSettings(model=hearing.model).map(hearing),
        lanes=lanes.astype(np.float32),
        lane_times_sec=hearing.times_sec[starts],
        likeness=np.rint(100 * likeness).astype(np.int8),
        likeness_times_sec=likeness_times,
    )


def map_hearing(hearing: Hearing, settings: VizSettings) -> Float32Array:
    """Map features to the ten scene parameters with other settings, shape=(n, 10)."""
    return settings.map(hearing)


def fit_sound(heard: Audio) -> tuple[Audio, str]:
    """Reduce a long sound to mono, and a very long one to a bandwidth of 16 kHz."""
    changed = []
    if 2 * heard.n_samples * heard.n_channels > MAX_PLAYED_BYTES and heard.n_channels > 1:
        heard = heard.mono()
        changed.append("in mono")
    if 2 * heard.n_samples > MAX_PLAYED_BYTES and heard.sr > _SMALLER_SR:
        heard = heard.resample(_SMALLER_SR)
        changed.append("up to 16 kHz")
    if not changed:
        return heard, ""
    return heard, f"This sound is long: it is played {' and '.join(changed)}, so that it fits into a browser."


@dataclass(frozen=True, kw_only=True)
class FilmRequest:
    """Settings of a video, and the part of the sound that it shows.

    Attributes
    ----------
    size : (int, int)
        Width and height in pixels.
    fps : int
    start_sec, seconds : float
    scene, palette : str
    limiter : bool
    caption : str
    container : {"mp4", "webm"}
        As `core.audioviz.film.render_video` takes them.
    """

    size: tuple[int, int]
    fps: int
    start_sec: float
    seconds: float
    scene: str
    palette: str
    limiter: bool
    caption: str = ""
    container: Container = "mp4"


def film_sound(
    sound: FlacSound, parameters: Float32Array, request: FilmRequest, *, progress: Progress | None = None
) -> bytes:
    """Render a video of a part of a sound, with its audio.

    Parameters
    ----------
    sound : FlacSound
    parameters : ndarray of float32, shape=(n, 10)
        Of the whole sound, at `core.audioviz.settings.DRAWN_RATE_HZ`.
    request : FilmRequest
    progress : callable, optional

    Returns
    -------
    bytes
        An MP4 or WebM file.

    Raises
    ------
    InputError
        If the part is too short or too long.
    """
    from core.audioviz.film import render_video

    tell = progress or ignore_progress
    tell(0.0, _FILM_STAGE)
    rows, part = cut_part(sound, parameters, request)
    return render_video(
        rows,
        DRAWN_RATE_HZ,
        part,
        scene=request.scene,
        size=request.size,
        fps=request.fps,
        limiter=request.limiter,
        palette=request.palette,
        caption=request.caption,
        container=request.container,
        progress=tell_time_left(tell, _FILM_STAGE),
    )


def cut_part(sound: FlacSound, parameters: Float32Array, request: FilmRequest) -> tuple[Float32Array, Audio]:
    """Cut the parameters and the sound to the part that a video shows."""
    first = min(round(request.start_sec * sound.sr), sound.n_samples - 1)
    last = min(max(first + 1, round((request.start_sec + request.seconds) * sound.sr)), sound.n_samples)
    row = min(round(request.start_sec * DRAWN_RATE_HZ), len(parameters) - 1)
    n_rows = max(1, round(request.seconds * DRAWN_RATE_HZ))
    return parameters[row : row + n_rows], sound.decode_between(first, last)
