"""Feature extraction: ten numbers or more of a sound every 50 ms, measured or by a network, and its musical style."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from core.arrays import Float32Array, FloatArray
from core.audio import Audio
from core.audioviz.config import AutoencoderConfig, StyleNetConfig
from core.audioviz.inference import AutoencoderNetwork, Network, StyleNetwork
from core.audioviz.mel_windows import RATE_HZ, STEP_FRAMES, Progress, normalize, spectra, windows
from core.audioviz.sound_measures import MEASURED_NUMBERS, MEASURES, measure
from core.audioviz.style import StyleRegression
from core.errors import InputError
from core.nn.card import Card
from core.nn.weights import load_arrays

Model = Literal["measured", "ae_normal", "ae_shared", "ae_skip", "alexnet", "vgg"]
MODELS: tuple[Model, ...] = get_args(Model)
NETWORKS: tuple[Model, ...] = MODELS[1:]

# What a visitor reads of each.
MODEL_TITLES: dict[Model, str] = {
    "measured": "Measured (no network)",
    "ae_normal": "Autoencoder",
    "ae_shared": "Autoencoder, shared weights",
    "ae_skip": "Autoencoder, skip connections",
    "alexnet": "Style network, AlexNet-like",
    "vgg": "Style network, VGG-like",
}
_BATCH = 32  # windows a pass: what a convolution reads of them stays in the processor's cache
# Beside their features the style of the sound is told. The regression tells it: the networks, which were trained to, do
# not name the styles of artists they never heard better than it does (`training.audioviz.style_choice`).
STYLE_NETWORKS: tuple[Model, ...] = ("alexnet", "vgg")


@dataclass(frozen=True, kw_only=True, eq=False)
class Hearing:
    """Extracted features, 20 times per second.

    Attributes
    ----------
    model : str
        One of `MODELS`.
    times_sec : ndarray of float64, shape=(n,)
        From 0, 50 ms apart. What stands at a time was heard in the 0.96 s around it, so nothing comes late.
    codes : ndarray of float32, shape=(n, d)
        The model's numbers, d >= 10.
    code_names : tuple of str, length d
    low, high : ndarray of float32, shape=(d,)
        What counts as about 0 and as about 1 of each, fixed with the model; see `fixed_scale`.
    measured : ndarray of float32, shape=(n, k)
        Loudness, onset, beat phase and so on, whatever the model; columns are `measured_names`.
    measured_names : tuple of str, length k
    style_probabilities : ndarray of float32, shape=(n, n_styles), or None
        By the regression (`core.audioviz.style`); None where the model is no style network.
    style_names : tuple of str
    mel_db : ndarray of float32, shape=(64, n)
        Mel bands in dB below full scale at 20 Hz, for pictures.
    tempo_qpm : float or None
    beats_sec : ndarray of float64, shape=(n_beats,)
    duration_sec : float
    """

    model: Model
    times_sec: FloatArray
    codes: Float32Array
    code_names: tuple[str, ...]
    low: Float32Array
    high: Float32Array
    measured: Float32Array
    measured_names: tuple[str, ...]
    mel_db: Float32Array
    tempo_qpm: float | None
    beats_sec: FloatArray
    duration_sec: float
    style_probabilities: Float32Array | None = None
    style_names: tuple[str, ...] = ()

    @property
    def rate_hz(self) -> float:
        """Feature rate in Hz."""
        return RATE_HZ

    @property
    def scaled_codes(self) -> Float32Array:
        """The numbers on the model's fixed scale, in [0, 1], shape=(n, d)."""
        if self.model == "measured":
            scaled = (self.codes - self.low) / np.maximum(self.high - self.low, 1e-6)
            return np.asarray(np.clip(scaled, 0.0, 1.0), dtype=np.float32)
        return fixed_scale(self.codes, self.low, self.high)


def fixed_scale(
    codes: NDArray[np.floating], low: NDArray[np.floating], high: NDArray[np.floating]
) -> Float32Array:
    """Scale a network's outputs to [0, 1] with its fixed scale.

    The normal distribution function of ``2.2 (2 c - low - high) / (high - low)``: .5 in the middle of the range, .014 and
    .986 at its ends. A straight line cut off there would crowd most moments into the middle, because rare ones lie far
    out, and would hold still beyond.

    Parameters
    ----------
    codes : ndarray, shape=(n, d)
    low, high : ndarray, shape=(d,)
        Percentiles .5 and 99.5 over the training part.

    Returns
    -------
    ndarray of float32, shape=(n, d)
    """
    from scipy.special import ndtr

    span = np.maximum(np.asarray(high) - np.asarray(low), 1e-6)
    return np.asarray(ndtr(2.2 * (2 * codes - low - high) / span), dtype=np.float32)


def load_network(model: Model) -> tuple[Network, Card]:
    """A shipped network and its card; raises WeightsError if it is missing or was changed."""
    if model.startswith("ae_"):
        sizes, tensors, card = load_arrays(f"audioviz_{model}", AutoencoderConfig)
        return AutoencoderNetwork(sizes, tensors), card
    config, tensors, card = load_arrays(f"audioviz_{model}", StyleNetConfig)
    return StyleNetwork(config, tensors), card


class Listener:
    """Feature extractor with the loaded networks; can be shared by all visitors."""

    def __init__(
        self,
        networks: Mapping[Model, tuple[Network, Card]] | None = None,
        style: StyleRegression | None = None,
    ) -> None:
        self._networks, self._style = dict(networks or {}), style

    @classmethod
    def from_weights(cls, models: Iterable[Model] = NETWORKS) -> Listener:
        """Load the shipped networks.

        Parameters
        ----------
        models : iterable of str
            Which of `MODELS`; "measured" needs no weights.

        Raises
        ------
        WeightsError
            If one is missing or was changed.
        InputError
            If there is no such model.
        """
        wanted = [_check_model(model) for model in models]
        style = StyleRegression.from_weights() if set(wanted) & set(STYLE_NETWORKS) else None
        return cls({model: load_network(model) for model in wanted if model != "measured"}, style)

    @property
    def models(self) -> tuple[Model, ...]:
        """Names of the available models, "measured" included."""
        return ("measured", *self._networks)

    def card(self, model: Model) -> Card | None:
        """The card of a network; None for "measured"."""
        return self._networks[model][1] if model in self._networks else None

    def hear(self, audio: Audio, *, model: Model = "measured", progress: Progress | None = None) -> Hearing:
        """Extract features of a whole sound.

        Parameters
        ----------
        audio : Audio
            From 0.96 s to 15 minutes, at any rate.
        model : str
            One of `models`.
        progress : callable, optional
            Is given the share that is done, from 0 to 1.

        Returns
        -------
        Hearing

        Raises
        ------
        InputError
            If the sound is too short, too long or silent, or there is no such model.

        Examples
        --------
        >>> import numpy as np
        >>> from core.audio import Audio
        >>> tone = np.sin(2 * np.pi * 440 * np.arange(2 * 22_050) / 22_050)
        >>> hearing = Listener().hear(Audio(tone, sr=22_050))
        >>> hearing.scaled_codes.shape, hearing.code_names[:3]
        ((40, 10), ('scale', 'pulse', 'hue'))
        """
        if _check_model(model) not in self.models:
            raise InputError(f'The model "{model}" is not loaded here. Available: {", ".join(self.models)}.')
        share = 0.9 if model == "measured" else 0.35
        tell = progress or (lambda done: None)
        heard = spectra(audio, lambda done: tell(share * done))
        measures = measure(heard)
        hearing = Hearing(
            model="measured",
            times_sec=heard.times_sec,
            codes=measures.numbers,
            code_names=tuple(MEASURED_NUMBERS),
            low=np.zeros(10, np.float32),
            high=np.ones(10, np.float32),
            measured=measures.values,
            measured_names=MEASURES,
            mel_db=at_20_hz(heard.mel_db, heard.n),
            tempo_qpm=measures.tempo_qpm,
            beats_sec=measures.beats_sec,
            duration_sec=heard.duration_sec,
        )
        if model == "measured":
            tell(1.0)
            return hearing
        network, mel = self._networks[model][0], normalize(heard)
        codes = network_codes(network, mel, lambda done: tell(share + (1 - share) * done))
        style = self._style if model in STYLE_NETWORKS else None
        kind = "unit" if model in STYLE_NETWORKS else "code"
        return replace(
            hearing,
            model=model,
            codes=codes,
            code_names=tuple(f"{kind} {i + 1}" for i in range(codes.shape[1])),
            low=np.array(network.config.low, np.float32),
            high=np.array(network.config.high, np.float32),
            style_probabilities=style.follow(mel) if style else None,
            style_names=style.style_names if style else (),
        )


def _check_model(model: str) -> Model:
    if model not in MODELS:
        raise InputError(f'There is no model "{model}". Available: {", ".join(MODELS)}.')
    return model


def at_20_hz(mel_db: Float32Array, n: int) -> Float32Array:
    """Mean level of each band in 50-ms steps: (frames, N_MELS) -> (N_MELS, n)."""

    padded = np.pad(mel_db, ((0, n * STEP_FRAMES - len(mel_db)), (0, 0)), mode="edge")
    return np.ascontiguousarray(padded.reshape(n, STEP_FRAMES, -1).mean(axis=1).T)


def network_codes(network: Network, mel: Float32Array, progress: Progress | None = None) -> Float32Array:
    """A network's outputs for every window.

    Parameters
    ----------
    network : Network
    mel : ndarray of float32, shape=(frames, 64)
        As `mel_windows.normalize` gives them.
    progress : callable, optional

    Returns
    -------
    ndarray of float32, shape=(n, d)
    """
    n = -(-len(mel) // STEP_FRAMES)
    codes: list[Float32Array] = []
    for start in range(0, n, _BATCH):
        codes.append(network.codes(windows(mel, start, start + _BATCH)))
        if progress is not None:
            progress(min(1.0, (start + _BATCH) / n))
    return np.concatenate(codes)
