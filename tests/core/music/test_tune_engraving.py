"""Tunes on paper: each drawn note has its place in the sound, kept bars their frame, the PDF all of it."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InputError
from core.music.tune import TICKS, Event, Key, Meter, Tune, regular_bars
from core.music.tune_engraving import drawn_notes, engrave_tune
from core.music.tune_files import to_midi

LENGTHS = (120, 240, 360, 480, 720, 960, 1440, 1920, 2400)


def tune(notes: list[tuple[int | None, int]], *, meter: str = "4/4", pickup: int = 0) -> Tune:
    events, place = [], 0
    for pitch, length in notes:
        events.append(Event(onset_tick=place, duration_tick=length, pitch=pitch))
        place += length
    meters = (Meter(meter=meter),)
    return Tune(
        events=tuple(events), bars=regular_bars(place, meters, pickup), keys=(Key(tonic="D"),), meters=meters
    )


@settings(max_examples=40, deadline=None)
@given(
    notes=st.lists(
        st.tuples(st.none() | st.integers(60, 79), st.sampled_from(LENGTHS)), min_size=1, max_size=20
    ),
    meter=st.sampled_from(["4/4", "6/8", "3/4"]),
    pickup=st.sampled_from([0, 240, 480]),
    tempo=st.sampled_from([30.0, 97.0, 300.0]),
)
def test_every_note_of_the_sound_is_drawn_where_it_sounds(
    notes: list[tuple[int | None, int]], meter: str, pickup: int, tempo: float
) -> None:
    notes = [(67, 480), *notes]
    given_tune = tune(notes, meter=meter, pickup=pickup)
    pm = to_midi(given_tune, tempo_qpm=tempo)
    engraving = engrave_tune(given_tune, width_px=760)
    drawn = drawn_notes(engraving, given_tune, pm)
    assert len({note.id for note in drawn}) == len(drawn)
    assert all(f'id="{note.id}"' in engraving.svg[0] for note in drawn)
    assert all(a.end_sec <= b.onset_sec + 1e-9 for a, b in pairwise(drawn))
    onsets = {note.onset_sec for note in drawn}
    for sounding in pm.instruments[0].notes:
        assert sounding.start in onsets
        parts = [
            note
            for note in drawn
            if sounding.start <= note.onset_sec < sounding.end and note.onset_sec in onsets
        ]
        # The signs of one sound follow each other from its beginning to its end.
        assert parts[0].onset_sec == sounding.start
        assert parts[-1].end_sec == pytest.approx(sounding.end)
        assert all(a.end_sec == pytest.approx(b.onset_sec) for a, b in pairwise(parts))


def test_tied_notes_have_a_stretch_each() -> None:
    tied = tune([(62, 480), (69, 3 * 1920 - 480), (None, 480), (62, 1440)])
    drawn = drawn_notes(engrave_tune(tied, width_px=760), tied, to_midi(tied, tempo_qpm=60))
    assert [(note.onset_sec, note.end_sec) for note in drawn] == [(0, 1), (1, 4), (4, 8), (8, 12), (13, 16)]


def frames(svg: str) -> list[tuple[int, int]]:
    return [
        (int(x), int(width))
        for x, width in re.findall(r'class="tint" x="(-?\d+)" y="-?\d+" width="(\d+)"', svg)
    ]


def test_kept_bars_stand_in_one_frame_a_line_and_others_in_none() -> None:
    sixteen = tune([(62, 480)] * 64)
    assert frames(engrave_tune(sixteen, width_px=760).svg[0]) == []
    (svg,) = engrave_tune(sixteen, width_px=760, kept=(1, 2, 3, 4, 9)).svg
    assert len(frames(svg)) == 3, "bars 2 to 4 end their line, bar 5 begins one, bar 10 is alone"
    (left, width), (begin, _), _ = frames(svg)
    assert left > 0 and begin == 0 and width > 0
    plain = engrave_tune(sixteen, width_px=760).svg[0]
    assert re.sub(r'<rect class="tint"[^>]*>', "", svg) == plain


def test_the_pickup_is_kept_with_the_first_bar() -> None:
    begun = tune([(62, 480)] * 9, pickup=480)
    (svg,) = engrave_tune(begun, width_px=760, kept=(0,)).svg
    ((left, width),) = frames(svg)
    ((_, second),) = frames(engrave_tune(begun, width_px=760, kept=(1,)).svg[0])
    assert left == 0 and width > second


def test_kept_bars_are_counted_through_all_pages() -> None:
    long = tune([(62, 480)] * 4 * 60)
    pages = engrave_tune(long, width_px=760, height_px=400, kept=(50,)).svg
    assert len(pages) > 2
    marked = [number for number, page in enumerate(pages) if frames(page)]
    assert len(marked) == 1 and marked[0] > 0


def test_the_end_of_a_phrase_shows_a_breath_but_not_the_end_of_the_tune() -> None:
    events = tuple(
        Event(
            onset_tick=n * TICKS,
            duration_tick=TICKS,
            pitch=62 + n,
            begins_phrase=n in (0, 4),
            ends_phrase=n in (3, 7),
        )
        for n in range(8)
    )
    plain = tune([(62 + n, TICKS) for n in range(8)])
    phrased = Tune(events=events, bars=plain.bars, keys=plain.keys, meters=plain.meters)
    assert engrave_tune(phrased, width_px=760).svg[0].count('class="breath"') == 1


def test_a_score_that_would_take_verovio_minutes_is_not_drawn() -> None:
    events = tuple(Event(onset_tick=i * 240, duration_tick=240, pitch=60) for i in range(6_001))
    meters = (Meter(meter="4/4"),)
    long = Tune(events=events, bars=regular_bars(6_001 * 240, meters), keys=(Key(),), meters=meters)
    with pytest.raises(InputError, match=r"6,001 notes and rests is too long to be drawn; up to 6,000 are"):
        engrave_tune(long, width_px=900)
