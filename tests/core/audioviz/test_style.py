"""The style regression in numpy: deviations over half a minute, members, and what the shipped pair says of music."""

from __future__ import annotations

import numpy as np
import pytest

from core.audioviz.mel_windows import cepstrum
from core.audioviz.style import (
    StyleConfig,
    StyleRegression,
    measure_deviations,
    slide_deviations,
)


def regression() -> StyleRegression:
    rng = np.random.default_rng(0)
    config = StyleConfig.tiny()
    tensors = {
        "weight": rng.standard_normal((2, 2, 4)).astype(np.float32) * 5,
        "bias": rng.standard_normal((2, 2)).astype(np.float32),
    }
    return StyleRegression(config, tensors, ("a", "b"))


def mel(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0, 1, (n, 64)).astype(np.float32)


def test_a_clip_as_long_as_a_stretch_or_shorter_has_one_judgment_and_it_is_that_of_the_whole_clip() -> None:
    for n in (120, 3_000):
        values = mel(n)
        places, deviations = slide_deviations(values, 20)
        assert places.tolist() == [n / 2]
        assert np.allclose(deviations[0], measure_deviations(values, 20), atol=1e-5)
        said = regression().follow(values)
        assert said.shape == (-(-n // 5), 2) and np.ptp(said, axis=0).max() == 0
        assert np.allclose(said.sum(axis=1), 1, atol=1e-6)


def test_of_a_longer_sound_each_second_is_judged_by_the_half_minute_around_it() -> None:
    values = np.concatenate([mel(4_000, 1) * 0.1 + 0.4, mel(4_000, 2)])
    places, deviations = slide_deviations(values, 4)
    assert len(places) == 51 and np.allclose(np.diff(places), 100)
    for i in (0, 17, 50):
        part = values[i * 100 : i * 100 + 3_000]
        assert np.allclose(deviations[i], cepstrum(part)[:, :4].std(axis=0), atol=1e-5)
    said = regression().follow(values)
    assert len(said) == 1_600
    # Before the middle of the first stretch and after that of the last nothing is known but these.
    assert np.ptp(said[:300], axis=0).max() == 0 and np.ptp(said[-300:], axis=0).max() == 0
    assert np.abs(said[0] - said[-1]).max() > 0.05


def test_probabilities_are_the_mean_of_the_members_and_members_can_be_asked_alone() -> None:
    model = regression()
    x = np.random.default_rng(3).uniform(0, 1, (5, 4))
    each = [model.judge(x, [k]) for k in range(2)]
    assert np.allclose(model.judge(x), np.mean(each, axis=0))
    logits = x @ model.tensors["weight"][1].T.astype(float) + model.tensors["bias"][1]
    assert np.allclose(each[1], np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True))
    assert np.allclose(
        StyleRegression(model.config, {k: v * 1e4 for k, v in model.tensors.items()}).judge(x).sum(axis=1), 1
    )


def test_the_shipped_regression_states_its_interval_over_artists_and_its_styles() -> None:
    from core.nn.weights import load_arrays

    config, tensors, card = load_arrays("audioviz_mfcc", StyleConfig)
    told = card.metrics["artist-disjoint"]
    assert told["n"] == 303 and told["n_artists"] == 31
    low, high = told["accuracy_interval"]
    assert low < told["accuracy"] < high and high - low > 0.2  # wide, as there are few artists
    model = StyleRegression.from_weights()
    assert model.style_names == tuple(card.vocabulary) and len(model.style_names) == config.n_styles
    assert tensors["weight"].shape == (config.n_members, config.n_styles, config.n_features)


def test_one_style_alone_is_refused() -> None:
    with pytest.raises(ValueError, match="two styles"):
        StyleConfig(n_styles=1)
