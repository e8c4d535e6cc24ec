"""Sounds given in memory or by name: files, examples, samples with their rate, and results of the library."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from core import limits
from core.audio import Audio, decode
from core.audio.flac import FlacSound
from core.command_line import example_id
from core.errors import InputError
from core.files.reading import read_file
from core.library.results import Result

_WHAT_WORKS = (
    "Give the name of a sound file, its bytes, a pair of samples and their rate in Hz, a core.audio.Audio, or what "
    "another function returned."
)


def read_sound(data: Any) -> tuple[Audio, str]:
    """Read whatever was given as a sound.

    Parameters
    ----------
    data : object
        A file's name or bytes; ``example:`` and the name of an example; samples, shape=(n,) or (channels, n), and their rate
        as a pair, as librosa returns them; an `Audio`; a `Result`.

    Returns
    -------
    audio : Audio
    name : str
        What it is called; empty where it has no name.

    Raises
    ------
    InputError
        If it is no sound.

    Examples
    --------
    >>> read_sound((np.zeros(800), 8_000))[0].duration_sec
    0.1
    >>> read_sound(7)
    Traceback (most recent call last):
    core.errors.InputError: An object of the type int is no sound. Give the name of a sound file, ...
    """
    if isinstance(data, Audio):
        return data, ""
    if isinstance(data, Result):
        return data.audio, data.title
    if isinstance(data, FlacSound):
        return data.decode(), ""
    if isinstance(data, bytes | bytearray):
        return decode(bytes(data), name="sound"), ""
    if isinstance(data, str | Path):
        return _read_named(data)
    if isinstance(data, tuple | list) and len(data) == 2:
        return _read_samples(*data), ""
    raise InputError(f"An object of the type {type(data).__name__:.40} is no sound. {_WHAT_WORKS}")


def _read_named(data: str | Path) -> tuple[Audio, str]:
    from core.extrapolate.examples import EXAMPLES
    from core.progress import ignore_progress
    from core.showcase import SHOWPIECES

    name = example_id(str(data), {**EXAMPLES, **SHOWPIECES})
    if name in EXAMPLES:
        return EXAMPLES[name].audio(), EXAMPLES[name].title
    if name is not None:
        return SHOWPIECES[name].make(ignore_progress), SHOWPIECES[name].title
    path = Path(data)
    try:
        content = read_file(path, limits.MAX_AUDIO_BYTES, advice="Cut it or store it as FLAC or MP3.")
    except FileNotFoundError:
        known = ", ".join(f"example:{each}" for each in {**EXAMPLES, **SHOWPIECES})
        raise InputError(f"There is no file “{str(path)[:200]}”. Examples are {known}.") from None
    return decode(content, name=path.name), path.name


def _read_samples(y: Any, sr: Any) -> Audio:
    try:
        audio = Audio(np.asarray(y), sr)
    except (ValueError, TypeError, OverflowError) as error:
        raise InputError(f"These samples are no sound: {error} {_WHAT_WORKS}") from None
    if audio.duration_sec > limits.MAX_AUDIO_SEC:
        raise InputError(
            f"This sound is {audio.duration_sec / 60:.1f} minutes long; {limits.MAX_AUDIO_SEC / 60:g} are the most. Cut it."
        )
    return audio
