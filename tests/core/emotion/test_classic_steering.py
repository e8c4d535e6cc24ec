"""The original's steering, repaired: a score for each candidate, and a tempo with a direction."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.emotion.classic import ClassicSteering, nine_features
from core.emotion.classic.model import ClustersConfig
from core.music.performance import Performance


def notes(pitches: list[int], step: float = 0.25) -> Performance:
    onsets = [step * i for i in range(len(pitches))]
    return Performance.of(pitches, onsets, [0.2] * len(pitches), [80] * len(pitches))


def steering(happy_cluster: int = 1) -> ClassicSteering:
    """A cluster of low pieces and one of high pieces; all else is the same."""
    low, high = np.zeros(9), np.zeros(9)
    low[6:8], high[6:8] = -1.0, 1.0
    tensors = {
        "centers": np.stack([low, high]),
        "shift": np.array([0.2, 0.5, 0.1, 0.3, 0.6, 0.1, 60.0, 72.0, 5.0]),
        "scale": np.array([0.1, 0.2, 0.1, 0.1, 0.2, 0.1, 6.0, 6.0, 2.0]),
    }
    return ClassicSteering(ClustersConfig(happy_cluster=happy_cluster), tensors)


def test_nine_features_are_mean_largest_and_spread_of_step_duration_and_pitch() -> None:
    piece = Performance.of([60, 64, 68], [0.0, 0.5, 1.5], [0.4, 0.2, 0.6], [80] * 3)
    expected = [
        0.5,
        1.0,
        np.std([0, 0.5, 1]),
        0.4,
        0.6,
        np.std([0.4, 0.2, 0.6]),
        64,
        68,
        np.std([60, 64, 68]),
    ]
    assert nine_features(piece) == pytest.approx(expected)
    with pytest.raises(ValueError, match="no notes"):
        nine_features(piece.first(0))


def test_each_candidate_has_its_own_score_and_happy_is_the_opposite_of_sad() -> None:
    happy = steering().pitch_scores(notes([60, 62, 64]), happy=True)
    sad = steering().pitch_scores(notes([60, 62, 64]), happy=False)
    assert happy.shape == (128,)
    assert len(np.unique(happy)) > 60  # the original has one
    assert happy == pytest.approx(1 - sad)


def test_a_candidate_on_the_happy_side_is_preferred_for_happy() -> None:
    recent = notes([60, 62, 64])
    scores = steering(happy_cluster=1).pitch_scores(recent, happy=True)
    assert scores[76] > scores[40]
    turned = steering(happy_cluster=0).pitch_scores(recent, happy=True)
    assert turned[76] < turned[40]


@given(st.lists(st.integers(21, 108), max_size=60), st.booleans())
def test_scores_lie_between_0_and_1_and_are_both_reached(pitches: list[int], happy: bool) -> None:
    scores = steering().pitch_scores(notes(pitches), happy=happy)
    assert np.isfinite(scores).all()
    assert scores.min() == 0 and scores.max() == 1


def test_only_the_last_notes_count() -> None:
    old, recent = [30] * 40, [60, 64, 67] * 8
    far = steering().pitch_scores(notes(old + recent), happy=True)
    # The first of the kept notes has no step in one case and the usual one in the other.
    near = steering().pitch_scores(notes([67, *recent]), happy=True)
    assert far == pytest.approx(near, abs=0.02)


def test_happy_is_faster_and_sad_slower() -> None:
    assert steering().tempo_factor(True) < 1 < steering().tempo_factor(False)


def test_the_shipped_clusters_load_and_score_middle_pitches_differently() -> None:
    shipped = ClassicSteering.from_weights()
    scores = shipped.pitch_scores(notes([60, 64, 67, 72]), happy=True)
    assert np.ptp(scores[48:84]) > 0.1
    assert shipped.card is not None
    assert shipped.card.metrics["standardized"]["test"]["n"] > 80


def test_bad_settings_are_refused() -> None:
    with pytest.raises(ValueError, match="9 features"):
        ClustersConfig(n_features=8)
    with pytest.raises(ValueError, match="happy_cluster"):
        ClustersConfig(happy_cluster=2)
