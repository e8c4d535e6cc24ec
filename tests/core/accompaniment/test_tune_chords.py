"""Chord symbols over tunes: within the mode, closing on the tonic, the same in both times, given ones kept."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from core.accompaniment.tune_chords import TuneHarmonizer, mode_chords
from core.folk.tune_measures import share_in_mode
from core.music.abc_notation import read_abc
from core.music.chord_symbols import chord_at
from core.music.tune import MODE_SCALES, MODES, WITH_MINOR_THIRD, Key, Meter, Tune, regular_bars
from core.music.tune_reading import fill_with_rests

SCALE_TUNE = (0, 2, 4, 1, 3, 5, 4, 2, 6, 4, 1, 3, 2, 1, 0, 0)  # degrees


@cache
def harmonizer() -> TuneHarmonizer:
    return TuneHarmonizer.from_weights()


def tune_in(mode: str, meter: str = "4/4", tonic: str = "D") -> Tune:
    """Sixteen bars of scale notes, two a bar, that end on the tonic."""
    key, bar = Key(tonic=tonic, mode=mode), Meter(meter=meter).bar_tick
    steps = MODE_SCALES[mode][:7]
    pitches = [60 + key.pitch_class + steps[degree] for degree in SCALE_TUNE * 2]
    notes = [(n * bar // 2, (n + 1) * bar // 2, pitch) for n, pitch in enumerate(pitches)]
    events = fill_with_rests(notes)
    meters = (Meter(meter=meter),)
    return Tune(events=events, bars=regular_bars(notes[-1][1], meters), keys=(key,), meters=meters)


@pytest.mark.parametrize("mode", MODES)
def test_chords_lie_in_the_mode_and_the_last_is_the_tonic_s(mode: str) -> None:
    tune = harmonizer().harmonize(tune_in(mode))
    assert share_in_mode(tune) == 1.0
    last = tune.chords[-1]
    assert last.root == "D" and (last.kind == "m") == (mode in WITH_MINOR_THIRD)
    assert len({chord.name for chord in tune.chords}) >= 2


@pytest.mark.parametrize("mode", MODES)
def test_every_chord_of_a_mode_has_its_notes_in_the_scale(mode: str) -> None:
    steps = {0: (0, 4, 7), 12: (0, 3, 7), 48: (0, 4, 7, 10)}
    for chord in mode_chords(mode).tolist():
        notes = {(chord % 12 + step) % 12 for step in steps[chord // 12 * 12]}
        assert notes <= set(MODE_SCALES[mode])


@pytest.mark.parametrize("meter", ["2/4", "3/4", "6/8", "9/8", "12/8", "5/4", "7/8", "3/8", "2/2"])
def test_chords_change_on_bar_lines_or_half_bars(meter: str) -> None:
    tune = harmonizer().harmonize(tune_in("major", meter))
    half = tune.meters[0].bar_tick // 2
    assert all(chord.onset_tick % half == 0 for chord in tune.chords)
    assert tune.chords[0].onset_tick == 0


def test_transposing_a_tune_transposes_its_chords() -> None:
    low, high = (harmonizer().harmonize(tune_in("dorian", tonic=tonic)) for tonic in ("D", "E"))
    moved = [chord.pitch_classes for chord in low.transposed(2).chords]
    assert moved == [chord.pitch_classes for chord in high.chords]


def test_both_times_of_a_repeated_section_have_the_same_chords() -> None:
    tune, _ = read_abc("M:4/4\nL:1/4\nK:G\n|:G B d B|c A F D|G B d g|1 f d A2:|2 d A G2|]")
    tune = harmonizer().harmonize(tune)
    repeat = tune.repeats[0]
    first = [chord.name for chord in tune.chords if chord.onset_tick < repeat.body_tick]
    second = [
        chord.name
        for chord in tune.chords
        if repeat.turn_tick <= chord.onset_tick < repeat.second_ending_tick
    ]
    assert first == second != []


def test_a_section_that_ends_on_the_tonic_has_the_tonic_s_chord_there() -> None:
    tune, _ = read_abc("M:4/4\nL:1/4\nK:G\n|:G A B c|d c B A|G4:||:e f g f|e2 d2|G4:|")
    tune = harmonizer().harmonize(tune)
    held = chord_at(tune.chords, 2 * 1920)
    assert held is not None and held.name == "G"


def test_given_chords_stay_even_those_that_the_mode_does_not_have() -> None:
    tune, _ = read_abc('M:4/4\nL:1/4\nK:G\n"G"G B d B|"Ebmaj7/Bb"c A F D|G B d g|f d G2|]')
    done = harmonizer().harmonize(replace(tune, chords=()), tune.chords, [(0, 2 * 1920)])
    names = [chord.name for chord in done.chords if chord.onset_tick < 2 * 1920]
    assert names == ["G", "Ebmaj7/Bb"]
    assert done.chords[-1].name == "G" and share_in_mode(replace(done, chords=done.chords[2:])) == 1.0


def test_a_tune_of_rests_has_no_chords_and_a_pickup_none_of_its_own() -> None:
    silent, _ = read_abc("M:4/4\nL:1/4\nK:G\nG4|z4|]")
    rests = replace(silent, events=(replace(silent.events[0], pitch=None), *silent.events[1:]))
    assert harmonizer().harmonize(rests).chords == ()
    tune, _ = read_abc("M:4/4\nL:1/4\nK:G\nD|G B d B|c A F D|G3|]")
    assert harmonizer().harmonize(tune).chords[0].onset_tick == 480
