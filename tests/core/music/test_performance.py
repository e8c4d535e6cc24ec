"""Performances: piano notes to MIDI and back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.emotion.examples import example, example_names
from core.errors import InputError
from core.music import midi
from core.music.performance import MIN_DURATION_SEC, Performance

NOTES = st.lists(
    st.tuples(st.integers(21, 108), st.floats(0, 40), st.floats(0.0, 5), st.integers(1, 127)),
    min_size=1,
    max_size=60,
)


def performance(notes) -> Performance:
    return Performance.of(*zip(*notes, strict=True))


def test_a_key_struck_twice_within_a_tick_is_one_note_of_the_later_length():
    played = performance([(21, 0.0, 1.0, 1), (21, 1e-7, 0.5, 1)])
    again = Performance.from_midi(midi.from_bytes(midi.to_bytes(played.to_midi())))
    assert again.pitch.tolist() == [21]
    assert again.duration_sec[0] == pytest.approx(0.5, abs=0.002)


@given(NOTES)
def test_notes_written_to_midi_come_back_in_order_none_shorter_than_a_note(notes):
    played = performance(notes)
    assert (np.diff(played.onset_sec) >= 0).all()
    assert (played.duration_sec >= MIN_DURATION_SEC).all()
    again = Performance.from_midi(midi.from_bytes(midi.to_bytes(played.to_midi())))
    asked = {(int(p), round(float(t), 2)) for p, t in zip(played.pitch, played.onset_sec, strict=True)}
    came = {(int(p), round(float(t), 2)) for p, t in zip(again.pitch, again.onset_sec, strict=True)}
    assert {p for p, _ in came} == {p for p, _ in asked}
    assert len(again) <= len(played)
    for pitch in set(again.pitch.tolist()):
        own = again.pitch == pitch
        ends = again.onset_sec[own] + again.duration_sec[own]
        # A file rounds both ends of a note to its ticks, of about a millisecond.
        assert (ends[:-1] <= again.onset_sec[own][1:] + MIN_DURATION_SEC + 0.002).all()


def test_a_file_of_drums_or_of_nothing_is_refused():
    drums = example(example_names()[0]).to_midi()
    drums.instruments[0].is_drum = True
    with pytest.raises(InputError, match="only drums"):
        Performance.from_midi(drums)
    drums.instruments = []
    with pytest.raises(InputError, match="no notes"):
        Performance.from_midi(drums)
