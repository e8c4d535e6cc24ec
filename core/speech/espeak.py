"""espeak-ng as an external program: a line of text to speech.

The text goes through the program's standard input, never into its arguments, and has been cleaned of everything that the program
would take for a command (`core.speech.wording.clean_text`).
"""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import lru_cache

import numpy as np

from core.arrays import Float32Array
from core.audio.waveform import Audio
from core.speech.languages import LANGUAGES
from core.speech.pronunciation import pronounce

PROGRAM = "espeak-ng"
WORDS_PER_MINUTE = 175
TIMEOUT_SEC = 10.0
MAX_SPOKEN_SEC = 20.0
"""Of one caption; the rest is faded out."""
MISSING = (
    "espeak-ng is not installed on this server, so the captions are not in the sound file. A browser can say them during "
    "playback; with the package espeak-ng they are in every file."
)
# What is softer than this at both ends is silence.
_SILENCE = 10 ** (-50 / 20)
_EDGE_SEC = 0.01
_HEADER_BYTES = 44


class SpeechError(Exception):
    """espeak-ng is missing or failed; the message is a sentence for the visitor."""


def espeak_available() -> bool:
    """Whether espeak-ng is installed; whether it works is known once it speaks."""
    return shutil.which(PROGRAM) is not None


def speak(text: str, language: str) -> Audio:
    """Say a text.

    Parameters
    ----------
    text : str
        Whatever it holds; what cannot be said is left out.
    language : str
        A key of `core.speech.languages.LANGUAGES`.

    Returns
    -------
    Audio
        Mono, without silence at its ends, at most `MAX_SPOKEN_SEC`; a hundredth of a second of silence where there is nothing
        to say.

    Raises
    ------
    SpeechError
        If the program is missing, fails, takes longer than `TIMEOUT_SEC` or writes something else than a sound.

    Examples
    --------
    >>> if espeak_available():
    ...     assert 0.5 < speak("March 1958", "en").duration_sec < 2
    """
    from core.speech.wording import (
        clean_text,
    )  # with locale data, which whoever only asks for the program does not need

    said = clean_text(text)
    if not said:
        return Audio(np.zeros(221, dtype=np.float32), 22_050)
    return Audio(*_speak(pronounce(said, language), LANGUAGES[language].voice))


@lru_cache(maxsize=128)
def _speak(text: str, voice: str) -> tuple[Float32Array, int]:
    program = shutil.which(PROGRAM)
    if program is None:
        raise SpeechError(MISSING)
    command = [program, "-v", voice, "-s", str(WORDS_PER_MINUTE), "-b", "1", "-z", "--stdin", "--stdout"]
    try:
        done = subprocess.run(  # noqa: S603  # a list without a shell; all of its words are ours
            command,
            input=text.encode(),
            capture_output=True,
            timeout=TIMEOUT_SEC,
            check=True,
            # No home: the settings and voices of the machine's user stay out.
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"},
        )
    except subprocess.TimeoutExpired as error:
        raise SpeechError("espeak-ng took too long, so the captions are not in the sound file.") from error
    except (OSError, subprocess.CalledProcessError) as error:
        raise SpeechError("espeak-ng failed, so the captions are not in the sound file.") from error
    return _read_wav(done.stdout)


def _read_wav(data: bytes) -> tuple[Float32Array, int]:
    """Samples and rate of what the program wrote: a WAV header whose lengths are made up, as it could not seek, and samples."""
    sr = int.from_bytes(data[24:28], "little")
    if len(data) < _HEADER_BYTES or data[:4] != b"RIFF" or not 8_000 <= sr <= 96_000:
        raise SpeechError("espeak-ng wrote no sound, so the captions are not in the sound file.")
    n_bytes = min(len(data) - _HEADER_BYTES, 2 * int(MAX_SPOKEN_SEC * sr)) // 2 * 2
    y = np.frombuffer(data, "<i2", offset=_HEADER_BYTES, count=n_bytes // 2).astype(np.float32)
    return _trim(y / np.float32(32_768), sr), sr


def _trim(y: Float32Array, sr: int) -> Float32Array:
    heard = np.flatnonzero(np.abs(y) > _SILENCE)
    n_edge = round(_EDGE_SEC * sr)
    if not len(heard):
        return np.zeros(n_edge, dtype=np.float32)
    cut = y[max(0, heard[0] - n_edge) : heard[-1] + 1 + n_edge].copy()
    ramp = np.linspace(0.0, 1.0, min(n_edge, len(cut)), dtype=np.float32)
    cut[: len(ramp)] *= ramp
    cut[len(cut) - len(ramp) :] *= ramp[::-1]
    cut.flags.writeable = False  # it is kept
    return cut
