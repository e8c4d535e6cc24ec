"""From a pitch track to notes: cutting, tuning, rhythm; all without trained weights."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.voice.charts import description, transcription_figure
from core.voice.note_segmentation import SegmentSettings, segment
from core.voice.pitch_tracking import FRAME_SEC, SR, PitchTrack
from core.voice.rhythm import DEFAULT_QPM, find_rhythm
from core.voice.suitability import clipped_share, held_share, level_db, several_tones_share
from core.voice.transcription import Transcription, assemble, tuning_semitones
from tests.core.sounds import tone

TWINKLE = [60, 60, 67, 67, 69, 69, 67, 65, 65, 64, 64, 62, 62, 60]
TWINKLE_BEATS = [0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14]


def track_of(
    pitch: list[float] | np.ndarray, confidence: list[float] | np.ndarray | None = None
) -> PitchTrack:
    values = np.asarray(pitch, dtype=float)
    sure = np.ones(len(values)) if confidence is None else np.asarray(confidence, dtype=float)
    return PitchTrack(440.0 * 2.0 ** ((values - 69.0) / 12.0), sure, "swift-f0")


def logits(n: int, onsets: tuple[int, ...], active: slice) -> tuple[np.ndarray, np.ndarray]:
    onset, sounding = np.full(n, -6.0), np.full(n, -6.0)
    onset[list(onsets)] = 4.0
    sounding[active] = 4.0
    return onset, sounding


def transcription_of(pitches: list[float], beats: list[float], tempo_qpm: float = 100.0) -> Transcription:
    onsets = np.array(beats) * 60.0 / tempo_qpm + 0.4
    ends = np.append(onsets[1:], onsets[-1] + 60.0 / tempo_qpm) - 0.05
    frames = np.full(int(ends[-1] / FRAME_SEC) + 10, float(pitches[0]))
    return assemble(track_of(frames), onsets, ends, pitches, [-20.0] * len(pitches))


# Cutting.


def test_two_onsets_of_one_pitch_are_two_notes() -> None:
    onset, active = logits(100, (10, 50), slice(10, 90))
    found = segment(track_of([60.0] * 100), onset, active)
    assert [(s.start, s.stop) for s in found] == [(10, 50), (50, 90)]
    assert [s.pitch for s in found] == pytest.approx([60.0, 60.0])


def test_a_clear_change_of_pitch_is_a_note_though_the_network_heard_no_onset() -> None:
    onset, active = logits(160, (10,), slice(10, 150))
    found = segment(track_of([60.0] * 80 + [64.0] * 80), onset, active)
    assert [round(s.pitch) for s in found] == [60, 64]
    assert abs(found[1].start - 80) <= 1


def test_a_few_frames_an_octave_off_do_not_split_a_note() -> None:
    pitch = [60.0] * 40 + [72.0] * 4 + [60.0] * 40
    onset, active = logits(84, (4,), slice(4, 80))
    found = segment(track_of(pitch), onset, active)
    assert len(found) == 1
    assert found[0].pitch == pytest.approx(60.0)


def test_vibrato_does_not_split_a_note_nor_move_its_pitch() -> None:
    pitch = 62.0 + 0.5 * np.sin(2 * np.pi * 5.5 * np.arange(120) * FRAME_SEC)
    onset, active = logits(120, (5,), slice(5, 115))
    found = segment(track_of(pitch), onset, active)
    assert len(found) == 1
    assert found[0].pitch == pytest.approx(62.0, abs=0.1)


def test_the_pitch_of_a_note_is_that_of_its_middle_not_of_the_glide_into_it() -> None:
    pitch = np.concatenate([np.linspace(57, 60, 8), np.full(40, 60.0)])
    onset, active = logits(48, (0,), slice(0, 48))
    assert segment(track_of(pitch), onset, active)[0].pitch == pytest.approx(60.0, abs=0.01)


def test_where_nothing_is_voiced_there_is_no_note() -> None:
    onset, active = logits(50, (10,), slice(10, 40))
    assert segment(track_of([60.0] * 50, [0.0] * 50), onset, active) == []


@given(
    notes=st.lists(st.tuples(st.integers(12, 40), st.integers(40, 80)), min_size=1, max_size=8),
    seed=st.integers(0, 99),
)
@settings(max_examples=30, deadline=None)
def test_notes_never_overlap_and_stay_within_the_recording(notes: list[tuple[int, int]], seed: int) -> None:
    rng = np.random.default_rng(seed)
    pitch = np.concatenate([np.full(length, float(value)) for length, value in notes])
    onset, active = rng.normal(0, 3, len(pitch)), rng.normal(0, 3, len(pitch))
    found = segment(track_of(pitch + rng.normal(0, 0.2, len(pitch))), onset, active)
    edges = [frame for s in found for frame in (s.start, s.stop)]
    assert edges == sorted(edges)
    assert all(0 <= frame <= len(pitch) for frame in edges)
    assert all(s.onset_sec < s.end_sec for s in found)


@pytest.mark.parametrize("change", [{"stable": (0.8, 0.2)}, {"off_pitch": -1.0}, {"min_frames": 0}])
def test_senseless_prices_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"stable part|Prices"):
        SegmentSettings(**change)  # type: ignore[arg-type]


# Tuning.


@given(offset=st.floats(-0.4, 0.4), pitches=st.lists(st.integers(48, 80), min_size=1, max_size=20))
def test_a_singer_who_is_forty_cents_flat_or_sharp_still_gets_the_right_notes(
    offset: float, pitches: list[int]
) -> None:
    found = transcription_of([pitch + offset for pitch in pitches], list(range(len(pitches))))
    assert [note.pitch for note in found.notes] == pitches
    assert found.tuning_cents == pytest.approx(100 * offset, abs=1e-6)


def test_pitches_evenly_between_the_semitones_have_no_tuning() -> None:
    assert tuning_semitones(np.array([60.0, 60.5]), np.ones(2)) == 0.0


# Rhythm.


@pytest.mark.parametrize("tempo_qpm", [72.0, 90.0, 110.0, 126.0])
def test_a_steady_song_gets_its_tempo_and_its_beats(tempo_qpm: float) -> None:
    found = transcription_of([float(p) for p in TWINKLE], [float(b) for b in TWINKLE_BEATS], tempo_qpm)
    assert found.tempo_qpm == pytest.approx(tempo_qpm, rel=0.03)
    assert [onset for onset, _, _ in found.quantized()] == TWINKLE_BEATS
    assert [duration for _, duration, _ in found.quantized()][:8] == [1, 1, 1, 1, 1, 1, 2, 1]


def test_a_singer_who_slows_down_keeps_the_note_values() -> None:
    beats = np.array(TWINKLE_BEATS, dtype=float)
    local = 100.0 * np.linspace(1.1, 0.85, len(beats) - 1)
    onsets = np.concatenate([[0.0], np.cumsum(np.diff(beats) * 60.0 / local)])
    rhythm = find_rhythm(onsets, np.full(len(beats), 0.4))
    assert rhythm.onset_beat.tolist() == TWINKLE_BEATS


def test_dotted_notes_and_eighths_are_told_apart() -> None:
    beats = np.array([0, 1.5, 2, 3, 3.5, 4, 5.5, 6, 7, 8])
    rhythm = find_rhythm(beats * 0.6, np.full(len(beats), 0.2))
    assert rhythm.onset_beat.tolist() == beats.tolist()


def test_a_long_silence_is_a_rest_and_a_breath_is_not() -> None:
    rhythm = find_rhythm(np.array([0, 0.6, 1.2, 2.4, 3.0]), np.array([0.5, 0.5, 0.5, 0.5, 0.5]))
    assert rhythm.duration_beat.tolist() == [1, 1, 1, 1, 1]
    assert rhythm.onset_beat.tolist() == [0, 1, 2, 4, 5]


@given(gaps=st.lists(st.floats(0.03, 4.0), min_size=0, max_size=12), length=st.floats(0.05, 3.0))
@settings(max_examples=40, deadline=None)
def test_quantized_notes_are_in_sixteenths_and_do_not_overlap(gaps: list[float], length: float) -> None:
    onsets = np.concatenate([[0.0], np.cumsum(gaps)])
    rhythm = find_rhythm(onsets, np.full(len(onsets), length))
    assert rhythm.onset_beat[0] == 0
    for values in (rhythm.onset_beat, rhythm.duration_beat):
        assert np.array_equal(values * 4, np.round(values * 4))
    assert (rhythm.duration_beat >= 0.25).all()
    assert (rhythm.onset_beat[:-1] + rhythm.duration_beat[:-1] <= rhythm.onset_beat[1:] + 1e-9).all()


def test_one_note_is_a_transcription() -> None:
    found = transcription_of([64.2], [0.0])
    assert found.quantized() == [(0.0, 1.0, 64)]
    assert found.tempo_qpm == DEFAULT_QPM


# Key.


# Whether it is a voice.


def test_the_level_is_that_of_the_loud_part() -> None:
    y = np.concatenate([np.zeros(10 * SR, dtype=np.float32), tone(440.0, SR, 0.5, level=0.1).y])
    assert level_db(y) == pytest.approx(-23.0, abs=0.5)
    assert level_db(np.zeros(100, dtype=np.float32)) == -200.0


def test_flat_tops_are_clipping_and_a_full_sine_is_not() -> None:
    loud = tone(220.0, SR, 1.0, level=3.0).y
    assert clipped_share(np.clip(loud, -1.0, 1.0)) > 0.3
    assert clipped_share(tone(220.0, SR, 1.0, level=0.97).y) == 0.0


def test_held_notes_and_vibrato_are_held_and_glides_are_not() -> None:
    steps = np.repeat([60.0, 62.0, 64.0, 65.0], 30)
    assert held_share(track_of(steps)) > 0.9
    assert held_share(track_of(60.0 + 0.9 * np.sin(2 * np.pi * 5.7 * np.arange(200) * FRAME_SEC))) > 0.5
    assert held_share(track_of(60.0 + 4.0 * np.sin(2 * np.pi * 1.5 * np.arange(200) * FRAME_SEC))) < 0.3
    assert held_share(track_of(steps, np.zeros(len(steps)))) == 0.0


def test_a_chord_is_several_tones_and_a_rich_tone_is_one() -> None:
    t = np.arange(2 * SR) / SR

    def rich(f0_hz: float) -> np.ndarray:
        return np.sum([np.sin(2 * np.pi * f0_hz * k * t) / k for k in range(1, 12)], axis=0)

    one = track_of(np.full(125, 57.0))
    assert several_tones_share(rich(220.0).astype(np.float32), one) < 0.05
    third = rich(220.0) + rich(277.18)
    assert several_tones_share(third.astype(np.float32), one) > 0.9
    # A major triad in pure tuning fits the harmonics of a tone two octaves below, which nobody sings.
    triad = np.sum([np.sin(2 * np.pi * hz * t) for hz in (440.0, 550.0, 660.0)], axis=0)
    assert several_tones_share(triad.astype(np.float32), track_of(np.full(125, 45.0))) > 0.9


def test_noise_is_not_several_tones() -> None:
    y = np.random.default_rng(0).normal(0, 0.1, 3 * SR).astype(np.float32)
    assert several_tones_share(y, track_of(np.full(187, 57.0))) < 0.1


# What comes out.


def test_midi_holds_the_notes_as_sung_or_on_the_beat() -> None:
    found = transcription_of([float(p) for p in TWINKLE], [float(b) for b in TWINKLE_BEATS], 100.0)
    sung = found.to_midi().instruments[0].notes
    assert [note.pitch for note in sung] == TWINKLE
    assert sung[0].start == pytest.approx(0.4)
    beats = found.to_midi(quantized=True).instruments[0].notes
    beat_sec = 60.0 / found.tempo_qpm
    assert [round(note.start / beat_sec, 6) for note in beats] == TWINKLE_BEATS


def test_the_louder_note_has_the_higher_velocity() -> None:
    frames = track_of([60.0] * 200)
    found = assemble(frames, [0.0, 1.0, 2.0], [0.9, 1.9, 2.9], [60.0, 62.0, 64.0], [-30.0, -20.0, -10.0])
    velocities = [note.velocity for note in found.notes]
    assert velocities == sorted(velocities)
    assert velocities[0] < velocities[1] < velocities[2]


def test_the_figure_has_a_box_a_note_and_names_on_its_axis() -> None:
    found = transcription_of([60.3, 64.3, 67.3], [0.0, 1.0, 2.0])
    figure = transcription_figure(found)
    boxes = next(trace for trace in figure.data if trace.name == "notes")
    assert sum(value is None for value in boxes.x) == 3
    # The box stands where the singer's own scale has the note.
    assert (boxes.y[0] + boxes.y[2]) / 2 == pytest.approx(60.3)
    assert "C4" in figure.layout.yaxis.ticktext
    assert (
        description(found) == "Pitch curve of the voice with boxes for the notes: 3 notes between C4 and G4."
    )


def test_the_figure_leaves_gaps_where_no_voice_sounds() -> None:
    found = dataclasses.replace(
        transcription_of([60.0], [0.0]),
        confidence=np.zeros(5),
        f0_hz=np.full(5, 220.0),
        times_sec=np.arange(5) * FRAME_SEC,
    )
    curve = next(trace for trace in transcription_figure(found).data if trace.name == "sung pitch")
    assert np.isnan(np.asarray(curve.y, dtype=float)).all()
