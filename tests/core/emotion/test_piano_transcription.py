"""Hearing notes in a recording, well enough to judge its mood."""

from __future__ import annotations

import numpy as np
import pytest

from core.audio import Audio
from core.emotion.judge.judge import MoodJudge
from core.emotion.judge.piano_transcription import MAX_SEC, SR, transcribe_notes
from core.errors import InputError
from core.music.performance import Performance
from core.synth import render


def rendered(piece: Performance) -> Audio:
    return render(piece.to_midi(), engine="embedded", sr=SR).audio


@pytest.fixture(scope="module")
def scale() -> Performance:
    pitches = [48, 60, 64, 67, 50, 62, 65, 69, 52, 64, 67, 71, 53, 65, 69, 72]
    onsets = [0.5 * (i // 4) * 4 + 0.5 * (i % 4) for i in range(16)]
    return Performance.of(pitches, onsets, [0.45] * 16, [80] * 16)


@pytest.fixture(scope="module")
def sound(scale: Performance) -> Audio:
    return rendered(scale)


def test_the_notes_of_a_piano_are_found_where_they_begin(scale: Performance, sound: Audio) -> None:
    heard = transcribe_notes(sound)
    found = [
        any(p == pitch and abs(o - onset) < 0.06 for p, o in zip(heard.pitch, heard.onset_sec, strict=True))
        for pitch, onset in zip(scale.pitch, scale.onset_sec, strict=True)
    ]
    assert sum(found) >= 15
    assert len(heard) <= 22  # what is heard too much


def test_chords_are_heard_as_chords() -> None:
    chords = [[60, 64, 67], [57, 60, 64], [53, 57, 60], [55, 59, 62]]
    pitches = [pitch for chord in chords for pitch in chord]
    onsets = [float(i // 3) for i in range(12)]
    heard = transcribe_notes(rendered(Performance.of(pitches, onsets, [0.9] * 12, [80] * 12)))
    for i, chord in enumerate(chords):
        near = set(heard.pitch[np.abs(heard.onset_sec - i) < 0.08].tolist())
        assert len(near & set(chord)) >= 2


def test_the_recording_level_does_not_matter(sound: Audio) -> None:
    loud, soft = transcribe_notes(sound), transcribe_notes(Audio(sound.y * np.float32(0.05), sound.sr))
    assert loud.pitch.tolist() == soft.pitch.tolist()
    assert loud.velocity == pytest.approx(soft.velocity, abs=1)


def test_stereo_and_other_rates_are_heard_alike(sound: Audio) -> None:
    other = Audio(np.stack([sound.mono().y] * 2), sound.sr).resample(44_100)
    assert abs(len(transcribe_notes(other)) - len(transcribe_notes(sound))) <= 2


def test_of_a_long_recording_three_parts_are_heard(sound: Audio) -> None:
    long = Audio(np.tile(sound.mono().y, 20), sound.sr)
    assert long.duration_sec > 2 * MAX_SEC
    heard = transcribe_notes(long)
    assert heard.end_sec <= MAX_SEC + 1
    assert heard.onset_sec[-1] > MAX_SEC * 0.8


def test_what_has_no_music_is_refused() -> None:
    with pytest.raises(InputError, match="silent"):
        transcribe_notes(Audio(np.zeros(SR * 3, dtype=np.float32), SR))
    with pytest.raises(InputError, match="silent"):
        transcribe_notes(Audio(np.full(SR * 3, 0.1, dtype=np.float32), SR))
    with pytest.raises(InputError, match=r"lasts 0\.5 seconds"):
        transcribe_notes(Audio(np.ones(SR // 2, dtype=np.float32) * 0.1, SR))
    with pytest.raises(InputError, match="Hardly a note"):
        transcribe_notes(Audio(np.sin(2 * np.pi * 440 * np.arange(SR * 3) / SR).astype(np.float32), SR))


def test_a_recording_can_be_judged(sound: Audio) -> None:
    judged = MoodJudge.from_weights().judge(transcribe_notes(sound), heard=True)
    assert -1 < judged.mood.valence < 1
