"""Transcription job: a recording is decoded and transcribed to notes."""

from __future__ import annotations

from collections.abc import Callable

from core.progress import ignore_progress
from core.voice.pitch_tracking import Tracker
from core.voice.transcribe import read_voice, transcribe
from core.voice.transcription import Transcription

_DECODING_SHARE = 0.1


def transcribe_recording(
    data: bytes, name: str, tracker: Tracker, *, progress: Callable[[float, str], None] | None = None
) -> Transcription:
    """Decode a recording of a voice and write its notes down with the shipped network, which a process loads once.

    Parameters
    ----------
    data : bytes
        Of at most two minutes.
    name : str
        How messages call it.
    tracker : {"swift-f0", "pyin"}
    progress : callable, optional
        Called with a share from 0 to 1 and what is being done.

    Raises
    ------
    InputError
        If it is no sound, too long, silent, without a note, or of several tones at once.
    """
    tell = progress or ignore_progress
    tell(0.0, "Reading the recording")
    voice = read_voice(data, name=name)
    return transcribe(
        voice,
        tracker=tracker,
        progress=lambda share: tell(
            _DECODING_SHARE + (1 - _DECODING_SHARE) * share, "Transcribing the recording"
        ),
    )
