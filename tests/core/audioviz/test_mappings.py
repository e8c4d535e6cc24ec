"""Mappings: every option changes the picture, each keeps its promise."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.audioviz import mappings
from core.audioviz.extract import Hearing
from core.audioviz.mappings import map_features
from core.errors import InputError


def heard(n: int = 400, d: int = 10, seed: int = 0) -> Hearing:
    """Random walks of different reach, as a model with `d` numbers would give them."""
    rng = np.random.default_rng(seed)
    codes = np.cumsum(rng.standard_normal((n, d)), axis=0) * np.linspace(0.02, 0.12, d)
    return Hearing(
        model="measured",
        times_sec=np.arange(n) / 20,
        codes=codes.astype(np.float32),
        code_names=tuple(map(str, range(d))),
        low=np.full(d, -3.0, np.float32),
        high=np.full(d, 3.0, np.float32),
        measured=np.zeros((n, 1), np.float32),
        measured_names=("loudness",),
        style_probabilities=None,
        style_names=(),
        mel_db=np.zeros((64, n), np.float32),
        tempo_qpm=None,
        beats_sec=np.empty(0),
        duration_sec=n / 20,
    )


CHANGES: list[dict[str, Any]] = [
    {"mapping": "random"},
    {"mapping": "pca"},
    {"mapping": "kmeans"},
    {"mapping": "kmeans_pca"},
    {"scaling_axis": "across"},
    {"scaling": "standard"},
    {"scaling": "standard", "scaling_axis": "across"},
    {"smoothing_sec": 0.0},
    {"smoothing_sec": 2.0},
    {"zero_phase": False},
    {"order": (9, 8, 7, 6, 5, 4, 3, 2, 1, 0)},
    {"mapping": "random", "seed": 1},
    {"mapping": "kmeans", "seed": 1},
    {"rate_hz": 60.0},
    {"rate_hz": 60.0, "interpolation": "hold"},
    {"rate_hz": 60.0, "interpolation": "cubic"},
]


@pytest.mark.parametrize("d", [10, 24])
def test_every_option_changes_the_parameters_and_all_stay_within_0_and_1(d: int) -> None:
    hearing = heard(d=d)
    seen = [map_features(hearing)]
    for change in CHANGES:
        found = map_features(hearing, **change)
        assert found.shape[1] == 10 and found.dtype == np.float32
        assert np.isfinite(found).all() and found.min() >= 0 and found.max() <= 1
        for other in seen:
            assert other.shape != found.shape or np.abs(other - found).max() > 0.002, change
        seen.append(found)


def test_the_same_settings_give_the_same_parameters() -> None:
    for mapping in ("random", "kmeans", "kmeans_pca"):
        first, second = (map_features(heard(), mapping=mapping, seed=3) for _ in range(2))  # type: ignore[arg-type]
        assert np.array_equal(first, second)


@given(st.permutations(range(10)))
@settings(max_examples=15, deadline=None)
def test_the_order_says_which_number_drives_a_parameter(order: list[int]) -> None:
    hearing = heard(60)
    plain, ordered = map_features(hearing), map_features(hearing, order=order)
    for parameter, number in enumerate(order):
        assert np.array_equal(ordered[:, parameter], plain[:, number])


def test_scaling_by_features_gives_each_the_whole_range_and_across_keeps_who_moves_more() -> None:
    by = map_features(heard(), smoothing_sec=0)
    assert np.allclose(by.min(axis=0), 0, atol=0.01) and np.allclose(by.max(axis=0), 1, atol=0.01)
    across = map_features(heard(), smoothing_sec=0, scaling_axis="across")
    assert across[:, 0].std() < 0.5 * across[:, 9].std()
    assert across.min() == pytest.approx(0, abs=0.01) and across.max() == pytest.approx(1, abs=0.01)


def test_standard_scaling_is_the_normal_distribution_function() -> None:
    x = np.random.default_rng(0).standard_normal((5_000, 10)) * np.linspace(1, 5, 10) + 7
    found = mappings.scale(x, "by", "standard")
    assert np.allclose(found.mean(axis=0), 0.5, atol=0.02)
    assert np.allclose(found.std(axis=0), 12**-0.5, atol=0.02)  # uniform
    at = mappings.scale(np.concatenate([x, x.mean(axis=0, keepdims=True)]), "by", "standard")[-1]
    assert np.allclose(at, 0.5, atol=1e-6)


def test_a_number_that_stands_still_is_a_half_and_its_noise_is_not_blown_up() -> None:
    hearing = heard()
    codes = hearing.codes.copy()
    codes[:, 4] = 0.3 + 0.001 * np.random.default_rng(0).standard_normal(len(codes))
    for scaling in ("standard", "minmax"):
        found = map_features(replace(hearing, codes=codes), scaling=scaling)  # type: ignore[arg-type]
        assert np.all(found[:, 4] == 0.5)


@pytest.mark.parametrize("seconds", [0.1, 0.5, 2.0])
def test_smoothing_is_in_seconds_and_zero_phase_smoothing_comes_neither_late_nor_early(
    seconds: float,
) -> None:
    step = np.repeat([0.0, 1.0], 400)[:, None] * np.ones(10)
    causal = mappings.smooth(step, seconds, zero_phase=False)
    later = 400 + round(seconds * 20) - 1
    assert causal[399, 0] == 0 and causal[later, 0] == pytest.approx(1 - np.exp(-1), abs=0.02)
    both = mappings.smooth(step, seconds)
    assert np.allclose(both + both[::-1], 1, atol=1e-3)  # symmetric around the step
    assert both[later, 0] == pytest.approx(1 - np.exp(-1) / 2, abs=0.06)


def test_smoothing_does_not_depend_on_the_rate_at_which_it_is_done() -> None:
    t20, t100 = np.arange(200) / 20, np.arange(1_000) / 100
    coarse = mappings.smooth(np.sin(t20)[:, None], 0.5, zero_phase=False)
    fine = mappings.smooth(np.sin(t100)[:, None], 0.5, zero_phase=False, rate_hz=100)
    assert np.abs(coarse[:, 0] - fine[::5, 0]).max() < 0.03


@pytest.mark.parametrize("how", ["linear", "hold", "cubic"])
def test_interpolation_keeps_every_known_moment_and_does_not_overshoot(how: Any) -> None:
    values = np.random.default_rng(0).uniform(size=(50, 10))
    found = mappings.interpolate(values, 60.0, how)
    assert np.allclose(found[::3], values)
    assert found.min() >= values.min() - 1e-9 and found.max() <= values.max() + 1e-9


def test_components_are_uncorrelated_and_ordered_by_variance_and_random_mixtures_keep_distances() -> None:
    x = heard(d=16).scaled_codes
    components = mappings.apply_mapping(x, "pca")
    covariance = np.cov(components.T)
    assert np.abs(covariance - np.diag(np.diag(covariance))).max() < 1e-6
    assert np.all(np.diff(np.diag(covariance)) <= 1e-12)
    ten = heard().scaled_codes
    mixed = mappings.apply_mapping(ten, "random", 5)
    assert np.allclose(np.linalg.norm(ten[3] - ten[90]), np.linalg.norm(mixed[3] - mixed[90]), atol=1e-6)


def test_nearness_is_1_on_a_cluster_and_clusters_come_in_the_order_of_the_sound() -> None:
    rng = np.random.default_rng(0)
    places = rng.uniform(size=(10, 6))
    x = np.repeat(places, 40, axis=0) + 0.005 * rng.standard_normal((400, 6))
    near = mappings.nearness(x, 0)
    assert np.all((near >= 0) & (near <= 1))
    assert (near.argmax(axis=1) == np.repeat(np.arange(10), 40)).mean() > 0.75


def test_a_sound_of_a_second_and_one_that_repeats_one_moment_can_be_mapped() -> None:
    for hearing in (heard(20, 24), replace(heard(50), codes=np.ones((50, 10), np.float32))):
        for mapping in ("deterministic", "random", "pca", "kmeans", "kmeans_pca"):
            found = map_features(hearing, mapping=mapping)  # type: ignore[arg-type]
            assert found.shape == (len(hearing.codes), 10) and np.isfinite(found).all()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"mapping": "magic"}, "no mapping"),
        ({"scaling": "max"}, "no scaling"),
        ({"scaling_axis": "z"}, "scaling axis"),
        ({"interpolation": "x"}, "no interpolation"),
        ({"smoothing_sec": -1}, "Smoothing"),
        ({"smoothing_sec": 99}, "Smoothing"),
        ({"smoothing_sec": float("nan")}, "Smoothing"),
        ({"order": [0] * 10}, "once"),
        ({"order": [1, 2]}, "once"),
        ({"rate_hz": 10_000.0}, "parameter rate"),
    ],
)
def test_settings_that_there_are_not_are_refused(change: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        map_features(heard(), **change)
