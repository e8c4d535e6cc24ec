"""What the readers of notation share: changes in order, bar lines, gaps, old text."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError
from core.music.tune import Key, Meter
from core.music.tune_reading import (
    MAX_CHANGES,
    add_change,
    bars_at,
    check_changes,
    decode_text,
    fill_with_rests,
)

METERS = ("2/4", "3/4", "6/8")


@given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from(METERS)), min_size=1))
def test_changes_ascend_from_the_beginning_and_each_changes_something(said: list[tuple[int, str]]) -> None:
    changes: list[Meter] = []
    for tick, meter in sorted(said, key=lambda change: change[0]):
        add_change(changes, Meter(onset_tick=tick, meter=meter))
    ticks = [change.onset_tick for change in changes]
    assert ticks[0] == 0 and ticks == sorted(set(ticks))
    assert all(a.meter != b.meter for a, b in itertools.pairwise(changes))
    assert changes[-1].meter == sorted(said, key=lambda change: change[0])[-1][1]


def test_of_two_keys_at_a_place_the_last_one_holds() -> None:
    keys: list[Key] = []
    for key in (Key(tonic="G"), Key(onset_tick=960, tonic="D"), Key(onset_tick=960, tonic="C")):
        add_change(keys, key)
    assert keys == [Key(tonic="G"), Key(onset_tick=960, tonic="C")]


def test_a_file_may_change_key_and_meter_so_often_and_not_more() -> None:
    check_changes(MAX_CHANGES, "ABC text")
    with pytest.raises(InputError, match="ABC text changes key or meter more than"):
        check_changes(MAX_CHANGES + 1, "ABC text")


def test_what_stands_before_the_first_bar_line_is_a_pickup_unless_it_fills_a_bar() -> None:
    meter = Meter(meter="2/4")
    assert bars_at([480, 1440], 2400, meter) == (480, 1440)
    assert bars_at([960, 1920], 2400, meter) == (0, 960, 1920)
    assert bars_at([2400], 2400, meter) == (0,)
    assert bars_at([1440, 480, 480], 2400, Meter(meter="free")) == (480, 1440)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 5), st.integers(0, 127)), min_size=1))
def test_gaps_become_rests_and_events_touch(steps: list[tuple[int, int, int]]) -> None:
    notes, place = [], 0
    for gap, length, pitch in steps:
        notes.append((place + gap, place + gap + length, pitch))
        place += gap + length
    events = fill_with_rests(notes)
    assert [(e.onset_tick, e.end_tick, e.pitch) for e in events if e.pitch is not None] == notes
    assert events[0].onset_tick == 0 and events[-1].end_tick == place
    assert all(a.end_tick == b.onset_tick for a, b in itertools.pairwise(events))


def test_text_is_utf_8_or_else_latin_1() -> None:
    assert decode_text("\N{BYTE ORDER MARK}Föhr".encode()) == decode_text("Föhr".encode("latin-1")) == "Föhr"
