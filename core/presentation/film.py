"""Film of a presentation: the picture with its playhead, what sounds lit up, the current value large, and the sound."""

from __future__ import annotations

import errno
import io
import os
from pathlib import Path
from typing import IO

import numpy as np

from core.audio import Audio
from core.audio.flac import FlacSound
from core.errors import InputError
from core.presentation.film_frames import FilmFrames
from core.presentation.film_settings import FilmSettings, check_film
from core.presentation.letters import clean_text
from core.presentation.presentation import Presentation
from core.progress import Progress, ignore_progress, tell_time_left
from core.video import FilmWriter

_BLOCK_SEC = 10
_PREPARING_SHARE = 0.05
_STAGE = "Making this video"
_TOLD_FRAMES = 10
_FULL = (errno.ENOSPC, errno.EDQUOT)


def make_film(
    presentation: Presentation, settings: FilmSettings | None = None, *, progress: Progress | None = None
) -> bytes:
    """Film a presentation.

    Parameters
    ----------
    presentation : Presentation
    settings : FilmSettings, optional
    progress : callable, optional
        Called with a share from 0 to 1 and what is being done. What it raises ends the film and leaves nothing behind.

    Returns
    -------
    bytes
        An MP4 or WebM file.

    Raises
    ------
    InputError
        If there is no sound, it is too long, or there is no such picture.

    Examples
    --------
    >>> from core.presentation.presentation import WaveformPicture
    >>> hum = Audio(0.1 * np.sin(np.arange(4_000, dtype=np.float32) / 9), sr=8_000)
    >>> shown = Presentation(title="Hum", sound=FlacSound.of(hum), pictures=(WaveformPicture(),))
    >>> film = make_film(shown, FilmSettings(size="1080x1080", fps=5, opening_sec=0.4, closing_sec=0.0))
    >>> film[4:8]
    b'ftyp'
    """
    made = io.BytesIO()
    _write(presentation, settings or FilmSettings(), made, progress or ignore_progress)
    return made.getvalue()


def write_film(
    presentation: Presentation,
    target: Path,
    settings: FilmSettings | None = None,
    *,
    progress: Progress | None = None,
) -> None:
    """Film a presentation into a file; a film that is not finished leaves no file.

    Parameters
    ----------
    presentation, settings, progress
        As `make_film` has them.
    target : Path
        Replaced if it exists.

    Raises
    ------
    InputError
        As `make_film` raises it, or if the disk is full.
    OSError
        If the file cannot be written otherwise.
    """
    if not target.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(target))
    try:
        _write(presentation, settings or FilmSettings(), target, progress or ignore_progress)
    except OSError as error:
        if error.errno in _FULL:
            raise InputError(
                "The disk is full, so the film was not written. Free some space or choose another folder for it."
            ) from error
        raise


def _write(
    presentation: Presentation, settings: FilmSettings, target: Path | IO[bytes], tell: Progress
) -> None:
    check_film(presentation, settings)
    tell_share = tell_time_left(tell, _STAGE)
    tell_share(0.0)
    frames = FilmFrames(presentation, settings)
    audio = _delay(presentation.sound, settings.opening_frames / settings.fps)
    tell_share(_PREPARING_SHARE)
    with FilmWriter(
        target,
        size=settings.shape,
        n_frames=frames.n_frames,
        fps=settings.fps,
        audio=audio,
        container=settings.container,
        title=clean_text(presentation.title),
    ) as film:
        for number in range(frames.n_frames):
            film.write(frames.frame(number))
            if number % _TOLD_FRAMES == 0:
                share = number / frames.n_frames
                tell_share(_PREPARING_SHARE + (1 - _PREPARING_SHARE) * share)
    tell_share(1.0)


def _delay(sound: FlacSound, silence_sec: float) -> Audio:
    """The sound after a silence, its first two channels; decoded in blocks, so that it stands in memory once."""
    before = round(silence_sec * sound.sr)
    y = np.zeros((min(2, sound.n_channels), before + sound.n_samples), np.float32)
    for start in range(0, sound.n_samples, _BLOCK_SEC * sound.sr):
        stop = min(sound.n_samples, start + _BLOCK_SEC * sound.sr)
        y[:, before + start : before + stop] = np.atleast_2d(sound.decode_between(start, stop).y)[:2]
    return Audio(y, sound.sr)
