"""Performances, moods, the beat that is fitted, and the score that is written."""

import math
from itertools import pairwise

import numpy as np
import pytest
from defusedxml import ElementTree
from hypothesis import given
from hypothesis import strategies as st

from core.emotion.examples import example, example_names
from core.emotion.moods import NAMED_MOODS, Mood, MoodPath
from core.emotion.tempo import expected_tempo_qpm, fit_tempo_qpm
from core.errors import InputError
from core.music import midi
from core.music.performance import MIN_DURATION_SEC, Performance
from core.music.piano_score import BAR, BEAT, Spelling, note_lengths, quantise, to_musicxml

SIDE = st.floats(-1, 1)
NOTES = st.lists(
    st.tuples(st.integers(21, 108), st.floats(0, 40), st.floats(0.0, 5), st.integers(1, 127)),
    min_size=1,
    max_size=60,
)


def performance(notes) -> Performance:
    return Performance.of(*zip(*notes, strict=True))


@pytest.mark.parametrize(("valence", "arousal"), [(1.1, 0), (0, -2), (math.nan, 0), (0, math.inf)])
def test_a_mood_outside_the_plane_is_refused(valence, arousal):
    with pytest.raises(InputError, match="from -1 to 1"):
        Mood(valence=valence, arousal=arousal)


def test_a_mood_has_the_quadrant_of_emopia_and_the_nearest_name():
    corners = {(0.5, 0.5): "Q1", (-0.5, 0.5): "Q2", (-0.5, -0.5): "Q3", (0.5, -0.5): "Q4"}
    for (valence, arousal), quadrant in corners.items():
        assert Mood(valence=valence, arousal=arousal).quadrant == quadrant
    for name, mood in NAMED_MOODS.items():
        assert mood.name == name


@given(SIDE, SIDE, SIDE, SIDE, st.floats(-2, 3))
def test_a_path_begins_and_ends_at_its_moods_and_never_leaves_what_lies_between(v, a, w, b, share):
    path = MoodPath(start=Mood(valence=v, arousal=a), end=Mood(valence=w, arousal=b))
    assert path.at(0) == path.start
    assert path.at(1).valence == pytest.approx(w)
    mood = path.at(share)
    assert min(v, w) - 1e-9 <= mood.valence <= max(v, w) + 1e-9
    assert min(a, b) - 1e-9 <= mood.arousal <= max(a, b) + 1e-9


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


def test_every_example_is_a_singable_line():
    for name in example_names():
        notes = example(name)
        assert len(notes) >= 8
        assert (notes.step_sec[1:] > 0).all()
        assert notes.pitch.max() - notes.pitch.min() <= 16


@pytest.mark.parametrize("tempo_qpm", [72.0, 96.0, 120.0])
def test_the_fitted_tempo_is_that_of_even_sixteenths_with_human_jitter(tempo_qpm):
    rng = np.random.default_rng(0)
    beats = np.cumsum(rng.choice([0.25, 0.5, 0.5, 1.0], 60))
    onsets = beats * 60 / tempo_qpm + rng.normal(0, 0.008, 60)
    played = Performance.of([60] * 60, onsets, [0.2] * 60, [70] * 60)
    assert fit_tempo_qpm(played, tempo_qpm * 1.12) == pytest.approx(tempo_qpm, rel=0.02)


def test_three_notes_have_the_tempo_that_is_expected_and_excitement_is_expected_to_be_faster():
    assert fit_tempo_qpm(Performance.of([60, 62, 64], [0, 0.7, 1.1], [1, 1, 1], [70] * 3), 88.0) == 88.0
    calm, wild = (MoodPath.still(Mood(valence=0, arousal=arousal)) for arousal in (-1, 1))
    assert expected_tempo_qpm(wild) == pytest.approx(2 * expected_tempo_qpm(calm))


@given(st.integers(0, 15), st.integers(1, 64))
def test_written_lengths_add_up_and_each_can_be_written(onset, duration):
    lengths = note_lengths(onset, duration)
    assert sum(lengths) == duration
    assert set(lengths) <= {1, 2, 3, 4, 6, 8, 12, 16}


@given(NOTES, st.floats(40, 200))
def test_within_a_staff_nothing_overlaps_and_every_note_is_there(notes, tempo_qpm):
    staves = quantise(performance(notes), tempo_qpm)
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


def test_pitches_are_spelled_as_their_key_writes_them():
    assert Spelling("E-", "major").name(63) == ("E", -1, 4)
    assert Spelling("E", "major").name(63) == ("D", 1, 4)
    assert Spelling("A", "minor").name(68) == ("G", 1, 4)
    assert Spelling("C", "major").fifths == 0
    assert Spelling("A-", "minor").fifths == -7
    assert abs(Spelling("D-", "minor").fifths) <= 7
    with pytest.raises(InputError, match="no key called H"):
        Spelling("H", "minor")


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
