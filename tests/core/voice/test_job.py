"""The job of a sung beginning gives the notes as plain data and says what it refuses."""

import pytest

from core import audio
from core.errors import InputError
from core.plain_data import from_bytes, to_bytes
from core.voice.job import transcribe_recording
from tests.core.sung import sung, tune


def test_what_was_sung_survives_the_way_to_the_server():
    wav = audio.encode(sung(tune([62, 65, 69]), 16_000), "wav")
    told = []
    heard = transcribe_recording(
        wav, "line.wav", "swift-f0", progress=lambda share, stage: told.append(share)
    )
    assert [note.pitch for note in heard.notes] == [62, 65, 69]
    assert told == sorted(told) and told[-1] == pytest.approx(1)
    data = to_bytes(heard)
    assert to_bytes(from_bytes(data)) == data


def test_what_is_no_sound_is_told_by_its_name():
    with pytest.raises(InputError, match=r"text\.wav"):
        transcribe_recording(b"hello" * 50, "text.wav", "swift-f0")
