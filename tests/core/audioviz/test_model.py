"""The networks that hear: no way around the bottleneck, no dead number, shipped pairs that keep their word."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.audio import Audio
from core.audioviz.config import AutoencoderConfig, StyleNetConfig
from core.audioviz.extract import (
    MODELS,
    NETWORKS,
    STYLE_NETWORKS,
    Listener,
    Model,
    load_network,
    network_codes,
)
from core.audioviz.inference import AutoencoderNetwork, StyleNetwork
from core.audioviz.mappings import map_features
from core.audioviz.mel_windows import normalize, spectra
from core.audioviz.model import Autoencoder, Contrast, StyleNet
from core.audioviz.style import StyleRegression
from core.errors import InputError
from core.nn.weights import to_arrays
from tests.core.sounds import noise

SR = 44_100
VARIANTS = ("normal", "shared", "skip")


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> None:
    """As `core.nn.weights.load` sets it: steps this small end before a second thread has woken."""
    torch.set_num_threads(1)


def windows(n: int = 8, seed: int = 0) -> torch.Tensor:
    return torch.rand(n, 64, 96, generator=torch.Generator().manual_seed(seed))


def music(duration_sec: float = 6.0) -> Audio:
    """Two voices over clicks, which change every second."""
    t = np.arange(round(duration_sec * SR)) / SR
    rng = np.random.default_rng(0)
    pitches = 220 * 2 ** (rng.integers(0, 24, (2, 32)) / 12)
    y = sum(np.sin(2 * np.pi * np.cumsum(voice[(t * 2).astype(int) % 32]) / SR) for voice in pitches)
    y = 0.2 * y * np.exp(-3 * (t * 2 % 1)) + 0.02 * rng.standard_normal(len(t)) * (t * 4 % 1 < 0.1)
    return Audio(y.astype(np.float32), SR)


@pytest.mark.parametrize("variant", VARIANTS)
def test_all_that_is_rebuilt_comes_through_ten_numbers(variant: str) -> None:
    torch.manual_seed(0)
    model = Autoencoder(AutoencoderConfig.tiny(variant)).eval()  # type: ignore[arg-type]
    codes, rebuilt = model(windows())
    assert codes.shape == (8, 10) and rebuilt.shape == (8, 64, 96)
    # The decoder gets nothing but the codes, and the derivative of the output has no more than ten directions.
    assert torch.allclose(model.decode(codes), rebuilt)
    jacobian = torch.autograd.functional.jacobian(lambda x: model(x)[1][0, ::8, ::12].flatten(), windows(1))
    assert torch.linalg.matrix_rank(jacobian.flatten(1), rtol=1e-4) <= 10


@pytest.mark.parametrize("variant", VARIANTS)
def test_no_number_can_die_because_its_deviation_is_1_over_what_it_learns_from(variant: str) -> None:
    torch.manual_seed(0)
    model = Autoencoder(AutoencoderConfig.tiny(variant)).train()  # type: ignore[arg-type]
    with torch.no_grad():
        model.to_codes.weight[3] *= 0.2  # a number that moves little
        codes = model.codes(windows(64))
    assert torch.allclose(codes.std(dim=0, correction=0), torch.ones(10), atol=0.25)


def test_shared_weights_halve_the_convolutions_and_skips_add_paths() -> None:
    size = {
        v: sum(p.numel() for p in Autoencoder(AutoencoderConfig(variant=v)).parameters()) for v in VARIANTS
    }  # type: ignore[arg-type]
    assert size["shared"] < 0.55 * size["normal"] < size["skip"]
    shared = Autoencoder(AutoencoderConfig.tiny("shared"))
    assert not any(name.startswith(("up.", "widen.", "from_codes.")) for name in shared.state_dict())


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_tiny_batch_can_be_learned(variant: str) -> None:
    torch.manual_seed(0)
    model = Autoencoder(AutoencoderConfig.tiny(variant)).train()  # type: ignore[arg-type]
    ramps = torch.linspace(0, 1, 96) * torch.linspace(0.2, 1, 64)[:, None]
    x = torch.stack([ramps, 1 - ramps, ramps.flip(0), ramps.flip(1)])
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    first = last = 0.0
    for step in range(70):
        loss = ((model(x)[1] - x) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        first, last = (loss.item() if step == 0 else first), loss.item()
    assert last < 0.3 * first


def test_contrast_does_not_know_how_a_recording_was_equalized() -> None:
    x = windows(4) * 0.5
    louder_bass = x + 0.3 - torch.linspace(0, 0.2, 64)[:, None]
    inner = slice(16, 48)  # near the edges the Gaussian has one side only
    assert torch.allclose(Contrast()(x)[:, :, inner], Contrast()(louder_bass)[:, :, inner], atol=0.12)
    assert torch.allclose(Contrast()(x)[:, 1], Contrast()(louder_bass)[:, 1], atol=1e-5)


@pytest.mark.parametrize("variant", ["alexnet", "vgg"])
def test_style_probabilities_sum_to_one_and_members_can_be_asked_alone(variant: str) -> None:
    torch.manual_seed(0)
    model = StyleNet(StyleNetConfig.tiny(variant)).eval()  # type: ignore[arg-type]
    x = windows(5)
    everyone = model.probabilities(x)
    each = torch.stack([model.probabilities(x, (k,)) for k in range(2)])
    assert torch.allclose(everyone.sum(dim=1), torch.ones(5), atol=1e-5)
    assert torch.allclose(everyone, each.mean(dim=0), atol=1e-5)
    assert model.codes(x).shape == (5, 12)


def test_codes_do_not_depend_on_the_batch_they_are_computed_in() -> None:
    torch.manual_seed(0)
    model = Autoencoder(AutoencoderConfig.tiny()).eval()
    network = AutoencoderNetwork(model.config, to_arrays(model))
    mel = np.random.default_rng(0).uniform(size=(900, 64)).astype(np.float32)
    whole = network_codes(network, mel)
    assert whole.shape == (180, 10)
    alone = network_codes(network, mel[:700])
    assert np.allclose(whole[:120], alone[:120], atol=1e-5)


def settle(model: torch.nn.Module) -> None:
    """Give every normalization statistics and a gain of its own, as training does."""
    for layer in model.modules():
        if isinstance(layer, torch.nn.BatchNorm1d | torch.nn.BatchNorm2d):
            assert layer.running_mean is not None and layer.running_var is not None
            torch.nn.init.normal_(layer.running_mean)
            torch.nn.init.uniform_(layer.running_var, 0.3, 3.0)
            if layer.affine:
                torch.nn.init.uniform_(layer.weight, 0.5, 2.0)
                torch.nn.init.normal_(layer.bias)


@pytest.mark.parametrize("variant", [*VARIANTS, *STYLE_NETWORKS])
def test_the_numpy_network_hears_what_the_trained_module_hears(variant: str) -> None:
    torch.manual_seed(1)
    if variant in VARIANTS:
        model = Autoencoder(AutoencoderConfig.tiny(variant)).eval()  # type: ignore[arg-type]
        settle(model)
        network = AutoencoderNetwork(model.config, to_arrays(model))
    else:
        model = StyleNet(StyleNetConfig.tiny(variant)).eval()  # type: ignore[arg-type, assignment]
        settle(model)
        network = StyleNetwork(model.config, to_arrays(model))  # type: ignore[arg-type, assignment]
    x = windows(5) * torch.linspace(0.05, 3, 5)[:, None, None]
    with torch.no_grad():
        expected = model.codes(x).numpy()
    said = network.codes(x.numpy())
    changes = np.abs(expected - expected[0]).max()
    assert said.dtype == np.float32 and changes > 1e-4
    assert np.abs(said - expected).max() < 0.01 * changes


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: AutoencoderConfig(variant="deep"),
        lambda: AutoencoderConfig(widths=(1, 2)),
        lambda: AutoencoderConfig(low=(0.0,) * 10, high=(0.0,) * 10),
        lambda: StyleNetConfig(variant="resnet"),
        lambda: StyleNetConfig(n_styles=1),
        lambda: StyleNetConfig(dropout=1.0),
    ],
)
def test_sizes_that_cannot_be_are_refused(wrong) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=r"not|needs"):
        wrong()


# The shipped pairs.


@pytest.fixture(scope="module")
def listener() -> Listener:
    return Listener.from_weights()


@pytest.mark.parametrize("model", MODELS)
def test_every_model_hears_music_with_numbers_that_move(listener: Listener, model: str) -> None:
    done: list[float] = []
    hearing = listener.hear(music(), model=model, progress=done.append)  # type: ignore[arg-type]
    n = len(hearing.times_sec)
    assert n == 120 and hearing.codes.shape[0] == n and hearing.codes.shape[1] >= 10
    assert hearing.mel_db.shape == (64, n) and hearing.measured.shape == (n, len(hearing.measured_names))
    assert np.isfinite(hearing.codes).all()
    assert done == sorted(done) and done[-1] == pytest.approx(1.0)
    assert (hearing.codes.std(axis=0) > 1e-3).all()
    if hearing.style_probabilities is not None:
        assert np.allclose(hearing.style_probabilities.sum(axis=1), 1, atol=1e-4)
        assert hearing.style_probabilities.shape == (n, len(hearing.style_names))
    found = map_features(hearing)
    assert (found.std(axis=0) > 0.1).sum() >= 6


def test_two_sounds_move_a_scene_differently(listener: Listener) -> None:
    first, second = (
        listener.hear(sound, model="ae_normal").codes.mean(axis=0) for sound in (music(), noise(6 * SR))
    )
    assert np.abs(first - second).max() > 0.5


@pytest.mark.parametrize("name", ["ae_normal", "ae_shared", "ae_skip"])
def test_the_shipped_autoencoders_meet_their_numbers_on_the_test_part(name: Model) -> None:
    _, card = load_network(name)
    test = card.metrics["test"]
    assert test["reconstruction"]["model"] < test["reconstruction"]["pca10"]
    assert test["reconstruction"]["interval"][1] < 0
    assert test["features"]["std"] >= 0.10 and test["features"]["saturated"] <= 0.05
    assert test["features"]["novel"] >= 5


@pytest.mark.parametrize("name", STYLE_NETWORKS)
def test_style_networks_beat_chance_but_not_the_regression_which_names_styles_instead(
    listener: Listener, name: Model
) -> None:
    _, card = load_network(name)
    block = card.metrics["artist-disjoint"]
    for figure in ("accuracy", "macro_accuracy"):
        assert block[figure] > block["baselines"]["majority"][figure] + 0.1
    # Should a network ever be better by its interval over artists, the page is to name its styles.
    assert not block["above_mfcc_regression"]["is_better"]
    folds = card.training["held_out_artists"]
    assert len(folds) == card.config["n_members"]
    assert len({artist for fold in folds for artist in fold}) == sum(map(len, folds))
    sound = music()
    said = listener.hear(sound, model=name).style_probabilities
    regression = StyleRegression.from_weights()
    assert said is not None and np.allclose(said, regression.follow(normalize(spectra(sound))), atol=1e-6)
    assert listener.hear(sound, model="ae_normal").style_probabilities is None


def test_all_pairs_together_stay_small() -> None:
    from core.nn.card import WEIGHTS_DIR

    sizes = [path.stat().st_size for path in WEIGHTS_DIR.glob("audioviz_*.safetensors")]
    assert len(sizes) == len(NETWORKS) + 2 and sum(sizes) < 15e6


def test_a_model_that_is_not_loaded_or_not_known_is_refused() -> None:
    with pytest.raises(InputError, match="not loaded"):
        Listener().hear(music(1.0), model="vgg")
    with pytest.raises(InputError, match="no model"):
        Listener.from_weights(["resnet"])  # type: ignore[list-item]
