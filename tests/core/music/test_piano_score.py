"""Scores of played piano pieces: quantized, shared between two staves, every bar full."""

from itertools import pairwise

import numpy as np
import pytest
from defusedxml import ElementTree
from hypothesis import given
from hypothesis import strategies as st

from core.emotion.examples import example, example_names
from core.errors import InputError
from core.music.performance import Performance
from core.music.piano_score import BAR, BEAT, note_lengths, quantize, to_musicxml
from tests.core.music.test_performance import NOTES, performance


@given(st.integers(0, 15), st.integers(1, 64))
def test_written_lengths_add_up_and_each_can_be_written(onset, duration):
    lengths = note_lengths(onset, duration)
    assert sum(lengths) == duration
    assert set(lengths) <= {1, 2, 3, 4, 6, 8, 12, 16}


@given(NOTES, st.floats(40, 200))
def test_within_a_staff_nothing_overlaps_and_every_note_is_there(notes, tempo_qpm):
    staves = quantize(performance(notes), tempo_qpm)
    for staff in staves:
        for before, after in pairwise(staff):
            assert before.end <= after.onset
    written = {pitch for staff in staves for chord in staff for pitch in chord.pitches}
    assert written == {note[0] for note in notes}


@given(NOTES, st.sampled_from(["C", "Eb", "F#", "A-"]), st.sampled_from(["major", "minor"]))
def test_every_bar_of_both_staves_is_full_and_the_pitches_are_those_played(notes, key, mode):
    played = performance(notes)
    root = ElementTree.fromstring(
        to_musicxml(played, tempo_qpm=90, key=key, mode=mode, title="a < b").encode()
    )
    pitches = set()
    for measure in root.iter("measure"):
        full = {"1": 0, "2": 0}
        for note in measure.iter("note"):
            if note.find("chord") is None:
                full[note.findtext("staff")] += int(note.findtext("duration"))
            pitch = note.find("pitch")
            if pitch is not None:
                step = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}[pitch.findtext("step")]
                alter = int(pitch.findtext("alter") or 0)
                pitches.add(12 * (int(pitch.findtext("octave")) + 1) + step + alter)
        assert full == {"1": BAR, "2": BAR}
    assert pitches == set(played.pitch.tolist())


@pytest.mark.parametrize("tempo_qpm", [10.0, 500.0])
def test_a_tempo_nobody_counts_is_refused(tempo_qpm):
    with pytest.raises(InputError, match="20 to 400"):
        to_musicxml(example(example_names()[0]), tempo_qpm=tempo_qpm, key="C", mode="major")


def test_a_score_of_thousands_of_bars_is_refused_and_one_of_no_notes():
    far = Performance.of([60, 60], [0.0, 5000.0], [1, 1], [70, 70])
    with pytest.raises(InputError, match="bars"):
        to_musicxml(far, tempo_qpm=120, key="C", mode="major")
    with pytest.raises(InputError, match="no note"):
        to_musicxml(far.first(0), tempo_qpm=120, key="C", mode="major")


def test_beams_join_what_lies_within_a_beat():
    played = Performance.of([72] * 8, np.arange(8) * 0.25, [0.25] * 8, [70] * 8)
    root = ElementTree.fromstring(to_musicxml(played, tempo_qpm=60, key="C", mode="major").encode())
    states = [note.findtext("beam") for note in root.iter("note") if note.find("pitch") is not None]
    assert states == ["begin", "continue", "continue", "end"] * 2
    assert BEAT == 4
