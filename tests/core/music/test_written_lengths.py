"""Lengths cut for reading: they add up, each can be written, and no strong beat is hidden."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.music.note_values import VALUES
from core.music.tune import Meter
from core.music.written_lengths import FINEST, SINGLE, cut_note, cut_rest, metric_level, tuplet_groups

METERS = ["4/4", "3/4", "2/4", "2/2", "6/8", "9/8", "3/8", "12/8", "5/4"]


@given(st.sampled_from(METERS), st.data())
def test_pieces_of_a_note_add_up_and_each_has_a_sign(meter, data):
    bar = Meter(meter=meter).bar_tick // FINEST
    begin = data.draw(st.integers(0, bar - 1))
    end = data.draw(st.integers(begin + 1, bar))
    for cut in (cut_note, cut_rest):
        pieces = cut(begin * FINEST, end * FINEST, meter)
        assert sum(pieces) == (end - begin) * FINEST
        assert set(pieces) <= SINGLE


@given(st.sampled_from(METERS), st.data())
def test_no_rest_hides_a_beat_that_is_stronger_than_its_own(meter, data):
    bar = Meter(meter=meter).bar_tick // FINEST
    begin = data.draw(st.integers(0, bar - 1)) * FINEST
    end = data.draw(st.integers(begin // FINEST + 1, bar)) * FINEST
    at = begin
    for piece in cut_rest(begin, end, meter):
        inside = [metric_level(place, meter) for place in range(at + FINEST, at + piece, FINEST)]
        assert max(inside, default=-1) <= metric_level(at, meter)
        at += piece


@pytest.mark.parametrize(
    ("begin", "end", "meter", "pieces"),
    [
        (240, 720, "4/4", [480]),  # eighth, quarter, eighth
        (480, 1440, "4/4", [960]),  # quarter, half, quarter
        (720, 1200, "4/4", [240, 240]),  # the middle of the bar is shown
        (0, 720, "4/4", [720]),
        (480, 960, "6/8", [240, 240]),  # and the second dotted beat
        (0, 1440, "6/8", [1440]),
        (120, 360, "4/4", [240]),
        (360, 600, "4/4", [120, 120]),
    ],
)
def test_notes_are_cut_as_printed_music_cuts_them(begin, end, meter, pieces):
    assert cut_note(begin, end, meter) == pieces


def test_a_note_into_a_triplet_is_tied_at_the_beat():
    groups = tuplet_groups([0, 480, 640, 960], "4/4")
    assert [(group.begin, group.end) for group in groups] == [(480, 960)]
    assert cut_note(0, 640, "4/4", groups) == [480, 160]
    assert cut_note(640, 960, "4/4", groups) == [320]
    assert all(length in VALUES for group in groups for length in group.lengths)
