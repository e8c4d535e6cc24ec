"""Ways over a drawing: joined and thinned, the playhead stands where it stood."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from core.presentation.page_ways import join_segments, thin_marks


def place(segments: list[list[float]], time: float) -> float:
    """Where the page's script draws the playhead."""
    begin, end, x0, x1, *_ = next(row for row in reversed(segments) if row[0] <= time or row is segments[0])
    share = min(1.0, max(0.0, (time - begin) / (end - begin))) if end > begin else 0.0
    return x0 + share * (x1 - x0)


@given(
    steps=st.lists(
        st.tuples(st.floats(0.001, 2), st.sampled_from([0.0, 1.0, 1.01, 3.0, 40.0])), min_size=1, max_size=60
    )
)
@settings(deadline=None)
def test_a_joined_way_stands_where_the_whole_one_does(steps: list[tuple[float, float]]) -> None:
    times = np.concatenate([[0.0], np.cumsum([seconds for seconds, _ in steps])])
    places = np.concatenate([[0.0], np.cumsum([x for _, x in steps])])
    whole = [[times[i], times[i + 1], places[i], places[i + 1], 0.0, 9.0] for i in range(len(steps))]
    joined = join_segments(whole)
    assert len(joined) <= len(whole) and joined[-1][1] == whole[-1][1]
    for time in np.linspace(0, times[-1], 50).tolist():
        assert abs(place(joined, time) - place(whole, time)) < 0.61


def test_an_even_way_is_one_line_and_lines_of_a_score_stay_apart() -> None:
    even = [[i / 10, (i + 1) / 10, i, i + 1, 0, 9] for i in range(1_000)]
    assert len(join_segments(even)) == 1
    score = [[0, 1, 0, 90, 0, 9], [1, 2, 0, 90, 20, 29]]
    assert join_segments(score) == score


def test_marks_that_no_screen_shows_are_left_out_and_chords_stay() -> None:
    fast = [[i / 100, i / 100 + 0.1, 0, 0, 1, 1, 0] for i in range(100)]
    assert len(thin_marks(fast)) == 25
    chord = [[0.0, 1.0, 0, y, 1, 1, 0] for y in range(3)]
    assert thin_marks(chord) == chord
