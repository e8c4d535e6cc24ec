"""Forecasting: feature vectors of the following seconds, their spectrogram, and targets for the search."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.arrays import Float32Array, FloatArray
from core.errors import InputError, WeightsError
from core.extrapolate.analysis import Analysis
from core.extrapolate.config import ExtrapolateConfig
from core.extrapolate.inference import ForecastNetwork
from core.extrapolate.request import Side
from core.extrapolate.second_features import (
    DEEP_DB,
    FRAMES_PER_SEC,
    GROUPS,
    PLACES_A_SEC,
    SecondFeatures,
    bands_of,
    detail_of,
    rebuild_mel,
    second_features,
)
from core.extrapolate.spectrograms import N_MELS
from core.nn.card import Card, find_card
from core.nn.torch_random import TorchGenerator
from core.nn.weights import load_arrays

MIN_CONTEXT_SEC = 3
# More of a recording than this says nothing about how it goes on that the last minute does not say.
MAX_ANCHOR_SEC = 60
MAX_SEC = 1200.0
# How far a chained block may be from the recording's mean before it is pulled back, in spreads.
MAX_DEPARTURE = 1.0
_BANDS_A_GROUP = 4
# How much of a spectrogram's fine structure, which vectors cannot hold, is taken from the recording's most similar
# seconds; and how much nearer, in mean distances, another second must be than the one that goes on.
FINE_SHARE = 0.5
GOING_ON = 0.3
# Bands that sound now and then are expected to sound a little all the time, which is softer. A share of what a second
# then lacks of its own predicted loudness, at most so many dB, is given back: half of it came nearest to what follows in
# the validation clips, where none was 0.13 dB farther away and all of it 0.28 dB.
LEVEL_SHARE = 0.5
MAX_LACKING_DB = 8.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Forecast:
    """Predicted seconds: feature vectors and log-mel spectrogram.

    Attributes
    ----------
    vectors : ndarray of float32, shape=(n_sec, N_FEATURES)
        In the units of :class:`core.extrapolate.second_features.SecondFeatures`; the first one lies next to the
        recording, so that those before it run backwards.
    log_mel_db : ndarray of float32, shape=(N_MELS, frames)
        The spectrogram in the order in which it sounds, down to 120 dB below full scale.
    detail_db : ndarray of float32, shape=(N_MELS,)
        The recording's own mean spectrum less what vectors can hold of it.
    direction : {"after", "before"}
    """

    vectors: Float32Array
    log_mel_db: Float32Array
    detail_db: Float32Array
    direction: Side


class Forecaster:
    """Forecaster of what follows or precedes a sound; shared by all visitors, calls do not change it.

    Parameters
    ----------
    config : ExtrapolateConfig
    tensors : mapping of str to ndarray
    card : Card, optional
    """

    def __init__(
        self, config: ExtrapolateConfig, tensors: Mapping[str, NDArray[Any]], card: Card | None = None
    ) -> None:
        self.network = ForecastNetwork(config, tensors)
        self.card = card

    @classmethod
    def from_weights(cls) -> Forecaster:
        """The forecaster with the shipped network."""
        return cls(*load_arrays("extrapolate", ExtrapolateConfig))

    def forecast(
        self,
        y: Float32Array,
        sr: int,
        *,
        seconds: float,
        direction: Side = "after",
        temperature: float = 0.6,
        seed: int = 0,
    ) -> Forecast:
        """Predict how a sound continues, in blocks of ten seconds.

        Parameters
        ----------
        y : ndarray of float32, shape=(n,)
            Mono: what sounds up to the place where it is left, or, for ``"before"``, from the place on. The
            twenty seconds next to the place are read; up to :data:`MAX_ANCHOR_SEC` more keep long forecasts
            near the recording.
        sr : int
            In Hz.
        seconds : float in (0, 1200]
            How much is said, rounded up to whole seconds.
        direction : {"after", "before"}
        temperature : float in [0, 1.5]
            0 says what is expected; above it vectors are drawn, the higher the more unlike each other.
        seed : int

        Returns
        -------
        Forecast

        Raises
        ------
        InputError
            If there is less than :data:`MIN_CONTEXT_SEC` to go on from.
        ValueError
            If a number lies outside its range.
        """
        if not 0 < seconds <= MAX_SEC or not 0 <= temperature <= 1.5:
            raise ValueError(
                f"{seconds} seconds at temperature {temperature}; up to {MAX_SEC:.0f} and 1.5 work."
            )
        longest = MAX_ANCHOR_SEC * sr
        near = y[-longest:] if direction == "after" else y[:longest]
        given = second_features(near, sr, align="end" if direction == "after" else "start")
        return self.from_seconds(
            given, seconds=seconds, direction=direction, temperature=temperature, seed=seed
        )

    def from_seconds(
        self,
        given: SecondFeatures,
        *,
        seconds: float,
        direction: Side = "after",
        temperature: float = 0.6,
        seed: int = 0,
    ) -> Forecast:
        """As :meth:`forecast`, from precomputed feature vectors of seconds in temporal order."""
        if given.n < MIN_CONTEXT_SEC:
            raise InputError(
                f"The network needs at least {MIN_CONTEXT_SEC} whole seconds to extend from, and there are only {given.n}. "
                "Choose a later position or a longer recording."
            )
        places = given.places if direction == "after" else given.places[::-1]
        n_sec = int(np.ceil(seconds - 1e-6))
        said = self._chain(np.ascontiguousarray(places), n_sec, direction, temperature, seed)
        sounding = said if direction == "after" else said[::-1]
        log_mel_db = rebuild_mel(sounding, detail_db=detail_of(given, deep=True))
        log_mel_db += FINE_SHARE * self._find_fine(sounding, given)[:, : log_mel_db.shape[1]]
        log_mel_db += LEVEL_SHARE * _measure_lack(log_mel_db, sounding)
        np.clip(log_mel_db, -DEEP_DB, 0.0, out=log_mel_db)
        detail_db = detail_of(given)
        return Forecast(vectors=said, log_mel_db=log_mel_db, detail_db=detail_db, direction=direction)

    def _find_fine(self, sounding: Float32Array, given: SecondFeatures) -> Float32Array:
        """Fine spectral structure of each second, from the most similar second of the recording.

        Returns
        -------
        ndarray of float32, shape=(N_MELS, frames)
            In dB, to be added to what is rebuilt of the vectors.
        """
        from scipy.spatial.distance import cdist

        groups = self.network.config.groups
        weight = np.concatenate([np.full(n, n**-0.5) for n in groups]) / self.network.within
        apart = cdist(sounding * weight, given.places * weight, "sqeuclidean")
        apart /= apart.mean() + 1e-9
        edges = np.rint(np.arange(len(sounding) + 1) * FRAMES_PER_SEC).astype(int)
        mean_db = detail_of(given, deep=True)
        fine = np.zeros((N_MELS, edges[-1]), dtype=np.float32)
        place = -1
        for k, row in enumerate(apart):
            if 0 <= place + PLACES_A_SEC < len(row):
                row = row.copy()
                row[place + PLACES_A_SEC] -= GOING_ON  # what goes on as it did has no seam
            place = int(row.argmin())
            start = round(place / PLACES_A_SEC * FRAMES_PER_SEC)
            n = min(int(edges[k + 1] - edges[k]), given.deep_db.shape[1] - start)
            true = given.deep_db[:, start : start + n]
            said = rebuild_mel(given.places[place : place + 1], detail_db=mean_db)
            n = min(n, said.shape[1])
            fine[:, edges[k] : edges[k] + n] = true[:, :n] - said[:, :n]
        return fine

    def _chain(
        self, places: Float32Array, n_sec: int, direction: Side, temperature: float, seed: int
    ) -> Float32Array:
        """Chain blocks; every block but the first is also conditioned on another stretch of the recording."""
        network, config = self.network, self.network.config
        generator, chance = TorchGenerator(seed), np.random.default_rng(seed)
        context = places[-_n_places(config.n_context) :]
        norm = network.norm(context)
        side = network.side(norm, backward=direction == "before")
        all_own = (places - norm.mean) / norm.spread
        heard = all_own[-_n_places(config.n_context) :]
        said: list[Float32Array] = []
        for block in range(-(-n_sec // config.n_horizon)):
            if block:
                anew = _draw_stretch(all_own, config.n_context - config.n_horizon, chance)
                heard = np.concatenate([anew, _interpolate_places(np.concatenate([anew[-1:], said[-1]]))[1:]])
            drawn = self._draw_block(heard, side, temperature, generator)
            if block:
                # What a block says on average may not wander off with every block that follows.
                mean = drawn.mean(axis=0)
                drawn = drawn - mean + np.clip(mean, -MAX_DEPARTURE, MAX_DEPARTURE)
            said.append(drawn)
        return _make_possible(np.concatenate(said)[:n_sec] * norm.spread + norm.mean)

    def _draw_block(
        self, u: Float32Array, side: Float32Array, temperature: float, generator: TorchGenerator
    ) -> Float32Array:
        memory = self.network.encode(u, side)
        state, previous = memory.state, u[-1]
        drawn = []
        for ahead in range(self.network.config.n_horizon):
            mixture, state = self.network.step(memory, state, previous, ahead)
            previous = mixture.sample(temperature, generator)
            drawn.append(previous)
        return np.stack(drawn)


def targets_for(forecast: Forecast, analysis: Analysis) -> tuple[FloatArray, FloatArray]:
    """Target features for :func:`core.extrapolate.recompose.recompose`, in the units of slices.

    Parameters
    ----------
    forecast : Forecast
    analysis : Analysis
        Of the recording that the forecast is of, by :func:`core.extrapolate.analysis.analyze`.

    Returns
    -------
    targets : ndarray, shape=(n_sec, n_features)
        Going away from the recording.
    weights : ndarray, shape=(n_features,)
        0 for what a second does not say of a beat: the peaks in its two halves.
    """
    vectors = forecast.vectors
    bands = bands_of(vectors) + forecast.detail_db
    bands = bands.reshape(len(vectors), N_MELS // _BANDS_A_GROUP, -1).mean(axis=2)
    bands = bands - bands.mean(axis=1, keepdims=True)
    flux = vectors[:, GROUPS["rhythm"].start]
    peaks = np.zeros((len(vectors), 2))
    chroma, loudness = vectors[:, GROUPS["chroma"]], vectors[:, GROUPS["loudness"]]
    measured = np.column_stack([bands, chroma, loudness, flux, peaks])
    targets = (measured - analysis.center) * analysis.scale
    weights = np.ones(targets.shape[1])
    weights[-2:] = 0.0
    targets[:, -2:] = 0.0
    # A target far outside of what the recording has is no better than one at its edge.
    edge = np.abs(analysis.features).max(axis=0)
    return np.clip(targets, -edge, edge), weights


def _n_places(n_sec: int) -> int:
    """Number of one-second windows at steps of a sixteenth of a second."""
    return PLACES_A_SEC * (n_sec - 1) + 1


def _draw_stretch(places: Float32Array, n_sec: int, chance: np.random.Generator) -> Float32Array:
    """Draw a run of consecutive seconds of the recording."""
    n = min(_n_places(n_sec), len(places))
    start = int(chance.integers(0, len(places) - n + 1))
    return places[start : start + n]


def find_forecaster() -> Forecaster | None:
    """The forecaster with the shipped network; None where its files are not there."""
    try:
        find_card("extrapolate")
    except WeightsError:
        return None
    return Forecaster.from_weights()


def _interpolate_places(seconds: Float32Array) -> Float32Array:
    """Interpolate whole seconds (T, D) linearly to places, (16 (T - 1) + 1, D)."""
    share = np.arange(PLACES_A_SEC, dtype=np.float32)[None, :, None] / np.float32(PLACES_A_SEC)
    between = seconds[:-1, None] * (1 - share) + seconds[1:, None] * share
    return np.concatenate([between.reshape(-1, seconds.shape[1]), seconds[-1:]])


def _measure_lack(log_mel_db: Float32Array, sounding: Float32Array) -> Float32Array:
    """Loudness shortfall of a spectrogram from its predicted seconds, in dB, shape=(frames,)."""
    energy = (10 ** (log_mel_db / 10)).sum(axis=0)
    second = np.minimum((np.arange(len(energy)) / FRAMES_PER_SEC).astype(int), len(sounding) - 1)
    counts = np.bincount(second, minlength=len(sounding))
    mean = np.bincount(second, energy, len(sounding)) / np.maximum(counts, 1)
    lacking = sounding[:, GROUPS["loudness"]][:, 0] - 10 * np.log10(mean + 1e-12)
    lacking = np.clip(lacking, -MAX_LACKING_DB, MAX_LACKING_DB)
    middles = (np.arange(len(sounding)) + 0.5) * FRAMES_PER_SEC
    return np.asarray(np.interp(np.arange(len(energy)), middles, lacking), dtype=np.float32)


def _make_possible(vectors: Float32Array) -> Float32Array:
    """Project vectors to valid ones: unit-length chroma, nonnegative values."""
    vectors = vectors.astype(np.float32)
    chroma = np.maximum(vectors[:, GROUPS["chroma"]], 0.0)
    vectors[:, GROUPS["chroma"]] = chroma / (np.linalg.norm(chroma, axis=1, keepdims=True) + 1e-6)
    vectors[:, GROUPS["rhythm"]] = np.maximum(vectors[:, GROUPS["rhythm"]], 0.0)
    return vectors
