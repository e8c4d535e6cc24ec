"""Kern is read exactly, written back to the same tune, and refused in sentences."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InputError
from core.music.kern import read_kern, to_kern
from core.music.tune import FREE, MODES, TICKS, Event, Key, Meter, Tune, regular_bars, tonic_name

SONG = """!!!OTL: a title that is not kept
**kern
*ICvox
*M3/4
*k[b-]
*F:
{4c
=1
8.f
16g
4a
4b-}
=2
{[4cc
12dd
12cc
12b
4a]
=3
2.f}
==
*-
"""


def tunes() -> st.SearchStrategy[Tune]:
    """Random tunes of every shape that a reader can give."""

    @st.composite
    def build(draw: st.DrawFn) -> Tune:
        lengths = draw(
            st.lists(
                st.sampled_from([40, 60, 80, 96, 120, 160, 180, 240, 360, 480, 600, 720, 1920]),
                min_size=1,
                max_size=25,
            )
        )
        pitches = draw(
            st.lists(st.none() | st.integers(0, 127), min_size=len(lengths), max_size=len(lengths))
        )
        pitches[0] = 60
        ends = draw(st.lists(st.booleans(), min_size=len(lengths), max_size=len(lengths)))
        events, place, begins = [], 0, True
        for length, pitch, end in zip(lengths, pitches, ends, strict=True):
            if pitch is None and events[-1].pitch is None and not begins:
                continue  # rests in a row are one
            events.append(
                Event(
                    onset_tick=place, duration_tick=length, pitch=pitch, begins_phrase=begins, ends_phrase=end
                )
            )
            place, begins = place + length, end
        mode = draw(st.sampled_from(MODES))
        key = Key(tonic=tonic_name(draw(st.integers(0, 11)), mode), mode=mode)
        meter = Meter(meter=draw(st.sampled_from(["2/4", "3/4", "4/4", "6/8", "5/8", FREE])))
        pickup = draw(st.integers(0, 5)) * 120 if meter.meter != FREE and place > 700 else 0
        if meter.bar_tick:
            pickup %= meter.bar_tick
        return Tune(
            events=tuple(events), keys=(key,), meters=(meter,), bars=regular_bars(place, (meter,), pickup)
        )

    return build()


def test_a_song_is_read_with_pickup_ties_tuplets_and_phrases() -> None:
    tune = read_kern(SONG.replace("4a]", "4b-").replace("[4cc", "[4cc\n8cc]"), collection="x")
    assert tune.pickup_tick == TICKS and tune.bars[:2] == (TICKS, 4 * TICKS)
    assert [e.pitch for e in tune.events[:6]] == [60, 65, 67, 69, 70, 72]
    assert tune.events[5].duration_tick == TICKS + TICKS // 2
    assert tune.events[6].duration_tick == TICKS // 3
    assert tune.keys == (Key(tonic="F", mode="major"),) and tune.meters[0].meter == "3/4"
    assert [e.begins_phrase for e in tune.events[:2]] == [True, False] and tune.events[4].ends_phrase


def test_meter_and_key_changes_keep_their_places() -> None:
    tune = read_kern("**kern\n*M2/4\n*G:\n=1\n4g\n4a\n=2\n*M3/4\n*D:\n4d\n4e\n4f#\n==\n*-\n")
    assert tune.meters == (Meter(meter="2/4"), Meter(onset_tick=960, meter="3/4"))
    assert [key.tonic for key in tune.keys] == ["G", "D"] and tune.keys[1].onset_tick == 960
    assert read_kern(to_kern(tune)) == tune


def test_a_church_mode_is_read_from_the_signature() -> None:
    assert read_kern("**kern\n*k[]\n*d:\n4d\n*-\n").keys[0] == Key(tonic="D", mode="dorian")
    assert read_kern("**kern\n*k[]\n*G:\n4d\n*-\n").keys[0] == Key(tonic="G", mode="mixolydian")


@settings(max_examples=120, deadline=None)
@given(tunes())
def test_a_written_tune_is_read_back_as_the_same(tune: Tune) -> None:
    assert read_kern(to_kern(tune)) == tune


@settings(max_examples=40, deadline=None)
@given(tunes())
def test_every_written_length_is_a_fraction_that_fills_the_tune(tune: Tune) -> None:
    total = sum(Fraction(event.duration_tick, TICKS) for event in read_kern(to_kern(tune)).events)
    assert total == Fraction(tune.length_tick, TICKS)


@settings(max_examples=60, deadline=None)
@given(tunes(), st.integers(-12, 12))
def test_transposing_moves_notes_and_key_together(tune: Tune, semitones: int) -> None:
    if not all(0 <= pitch + semitones <= 127 for pitch in tune.pitches):
        return
    moved = tune.transposed(semitones)
    assert moved.pitches == [pitch + semitones for pitch in tune.pitches]
    assert moved.keys[0].pitch_class == (tune.keys[0].pitch_class + semitones) % 12


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("", "not a kern file"),
        ("hello\nworld", "does not say"),
        ("**kern\n*M4/4\n*-\n", "no note"),
        ("**kern\n4c 4e\n*-\n", "several notes"),
        ("**kern\nc\n*-\n", "no length"),
        ("**kern\n4h\n*-\n", "no pitch"),
        ("**kern\n4ce\n*-\n", "no pitch"),
        ("**kern\n7c\n*-\n", "length 7"),
        ("**kern\n999999999999c\n*-\n", "length"),
        ("**kern\n1%0c\n*-\n", "length"),
        ("**kern\n*^\n4c\t4d\n*-\n", "splits"),
        ("**kern\t**kern\n4c\n", "too few columns|damaged"),
        ("**kern\n" + "4c\n" * 20_001, "more than"),
        ("**kern\n*M" + "4" * 5_000 + "/4\n*-\n", "no note"),
        ("x" * 2_000_001, "characters"),
        (b"\x00\xff\xfe", "not a kern file"),
    ],
)
def test_what_is_no_single_voice_is_refused_in_a_sentence(text: str | bytes, match: str) -> None:
    spine = 1 if isinstance(text, str) and "\t**kern" in text else 0
    with pytest.raises(InputError, match=match):
        read_kern(text, spine=spine)


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="*kernM/4[]cCgG#-=:\n\t8.{}_ r0%!", max_size=120))
def test_hostile_text_gives_a_tune_or_a_sentence(text: str) -> None:
    for whole in (text, "**kern\n" + text):
        try:
            read_kern(whole)
        except InputError as error:
            assert str(error).endswith(".")


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(SONG)))
def test_a_truncated_song_gives_a_tune_or_a_sentence(length: int) -> None:
    try:
        read_kern(SONG[:length])
    except InputError as error:
        assert str(error).endswith(".")
