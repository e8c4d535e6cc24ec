"""Inference of the forecasting network in numpy, one recording at a time.

The result is that of :class:`core.extrapolate.model.ExtrapolateNet` up to rounding; what each part is for is told there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf, expit, softmax

from core.arrays import Float32Array
from core.extrapolate.config import LAG_PLACES, LEAST_STD, REPEAT_BIAS, STD_BIAS, ExtrapolateConfig
from core.extrapolate.second_features import PLACES_A_SEC
from core.nn.dense import Dense
from core.nn.gru import GRU
from core.nn.torch_random import TorchGenerator


@dataclass(frozen=True, kw_only=True, eq=False)
class Norm:
    """Mean and standard deviation of a recording's vectors, shape=(n_features,)."""

    mean: Float32Array
    spread: Float32Array


@dataclass(frozen=True, kw_only=True, eq=False)
class Memory:
    """Encoder output: context, attention memory, and the decoder's first state."""

    context: Float32Array  # (H,)
    keys: Float32Array  # (P, H)
    values: Float32Array  # (P, D)
    likeness: Float32Array  # (J, lags)
    state: Float32Array  # (H,)


@dataclass(frozen=True, kw_only=True, eq=False)
class Mixture:
    """Mixture density of one step: weights (K,), means and standard deviations (K, D)."""

    logits: Float32Array
    mean: Float32Array
    std: Float32Array

    def sample(self, temperature: float, generator: TorchGenerator) -> Float32Array:
        """Sample one vector, (D,); at temperature 0 the mean."""
        if temperature <= 0:
            return np.asarray(softmax(self.logits) @ self.mean)
        chosen = generator.choose(softmax(self.logits / np.float32(temperature)))
        noise = generator.normal(self.mean.shape[1])
        return np.asarray(self.mean[chosen] + np.float32(temperature) * self.std[chosen] * noise)


class ForecastNetwork:
    """Encoder, context and decoder; read-only.

    Attributes
    ----------
    config : ExtrapolateConfig
    usual_mean, usual_spread, within : ndarray of float32, shape=(n_features,)
        Over the training recordings: mean, spread of all seconds, and spread within a recording.
    """

    def __init__(self, config: ExtrapolateConfig, tensors: Mapping[str, NDArray[Any]]) -> None:
        self.config = config
        self.usual_mean, self.usual_spread, self.within = (
            tensors[name] for name in ("usual_mean", "usual_spread", "within")
        )
        self._group_of = tensors["group_of"].astype(np.int64)
        self._starts = np.cumsum([0, *config.groups[:-1]])
        self._begin, self._read, self._relate, self._first, self._key, self._query, self._seen = (
            Dense(tensors, name) for name in ("begin", "read", "relate", "first", "key", "query", "seen")
        )
        self._encoder, self._decoder = GRU(tensors, "encoder.", "_l0"), GRU(tensors, "decoder.")
        self._repeat, self._trust, self._depart, self._spread, self._weigh = (
            Dense(tensors, name) for name in ("repeat", "trust", "depart", "spread", "weigh")
        )
        self._lag = np.repeat(tensors["lag"], LAG_PLACES, axis=1)
        self._directions = tensors["directions"]

    def norm(self, x: Float32Array) -> Norm:
        """Mean and standard deviation of a recording's vectors, (P, D)."""
        mean = x.mean(axis=0)
        share = np.square((x - mean) / self.within).mean(axis=0)
        of_group = np.add.reduceat(share, self._starts) / np.array(self.config.groups, dtype=np.float32)
        factor = np.sqrt(of_group + np.float32(self.config.floor))
        return Norm(mean=mean, spread=factor[self._group_of] * self.within)

    def side(self, norm: Norm, *, backward: bool) -> Float32Array:
        """Side input, (n_side,)."""
        mean = (norm.mean - self.usual_mean) / self.usual_spread
        factor = np.log(norm.spread / self.within)
        return np.concatenate([np.clip(mean, -4, 4), factor[self._starts], [np.float32(backward)]])

    def encode(self, u: Float32Array, side: Float32Array) -> Memory:
        """Encode a sound: standardized vectors at steps of a sixteenth of a second, (P, D), and the side input."""
        read = _gelu(self._read(u))  # (P, H)
        states = self._encoder.run(read[::PLACES_A_SEC], np.tanh(self._begin(side)))
        context = np.tanh(self._relate(np.concatenate([states[-1], states.mean(axis=0), side])))
        before = np.concatenate([np.zeros_like(read[:PLACES_A_SEC]), read[:-PLACES_A_SEC]])
        return Memory(
            context=context,
            keys=self._key(np.concatenate([before, read], axis=1)),
            values=u,
            likeness=self.likeness(u),
            state=np.tanh(self._first(context)),
        )

    def likeness(self, u: Float32Array) -> Float32Array:
        """Likeness of a sound to itself at every lag, in each group of features, (P, D) -> (J, lags)."""
        n = len(u)
        centered = u - u.mean(axis=0)
        n_recent = min(n, round(self.config.recent_sec * PLACES_A_SEC))
        recent = np.concatenate([np.zeros_like(centered[n_recent:]), centered[-n_recent:]])
        whole, late = (np.fft.rfft(x, n=2 * n, axis=0) for x in (centered, recent))

        def add(x: NDArray[Any]) -> NDArray[Any]:
            """Sums over the columns of each group, (P, D) -> (P, G)."""
            return np.asarray(np.add.reduceat(x, self._starts, axis=1))

        product = np.fft.irfft(add(np.square(np.abs(whole))), n=2 * n, axis=0)[:n]
        pairs = n - np.arange(n)
        alike = product / (pairs[:, None] + 2 * PLACES_A_SEC) / (product[:1] / n + 1e-6)
        crossed = np.fft.irfft(add(late * whole.conj()), n=2 * n, axis=0)[:n]
        power = np.cumsum(np.pad(add(np.square(centered)), ((1, 0), (0, 0))), axis=0)  # up to each place
        before = power[pairs] - power[np.maximum(pairs - n_recent, 0)]
        cosine = crossed / np.sqrt(np.maximum(before[:1] * before + 1e-6, 1e-6))
        found = np.concatenate([alike, cosine], axis=1).astype(np.float32).T
        return np.pad(found, ((0, 0), (0, self.config.n_lags - n)))

    def step(
        self, memory: Memory, state: Float32Array, previous: Float32Array, ahead: int
    ) -> tuple[Mixture, Float32Array]:
        """Predict the next second and the next state.

        Parameters
        ----------
        memory : Memory
        state : ndarray of float32, shape=(H,)
        previous : ndarray of float32, shape=(n_features,)
            The second before, given or said by the network itself.
        ahead : int
            From 0 to ``n_horizon - 1``.
        """
        k, nearest = self.config.n_components, PLACES_A_SEC * (ahead + 1)
        places = slice(nearest, nearest + len(memory.values))
        score = self._query(state).reshape(k, -1) @ memory.keys.T / np.float32(len(state) ** 0.5)  # (K, P)
        score = score + self._lag[:, places][:, ::-1]
        weight = _softplus(self._repeat(state) + np.float32(REPEAT_BIAS)).reshape(k, -1)
        score = score + weight @ memory.likeness[:, places][:, ::-1]
        seen = softmax(score, axis=1) @ memory.values  # (K, D)
        told = (_gelu(self._read(previous)), memory.context, _gelu(self._seen(seen.mean(axis=0))))
        state = self._decoder.step(np.concatenate(told), state)
        trust = expit(self._trust(state)).reshape(k, -1)[:, self._group_of]
        depart = (self._depart(state).reshape(k, 1, -1) @ self._directions)[:, 0]
        std = _softplus(self._spread(state).reshape(k, -1) + np.float32(STD_BIAS)) + np.float32(LEAST_STD)
        return Mixture(logits=self._weigh(state), mean=trust * seen + depart, std=std), state


def _gelu(x: Float32Array) -> Float32Array:
    """Hendrycks and Gimpel (2016), exactly."""
    return np.asarray(np.float32(0.5) * x * (np.float32(1) + erf(x * np.float32(0.5**0.5))))


def _softplus(x: Float32Array) -> Float32Array:
    return np.asarray(np.logaddexp(np.float32(0), x))
