"""Mood of an uploaded MIDI file or recording; the notes of a recording are estimated first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core import audio, limits
from core.music import midi
from core.music.performance import Performance

if TYPE_CHECKING:
    from core.emotion.judge.judge import Judgment, MoodJudge

MOOD_FILES = "MIDI, or a recording as WAV, FLAC, MP3, OGG, M4A and more"


def read_music(data: bytes, name: str, judge: MoodJudge) -> Judgment:
    """Rate the mood of a file.

    Parameters
    ----------
    data : bytes
        A Standard MIDI File, or sound in any format that `core.audio.decode` reads.
    name : str
        File name, for messages.
    judge : MoodJudge

    Returns
    -------
    Judgment

    Raises
    ------
    InputError
        If it is neither, is too long or has no notes.
    """
    if data[:4] in (b"MThd", b"RIFF") and b"MThd" in data[:32]:
        return judge.judge(Performance.from_midi(midi.from_bytes(data, name=name)))
    from core.emotion.judge.piano_transcription import transcribe_notes

    return judge.judge(
        transcribe_notes(audio.decode(data, name=name, max_sec=limits.MAX_AUDIO_SEC)), heard=True
    )
