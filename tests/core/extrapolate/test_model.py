"""The forecast of seconds: what a second's vector tells, what the network says, and what can be heard of it."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.audio import Audio
from core.errors import InputError
from core.extrapolate.analysis import analyze
from core.extrapolate.config import ExtrapolateConfig
from core.extrapolate.forecast import Forecaster, targets_for
from core.extrapolate.inference import ForecastNetwork
from core.extrapolate.model import ExtrapolateNet
from core.extrapolate.neural_synthesis import N_MELS, griffin_lim, linear_power, render, synthesize
from core.extrapolate.second_features import (
    GROUPS,
    N_FEATURES,
    PLACES_A_SEC,
    detail_of,
    rebuild_mel,
    second_features,
)
from core.extrapolate.spectrograms import SR, log_mel, power
from core.nn.torch_random import TorchGenerator
from core.nn.weights import load, to_arrays
from training.baselines.extrapolate_original.config import OriginalConfig
from training.baselines.extrapolate_original.model import OriginalNet

# What the columns of a second are.
PITCHES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
LOUDNESS, ONSETS = GROUPS["loudness"].start, GROUPS["rhythm"].start + 1


def pulses(seconds: float, period_sec: float = 0.5, sr: int = SR, hz: float = 440.0) -> np.ndarray:
    """A tone that is struck again and again, softer between the strokes."""
    t = np.arange(round(seconds * sr)) / sr
    return (0.4 * np.sin(2 * np.pi * hz * t) * np.exp(-6 * (t % period_sec)) + 1e-4 * np.sin(t)).astype(
        np.float32
    )


def melody(seconds: float, sr: int = SR) -> np.ndarray:
    """Four tones, half a second each, over and over: it repeats itself every two seconds."""
    t = np.arange(round(seconds * sr)) / sr
    hz = np.array([220.0, 440.0, 330.0, 660.0])[((t // 0.5) % 4).astype(int)]
    return (0.3 * np.sin(2 * np.pi * np.cumsum(hz) / sr) * np.exp(-3 * (t % 0.5))).astype(np.float32)


def tiny_model() -> ExtrapolateNet:
    torch.manual_seed(0)
    return ExtrapolateNet(ExtrapolateConfig.tiny()).eval()


@pytest.fixture(scope="module")
def tiny() -> Forecaster:
    model = tiny_model()
    return Forecaster(model.config, to_arrays(model))


@pytest.fixture(scope="module")
def shipped() -> Forecaster:
    return Forecaster.from_weights()


# Seconds.


def test_groups_have_all_columns_and_seconds_are_whole():
    found = second_features(pulses(7.6), SR)
    assert ExtrapolateConfig().n_features == N_FEATURES
    assert found.vectors.shape == (7, N_FEATURES) and found.places.shape == (97, N_FEATURES)
    assert tuple(part.stop - part.start for part in GROUPS.values()) == ExtrapolateConfig().groups
    assert second_features(pulses(0.7), SR).n == 0


def test_seconds_align_with_the_end_or_with_the_start():
    y = np.concatenate([np.zeros(SR // 2, np.float32), pulses(3.0)])
    loudness = LOUDNESS
    at_end, at_start = (
        second_features(y, SR, align=align).vectors[0, loudness] for align in ("end", "start")
    )
    assert at_start < at_end - 1.0  # its first half is silent


@pytest.mark.parametrize(("hz", "name"), [(440.0, "A"), (261.6, "C"), (740.0, "F#")])
def test_a_tone_is_heard_in_its_pitch_class(hz: float, name: str):
    vectors = second_features(pulses(4.0, hz=hz), SR).vectors
    assert (vectors[:, GROUPS["chroma"]].argmax(axis=1) == PITCHES.index(name)).all()


def test_strokes_are_counted_and_twice_as_loud_is_six_decibels():
    vectors = second_features(pulses(9.0, period_sec=0.25), SR).vectors
    assert vectors[1:-1, ONSETS].mean() == pytest.approx(4.0, abs=0.6)
    louder = second_features(2 * pulses(9.0, period_sec=0.25), SR).vectors
    column = LOUDNESS
    assert (louder - vectors)[:, column].mean() == pytest.approx(6.02, abs=0.1)


def test_a_spectrogram_is_rebuilt_near_what_it_was_and_pulses_where_it_did():
    found = second_features(pulses(6.0), SR, align="start")
    made = rebuild_mel(found.vectors, detail_db=detail_of(found))
    true = log_mel(power(pulses(6.0)))[:, : made.shape[1]]
    assert np.abs(made - true).mean() < 6.0
    assert np.corrcoef(made.mean(axis=0)[10:-10], true.mean(axis=0)[10:-10])[0, 1] > 0.7


# The network.


def test_the_network_says_ten_seconds_for_any_context_and_a_likelihood_for_the_truth():
    model = tiny_model()
    config = model.config
    for n_sec in (3, 20):
        x = torch.randn(2, PLACES_A_SEC * (n_sec - 1) + 1, config.n_features)
        norm = model.norm(x)
        u = (x - norm.mean[:, None]) / norm.spread[:, None]
        truth = torch.randn(2, config.n_horizon, config.n_features)
        said, nll = model(u, model.side(norm, torch.zeros(2)), truth)
        assert said.shape == truth.shape and nll.shape == (2, config.n_horizon)
        assert torch.isfinite(said).all() and torch.isfinite(nll).all()


@pytest.mark.parametrize("n_sec", [3, 20])
@pytest.mark.parametrize("size", ["tiny", "shipped"])
@torch.inference_mode()
def test_numpy_says_the_seconds_that_the_module_says(size: str, n_sec: int):
    model = tiny_model() if size == "tiny" else load("extrapolate", ExtrapolateNet)[0]
    network, rng = ForecastNetwork(model.config, to_arrays(model)), np.random.default_rng(n_sec)
    shape = (PLACES_A_SEC * (n_sec - 1) + 1, model.config.n_features)
    x = (network.usual_mean + network.within * rng.normal(size=shape)).astype(np.float32)
    given = torch.from_numpy(x)[None]
    there, here = model.norm(given), network.norm(x)
    assert np.abs(there.spread[0].numpy() / here.spread - 1).max() <= 1e-5
    u = ((given - there.mean) / there.spread)[0].numpy()
    side = network.side(here, backward=True)
    assert np.abs(model.side(there, torch.ones(1))[0].numpy() - side).max() <= 1e-5
    expected = model(torch.from_numpy(u)[None], torch.from_numpy(side)[None])[0][0].numpy()
    memory = network.encode(u, side)
    state, previous = memory.state, u[-1]
    for ahead in range(model.config.n_horizon):
        mixture, state = network.step(memory, state, previous, ahead)
        previous = mixture.sample(0.0, TorchGenerator(0))
        assert np.abs(previous - expected[ahead]).max() <= 1e-5


def test_what_repeats_itself_is_told_by_its_lag(tiny: Forecaster):
    found = second_features(melody(20.0), SR).places
    norm = tiny.network.norm(found)
    likeness = tiny.network.likeness((found - norm.mean) / norm.spread)
    assert likeness.shape == (tiny.network.config.n_likenesses, tiny.network.config.n_lags)
    timbre, late_chroma = likeness[0], likeness[len(GROUPS) + 2]
    for alike in (timbre, late_chroma):
        assert alike[2 * PLACES_A_SEC] > 0.7
        assert alike[2 * PLACES_A_SEC] > alike[PLACES_A_SEC] + 0.15


def test_one_batch_is_learned_by_heart():
    torch.manual_seed(1)
    model = ExtrapolateNet(ExtrapolateConfig.tiny())
    u, truth = torch.randn(3, 145, 71), torch.randn(3, 10, 71)
    side = model.side(model.norm(u), torch.zeros(3))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.03)
    losses = []
    for _ in range(30):
        loss = model(u, side, truth)[1].mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0] - 10


@pytest.mark.parametrize("change", [{"hidden_size": 0}, {"groups": (1, 2)}, {"dropout": 1.0}, {"floor": 0.0}])
def test_a_network_that_cannot_be_is_refused(change: dict[str, object]):
    with pytest.raises(ValueError, match=r"from 1|columns|dropout|floor"):
        ExtrapolateConfig(**change)  # type: ignore[arg-type]


def test_the_originals_network_has_a_unit_of_its_own_for_every_second():
    config = OriginalConfig.tiny()
    model = OriginalNet(config).eval()
    assert model(torch.randn(2, 3, 40)).shape == (2, 2, 40)
    assert len(model.encoder) + len(model.decoder) + 1 == 6
    assert model.encoder[2].n_seconds == 3 and model.context.n_seconds == 3


# Forecasts.


@settings(max_examples=10, deadline=None)
@given(st.floats(0.5, 45), st.sampled_from(["after", "before"]), st.integers(0, 1000))
def test_a_forecast_is_as_long_as_asked_and_the_same_for_the_same_seed(seconds, direction, seed):
    model = tiny_model()
    forecaster = Forecaster(model.config, to_arrays(model))
    given = second_features(pulses(8.0), SR)
    first = forecaster.from_seconds(given, seconds=seconds, direction=direction, seed=seed)
    again = forecaster.from_seconds(given, seconds=seconds, direction=direction, seed=seed)
    assert len(first.vectors) == int(np.ceil(seconds - 1e-6))
    np.testing.assert_array_equal(first.vectors, again.vectors)
    assert first.log_mel_db.shape == (N_MELS, round(len(first.vectors) * SR / 512))
    assert np.isfinite(first.log_mel_db).all() and first.log_mel_db.max() <= 0
    assert np.allclose(np.linalg.norm(first.vectors[:, GROUPS["chroma"]], axis=1), 1.0, atol=1e-3)


def test_temperature_zero_ignores_the_seed_and_above_it_seeds_differ(tiny: Forecaster):
    given = second_features(melody(12.0), SR)
    cold = [tiny.from_seconds(given, seconds=10, temperature=0.0, seed=s).vectors for s in (1, 2)]
    warm = [tiny.from_seconds(given, seconds=10, temperature=0.8, seed=s).vectors for s in (1, 2)]
    np.testing.assert_array_equal(*cold)
    assert np.abs(warm[0] - warm[1]).max() > 0.1


def test_too_little_to_go_on_from_and_wrong_numbers_are_refused(tiny: Forecaster):
    with pytest.raises(InputError, match="at least 3"):
        tiny.forecast(pulses(2.5), SR, seconds=10)
    with pytest.raises(ValueError, match="seconds"):
        tiny.forecast(pulses(5.0), SR, seconds=0)
    with pytest.raises(ValueError, match="temperature"):
        tiny.forecast(pulses(5.0), SR, seconds=5, temperature=2.0)


def test_a_forecast_of_minutes_stays_near_the_recording(shipped: Forecaster):
    given = second_features(melody(30.0), SR)
    said = shipped.from_seconds(given, seconds=240, seed=3).vectors
    column = LOUDNESS
    own = given.vectors[:, column].mean()
    assert abs(said[-60:, column].mean() - own) < 3.0
    mean = given.vectors[:, GROUPS["chroma"]].mean(axis=0)
    late = said[-60:, GROUPS["chroma"]].mean(axis=0)
    assert late @ mean / np.linalg.norm(late) / np.linalg.norm(mean) > 0.9


def test_the_shipped_network_says_a_repeating_tune_better_than_its_mean_does(shipped: Forecaster):
    given, truth = (
        second_features(melody(20.3), SR),
        second_features(melody(30.3)[round(20.3 * SR) :], SR, align="start"),
    )
    said = shipped.from_seconds(given, seconds=10, temperature=0.0).vectors
    part, spread = GROUPS["chroma"], shipped.network.usual_spread[GROUPS["chroma"]]

    def distance(vectors: np.ndarray) -> float:
        return float(
            np.sqrt(np.square((vectors[:, part] - truth.vectors[:, part]) / spread).mean(axis=1)).mean()
        )

    assert distance(said) < distance(np.repeat(given.vectors.mean(axis=0, keepdims=True), 10, axis=0))


@pytest.mark.parametrize(
    ("name", "model_class"), [("extrapolate", ExtrapolateNet), ("extrapolate_original", OriginalNet)]
)
def test_the_cards_tell_licenses_and_figures_beside_baselines(name: str, model_class: type[torch.nn.Module]):
    model, card = load(name, model_class)
    assert sum(parameter.numel() for parameter in model.parameters()) == card.n_parameters < 20_000_000
    assert all(row["name"].startswith("open/") for row in card.data)
    assert card.metrics["test"]["n"] >= 20


def test_targets_are_measured_as_the_analysis_measures_slices(shipped: Forecaster):
    audio = Audio(melody(24.0), SR)
    analysis = analyze(audio)
    said = shipped.forecast(audio.y, SR, seconds=12, temperature=0.0)
    targets, target_weights = targets_for(said, analysis)
    assert targets.shape == (12, analysis.features.shape[1])
    assert (target_weights[-2:] == 0).all() and (target_weights[:-2] == 1).all()
    assert np.abs(targets).max() <= np.abs(analysis.features).max() + 1e-6
    # What is expected of an even piece is near the piece's mean, which is 0 in the analysis' units.
    assert np.linalg.norm(targets.mean(axis=0)) < np.linalg.norm(analysis.features, axis=1).mean()


# Sound.


def test_a_spectrum_is_found_whose_mel_bands_are_the_wanted_ones():
    mel_db = log_mel(power(melody(2.0)))
    made = log_mel(linear_power(mel_db))
    loud = mel_db > -60
    assert np.abs(made - mel_db)[loud].mean() < 1.5


def test_a_spectrogram_becomes_a_sound_with_that_spectrogram():
    mel_db = log_mel(power(melody(3.0)))[:, :120]
    y = griffin_lim(mel_db, np.random.default_rng(0))
    got = log_mel(power(y))[:, :120]
    loud = mel_db > mel_db.max() - 40
    assert len(y) == 120 * 512
    assert np.abs(got - mel_db)[loud].mean() < 3.0


@pytest.mark.parametrize("direction", ["after", "before"])
def test_new_sound_is_joined_to_the_recording_which_stays_as_it_was(shipped: Forecaster, direction):
    sr = 44_100
    audio = Audio(np.stack([pulses(14.0, sr=sr), 0.5 * pulses(14.0, sr=sr)]), sr)
    analysis = analyze(audio)
    bound = analysis.n if direction == "after" else 0
    said = shipped.forecast(audio.mono().y, sr, seconds=6, direction=direction, seed=1)
    made = synthesize(audio, analysis, said, bound=bound, seed=1)
    start, stop = analysis.bounds[0], analysis.bounds[-1]
    fade = round(0.06 * sr)
    if direction == "after":
        np.testing.assert_array_equal(made.y[:, : stop - start - fade], audio.y[:, start : stop - fade])
        new = made.y[0, made.at_sample :]
    else:
        np.testing.assert_array_equal(made.y[:, made.at_sample + fade :], audio.y[:, start + fade : stop])
        new = made.y[0, : made.at_sample]
    assert len(made.joins) == 1 and made.slices == []
    assert len(new) / sr == pytest.approx(6.0, abs=0.15)
    level = 20 * np.log10(np.sqrt(np.mean(new**2)) / np.sqrt(np.mean(audio.mono().y ** 2)))
    assert abs(level) < 6.0


def test_long_sound_is_made_in_pieces_without_gaps(tiny: Forecaster):
    audio = Audio(pulses(12.0), SR)
    said = tiny.forecast(audio.y, SR, seconds=14, seed=2)
    y = render(said, audio, seed=0)
    assert len(y) / SR == pytest.approx(14.0, abs=0.05)
    level = np.sqrt(np.convolve(y**2, np.ones(SR) / SR, "valid")[:: SR // 2])
    assert level.min() > 0.1 * level.max()
