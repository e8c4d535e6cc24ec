"""`core.nn.sampling`: how often a class is drawn, and which never."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.nn.sampling import draw_class

P = np.array([0.1, 0.4, 0.05, 0.3, 0.15])


def shares(n: int = 4000, *, temperature: float = 1.0, top_p: float | None = None) -> np.ndarray:
    rng = np.random.default_rng(1)
    drawn = [draw_class(np.log(P) + 7, rng, temperature=temperature, top_p=top_p) for _ in range(n)]
    return np.bincount(drawn, minlength=len(P)) / n


@pytest.mark.parametrize("top_p", [None, 1.0])
@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_classes_are_drawn_as_often_as_their_probability(temperature: float, top_p: float | None) -> None:
    expected = P ** (1 / temperature) / (P ** (1 / temperature)).sum()
    assert shares(temperature=temperature, top_p=top_p) == pytest.approx(expected, abs=0.03)


@pytest.mark.parametrize(("top_p", "kept"), [(0.3, [1]), (0.4, [1]), (0.41, [1, 3]), (0.8, [1, 3, 4])])
def test_only_the_likeliest_classes_that_make_up_the_share_are_drawn(top_p: float, kept: list[int]) -> None:
    found = shares(top_p=top_p)
    assert np.flatnonzero(found).tolist() == kept
    assert found[kept] == pytest.approx(P[kept] / P[kept].sum(), abs=0.03)


def test_temperature_zero_takes_the_likeliest_and_asks_for_no_chance() -> None:
    rng = np.random.default_rng(2)
    assert draw_class(np.log(P), rng, temperature=0.0, top_p=0.9) == 1
    assert rng.random() == np.random.default_rng(2).random()


@settings(max_examples=80, deadline=None)
@given(
    logits=st.lists(st.floats(-30, 30) | st.just(-np.inf), min_size=1, max_size=9),
    top_p=st.none() | st.floats(0.01, 1.0),
    seed=st.integers(0, 99),
)
def test_what_is_forbidden_is_never_drawn(logits: list[float], top_p: float | None, seed: int) -> None:
    scores = np.array([*logits, 0.0])
    assert np.isfinite(scores[draw_class(scores, np.random.default_rng(seed), top_p=top_p)])
