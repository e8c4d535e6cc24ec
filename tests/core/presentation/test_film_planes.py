"""Planes of a film: colors as the standard has them, flat paper stays flat, parts are put where they belong."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.presentation.film_planes import Planes, color_of, widen
from core.video import to_planes


@settings(max_examples=30, deadline=None)
@given(rgb=st.tuples(*[st.integers(0, 255)] * 3))
def test_colors_are_those_of_ffmpeg_but_for_its_dither(rgb) -> None:
    pixels = np.full((16, 16, 3), rgb, np.uint8)
    planes = Planes.of(pixels)
    assert planes.whole is not None
    assert np.abs(planes.whole.astype(int) - to_planes(pixels)).max() <= 1


@pytest.mark.parametrize("code", ["#FBFAF6", "#0F1418", "#0B6E63"])
def test_paper_is_flat_and_fades_into_itself(code) -> None:
    rgb = [int(code[i : i + 2], 16) for i in (1, 3, 5)]
    drawn = Planes.of(np.full((130, 70, 3), rgb, np.uint8))
    painted = Planes.empty(70, 130)
    painted.fill(color_of(code))
    assert np.array_equal(drawn.whole, painted.whole)
    drawn.mix(painted, 0.37)
    assert np.array_equal(drawn.whole, painted.whole)


def test_a_color_is_laid_by_its_share_within_its_place_only() -> None:
    planes = Planes.empty(12, 8)
    planes.fill((16.0, 128.0, 128.0))
    alpha = np.full((4, 6), 0.5, np.float32)
    planes.lay(alpha, (216.0, 28.0, 228.0), 2, 4)
    assert np.all(planes.y[4:8, 2:8] == 116) and planes.y.sum() == 116 * 24 + 16 * (96 - 24)
    assert np.all(planes.u[2:4, 1:4] == 78) and np.all(planes.v[2:4, 1:4] == 178)


@given(left=st.floats(-50, 150), top=st.floats(-50, 150), wide=st.floats(0, 100), high=st.floats(0, 100))
def test_a_widened_box_is_even_lies_within_and_holds_what_can_be_seen(left, top, wide, high) -> None:
    x0, y0, x1, y1 = widen(left, top, left + wide, top + high, (10, 20, 90, 80))
    assert all(value % 2 == 0 for value in (x0, y0, x1, y1))
    assert 10 <= x0 <= x1 <= 90 and 20 <= y0 <= y1 <= 80
    assert x0 <= max(left, 10) or x0 == 90
    assert x1 >= min(left + wide, 90) or x1 == 10 or x1 == x0
