"""Chord symbols and repeats: each format gives back what was written, and what is played is what the signs say."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.music.abc_notation import read_abc
from core.music.chord_symbols import KINDS, ChordSymbol, name_class, parse_chord
from core.music.kern import read_kern_score
from core.music.midi import from_bytes, to_bytes
from core.music.musicxml import read_musicxml
from core.music.repeat_folding import find_repeats, fold_repeats
from core.music.tune import Event, Key, Meter, Repeat, Tune
from core.music.tune_engraving import drawn_notes, engrave_tune, measure_bars
from core.music.tune_files import to_abc, to_kern, to_midi, to_musicxml

JIG = """X:1
M:6/8
L:1/8
K:Edor
|:d|"Em"E2F G2E|"D"A3 d2A|1 "Em"B3 e2:|2 "Em"B3 "Bm7/F#"e3|:"G"G2A B2d|"A"e3 "Em"E2:|
"""
READERS = {
    "abc": lambda tune: read_abc(to_abc(tune))[0],
    "musicxml": lambda tune: read_musicxml(to_musicxml(tune))[0],
    "kern": lambda tune: read_kern_score(to_kern(tune).encode())[0],
}


@st.composite
def tunes_with_repeats(draw: st.DrawFn) -> Tune:
    """Sections of whole bars, some played twice, with endings, each bar with its own pitches, some with chords."""
    events: list[Event] = []
    chords: list[ChordSymbol] = []
    repeats: list[Repeat] = []
    bar_tick, place = 1440, 0
    written: list[tuple[int, ...]] = []

    def play(bars: list[tuple[tuple[int, ...], ChordSymbol | None]]) -> None:
        nonlocal place
        for pitches, chord in bars:
            if chord is not None:
                chords.append(replace(chord, onset_tick=place))
            for pitch in pitches:
                events.append(Event(onset_tick=place, duration_tick=bar_tick // len(pitches), pitch=pitch))
                place += bar_tick // len(pitches)
            written.append(pitches)

    pitch = st.integers(55, 84)
    bar = st.tuples(
        st.lists(pitch, min_size=1, max_size=3).map(tuple),
        st.none()
        | st.builds(ChordSymbol, root=st.sampled_from("ABCDEFG"), kind=st.sampled_from(sorted(KINDS))),
    )
    for _ in range(draw(st.integers(1, 3))):
        body = draw(st.lists(bar, min_size=1, max_size=3))
        kind = draw(st.sampled_from(("once", "twice", "endings")))
        begin = place
        play(body)
        if kind == "once":
            continue
        first, second = (
            ([], []) if kind == "twice" else (draw(st.lists(bar, min_size=1, max_size=2)) for _ in range(2))
        )
        play(list(first))
        turn = place
        play(body)
        play(list(second))
        ending = bar_tick * len(list(first))
        repeats.append(Repeat(onset_tick=begin, turn_tick=turn, end_tick=place, ending_tick=ending))
    return Tune(
        events=tuple(events),
        bars=tuple(range(0, place, bar_tick)),
        keys=(Key(tonic="D"),),
        meters=(Meter(meter="3/4"),),
        chords=tuple(chords),
        repeats=tuple(repeats),
    )


@pytest.mark.parametrize("kind", READERS)
@settings(max_examples=25, deadline=None)
@given(tune=tunes_with_repeats())
def test_a_tune_with_repeats_and_chords_comes_back_from_each_format(kind: str, tune: Tune) -> None:
    back = READERS[kind](tune)
    # A bar that stands alone between repeats is read as part of no other: what sounds is what counts.
    assert back.events == tune.events and back.bars == tune.bars
    assert [(chord.onset_tick, chord.name) for chord in back.chords] == [
        (chord.onset_tick, chord.name) for chord in tune.chords
    ]
    assert back.repeats == tune.repeats


@given(tune=tunes_with_repeats())
@settings(max_examples=25, deadline=None)
def test_a_folded_tune_has_each_moment_once_and_all_are_played(tune: Tune) -> None:
    written = fold_repeats(tune)
    assert written.tune.length_tick <= tune.length_tick
    played = sorted(tick for event in written.tune.events for tick in written.played_ticks(event.onset_tick))
    assert played == [event.onset_tick for event in tune.events]


@pytest.mark.parametrize("kind", READERS)
def test_a_jig_with_pickup_endings_and_a_bass_comes_back_from_each_format(kind: str) -> None:
    tune, said = read_abc(JIG)
    assert said == ["Repeats, endings and jumps are written out."]
    assert [chord.name for chord in tune.chords][:4] == ["Em", "D", "Em", "Em"]
    assert "Bm7/F#" in {chord.name for chord in tune.chords}
    assert len(tune.repeats) == 2 and tune.repeats[0].ending_tick == 1200
    assert READERS[kind](tune) == tune


def test_bars_that_a_repeat_sign_splits_are_full_when_played() -> None:
    tune, _ = read_abc("M:4/4\nL:1/4\nK:G\nD|G A B c|d c B:|:e|e d c B|A G F:|")
    assert [after - before for before, after in zip(tune.bars, tune.bars[1:], strict=False)] == [1920] * 7


def test_an_order_of_sections_in_kern_is_played_once_though_repeat_signs_stand_beside_it() -> None:
    text = "**kern\n*>[A,A,B]\n*>A\n*M2/4\n=1\n4c\n4d\n=:|!\n*>B\n4e\n4f\n==\n*-\n"
    assert read_kern_score(text.encode())[0].pitches == [60, 62, 60, 62, 64, 65]


def test_a_repeat_whose_times_differ_is_written_out() -> None:
    tune, _ = read_abc("M:2/4\nL:1/4\nK:C\n|:C D|E F:|")
    changed = replace(tune, events=(*tune.events[:-1], replace(tune.events[-1], pitch=72)))
    assert ":|" not in to_abc(changed) and len(fold_repeats(changed).tune.events) == len(tune.events)


def test_equal_sections_become_repeats_and_what_differs_at_the_end_becomes_endings() -> None:
    tune, _ = read_abc("M:2/4\nL:1/4\nK:C\nC D|E F|C D|E C|]")
    found = find_repeats(tune, [(0, 1920, 3840)], max_ending_tick=960)
    assert found.repeats == (Repeat(onset_tick=0, turn_tick=1920, end_tick=3840, ending_tick=960),)
    assert find_repeats(tune, [(0, 1920, 3840)], max_ending_tick=480).repeats == ()
    assert "|1 E2 F2 :|2 E2 C2 |]" in to_abc(found)


def test_the_playhead_passes_a_repeated_bar_twice() -> None:
    tune, _ = read_abc(JIG)
    pm = to_midi(tune, tempo_qpm=90)
    engraving = engrave_tune(tune, width_px=760)
    drawn = drawn_notes(engraving, tune, pm)
    assert [note.onset_sec for note in drawn] == pytest.approx(
        [note.start for note in pm.instruments[0].notes]
    )
    times = [note.id for note in drawn]
    assert len(set(times)) == len(fold_repeats(tune).tune.pitches) < len(times)
    assert engraving.svg[0].count('class="harm"') == len(fold_repeats(tune).tune.chords)
    assert measure_bars(tune)[1] == [0, 3]


def test_the_frame_of_a_kept_bar_is_drawn_under_an_ending_too() -> None:
    tune, _ = read_abc(JIG)
    svg = engrave_tune(tune, width_px=760, kept=(2,)).svg[0]
    heights = [int(part.split('"')[0]) for part in svg.split('class="tint"')[1].split('height="')[1:2]]
    assert heights[0] > 720


def test_chords_move_with_the_tune_and_are_spelled_in_its_new_key() -> None:
    tune, _ = read_abc('M:4/4\nL:1/4\nK:D\n"D"D F A d|"A7/C#"A2 "F#m"F2|')
    assert [chord.name for chord in tune.transposed(1).chords] == ["Eb", "Bb7/D", "Gm"]
    assert [chord.name for chord in tune.transposed(12).chords] == ["D", "A7/C#", "F#m"]


@pytest.mark.parametrize("root", ["C", "F#", "Bb", "Ab"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_symbol_is_read_as_it_is_written(root: str, kind: str) -> None:
    chord = ChordSymbol(root=root, kind=kind, bass="E")
    assert parse_chord(chord.name) == chord
    assert chord.pitch_classes[0] == name_class(root)


@pytest.mark.parametrize(
    "text", ["Fine", "D.C. al Fine", "^slowly", "A" * 30, "", "H", "G/X", "Verse 1", "<b>"]
)
def test_words_that_are_no_chord_are_left_out(text: str) -> None:
    assert parse_chord(text) is None


def test_harmony_of_other_programs_is_read_with_its_offset_and_unknown_kinds_as_triads() -> None:
    note = "<note><pitch><step>A</step><octave>4</octave></pitch><duration>4</duration></note>"
    harmony = (
        "<harmony><root><root-step>B</root-step><root-alter>-1</root-alter></root><kind>Neapolitan</kind></harmony>"
        "<harmony><root><root-step>F</root-step></root><kind>dominant-13th</kind><offset>2</offset></harmony>"
    )
    text = (
        f"<score-partwise><part><measure><attributes><divisions>1</divisions></attributes>{harmony}{note}</measure>"
        "</part></score-partwise>"
    )
    tune, _ = read_musicxml(text)
    assert [(chord.onset_tick, chord.name) for chord in tune.chords] == [(0, "Bb"), (960, "F7")]


def test_chords_and_repeats_are_not_in_midi_but_the_notes_are_played_twice() -> None:
    tune, _ = read_abc(JIG)
    assert len(from_bytes(to_bytes(to_midi(tune))).instruments[0].notes) == len(tune.pitches)
