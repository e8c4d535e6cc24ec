"""A line that was played or sung becomes a tune: on the grid, without gaps, bars where the meter has them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError
from core.music.tune import TICKS, Tune
from core.music.tune_from_notes import MAX_LINE_NOTES, line_as_tune, move_into_range

G = {"key": "G", "mode": "major", "meter": "4/4"}


def shape(tune: Tune) -> list[tuple[float, int | None]]:
    return [(event.duration_tick / TICKS, event.pitch) for event in tune.events]


def test_gaps_become_rests_and_the_silence_before_the_first_note_goes() -> None:
    tune = line_as_tune([(2.0, 1.0, 67), (3.0, 0.5, 69), (4.5, 2.5, 71)], **G)
    assert shape(tune) == [(1, 67), (0.5, 69), (1, None), (2.5, 71)]
    assert tune.bars == (0, 4 * TICKS)
    assert (tune.keys[0].tonic, tune.meters[0].meter) == ("G", "4/4")


def test_an_upbeat_moves_the_bar_lines() -> None:
    tune = line_as_tune([(0.0, 1.0, 62), (1.0, 4.0, 67), (5.0, 1.0, 69)], **G, upbeat=1.0)
    assert tune.pickup_tick == TICKS and tune.bars == (TICKS, 5 * TICKS)
    alone = line_as_tune([(0.0, 0.5, 62)], **G, upbeat=1.0)
    assert alone.pickup_tick == TICKS


@given(
    st.lists(st.tuples(st.floats(0, 60), st.floats(0, 6), st.integers(30, 100)), min_size=1, max_size=30).map(
        lambda notes: sorted(notes, key=lambda note: note[0])
    ),
    st.sampled_from([0.0, 0.25, 1.5]),
)
def test_every_line_is_a_tune_on_the_grid_with_all_its_notes(
    notes: list[tuple[float, float, int]], upbeat: float
) -> None:
    tune = line_as_tune(notes, **G, upbeat=upbeat)
    assert tune.pitches == [pitch for _, _, pitch in notes]
    assert all(event.duration_tick % 120 == 0 for event in tune.events)
    assert not any(
        a.pitch is None and b.pitch is None for a, b in zip(tune.events, tune.events[1:], strict=False)
    )


def test_what_is_no_line_gets_its_sentence() -> None:
    with pytest.raises(InputError, match="no note"):
        line_as_tune([], **G)
    with pytest.raises(InputError, match="at most"):
        line_as_tune([(0.0, 1.0, 60)] * (MAX_LINE_NOTES + 1), **G)
    with pytest.raises(InputError, match="does not fit in a bar of 4"):
        line_as_tune([(0.0, 1.0, 60)], **G, upbeat=4.0)


def test_a_low_voice_is_moved_by_octaves_into_the_range_or_left_alone() -> None:
    tune = line_as_tune([(0.0, 1.0, 43), (1.0, 1.0, 50)], **G)
    assert move_into_range(tune, 60, 79).pitches == [67, 74]
    assert move_into_range(tune, 40, 79) is not None and move_into_range(tune, 40, 79).pitches == [43, 50]
    assert move_into_range(tune, 60, 64) == tune
